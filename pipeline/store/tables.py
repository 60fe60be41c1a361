"""Reading the Delta tables of a corpus, at their newest state or at the one that a corpus version names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from urllib.parse import unquote

import pyarrow as pa
from deltalake import DeltaTable, QueryBuilder
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError
from pyarrow import dataset

from pipeline.errors import ConflictError, TransientStoreError
from pipeline.store.objects import FolderStore, ObjectStore
from pipeline.store.schemas import TABLES, arrow_schema

__all__ = [
    "PinnedTable",
    "Span",
    "any_of",
    "between",
    "delta_version",
    "explained",
    "fitted",
    "greater",
    "live_files",
    "open_newest",
    "read_table",
    "table_uri",
]

Span = tuple[datetime, datetime]
"""From a time to another one, both included; at whole seconds and just before one, for statistics may be rounded."""


def delta_version(store: ObjectStore, name: str) -> int:
    """Newest Delta version of a table, -1 when it does not exist."""
    table = open_newest(store, name)
    return -1 if table is None else int(table.version())


class PinnedTable:
    """A table at a Delta version (-1: an empty table), opened once however often it is read.

    Args:
        store: where the table is.
        name: a name in `TABLES`.
        version: Delta version, from a corpus version.
        newest: the table as somebody opened it at its newest state; it is read through while that is this version.
    """

    def __init__(self, store: ObjectStore, name: str, version: int, newest: DeltaTable | None = None) -> None:
        self._store = store
        self._name = name
        self._version = version
        self._table: DeltaTable | None = newest

    def read(self, *, columns: Sequence[str] | None = None, where: str | None = None) -> pa.Table:
        """Rows of the table.

        Args:
            columns: names to read; all of them by default.
            where: SQL condition, built by `any_of` or `greater`.

        Raises:
            StoreError: the table or the version cannot be read.
        """
        schema = arrow_schema(TABLES[self._name])
        wanted = schema if columns is None else pa.schema([schema.field(column) for column in columns])
        if self._version < 0:
            return wanted.empty_table()
        with explained(self._store, f"{self._name} at Delta version {self._version}"):
            if where is None and isinstance(self._store, FolderStore):
                return self._from_folder(self._store.table_root, wanted)
            return pa.Table.from_batches(list(self._batches(wanted, where)), wanted)

    def partitions(self, column: str) -> list[str]:
        """Values of a column that the table is divided by, sorted; its rows are not read.

        Raises:
            StoreError: the table or the version cannot be read.
        """
        if self._version < 0:
            return []
        with explained(self._store, f"{self._name} at Delta version {self._version}"):
            return sorted({str(part[column]) for part in self._opened().partitions()})

    def files_between(self, column: str, spans: Sequence[Span]) -> list[str]:
        """Keys, sorted, of the data files that may hold a row whose time is within one of some spans.

        Raises:
            StoreError: the table or the version cannot be read.
        """
        if self._version < 0:
            return []
        with explained(self._store, f"{self._name} at Delta version {self._version}"):
            actions = pa.table(self._opened().get_add_actions(flatten=True))
        ends = [actions[f"{end}.{column}"].to_pylist() for end in ("min", "max")]
        return sorted(
            key
            for key, least, most in zip(_keys(self._name, actions), *ends, strict=True)
            if least is None or most is None or any(least <= end and most >= start for start, end in spans)
        )

    def _opened(self) -> DeltaTable:
        if self._table is None or self._table.version() != self._version:  # not opened, or a writer moved it on
            self._table = _open_at(self._store, self._name, self._version)
        return self._table

    def _from_folder(self, root: str, wanted: pa.Schema) -> pa.Table:
        """All rows by pyarrow, which reads files of this machine in two thirds of the engine's time."""
        table = self._opened()
        keys = _keys(self._name, pa.table(table.get_add_actions(flatten=True)))
        if not keys:
            return wanted.empty_table()
        divided = pa.schema(
            [wanted.field(column) for column in table.metadata().partition_columns if column in wanted.names]
        )
        layout = dataset.partitioning(divided, flavor="hive")
        paths = [f"{root}/{key}" for key in keys]
        try:
            return dataset.dataset(paths, schema=wanted, format="parquet", partitioning=layout).to_table()
        except (OSError, pa.ArrowException) as error:
            raise self._unreadable(error) from error

    def _unreadable(self, error: Exception) -> TransientStoreError:
        return TransientStoreError(
            f"table {self._name} at Delta version {self._version} in {self._store.address} cannot be read "
            f"({str(error)[:300]}); maintenance removes files of old versions: read a newer one; for the newest, run "
            "`copydesk corpus verify`"
        )

    def _batches(self, wanted: pa.Schema, where: str | None) -> Iterator[pa.RecordBatch]:
        """Batches of the wanted columns; one that the table lacks, because an older Copydesk made it, is null."""
        table = self._opened()
        known = {field.name for field in table.schema().fields}
        there = [column for column in wanted.names if column in known]
        query = f"SELECT {', '.join(there)} FROM t" + (f" WHERE {where}" if where else "")  # noqa: S608 (names of ours)
        # Not to_pyarrow_table: with deltalake 1.6 a process that called it may abort at exit.
        try:
            for found in QueryBuilder().register("t", table).execute(query):
                yield fitted(pa.record_batch(found), wanted)
        except Exception as error:
            if type(error) is not Exception:  # while reading, the engine raises nothing narrower
                raise
            raise self._unreadable(error) from error


def read_table(
    store: ObjectStore, name: str, version: int, *, columns: Sequence[str] | None = None, where: str | None = None
) -> pa.Table:
    """What `PinnedTable.read` gives, for those who read a table once."""
    return PinnedTable(store, name, version).read(columns=columns, where=where)


def live_files(store: ObjectStore, name: str, version: int) -> dict[str, int]:
    """Size in bytes, by key in the store, of the data files that a Delta version of a table is made of.

    Raises:
        StoreError: the table or the version cannot be read.
    """
    if version < 0:
        return {}
    with explained(store, f"{name} at Delta version {version}"):
        table = _open_at(store, name, version)
        actions = pa.table(table.get_add_actions(flatten=True))
    return dict(zip(_keys(name, actions), actions["size_bytes"].to_pylist(), strict=True))


def _keys(name: str, actions: pa.Table) -> list[str]:
    """Keys in the store of a table's data files."""
    return [f"tables/{name}/{unquote(path)}" for path in actions["path"].to_pylist()]


def any_of(column: str, values: Iterable[str]) -> str:
    """SQL condition that a column has one of the values."""
    quoted = ", ".join("'" + value.replace("'", "''") + "'" for value in sorted(set(values)))
    return f"{column} IN ({quoted})" if quoted else "FALSE"


def between(column: str, spans: Sequence[Span]) -> str:
    """SQL condition that a column of times is within one of some spans, their ends included."""
    parts = [f"({column} >= '{start.isoformat()}' AND {column} <= '{end.isoformat()}')" for start, end in spans]
    return f"({' OR '.join(parts)})" if parts else "FALSE"


def greater(column: str, number: int) -> str:
    """SQL condition that a column of integers is greater than a number."""
    return f"{column} > {int(number)}"


def fitted(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """The batch with exactly the columns of a schema; one that it lacks is null."""
    if batch.schema.equals(schema):
        return batch
    columns = []
    for field in schema:
        found = batch[field.name] if field.name in batch.schema.names else pa.nulls(batch.num_rows, field.type)
        columns.append(found if found.type == field.type else found.cast(field.type))
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def open_newest(store: ObjectStore, name: str) -> DeltaTable | None:
    """A table at its newest Delta version; None when it does not exist."""
    with explained(store, name):
        try:
            return DeltaTable(table_uri(store, name), storage_options=store.table_options or None)
        except TableNotFoundError:
            return None


@contextmanager
def explained(store: ObjectStore, table: str) -> Iterator[None]:
    """Errors of the `deltalake` package as ours."""
    try:
        yield
    except CommitFailedError as error:
        raise ConflictError(f"table {table}: another publisher committed first ({error})") from error
    except (DeltaError, OSError) as error:
        # The object store's message is long and repeats itself; its first line says what happened.
        cause = str(error).strip().splitlines()[0][:300]
        raise TransientStoreError(
            f"table {table} in {store.address}: {cause}; check the store, then run again, nothing was lost"
        ) from error


def table_uri(store: ObjectStore, name: str) -> str:
    """Address of a table, as the `deltalake` package takes it."""
    return f"{store.table_root}/tables/{name}"


def _open_at(store: ObjectStore, name: str, version: int) -> DeltaTable:
    return DeltaTable(table_uri(store, name), version=version, storage_options=store.table_options or None)
