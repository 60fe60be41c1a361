"""Kill -9 at random instants, run again, and compare with what a quiet run gave.

An attempt takes several kills on one corpus, then runs to its end; its digest has to be that of a run nobody disturbed.
"""

from __future__ import annotations

import random
import shutil
import sqlite3
import subprocess
import threading
import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from pipeline.corpus.digest import corpus_digest
from pipeline.corpus.reader import Corpus, open_corpus
from pipeline.errors import ConfigError, StoreError
from pipeline.store.objects import FolderStore, ObjectStore
from tests.bench.crawl import served_pages
from tests.support.commands import copydesk, module, started
from tests.support.orchestra import Up, served_world, up
from tests.support.processes import children, kill, processes, wait_until
from tests.support.s3_servers import S3Server, ceph_server

__all__ = ["FAMILIES", "Count", "Ground", "ground", "run_family"]

_PORT = 8811
_SOURCES = ("demo-clippings", "demo-fen-report", "demo-harbor-ledger", "demo-northwire", "demo-signal-forum")
_KILLS_AN_ATTEMPT = 5
_CRASHED_S = 120.0


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
            if path.stem not in _SOURCES:
                path.unlink()
        yield _quiet_ground(folder, seeds)


def _quiet_ground(folder: Path, seeds: Path) -> Ground:
    quiet = _fresh(folder / "quiet", seeds)
    start = time.monotonic()
    done = module(quiet, "pipeline.cli", "collect", "--no-prefect", timeout=1_200)  # as long as those that are killed
    assert done.returncode == 0, done.stderr
    seconds = time.monotonic() - start
    return Ground(folder, seeds, open_corpus(FolderStore(quiet / "data")), seconds, random.Random(1))


def run_family(name: str, kills: int, on: Ground) -> Count:
    """Run a family's kills; every one hits a living process, or it is not counted."""
    count = Count(f"faults.{name}")
    with ExitStack() as stack:
        family = FAMILIES[name](on, stack, kills)
        on = family.ground
        while count.kills < kills:
            folder = _fresh(on.folder / f"{name}-{count.attempts}", on.seeds)
            attempt = Attempt(folder, on, count, min(family.at_once, kills - count.kills), family.variables())
            before = count.kills
            family.disturb(attempt)
            count.attempts += count.kills > before
            attempt.must("collect", "--no-prefect")
            family.end(attempt)
            _compare(on.quiet, family.corpus(attempt), count)
            shutil.rmtree(folder)
    return count


def _fresh(folder: Path, seeds: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(seeds, folder / "seeds")
    return folder


def _compare(wanted: Corpus, found: Corpus, count: Count) -> None:
    want, got = (Counter(corpus.documents()["id"].to_pylist()) for corpus in (wanted, found))
    members = Counter(copy["id"] for copies in found.stories()["copies"].to_pylist() for copy in copies)
    count.lost += len(want.keys() - got.keys()) + len(want.keys() - members.keys())
    count.duplicated += sum(number - 1 for number in (got | members).values())
    count.duplicated += found.revisions(columns=["id"]).num_rows - len(got)
    count.differing += corpus_digest(wanted) != corpus_digest(found)


class Family(ABC):
    """What is killed, on which store; `at_once` is how many kills one corpus takes."""

    at_once = _KILLS_AN_ATTEMPT

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


class _Crawl(Family):
    """Kill the crawl of a big site, alone or with the collect that started it, and count what is asked for twice."""

    at_once = 1_000

    def __init__(self, on: Ground, stack: ExitStack, kills: int) -> None:
        super().__init__(on, stack, kills)
        folder = on.folder / "site"
        (folder / "seeds").mkdir(parents=True)
        self._log = folder / "asked.log"
        self._pages = 100 * kills
        base = stack.enter_context(served_pages(self._pages, words=200, log=self._log))
        (folder / "seeds" / "site.toml").write_text(
            f'id = "site"\nname = "Site"\nkind = "news"\nhomepage = "{base}/"\nallow_private = true\n'
            f'[[entry]]\nkind = "sitemap"\nurl = "{base}/sitemap.xml"\n[politeness]\ndelay_s = 0\n'
        )
        self.ground = _quiet_ground(folder, folder / "seeds")
        assert self.ground.quiet.documents().num_rows == self._pages
        self._log.write_bytes(b"")

    def disturb(self, attempt: Attempt) -> None:
        dice, in_flight = attempt.ground.dice, 0
        for _ in range(attempt.wanted):
            until = self._asked() + dice.uniform(0.0, 1.2) * self._pages / attempt.wanted  # the random instant
            with started(attempt.folder, "collect", "--no-prefect") as running:
                wait_until(lambda r=running, n=until: r.poll() is not None or self._asked() >= n)  # type: ignore[misc]
                victims = [pid for pid, line in children(running.pid) if "spiders.run" in line]
                whole = dice.random() < 0.5 and kill(running.pid)
                if victims and kill(victims[0]):
                    attempt.note("crawl with its collect" if whole else "crawl")
                running.wait()
            in_flight += _in_flight(attempt.folder)
        attempt.count.more["in_flight"] = in_flight

    def end(self, attempt: Attempt) -> None:
        asked = Counter(line for line in self._log.read_text("ascii").split() if line.startswith("/2026/"))
        attempt.count.more |= {"pages": len(asked), "refetched": asked.total() - len(asked)}

    def _asked(self) -> int:
        return self._log.read_bytes().count(b"/2026/")


def _in_flight(folder: Path) -> int:
    """How many pages a dead crawl was asking for, or had not made safe yet."""
    with closing(sqlite3.connect(f"file:{folder / 'data' / 'state.db'}?mode=ro", uri=True, timeout=30)) as state:
        query = "SELECT count(*) FROM urls WHERE state = 'in_flight' AND role = 'page'"
        return int(state.execute(query).fetchone()[0])


class _Children(Family):
    """Kill one child of the collect of a source whose command line has some words, once it has worked for a while."""

    words: str
    phase: str
    longest_s: float

    def disturb(self, attempt: Attempt) -> None:
        for source in _SOURCES[: attempt.wanted]:
            with started(attempt.folder, "collect", "--no-prefect", source) as running:
                wait = attempt.ground.dice.uniform(0.0, self.longest_s)
                while running.poll() is None:
                    victims = [pid for pid, line in children(running.pid) if self.words in line]
                    if victims:
                        time.sleep(wait)  # the random instant of the kill
                        if kill(attempt.ground.dice.choice(victims)):
                            attempt.note(self.phase)
                        break
                    time.sleep(0.01)
                running.wait()


class _Extract(_Children):
    words, phase, longest_s = "multiprocessing.forkserver", "extract", 1.0


class _Collect(Family):
    """Kill a collect and everything it started, at any instant."""

    def disturb(self, attempt: Attempt) -> None:
        for _ in range(attempt.wanted):
            with started(attempt.folder, "collect", "--no-prefect") as running:
                time.sleep(attempt.ground.dice.uniform(0.1, 1.0) * attempt.ground.seconds)  # the random instant
                under_way = children(running.pid)
                if running.poll() is None and kill(running.pid):
                    attempt.note(_phase(attempt.folder, under_way))
                for pid, _ in under_way:
                    kill(pid)
                running.wait()


_PHASES = {"crawling": "seal", "crawled": "extract", "staged": "publish"}


def _phase(folder: Path, under_way: list[tuple[int, str]]) -> str:
    """What a collect was doing, by its processes and by the state of its newest run."""
    lines = " ".join(line for _, line in under_way)
    for words, phase in (("spiders.run", "crawl"), ("multiprocessing.forkserver", "extract")):
        if words in lines:
            return phase
    newest = _newest_state(folder)
    return _PHASES.get(newest, "end") if newest else "start"


def _newest_state(folder: Path) -> str | None:
    """The state of the newest run; None while there is none."""
    try:
        with closing(sqlite3.connect(f"file:{folder / 'data' / 'state.db'}?mode=ro", uri=True, timeout=30)) as state:
            newest = state.execute("SELECT state FROM runs ORDER BY started_at DESC LIMIT 1").fetchone()
    except sqlite3.OperationalError:  # it is being made
        return None
    return str(newest[0]) if newest else None


class _Publish(Family):
    """Kill publishers, or the server that they write to, while a reader looks on.

    Some sources are published already, the others are added. Every other corpus is in Ceph; there publisher and
    gateway are killed in turn, and the gateway comes back.
    """

    def __init__(self, on: Ground, stack: ExitStack, kills: int) -> None:
        super().__init__(on, stack, kills)
        self._ceph = _Ceph(on, stack)
        self._attempts = 0

    def variables(self) -> Mapping[str, str]:
        self._attempts += 1
        return self._ceph.variables() if self._attempts % 2 else {}

    def corpus(self, attempt: Attempt) -> Corpus:
        return open_corpus(self._store(attempt))

    def disturb(self, attempt: Attempt) -> None:
        attempt.must("collect", "--no-prefect", *_SOURCES[:2])
        with _reading(attempt, self._store(attempt)):
            command: tuple[str, ...] = ("collect", "--no-prefect", *_SOURCES[2:])
            for number in range(attempt.wanted):
                with started(attempt.folder, *command, variables=attempt.variables) as running:
                    wait_until(lambda r=running: r.poll() is not None or _newest_state(attempt.folder) == "staged")  # type: ignore[misc]
                    time.sleep(attempt.ground.dice.uniform(0.0, 2.5))  # the random instant of the kill
                    if attempt.variables and number % 2:
                        if running.poll() is None:
                            self._ceph.away(attempt.ground.dice.uniform(0.0, 3.0))
                            attempt.note("publish, the server")
                    elif running.poll() is None and kill(running.pid):
                        attempt.note("publish")
                    running.wait()
                command = ("publish",)

    def _store(self, attempt: Attempt) -> ObjectStore:
        return self._ceph.store(attempt) if attempt.variables else FolderStore(attempt.folder / "data")


@contextmanager
def _reading(attempt: Attempt, store: ObjectStore) -> Iterator[None]:
    """Read the corpus again and again; documents and members of stories have to be of one version."""
    stop, seen = threading.Event(), [0]

    def read() -> None:
        while not stop.is_set():
            try:
                corpus = open_corpus(store)
                documents = sorted(corpus.documents()["id"].to_pylist())
                members = sorted(copy["id"] for copies in corpus.stories()["copies"].to_pylist() for copy in copies)
            except (ConfigError, StoreError):  # there is none yet, or the server is away
                continue
            seen[0] += documents != members

    reader = threading.Thread(target=read)
    reader.start()
    try:
        yield
    finally:
        stop.set()
        reader.join()
        attempt.count.half_seen += seen[0]


class _Server(Family):
    """Kill the Prefect server while flows run; `copydesk up` starts it again."""

    def disturb(self, attempt: Attempt) -> None:
        with up(attempt.folder) as running:
            for number in range(attempt.wanted):
                with started(attempt.folder, "collect", _SOURCES[number % len(_SOURCES)]) as flow:
                    _kill_during_a_flow(attempt, running, flow, "flows.server")
                    flow.wait()


class _Runner(Family):
    """Kill the runner while flows run; `copydesk up` is started again by hand."""

    def disturb(self, attempt: Attempt) -> None:
        for number in range(attempt.wanted):
            source = _SOURCES[number % len(_SOURCES)]
            with up(attempt.folder) as running, started(attempt.folder, "collect", source) as flow:
                if _kill_during_a_flow(attempt, running, flow, "flows.serve "):
                    running.process.wait()


class _Flow(Family):
    """Kill the process of a flow run, or the runner with it; then the run has to be told as crashed in two minutes."""

    def disturb(self, attempt: Attempt) -> None:
        attempt.count.more.setdefault("late", 0)
        running, killed = None, dict[str, float]()
        with ExitStack() as stack:
            for number in range(attempt.wanted):
                if running is None or running.process.poll() is not None:
                    running = stack.enter_context(up(attempt.folder))
                    _judge(attempt, running, killed)
                run_id = _submitted(running, _SOURCES[number % len(_SOURCES)])
                if not _kill_engine(attempt, running, run_id):
                    continue
                killed[run_id] = time.monotonic()
                if number % 2:
                    kill(next(pid for pid, line in children(running.process.pid) if "flows.serve " in f"{line} "))
                    running.process.wait()
                else:
                    _judge(attempt, running, killed)
            if killed:
                _judge(attempt, stack.enter_context(up(attempt.folder)), killed)


def _submitted(running: Up, source: str) -> str:
    deployment = running.deployment("collect")["id"]
    run = running.ask(f"/deployments/{deployment}/create_flow_run", {"parameters": {"sources": [source]}})
    return str(run["id"])


def _kill_engine(attempt: Attempt, running: Up, run_id: str) -> bool:
    """Kill the process of a flow run at a random instant; whether it was alive."""
    variable = f"PREFECT__FLOW_RUN_ID={run_id}"
    wait_until(lambda: processes(variable, where="environ"), seconds=240)
    time.sleep(attempt.ground.dice.uniform(0.0, 10.0))  # the random instant of the kill
    under_way = children(running.process.pid)
    mine = set(processes(variable, where="environ"))
    engines = [pid for pid, line in under_way if pid in mine and "prefect" in line]
    phase = _phase(attempt.folder, [one for one in under_way if one[0] in mine])
    if not engines or not kill(engines[0]):
        return False
    attempt.note(phase)
    return True


def _judge(attempt: Attempt, running: Up, killed: dict[str, float]) -> None:
    """Count the runs that were not told as crashed two minutes after they were killed; Completed before is no crash."""
    for run_id, at in killed.items():
        state = running.ended(run_id)["state_type"]
        attempt.count.more["late"] += state == "CRASHED" and time.monotonic() - at > _CRASHED_S
        attempt.count.differing += state not in ("CRASHED", "COMPLETED")
    killed.clear()


def _kill_during_a_flow(attempt: Attempt, running: Up, flow: subprocess.Popen[bytes], words: str) -> bool:
    """Kill the child of `copydesk up` with these words at a random instant of a flow run; whether that was done."""
    processes: list[tuple[int, str]] = []

    def runs() -> bool:
        processes[:] = children(running.process.pid)
        return flow.poll() is not None or any("prefect.engine" in line for _, line in processes)

    wait_until(runs, seconds=120)
    time.sleep(attempt.ground.dice.uniform(0.0, 8.0))  # the random instant of the kill
    if flow.poll() is not None or not runs() or flow.poll() is not None:
        return False
    phase = _phase(attempt.folder, processes)
    victims = [pid for pid, line in processes if words in f"{line} "]
    if not victims or not kill(victims[0]):
        return False
    attempt.note(phase)
    return True


class _Ceph:
    """Ceph's gateway, for attempts that each have a bucket of their own."""

    def __init__(self, on: Ground, stack: ExitStack) -> None:
        self._server: S3Server = stack.enter_context(ceph_server(Path(mkdtemp(prefix="ceph-", dir=on.folder))))

    def variables(self) -> Mapping[str, str]:
        """Settings of an attempt, with a new bucket."""
        fast = {"COPYDESK_S3__TIMEOUT_S": "5", "COPYDESK_S3__RETRIES": "3"}
        return self._server.environment | fast | {"COPYDESK_STORE": f"s3://{self._server.bucket()}/corpus"}

    def store(self, attempt: Attempt) -> ObjectStore:
        """The attempt's store."""
        return self._server.store(attempt.variables["COPYDESK_STORE"])

    def away(self, seconds: float) -> None:
        """Kill the gateway, and start it again after some seconds."""
        self._server.kill()
        time.sleep(seconds)
        self._server.restart()


class _S3(Family):
    """Kill Ceph's gateway under a collect into it, and start it again."""

    def __init__(self, on: Ground, stack: ExitStack, kills: int) -> None:
        super().__init__(on, stack, kills)
        self._ceph = _Ceph(on, stack)

    def variables(self) -> Mapping[str, str]:
        return self._ceph.variables()

    def corpus(self, attempt: Attempt) -> Corpus:
        return open_corpus(self._ceph.store(attempt))

    def disturb(self, attempt: Attempt) -> None:
        for _ in range(attempt.wanted):
            with started(attempt.folder, "collect", "--no-prefect", variables=attempt.variables) as running:
                time.sleep(attempt.ground.dice.uniform(0.2, 1.1) * attempt.ground.seconds)  # the random instant
                phase = _phase(attempt.folder, children(running.pid))
                if running.poll() is None and phase != "start":
                    self._ceph.away(attempt.ground.dice.uniform(0.0, 3.0))
                    attempt.note(phase)
                running.wait()


class _Dedup(Family):
    """Kill publishers while they write the candidate index, and re-deduplications between any two of their steps."""

    def __init__(self, on: Ground, stack: ExitStack, kills: int) -> None:
        super().__init__(on, stack, kills)
        quiet = on.folder / "dedup-quiet"
        shutil.copytree(on.folder / "quiet", quiet)
        done = copydesk(quiet, "rededup", "--publish", "--workers", "1", timeout=1_200)
        assert done.returncode == 0, done.stderr
        self.ground = replace(on, quiet=open_corpus(FolderStore(quiet / "data")))

    def disturb(self, attempt: Attempt) -> None:
        attempt.must("collect", "--no-prefect", _SOURCES[0])
        for number in range(attempt.wanted):
            if number % 2:
                self._while_indexing(attempt, _SOURCES[1 + number // 2 % (len(_SOURCES) - 1)])
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


FAMILIES: dict[str, Callable[[Ground, ExitStack, int], Family]] = {
    "crawl": _Crawl,
    "extract": _Extract,
    "collect": _Collect,
    "publish": _Publish,
    "dedup": _Dedup,
    "server": _Server,
    "runner": _Runner,
    "flow": _Flow,
    "s3": _S3,
}
