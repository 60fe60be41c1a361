"""Article text against gold: 4-gram precision and recall a page, as the article-extraction benchmark counts them."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import trafilatura

from pipeline.errors import ExtractError
from pipeline.extract.documents import extract_page
from pipeline.extract.page import Page, SourceFacts
from pipeline.models import utc_now

__all__ = ["half", "score_article_pages", "score_articles"]

_Score = tuple[float, float]


def score_articles(folder: Path) -> list[tuple[str, float, float | None]]:
    """Text of article pages: ours and trafilatura's alone, on the same pages; of ours, both halves too."""
    return [*_scores("articles", folder, floor=0.978), *_halves("articles", folder)]


def score_article_pages(folder: Path) -> list[tuple[str, float, float | None]]:
    """The same on pages of other newsrooms, whose gold counts the summary above the text as part of it."""
    return _scores("article_pages", folder, floor=0.95)


def half(url: str) -> int:
    """0 or 1 by the hash of a page's address, to see whether rules made for some pages hold for the others."""
    return hashlib.sha256(url.encode()).digest()[0] % 2


def _rows(folder: Path) -> list[dict[str, str]]:
    rows = json.loads((folder / "gold.json").read_text("utf-8"))
    return rows if isinstance(rows, list) else list(rows.values())


def _scores(name: str, folder: Path, *, floor: float) -> list[tuple[str, float, float | None]]:
    ours, plain, split, empty = list[_Score](), list[_Score](), 0, 0
    for row in _rows(folder):
        body = gzip.decompress((folder / row["file"]).read_bytes())
        text, is_split = _ours(row["url"], body)
        split += is_split
        empty += not text
        ours.append(_score(row["text"], text))
        plain.append(_score(row["text"], trafilatura.extract(body, include_comments=False) or ""))
    return [
        (f"{name}.f1", _f1(ours), floor),
        (f"{name}.f1_trafilatura", _f1(plain), None),
        (f"{name}.precision", _mean(ours, 0), None),
        (f"{name}.precision_trafilatura", _mean(plain, 0), None),
        (f"{name}.recall", _mean(ours, 1), None),
        (f"{name}.recall_trafilatura", _mean(plain, 1), None),
        (f"{name}.wrongly_split", split, -0.0),
        (f"{name}.empty", empty, -0.0),
    ]


def _halves(name: str, folder: Path) -> list[tuple[str, float, float | None]]:
    """Scores of both halves, and the worst of those that leave the pages of one host out."""
    scores: dict[int, list[_Score]] = {0: [], 1: []}
    hosts: list[tuple[str, _Score]] = []
    for row in _rows(folder):
        text, _ = _ours(row["url"], gzip.decompress((folder / row["file"]).read_bytes()))
        score = _score(row["text"], text)
        scores[half(row["url"])].append(score)
        hosts.append((urlsplit(row["url"]).netloc, score))
    without = [_f1([score for host, score in hosts if host != out]) for out in {host for host, _ in hosts}]
    halves = [(f"{name}.f1_half_{number}", _f1(part), None) for number, part in scores.items()]
    return [*halves, (f"{name}.f1_without_a_host", min(without), None)]


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
