"""Publish: staged runs become a corpus version together, or none of them does."""

from __future__ import annotations

import json
import logging
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from itertools import accumulate, chain, takewhile

import pyarrow as pa

from pipeline.errors import ConflictError, TransientStoreError
from pipeline.models import (
    SCHEMA_VERSION,
    Document,
    RelationRow,
    RunState,
    Story,
    StoryChange,
    Takedown,
    utc_now,
)
from pipeline.stages.base import Base
from pipeline.stages.candidates import bring_on, candidates_at
from pipeline.stages.context import Context, Progress, check_store, declared_sources
from pipeline.stages.dedup import Changes, plan_changes, read_staged
from pipeline.stages.gains import Published, gained, in_all
from pipeline.stages.refusals import Refusals
from pipeline.stages.report import put_reports
from pipeline.store.files import added_files
from pipeline.store.leases import Lease, hold
from pipeline.store.schemas import TABLES, to_arrow
from pipeline.store.versions import CorpusVersion, put_version, versions_after
from pipeline.store.writing import MOST_IDS, TableWriter

__all__ = [
    "PUBLISHED",
    "commit_changes",
    "open_tables",
    "publish",
    "version_of",
]

_LOG = logging.getLogger(__name__)
_TRIES = 5
_MOST = 20_000
"""Documents of several runs that one version takes."""
PUBLISHED = "published_version"
"""Watermark: stamp of the newest version whose runs the state database knows as published."""
_CLOSED = (RunState.PUBLISHED, RunState.DISCARDED, RunState.HELD)


def publish(context: Context, progress: Progress | None = None, *, wait_s: float = 0.0) -> Published:
    """Take every staged run, in order of run id, into the next corpus version, and keep a page about each of them.

    Very many documents become several versions, each of whole runs, so that they need not all be in memory.

    Args:
        context: store, state and settings.
        progress: told of what goes on.
        wait_s: seconds to wait for another publisher to end; it may have begun before the last run was staged.

    Raises:
        BusyError: another publisher holds the corpus.
        StoreError, ConflictError: the runs that were not published stay as they are.
    """
    check_store(context)
    published, newest, known = _publish_staged(context, progress, wait_s)
    put_reports(context, newest, known)
    return published


def _publish_staged(
    context: Context, progress: Progress | None, wait_s: float
) -> tuple[Published, Base, list[CorpusVersion]]:
    """What was done, the corpus afterwards, and the versions that were read or made."""
    with hold(context.database, "corpus", wait_s=wait_s) as lease:
        published, base, known, left = _next_version(context, lease, progress)
        done = [published]
        while left:
            put_reports(context, base, known)
            published, base, known, left = _next_version(context, lease, progress)
            done.append(published)
    return in_all(done), base, known


def _next_version(
    context: Context, lease: Lease, progress: Progress | None
) -> tuple[Published, Base, list[CorpusVersion], list[str]]:
    """Publish what fits in one version; the last is what it leaves to the next one."""
    for attempt in range(1, _TRIES + 1):
        known = _reconcile(context)
        base = Base(context.store, known[-1] if known else None)
        pending = _pending_runs(context)
        runs = _fitting(context, pending)
        if not runs:
            return Published(base.version, (), 0, 0, 0, 0), base, known, []
        try:
            version, changes = _publish(context, base, runs, lease, progress)
            _mark_published(context, version)
            return gained(version, changes, runs), base.after(version), [*known, version], pending[len(runs) :]
        except (ConflictError, TransientStoreError) as error:
            # Whatever stands in the tables by now, the next try sets them back to the base and decides again.
            if attempt == _TRIES:
                raise
            _LOG.warning("the version was not committed, deciding again: %s", error)
    raise AssertionError("unreachable: the last try returns or raises")


def _fitting(context: Context, runs: Sequence[str]) -> list[str]:
    """The first of the runs, as many as are decided together: a backfill of years would not fit into memory."""
    if len(runs) < 2:
        return list(runs)
    rows = (json.loads(context.store.get(f"staged/{run_id}/_DONE.json"))["rows"] for run_id in runs)
    count = sum(1 for _ in takewhile(lambda total: total <= _MOST, accumulate(rows)))
    return list(runs[: max(count, 1)])


def _pending_runs(context: Context) -> list[str]:
    """Ids of runs that are staged whole and neither published, held nor discarded, in order."""
    done = [key.split("/")[1] for key in context.store.keys("staged/") if key.endswith("/_DONE.json")]
    return sorted(set(done) - context.runs.among(done, _CLOSED))


def _reconcile(context: Context) -> list[CorpusVersion]:
    """Mark runs published that a version file names; a publisher may have died before it could.

    Returns:
        The last version that the state database knew and those after it, or all; the newest is among them.
    """
    known = context.runs.watermark(PUBLISHED) or ""  # the stamp of a version
    number = int(known.partition(":")[0] or 0)
    versions = versions_after(context.store, number - 1)
    if not versions or versions[0].stamp != known:
        versions = versions_after(context.store, 0)  # another store than the one that this state database knew
    for version in versions:
        _mark_published(context, version)
    return versions


def _mark_published(context: Context, version: CorpusVersion) -> None:
    for run_id in version.runs:
        context.runs.start(run_id, kind="collect", sources=())  # in case this state database never knew it
        context.runs.set_state(run_id, RunState.PUBLISHED, version=version.version)
    context.runs.set_watermark(PUBLISHED, version.stamp)


def _publish(
    context: Context, base: Base, runs: Sequence[str], lease: Lease, progress: Progress | None
) -> tuple[CorpusVersion, Changes]:
    now = utc_now()
    found = [document for run_id in runs for document in read_staged(context.store, run_id)]
    refusals = Refusals(base.takedowns())
    staged = [document for document in refusals.stripped(found) if document is not None]
    if progress is not None:
        progress("publish", "documents", len(staged))
    index = candidates_at(context, base)
    try:
        changes = plan_changes(base, staged, index, declared_sources(context), now=now)
        lease.check()
        tables = commit_changes(open_tables(base), base, changes, runs, takedowns=refusals.again(base.version + 1, now))
        version = version_of(base, tables, changes, runs, now)
        version = replace(version, files=added_files(context.store, base.tables, tables))
        _note(context, changes)
        put_version(context.store, version)
        bring_on(index, changes.sketches, (), version)
    finally:
        index.close()
    return version, changes


def open_tables(base: Base) -> dict[str, TableWriter]:
    """All tables set to the state that the base names, to be written."""
    return {name: base.writer(name) for name in TABLES}


def commit_changes(
    tables: Mapping[str, TableWriter],
    base: Base,
    changes: Changes,
    runs: Sequence[str],
    *,
    takedowns: Sequence[Takedown] = (),
) -> dict[str, int]:
    """Write the rows of a version on top of the base; readers see none of it before the version file is there.

    Returns:
        The Delta version of each table.
    """
    rows = {
        "documents": to_arrow(Document, changes.documents),
        "relations": to_arrow(RelationRow, changes.relations),
        "story_changes": to_arrow(StoryChange, changes.story_changes),
        "takedowns": to_arrow(Takedown, takedowns),
    }
    written = {name: tables[name].append(table, runs=runs) for name, table in rows.items()}
    written["stories"] = _write_stories(tables["stories"], base, changes, runs)
    return written


def _write_stories(table: TableWriter, base: Base, changes: Changes, runs: Sequence[str]) -> int:
    """Put the changed stories in the place of their former rows; of very many, write anew what is as old as they."""
    version = base.version + 1
    former = {story.story_id for story in changes.stories if story.since_version < version} | changes.gone_stories
    rows = to_arrow(Story, sorted(changes.stories, key=lambda story: story.story_id))
    if len(former) <= MOST_IDS:
        return table.replace(rows, version=version, former=former, months=changes.months, runs=runs)
    spans = base.spans_of(former)
    anew = chain(base.stories_between(spans, but=former), rows.to_batches())
    reader = pa.RecordBatchReader.from_batches(rows.schema, anew)
    return table.replace_between(reader, version=version, spans=spans, runs=runs)


def version_of(
    base: Base, tables: dict[str, int], changes: Changes, runs: Sequence[str], now: datetime
) -> CorpusVersion:
    before = base.pinned.counts if base.pinned else {}
    added = sum(1 for change in changes.story_changes if change.op == "added")
    counts = {
        "revisions": before.get("revisions", 0) + len(changes.documents),
        "documents": before.get("documents", 0) + sum(1 for document in changes.documents if document.revision == 1),
        "stories": before.get("stories", 0) + added - len(changes.gone_stories),
    }
    artefacts = base.pinned.artefacts if base.pinned else {}
    return CorpusVersion(
        base.version + 1, now.astimezone(UTC), tables, tuple(runs), counts, artefacts, schema_version=SCHEMA_VERSION
    )


def _note(context: Context, changes: Changes) -> None:
    """Count what was noticed of posts in the account of its run; a report in the store names them.

    A post that is gone is told once, by the run that saw it first; days that a window leaves out tell nothing.
    """
    noticed = []
    for one in changes.noticed:
        if one.reason == "post_gone":
            run = context.runs.get(one.run_id)
            if run is not None and run.window is not None:
                continue
            mark = f"post_gone:{one.id}"
            if context.runs.watermark(mark) not in (None, one.run_id):
                continue
            context.runs.set_watermark(mark, one.run_id)
        noticed.append(one)
    for run_id in sorted({one.run_id for one in noticed}):
        mine = [one for one in noticed if one.run_id == run_id]
        counts = Counter((one.source, "noticed", one.reason) for one in mine)
        context.runs.count(run_id, "publish", [(*key, count) for key, count in sorted(counts.items())])
        details = json.dumps({"noticed": [asdict(one) for one in mine]}).encode()
        context.store.put(f"reports/{run_id}/publish-{os.urandom(4).hex()}.json", details)
        _LOG.info("run %s: %s", run_id, ", ".join(f"{key[2]} {key[0]}: {count}" for key, count in counts.items()))
