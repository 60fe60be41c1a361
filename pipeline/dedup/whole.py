"""De-duplicate a whole corpus: the steps over its shards and pieces, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.dedup.pieces import (
    CLUSTERS,
    FACTS,
    SENT,
    compare_piece,
    components_of,
    decide_piece,
    pieces_of,
    send_shard,
)
from pipeline.dedup.sections import get_section, pack, put_sections, unpack
from pipeline.dedup.shards import bucket_shard, pair_shard, sketch_shard
from pipeline.dedup.work import Work, shard_of_texts

__all__ = ["PIECE", "Outcome", "Run", "StepProgress", "deduplicate_whole", "one_by_one"]

Step = Callable[[Work, int], None]
Run = Callable[[Step, Work, list[int]], Iterator[int]]
"""Runs a step on shards, in any order and anywhere; gives the shards that are done."""
StepProgress = Callable[[str, int, int], None]
"""Told of (what goes on, shards done, shards in all)."""
PIECE = 5_000
"""Texts that are compared together."""


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """All relations that hold, as `FACTS`, and all stories of several members, as `CLUSTERS`."""

    facts: pa.Table
    clusters: pa.Table


def one_by_one(step: Step, work: Work, shards: list[int]) -> Iterator[int]:
    """Run a step here."""
    for shard in shards:
        step(work, shard)
        yield shard


def deduplicate_whole(work: Work, run: Run, progress: StepProgress, *, piece: int = PIECE) -> Outcome:
    """Go through all steps; what a former try has done of them is not done again.

    Memory here holds some fifty bytes a candidate pair, and the relations.

    Args:
        work: the job; its texts are divided into shards already.
        run: where the steps run.
        progress: told after each shard.
        piece: texts that are compared together.
    """
    job = _Job(work, run, progress)
    shards = range(work.shards)
    for name, step in (("keys", sketch_shard), ("buckets", bucket_shard), ("pairs", pair_shard)):
        job.do(name, step, shards)
    where = shard_of_texts(work)
    found = [np.frombuffer(work.store.get(work.key("pairs", shard)), dtype="<u4").reshape(-1, 2) for shard in shards]
    pairs = np.concatenate(found)
    place, pieces = pieces_of(pairs, len(where), piece, whole=False)
    owner = place[pairs[:, 1]]
    _send(work, "compare", np.concatenate((pairs[:, 0], pairs[:, 1])), np.concatenate((owner, owner)), where)
    by_piece = np.argsort(owner, kind="stable")
    _put_parts(work, "compare-pairs", [pairs[some].tobytes() for some in _parts(owner, by_piece, pieces)])
    job.do("compare-texts", partial(send_shard, step="compare", pieces=pieces), shards)
    job.do("facts", partial(compare_piece, pieces=pieces), range(pieces))
    facts = pa.concat_tables(
        [FACTS.empty_table(), *(unpack(work.store.get(work.key("facts", one)), FACTS) for one in range(pieces))]
    )
    return _decided(job, facts, where, piece)


def _decided(job: _Job, facts: pa.Table, where: npt.NDArray[np.uint16], size: int) -> Outcome:
    work = job.work
    sides = np.column_stack((facts["one"].to_numpy(), facts["other"].to_numpy()))
    tied = facts["together"].to_numpy(zero_copy_only=False)
    place, pieces = pieces_of(sides[tied], len(where), size, whole=True)
    labels = components_of(sides[tied], len(where))
    inner = labels[sides[:, 0]] == labels[sides[:, 1]]
    members = np.flatnonzero(place >= 0)
    _send(work, "decide", members, place[members], where)
    rows = np.flatnonzero(inner)
    owner = place[sides[rows, 0]]
    parts = _parts(owner, np.argsort(owner, kind="stable"), pieces)
    _put_parts(work, "decide-facts", [pack(facts.take(pa.array(rows[some]))) for some in parts])
    job.do("decide-texts", partial(send_shard, step="decide", pieces=pieces), range(work.shards))
    job.do("decided", partial(decide_piece, pieces=pieces), range(pieces))
    keys = [work.key("decided", one) for one in range(pieces)]
    resolved = [unpack(get_section(work.store, key, 0, 2), FACTS) for key in keys]
    clusters = [unpack(get_section(work.store, key, 1, 2), CLUSTERS) for key in keys]
    apart = facts.filter(pa.array(~inner))
    return Outcome(pa.concat_tables([apart, *resolved]), pa.concat_tables([CLUSTERS.empty_table(), *clusters]))


@dataclass(frozen=True, slots=True)
class _Job:
    work: Work
    run: Run
    progress: StepProgress

    def do(self, name: str, step: Step, shards: Iterable[int]) -> None:
        """Run a step on the shards whose object is not there yet."""
        wanted = list(shards)
        there = set(self.work.store.keys(f"{self.work.folder}{name}-"))
        missing = [shard for shard in wanted if self.work.key(name, shard) not in there]
        self.progress(name, len(wanted) - len(missing), len(wanted))
        for done, _ in enumerate(self.run(step, self.work, missing), 1):
            self.progress(name, len(wanted) - len(missing) + done, len(wanted))


def _send(
    work: Work, step: str, numbers: npt.NDArray[np.integer], to: npt.NDArray[np.int32], where: npt.NDArray[np.uint16]
) -> None:
    """Say which texts go to which pieces; each goes once."""
    wanted = np.unique(numbers.astype(np.uint64) << np.uint64(32) | to.astype(np.uint64))
    texts = (wanted >> np.uint64(32)).astype(np.uint32)
    sent = pa.table([texts, (wanted & np.uint64(0xFFFFFFFF)).astype(np.int32)], schema=SENT)
    shards = where[texts]
    parts = _parts(shards, np.argsort(shards, kind="stable"), work.shards)
    _put_parts(work, f"{step}-sent", [pack(sent.take(pa.array(some))) for some in parts])


def _parts(owner: npt.NDArray[np.integer], order: npt.NDArray[np.int64], count: int) -> list[npt.NDArray[np.int64]]:
    """Places of what each of so many owners has."""
    return np.split(order, np.searchsorted(owner[order], np.arange(1, count))) if count else []


def _put_parts(work: Work, name: str, parts: list[bytes]) -> None:
    key = f"{work.folder}{name}"
    if not work.store.exists(key):  # a former try may have packed the same rows into other bytes
        put_sections(work.store, key, parts)
