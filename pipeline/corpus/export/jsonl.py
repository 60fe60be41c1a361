"""JSON lines, plain or zstd-compressed; times as ISO 8601, UTC."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import pyarrow as pa

__all__ = ["JsonlWriter", "ZstdWriter", "write_rows"]


class JsonlWriter:
    """One JSON object a line, UTF-8."""

    def __init__(self, file: IO[bytes], _schema: pa.Schema, _origin: object) -> None:
        self._file = file

    def write(self, rows: pa.Table) -> None:
        self._file.writelines(map(_line, rows.to_pylist()))

    def close(self) -> None:
        """Nothing is left to write."""


class ZstdWriter:
    """The same in zstd frames, one for each call of `write`; readers see one stream."""

    def __init__(self, file: IO[bytes], _schema: pa.Schema, _origin: object) -> None:
        self._file = file
        self._codec = pa.Codec("zstd")

    def write(self, rows: pa.Table) -> None:
        self._file.write(self._codec.compress(b"".join(map(_line, rows.to_pylist())), asbytes=True))

    def close(self) -> None:
        """Every frame is whole."""


def write_rows(rows: Iterable[Mapping[str, Any]], path: Path) -> None:
    """Lines of rows that are in no table."""
    with path.open("wb") as file:
        file.writelines(map(_line, rows))


def _line(row: Mapping[str, Any]) -> bytes:
    return json.dumps(row, ensure_ascii=False, default=_plain).encode("utf-8", "replace") + b"\n"


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
