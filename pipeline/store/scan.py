"""Reading a table from its beginning to its end: file after file in a fixed order, few rows in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import unquote

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.errors import CorruptDataError
from pipeline.store.objects import ObjectStore
from pipeline.store.schemas import TABLES, arrow_schema
from pipeline.store.tables import fitted, live_files

__all__ = ["scan", "scan_files", "scan_rows"]

_ROWS = 4_096


def scan(
    store: ObjectStore, name: str, version: int, *, columns: Sequence[str] | None = None
) -> Iterator[pa.RecordBatch]:
    """Rows of a table at a Delta version (-1: none), a few thousand at a time.

    The order is that of the files' names and of the rows in them: the same whenever a version is read.

    Raises:
        CorruptDataError: a file that the version names is missing or no Parquet.
        StoreError: the table or the version cannot be read.
    """
    return scan_files(store, name, sorted(live_files(store, name, version)), columns=columns)


def scan_files(
    store: ObjectStore, name: str, keys: Iterable[str], *, columns: Sequence[str] | None = None
) -> Iterator[pa.RecordBatch]:
    """Rows of some files of a table, in the order of the files and of the rows in them.

    Raises:
        CorruptDataError: a file is missing or no Parquet.
    """
    schema = arrow_schema(TABLES[name])
    wanted = schema if columns is None else pa.schema([schema.field(column) for column in columns])
    for key in keys:
        try:
            with store.fetch(key) as path, pq.ParquetFile(path) as file:
                known = set(file.schema_arrow.names)
                there = [column for column in wanted.names if column in known]
                for batch in file.iter_batches(_ROWS, columns=there):
                    yield fitted(_with_partition(batch, key), wanted)
        except (KeyError, pa.ArrowException) as error:
            raise CorruptDataError(
                f"object {key} is missing or damaged ({error}); run `copydesk corpus verify`"
            ) from error


def scan_rows(
    store: ObjectStore,
    name: str,
    files: Sequence[str],
    rows: tuple[npt.NDArray[np.integer], npt.NDArray[np.integer]],
    *,
    columns: Sequence[str] | None = None,
) -> Iterator[tuple[slice, pa.RecordBatch]]:
    """Some rows of some files, a few thousand at a time, and which of the asked ones they are.

    Args:
        store: where the table is.
        name: of the table.
        files: keys of its files.
        rows: of each row the number of its file and its place there, in that order.
        columns: of the table; all, when none are named.

    Raises:
        CorruptDataError: a file is missing or no Parquet.
    """
    numbers, places = rows
    bounds = np.searchsorted(numbers, np.arange(len(files) + 1)).tolist()
    for key, first, last in zip(files, bounds, bounds[1:], strict=False):
        at, start = first, 0
        for batch in scan_files(store, name, [key] if first < last else [], columns=columns):
            end = first + int(np.searchsorted(places[first:last], start + batch.num_rows))
            if at < end:
                yield slice(at, end), batch.take(pa.array(places[at:end] - start))
            at, start = end, start + batch.num_rows


def _with_partition(batch: pa.RecordBatch, key: str) -> pa.RecordBatch:
    """The batch with the column that stands in the file's path alone (`month=2026-10`)."""
    for part in key.split("/")[2:-1]:
        column, _, value = part.partition("=")
        text = "" if value == "__HIVE_DEFAULT_PARTITION__" else unquote(value)
        batch = batch.append_column(column, pa.array([text] * batch.num_rows, pa.string()))
    return batch
