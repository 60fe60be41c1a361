"""Export and snapshot: a corpus version as files that other tools read."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pyarrow as pa

from pipeline.archive.conversions import ConversionWriter
from pipeline.corpus.export.card import write_card
from pipeline.corpus.export.folder import SHARD_MB, SUMS, export_file, export_shards, write_sums
from pipeline.corpus.export.formats import FORMATS, Format, Origin
from pipeline.corpus.export.select import TABLES, Selection
from pipeline.corpus.reader import Corpus
from pipeline.errors import ConfigError

__all__ = ["ALL_FORMATS", "DATASET", "Exported", "export", "snapshot"]

DATASET = "huggingface"


class _WarcWriter:
    """Texts as WARC conversion records."""

    def __init__(self, file: IO[bytes], schema: pa.Schema, origin: Origin) -> None:
        if "text" not in schema.names:
            raise ConfigError(f"{origin.table} have no text, so no WARC; export stories or documents")
        title = f"{origin.table} of corpus version {origin.version}"
        self._writer = ConversionWriter(file, title=title, created_at=origin.created_at)

    def write(self, rows: pa.Table) -> None:
        for row in rows.to_pylist():
            self._writer.write(row)

    def close(self) -> None:
        """Every record is whole."""


_FORMATS: dict[str, Format] = {**FORMATS, "warc.gz": _WarcWriter}
ALL_FORMATS = (*_FORMATS, DATASET)


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written: rows, and files with their sha256 listed beside them where it was a folder."""

    rows: int
    files: int


def export(corpus: Corpus, selection: Selection, *, form: str, path: Path, shard_mb: int | None = None) -> Exported:
    """Write a selection to a file, or to shards in a folder where a size is given or the format is a dataset.

    Raises:
        ConfigError: an unknown format, a folder that is not there or holds something else.
        StoreError: the store cannot be read, or a file not be written.
    """
    if form not in ALL_FORMATS:
        raise ConfigError(f"unknown format {form!r}; valid: {', '.join(ALL_FORMATS)}")
    if form == DATASET:
        return _dataset(corpus, [selection], path, shard_mb or SHARD_MB)
    if shard_mb is None:
        return Exported(export_file(corpus, selection, _FORMATS[form], path), 1)
    shards = export_shards(corpus, selection, _FORMATS[form], path, ending=form, shard_mb=shard_mb)
    write_sums(path)
    return Exported(sum(shard.rows for shard in shards), len(shards))


def snapshot(corpus: Corpus, work: Path) -> str:
    """Freeze a version below `snapshots/<n>/` of its store, as a dataset of all tables that people read.

    Safe to repeat and to kill: the list of sums is put last, and a snapshot without one is not whole.

    Args:
        corpus: the version.
        work: local folder for the files until they are stored; removed when they are.

    Returns:
        The key that the snapshot's objects start with.
    """
    prefix, folder = f"snapshots/{corpus.version}", work / f"snapshot-{corpus.version}"
    if not corpus.store.exists(f"{prefix}/{SUMS}"):
        _dataset(corpus, [Selection(table) for table in TABLES], folder, SHARD_MB)
        files = [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.name.startswith(".")]
        for path in sorted(files, key=lambda path: path.name == SUMS):
            corpus.store.put_file(f"{prefix}/{path.relative_to(folder).as_posix()}", path)
    shutil.rmtree(folder, ignore_errors=True)
    return prefix


def _dataset(corpus: Corpus, selections: Sequence[Selection], folder: Path, shard_mb: int) -> Exported:
    tables = {
        one.table: export_shards(corpus, one, _FORMATS["parquet"], folder / "data", ending="parquet", shard_mb=shard_mb)
        for one in selections
    }
    write_card(corpus, folder, tables)
    write_sums(folder)
    shards = [shard for found in tables.values() for shard in found]
    return Exported(sum(shard.rows for shard in shards), len(shards))
