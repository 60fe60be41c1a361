"""The tables of one corpus version, each opened once, whether it is read, written to, or both."""

from __future__ import annotations

from collections.abc import Mapping

from deltalake import DeltaTable

from pipeline.store.objects import ObjectStore
from pipeline.store.tables import PinnedTable, open_newest
from pipeline.store.writing import TableWriter

__all__ = ["OpenedTables"]


class OpenedTables:
    """Tables as a corpus version names them, for whoever is about to write the next one.

    They are opened at their newest state, which is that of the version unless a publisher died; a reader is kept from
    what that one left, and a writer takes it back.

    Args:
        store: where the tables are.
        versions: Delta version of each table; -1 or left out: there is none yet.
    """

    def __init__(self, store: ObjectStore, versions: Mapping[str, int]) -> None:
        self._store = store
        self._versions = versions
        self._newest: dict[str, DeltaTable] = {}
        self._pinned: dict[str, PinnedTable] = {}

    def table(self, name: str) -> PinnedTable:
        """A table to be read, at its version also after a writer has moved on."""
        if name not in self._pinned:
            version = self._versions.get(name, -1)
            self._pinned[name] = PinnedTable(self._store, name, version, self._open(name) if version >= 0 else None)
        return self._pinned[name]

    def writer(self, name: str) -> TableWriter:
        """A table to be written to, on top of its version."""
        return TableWriter(self._store, name, self._versions.get(name, -1), self._open(name))

    def after(self, versions: Mapping[str, int]) -> OpenedTables:
        """The tables as the writers left them; these are not to be written to any more."""
        following = OpenedTables(self._store, versions)
        following._newest = self._newest
        return following

    def _open(self, name: str) -> DeltaTable | None:
        if name not in self._newest:
            found = open_newest(self._store, name)
            if found is None:
                return None
            self._newest[name] = found
        return self._newest[name]
