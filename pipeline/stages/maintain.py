"""Maintenance: finish what dead runs left, sweep what nobody needs, keep the tables' files few, learn boilerplate."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from pipeline.archive.retention import expire
from pipeline.models import SCHEMA_VERSION, RunState, utc_now
from pipeline.stages.base import Base
from pipeline.stages.boilerplate import ARTEFACT, learn_boilerplate
from pipeline.stages.candidates import bring_on, candidates_at
from pipeline.stages.collect import resume_dead_runs
from pipeline.stages.context import Context, check_store
from pipeline.stages.dividing import FOLDER as REDEDUP
from pipeline.stages.due import MAINTAINED
from pipeline.stages.extract import done_key, held_key
from pipeline.stages.rededup import sweep_rededup
from pipeline.stages.refusals import urls_of
from pipeline.stages.takedown import ENDED, clean_up
from pipeline.store.files import added_files
from pipeline.store.leases import hold
from pipeline.store.schemas import FORMER_TABLES, TABLES
from pipeline.store.versions import CorpusVersion, latest_version, newest_first, put_version

__all__ = ["Maintained", "maintain"]


@dataclass(frozen=True, slots=True)
class Maintained:
    """What a maintenance did; `version` is the corpus version with fewer files, None when there was nothing to do.

    `boilerplate_lines`: lines that hosts repeat and that were not known before; `boilerplate`: where they are kept.
    `archives_removed`: archives of raw pages that the rules of the settings keep no longer.
    """

    runs_finished: int
    staged_swept: int
    work_swept: int
    version: int | None
    boilerplate_lines: int = 0
    boilerplate: str | None = None
    archives_removed: int = 0


def maintain(context: Context) -> Maintained:
    """Do all of it; safe to repeat, and to kill at any instant.

    Raises:
        BusyError: a publisher is at work, and still was after a wait.
        StoreError: the store failed; what was done stays done.
    """
    check_store(context)
    finished = resume_dead_runs(context)
    oldest = utc_now() - timedelta(days=context.settings.maintain.keep_days)
    with hold(context.database, "corpus", wait_s=600):
        swept = _sweep_staged(context, oldest)
        base = Base(context.store, latest_version(context.store))
        made, learned = _compact(context, base, oldest)
        _drop_former_tables(context, made or base.pinned)
        removed = _expire_raw(context)
        _sweep_rededup(context, oldest)
    context.runs.set_watermark(MAINTAINED, utc_now().isoformat())
    number, artefact = (made.version, made.artefacts.get(ARTEFACT)) if made else (None, None)
    return Maintained(len(finished), swept, _sweep_work(context, oldest), number, learned, artefact, removed)


def _expire_raw(context: Context) -> int:
    def waiting() -> set[str]:
        found = set[str]()
        for run in context.runs.find(states=(RunState.CRAWLING, RunState.CRAWLED)):
            reports = context.runs.chunk_reports(run.run_id).values()
            lists = [report["manifests"] for report in reports if report]
            found.update((run.run_id,), context.runs.manifests(run.run_id), *lists)
        return found

    return expire(context.store, context.settings.maintain.raw_rules, now=utc_now(), spared=waiting)


def _sweep_rededup(context: Context, oldest: datetime) -> None:
    """Remove what re-deduplications left that showed what would change, for versions that others followed long ago."""
    if next(iter(context.store.keys(REDEDUP)), None) is None:  # mostly: then no version need be read for it
        return
    followed = (one.version for one in newest_first(context.store) if one.created_at < oldest)
    sweep_rededup(context.store, before=next(followed, 0))


def _sweep_staged(context: Context, oldest: datetime) -> int:
    """Remove parts of runs that ended long ago, and those of runs that were never staged whole."""
    swept: set[str] = set()
    by_run: dict[str, list[str]] = {}
    for key in context.store.keys("staged/"):
        by_run.setdefault(key.split("/")[1], []).append(key)
    for run_id, keys in by_run.items():
        run = context.runs.get(run_id)
        started = run.updated_at if run is not None else _time_of(run_id)
        ended = run is not None and run.state in ENDED
        whole = done_key(run_id) in keys or held_key(run_id) in keys
        if started is None or started > oldest or (whole and not ended) or (run and run.state is RunState.CRAWLED):
            continue
        # The marker goes first: a sweep that is killed leaves no run that looks whole.
        for key in sorted(keys, key=lambda key: not key.endswith(("_DONE.json", "_HELD.json"))):
            context.store.delete(key)
        swept.add(run_id)
    return len(swept)


def _time_of(run_id: str) -> datetime | None:
    try:
        return datetime.strptime(run_id.partition("-")[0], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None


def _compact(context: Context, base: Base, oldest: datetime) -> tuple[CorpusVersion | None, int]:
    """A corpus version that says the same with fewer files; readers of kept versions are not disturbed.

    It names what was learned from the version before; with it the number of lines that are new.
    """
    if base.pinned is None or base.pinned.made_by == "maintain":  # the newest version came from here
        return None, 0
    versions = _versions_since(context, oldest)
    last = max((one.version for one in versions if one.made_by == "maintain"), default=0)
    known = base.takedowns()
    takedowns = [one for one in known if one.version > last]
    taken = max((one.version for one in takedowns), default=0)
    clean_up(context, takedowns)
    artefact, learned = learn_boilerplate(context.store, base, hidden=urls_of(known))
    artefacts = {**base.pinned.artefacts, **({ARTEFACT: artefact} if artefact else {})}
    index = candidates_at(context, base)
    try:
        # What was taken down is not to be read in former versions either.
        recent = [one for one in versions if one.version >= taken and (one.created_at > oldest or one == base.pinned)]
        added, tables = _added_after(recent[0], versions), {}
        for name in sorted(TABLES.keys() & base.pinned.tables.keys()):
            writer = base.writer(name)
            kept = [one.tables.get(name, -1) for one in recent]
            days = 0 if taken else context.settings.maintain.keep_days
            tables[name] = writer.compact(keep=kept, keep_days=days, added=added)
        files = added_files(context.store, base.tables, tables)
        pinned = base.pinned
        version = CorpusVersion(
            base.version + 1, utc_now(), tables, (), pinned.counts, artefacts, files, SCHEMA_VERSION, "maintain"
        )
        put_version(context.store, version)
        bring_on(index, {}, (), version)
    finally:
        index.close()
    return version, learned


def _added_after(first: CorpusVersion, versions: Sequence[CorpusVersion]) -> set[str] | None:
    """Keys of all objects that versions after one added; None where one of them, of an older Copydesk, tells none."""
    later = [one for one in versions if one.version >= first.version]
    if any(not one.files and one.tables != before.tables for before, one in pairwise(later)):
        return None
    return {key for one in later[1:] for key in one.files}


def _versions_since(context: Context, oldest: datetime) -> list[CorpusVersion]:
    """Versions made after a time, and all since the last maintenance, in order."""
    found: list[CorpusVersion] = []
    for version in newest_first(context.store):
        found.append(version)
        if version.created_at <= oldest and any(one.made_by == "maintain" for one in found):
            break
    return found[::-1]


def _drop_former_tables(context: Context, newest: CorpusVersion | None) -> None:
    """Remove tables that an older Copydesk kept, once the newest version names them no more."""
    for name in FORMER_TABLES:
        if newest is not None and name not in newest.tables:
            for key in list(context.store.keys(f"tables/{name}/")):
                context.store.delete(key)


def _sweep_work(context: Context, oldest: datetime) -> int:
    """Remove the logs of crawls that ended long ago."""
    folder, swept = context.settings.data_dir / "work", 0
    for path in folder.iterdir() if folder.is_dir() else ():
        if f"work/{path.name}/" != REDEDUP and datetime.fromtimestamp(path.stat().st_mtime, UTC) < oldest:
            shutil.rmtree(path, ignore_errors=True)
            swept += 1
    return swept
