"""Kills of de-duplication: while the candidate index is written, and while a whole corpus is decided anew."""

from __future__ import annotations

import shutil
import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from pipeline.corpus.reader import open_corpus
from pipeline.store.objects import FolderStore
from tests.faults.attempts import SOURCES, Attempt, Family, Ground
from tests.support.commands import copydesk, started
from tests.support.processes import children, kill, wait_until

__all__ = ["Dedup"]


class Dedup(Family):
    """Kill publishers while they write the candidate index, and re-deduplications between any two of their steps."""

    def __init__(self, on: Ground, stack: ExitStack, kills: int) -> None:
        super().__init__(on, stack, kills)
        quiet = on.folder / "dedup-quiet"
        shutil.copytree(on.folder / "quiet", quiet)
        done = copydesk(quiet, "rededup", "--publish", "--workers", "1", timeout=1_200)
        assert done.returncode == 0, done.stderr
        self.ground = replace(on, quiet=open_corpus(FolderStore(quiet / "data")))

    def disturb(self, attempt: Attempt) -> None:
        attempt.must("collect", "--no-prefect", SOURCES[0])
        for number in range(attempt.wanted):
            if number % 2:
                self._while_indexing(attempt, SOURCES[1 + number // 2 % (len(SOURCES) - 1)])
            else:
                self._while_deciding(attempt)

    def end(self, attempt: Attempt) -> None:
        attempt.must("rededup", "--publish", "--workers", "1")

    def _while_indexing(self, attempt: Attempt, source: str) -> None:
        index = attempt.folder / "data" / "index" / "candidates" / "data.mdb"
        before = _written(index)
        with started(attempt.folder, "collect", "--no-prefect", source) as running:
            while running.poll() is None and _written(index) == before:
                time.sleep(0.001)
            time.sleep(attempt.ground.dice.uniform(0.0, 0.02))  # the random instant of the kill
            if running.poll() is None and kill(running.pid):
                attempt.note("index")
            running.wait()

    def _while_deciding(self, attempt: Attempt) -> None:
        work, wanted = attempt.folder / "data" / "work" / "rededup", attempt.ground.dice.randint(1, 14)
        with started(attempt.folder, "rededup", "--publish", "--workers", "2") as running:
            wait_until(lambda: running.poll() is not None or len(list(work.glob("*/*/*"))) >= wanted)
            under_way = [pid for pid, line in children(running.pid) if "multiprocessing" in line]
            if running.poll() is None and kill(running.pid):
                attempt.note("rededup")
            for pid in under_way:
                kill(pid)
            running.wait()


def _written(path: Path) -> int:
    """When a file was written last, in nanoseconds; 0 when it is not there."""
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        return 0
