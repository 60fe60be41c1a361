"""De-duplicate a file of texts: it is divided into shards, which the steps of a whole-corpus job work on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby, islice
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.dedup.canonical import ALONE
from pipeline.dedup.furniture import find_furniture, furniture_to_json, sampled
from pipeline.dedup.sections import pack
from pipeline.dedup.textfile import TextFile
from pipeline.dedup.texts import Text
from pipeline.dedup.whole import PIECE, Outcome, Run, StepProgress, deduplicate_whole
from pipeline.dedup.work import ROWS, SHARD_TEXTS, TEXTS, Work, texts_of_a_shard
from pipeline.settings import Settings

__all__ = ["Deduplicated", "FileStory", "deduplicate_file"]

_CHUNK = 2_000
_KEPT = pa.schema([field for field in TEXTS if field.name not in ("number", "id", "pasted")])


@dataclass(frozen=True, slots=True)
class FileStory:
    """A story of a file: ids of its members, sorted; what each is to the canonical text; and why that one is it."""

    members: tuple[str, ...]
    relations: tuple[str, ...]
    canonical: Text
    reason: str


class Deduplicated:
    """What the texts of a file are to each other; numbers of texts are their places in the file.

    Attributes:
        facts: relations that hold, as `pipeline.dedup.pieces.FACTS`, in the order of the file.
        count: how many stories there are.
    """

    def __init__(self, file: TextFile, ids: pa.Array, outcome: Outcome) -> None:
        self.facts: pa.Table = outcome.facts.sort_by([("one", "ascending"), ("other", "ascending")])
        self._file = file
        self._ids = ids
        count = len(file)
        lists = outcome.clusters["members"].combine_chunks()
        sizes = lists.value_lengths().to_numpy(zero_copy_only=False)
        starts = np.cumsum(sizes) - sizes
        members = pc.index_in(lists.flatten(), ids).to_numpy()
        canonical = pc.index_in(outcome.clusters["canonical_id"].combine_chunks(), ids).to_numpy()
        first = np.minimum.reduceat(members, starts) if len(starts) else members
        self._story = np.arange(count)
        self._story[members] = np.repeat(first, sizes)
        self._canonical = np.arange(count)
        self._canonical[members] = np.repeat(canonical, sizes)
        self.count = len(np.unique(self._story))
        self._reasons = dict(zip(first.tolist(), outcome.clusters["reason"].to_pylist(), strict=True))

    def stories(self) -> Iterator[FileStory]:
        """All stories, in the order of the first text of each."""
        order = np.argsort(self._story, kind="stable")
        starts = np.flatnonzero(np.diff(self._story[order], prepend=-1))
        best = self._file.texts(self._canonical[order[starts]].tolist())
        names, relations = self._ids.take(pa.array(order)), self._relations()[order]
        spans = zip(starts.tolist(), [*starts[1:].tolist(), len(order)], strict=False)
        for (start, end), text in zip(spans, best, strict=False):
            found = sorted(zip(names[start:end].to_pylist(), relations[start:end], strict=True))
            reason = self._reasons.get(int(order[start]), ALONE)
            yield FileStory(tuple(name for name, _ in found), tuple(one for _, one in found), text, reason)

    def _relations(self) -> npt.NDArray[np.object_]:
        """By number: what a text is to the canonical one of its story."""
        found = np.full(len(self._story), "indirect", dtype=np.object_)
        numbers = np.arange(len(self._story))
        known = _pair_keys(self.facts["one"].to_numpy(), self.facts["other"].to_numpy())
        order = np.argsort(known)
        known, wanted = known[order], _pair_keys(numbers, self._canonical)
        places = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
        there = np.flatnonzero(known[places] == wanted) if len(known) else numbers[:0]
        found[there] = self.facts["relation"].take(pa.array(order[places[there]])).to_pylist()
        found[self._canonical == numbers] = "canonical"
        return found


def deduplicate_file(
    file: TextFile,
    folder: Path,
    run: Run,
    progress: StepProgress,
    *,
    texts: int = SHARD_TEXTS,
    piece: int = PIECE,
) -> Deduplicated:
    """Decide which texts of a file tell one story.

    Memory holds some fifty bytes a candidate pair and a text, the relations, and for each worker a shard's keys and a
    piece of texts or the largest group of copies.

    Args:
        file: the texts.
        folder: for what the steps make, a multiple of the file's size; it is empty, and left for the caller to remove.
        run: where the steps run; its workers share the folder.
        progress: told after each shard.
        texts: texts of a shard, or more.
        piece: texts that are compared together.
    """
    work, ids = _divide(file, folder, progress, texts)
    return Deduplicated(file, ids, deduplicate_whole(work, run, progress, piece=piece))


def _divide(file: TextFile, folder: Path, progress: StepProgress, least: int) -> tuple[Work, pa.Array]:
    """The job, with its texts and rows in the folder, and the id of each text by its number."""
    count, size = len(file), texts_of_a_shard(len(file), least)
    by_host = groupby(file.texts(sampled(_named(file, progress)).tolist()), key=lambda text: text.host)
    found = {host: hashes for _, some in by_host for host, hashes in find_furniture(some).items()}
    furniture = furniture_to_json(found)
    name = f"furniture-{hashlib.sha256(furniture).hexdigest()[:12]}"
    work = Work(Settings(store=f"file:{folder.absolute()}"), "", max(1, -(-count // size)), name, {})
    work.store.put(name, furniture)
    ids, texts = list[pa.Array](), iter(file)
    for shard in range(work.shards):
        key, start, end = f"texts-{shard:05}", shard * size, min(count, (shard + 1) * size)
        written, mine = folder / "written", [pa.array([], pa.large_string())]
        with pq.ParquetWriter(written, _KEPT) as writer:
            for at in range(start, end, _CHUNK):
                some = list(islice(texts, min(_CHUNK, end - at)))
                writer.write_table(pa.Table.from_pylist([_row(text) for text in some], schema=_KEPT))
                mine.append(pa.array([text.id for text in some], pa.large_string()))
        work.store.put_file(key, written)
        written.unlink()
        numbers = np.arange(start, end)
        ids.append(pa.concat_arrays(mine))
        columns = [[key] * len(numbers), numbers - start, numbers, ids[-1]]
        rows = pa.table([pa.array(column).cast(field.type) for column, field in zip(columns, ROWS, strict=True)], ROWS)
        work.store.put(work.key("rows", shard), pack(rows))
        progress("dividing", shard + 1, work.shards)
    work.store.put("where", (np.arange(count) // size).astype("<u2").tobytes())
    return work, pa.concat_arrays(ids)


def _named(file: TextFile, progress: StepProgress) -> Iterator[tuple[str, str]]:
    for number, text in enumerate(file):
        yield text.id, text.host
        if number % _CHUNK == 0:
            progress("reading", number, len(file))


def _row(text: Text) -> dict[str, Any]:
    """As `_KEPT`; half of a surrogate pair, which no encoding has, is a question mark."""
    row = {field.name: getattr(text, field.name) for field in _KEPT}
    plain = {name: _plain(row[name]) for name in ("text", "title")}
    return row | plain | {"kind": text.kind.value, "authors": [_plain(one) for one in text.authors]}


def _plain(text: str | None) -> str | None:
    return None if text is None else text.encode("utf-8", "replace").decode()


def _pair_keys(one: npt.NDArray[np.integer], other: npt.NDArray[np.integer]) -> npt.NDArray[np.uint64]:
    low, high = np.minimum(one, other).astype(np.uint64), np.maximum(one, other).astype(np.uint64)
    keys: npt.NDArray[np.uint64] = low << np.uint64(32) | high
    return keys
