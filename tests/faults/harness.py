"""Kill -9 at random instants, run again, and compare with what a quiet run gave."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pipeline.corpus.digest import corpus_digest
from pipeline.corpus.reader import Corpus, open_corpus
from pipeline.errors import ConfigError
from pipeline.store.objects import FolderStore
from tests.support.commands import environment

__all__ = ["FAMILIES", "Count", "Quiet", "quiet_run", "run_family", "served_world"]

_PORT = 8811
_PAGES = 60


@dataclass
class Count:
    """What a family of kills did. `half_seen`: reads that saw a state between two versions."""

    name: str
    kills: int = 0
    lost: int = 0
    duplicated: int = 0
    half_seen: int = 0
    differing: int = 0

    def row(self) -> dict[str, Any]:
        """As printed: one JSON line a family."""
        return asdict(self)


@contextmanager
def served_world(folder: Path) -> Iterator[Path]:
    """A small demo world on loopback; gives the folder of its declarations."""
    seeds = folder / "seeds"
    command = [
        sys.executable,
        "-m",
        "pipeline.cli",
        "demo",
        "serve",
        f"--pages={_PAGES}",
        f"--port={_PORT}",
        f"--seeds={seeds}",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=folder, env=environment(folder)) as world:
        assert world.stdout is not None
        assert world.stdout.readline().strip() == "ready"
        try:
            yield seeds
        finally:
            world.terminate()


@dataclass(frozen=True)
class Quiet:
    """What a run that nobody disturbed gave, and how long it took."""

    corpus: Corpus
    seconds: float


def quiet_run(folder: Path, seeds: Path) -> Quiet:
    """Collect once in peace."""
    quiet = folder / "quiet"
    _fresh(quiet, seeds)
    started = time.monotonic()
    _must(quiet, "collect", "--no-prefect")
    return Quiet(_corpus(quiet), time.monotonic() - started)


def run_family(name: str, kills: int, folder: Path, seeds: Path, quiet: Quiet) -> Count:
    """Run a family's kills; every one hits a live process, or it is not counted."""
    count, dice = Count(f"faults.{name}"), random.Random(1)
    while count.kills < kills:
        attempt = folder / f"{name}-{count.kills}"
        _fresh(attempt, seeds)
        if FAMILIES[name](attempt, quiet.seconds, dice, count):
            count.kills += 1
            _must(attempt, "collect", "--no-prefect")
            _compare(quiet.corpus, _corpus(attempt), count)
        shutil.rmtree(attempt)
    return count


def _fresh(folder: Path, seeds: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    shutil.copytree(seeds, folder / "seeds")


def _must(folder: Path, *arguments: str) -> None:
    done = subprocess.run(
        _command(*arguments), cwd=folder, env=environment(folder), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "pipeline.cli", *arguments]


def _start(folder: Path, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        _command(*arguments), cwd=folder, env=environment(folder), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def _corpus(folder: Path) -> Corpus:
    return open_corpus(FolderStore(folder / "data"))


def _compare(wanted: Corpus, found: Corpus, count: Count) -> None:
    want, got = (Counter(corpus.documents()["id"].to_pylist()) for corpus in (wanted, found))
    members = Counter(copy["id"] for copies in found.stories()["copies"].to_pylist() for copy in copies)
    count.lost += len(want.keys() - got.keys()) + len(want.keys() - members.keys())
    count.duplicated += sum(number - 1 for number in (got | members).values())
    count.duplicated += found.revisions(columns=["id"]).num_rows - len(got)
    count.differing += corpus_digest(wanted) != corpus_digest(found)


def _children(pid: int) -> list[tuple[int, str]]:
    """(pid, command line) of all descendants of a process."""
    found = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            pids = [int(child) for child in path.read_text().split()]
        except OSError:
            continue
        for child in pids:
            try:
                line = Path(f"/proc/{child}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
            except OSError:
                continue
            found += [(child, line), *_children(child)]
    return found


def _kill_child(words: str) -> Callable[[Path, float, random.Random, Count], bool]:
    """Kill one descendant of a collect whose command line has these words, once it has worked for a while."""

    def kill(folder: Path, duration: float, dice: random.Random, _: Count) -> bool:
        running = _start(folder, "collect", "--no-prefect")
        deadline, wait, hit = time.monotonic() + duration * 3, dice.uniform(0.0, 0.6), False
        while running.poll() is None and time.monotonic() < deadline:
            victims = [pid for pid, line in _children(running.pid) if words in line]
            if victims:
                time.sleep(wait)  # the random instant of the kill
                hit = _send_kill(dice.choice(victims))
                break
            time.sleep(0.01)
        running.wait()
        return hit

    return kill


def _kill_whole(folder: Path, duration: float, dice: random.Random, _: Count) -> bool:
    """Kill a collect and everything it started, at any instant."""
    running = _start(folder, "collect", "--no-prefect")
    time.sleep(dice.uniform(0.1, 1.0) * duration)  # the random instant of the kill
    victims = [running.pid, *(pid for pid, _ in _children(running.pid))]
    hit = running.poll() is None
    for pid in victims:
        _send_kill(pid)
    running.wait()
    return hit


def _kill_publish(folder: Path, duration: float, dice: random.Random, count: Count) -> bool:
    """Kill publishers while a reader looks on: half of the sources are published, then the rest."""
    sources = sorted(path.stem for path in (folder / "seeds").glob("*.toml"))
    _must(folder, "collect", "--no-prefect", *sources[: len(sources) // 2])
    running = _start(folder, "collect", "--no-prefect", *sources[len(sources) // 2 :])
    stop, seen = threading.Event(), [0]
    reader = threading.Thread(target=_read, args=(folder, stop, seen))
    reader.start()
    hit = False
    done = folder / "data" / "staged"
    while running.poll() is None:
        if len(list(done.glob("*/_DONE.json"))) >= 2:
            time.sleep(dice.uniform(0.0, 1.0))  # the random instant of the kill
            hit = running.poll() is None and _send_kill(running.pid)
            break
        time.sleep(0.01)
    running.wait()
    stop.set()
    reader.join()
    count.half_seen += seen[0]
    return hit


def _read(folder: Path, stop: threading.Event, seen: list[int]) -> None:
    while not stop.is_set():
        try:
            corpus = _corpus(folder)
        except ConfigError:
            continue
        documents = sorted(corpus.documents()["id"].to_pylist())
        members = sorted(copy["id"] for copies in corpus.stories()["copies"].to_pylist() for copy in copies)
        seen[0] += documents != members


def _send_kill(pid: int) -> bool:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


FAMILIES: dict[str, Callable[[Path, float, random.Random, Count], bool]] = {
    "crawl": _kill_child("spiders.run"),
    "extract": _kill_child("multiprocessing.spawn"),
    "collect": _kill_whole,
    "publish": _kill_publish,
}
