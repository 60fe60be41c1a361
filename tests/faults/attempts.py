"""What a kill is made on: a served world, corpora in the making of it, and what every family of kills has."""

from __future__ import annotations

import random
import shutil
import sqlite3
import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from pipeline.corpus.reader import Corpus, open_corpus
from pipeline.store.objects import FolderStore
from tests.support.commands import copydesk, module
from tests.support.orchestra import served_world

__all__ = [
    "SOURCES",
    "Attempt",
    "Count",
    "Family",
    "Ground",
    "fresh",
    "ground",
    "newest_state",
    "phase_of",
    "quiet_ground",
]

_PORT = 8811
SOURCES = ("demo-clippings", "demo-fen-report", "demo-harbor-ledger", "demo-northwire", "demo-signal-forum")
_KILLS_AN_ATTEMPT = 5


@dataclass
class Count:
    """What a family of kills did.

    `half_seen` counts reads of a state between two versions, `differing` attempts whose digest was not the quiet one,
    `phases` what was under way at the instant of each kill.
    """

    name: str
    kills: int = 0
    lost: int = 0
    duplicated: int = 0
    half_seen: int = 0
    differing: int = 0
    attempts: int = 0
    phases: Counter[str] = field(default_factory=Counter)
    more: dict[str, int] = field(default_factory=dict)

    def row(self) -> dict[str, Any]:
        """As printed: one JSON line a family, with what the family counts beside the others."""
        row: dict[str, Any] = asdict(self) | {"phases": dict(sorted(self.phases.items()))}
        return row | dict(row.pop("more"))


@dataclass(frozen=True)
class Ground:
    """The served world's declarations, what a run gave that nobody disturbed, and how many seconds it took."""

    folder: Path
    seeds: Path
    quiet: Corpus
    seconds: float
    dice: random.Random


@dataclass(frozen=True)
class Attempt:
    """One corpus in the making; `variables` are settings beside those of the folder."""

    folder: Path
    ground: Ground
    count: Count
    wanted: int
    variables: Mapping[str, str] = field(default_factory=dict)

    def must(self, *arguments: str) -> None:
        """Run a command to its good end."""
        done = copydesk(self.folder, *arguments, variables=self.variables, timeout=1_200)
        assert done.returncode == 0, done.stderr

    def note(self, phase: str) -> None:
        """Count a kill that hit a living process."""
        self.count.kills += 1
        self.count.phases[phase] += 1


@contextmanager
def ground(folder: Path) -> Iterator[Ground]:
    """Serve a small world and collect it once in peace."""
    with served_world(folder, port=_PORT) as seeds:
        for path in seeds.glob("*.toml"):
            if path.stem not in SOURCES:
                path.unlink()
        yield quiet_ground(folder, seeds)


def quiet_ground(folder: Path, seeds: Path) -> Ground:
    quiet = fresh(folder / "quiet", seeds)
    start = time.monotonic()
    done = module(quiet, "pipeline.cli", "collect", "--no-prefect", timeout=1_200)  # as long as those that are killed
    assert done.returncode == 0, done.stderr
    seconds = time.monotonic() - start
    return Ground(folder, seeds, open_corpus(FolderStore(quiet / "data")), seconds, random.Random(1))


def fresh(folder: Path, seeds: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(seeds, folder / "seeds")
    return folder


class Family(ABC):
    """What is killed, on which store.

    `at_once` is how many kills one corpus takes, `finish` the command that brings it to its end afterwards.
    """

    at_once = _KILLS_AN_ATTEMPT
    finish: tuple[str, ...] = ("collect", "--no-prefect")

    def __init__(self, on: Ground, stack: ExitStack, kills: int) -> None:
        """Start what all attempts share, for so many kills; `stack` stops it."""
        self.ground = on

    def variables(self) -> Mapping[str, str]:
        """Settings of a new attempt."""
        return {}

    def corpus(self, attempt: Attempt) -> Corpus:
        """What the attempt published."""
        return open_corpus(FolderStore(attempt.folder / "data"))

    @abstractmethod
    def disturb(self, attempt: Attempt) -> None:
        """Kill, up to the number of kills that is wanted."""

    def end(self, attempt: Attempt) -> None:  # noqa: B027 (most count nothing more)
        """Count what this family counts beside the others, once the attempt has come to its end."""


_PHASES = {"crawling": "seal", "crawled": "extract", "staged": "publish"}


def phase_of(folder: Path, under_way: list[tuple[int, str]]) -> str:
    """What a collect was doing, by its processes and by the state of its newest run."""
    lines = " ".join(line for _, line in under_way)
    for words, phase in (("spiders.run", "crawl"), ("multiprocessing.forkserver", "extract")):
        if words in lines:
            return phase
    newest = newest_state(folder)
    return _PHASES.get(newest, "end") if newest else "start"


def newest_state(folder: Path) -> str | None:
    """The state of the newest run; None while there is none."""
    try:
        with closing(sqlite3.connect(f"file:{folder / 'data' / 'state.db'}?mode=ro", uri=True, timeout=30)) as state:
            newest = state.execute("SELECT state FROM runs ORDER BY started_at DESC LIMIT 1").fetchone()
    except sqlite3.OperationalError:  # it is being made
        return None
    return str(newest[0]) if newest else None
