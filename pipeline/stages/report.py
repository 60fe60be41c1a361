"""The page about a run: gathered from the state database and the corpus, and kept once the run is published."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from pipeline.errors import ConfigError, ConflictError, StoreError
from pipeline.models import Outcome, RunState
from pipeline.quality.expectations import DAY, HISTORY, measures
from pipeline.quality.rendering import render_page
from pipeline.quality.run_page import Health, OutcomeRow, RunPage, SourceRow
from pipeline.sources.declaration import Expect, Source
from pipeline.stages.base import Base
from pipeline.stages.context import Context, declared_sources
from pipeline.stages.expect import yields_of
from pipeline.stages.report_stories import RunTexts, gather_texts
from pipeline.store.runs import Run
from pipeline.store.versions import CorpusVersion, latest_version, versions_after

__all__ = ["put_reports", "report_key", "run_page"]

_LOG = logging.getLogger(__name__)
_WATERMARK = "reported_version"
_SOURCES, _OUTCOMES, _HEALTH, _PROBLEMS = 200, 200, 200, 3
_CAME_IN = frozenset(
    (Outcome.EXTRACTED.value, Outcome.INDEX.value, "fetched", "not_modified", "imported", "end_of_pages")
)


def report_key(run_id: str) -> str:
    """Where the page about a run is in the store."""
    return f"reports/{run_id}.html"


def run_page(context: Context, run_id: str) -> bytes:
    """The page about a run, as it was kept when the run was published; of any other run as things stand now.

    Raises:
        ConfigError: neither the state database nor the store knows the run.
        StoreError: the corpus cannot be read.
    """
    run = context.runs.get(run_id)
    if run is None or run.state is RunState.PUBLISHED:
        try:
            return context.store.get(report_key(run_id))
        except KeyError:
            if run is None:
                raise ConfigError(f"no run {run_id}; see `copydesk runs list`") from None
    return _made(context, run, Base(context.store, latest_version(context.store)))


def put_reports(context: Context, newest: Base, known: Sequence[CorpusVersion] = ()) -> None:
    """Keep a page for each run of the versions since the last time; one that is there already stays as it is.

    A publish is never undone for its report: what cannot be written is logged, and tried again by the next publish
    where the store was the cause.

    Args:
        context: store, state and settings.
        newest: the newest version.
        known: versions up to that one that the caller has read, in order.
    """
    try:
        for version in _unreported(context, newest, known):
            for run_id in version.runs:
                _put_report(context, run_id, newest)
            context.runs.set_watermark(_WATERMARK, version.stamp)
    except StoreError as error:
        _LOG.warning("reports are written by the next publish: %s", error)


def _unreported(context: Context, newest: Base, known: Sequence[CorpusVersion]) -> Sequence[CorpusVersion]:
    """Versions without reports; the newest alone where the state database tells nothing of this corpus."""
    last = context.runs.watermark(_WATERMARK) or ""
    if last not in {one.stamp for one in known}:
        known = versions_after(context.store, int(last.partition(":")[0] or 0) - 1)
    stamps = [one.stamp for one in known]
    if last in stamps:
        return known[stamps.index(last) + 1 :]
    return [newest.pinned] if newest.pinned else []


def _put_report(context: Context, run_id: str, newest: Base) -> None:
    run, key = context.runs.get(run_id), report_key(run_id)
    if run is None or context.store.exists(key):
        return
    try:
        context.store.put(key, _made(context, run, newest))
    except ConflictError:
        _LOG.info("another publisher wrote the report of run %s", run_id)
    except StoreError:
        raise
    except Exception:  # noqa: BLE001 (a stage's loop: what is published stays published, and other runs have reports)
        _LOG.exception("no report of run %s could be made", run_id)


def _made(context: Context, run: Run, newest: Base) -> bytes:
    return render_page(_gather(context, run, newest)).encode("utf-8", "replace")


def _gather(context: Context, run: Run, newest: Base) -> RunPage:
    """Everything the page shows, each list cut to what a page can hold."""
    chunks, account = context.runs.chunk_reports(run.run_id), run.report or {}
    texts = gather_texts(newest, run) if run.published_version and newest.version else None
    sources = _source_rows(chunks, account, texts)
    outcomes = _outcome_rows(context.runs.counts(run.run_id))
    health = _health(context, run, sorted({*run.sources, *chunks}))
    return RunPage(
        run_id=run.run_id, kind=run.kind, state=run.state.value, reason=run.reason, started_at=run.started_at,
        ended_at=run.updated_at, version=run.published_version, backfill_id=run.backfill_id,
        window=f"{run.window.start} to {run.window.end}" if run.window else None,
        captures=int(account.get("captures", 0)), documents=int(account.get("documents", 0)),
        new=texts.new.total() if texts else 0, revised=texts.revised.total() if texts else 0,
        copies=texts.copies.total() if texts else 0, stories=texts.stories if texts else 0,
        outside_window=int(account.get("outside_window", 0)), undated=int(account.get("undated", 0)),
        intake=texts.intake if texts else None,
        sources=sources[:_SOURCES], sources_left_out=max(0, len(sources) - _SOURCES),
        outcomes=outcomes[:_OUTCOMES], outcomes_left_out=max(0, len(outcomes) - _OUTCOMES),
        health=health[:_HEALTH], health_left_out=max(0, len(health) - _HEALTH),
        biggest=texts.biggest if texts else (), stories_left_out=texts.left_out if texts else 0,
    )  # fmt: skip


def _source_rows(
    chunks: Mapping[str, Mapping[str, Any] | None], account: Mapping[str, Any], texts: RunTexts | None
) -> list[SourceRow]:
    """One row a source: those whose crawl failed, those with other problems, all others; most documents first."""
    documents: Mapping[str, int] = account.get("documents_by_source", {})
    none = Counter[str]()
    new, revised, copies = (texts.new, texts.revised, texts.copies) if texts else (none, none, none)
    rows = []
    for name in sorted({*chunks, *documents}):
        chunk = chunks.get(name)
        crawl = chunk or {}
        rows.append(
            SourceRow(
                source=name, requests=int(crawl.get("requests", 0)), captures=int(crawl.get("captures", 0)),
                documents=documents.get(name, 0), new=new[name], revised=revised[name], copies=copies[name],
                problems=tuple(_problems(crawl)) if chunk or name not in chunks else ("not crawled yet",),
            )
        )  # fmt: skip
    failed = {name for name, chunk in chunks.items() if chunk is None or chunk.get("error")}
    return sorted(rows, key=lambda row: (row.source not in failed, not row.problems, -row.documents, row.source))


def _problems(crawl: Mapping[str, Any]) -> list[str]:
    """What went wrong with a crawl or may have been missed, in sentences; those beyond a few are counted."""
    found = [str(crawl["error"])] if crawl.get("error") else []
    found += map(str, (*crawl.get("gaps", ()), *crawl.get("notes", ())))
    passed = crawl.get("passed_over") or {}
    if passed:
        found.append("passed over: " + ", ".join(f"{count} {reason}" for reason, count in sorted(passed.items())))
    more = len(found) - _PROBLEMS
    return [*found[:_PROBLEMS], f"and {more} more"] if more > 0 else found


def _outcome_rows(counts: Iterable[tuple[str, str, str, str, int]]) -> list[OutcomeRow]:
    rows = [OutcomeRow(*row) for row in counts if row[2] not in _CAME_IN and row[4]]
    return sorted(rows, key=lambda row: (-row.count, row.source, row.stage, row.reason))


def _health(context: Context, run: Run, names: Sequence[str]) -> list[Health]:
    """Expectations of the run's sources and open alerts about them, what is wrong first."""
    declared = declared_sources(context)
    rows = [
        Health(source, "", f"{kind}: {message} (since {since:%Y-%m-%d %H:%M} UTC)", "alert")
        for kind, source, message, since in context.runs.open_alerts()
        if source in names
    ]
    for name in names:
        if name in declared:
            rows += _judged(context, declared[name], run.updated_at)
    order = ("alert", "breached", "waiting", "met")
    return sorted(rows, key=lambda row: (order.index(row.verdict), row.source))


def _judged(context: Context, source: Source, now: datetime) -> list[Health]:
    since = context.runs.first_started_at(source.id)
    if source.expect == Expect() or since is None:
        return []
    early = now - since < HISTORY
    return [
        Health(
            source.id,
            f"{_range(one.bounds.min, one.bounds.max)} {one.what}",
            f"{one.shown}; judged after 7 days of history" if early else one.shown,
            "waiting" if early else "breached" if one.breach else "met",
        )
        for one in measures(source.expect, yields_of(context, source.id, since=now - DAY), now=now)
    ]


def _range(least: float | None, most: float | None) -> str:
    if least is not None and most is not None:
        return f"{least:g} to {most:g}"
    return f"at least {least:g}" if least is not None else f"at most {most:g}" if most is not None else "any number of"
