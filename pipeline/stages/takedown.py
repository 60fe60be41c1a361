"""Takedown: what somebody has a right to see gone leaves the tables at once, and every other place with it."""

from __future__ import annotations

import html
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import pyarrow.parquet as pq

from pipeline.archive.redact import redact
from pipeline.errors import ConfigError
from pipeline.models import SCHEMA_VERSION, Document, RunState, Takedown, utc_now
from pipeline.stages.base import Base
from pipeline.stages.boilerplate import ARTEFACT, drop_artefacts, without_examples
from pipeline.stages.candidates import bring_on, candidates_at
from pipeline.stages.context import Context, Progress, check_store, declared_sources
from pipeline.stages.dedup import plan_without
from pipeline.stages.needles import Needles
from pipeline.stages.publish import commit_changes, open_tables, publish, version_of
from pipeline.stages.rededup import sweep_rededup
from pipeline.stages.refusals import (
    WHAT,
    Refusals,
    addresses_of,
    captures_of,
    key_of,
    signature_of,
    urls_of,
)
from pipeline.store.files import added_files
from pipeline.store.leases import hold
from pipeline.store.scan import scan
from pipeline.store.schemas import from_row
from pipeline.store.versions import latest_version, put_version

__all__ = ["ENDED", "TakenDown", "clean_up", "take_down"]

_LOG = logging.getLogger(__name__)
ENDED = (RunState.PUBLISHED, RunState.DISCARDED, RunState.EMPTY)
"""States of runs whose staged parts nobody needs any more."""


@dataclass(frozen=True, slots=True)
class TakenDown:
    """What a takedown removed. `elsewhere`: ids of documents of others that repeat or hold the same text, and stay."""

    version: int
    documents: tuple[str, ...]
    edited: tuple[str, ...]
    elsewhere: tuple[str, ...]


def take_down(context: Context, what: str, value: str, *, reason: str, progress: Progress | None = None) -> TakenDown:
    """Remove what is named from every table in a new corpus version, and refuse it from then on.

    What waits to be published is published first, so that no staged run brings it back. Former versions can be read
    until `maintain` removes their files, which it does at its next run.

    Args:
        context: store, state and settings.
        what: one of url, source, author, id, text.
        value: the address, source id, name of an author (or author id), document id, or the whole text.
        reason: kept with it.
        progress: told how many revisions were looked at.

    Raises:
        ConfigError: an unknown kind, an empty value, or no corpus yet.
    """
    if what not in WHAT or not value.strip():
        raise ConfigError(f"cannot take down {what} {value[:60]!r}; name one of {', '.join(WHAT)}, with its value")
    check_store(context)
    publish(context, wait_s=600)
    with hold(context.database, "corpus", wait_s=600):
        base = Base(context.store, latest_version(context.store))
        if base.pinned is None:
            raise ConfigError("there is no corpus yet, so nothing to take down")
        now = utc_now()
        mark = signature_of(value) if what == "text" else None
        asked = Takedown(
            version=base.version + 1, what=what, value=key_of(what, value),
            minhash=None if mark is None else mark.astype("<u4").tobytes(),
            reason=reason, requested_at=now, ids=(), urls=(), captures=(),
        )  # fmt: skip
        removed, edited = _matching(base, Refusals([asked], text=value if what == "text" else None), progress)
        done, newest = _commit(context, base, asked, removed, edited)
        clean_up(context, newest.takedowns(), edited=done.edited)
    return done


def _matching(base: Base, refusals: Refusals, progress: Progress | None) -> tuple[list[Document], list[Document]]:
    """Revisions to remove, and those whose quotes lose something. A document goes whole, with all its revisions."""
    rows: list[tuple[Document, Document | None]] = []
    seen = 0
    for batch in scan(base.store, "documents", base.delta_version("documents")):
        rows += _touched(batch.to_pylist(), refusals)
        seen += batch.num_rows
        if progress is not None:
            progress("takedown", "documents", seen)
    ids = {before.id for before, after in rows if after is None}
    removed = [one for history in base.revisions(ids).values() for one in history]
    edited = [after for _, after in rows if after is not None and after.id not in ids]
    return removed, edited


def _touched(rows: Sequence[dict[str, object]], refusals: Refusals) -> list[tuple[Document, Document | None]]:
    documents: list[Document] = [from_row(Document, row) for row in rows]
    pairs = zip(documents, refusals.stripped(documents), strict=True)
    return [(before, after) for before, after in pairs if after is not before]


def _commit(
    context: Context, base: Base, asked: Takedown, removed: Sequence[Document], edited: Sequence[Document]
) -> tuple[TakenDown, Base]:
    ids, changed = {one.id for one in removed}, {one.id for one in edited}
    elsewhere = _copies_of(base, ids)
    row = replace(asked, ids=tuple(sorted(ids)), captures=captures_of([*removed, *edited]), urls=addresses_of(removed))
    store, index = context.store, candidates_at(context, base)
    try:
        former, touched = base.current(changed), {(one.id, one.revision): one for one in edited}
        histories = base.revisions(changed).values()
        kept = [touched.get((one.id, one.revision), one) for history in histories for one in history]
        latest = [one for one in edited if former[one.id].revision == one.revision]
        plan = plan_without(base, ids, latest, declared_sources(context))
        tables = open_tables(base)
        tables["documents"].delete(["id"], ids | changed)
        tables["relations"].delete(["a", "b"], ids)
        written = commit_changes(tables, base, replace(plan, documents=tuple(kept)), (), takedowns=[row])
        version = version_of(base, written, replace(plan, documents=()), (), asked.requested_at)
        counts = dict(version.counts)
        counts["revisions"] -= len(removed)
        counts["documents"] -= len(ids)
        files = added_files(store, base.tables, written)
        learned = without_examples(store, base, urls_of([*base.takedowns(), row]))
        artefacts = {**version.artefacts, **({ARTEFACT: learned} if learned else {})}
        version = replace(version, counts=counts, files=files, artefacts=artefacts, schema_version=SCHEMA_VERSION)
        put_version(store, version)
        bring_on(index, {}, ids, version)
    finally:
        index.close()
    return TakenDown(version.version, row.ids, tuple(sorted(changed)), elsewhere), base.after(version)


def _copies_of(base: Base, ids: set[str]) -> tuple[str, ...]:
    linked = ("same", "partial", "contains")
    pairs = base.relations_of(ids)
    return tuple(sorted({name for key, row in pairs.items() if row.relation in linked for name in key} - ids))


def clean_up(context: Context, takedowns: Sequence[Takedown], *, edited: Iterable[str] = ()) -> None:
    """Remove what takedowns name from archives, ended staging, what was learned, reports and snapshots; repeatable.

    Args:
        context: store and state.
        takedowns: all there were.
        edited: ids of documents whose quotes lost something just now.
    """
    if not takedowns:
        return
    ids = {name for one in takedowns for name in one.ids}
    urls = urls_of(takedowns)
    redact(
        context.store, places={place for one in takedowns for place in one.captures}, urls=urls,
        sources={one.value for one in takedowns if one.what == "source"},
    )  # fmt: skip
    for key in list(context.store.keys("staged/")):
        run = context.runs.get(key.split("/")[1])
        if run is not None and run.state in ENDED:
            context.store.delete(key)
    drop_artefacts(context.store, urls)
    sweep_rededup(context.store)  # a job under way makes what it lacks when it is begun again
    words = Needles(word.encode() for name in ids | urls for word in (name, html.escape(name)))
    for key in list(context.store.keys("reports/")):
        if words.are_in(context.store.get(key)):
            context.store.delete(key)
            _LOG.info("report %s named what was taken down and is removed", key)
    _clean_snapshots(context, ids | set(edited))


def _clean_snapshots(context: Context, ids: set[str]) -> None:
    """Remove snapshots that hold one of the documents; freeze a newer version instead."""
    store = context.store
    numbers = sorted({key.split("/")[1] for key in store.keys("snapshots/")})
    for number in numbers:
        keys = list(store.keys(f"snapshots/{number}/"))
        if any(_holds(context, key, ids) for key in keys if "/data/documents-" in key):
            for key in sorted(keys, key=lambda key: not key.endswith("/files.sha256")):
                store.delete(key)
            _LOG.warning("snapshot %s held what was taken down and is removed; freeze a newer version", number)


def _holds(context: Context, key: str, ids: set[str]) -> bool:
    with context.store.fetch(key) as path, pq.ParquetFile(path) as file:
        return any(not ids.isdisjoint(batch["id"].to_pylist()) for batch in file.iter_batches(columns=["id"]))
