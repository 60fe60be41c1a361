"""Parquet, zstd-compressed; a row group for each call of `write`."""

from __future__ import annotations

from typing import IO

import pyarrow as pa
import pyarrow.parquet as pq

__all__ = ["ParquetWriter"]


class ParquetWriter:
    """The rows as they are."""

    def __init__(self, file: IO[bytes], schema: pa.Schema, _origin: object) -> None:
        self._writer = pq.ParquetWriter(file, schema, compression="zstd")

    def write(self, rows: pa.Table) -> None:
        self._writer.write_table(rows)

    def close(self) -> None:
        self._writer.close()
