"""Re-deduplication of a whole corpus: what a second process gains."""

from __future__ import annotations

import os
import platform
import resource
import tempfile
import time
from dataclasses import replace
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

__all__ = ["dask_speedup"]

_FILE = 25_000
_COPIES = 3
"""Of ten documents so many are copies of one of the same file, whole or cut."""


def dask_speedup(count: int = 1_000_000) -> dict[str, Any]:
    """Wall seconds of one process over those of two, each from nothing to all decisions; for an idle machine."""
    with tempfile.TemporaryDirectory() as folder:
        base = _corpus(FolderStore(Path(folder)), count)
        seconds, outcomes = list[float](), list[Outcome]()
        settings = Settings(store=f"file:{folder}")
        for number in (1, 2):
            work, _ = divide(settings, base, None, {})
            start = time.perf_counter()
            with workers("", number) as run:
                outcomes.append(deduplicate_whole(work, run, lambda *_: None))
            seconds.append(time.perf_counter() - start)
            stored = sum(one.stat().st_size for one in Path(folder, "work").rglob("*") if one.is_file())
            for key in list(base.store.keys(work.folder)):
                base.store.delete(key)
    assert outcomes[0].clusters.equals(outcomes[1].clusters)
    assert outcomes[0].facts.equals(outcomes[1].facts)
    here, below = (resource.getrusage(who).ru_maxrss / 1e6 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return {
        "value": round(seconds[0] / seconds[1], 3), "unit": "ratio", "runs": 1, "documents": count,
        "seconds": [round(one, 1) for one in seconds], "stories_joined": outcomes[0].clusters.num_rows,
        "between_steps_gb": round(stored / 1e9, 3), "rss_gb": round(here, 3), "worker_rss_gb": round(below, 3),
        "machine": f"{os.cpu_count()} cores, {platform.machine()}",
    }  # fmt: skip


def _corpus(store: FolderStore, count: int) -> Base:
    table = TableWriter(store, "documents", -1)
    place, rows = -1, list[Document]()
    for number, text in enumerate(generated_texts(count, 1)):
        at = number % _FILE
        if at % 10 < _COPIES and rows:
            text = "\n\n".join(rows[at // 2].text.split("\n\n")[: 3 + at % 13])  # noqa: PLW2901
        rows.append(replace(generated(number, text), added_at=START, first_added_at=START, revision=1))
        if len(rows) == _FILE or number + 1 == count:
            place = table.append(to_arrow(Document, rows), runs=[f"r{number}"])
            rows = []
    return Base(store, CorpusVersion(1, START, dict.fromkeys(TABLES, -1) | {"documents": place}))
