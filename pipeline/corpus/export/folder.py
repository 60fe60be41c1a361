"""Exports: one file, or a folder of shards that can be gone on with after a kill and ends with the same bytes."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipeline.corpus.export.formats import Format, Origin, whole_file
from pipeline.corpus.export.select import Selection, rows_of, schema_of
from pipeline.corpus.reader import Corpus
from pipeline.errors import ConfigError, StoreError
from pipeline.store.files import sum_of

__all__ = ["SHARD_MB", "SUMS", "Shard", "begun_version", "export_file", "export_shards", "write_sums"]

SHARD_MB = 256
_MB = 2**20
SUMS = "files.sha256"
_BEGUN = ".export.json"
_GROUP_BYTES = 16 * 2**20


@dataclass(frozen=True, slots=True)
class Shard:
    """One file of an export. `groups`: how many groups of rows of the selection it ends after."""

    name: str
    rows: int
    size_bytes: int
    sha256: str
    groups: int


def export_file(corpus: Corpus, selection: Selection, form: Format, path: Path) -> int:
    """Write a selection to one file, whole or not at all.

    Returns:
        Rows written.

    Raises:
        ConfigError: a folder that is not there.
        StoreError: the store cannot be read or the file not be written.
    """
    rows = 0
    with whole_file(path) as temporary, temporary.open("wb") as file:
        writer = form(file, schema_of(selection.table), _origin(corpus, selection))
        for group in _groups(corpus, selection):
            writer.write(group)
            rows += group.num_rows
        writer.close()
    return rows


def export_shards(
    corpus: Corpus, selection: Selection, form: Format, folder: Path, *, ending: str, shard_mb: int = SHARD_MB
) -> list[Shard]:
    """Write a selection as files `<table>-00000.<ending>` of about a size below a folder.

    What a killed export wrote whole stays; begun again with the same arguments it goes on behind that.

    Args:
        corpus: what is exported, at one version.
        selection: its rows.
        form: the format of the files.
        folder: where they go; made when it is not there.
        ending: of the files' names.
        shard_mb: MiB after which a file is closed.

    Raises:
        ConfigError: the folder holds something else.
        StoreError: the store cannot be read or a file not be written.
    """
    told = {"selection": selection.described(), "version": corpus.pinned.stamp, "ending": ending, "shard_mb": shard_mb}
    progress = folder / f".{selection.table}.jsonl"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _begin(folder, selection.table, told | {"number": corpus.version})
        done = _done(folder, progress)
        groups = _groups(corpus, selection)
        passed = done[-1].groups if done else 0
        for _ in range(passed):
            next(groups)
        for shard in _shards(corpus, selection, form, (folder, ending, shard_mb), groups, done):
            done.append(shard)
            with progress.open("a", encoding="utf-8") as log:
                log.write(json.dumps(asdict(shard)) + "\n")
                log.flush()
                os.fsync(log.fileno())
    except OSError as error:
        raise StoreError(f"{folder}: {error.strerror or error}; check the folder and the space on it") from error
    return done


def begun_version(folder: Path) -> int | None:
    """Corpus version of the export that was begun in a folder; None when none was."""
    try:
        number = json.loads((folder / _BEGUN).read_text("utf-8"))
        return int(next(iter(number.values()))["number"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError, StopIteration):
        return None


def write_sums(folder: Path) -> Path:
    """Write `files.sha256`, as `sha256sum -c` reads it, of all files below a folder."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    names = {path.relative_to(folder).as_posix(): path for path in files if path.name != SUMS}
    with whole_file(folder / SUMS) as temporary:
        temporary.write_text("".join(f"{sum_of(path).sha256}  {name}\n" for name, path in names.items()), "utf-8")
    return folder / SUMS


def _begin(folder: Path, table: str, told: Mapping[str, Any]) -> None:
    path = folder / _BEGUN
    if not path.exists() and any(folder.glob(f"{table}-[0-9]*")):
        raise ConfigError(f"{folder} holds files of another maker; name an empty folder")
    begun = json.loads(path.read_text("utf-8")) if path.exists() else {}
    if begun.get(table, told) != told or any(one["version"] != told["version"] for one in begun.values()):
        raise ConfigError(
            f"{folder} holds an export of another selection, format, size or version; name an empty folder"
        )
    with whole_file(path) as temporary:
        temporary.write_text(json.dumps(begun | {table: told}, indent=1, sort_keys=True) + "\n", "utf-8")


def _done(folder: Path, progress: Path) -> list[Shard]:
    """Shards that are whole, in order, up to the first that is not."""
    done: list[Shard] = []
    for line in progress.read_text("utf-8").splitlines() if progress.exists() else ():
        try:
            shard = Shard(**json.loads(line))
            found = sum_of(folder / shard.name)
        except (ValueError, TypeError, OSError):
            break
        if (found.size_bytes, found.sha256) != (shard.size_bytes, shard.sha256):
            break
        done.append(shard)
    if progress.exists():
        with whole_file(progress) as temporary:
            temporary.write_text("".join(json.dumps(asdict(shard)) + "\n" for shard in done), "utf-8")
    return done


def _shards(
    corpus: Corpus, selection: Selection, form: Format, place: tuple[Path, str, int], groups: Iterator[pa.Table],
    done: list[Shard],
) -> Iterator[Shard]:  # fmt: skip
    """Write the rest of the groups, a file at a time."""
    folder, ending, shard_mb = place
    number, passed = len(done), done[-1].groups if done else 0
    waiting = next(groups, None)
    if waiting is None and not done:
        waiting = schema_of(selection.table).empty_table()
    while waiting is not None:
        path, rows = folder / f"{selection.table}-{number:05d}.{ending}", 0
        with whole_file(path) as temporary, temporary.open("wb") as file:
            writer = form(file, schema_of(selection.table), _origin(corpus, selection))
            while waiting is not None:
                writer.write(waiting)
                rows, passed = rows + waiting.num_rows, passed + 1
                waiting = next(groups, None)
                if file.tell() >= shard_mb * _MB:
                    break
            writer.close()
        found = sum_of(path)
        yield Shard(path.name, rows, found.size_bytes, found.sha256, passed)
        number += 1


def _groups(corpus: Corpus, selection: Selection) -> Iterator[pa.Table]:
    """The rows in groups of some MiB: what is written at once, while the next one is read."""
    groups = _read_groups(corpus, selection)
    with ThreadPoolExecutor(1, thread_name_prefix="export") as reading:
        coming = reading.submit(next, groups, None)
        while (group := coming.result()) is not None:
            coming = reading.submit(next, groups, None)
            yield group


def _read_groups(corpus: Corpus, selection: Selection) -> Iterator[pa.Table]:
    parts: list[pa.Table] = []
    size = 0
    for rows in rows_of(corpus, selection):
        parts.append(rows)
        size += rows.nbytes
        if size >= _GROUP_BYTES:
            yield pa.concat_tables(parts)
            parts, size = [], 0
    if parts:
        yield pa.concat_tables(parts)


def _origin(corpus: Corpus, selection: Selection) -> Origin:
    return Origin(selection.table, corpus.version, corpus.pinned.created_at)
