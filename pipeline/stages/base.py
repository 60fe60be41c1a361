"""The corpus at one version, as de-duplication asks for it: only rows that the new documents touch."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.models import Document, RelationRow, Story, Takedown
from pipeline.store.members import members_among
from pipeline.store.objects import ObjectStore
from pipeline.store.opened import OpenedTables
from pipeline.store.scan import scan_files
from pipeline.store.schemas import from_row
from pipeline.store.tables import PinnedTable, Span, any_of
from pipeline.store.versions import CorpusVersion
from pipeline.store.writing import TableWriter

__all__ = ["Base", "KnownPost", "currents_after"]

_CHUNK = 2_000
_SPANS = 50


@dataclass(frozen=True, slots=True)
class KnownPost:
    """Where a post of the corpus stood when it was seen last."""

    id: str
    thread_id: str
    url: str
    page_url: str
    published_at: datetime | None
    position: int | None
    fetched_at: datetime


class Base:
    """Reads tables pinned to one corpus version (None: the empty corpus before version 1)."""

    def __init__(self, store: ObjectStore, pinned: CorpusVersion | None, opened: OpenedTables | None = None) -> None:
        self.store = store
        self.pinned = pinned
        self._cache: dict[str, tuple[Document, ...]] = {}
        self._opened = opened or OpenedTables(store, self.tables)

    @property
    def version(self) -> int:
        """Number of the corpus version; 0 for the empty corpus."""
        return 0 if self.pinned is None else self.pinned.version

    @property
    def stamp(self) -> str:
        """Names this state of this corpus among all others."""
        return "empty" if self.pinned is None else self.pinned.stamp

    @property
    def tables(self) -> Mapping[str, int]:
        """Delta version of each table; empty for the empty corpus."""
        return {} if self.pinned is None else self.pinned.tables

    def delta_version(self, table: str) -> int:
        """Delta version of a table in this corpus version."""
        return -1 if self.pinned is None else self.pinned.tables.get(table, -1)

    def table(self, name: str) -> PinnedTable:
        """A table at this version, opened once however often it is read."""
        return self._opened.table(name)

    def writer(self, name: str) -> TableWriter:
        """A table to be written to on top of this version."""
        return self._opened.writer(name)

    def after(self, version: CorpusVersion) -> Base:
        """The version that the writers of this one made; their tables need not be opened again."""
        return Base(self.store, version, self._opened.after(version.tables))

    def takedowns(self) -> list[Takedown]:
        """All that was taken down so far."""
        return [from_row(Takedown, row) for row in self.rows("takedowns")]

    def revisions(self, ids: Iterable[str]) -> dict[str, tuple[Document, ...]]:
        """All revisions of documents, in order of their number."""
        asked = set(ids)
        wanted = sorted(name for name in asked if name not in self._cache)
        found: dict[str, list[Document]] = defaultdict(list)
        for row in self._some("documents", "id", wanted):
            document: Document = from_row(Document, row)
            found[document.id].append(document)
        for name in wanted:
            self._cache[name] = tuple(sorted(found.get(name, ()), key=lambda one: one.revision))
        return {name: self._cache[name] for name in asked}

    def forget(self, ids: Iterable[str]) -> None:
        """From now on answer as if these documents had never been published."""
        self._cache.update(dict.fromkeys(ids, ()))

    def current(self, ids: Iterable[str]) -> dict[str, Document]:
        """Current revision of each document that exists."""
        return {name: max(history, key=_currency) for name, history in sorted(self.revisions(ids).items()) if history}

    def posts_of(self, threads: Iterable[str]) -> list[KnownPost]:
        """Posts of some threads as they are current."""
        columns = ["id", "thread_id", "url", "page_url", "published_at", "position", "fetched_at"]
        latest: dict[str, KnownPost] = {}
        for row in self._some("documents", "thread_id", threads, columns):
            post = KnownPost(**row)
            if post.id not in latest or post.fetched_at >= latest[post.id].fetched_at:
                latest[post.id] = post
        return [latest[name] for name in sorted(latest)]

    def relations_of(self, ids: Collection[str]) -> dict[tuple[str, str], RelationRow]:
        """Latest row of each pair with one of the documents; keys are (smaller id, greater id)."""
        latest: dict[tuple[str, str], RelationRow] = {}
        names = sorted(ids)
        for start in range(0, len(names), _CHUNK):
            some = names[start : start + _CHUNK]
            latest |= self._latest_relations(f"{any_of('a', some)} OR {any_of('b', some)}")
        return latest

    def relations_around(self, ids: Collection[str]) -> dict[tuple[str, str], RelationRow]:
        """Latest row of each pair within the connected reach of the ids; keys are (smaller id, greater id)."""
        latest: dict[tuple[str, str], RelationRow] = {}
        asked: set[str] = set()
        waiting = set(ids)
        while waiting and self.delta_version("relations") >= 0:
            asked |= waiting
            latest |= self.relations_of(waiting)
            linked = {name for key, row in latest.items() if row.together for name in key}
            waiting = linked - asked
        return latest

    def holders_of(self, ids: Collection[str]) -> list[RelationRow]:
        """Latest rows of pairs whose second is one of the documents: those of containers name the container first."""
        return list(self._latest_relations(any_of("b", ids)).values())

    def _latest_relations(self, where: str) -> dict[tuple[str, str], RelationRow]:
        latest: dict[tuple[str, str], RelationRow] = {}
        for values in self.rows("relations", where):
            row = from_row(RelationRow, values)
            key = (min(row.a, row.b), max(row.a, row.b))
            old = latest.get(key)
            # Within one version a turned pair has two rows; the one that holds is the later truth.
            if old is None or (row.version, row.relation is not None) >= (old.version, old.relation is not None):
                latest[key] = row
        return latest

    def stories_of(self, ids: Collection[str]) -> list[Story]:
        """Stories that have one of the documents as a member."""
        return self.stories_at({name: one.published_at or one.fetched_at for name, one in self.current(ids).items()})

    def stories_at(self, times: Mapping[str, datetime]) -> list[Story]:
        """Stories that have one of these current documents as a member: ids, each with the time of its text.

        A story spans the times of its members, so that the others are not read.
        """
        if not times:
            return []
        within, hit, met = _spanning(_spans(times.values())), set[str](), set[str]()
        spread = within
        for where in (within, f"NOT ({within})"):
            if met == times.keys():
                break
            spread = within if where == within else "TRUE"
            found = self.table("stories").read(columns=["story_id", "copies"], where=where)
            for batch in found.to_batches():
                members, rows = members_among(batch["copies"], times.keys() - met)
                met |= set(members.to_pylist())
                hit |= set(batch["story_id"].take(pc.unique(rows)).to_pylist())
        return [from_row(Story, row) for row in self._some("stories", "story_id", hit, within=spread)]

    def spans_of(self, story_ids: Collection[str]) -> list[Span]:
        """When some stories were first seen, as a few spans of time."""
        rows = self.table("stories").read(columns=["story_id", "first_seen"])
        hit = pc.is_in(rows["story_id"], value_set=pa.array(sorted(story_ids), pa.string()))
        return _spans(rows["first_seen"].filter(hit).to_pylist())

    def stories_between(self, spans: Sequence[Span], *, but: Collection[str]) -> Iterator[pa.RecordBatch]:
        """Rows of stories that were first seen within some spans, without some of them; few are in memory at once."""
        gone = pa.array(sorted(but), pa.string())
        for batch in scan_files(self.store, "stories", self.table("stories").files_between("first_seen", spans)):
            seen = batch["first_seen"]
            inside = [pc.and_(pc.greater_equal(seen, start), pc.less_equal(seen, end)) for start, end in spans]
            yield batch.filter(pc.and_not(reduce(pc.or_, inside), pc.is_in(batch["story_id"], value_set=gone)))

    def _some(
        self,
        table: str,
        name: str,
        values: Iterable[str],
        columns: Sequence[str] | None = None,
        within: str = "TRUE",
    ) -> Iterator[dict[str, Any]]:
        """Rows whose column has one of many values, asked for in parts; all of them meet the condition `within`."""
        wanted = sorted(set(values))
        for start in range(0, len(wanted), _CHUNK):
            yield from self.rows(table, f"{within} AND {any_of(name, wanted[start : start + _CHUNK])}", columns)

    def rows(self, table: str, where: str | None = None, columns: Sequence[str] | None = None) -> list[dict[str, Any]]:
        """Rows of a table that meet an SQL condition, as Arrow gives them."""
        rows: list[dict[str, Any]] = self.table(table).read(where=where, columns=columns).to_pylist()
        return rows


def currents_after(base: Base, added: Sequence[Document]) -> dict[str, Document]:
    """New revisions that are their document's current one once all of them are in, by id."""
    rivals: dict[str, list[Document]] = defaultdict(list)
    for document in added:
        rivals[document.id].append(document)
    known = base.revisions(rivals)
    best = {name: max((*known[name], *new), key=_currency) for name, new in rivals.items()}
    return {name: document for name, document in best.items() if document in rivals[name]}


def _currency(document: Document) -> tuple[datetime, int, int]:
    return (document.fetched_at, document.extractor, document.revision)


def _spanning(spans: Iterable[Span]) -> str:
    """SQL condition that the time from a story's first text to its last meets one of some spans."""
    parts = [f"(first_seen <= '{end.isoformat()}' AND last_seen >= '{start.isoformat()}')" for start, end in spans]
    return f"({' OR '.join(parts)})"


def _spans(times: Iterable[datetime]) -> list[Span]:
    """A few spans that hold all of some times."""
    ordered, gap = sorted(set(times)), timedelta(days=1)
    while True:
        found: list[Span] = []
        for at in ordered:
            start, end = at.replace(microsecond=0), at.replace(microsecond=999_999)
            if found and at - found[-1][1] <= gap:
                found[-1] = (found[-1][0], end)
            else:
                found.append((start, end))
        if len(found) <= _SPANS:
            return found
        gap *= 2
