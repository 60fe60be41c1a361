"""CSV with a header; lists and structures as JSON in their cell."""

from __future__ import annotations

import csv
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

__all__ = ["write"]


def write(table: pa.Table, path: Path) -> None:
    """Write all columns, UTF-8, quoted where needed."""
    with path.open("w", encoding="utf-8", errors="replace", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(table.column_names)
        for batch in table.to_batches(max_chunksize=1_000):
            writer.writerows([_cell(value) for value in row.values()] for row in batch.to_pylist())


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, list | dict) else str(value)
