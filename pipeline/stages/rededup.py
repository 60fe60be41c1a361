"""Whole-corpus re-deduplication: decide every story anew, show what would change, publish it when told so."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

from pipeline.dedup.engine import workers
from pipeline.dedup.whole import Outcome, Run, StepProgress, deduplicate_whole
from pipeline.dedup.work import Work
from pipeline.errors import BusyError, ConfigError
from pipeline.models import Change, StoryChange, utc_now
from pipeline.stages.base import Base
from pipeline.stages.context import Context, check_store, declared_sources
from pipeline.stages.dividing import FOLDER, divide
from pipeline.stages.furniture import ARTEFACT, learn_furniture
from pipeline.stages.publish import commit_changes, open_tables, version_of
from pipeline.stages.restating import Restated, restate
from pipeline.store.files import added_files
from pipeline.store.leases import hold
from pipeline.store.objects import ObjectStore
from pipeline.store.versions import latest_version, put_version

__all__ = ["MADE_BY", "Rededuplicated", "StoryEdit", "rededuplicate", "sweep_rededup"]

MADE_BY = "rededup"
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class StoryEdit:
    """A story that becomes another: members before and after; `from_stories` are those that join it."""

    story_id: str
    title: str | None
    op: str
    members_before: int
    members_after: int
    from_stories: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rededuplicated:
    """What deciding anew changes (`published` None: what it would change) against corpus version `base`.

    Counts are of stories: `merged` took others in, `ended` are no more, `added` split off. `relations` are pairs that
    are something else to each other than before. `furniture`: the artefact that all is decided with. `biggest`: those
    with most members before or after.
    """

    base: int
    published: int | None
    documents: int
    stories_before: int
    stories_after: int
    merged: int
    split: int
    changed: int
    added: int
    ended: int
    relations: int
    furniture: str | None
    biggest: tuple[StoryEdit, ...]


def rededuplicate(
    context: Context,
    progress: StepProgress | None = None,
    *,
    publish: bool = False,
    keep_furniture: bool = False,
    wait_s: float = 0.0,
) -> Rededuplicated:
    """Decide every story of the newest corpus version anew.

    What is done for one corpus version is kept in the store, so that a job that was killed, or that showed what would
    change, goes on where it was.

    Args:
        context: store, state and settings.
        progress: told of what goes on.
        publish: make it the next corpus version; no other publisher works meanwhile.
        keep_furniture: decide with the furniture of the corpus version instead of learning it anew.
        wait_s: with `publish`, seconds to wait for another publisher to end.

    Raises:
        ConfigError: there is no corpus yet.
        BusyError: with `publish`, another publisher holds the corpus; or what was made was removed meanwhile.
        StoreError, ConflictError: nothing was published.
    """
    check_store(context)
    if not publish:
        base = _base(context)
        return _report(base, *_decided(context, base, progress, keep_furniture=keep_furniture), None)
    with hold(context.database, "corpus", wait_s=wait_s) as lease:
        base = _base(context)
        found, furniture, documents = _decided(context, base, progress, keep_furniture=keep_furniture)
        known = None if base.pinned is None else base.pinned.artefacts.get(ARTEFACT)
        if not found.relations and not found.story_changes and furniture == known:
            return _report(base, found, furniture, documents, base.version)
        changes, now = found.changes(base), utc_now()
        lease.check()
        tables = commit_changes(open_tables(base), base, changes, ())
        version = version_of(base, tables, changes, (), now)
        artefacts = {**version.artefacts, **({ARTEFACT: furniture} if furniture else {})}
        files = added_files(context.store, base.tables, tables)
        put_version(context.store, replace(version, artefacts=artefacts, files=files, made_by=MADE_BY))
        sweep_rededup(context.store, before=version.version)
    return _report(base, found, furniture, documents, version.version)


def sweep_rededup(store: ObjectStore, *, before: int | None = None) -> int:
    """Remove what was made for corpus versions before this one (None: for all); gives the number of objects."""
    keys = [key for key in store.keys(FOLDER) if before is None or int(key.removeprefix(FOLDER).split("/")[0]) < before]
    for key in keys:
        store.delete(key)
    return len(keys)


def _base(context: Context) -> Base:
    base = Base(context.store, latest_version(context.store))
    if base.pinned is None:
        raise ConfigError("there is no corpus yet; collect something first: `copydesk collect`")
    return base


def _decided(
    context: Context, base: Base, progress: StepProgress | None, *, keep_furniture: bool
) -> tuple[Restated, str | None, int]:
    """What changes, with which furniture, and among how many documents."""
    assert base.pinned is not None
    known = base.pinned.artefacts.get(ARTEFACT)
    furniture = known if keep_furniture else _learned(base, known)
    settings = context.settings
    work, ids = divide(settings, base, furniture, declared_sources(context))
    where = settings.rededup
    with workers(where.cluster, where.workers or os.cpu_count() or 1, patience_s=where.patience_s) as run:
        outcome = _outcome(work, run, progress or _silent)
    return restate(base, outcome, ids), furniture, len(ids)


def _outcome(work: Work, run: Run, progress: StepProgress) -> Outcome:
    try:
        return deduplicate_whole(work, run, progress)
    except KeyError as error:
        if not str(error.args[0]).startswith(work.folder):
            raise
        raise BusyError(
            f"object {error.args[0]} was removed meanwhile, by a takedown or another such job; begin it again"
        ) from error


def _learned(base: Base, known: str | None) -> str:
    """The artefact of what is learned; the known one when that says the same."""
    key = learn_furniture(base)
    return known if known is not None and base.store.get(known) == base.store.get(key) else key


def _silent(_label: str, _done: int, _total: int) -> None:
    pass


def _report(
    base: Base, found: Restated, furniture: str | None, documents: int, published: int | None
) -> Rededuplicated:
    assert base.pinned is not None
    ops = Counter(change.op for change in found.story_changes)
    before = base.pinned.counts.get("stories", 0)
    living = [change for change in found.story_changes if change.op is not Change.REMOVED]
    biggest = sorted(living, key=lambda change: (-_size(found, change), change.story_id))[:_SHOWN]
    shown = base.current(change.canonical_id for change in biggest if change.canonical_id)
    titles = {name: one.title for name, one in shown.items()}
    return Rededuplicated(
        base=base.version,
        published=published,
        documents=documents,
        stories_before=before,
        stories_after=before + ops[Change.ADDED] - ops[Change.REMOVED],
        merged=ops[Change.MERGED],
        split=ops[Change.SPLIT],
        changed=ops[Change.CHANGED],
        added=ops[Change.ADDED],
        ended=ops[Change.REMOVED],
        relations=len({(min(row.a, row.b), max(row.a, row.b)) for row in found.relations}),
        furniture=furniture,
        biggest=tuple(_edit(found, change, titles) for change in biggest),
    )


def _size(found: Restated, change: StoryChange) -> int:
    """Members that it had or has, whichever are more."""
    former = found.old.get(change.story_id)
    return max(len(change.members), len(former.members) if former else 0)


def _edit(found: Restated, change: StoryChange, titles: Mapping[str, str | None]) -> StoryEdit:
    former = found.old.get(change.story_id)
    before = len(former.members) if former else 0
    return StoryEdit(
        change.story_id,
        titles.get(change.canonical_id or ""),
        change.op.value,
        before,
        len(change.members),
        change.aliases,
    )
