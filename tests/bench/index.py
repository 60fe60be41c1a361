"""The incremental stage over a large index: how fast, how it grows, how much room it takes."""

from __future__ import annotations

import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.dedup.index import CandidateIndex
from pipeline.dedup.sketches import NUMBERS, Sketch
from pipeline.models import Document, Kind, text_sha256
from pipeline.stages.base import Base
from pipeline.stages.dedup import plan_changes
from pipeline.stages.publish import commit_changes, open_tables, version_of
from pipeline.store.objects import FolderStore
from pipeline.store.versions import latest_version, put_version

__all__ = [
    "START",
    "documents_per_cpu_second",
    "generated",
    "generated_texts",
    "index_room",
    "index_rss",
    "lookup_growth",
]

START = datetime(2026, 3, 1, tzinfo=UTC)
_BATCH = 20_000
_WORDS = 300
_KEYS = 61
"""Keys of a text of 300 words: half of its first 64 shingles, an eighth of the others."""
_COMMON = 0.02
_NO_NUMBERS = np.full(NUMBERS, 0xFFFFFFFF, dtype=np.uint32)


def _sketches(start: int, count: int, dice: np.random.Generator) -> dict[str, Sketch]:
    """Sketches of texts of 300 words that have nothing in common but one key in fifty: phrases that everybody uses."""
    keys = dice.integers(0, 1 << 32, (count, _KEYS), dtype=np.uint32)
    common = dice.random((count, _KEYS)) < _COMMON
    keys[common] = (dice.zipf(1.3, int(common.sum())) % 1_000_003).astype(np.uint32) * np.uint32(2654435761)
    rows: npt.NDArray[np.uint32] = np.sort(keys, axis=1)
    return {f"{start + at:032x}": Sketch(np.unique(rows[at]), _WORDS - 4, _NO_NUMBERS) for at in range(count)}


def _filled(index: CandidateIndex, start: int, end: int) -> None:
    dice = np.random.default_rng(start)
    for at in range(start, end, _BATCH):
        index.update(_sketches(at, min(_BATCH, end - at), dice), (), stamp=str(at))


def generated_texts(count: int, seed: int, *, words_of: int | None = None) -> Iterator[str]:
    """Invented words by their rank (Zipf), names and numbers among them; the words may be those of another seed."""
    dice = np.random.default_rng(seed if words_of is None else words_of)
    letters = np.array(list("bcdfghklmnprstv")), np.array(list("aeiou"))
    words = ["".join(dice.choice(letters[at % 2]) for at in range(2 + rank % 7)) for rank in range(20_000)]
    words = [
        word.title() if rank % 9 == 0 else str(rank % 997) if rank % 31 == 0 else word
        for rank, word in enumerate(words)
    ]
    dice = dice if words_of is None else np.random.default_rng(seed)
    for _ in range(count):
        ranks = np.minimum(dice.zipf(1.25, _WORDS), len(words)) - 1
        sentences = np.split(np.array(words, dtype=object)[ranks], range(20, _WORDS, 20))
        yield "\n\n".join(" ".join(sentence) + "." for sentence in sentences)


def generated(number: int, text: str) -> Document:
    """A document of its own source, time and address."""
    moment = START + timedelta(minutes=number)
    return Document(
        id=f"{(1 << 100) + number:032x}", source=f"s{number % 50}", kind=Kind.ARTICLE, url=f"http://h/{number}",
        page_url=f"http://h/{number}", title=f"Document {number}", published_at=moment, text=text, run_id="r",
        word_count=_WORDS, fetched_at=moment, text_sha256=text_sha256(text),
    )  # fmt: skip


def documents_per_cpu_second(known: int = 1_000_000, *, corpus: int = 5_000, new: int = 5_000) -> dict[str, Any]:
    """The whole stage, from staged documents to the rows of a version and the index after it.

    Of the new documents three in ten are copies of some in the corpus, whole or cut; the index holds a million others.
    """
    with tempfile.TemporaryDirectory() as folder, CandidateIndex(Path(folder, "index")) as index:
        store = FolderStore(Path(folder, "store"))
        old = [generated(number, text) for number, text in enumerate(generated_texts(corpus, 1))]
        empty = Base(store, None)
        changes = plan_changes(empty, old, index, {}, now=START)
        tables = commit_changes(open_tables(empty), empty, changes, ["r0"])
        put_version(store, version_of(empty, tables, changes, ["r0"], START))
        index.update(changes.sketches, (), stamp="0")
        _filled(index, 0, known - corpus)
        staged = []
        for number, text in enumerate(generated_texts(new, 2), corpus):
            copied = old[number % corpus].text.split("\n\n")[: 3 + number % 13]
            staged.append(generated(number, "\n\n".join(copied) if number % 10 < 3 else text))
        base = Base(store, latest_version(store))
        start = time.process_time()
        changes = plan_changes(base, staged, index, {}, now=START + timedelta(days=1))
        index.update(changes.sketches, (), stamp="1")
        taken = time.process_time() - start
    joined = sum(len(story.copies) > 1 for story in changes.stories)
    return {
        "value": round(new / taken, 1), "unit": "documents a CPU second", "runs": 1, "known": known,
        "stories_joined": joined, "machine": _machine(),
    }  # fmt: skip


def lookup_growth(few: int = 200_000, *, probes: int = 10_000) -> dict[str, Any]:
    """CPU time of the same look-ups in an index ten times as large, over that in the small one; both are warm."""
    with tempfile.TemporaryDirectory() as folder, CandidateIndex(Path(folder)) as index:
        _filled(index, 0, few)
        wanted = _sketches(1 << 40, probes, np.random.default_rng(7))
        small = _lookup_s(index, wanted)
        _filled(index, few, 10 * few)
        large = _lookup_s(index, wanted)
    return {"value": round(large / small, 3), "unit": "ratio", "runs": 5, "few": few, "machine": _machine()}


def _lookup_s(index: CandidateIndex, wanted: dict[str, Sketch]) -> float:
    times = []
    for _ in range(5):
        start = time.process_time()
        index.candidates(wanted)
        times.append(time.process_time() - start)
    return min(times)


def index_room(count: int = 200_000) -> dict[str, Any]:
    """Bytes of the index on disk, a document of 300 words."""
    with tempfile.TemporaryDirectory() as folder:
        with CandidateIndex(Path(folder)) as index:
            _filled(index, 0, count)
        size = sum(path.stat().st_blocks * 512 for path in Path(folder).iterdir())
    return {"value": round(size / count, 1), "unit": "bytes", "runs": 1, "documents": count}


def index_rss(known: int = 1_000_000) -> dict[str, Any]:
    """Peak memory of a process that fills an index and runs the stage; pages of the index file count as its own."""
    script = f"from tests.bench.index import *; print(documents_per_cpu_second({known})['value'])"
    subprocess.run([sys.executable, "-c", script], check=True, stdout=subprocess.DEVNULL)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return {"value": round(peak / 1e6, 3), "unit": "GB", "runs": 1, "known": known, "machine": _machine()}


def _machine() -> str:
    return f"{os.cpu_count()} cores, {platform.machine()}"
