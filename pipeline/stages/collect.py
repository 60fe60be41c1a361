"""Collect: crawl sources, stage what they gave; first finish what a dead run left behind."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from pipeline.errors import BusyError, CopydeskError, StoreError
from pipeline.logs import logged_run
from pipeline.models import RunReport, RunState, SourceReport, Window, new_run_id, utc_now
from pipeline.sources.declaration import Source
from pipeline.stages.alerting import opened_alerts, set_alerts
from pipeline.stages.archives import Share
from pipeline.stages.children import side_by_side
from pipeline.stages.context import Context, Progress, check_store
from pipeline.stages.crawl import crawl_source, end_unbegun, settle_interrupted
from pipeline.stages.extract import extract_run
from pipeline.store.leases import hold

__all__ = ["Collected", "collect", "collecting", "crawl_one", "finish_run", "resume_dead_runs"]

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Collected:
    """How a collect ended; `errors` are (source, what went wrong)."""

    run_id: str
    report: RunReport | None
    errors: tuple[tuple[str, str], ...]


def collect(
    context: Context,
    sources: Sequence[Source],
    *,
    window: Window | None = None,
    progress: Progress | None = None,
) -> Collected:
    """Crawl and stage sources in this process; publishing is the caller's next step."""
    with collecting(context, sources, window=window, progress=progress) as run_id:

        def crawl(source: Source, _stop: threading.Event) -> str | None:
            return crawl_one(context, run_id, source, share=Share(window=window), progress=progress)

        errors = side_by_side(crawl, sources, context.settings.crawl.parallel_sources)
        report = finish_run(context, run_id, progress)
        failed = ((source.id, error) for source, error in zip(sources, errors, strict=True) if error)
        return Collected(run_id, report, tuple(failed))


@contextmanager
def collecting(
    context: Context, sources: Sequence[Source], *, window: Window | None = None, progress: Progress | None = None
) -> Iterator[str]:
    """A new run over some sources, held as living while the block works on it; gives its id.

    Before, what dead runs left behind is finished. The block ends after all that it began: what it holds is theirs.
    """
    check_store(context)
    run_id = new_run_id(utc_now(), os.urandom(8).hex())
    with hold(context.database, f"run:{run_id}"):
        context.runs.start(run_id, kind="collect", sources=[source.id for source in sources], window=window)
        resume_dead_runs(context, progress)
        yield run_id


def crawl_one(
    context: Context,
    run_id: str,
    source: Source,
    *,
    share: Share | None = None,
    progress: Progress | None = None,
) -> str | None:
    """Crawl one source of a run, or a share of it.

    Returns:
        What went wrong, or None. One source's failure is an outcome of the run, not its end.
    """
    if progress is not None:
        progress("crawl", source.id, 0)
    with logged_run(run_id):
        try:
            report: SourceReport = crawl_source(context, run_id, source, share)
        except CopydeskError as error:
            _LOG.error("%s: %s", source.id, error)
            with suppress(StoreError):  # then the end of the run tries again
                _end_chunk(context, run_id, source.id, str(error))
            return str(error)
        for note in (*report.notes, *report.gaps):
            _LOG.warning("%s: %s", source.id, note)
    if progress is not None:
        progress("crawled", source.id, report.pages)
    return report.error


def _end_chunk(context: Context, run_id: str, source_id: str, error: str) -> None:
    """Seal what a failed crawl archived, so that it belongs to a run that will be staged."""
    try:
        settle_interrupted(context, run_id, source_id, error)
    except BusyError:
        end_unbegun(context, run_id, source_id, error)


def finish_run(context: Context, run_id: str, progress: Progress | None = None) -> RunReport | None:
    """Mark the run's crawls as ended and stage its documents.

    Raises:
        StoreError: nothing was staged; what was archived waits, and the next collect finishes the run.
    """
    with logged_run(run_id):
        for source_id, ended in context.runs.chunk_reports(run_id).items():
            if ended is None:
                _end_chunk(context, run_id, source_id, "interrupted before it ended")
        run = context.runs.get(run_id)
        if run is not None and run.state is RunState.CRAWLING:
            context.runs.set_state(run_id, RunState.CRAWLED)
        return extract_run(context, run_id, progress)


def resume_dead_runs(context: Context, progress: Progress | None = None) -> list[str]:
    """Stage what runs archived whose process died; a living run is left alone.

    One that cannot be finished is tried again each time, and there is an alert about it (`unfinished`) until it is.
    """
    resumed, unfinished = list[str](), dict[str, str]()
    told = opened_alerts(context, "unfinished")
    for run in context.runs.find(states=(RunState.CRAWLING, RunState.CRAWLED)):
        try:
            with hold(context.database, f"run:{run.run_id}"):
                finish_run(context, run.run_id, progress)
        except BusyError:  # another process tries it just now
            unfinished |= {run.run_id: told[run.run_id]} if run.run_id in told else {}
            continue
        except CopydeskError as error:
            _LOG.error("run %s, whose process had ended, cannot be finished: %s", run.run_id, error)
            unfinished[run.run_id] = str(error)
            continue
        except Exception:  # noqa: BLE001 (a stage's loop: one run that cannot be finished must not stop all others; it is tried again next time)
            _LOG.exception("run %s, whose process had ended, cannot be finished", run.run_id)
            unfinished[run.run_id] = "an unknown error; the log has it"
            continue
        _LOG.info("finished run %s, whose process had ended", run.run_id)
        resumed.append(run.run_id)
    set_alerts(context, "unfinished", unfinished)
    return resumed
