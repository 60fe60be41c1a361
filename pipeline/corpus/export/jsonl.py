"""JSON lines, plain or zstd-compressed; times as ISO 8601, UTC."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pyarrow as pa

__all__ = ["write", "write_zstd"]


def write(table: pa.Table, path: Path) -> None:
    """One JSON object a line, UTF-8."""
    with path.open("wb") as file:
        for line in _lines(table):
            file.write(line)


def write_zstd(table: pa.Table, path: Path) -> None:
    """As `write`, in one zstd stream."""
    with pa.CompressedOutputStream(str(path), "zstd") as file:
        for line in _lines(table):
            file.write(line)


def _lines(table: pa.Table) -> Iterator[bytes]:
    for batch in table.to_batches(max_chunksize=1_000):
        for row in batch.to_pylist():
            yield json.dumps(row, ensure_ascii=False, default=_plain).encode("utf-8", "replace") + b"\n"


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
