"""One Parquet file, zstd-compressed."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

__all__ = ["write"]


def write(table: pa.Table, path: Path) -> None:
    """Write the table as it is."""
    pq.write_table(table, path, compression="zstd")
