"""Forum posts against gold: known engines, and boards of unknown systems read as those of a declared forum."""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from lxml import html

from pipeline.extract.page import Page, parse
from pipeline.forums.engine import ForumEngine, Post
from pipeline.forums.generic import Generic
from pipeline.forums.registry import engine_of
from pipeline.forums.times import When, find_when

__all__ = ["score_posts"]

_NOW = datetime(2020, 6, 20, tzinfo=UTC)  # about when the pages were taken
_HEADERS = {"content-type": "text/html; charset=utf-8"}  # they were saved so, whatever their meta elements say
_FOUND = 0.7  # 4-gram F1 of a pair
_ZONES = timedelta(hours=14)  # how far a board's clock may be from UTC
_LONGEST = {True: timedelta(days=1), False: timedelta(days=31)}  # what is shown without a clock: a day, or a month


def score_posts(folder: Path) -> list[tuple[str, float, float | None]]:
    """F1 of posts by engine, and the share of found ones whose author and time are right.

    A post is found when the 4-gram F1 of a pair is at least 0.7; pairs are one to one, the likest first. Gold keeps
    quotes inside a post's text, so that both are compared in the page's order (`Post.shown`); `posts.apart_f1` compares
    own words and then the quotes, as documents hold them. `posts.without_engines.f1` reads each board as one of an
    unknown system, so no rule was written on it; `posts.without_a_host.f1` is the worst of the scores that leave the
    pages of one host out.
    """
    shown: dict[str, Counter[str]] = defaultdict(Counter)
    hosts: dict[str, Counter[str]] = defaultdict(Counter)
    apart, unruled = Counter[str](), Counter[str]()
    for row in json.loads((folder / "gold.json").read_text("utf-8")):
        page = Page(row["url"], gzip.decompress((folder / row["file"]).read_bytes()), _NOW, _HEADERS)
        tree = parse(page)
        engine = engine_of(tree, board_at=_NOW, url=page.url)
        found = _posts(engine, tree, page) if engine else []
        gold = [post for post in row["posts"] if str(post["text"] or "").strip()]
        name = engine.name if engine else "none"
        count = _page(gold, found, [post.shown for post in found])
        half = "half_a" if zlib.crc32(row["host"].encode()) % 2 else "half_b"
        for group in ("all", f"engine.{name}", half, "unknown_systems" if name == "generic" else "known_engines"):
            shown[group] += count + Counter(pages=1)
        hosts[row["host"]] += count
        apart += _page(gold, found, [_apart(post) for post in found])
        alone = _posts(Generic(_NOW, page.url), tree, page)
        unruled += _page(gold, alone, [post.shown for post in alone])
    whole, floors = shown["all"], {"known_engines": 0.99, "all": 0.985}
    rows: list[tuple[str, float, float | None]] = [
        (f"posts.{group}.f1", _score(shown[group]), floors.get(group)) for group in sorted(shown)
    ]
    return [
        *rows,
        ("posts.apart_f1", _score(apart), 0.97),
        ("posts.without_engines.f1", _score(unruled), 0.985),
        ("posts.without_a_host.f1", min(_score(whole - count) for count in hosts.values()), None),
        ("posts.pages_of_known_engines", shown["known_engines"]["pages"] / max(1, whole["pages"]), None),
        ("posts.authors", whole["authors"] / max(1, whole["named"]), 0.99),
        ("posts.dates", whole["dates"] / max(1, whole["hits"]), 0.99),
    ]


def _posts(engine: ForumEngine, tree: html.HtmlElement, page: Page) -> list[Post]:
    return [post for post in engine.posts(tree, page.url, _NOW) if post.text or post.quotes]


def _score(count: Counter[str]) -> float:
    return 2 * count["hits"] / max(1, count["found"] + count["wanted"])


def _apart(post: Post) -> str:
    return " ".join((post.text, *(f"{quote.author or ''} {quote.text}" for quote in post.quotes)))


def _page(gold: list[dict[str, Any]], found: list[Post], texts: list[str]) -> Counter[str]:
    count = Counter(found=len(found), wanted=len(gold))
    wanted, given = [_grams(post["text"]) for post in gold], [_grams(text) for text in texts]
    pairs = sorted(
        ((_f1(one, other), place, number) for place, one in enumerate(wanted) for number, other in enumerate(given)),
        reverse=True,
    )
    taken: tuple[set[int], set[int]] = set(), set()
    for likeness, place, number in pairs:
        if likeness >= _FOUND and place not in taken[0] and number not in taken[1]:
            taken[0].add(place)
            taken[1].add(number)
            count += Counter(hits=1) + _facts(gold[place], found[number])
    return count


def _facts(wanted: dict[str, Any], post: Post) -> Counter[str]:
    name = re.sub(r"[?&](?:sid|s)=\w+", "", str(wanted["author"] or "")).lstrip(".")
    named = bool(name) and "posting.php" not in name  # one page's gold has a button in place of its authors
    right = post.author == name or (post.author_url or "").endswith(name)
    told = find_when(str(wanted["date"] or ""), _NOW)
    # Some systems show in its place when a post was changed.
    dated = told is None or any(at is not None and _is_shown(at, told) for at in (post.posted_at, post.edited_at))
    return Counter(named=int(named), authors=int(named and right), dates=int(dated))


def _is_shown(posted_at: datetime, told: When) -> bool:
    """Whether gold's displayed time, in a zone that it does not tell, is this one: to the minute, day or month."""
    ahead = posted_at - told.at
    if not told.timed:
        return -_ZONES <= ahead < _LONGEST[told.day] + _ZONES
    beside = ahead % timedelta(minutes=15)  # what zones differ by
    return abs(ahead) <= _ZONES and min(beside, timedelta(minutes=15) - beside) <= timedelta(minutes=1)


def _grams(text: str) -> Counter[tuple[str, ...]]:
    words = re.findall(r"\w+", text.lower())
    return Counter(tuple(words[start : start + 4]) for start in range(max(1, len(words) - 3)))


def _f1(one: Counter[tuple[str, ...]], other: Counter[tuple[str, ...]]) -> float:
    return 2 * (one & other).total() / max(1, one.total() + other.total())
