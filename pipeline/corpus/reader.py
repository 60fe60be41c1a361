"""A corpus opened at one version: its tables as Arrow, its documents and stories as values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.errors import ConfigError
from pipeline.models import Document, RelationRow, Story, StoryChange
from pipeline.store.objects import ObjectStore
from pipeline.store.schemas import from_row
from pipeline.store.tables import any_of, greater, read_table
from pipeline.store.versions import CorpusVersion, latest_version, read_version

__all__ = ["Corpus", "open_corpus"]


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

    def documents(self) -> pa.Table:
        """Current revision of every document, sorted by id."""
        return _latest(self.revisions(), "id", ["fetched_at", "extractor", "revision"])

    def relations(self) -> pa.Table:
        """Pairs that hold, sorted."""
        rows = self._read("relations")
        latest = _latest(rows, ["a", "b"], ["version"])
        return latest.filter(pc.is_valid(latest["relation"]))

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
        wanted = self._resolve(name)
        rows = self._read("stories", where=any_of("story_id", [wanted])).to_pylist()
        if not rows:
            hits = [
                row for row in self._read("stories").to_pylist() if any(copy["id"] == name for copy in row["copies"])
            ]
            rows = hits[:1]
        return from_row(Story, rows[0]) if rows else None

    def document(self, name: str) -> list[Document]:
        """Revisions of a document, the current one first."""
        rows = self.revisions(where=any_of("id", [name])).to_pylist()
        found: list[Document] = [from_row(Document, row) for row in rows]
        return sorted(found, key=lambda one: (one.fetched_at, one.extractor, one.revision), reverse=True)

    def relations_of(self, names: Sequence[str]) -> list[RelationRow]:
        """Pairs that hold and have one of the documents on a side."""
        wanted = set(names)
        return [from_row(RelationRow, row) for row in self.relations().to_pylist() if {row["a"], row["b"]} & wanted]

    def _resolve(self, name: str) -> str:
        """Follow merges: a removed story points to the one that took it in."""
        into: Mapping[str, str] = {
            change.story_id: change.aliases[0]
            for change in self.story_changes()
            if change.op == "removed" and change.aliases
        }
        seen = set[str]()
        while name in into and name not in seen:
            seen.add(name)
            name = into[name]
        return name

    def _read(self, table: str, *, columns: Sequence[str] | None = None, where: str | None = None) -> pa.Table:
        return read_table(self.store, table, self.pinned.tables.get(table, -1), columns=columns, where=where)


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


def _latest(table: pa.Table, key: str | list[str], order: list[str]) -> pa.Table:
    """Of the rows with an equal key, the one that sorts last; the result is sorted by key."""
    keys = [key] if isinstance(key, str) else key
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
