"""Re-deduplication of a whole corpus: what a second process gains, and (`make bench-whole`) a large one to its end."""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import sys
import tempfile
import time
from collections import defaultdict, deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from pipeline.dedup.engine import workers
from pipeline.dedup.whole import Outcome, deduplicate_whole
from pipeline.models import Document
from pipeline.settings import Settings
from pipeline.stages.base import Base
from pipeline.stages.dividing import divide
from pipeline.store.objects import FolderStore
from pipeline.store.schemas import TABLES, to_arrow
from pipeline.store.versions import CorpusVersion
from pipeline.store.writing import TableWriter
from tests.bench.index import START, generated, generated_texts

__all__ = ["dask_speedup", "whole"]

_FILE = 25_000
_AHEAD = 4
_COPIES = 3
"""Of ten documents so many are copies of one of the same file, whole or cut."""


def dask_speedup(count: int = 1_000_000) -> dict[str, Any]:
    """Wall seconds of one process over those of two, each from nothing to all decisions; for an idle machine."""
    with tempfile.TemporaryDirectory() as folder:
        base = _corpus(FolderStore(Path(folder)), count)
        one, two = (_decided(folder, base, number) for number in (1, 2))
    assert one.outcome.clusters.equals(two.outcome.clusters)
    assert one.outcome.facts.equals(two.outcome.facts)
    return {
        "value": round(one.seconds / two.seconds, 3), "unit": "ratio", "runs": 1, "documents": count,
        "seconds": [round(one.seconds, 1), round(two.seconds, 1)], "stories_joined": one.outcome.clusters.num_rows,
        "between_steps_gb": round(sum(two.stored_gb.values()), 3), **_machine(),
    }  # fmt: skip


def whole(count: int, number: int, folder: str | None) -> dict[str, Any]:
    """Generate a corpus and decide it: wall seconds, and gigabytes between the steps, of each; memory in all."""
    with tempfile.TemporaryDirectory(dir=folder) as below:
        start = time.perf_counter()
        base = _corpus(FolderStore(Path(below)), count)
        made = time.perf_counter() - start
        table_gb = _gigabytes(Path(below, "tables"))
        done = _decided(below, base, number)
    return {
        "documents": count, "workers": number, "generating_s": round(made, 1), "seconds": round(done.seconds, 1),
        "steps_s": {name: round(seconds, 1) for name, seconds in done.steps.items()}, "table_gb": round(table_gb, 3),
        "between_steps_gb": round(sum(done.stored_gb.values()), 3),
        "stored_gb": {name: round(size, 3) for name, size in done.stored_gb.items()},
        "relations": done.outcome.facts.num_rows, "stories_joined": done.outcome.clusters.num_rows, **_machine(),
    }  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class _Decided:
    outcome: Outcome
    seconds: float
    steps: dict[str, float]
    stored_gb: dict[str, float]


def _decided(folder: str, base: Base, number: int) -> _Decided:
    """Decide a corpus with so many processes, and remove what the steps made."""
    begun = dict[str, float]()

    def told(step: str, done: int, total: int) -> None:
        if step not in begun:
            begun[step] = time.perf_counter()
        if sys.stderr.isatty():
            sys.stderr.write(f"\r\033[K  {step}: {done} of {total}")

    start = time.perf_counter()
    work, _ = divide(Settings(store=f"file:{folder}"), base, None, {})
    with workers("", number) as run:
        outcome = deduplicate_whole(work, run, told)
        end = time.perf_counter()
    times = [start, *begun.values(), end]
    steps = dict(zip(("divide", *begun), (later - one for one, later in pairwise(times)), strict=True))
    stored: dict[str, float] = defaultdict(float)
    for path in sorted(Path(folder, work.folder).iterdir()):
        stored[path.name.rstrip("0123456789").rstrip("-")] += path.stat().st_size / 1e9
        path.unlink()
    return _Decided(outcome, end - start, steps, stored)


def _gigabytes(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e9


def _machine() -> dict[str, Any]:
    here, below = (resource.getrusage(who).ru_maxrss / 1e6 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    cores = f"{os.cpu_count()} cores, {platform.machine()}"
    return {"rss_gb": round(here, 3), "worker_rss_gb": round(below, 3), "machine": cores}


def _corpus(store: FolderStore, count: int) -> Base:
    table, place = TableWriter(store, "documents", -1), -1
    for file, texts in enumerate(_texts(-(-count // _FILE))):
        rows = list[Document]()
        for at, text in enumerate(texts[: count - file * _FILE]):
            if at % 10 < _COPIES and rows:
                text = "\n\n".join(rows[at // 2].text.split("\n\n")[: 3 + at % 13])  # noqa: PLW2901
            made = generated(file * _FILE + at, text)
            rows.append(replace(made, added_at=START, first_added_at=START, revision=1))
        place = table.append(to_arrow(Document, rows), runs=[f"r{file}"])
    return Base(store, CorpusVersion(1, START, dict.fromkeys(TABLES, -1) | {"documents": place}))


def _texts(files: int) -> Iterator[list[str]]:
    """Texts of so many files, made by all cores a few files ahead."""
    waiting = deque[Future[list[str]]]()
    with ProcessPoolExecutor() as pool:
        for file in range(files):
            waiting.append(pool.submit(_texts_of, file))
            if len(waiting) > _AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _texts_of(file: int) -> list[str]:
    return list(generated_texts(_FILE, file, words_of=1))


def main() -> int:
    """Print the measures of one large corpus."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.rededup", description=__doc__)
    parser.add_argument("--documents", type=int, default=5_000_000)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--folder", help="where the corpus is made and removed; default: that of temporary files")
    arguments = parser.parse_args()
    told = whole(arguments.documents, arguments.workers, arguments.folder)
    sys.stdout.write(json.dumps(told, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
