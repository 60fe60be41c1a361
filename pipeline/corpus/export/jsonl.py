"""JSON lines, plain or zstd-compressed; times as ISO 8601, UTC."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

__all__ = ["write", "write_rows", "write_zstd"]


def write(table: pa.Table, path: Path) -> None:
    """One JSON object a line, UTF-8."""
    write_rows(_rows(table), path)


def write_zstd(table: pa.Table, path: Path) -> None:
    """As `write`, in one zstd stream."""
    with pa.CompressedOutputStream(str(path), "zstd") as file:
        file.writelines(map(_line, _rows(table)))


def write_rows(rows: Iterable[Mapping[str, Any]], path: Path) -> None:
    """As `write`, of rows that are in no table."""
    with path.open("wb") as file:
        file.writelines(map(_line, rows))


def _rows(table: pa.Table) -> Iterator[Mapping[str, Any]]:
    for batch in table.to_batches(max_chunksize=1_000):
        yield from batch.to_pylist()


def _line(row: Mapping[str, Any]) -> bytes:
    return json.dumps(row, ensure_ascii=False, default=_plain).encode("utf-8", "replace") + b"\n"


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
