"""The Delta tables of a corpus: appends that land exactly where they were decided, or raise."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from urllib.parse import unquote

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, QueryBuilder, Schema, Transaction, WriterProperties, write_deltalake
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError

from pipeline.errors import ConflictError, TransientStoreError
from pipeline.store.objects import ObjectStore
from pipeline.store.schemas import TABLES, arrow_schema

__all__ = [
    "PARTITIONS",
    "any_of",
    "append",
    "compact",
    "delete_rows",
    "delta_version",
    "fitted",
    "greater",
    "live_files",
    "read_table",
    "replace_partitions",
    "rewind",
]

PARTITIONS = {"documents": ["added_month"], "stories": ["month"]}
_WRITER = WriterProperties(compression="ZSTD")
# The least and the greatest value of these stand in the log, for skipping files. Left to itself the log would keep
# beginnings of texts, titles and names, which a takedown could not take out of it.
_STATS = {
    "documents": "id,revision,thread_id,fetched_at,added_at",
    "relations": "a,b,version",
    "signatures": "id,revision",
    "stories": "story_id,id,first_seen,last_seen,version",
    "story_changes": "version,story_id",
    "takedowns": "version",
}
_STATS_SETTING = "delta.dataSkippingStatsColumns"


def delta_version(store: ObjectStore, name: str) -> int:
    """Newest Delta version of a table, -1 when it does not exist."""
    table = _open(store, name)
    return -1 if table is None else int(table.version())


def rewind(store: ObjectStore, name: str, version: int) -> int:
    """Make the table's newest state equal to `version`, undoing commits of a publisher that never finished.

    A table that an older Copydesk made gets the columns and settings that it lacks.

    Returns:
        The Delta version to append after.
    """
    table = _open(store, name)
    if table is None:
        return -1
    with _explained(store, name):
        if version < 0:
            table.delete()
        elif table.version() != version:
            table.restore(version)
        table = DeltaTable(_uri(store, name), storage_options=store.table_options or None)
        known = {field.name for field in table.schema().fields}
        lacking = [
            field.with_nullable(nullable=True) for field in arrow_schema(TABLES[name]) if field.name not in known
        ]
        if lacking:
            table.alter.add_columns(Schema.from_arrow(pa.schema(lacking)).fields)
        if table.metadata().configuration.get(_STATS_SETTING) != _STATS[name]:
            table.alter.set_table_properties({_STATS_SETTING: _STATS[name]})
    return delta_version(store, name)


def append(store: ObjectStore, name: str, rows: pa.Table, *, base: int, runs: Sequence[str]) -> int:
    """Append rows on top of Delta version `base`; the commit carries the run ids as application transactions.

    Returns:
        The new Delta version (`base` when there are no rows and the table exists).

    Raises:
        ConflictError: another writer committed after `base`.
    """
    if rows.num_rows == 0 and base >= 0:
        return base
    return _write(store, name, rows, base=base, runs=runs, predicate=None)


def replace_partitions(
    store: ObjectStore, name: str, rows: pa.Table, *, base: int, runs: Sequence[str], months: Iterable[str]
) -> int:
    """Replace the partitions of these months by the rows, in one commit on top of `base`.

    Raises:
        ConflictError: another writer committed after `base`.
    """
    months = sorted(set(months))
    if not months and base >= 0:
        return base
    predicate = any_of(PARTITIONS[name][0], months) if base >= 0 else None
    return _write(store, name, rows, base=base, runs=runs, predicate=predicate)


def delete_rows(store: ObjectStore, name: str, where: str, *, base: int) -> int:
    """Remove the rows that meet a condition, in one commit on top of `base`; files of former versions stay as they are.

    Returns:
        The Delta version afterwards.

    Raises:
        ConflictError: another writer committed after `base`.
    """
    table = _open(store, name)
    if table is None:
        return -1
    if table.version() != base:
        raise ConflictError(f"table {name} is at Delta version {table.version()}, not {base}: a publisher is at work")
    with _explained(store, name):
        table.delete(where, writer_properties=_WRITER, commit_properties=CommitProperties(max_commit_retries=0))
    return delta_version(store, name)


def compact(store: ObjectStore, name: str, *, base: int, keep: Sequence[int], keep_days: int) -> int:
    """Join small files, and delete those that no version of the last days needs.

    Args:
        store: where the table is.
        name: a name in `TABLES`.
        base: the Delta version that the table is at.
        keep: Delta versions that stay readable, however old.
        keep_days: age in days from which files that no kept version names are deleted.

    Returns:
        The Delta version afterwards.

    Raises:
        ConflictError: another writer committed after `base`.
    """
    table = _open(store, name)
    if table is None:
        return -1
    if table.version() != base:
        raise ConflictError(f"table {name} is at Delta version {table.version()}, not {base}: a publisher is at work")
    with _explained(store, name):
        table.optimize.compact(writer_properties=_WRITER, commit_properties=CommitProperties(max_commit_retries=0))
        table.vacuum(
            retention_hours=24 * keep_days, dry_run=False, enforce_retention_duration=False, full=True,
            keep_versions=[version for version in keep if version >= 0],
        )  # fmt: skip
    return delta_version(store, name)


def read_table(
    store: ObjectStore, name: str, version: int, *, columns: Sequence[str] | None = None, where: str | None = None
) -> pa.Table:
    """Rows of a table at a Delta version (-1: an empty table).

    Args:
        store: where the table is.
        name: a name in `TABLES`.
        version: Delta version, from a corpus version.
        columns: names to read; all of them by default.
        where: SQL condition, built by `any_of` or `greater`.

    Raises:
        StoreError: the table or the version cannot be read.
    """
    schema = arrow_schema(TABLES[name])
    wanted = schema if columns is None else pa.schema([schema.field(column) for column in columns])
    if version < 0:
        return wanted.empty_table()
    with _explained(store, f"{name} at Delta version {version}"):
        return pa.Table.from_batches(list(_batches(store, name, version, wanted, where)), wanted)


def live_files(store: ObjectStore, name: str, version: int) -> dict[str, int]:
    """Size in bytes, by key in the store, of the data files that a Delta version of a table is made of.

    Raises:
        StoreError: the table or the version cannot be read.
    """
    if version < 0:
        return {}
    with _explained(store, f"{name} at Delta version {version}"):
        table = DeltaTable(_uri(store, name), version=version, storage_options=store.table_options or None)
        actions = pa.table(table.get_add_actions(flatten=True))
    sizes = zip(actions["path"].to_pylist(), actions["size_bytes"].to_pylist(), strict=True)
    return {f"tables/{name}/{unquote(path)}": size for path, size in sizes}


def any_of(column: str, values: Iterable[str]) -> str:
    """SQL condition that a column has one of the values."""
    quoted = ", ".join("'" + value.replace("'", "''") + "'" for value in sorted(set(values)))
    return f"{column} IN ({quoted})" if quoted else "FALSE"


def greater(column: str, number: int) -> str:
    """SQL condition that a column of integers is greater than a number."""
    return f"{column} > {int(number)}"


def _batches(
    store: ObjectStore, name: str, version: int, wanted: pa.Schema, where: str | None
) -> Iterator[pa.RecordBatch]:
    """Batches of the wanted columns; one that the table lacks, because an older Copydesk made it, is null."""
    table = DeltaTable(_uri(store, name), version=version, storage_options=store.table_options or None)
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
        cause = str(error)[:300]
        raise TransientStoreError(
            f"table {name} at Delta version {version} in {store.address} cannot be read ({cause}); maintenance removes "
            "files of old versions: read a newer one; for the newest, run `copydesk corpus verify`"
        ) from error


def fitted(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """The batch with exactly the columns of a schema; one that it lacks is null."""
    if batch.schema.equals(schema):
        return batch
    columns = []
    for field in schema:
        found = batch[field.name] if field.name in batch.schema.names else pa.nulls(batch.num_rows, field.type)
        columns.append(found if found.type == field.type else found.cast(field.type))
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _write(
    store: ObjectStore, name: str, rows: pa.Table, *, base: int, runs: Sequence[str], predicate: str | None
) -> int:
    table = _open(store, name)
    found = -1 if table is None else int(table.version())
    if found != base:
        raise ConflictError(f"table {name} is at Delta version {found}, not {base}: another publisher committed first")
    with _explained(store, name):
        target = table if table is not None else _uri(store, name)
        partitions = PARTITIONS.get(name) if table is None else None
        options = store.table_options or None
        commit = CommitProperties(app_transactions=[Transaction(run, 1) for run in runs], max_commit_retries=0)
        if predicate is None:
            write_deltalake(
                target, rows, mode="append", partition_by=partitions, storage_options=options,
                writer_properties=_WRITER, commit_properties=commit,
                configuration={_STATS_SETTING: _STATS[name]} if table is None else None,
            )  # fmt: skip
        else:
            write_deltalake(
                target, rows, mode="overwrite", predicate=predicate, storage_options=options,
                writer_properties=_WRITER, commit_properties=commit,
            )  # fmt: skip
    written = delta_version(store, name)
    if written != base + 1:
        raise ConflictError(f"table {name} went from Delta version {base} to {written}: another publisher was at work")
    return written


def _open(store: ObjectStore, name: str) -> DeltaTable | None:
    with _explained(store, name):
        try:
            return DeltaTable(_uri(store, name), storage_options=store.table_options or None)
        except TableNotFoundError:
            return None


@contextmanager
def _explained(store: ObjectStore, table: str) -> Iterator[None]:
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


def _uri(store: ObjectStore, name: str) -> str:
    return f"{store.table_root}/tables/{name}"
