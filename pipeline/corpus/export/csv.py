"""CSV with a header; lists and structures as JSON in their cell."""

from __future__ import annotations

import csv
import io
import json
from datetime import datetime
from typing import IO, Any

import pyarrow as pa

__all__ = ["CsvWriter"]


class CsvWriter:
    """All columns, UTF-8, quoted where needed."""

    def __init__(self, file: IO[bytes], schema: pa.Schema, _origin: object) -> None:
        self._text = io.TextIOWrapper(file, encoding="utf-8", errors="replace", newline="", write_through=True)
        self._rows = csv.writer(self._text)
        self._rows.writerow(schema.names)

    def write(self, rows: pa.Table) -> None:
        self._rows.writerows([_cell(value) for value in row.values()] for row in rows.to_pylist())

    def close(self) -> None:
        self._text.detach()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, list | dict) else str(value)
