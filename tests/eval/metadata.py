"""Title, day and authors against gold, beside trafilatura's own `bare_extraction` on the same bytes."""

from __future__ import annotations

import gzip
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from trafilatura import bare_extraction

from pipeline.errors import ExtractError
from pipeline.extract.documents import extract_page
from pipeline.extract.page import Page, SourceFacts
from tests.eval.articles import half

_TOGETHER = re.compile(r", | and | et | und | y ")

__all__ = ["score_metadata"]


@dataclass(frozen=True, slots=True)
class _Found:
    """What one extractor says about a page; `days` are the days on which its time falls, in any zone in question."""

    title: str
    authors: tuple[str, ...]
    days: frozenset[str]


def score_metadata(folder: Path) -> list[tuple[str, float, float | None]]:
    """Share of pages with the right title, day and at least one right author: all, and each half by hash."""
    rows = json.loads((folder / "gold.json").read_text("utf-8"))
    hits = [(row["url"], _hits(row, _ours(folder, row)), _hits(row, _plain(folder, row))) for row in rows]
    floors: dict[str, float | None] = {"title": 0.95, "day": 0.98, "author": 0.92, "no_false_author": 0.9}
    scores: list[tuple[str, float, float | None]] = []
    for measure, floor in floors.items():
        scores.append((f"metadata.{measure}", _share(ours[measure] for _, ours, _ in hits), floor))
        for number in (0, 1):
            part = [ours[measure] for url, ours, _ in hits if half(url) == number]
            scores.append((f"metadata.{measure}_half_{number}", _share(part), None))
        scores.append((f"metadata.{measure}_trafilatura", _share(plain[measure] for *_, plain in hits), None))
    return scores


def _ours(folder: Path, row: Mapping[str, str]) -> _Found:
    crawled = datetime.fromisoformat(row["crawled"]).replace(tzinfo=UTC)
    body = gzip.decompress((folder / row["file"]).read_bytes())
    page = Page(row["url"], body, crawled, {"content-type": "text/html"})
    try:
        facts = SourceFacts(source="eval", min_words=1, obey_tdm=False)
        document = extract_page(page, facts, url=row["url"], run_id="eval").documents[0]
    except ExtractError:
        return _Found("", (), frozenset())
    evidence = document.agency_evidence or ""
    byline = (evidence.removeprefix("byline: "),) if evidence.startswith("byline: ") else ()
    days = frozenset([document.published_at.date().isoformat()] if document.published_at else [])
    return _Found(document.title or "", document.authors or byline, days)


def _plain(folder: Path, row: Mapping[str, str]) -> _Found:
    body = gzip.decompress((folder / row["file"]).read_bytes())
    found = bare_extraction(body, url=row["url"], with_metadata=True, include_comments=False)
    if found is None or isinstance(found, dict):
        return _Found("", (), frozenset())
    authors = tuple(name.strip() for name in (found.author or "").split(";") if name.strip())
    return _Found(found.title or "", authors, frozenset([found.date]) if found.date else frozenset())


def _hits(row: Mapping[str, object], found: _Found) -> dict[str, bool | None]:
    wanted = row["authors"] if isinstance(row["authors"], list) else []
    # Gold has credits as one line now and then: "Le Figaro et AFP".
    right = {_folded(part) for name in wanted for part in (name, *_TOGETHER.split(name))}
    ours = {_folded(name) for name in found.authors}
    return {
        "title": " ".join(found.title.split()) == " ".join(str(row["title"]).split()),
        "day": bool(found.days & _days(str(row["published"]))),
        "author": bool(ours & right) if right else None,
        "no_false_author": ours <= right,
    }


def _days(published: str) -> set[str]:
    """The day in the page's own zone, and in UTC."""
    moment = datetime.fromisoformat(published)
    return {moment.date().isoformat(), moment.astimezone(UTC).date().isoformat() if moment.tzinfo else published[:10]}


def _folded(name: str) -> str:
    plain = "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c))
    return " ".join(re.findall(r"\w+", plain))


def _share(hits: Iterable[bool | None] | Sequence[bool | None]) -> float:
    counted = [hit for hit in hits if hit is not None]
    return sum(counted) / max(1, len(counted))
