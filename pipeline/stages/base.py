"""The corpus at one version, as de-duplication asks for it: only rows that the new documents touch."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pyarrow.compute as pc

from pipeline.dedup.texts import Text
from pipeline.models import Document, Quote, RelationRow, Story, pasted_text
from pipeline.store.members import members_among
from pipeline.store.objects import ObjectStore
from pipeline.store.schemas import from_row
from pipeline.store.tables import PinnedTable, any_of
from pipeline.store.versions import CorpusVersion

__all__ = ["Base", "KnownPost", "currents_after"]

_CHUNK = 2_000


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


@dataclass(frozen=True, slots=True)
class Base:
    """Reads tables pinned to one corpus version (None: the empty corpus before version 1)."""

    store: ObjectStore
    pinned: CorpusVersion | None
    _cache: dict[str, tuple[Document, ...]] = field(default_factory=dict)
    _opened: dict[str, PinnedTable] = field(default_factory=dict)

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

    def revisions(self, ids: Iterable[str]) -> dict[str, tuple[Document, ...]]:
        """All revisions of documents, in order of their number."""
        wanted = sorted(set(ids) - self._cache.keys())
        found: dict[str, list[Document]] = defaultdict(list)
        for row in self._some("documents", "id", wanted):
            document: Document = from_row(Document, row)
            found[document.id].append(document)
        for name in wanted:
            self._cache[name] = tuple(sorted(found.get(name, ()), key=lambda one: one.revision))
        return {name: self._cache[name] for name in set(ids)}

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

    def relations_around(self, ids: Collection[str]) -> dict[tuple[str, str], RelationRow]:
        """Latest row of each pair within the connected reach of the ids; keys are (smaller id, greater id)."""
        latest: dict[tuple[str, str], RelationRow] = {}
        asked: set[str] = set()
        waiting = set(ids)
        while waiting and self.delta_version("relations") >= 0:
            names = sorted(waiting)
            asked |= waiting
            for start in range(0, len(names), _CHUNK):
                some = names[start : start + _CHUNK]
                for row in self._rows("relations", f"{any_of('a', some)} OR {any_of('b', some)}"):
                    _keep_latest(latest, from_row(RelationRow, row))
            linked = {name for key, row in latest.items() if row.together for name in key}
            waiting = linked - asked
        return latest

    def stories_of(self, ids: Collection[str]) -> list[Story]:
        """Stories that have one of the documents as a member."""
        hit, months = set[str](), set[str]()
        for batch in self._table("stories").read(columns=["story_id", "month", "copies"]).to_batches():
            rows = pc.unique(members_among(batch["copies"], ids)[1])
            hit |= set(batch["story_id"].take(rows).to_pylist())
            months |= set(batch["month"].take(rows).to_pylist())
        within = any_of("month", months)
        return [from_row(Story, row) for row in self._some("stories", "story_id", hit, within=within)]

    def months(self, months: Collection[str]) -> list[Story]:
        """All stories of some months."""
        return [from_row(Story, row) for row in self._rows("stories", any_of("month", months))]

    def current_texts(self) -> list[Text]:
        """Compared text of every current document with its source; only for building anew what is derived from all."""
        columns = ["id", "revision", "fetched_at", "extractor", "source", "text", "quotes"]
        rows = self._table("documents").read(columns=columns).to_pylist()
        latest: dict[str, tuple[object, Text]] = {}
        for row in rows:
            rank = (row["fetched_at"], row["extractor"], row["revision"])
            if row["id"] not in latest or rank > latest[row["id"]][0]:  # type: ignore[operator]
                quotes = [Quote(**quote) for quote in row["quotes"] or ()]
                latest[row["id"]] = (
                    rank,
                    Text(row["id"], row["text"], source=row["source"], pasted=pasted_text(quotes)),
                )
        return [text for _, text in latest.values()]

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
            yield from self._rows(table, f"{within} AND {any_of(name, wanted[start : start + _CHUNK])}", columns)

    def _rows(self, table: str, where: str, columns: Sequence[str] | None = None) -> list[dict[str, object]]:
        rows: list[dict[str, object]] = self._table(table).read(where=where, columns=columns).to_pylist()
        return rows

    def _table(self, name: str) -> PinnedTable:
        if name not in self._opened:
            self._opened[name] = PinnedTable(self.store, name, self.delta_version(name))
        return self._opened[name]


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


def _keep_latest(latest: dict[tuple[str, str], RelationRow], row: RelationRow) -> None:
    key = (min(row.a, row.b), max(row.a, row.b))
    old = latest.get(key)
    # Within one version a turned pair has two rows; the one that holds is the later truth.
    if old is None or (row.version, row.relation is not None) >= (old.version, old.relation is not None):
        latest[key] = row
