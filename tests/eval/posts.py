"""Forum posts against gold, on pages of the engines that are built; others are counted, not scored."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

from pipeline.errors import ExtractError
from pipeline.extract.documents import extract_page
from pipeline.extract.page import Page, SourceFacts, parse
from pipeline.forums.registry import engine_of
from pipeline.models import utc_now

__all__ = ["score_posts"]


def score_posts(folder: Path) -> list[tuple[str, float, float | None]]:
    """Precision and recall of posts; a post is found when the 4-gram F1 of a pair is at least 0.7."""
    rows = json.loads((folder / "gold.json").read_text("utf-8"))
    hits = found = wanted = pages = 0
    listed = rows if isinstance(rows, list) else list(rows.values())
    for row in listed:
        page = Page(row["url"], gzip.decompress((folder / row["file"]).read_bytes()), utc_now(), {})
        texts = _posts(page)
        if texts is None:
            continue
        pages += 1
        gold = [post["text"] for post in row["posts"] if _text(post)]
        hits += _matches(gold, texts)
        found += len(texts)
        wanted += len(gold)
    return [
        ("posts.pages_of_known_engines", pages / max(1, len(listed)), None),
        ("posts.precision", hits / max(1, found), 0.95),
        ("posts.recall", hits / max(1, wanted), 0.95),
    ]


def _text(post: dict[str, Any]) -> str:
    return str(post["text"] or "").strip()


def _posts(page: Page) -> list[str] | None:
    try:
        if engine_of(parse(page)) is None:
            return None
        found = extract_page(page, SourceFacts(source="eval"), url=page.url, run_id="eval")
    except ExtractError:
        return []
    # Gold keeps quotes in a post's text.
    return [" ".join((*(quote.text for quote in one.quotes), one.text)) for one in found.documents]


def _matches(gold: list[str], texts: list[str]) -> int:
    free, hits = [_grams(text) for text in texts], 0
    for wanted in map(_grams, gold):
        best = max(range(len(free)), key=lambda number: _f1(wanted, free[number]), default=None)
        if best is not None and _f1(wanted, free[best]) >= 0.7:
            free.pop(best)
            hits += 1
    return hits


def _grams(text: str) -> Counter[tuple[str, ...]]:
    words = re.findall(r"\w+", text.lower())
    return Counter(tuple(words[start : start + 4]) for start in range(max(1, len(words) - 3)))


def _f1(one: Counter[tuple[str, ...]], other: Counter[tuple[str, ...]]) -> float:
    common = (one & other).total()
    return 2 * common / max(1, one.total() + other.total())
