"""Divide the current texts of a corpus version into shards, which the steps of re-deduplication work on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from importlib.metadata import version as installed

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.dedup.pieces import CLUSTERS, FACTS
from pipeline.dedup.sections import pack
from pipeline.dedup.signatures import SHINGLE
from pipeline.dedup.sketches import KEY_CAP, MOST_TWINS, SAMPLE
from pipeline.dedup.work import ROWS, SHARD_TEXTS, Work, texts_of_a_shard
from pipeline.settings import Settings
from pipeline.sources.declaration import Source
from pipeline.stages.base import Base
from pipeline.stages.currents import current_rows

__all__ = ["FOLDER", "divide"]

FOLDER = "work/rededup/"
"""Where the steps put what they make, by corpus version and by what else the result depends on."""


def divide(
    settings: Settings, base: Base, furniture: str | None, sources: Mapping[str, Source], *, texts: int = SHARD_TEXTS
) -> tuple[Work, pa.Array]:
    """The job, with the rows of its shards in the store, and the id of each text by its number.

    Numbers follow the order in which texts were published, as the candidate index meets them. A shard holds whole
    files of the table, with so many texts or more.
    """
    known = {name: (one.authority, bool(one.agency)) for name, one in sorted(sources.items())}
    rows, files = current_rows(base)
    shards = _shards(rows, len(files), texts)
    count = int(shards.max(initial=0)) + 1
    made_of = [texts, base.stamp, furniture, known, installed("copydesk"), SHINGLE, SAMPLE, KEY_CAP, MOST_TWINS]
    made_of += [str(FACTS), str(CLUSTERS)]
    name = hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()[:12]
    # Workers are told where the store is, not the secrets of alerts and of the server.
    reached = Settings(store=settings.store, s3=settings.s3)
    work = Work(reached, f"{FOLDER}{base.version:08d}/{name}/", count, furniture, known)
    _put_rows(base, work, rows, files, shards)
    return work, rows["id"].combine_chunks()


def _shards(rows: pa.Table, files: int, texts: int) -> npt.NDArray[np.uint16]:
    """The shard of each text: files in a row, until they are enough."""
    if not rows.num_rows:
        return np.empty(0, dtype=np.uint16)
    size = texts_of_a_shard(rows.num_rows, texts)
    counts = np.bincount(rows["file"].to_numpy(), minlength=files)
    of_file = (np.cumsum(counts) - counts) // size
    used = np.unique(of_file[counts > 0], return_inverse=True)[1]
    shard = np.zeros(files, dtype=np.uint16)
    shard[counts > 0] = used
    of_text: npt.NDArray[np.uint16] = shard[rows["file"].to_numpy()]
    return of_text


def _put_rows(base: Base, work: Work, rows: pa.Table, files: list[str], shards: npt.NDArray[np.uint16]) -> None:
    if base.store.exists(f"{work.folder}where"):
        return
    for shard in range(work.shards):
        numbers = np.flatnonzero(shards == shard) if rows.num_rows else np.empty(0, dtype=np.int64)
        mine = rows.take(pa.array(numbers))
        columns = [pa.array([], field.type) for field in ROWS]
        if rows.num_rows:
            names = pa.array(files).take(mine["file"].combine_chunks())
            columns = [names, mine["row"], pa.array(numbers, pa.uint32()), mine["id"]]
        table = pa.table(columns, schema=ROWS).sort_by([("file", "ascending"), ("row", "ascending")])
        base.store.put(work.key("rows", shard), pack(table))
    base.store.put(f"{work.folder}where", shards.astype("<u2").tobytes())
