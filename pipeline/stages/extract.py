"""Extract a run: every capture that its crawls archived becomes documents or an outcome; then `_DONE.json`."""

from __future__ import annotations

import hashlib
import io
import json
import logging
import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, replace
from urllib.parse import urlsplit

import pyarrow.parquet as pq

from pipeline.archive.read import Exchanged, read_captures
from pipeline.archive.seal import read_manifest
from pipeline.errors import CorruptDataError, ExtractError
from pipeline.extract.documents import Extraction
from pipeline.extract.page import Page, SourceFacts
from pipeline.extract.sandbox import PageJob, extract_all
from pipeline.models import CaptureOutcome, Document, Kind, Outcome, RunReport, RunState, article_id
from pipeline.quality.accounting import run_report
from pipeline.sources.declaration import Source, load_sources
from pipeline.sources.urls import normalise_url, same_host
from pipeline.stages.context import Context, Progress
from pipeline.stages.crawl import report_of
from pipeline.store.schemas import to_arrow

__all__ = ["done_key", "extract_run", "facts_of"]

_LOG = logging.getLogger(__name__)
_PART_ROWS = 5_000


def done_key(run_id: str) -> str:
    """Key of the object that says that a run is staged whole."""
    return f"staged/{run_id}/_DONE.json"


def extract_run(context: Context, run_id: str, progress: Progress | None = None) -> RunReport | None:
    """Stage the documents of a run whose crawls have all ended; a run staged before is left as it is.

    Returns:
        The report; None when the run was staged before.

    Raises:
        CorruptDataError: an archive is not what its manifest says, or the sums do not match.
    """
    if context.store.exists(done_key(run_id)):
        _close(context, run_id, rows=json.loads(context.store.get(done_key(run_id)))["rows"])
        return None
    reports = [report_of(report) for report in context.runs.chunk_reports(run_id).values() if report is not None]
    stage = _Staging(context, run_id)
    facts = facts_of({source.id: source for source in load_sources(context.settings.seeds)}, context)
    captures = (
        (one, facts.get(source) or SourceFacts(source))
        for key in context.runs.manifests(run_id)
        for source, one in _captures(context, key)
    )
    stage.take(captures, progress)
    result = run_report(run_id, reports, stage.outcomes, stage.documents)
    stage.finish(result)
    return result


def facts_of(declared: Mapping[str, Source], context: Context) -> dict[str, SourceFacts]:
    """What the declarations tell extraction."""
    agencies = tuple(sorted({source.agency for source in declared.values() if source.agency}))
    return {
        source.id: SourceFacts(
            source=source.id,
            name=source.name,
            language=source.language,
            agency=source.agency,
            known_agencies=agencies,
            min_words=context.settings.extract.min_words,
            obey_tdm=source.obey_tdm,
            timezone=source.timezone,
            pseudonym_salt=_salt(context) if source.author_pseudonyms else None,
        )
        for source in declared.values()
    }


def _salt(context: Context) -> str:
    """The secret of author pseudonyms: made once, kept in the state database, so that ids stay the same."""
    if context.runs.watermark("author_salt") is None:
        context.runs.set_watermark("author_salt", os.urandom(16).hex())
    return str(context.runs.watermark("author_salt"))


def _captures(context: Context, manifest_key: str) -> Iterator[tuple[str, Exchanged]]:
    manifest = read_manifest(context.store, manifest_key)
    name = str(manifest["warc"])
    with context.store.fetch(name) as path:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        if digest != manifest["sha256"]:
            raise CorruptDataError(f"{name} is not what its manifest says; restore it from a backup")
        for one in read_captures(path, name, verified=True):
            yield str(manifest["source"]), one


class _Staging:
    """Collects documents and outcomes of a run, writes them in parts, and marks the run done at the end."""

    def __init__(self, context: Context, run_id: str) -> None:
        self._context = context
        self._run_id = run_id
        self._rows: list[Document] = []
        self._parts: list[dict[str, object]] = []
        self.outcomes: list[tuple[str, CaptureOutcome]] = []
        self.documents: Counter[str] = Counter()

    def take(self, captures: Iterable[tuple[Exchanged, SourceFacts]], progress: Progress | None) -> None:
        settings = self._context.settings
        waiting: dict[int, Exchanged] = {}

        def jobs() -> Iterator[PageJob]:
            for number, (one, facts) in enumerate(captures):
                if one.capture.role == "index":
                    self._end(facts, CaptureOutcome(one.capture.url, Outcome.INDEX, "listing"))
                else:
                    waiting[number] = one
                    yield self._job(number, one, facts)

        results = extract_all(
            jobs(),
            workers=settings.workers,
            timeout_s=settings.extract.page_timeout_s,
            memory_mb=settings.extract.memory_mb,
        )
        for job, result in results:
            self._keep(waiting.pop(job.key), job, result)
            if progress is not None:
                progress("extract", job.facts.source, self.documents[job.facts.source])

    def _job(self, number: int, one: Exchanged, facts: SourceFacts) -> PageJob:
        page = Page(one.capture.url, one.body, one.capture.fetched_at, one.headers, one.listed_at)
        return PageJob(number, page, facts, normalise_url(one.capture.url), self._run_id)

    def _keep(self, one: Exchanged, job: PageJob, result: Extraction | ExtractError) -> None:
        if isinstance(result, ExtractError):
            broken = result.reason in ("timeout", "crashed", "memory", "error")
            outcome = Outcome.FAILED if broken else Outcome.REJECTED
            _LOG.log(logging.WARNING if broken else logging.INFO, "%s: %s", one.capture.url, result)
            self._end(job.facts, CaptureOutcome(one.capture.url, outcome, result.reason))
            return
        self._rows += [_placed(document, one) for document in result.documents]
        self.documents[job.facts.source] += len(result.documents)
        self._end(job.facts, CaptureOutcome(one.capture.url, Outcome.EXTRACTED, result.reason, len(result.documents)))
        if len(self._rows) >= _PART_ROWS:
            self._write_part()

    def _end(self, facts: SourceFacts, outcome: CaptureOutcome) -> None:
        self.outcomes.append((facts.source, outcome))

    def _write_part(self) -> None:
        buffer = io.BytesIO()
        pq.write_table(to_arrow(Document, _own_names(self._rows)), buffer, compression="zstd")
        data = buffer.getvalue()
        name = f"part-{len(self._parts):05d}-{os.urandom(4).hex()}.parquet"
        self._context.store.put(f"staged/{self._run_id}/{name}", data)
        digest = hashlib.sha256(data).hexdigest()
        self._parts.append({"name": name, "rows": len(self._rows), "sha256": digest})
        self._rows = []

    def finish(self, report: RunReport) -> None:
        if self._rows:
            self._write_part()
        runs, counts = self._context.runs, Counter((s, o.outcome.value, o.reason) for s, o in self.outcomes)
        runs.count(self._run_id, "extract", [(*key, count) for key, count in sorted(counts.items())])
        runs.set_report(self._run_id, asdict(report))
        rows = report.documents
        failures = [
            asdict(o) | {"source": s} for s, o in self.outcomes if o.outcome in (Outcome.REJECTED, Outcome.FAILED)
        ]
        done = {"run_id": self._run_id, "rows": rows, "parts": self._parts, "outcomes": report.outcomes}
        details = {"report": asdict(report), "not_extracted": failures}
        self._context.store.put(
            f"reports/{self._run_id}/extract-{os.urandom(4).hex()}.json", json.dumps(details).encode()
        )
        if rows:
            self._context.store.put(done_key(self._run_id), json.dumps(done, indent=1, sort_keys=True).encode())
        _close(self._context, self._run_id, rows=rows)


def _close(context: Context, run_id: str, *, rows: int) -> None:
    run = context.runs.get(run_id)
    if run is not None and run.state in (RunState.CRAWLING, RunState.CRAWLED):
        context.runs.set_state(run_id, RunState.STAGED if rows else RunState.EMPTY)


def _placed(document: Document, one: Exchanged) -> Document:
    """The document with the place of its capture; a canonical link within the host names the document."""
    capture = one.capture
    placed = replace(document, warc=capture.warc, warc_offset=capture.offset, warc_length=capture.length)
    canonical = document.canonical_url
    if document.kind is not Kind.ARTICLE or canonical is None or not same_host(canonical, document.page_url):
        return placed
    url = normalise_url(canonical)
    if urlsplit(url).path == "/" != urlsplit(document.url).path:
        return replace(placed, canonical_url=None)  # every page of some sites claims to be the front page
    return replace(placed, url=url, canonical_url=None, id=article_id(document.source, url))


def _own_names(documents: list[Document]) -> list[Document]:
    """Pages that claim one canonical address but differ in text are not one document: each keeps its own address."""
    texts: dict[str, set[str]] = defaultdict(set)
    pages: dict[str, set[str]] = defaultdict(set)
    for document in documents:
        texts[document.id].add(document.text_sha256)
        pages[document.id].add(normalise_url(document.page_url))
    return [
        document
        if document.kind is not Kind.ARTICLE or len(texts[document.id]) == 1 or len(pages[document.id]) == 1
        else _by_page(document)
        for document in documents
    ]


def _by_page(document: Document) -> Document:
    url = normalise_url(document.page_url)
    return replace(document, url=url, id=article_id(document.source, url))
