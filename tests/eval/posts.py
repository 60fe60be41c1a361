"""Forum posts against gold, on pages of the engines that are built; others are counted, not scored."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pipeline.extract.page import Page, parse
from pipeline.forums.engine import Post
from pipeline.forums.registry import engine_of
from pipeline.forums.times import find_when

__all__ = ["score_posts"]

_NOW = datetime(2020, 6, 20, tzinfo=UTC)  # about when the pages were taken


def score_posts(folder: Path) -> list[tuple[str, float, float | None]]:
    """Precision and recall of posts, and the share of found ones whose author and date are right.

    A post is found when the 4-gram F1 of a pair is at least 0.7. Gold keeps in a post's text what quotes are headed
    by, and quotes inside quotes; so a post also counts as found (`own_words`) when nearly all its own 4-grams are
    in a gold post that no other took.
    """
    rows = json.loads((folder / "gold.json").read_text("utf-8"))
    count: Counter[str] = Counter()
    listed = rows if isinstance(rows, list) else list(rows.values())
    for row in listed:
        page = Page(row["url"], gzip.decompress((folder / row["file"]).read_bytes()), _NOW, {})
        tree = parse(page)
        engine = engine_of(tree)
        if engine is None:
            continue
        found = [post for post in engine.posts(tree, page.url, _NOW) if post.text or post.quotes]
        count += Counter(pages=1) + _page(_with_text(row["posts"]), found)
    found_own = max(1, count["own_words"])
    return [
        ("posts.pages_of_known_engines", count["pages"] / max(1, len(listed)), None),
        ("posts.precision", count["hits"] / max(1, count["found"]), 0.965),
        ("posts.recall", count["hits"] / max(1, count["wanted"]), 0.965),
        ("posts.own_words_precision", count["own_words"] / max(1, count["found"]), 0.99),
        ("posts.own_words_recall", count["own_words"] / max(1, count["wanted"]), 0.99),
        ("posts.authors", count["authors"] / max(1, count["named"]), 0.98),
        ("posts.dates", count["dates"] / found_own, 0.98),
    ]


def _with_text(posts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [post for post in posts if str(post["text"] or "").strip()]


def _page(gold: list[dict[str, Any]], found: list[Post]) -> Counter[str]:
    count, free = Counter(found=len(found), wanted=len(gold)), list(found)
    left = []
    for wanted in gold:
        best = max(free, key=lambda post: _f1(_grams(wanted["text"]), _grams(_whole(post))), default=None)
        if best is not None and _f1(_grams(wanted["text"]), _grams(_whole(best))) >= 0.7:
            free.remove(best)
            count += Counter(hits=1, own_words=1) + _facts(wanted, best)
        else:
            left.append(wanted)
    for wanted in left:
        words = _grams(wanted["text"])
        held = [post for post in free if (words & _grams(post.text)).total() >= 0.9 * _grams(post.text).total()]
        if held:
            best = max(held, key=lambda post: len(post.text))
            free.remove(best)
            count += Counter(own_words=1) + _facts(wanted, best)
    return count


def _whole(post: Post) -> str:
    return " ".join((*(f"{quote.author or ''} {quote.text}" for quote in post.quotes), post.text))


def _facts(wanted: dict[str, Any], post: Post) -> Counter[str]:
    name = re.sub(r"[?&](?:sid|s)=\w+", "", str(wanted["author"] or "")).lstrip(".")
    named = bool(name) and "posting.php" not in name  # one page's gold has a button in place of its authors
    right = post.author == name or (post.author_url or "").endswith(name)
    told = find_when(str(wanted["date"] or ""), _NOW)
    # Gold holds what is displayed: often only the day, or the month, in the board's zone.
    slack = timedelta(hours=36 if told and told.day else 32 * 24)
    dated = told is None or (post.posted_at is not None and abs(post.posted_at - told.at) <= slack)
    return Counter(named=int(named), authors=int(named and right), dates=int(dated))


def _grams(text: str) -> Counter[tuple[str, ...]]:
    words = re.findall(r"\w+", text.lower())
    return Counter(tuple(words[start : start + 4]) for start in range(max(1, len(words) - 3)))


def _f1(one: Counter[tuple[str, ...]], other: Counter[tuple[str, ...]]) -> float:
    common = (one & other).total()
    return 2 * common / max(1, one.total() + other.total())
