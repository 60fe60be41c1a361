"""What an export format is: a writer of rows into an open file, found by name."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Protocol

import pyarrow as pa

from pipeline.corpus.export import csv, jsonl, parquet
from pipeline.errors import ConfigError, StoreError

__all__ = ["FORMATS", "Format", "Origin", "Writer", "whole_file"]


class Writer(Protocol):
    """Writes rows to a file that somebody else opened and closes."""

    def write(self, rows: pa.Table) -> None:
        """Append rows."""

    def close(self) -> None:
        """Write what is left and the file's end."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What the rows of an export are of; `created_at` is the corpus version's."""

    table: str
    version: int
    created_at: datetime


Format = Callable[[IO[bytes], pa.Schema, Origin], Writer]
FORMATS: Mapping[str, Format] = {
    "csv": csv.CsvWriter,
    "jsonl": jsonl.JsonlWriter,
    "jsonl.zst": jsonl.ZstdWriter,
    "parquet": parquet.ParquetWriter,
}


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A place to write to; what was written gets the name `path` when the block ends well, else it is removed.

    Raises:
        ConfigError: the folder is not there.
        StoreError: the file cannot be written.
    """
    if not path.parent.is_dir():
        raise ConfigError(f"{path}: the folder {path.parent} does not exist; create it, or name another")
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        yield temporary
        temporary.replace(path)
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror or error}; check the folder and the space on it") from error
    finally:
        temporary.unlink(missing_ok=True)
