"""The export formats by name, and writing a table in one of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa

from pipeline.corpus.export import csv, jsonl, parquet
from pipeline.corpus.reader import Corpus
from pipeline.errors import ConfigError, StoreError

__all__ = ["FORMATS", "TABLES", "export", "whole_file"]

FORMATS: Mapping[str, Callable[[pa.Table, Path], None]] = {
    "csv": csv.write,
    "jsonl": jsonl.write,
    "jsonl.zst": jsonl.write_zstd,
    "parquet": parquet.write,
}
TABLES: Mapping[str, Callable[[Corpus], pa.Table]] = {
    "stories": lambda corpus: corpus.stories().sort_by("story_id"),
    "documents": lambda corpus: with_dolma_names(corpus.documents()),
    "relations": lambda corpus: corpus.relations(),
}


def export(corpus: Corpus, *, table: str, form: str, path: Path) -> int:
    """Write a table of a corpus to a file, whole or not at all.

    Returns:
        Rows written.

    Raises:
        ConfigError: an unknown table or format, or a folder that is not there.
        StoreError: the file cannot be written.
    """
    if form not in FORMATS or table not in TABLES:
        raise ConfigError(
            f"unknown export {table!r} as {form!r}; tables: {', '.join(TABLES)}; formats: {', '.join(FORMATS)}"
        )
    with whole_file(path) as temporary:
        rows = TABLES[table](corpus)
        FORMATS[form](rows, temporary)
    return int(rows.num_rows)


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


def with_dolma_names(documents: pa.Table) -> pa.Table:
    """Documents with Dolma's `added` and `created` beside our own columns."""
    return documents.append_column("added", documents["added_at"]).append_column("created", documents["published_at"])
