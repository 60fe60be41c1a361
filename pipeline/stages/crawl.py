"""Crawl one source: a Scrapy child process under the source's lease, then seal what it archived."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pipeline.archive.retention import GONE
from pipeline.archive.seal import read_manifest, seal
from pipeline.errors import BusyError, ConfigError, FetchError, StoreError
from pipeline.lifeline import PARENT
from pipeline.models import RunState, SourceReport, Window
from pipeline.sources.declaration import COLLECTED, Source
from pipeline.stages.archives import Share, of_archive
from pipeline.stages.children import wait_for_crawl
from pipeline.stages.context import Context
from pipeline.store.database import open_database
from pipeline.store.frontier import Frontier, Lane
from pipeline.store.leases import hold

__all__ = [
    "crawl_source",
    "end_unbegun",
    "report_of",
    "settle_interrupted",
    "stored_manifests",
    "survey",
    "take_stored",
]

_LOG = logging.getLogger(__name__)
_ENDED: dict[str, Any] = {"finished": False, "error": None, "requests": 0, "outcomes": {}}


def crawl_source(context: Context, run_id: str, source: Source, share: Share | None = None) -> SourceReport:
    """Crawl a source for a run; a crawl of this run that ended before is not repeated.

    Its saved pages and WARC files are read first; with the method of an archive, that is asked in the site's place.

    Raises:
        BusyError: another run crawls the source just now.
    """
    share = share or Share()
    ended = context.runs.chunk_reports(run_id).get(source.id)
    if ended is not None:
        return report_of(ended)
    lane = share.lane
    if lane is Lane.LIVE and not any(entry.kind in COLLECTED for entry in source.entry):
        kinds = ", ".join(COLLECTED)
        raise ConfigError(f"{source.id} has no entry that can be crawled; kinds that can: {kinds}; use a backfill")
    with hold(context.database, f"source:{source.id}"):
        work = context.settings.data_dir / "work" / run_id / source.id
        spec = _spec(context, run_id, source, share, work)
        changed = _changed_entries(context, source)
        in_full = range(len(spec["source"]["entry"])) if lane else sorted(changed)
        outcome = _run_child(work, spec | {"in_full": list(in_full)})
        if lane and outcome["error"] is None and not outcome.get("limited"):
            outcome = outcome | {"error": _missing(context, run_id, source, share)}
            outcome["finished"] = outcome["finished"] and outcome["error"] is None
        report = _seal_and_finish(context, run_id, source.id, outcome)
        if report.finished and share.window is None:
            for number, digest in changed.items():
                context.runs.set_watermark(_entry_name(source, number), digest)
        return report


def _missing(context: Context, run_id: str, source: Source, share: Share) -> str | None:
    """What to say when the archive could not give copies just now, so that they are asked for again."""
    if share.captured is None:
        return None
    frontier = Frontier(context.database, source.id, run_id=run_id, host=socket.gethostname(), lane=share.lane)
    count = frontier.waiting_in(share.captured)
    return f"the archive could not give {count} copies just now; start the backfill again later" if count else None


def survey(context: Context, source: Source, share: Share) -> tuple[dict[str, datetime], int]:
    """Ask an archive's index alone which copies it has, and keep nothing: for a plan.

    Returns:
        (times of the copies that are not in our store yet, by key; requests that this took)

    Raises:
        FetchError: the index could not be asked.
    """
    assert share.captured is not None
    lane = share.lane
    with tempfile.TemporaryDirectory(prefix="copydesk-plan-") as name:
        folder = Path(name)
        state_url = f"sqlite:///{folder / 'state.db'}"
        alone = {"state_url": state_url, "spool": str(folder / "spool"), "max_pages": 0}
        spec = _spec(context, "plan", source, share, folder) | alone
        outcome = _run_child(folder, spec)
        if outcome["error"] is not None:
            raise FetchError(f"{source.id}: the archive's index cannot be asked: {outcome['error']}")
        with open_database(state_url) as database:
            listed = Frontier(database, source.id, run_id="plan", host="", lane=lane).captures_in(share.captured)
    mine = Frontier(context.database, source.id, run_id="", host="", lane=lane).captures_in(share.captured)
    here = {key for key, (_, state) in mine.items() if state in ("spooled", "stored")}
    return {key: moment for key, (moment, _) in listed.items() if key not in here}, int(outcome["requests"])


def _changed_entries(context: Context, source: Source) -> dict[int, str]:
    """Entries whose declaration is not the one of the last finished crawl, with its hash.

    A listing that answers "not modified" was read under the old declaration; it has to be read again.
    """
    digests = {
        number: hashlib.sha256(entry.model_dump_json().encode()).hexdigest()
        for number, entry in enumerate(source.entry)
    }
    return {
        number: digest
        for number, digest in digests.items()
        if context.runs.watermark(_entry_name(source, number)) != digest
    }


def _entry_name(source: Source, number: int) -> str:
    return f"entry:{source.id}:{number}"


def take_stored(context: Context, run_id: str, source: Source, window: Window) -> SourceReport:
    """Give a run all pages of a source that are in the store and may hold texts of a window, in place of a crawl."""
    manifests, gone = stored_manifests(context, source.id, window)
    note = f"{gone} archives of these days are gone by rule (maintain.raw_rules): their pages cannot be read again"
    ended = _ENDED | {"finished": True, "notes": [note] if gone else []}
    return _finish(context, run_id, source.id, ended, manifests)


def stored_manifests(context: Context, source_id: str, window: Window) -> tuple[list[str], int]:
    """Keys of the manifests of a source's pages that may hold texts of a window, and the number of archives gone."""
    prefix, first_day = f"raw/source={source_id}/dt=", str(window.start - timedelta(1))
    # A text is captured on the day it is dated, or later; a day's grace for zones.
    keys = [key for key in context.store.keys(prefix) if key.removeprefix(prefix)[:10] >= first_day]
    return [key for key in keys if key.endswith(".manifest.json")], sum(key.endswith(GONE) for key in keys)


def settle_interrupted(
    context: Context, run_id: str, source_id: str, error: str = "interrupted before it ended"
) -> SourceReport:
    """End the crawl of a run that died or failed: what it archived on this machine is sealed, the rest stays due.

    Raises:
        BusyError: the source is being crawled.
    """
    with hold(context.database, f"source:{source_id}"):
        return _seal_and_finish(context, run_id, source_id, _broken(error))


def end_unbegun(context: Context, run_id: str, source_id: str, error: str) -> SourceReport:
    """End the crawl of a source that another run is crawling."""
    return _finish(context, run_id, source_id, _broken(error), context.runs.manifests(run_id, source_id))


def report_of(ended: Mapping[str, Any]) -> SourceReport:
    """A crawl's report as the state database keeps it."""
    lists = {name: tuple(ended.get(name, ())) for name in ("manifests", "notes", "gaps")}
    return SourceReport(**{**ended, **lists})


def _spec(context: Context, run_id: str, source: Source, share: Share, work: Path) -> dict[str, Any]:
    settings, lane = context.settings, share.lane
    asked = of_archive(source, lane, settings.archives) if lane else source
    return {
        "run_id": run_id,
        "source": asked.model_dump(mode="json"),
        "crawl": settings.crawl.model_dump(),
        "s3": settings.s3.model_dump(),
        "lane": lane.value,
        "state_url": settings.state_url,
        "host": socket.gethostname(),
        "spool": str(_spool(context, source.id)),
        "report": str(work / "report.json"),
        "window_start": share.window and str(share.window.start),
        "window_end": share.window and str(share.window.end),
        "captured_start": share.captured and str(share.captured.start),
        "captured_end": share.captured and str(share.captured.end),
        "max_pages": share.max_pages,
    }


def _spool(context: Context, source_id: str) -> Path:
    return context.settings.data_dir / "spool" / source_id


def _run_child(work: Path, spec: Mapping[str, Any]) -> dict[str, Any]:
    report = work / "report.json"
    try:
        work.mkdir(parents=True, exist_ok=True)
        report.unlink(missing_ok=True)
        (work / "spec.json").write_text(json.dumps(spec), "utf-8")
        with (work / "crawl.log").open("ab") as log:
            child = subprocess.Popen(
                [sys.executable, "-m", "spiders.run", str(work / "spec.json")],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # one SIGTERM from us, not a second one from whoever stops our group
                env=os.environ | {PARENT: str(os.getpid())},
            )
            by_itself = wait_for_crawl(child)
    except OSError as error:
        return _broken(f"{work}: {error.strerror}; free some space or mend its permissions, then run again")
    try:
        ended: dict[str, Any] = json.loads(report.read_text("utf-8"))
    except (OSError, ValueError):
        last = _last_line(work / "crawl.log")
        return _broken(f"the crawl ended without a report (exit code {child.returncode}); {last or work / 'crawl.log'}")
    if by_itself and not ended["finished"] and ended["error"] is None:
        ended["error"] = f"the crawl ended early ({ended['reason']}); what is left comes with the next"
    return ended


def _broken(error: str) -> dict[str, Any]:
    return _ENDED | {"error": error}


def _last_line(log: Path) -> str:
    try:
        lines = log.read_text("utf-8", "replace").split("\n")
    except OSError:
        return ""
    return next((line.strip() for line in reversed(lines) if line.strip()), "")[:300]


def _seal_and_finish(context: Context, run_id: str, source_id: str, outcome: Mapping[str, Any]) -> SourceReport:
    """Seal the source's spool, also what an earlier run could not seal, and end the run's chunk with its report.

    Raises:
        BusyError: the run was ended by another process meanwhile; what is in the spool waits for the source's next run.
    """
    run = context.runs.get(run_id)
    if run is None or run.state is not RunState.CRAWLING:
        raise BusyError(f"run {run_id} was ended by another process; what was archived waits for the next crawl")
    frontier = Frontier(context.database, source_id, run_id=run_id, host=socket.gethostname())
    error: str | None = outcome["error"]
    try:
        seal(_spool(context, source_id), source=source_id, store=context.store, frontier=frontier)
    except StoreError as failed:  # what is not sealed stays in the spool; the next run of the source seals it
        raise failed if error is None else StoreError(f"{failed}; before that: {error}") from failed
    return _finish(context, run_id, source_id, outcome, context.runs.manifests(run_id, source_id))


def _finish(
    context: Context, run_id: str, source_id: str, outcome: Mapping[str, Any], manifests: list[str]
) -> SourceReport:
    """End the run's chunk with its report, which names the manifests that the run extracts."""
    sealed = [read_manifest(context.store, key) for key in manifests]
    report = {
        "source": source_id,
        "finished": outcome["finished"],
        "error": outcome["error"],
        "requests": outcome["requests"],
        "fetched": outcome["outcomes"],
        "manifests": manifests,
        "notes": outcome.get("notes", []),
        "gaps": outcome.get("gaps", []),
        "passed_over": outcome.get("passed_over", {}),
        "limited": outcome.get("limited", False),
        "captures": sum(int(manifest["records"]) for manifest in sealed),
        "pages": sum(int(manifest["records"]) - int(manifest["listings"]) for manifest in sealed),
    }
    context.runs.finish_chunk(run_id, source_id, report)
    counts = [(source_id, name, "", count) for name, count in sorted(outcome["outcomes"].items())]
    passed = [(source_id, "passed_over", reason, count) for reason, count in report["passed_over"].items()]
    context.runs.count(run_id, "crawl", [*counts, *passed])
    if report["gaps"]:
        context.runs.alert("gap", source_id, "; ".join(report["gaps"]), run_id=run_id)
    return report_of(report)
