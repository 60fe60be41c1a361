"""Writing the Delta tables of a corpus: commits that land exactly where they were decided, or raise."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from urllib.parse import unquote

import pyarrow as pa
from deltalake import (
    CommitProperties,
    DeltaTable,
    PostCommitHookProperties,
    Schema,
    Transaction,
    WriterProperties,
    write_deltalake,
)

from pipeline.errors import ConflictError
from pipeline.store.objects import ObjectStore
from pipeline.store.schemas import TABLES, arrow_schema
from pipeline.store.tables import Span, any_of, between, explained, live_files, open_newest, table_uri

__all__ = ["CHECKPOINTS", "MOST_IDS", "TableWriter"]

CHECKPOINTS = 10
"""Commits from one checkpoint of a table's log to the next: who opens a table reads so many entries at most."""
MOST_IDS = 2_000
"""Values in one condition: deltalake 1.6 walks a condition recursively, and one of 10,000 overflows its stack."""
_PARTITIONS = {"documents": ["added_month"], "stories": ["month"]}
# Old entries of the logs are removed by maintenance, which spares each commit a listing of its log.
_HOOKS = PostCommitHookProperties(create_checkpoint=True, cleanup_expired_logs=False)
# More than level 6 takes three times the seconds for the same bytes of text.
_WRITER = WriterProperties(compression="ZSTD", compression_level=6)
# The least and the greatest value of these stand in the log, for skipping files. Left to itself the log would keep
# beginnings of texts, titles and names, which a takedown could not take out of it.
_STATS = {
    "documents": "id,revision,thread_id,fetched_at,added_at",
    "relations": "a,b,version",
    "stories": "story_id,id,first_seen,last_seen,version",
    "story_changes": "version,story_id",
    "takedowns": "version",
}
# A changed story costs the file that it stands in, since readers know no deletion vectors: such files stay small.
_FILE_BYTES = {"stories": 2 * 2**20}
_OLD_FILE_BYTES = {"stories": 16 * 2**20}
_HOT_MONTHS = 2


class TableWriter:
    """A table whose newest state is that of a corpus version, opened once to commit on top of it.

    Opening undoes commits of a publisher that never finished; a table that an older Copydesk made gets the columns
    and settings that it lacks. `version` is the Delta version (-1: the table is made by the first commit).

    Args:
        store: where the table is.
        name: a name in `TABLES`.
        version: Delta version that the corpus version names; -1 for none.
        newest: the table as it was opened at its newest state; without it, it is opened. It moves on with each commit.
    """

    def __init__(self, store: ObjectStore, name: str, version: int, newest: DeltaTable | None = None) -> None:
        self._store = store
        self._name = name
        self._table = open_newest(store, name) if newest is None else newest
        if self._table is not None:
            with explained(store, name):
                self._rewind(self._table, version)

    @property
    def version(self) -> int:
        """Newest Delta version, -1 when there is no table."""
        return -1 if self._table is None else int(self._table.version())

    def append(self, rows: pa.Table, *, runs: Sequence[str]) -> int:
        """Append rows; the commit carries the run ids as application transactions.

        Returns:
            The new Delta version (the former one when there are no rows and the table exists).

        Raises:
            ConflictError: another writer committed meanwhile.
        """
        if rows.num_rows == 0 and self._table is not None:
            return self.version
        return self._write(rows, runs, None)

    def replace(
        self, rows: pa.Table, *, version: int, former: Collection[str], months: Collection[str], runs: Sequence[str]
    ) -> int:
        """Put stories in the place of former ones, in one commit; only the files that hold those are written anew.

        Args:
            rows: stories of the corpus version in the making.
            version: its number.
            former: ids of stories whose rows go, `MOST_IDS` at most.
            months: partitions that hold them.
            runs: run ids, kept as those of `append`.

        Raises:
            ConflictError: another writer committed meanwhile.
        """
        if self._table is None or not former:
            return self.append(rows, runs=runs)
        # New rows have to meet the condition too; by their version, so that the log does not repeat all their ids.
        gone = f"({any_of('month', months)} AND {any_of('story_id', former)}) OR version = {int(version)}"
        return self._write(rows, runs, gone)

    def replace_between(
        self, rows: pa.RecordBatchReader, *, version: int, spans: Sequence[Span], runs: Sequence[str]
    ) -> int:
        """Put stories in the place of all that were first seen within some spans, in one commit.

        Args:
            rows: what is left of those, and stories of the corpus version in the making; read as it is written.
            version: its number.
            spans: some dozens at most.
            runs: run ids, kept as those of `append`.

        Raises:
            ConflictError: another writer committed meanwhile.
        """
        return self._write(rows, runs, f"{between('first_seen', spans)} OR version = {int(version)}")

    def delete(self, columns: Sequence[str], ids: Collection[str]) -> int:
        """Remove the rows that have one of the ids in one of the columns; files of former versions stay as they are.

        Raises:
            ConflictError: another writer committed meanwhile.
        """
        ordered, part = sorted(ids), MOST_IDS // len(columns)
        for start in range(0, len(ordered) if self._table is not None else 0, part):
            where = " OR ".join(any_of(column, ordered[start : start + part]) for column in columns)
            with explained(self._store, self._name):
                self._table.delete(where, writer_properties=_WRITER, commit_properties=_commit(()))  # type: ignore[union-attr]
        return self.version

    def compact(self, *, keep: Sequence[int], keep_days: int, added: Collection[str] | None = None) -> int:
        """Join small files, and delete those that no version of the last days needs, and old entries of the log.

        Files of stories of the last months stay small, because those change most.

        Args:
            keep: Delta versions that stay readable, however old, in order.
            keep_days: age in days from which files that no kept version names are deleted.
            added: keys of all objects that those after the first of these added; None: not known.

        Raises:
            ConflictError: another writer committed meanwhile.
        """
        if self._table is None:
            return -1
        with explained(self._store, self._name):
            for months, size in self._parts(self._table):
                self._table.optimize.compact(
                    partition_filters=months, target_size=size, writer_properties=_WRITER,
                    commit_properties=_commit(()), post_commithook_properties=_HOOKS,
                )  # fmt: skip
            self._vacuum(self._table, [version for version in keep if version >= 0], keep_days, added)
            self._table.cleanup_metadata()
        return self.version

    def _vacuum(self, table: DeltaTable, keep: list[int], keep_days: int, added: Collection[str] | None) -> None:
        """Delete files; that kept versions need none of these is known without opening every one of them."""

        def vacuum(*, dry_run: bool, keep_versions: list[int] | None = None) -> list[str]:
            return table.vacuum(
                retention_hours=24 * keep_days, dry_run=dry_run, enforce_retention_duration=False, full=True,
                keep_versions=keep_versions, post_commithook_properties=_HOOKS,
            )  # fmt: skip

        gone = {f"tables/{self._name}/{unquote(path)}" for path in vacuum(dry_run=True)}
        if gone and keep:
            known = added is not None and gone.isdisjoint(added)
            known = known and gone.isdisjoint(live_files(self._store, self._name, keep[0]))
            vacuum(dry_run=False, keep_versions=None if known else keep)
        elif gone:
            vacuum(dry_run=False)

    def _parts(self, table: DeltaTable) -> list[tuple[list[tuple[str, str, list[str]]] | None, int | None]]:
        """What is joined together, and the bytes of the files that this gives (None: Delta's own measure)."""
        size = _FILE_BYTES.get(self._name)
        if size is None:
            return [(None, None)]
        column = _PARTITIONS[self._name][0]
        months = sorted({str(part[column]) for part in table.partitions()})
        parts = ((months[:-_HOT_MONTHS], _OLD_FILE_BYTES[self._name]), (months[-_HOT_MONTHS:], size))
        return [([(column, "in", some)], bytes_) for some, bytes_ in parts if some]

    def _rewind(self, table: DeltaTable, version: int) -> None:
        if version < 0:
            table.delete()
        elif table.version() != version:
            table.restore(version)
        known = {field.name for field in table.schema().fields}
        lacking = [
            field.with_nullable(nullable=True)
            for field in arrow_schema(TABLES[self._name])
            if field.name not in known
        ]  # fmt: skip
        if lacking:
            table.alter.add_columns(Schema.from_arrow(pa.schema(lacking)).fields)
        wanted, found = _configuration(self._name), table.metadata().configuration
        if any(found.get(key) != value for key, value in wanted.items()):
            table.alter.set_table_properties(wanted)

    def _write(self, rows: pa.Table | pa.RecordBatchReader, runs: Sequence[str], predicate: str | None) -> int:
        base, name = self.version, self._name
        options, size = self._store.table_options or None, _FILE_BYTES.get(name)
        with explained(self._store, name):
            if self._table is None:
                write_deltalake(
                    table_uri(self._store, name), rows, mode="append", partition_by=_PARTITIONS.get(name),
                    configuration=_configuration(name), storage_options=options, target_file_size=size,
                    writer_properties=_WRITER, commit_properties=_commit(runs), post_commithook_properties=_HOOKS,
                )  # fmt: skip
            elif predicate is None:
                write_deltalake(
                    self._table, rows, mode="append", target_file_size=size, writer_properties=_WRITER,
                    commit_properties=_commit(runs), post_commithook_properties=_HOOKS,
                )  # fmt: skip
            else:
                write_deltalake(
                    self._table, rows, mode="overwrite", predicate=predicate, target_file_size=size,
                    writer_properties=_WRITER, commit_properties=_commit(runs), post_commithook_properties=_HOOKS,
                )  # fmt: skip
        if self._table is None:
            self._table = open_newest(self._store, name)
        if self.version != base + 1:
            raise ConflictError(
                f"table {name} went from Delta version {base} to {self.version}: another publisher was at work"
            )
        return self.version


def _configuration(name: str) -> dict[str, str]:
    return {"delta.dataSkippingStatsColumns": _STATS[name], "delta.checkpointInterval": str(CHECKPOINTS)}


def _commit(runs: Sequence[str]) -> CommitProperties:
    return CommitProperties(app_transactions=[Transaction(run, 1) for run in runs], max_commit_retries=0)
