"""Extract a run: every capture that its crawls archived becomes documents or an outcome; then `_DONE.json`."""

from __future__ import annotations

import hashlib
import io
import json
import logging
import os
import socket
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from urllib.parse import urlsplit

import pyarrow.parquet as pq

from pipeline.archive.read import Exchanged, read_captures
from pipeline.archive.seal import read_manifest
from pipeline.errors import ConfigError, CorruptDataError, ExtractError
from pipeline.extract.page import Extraction, Page, SourceFacts
from pipeline.extract.sandbox import PageJob, extract_all
from pipeline.models import CaptureOutcome, Document, Kind, Outcome, RunReport, RunState, article_id
from pipeline.quality.accounting import Tally, run_report
from pipeline.sources.declaration import Source
from pipeline.sources.urls import host_of, normalise_url, same_host
from pipeline.stages.boilerplate import ARTEFACT, boilerplate_at
from pipeline.stages.context import Context, Progress, declared_sources
from pipeline.stages.crawl import report_of
from pipeline.stages.expect import broken_expectations
from pipeline.store.frontier import Frontier, url_key
from pipeline.store.runs import Run
from pipeline.store.schemas import to_arrow
from pipeline.store.versions import latest_version

__all__ = ["done_key", "extract_run", "facts_of", "held_key"]

_LOG = logging.getLogger(__name__)
_PART_ROWS = 5_000
_PAGES_A_WORKER = 50
"""Pages for which one more worker is worth its start, which takes as long as reading them."""


def done_key(run_id: str) -> str:
    """Key of the object that says that a run is staged whole."""
    return f"staged/{run_id}/_DONE.json"


def held_key(run_id: str) -> str:
    """Key of the object that stands in place of `_DONE.json` while a person has to decide about a staged run."""
    return f"staged/{run_id}/_HELD.json"


def extract_run(context: Context, run_id: str, progress: Progress | None = None) -> RunReport | None:
    """Stage the documents of a run whose crawls have all ended; a run staged before is left as it is.

    Returns:
        The report; None when the run was staged before.

    Raises:
        CorruptDataError: an archive is not what its manifest says, or the sums do not match.
    """
    run = context.runs.get(run_id)
    if run is None:
        raise ConfigError(f"run {run_id} is not known; see `copydesk runs list`")
    for key, state in ((done_key(run_id), RunState.STAGED), (held_key(run_id), RunState.HELD)):
        if context.store.exists(key):
            _close(context, run_id, state if json.loads(context.store.get(key))["rows"] else RunState.EMPTY)
            return None
    declared = declared_sources(context)
    reports = [report_of(report) for report in context.runs.chunk_reports(run_id).values() if report is not None]
    stage, facts = _Staging(context, run), facts_of(declared, context)
    captures = (
        (one, facts.get(source) or SourceFacts(source))
        for report in reports
        for key in report.manifests
        for source, one in _captures(context, key)
    )
    stage.take(captures, 1 + sum(report.pages for report in reports) // _PAGES_A_WORKER, progress)
    result = run_report(run_id, reports, stage.outcomes, stage.tally)
    breaches = broken_expectations(context, run, result, declared)
    stage.finish(result, breaches)
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
            forum=source.kind == "forum",
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
    if not context.store.exists(name):
        raise CorruptDataError(f"archive {name} is missing; restore it from a backup")
    with context.store.fetch(name) as path:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        if digest != manifest["sha256"]:
            raise CorruptDataError(f"{name} is not what its manifest says; restore it from a backup")
        for one in read_captures(path, name, verified=True):
            yield str(manifest["source"]), one


class _Staging:
    """Collects documents and outcomes of a run, writes them in parts, and marks the run done at the end."""

    def __init__(self, context: Context, run: Run) -> None:
        self._context = context
        self._run = run
        self._rows: list[Document] = []
        self._parts: list[dict[str, object]] = []
        self._aside: dict[str, list[str]] = defaultdict(list)
        self._artefact, self._boilerplate = boilerplate_at(context.store, latest_version(context.store))
        self._removed: dict[str, Counter[str]] = defaultdict(Counter)
        self.outcomes: list[tuple[str, CaptureOutcome]] = []
        self.tally = Tally()

    def take(self, captures: Iterable[tuple[Exchanged, SourceFacts]], workers: int, progress: Progress | None) -> None:
        """Extract captures with so many workers, or as few as the settings allow."""
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
            workers=min(workers, settings.workers),
            timeout_s=settings.extract.page_timeout_s,
            memory_mb=settings.extract.memory_mb,
        )
        for job, result in results:
            self._keep(waiting.pop(job.key), job, result)
            if progress is not None:
                progress("extract", job.facts.source, self.tally.documents[job.facts.source])

    def _job(self, number: int, one: Exchanged, facts: SourceFacts) -> PageJob:
        page = Page(one.capture.url, one.body, one.capture.fetched_at, one.headers, one.listed_at, one.tdm)
        lines = self._boilerplate.lines_of(host_of(page.url))
        facts = replace(facts, boilerplate=lines) if lines else facts
        return PageJob(number, page, facts, normalise_url(one.capture.url), self._run.run_id)

    def _keep(self, one: Exchanged, job: PageJob, result: Extraction | ExtractError) -> None:
        if isinstance(result, ExtractError):
            broken = result.reason in ("timeout", "crashed", "memory", "error")
            outcome = Outcome.FAILED if broken else Outcome.REJECTED
            _LOG.log(logging.WARNING if broken else logging.INFO, "%s: %s", one.capture.url, result)
            self._end(job.facts, CaptureOutcome(one.capture.url, outcome, result.reason))
            return
        kept = self._within(result.documents, job, one.key)
        self._rows += [_placed(document, one) for document in kept]
        self.tally.count(kept)
        if result.removed:
            self._removed[host_of(job.page.url)].update(result.removed)
        if kept or not result.documents:
            self._end(job.facts, CaptureOutcome(one.capture.url, Outcome.EXTRACTED, result.reason, len(kept)))
        else:
            self._end(job.facts, CaptureOutcome(one.capture.url, Outcome.REJECTED, "outside_window"))
        if len(self._rows) >= _PART_ROWS:
            self._write_part()

    def _within(self, documents: tuple[Document, ...], job: PageJob, key: str | None) -> tuple[Document, ...]:
        """The documents of the run's window, by their own time, or by the capture's where they tell none."""
        window = self._run.window
        if window is None:
            return documents
        kept = tuple(one for one in documents if (one.published_at or one.fetched_at) in window)
        self.tally.undated += sum(one.published_at is None for one in kept)
        self.tally.outside_window += len(documents) - len(kept)
        if len(kept) < len(documents):
            self._aside[job.facts.source].append(key or url_key(job.url))
        return kept

    def _end(self, facts: SourceFacts, outcome: CaptureOutcome) -> None:
        self.outcomes.append((facts.source, outcome))

    def _write_part(self) -> None:
        buffer = io.BytesIO()
        pq.write_table(to_arrow(Document, _own_names(self._rows)), buffer, compression="zstd")
        data = buffer.getvalue()
        name = f"part-{len(self._parts):05d}-{os.urandom(4).hex()}.parquet"
        self._context.store.put(f"staged/{self._run.run_id}/{name}", data)
        digest = hashlib.sha256(data).hexdigest()
        self._parts.append({"name": name, "rows": len(self._rows), "sha256": digest})
        self._rows = []

    def finish(self, report: RunReport, breaches: Sequence[str]) -> None:
        """Write what is left and the marker: `_DONE.json`, or `_HELD.json` when an expectation was breached."""
        if self._rows:
            self._write_part()
        run_id, runs, store = self._run.run_id, self._context.runs, self._context.store
        counts = Counter((source, one.outcome.value, one.reason) for source, one in self.outcomes)
        runs.count(run_id, "extract", [(*key, count) for key, count in sorted(counts.items())])
        runs.set_report(run_id, asdict(report))
        for source, keys in sorted(self._aside.items()):
            Frontier(self._context.database, source, run_id=run_id, host=socket.gethostname()).set_aside(keys)
        failures = [
            asdict(one) | {"source": source}
            for source, one in self.outcomes
            if one.outcome in (Outcome.REJECTED, Outcome.FAILED)
        ]
        removed = {host: dict(sorted(lines.items())) for host, lines in sorted(self._removed.items())}
        details = {"report": asdict(report), "not_extracted": failures}
        details |= {"boilerplate": {"artefact": self._artefact, "removed": removed}} if self._artefact else {}
        store.put(f"reports/{run_id}/extract-{os.urandom(4).hex()}.json", json.dumps(details).encode())
        done = {"run_id": run_id, "rows": report.documents, "parts": self._parts, "outcomes": report.outcomes}
        done |= {"artefacts": {ARTEFACT: self._artefact}} if self._artefact else {}
        done |= {"held": list(breaches)} if breaches else {}
        if report.documents:
            key = held_key(run_id) if breaches else done_key(run_id)
            store.put(key, json.dumps(done, indent=1, sort_keys=True).encode())
        state = (RunState.HELD if breaches else RunState.STAGED) if report.documents else RunState.EMPTY
        _close(self._context, run_id, state, "; ".join(breaches) or None)


def _close(context: Context, run_id: str, state: RunState, reason: str | None = None) -> None:
    run = context.runs.get(run_id)
    if run is not None and run.state in (RunState.CRAWLING, RunState.CRAWLED):
        context.runs.set_state(run_id, state, reason=reason)


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
