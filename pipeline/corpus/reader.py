"""A corpus opened at one version: its tables as Arrow, its documents and stories as values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.errors import ConfigError
from pipeline.models import Change, Document, RelationRow, Story, StoryChange
from pipeline.store.members import members_among
from pipeline.store.objects import ObjectStore
from pipeline.store.schemas import from_row
from pipeline.store.tables import any_of, greater, read_table
from pipeline.store.versions import CorpusVersion, latest_version, read_version

__all__ = ["Corpus", "end_of", "open_corpus"]

_MOST = 2**31
"""Bytes of text that a column of `string` cannot address."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """Tables of one corpus version; later publishes do not change what it reads."""

    store: ObjectStore
    pinned: CorpusVersion

    @property
    def version(self) -> int:
        """Number of the corpus version."""
        return self.pinned.version

    def stories(self, *, columns: Sequence[str] | None = None) -> pa.Table:
        """One row a story."""
        return self._read("stories", columns=columns)

    def revisions(self, *, columns: Sequence[str] | None = None, where: str | None = None) -> pa.Table:
        """All revisions of all documents."""
        return self._read("documents", columns=columns, where=where)

    def documents(self, *, columns: Sequence[str] | None = None) -> pa.Table:
        """Current revision of every document, sorted by id; some columns, with those by which it is the current one."""
        rank = ["fetched_at", "extractor", "revision"]
        wanted = None if columns is None else list(dict.fromkeys(["id", *rank, *columns]))
        return _latest(self.revisions(columns=wanted), "id", rank)

    def relations(self) -> pa.Table:
        """Pairs that hold, sorted."""
        return self._pairs(None)

    def story_changes(self, *, after: int = 0) -> list[StoryChange]:
        """Everything that happened to stories in versions greater than `after`, in order of version."""
        rows = self._read("story_changes", where=greater("version", after))
        ordered = rows.sort_by([("version", "ascending"), ("story_id", "ascending")])
        return [from_row(StoryChange, row) for row in ordered.to_pylist()]

    def stories_after(self, version: int) -> list[Story]:
        """Stories as they are now that were added or changed in versions greater than `version`."""
        return [from_row(Story, row) for row in self._read("stories", where=greater("version", version)).to_pylist()]

    def story_of(self, name: str) -> Story | None:
        """The story of a story id (an alias resolves for ever), or of a member's document id."""
        return self._story(self._resolve(name)) or self._story(self._story_with(name))

    def document(self, name: str) -> list[Document]:
        """Revisions of a document, the current one first."""
        rows = self.revisions(where=any_of("id", [name])).to_pylist()
        found: list[Document] = [from_row(Document, row) for row in rows]
        return sorted(found, key=lambda one: (one.fetched_at, one.extractor, one.revision), reverse=True)

    def relations_of(self, names: Sequence[str]) -> list[RelationRow]:
        """Pairs that hold and have one of the documents on a side."""
        rows = self._pairs(f"{any_of('a', names)} OR {any_of('b', names)}")
        return [from_row(RelationRow, row) for row in rows.to_pylist()]

    def _pairs(self, where: str | None) -> pa.Table:
        latest = _latest(self._read("relations", where=where), ["a", "b"], ["version"])
        return latest.filter(pc.is_valid(latest["relation"]))

    def _story(self, story_id: str | None) -> Story | None:
        rows = self._read("stories", where=any_of("story_id", [story_id])).to_pylist() if story_id else []
        return from_row(Story, rows[0]) if rows else None

    def _story_with(self, name: str) -> str | None:
        """Id of the story that has a document among its copies."""
        for batch in self._read("stories", columns=["story_id", "copies"]).to_batches():
            _, rows = members_among(batch["copies"], [name])
            if len(rows):
                return str(batch["story_id"][rows[0].as_py()])
        return None

    def _resolve(self, name: str) -> str:
        """Follow merges: a removed story points to the one that took it in."""
        columns = ["version", "story_id", "aliases"]
        removed = self._read("story_changes", columns=columns, where=any_of("op", [Change.REMOVED.value]))
        rows = removed.sort_by("version").to_pylist()
        return end_of(name, {row["story_id"]: row["aliases"][0] for row in rows if row["aliases"]})

    def _read(self, table: str, *, columns: Sequence[str] | None = None, where: str | None = None) -> pa.Table:
        return read_table(self.store, table, self.pinned.tables.get(table, -1), columns=columns, where=where)


def end_of(name: str, into: Mapping[str, str]) -> str:
    """Where the texts of a story are in the end, by the stories that took others in; itself when none took it in."""
    seen = set[str]()
    while name in into and name not in seen:
        seen.add(name)
        name = into[name]
    return name


def open_corpus(store: ObjectStore, version: int | None = None) -> Corpus:
    """Open the corpus at a version, by default the newest.

    Raises:
        ConfigError: there is no such version, or nothing was published yet.
    """
    if version is None:
        newest = latest_version(store)
        if newest is None:
            raise ConfigError(f"no corpus in {store.table_root} yet; run `copydesk collect`, or check COPYDESK_STORE")
        return Corpus(store, newest)
    try:
        return Corpus(store, read_version(store, version))
    except KeyError:
        newest = latest_version(store)
        known = f"1 to {newest.version}" if newest else "none"
        raise ConfigError(f"no corpus version {version} in {store.table_root}; there are: {known}") from None


def _large(field: pa.Field) -> pa.Field:
    """The same, for more text than a column of `string` can address."""
    return field.with_type(pa.large_string()) if pa.types.is_string(field.type) else field


def _latest(table: pa.Table, key: str | list[str], order: list[str]) -> pa.Table:
    """Of the rows with an equal key, the one that sorts last; the result is sorted by key."""
    keys = [key] if isinstance(key, str) else key
    if table.nbytes >= _MOST:
        table = table.cast(pa.schema([_large(field) for field in table.schema]))
    ordered = table.sort_by([*((name, "ascending") for name in keys), *((name, "ascending") for name in order)])
    if ordered.num_rows < 2:
        return ordered
    following: Any = None
    for name in keys:
        column = ordered[name].combine_chunks()
        differs = pc.not_equal(column[:-1], column[1:])
        following = differs if following is None else pc.or_(following, differs)
    last = pa.concat_arrays(
        [following.combine_chunks() if isinstance(following, pa.ChunkedArray) else following, pa.array([True])]
    )
    return ordered.filter(last)
