"""Article text against gold: 4-gram precision and recall a page, as the article-extraction benchmark counts them."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from pathlib import Path

import trafilatura

from pipeline.errors import ExtractError
from pipeline.extract.documents import extract_page
from pipeline.extract.page import Page, SourceFacts
from pipeline.models import utc_now

__all__ = ["score_articles", "score_splits"]


def score_articles(folder: Path) -> list[tuple[str, float, float | None]]:
    """Scores of ours and of trafilatura alone, on the same pages."""
    rows = json.loads((folder / "gold.json").read_text("utf-8"))
    ours, plain, split = [], [], 0
    for row in rows if isinstance(rows, list) else rows.values():
        body = gzip.decompress((folder / row["file"]).read_bytes())
        text, is_split = _ours(row["url"], body)
        split += is_split
        ours.append(_score(row["text"], text))
        plain.append(_score(row["text"], trafilatura.extract(body, include_comments=False) or ""))
    return [
        ("articles.f1", _f1(ours), 0.965),
        ("articles.precision", _mean(ours, 0), None),
        ("articles.recall", _mean(ours, 1), None),
        ("articles.wrongly_split", split, -0.0),
        ("articles.f1_trafilatura", _f1(plain), None),
    ]


def score_splits(folder: Path) -> list[tuple[str, float, float | None]]:
    """Pages of one article each that were taken for digests; also how many gave no document."""
    rows = json.loads((folder / "gold.json").read_text("utf-8"))
    listed = rows if isinstance(rows, list) else list(rows.values())
    found = [_ours(row["url"], gzip.decompress((folder / row["file"]).read_bytes())) for row in listed]
    return [
        ("metadata_pages.wrongly_split", sum(split for _, split in found), -0.0),
        ("metadata_pages.empty", sum(not text for text, _ in found) / len(found), None),
    ]


def _ours(url: str, body: bytes) -> tuple[str, bool]:
    page = Page(url, body, utc_now(), {"content-type": "text/html"})
    try:
        found = extract_page(page, SourceFacts(source="eval", min_words=1, obey_tdm=False), url=url, run_id="eval")
    except ExtractError:
        return "", False
    return "\n".join(document.text for document in found.documents), found.reason != "article"


def _grams(text: str) -> Counter[tuple[str, ...]]:
    words = re.findall(r"\w+", text)
    return Counter(tuple(words[start : start + 4]) for start in range(max(1, len(words) - 3)))


def _score(gold: str, found: str) -> tuple[float, float]:
    wanted, got = _grams(gold), _grams(found)
    common = (wanted & got).total()
    return common / max(1, got.total()), common / max(1, wanted.total())


def _mean(scores: list[tuple[float, float]], side: int) -> float:
    return sum(score[side] for score in scores) / len(scores)


def _f1(scores: list[tuple[float, float]]) -> float:
    precision, recall = _mean(scores, 0), _mean(scores, 1)
    return 2 * precision * recall / (precision + recall)
