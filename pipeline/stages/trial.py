"""Try a source: a real crawl of a few pages into a folder that is thrown away, and the documents that come of it."""

from __future__ import annotations

import json
import socket
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow.parquet as pq

from pipeline.models import Document, SourceReport
from pipeline.settings import Settings
from pipeline.sources.declaration import Source
from pipeline.stages.archives import Share
from pipeline.stages.collect import collecting, crawl_one, finish_run
from pipeline.stages.context import Context, open_context
from pipeline.stages.crawl import report_of
from pipeline.store.frontier import Frontier
from pipeline.store.schemas import from_row

__all__ = ["Trial", "try_source"]

_LISTINGS = 12
"""Requests beside those for pages: listings, robots.txt, redirects."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What a source gave; `failures` are (address, why it gave no document), `error` ended the crawl early."""

    documents: tuple[Document, ...]
    failures: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    error: str | None
    requests: int
    fetched: dict[str, int]


def try_source(settings: Settings, source: Source, *, pages: int) -> Trial:
    """Crawl at most so many pages of a source and extract them; nothing is kept.

    The newest that its entry points list come first. State, spool and store are in a folder that is removed at the end.
    """
    with TemporaryDirectory(prefix="copydesk-try-") as name:
        folder = Path(name)
        crawl = settings.crawl.model_copy(update={"max_pages": min(settings.crawl.max_pages, pages + _LISTINGS)})
        apart = {"store": f"file:{folder / 'store'}", "data": folder / "data", "state": None, "crawl": crawl}
        alone = source.model_copy(update={"expect": type(source.expect)()})
        with open_context(settings.model_copy(update=apart)) as context:
            return _trial(context, alone, pages)


def _trial(context: Context, source: Source, pages: int) -> Trial:
    with collecting(context, [source]) as run_id:
        error = crawl_one(context, run_id, source, share=Share(max_pages=pages))
        finish_run(context, run_id)
    ended = context.runs.chunk_reports(run_id).get(source.id)
    report = report_of(ended) if ended is not None else None
    return Trial(
        documents=tuple(_documents(context, run_id)),
        failures=(*_not_fetched(context, run_id, source.id), *_not_extracted(context, run_id)),
        notes=report.notes if report else (),
        error=error,
        requests=report.requests if report else 0,
        fetched=_fetched(report),
    )


def _fetched(report: SourceReport | None) -> dict[str, int]:
    return dict(report.fetched) if report is not None else {}


def _documents(context: Context, run_id: str) -> list[Document]:
    found = []
    for key in sorted(context.store.keys(f"staged/{run_id}/")):
        if key.endswith(".parquet"):
            with context.store.fetch(key) as path:
                found += [from_row(Document, row) for row in pq.read_table(path).to_pylist()]
    return found


def _not_fetched(context: Context, run_id: str, source_id: str) -> list[tuple[str, str]]:
    frontier = Frontier(context.database, source_id, run_id=run_id, host=socket.gethostname())
    words = {"refused": "refused by robots.txt or as private", "network_error": "no connection"}
    return [
        (url, f"HTTP {status}" if outcome == "http_error" else words.get(outcome, outcome))
        for url, outcome, status in frontier.failures()
    ]


def _not_extracted(context: Context, run_id: str) -> list[tuple[str, str]]:
    found = []
    for key in sorted(context.store.keys(f"reports/{run_id}/")):
        details = json.loads(context.store.get(key))
        found += [(str(one["url"]), str(one["reason"])) for one in details.get("not_extracted", ())]
    return found
