"""Kills of publishers, and of the store that is written to."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import mkdtemp

from pipeline.corpus.reader import Corpus, open_corpus
from pipeline.errors import ConfigError, StoreError
from pipeline.store.database import open_database
from pipeline.store.leases import hold
from pipeline.store.objects import FolderStore, ObjectStore
from tests.faults.attempts import SOURCES, Attempt, Family, Ground, fresh, newest_state, phase_of
from tests.support.commands import copydesk, started
from tests.support.processes import children, kill, wait_until
from tests.support.s3_servers import S3Server, ceph_server

__all__ = ["S3", "Publish"]


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


class Publish(Family):
    """Kill publishers, or the server that they write to, while a reader looks on.

    Each corpus is a copy of one in which some sources are published and the runs of the others wait, so that a kill
    costs a publish and no crawl. Every other corpus is in Ceph; there publisher and gateway are killed in turn, and
    the gateway comes back.
    """

    finish = ("publish",)

    def __init__(self, on: Ground, stack: ExitStack, kills: int) -> None:
        super().__init__(on, stack, kills)
        self._ceph = _Ceph(on, stack)
        self._attempts = 0
        self._waiting = _with_runs_that_wait(on)
        self._seconds: dict[bool, float] = {}

    def variables(self) -> Mapping[str, str]:
        self._attempts += 1
        return self._ceph.variables() if self._attempts % 2 else {}

    def corpus(self, attempt: Attempt) -> Corpus:
        return open_corpus(self._store(attempt))

    def disturb(self, attempt: Attempt) -> None:
        seconds = self._quiet_seconds(attempt)
        self._fill(attempt)
        with _reading(attempt, self._store(attempt)):
            for number in range(attempt.wanted):
                with _publishing(attempt) as running:
                    time.sleep(attempt.ground.dice.uniform(0.0, seconds))  # the random instant of the kill
                    if running.poll() is not None:
                        return  # all is published
                    if attempt.variables and number % 2:
                        self._ceph.away(attempt.ground.dice.uniform(0.0, 3.0))
                        attempt.note("publish, the server")
                    elif kill(running.pid):
                        attempt.note("publish")
                    running.wait()

    def _quiet_seconds(self, attempt: Attempt) -> float:
        """How long a publish of this kind takes that nobody disturbs, from when it holds the corpus; measured once."""
        in_ceph = bool(attempt.variables)
        if in_ceph not in self._seconds:
            quiet = replace(
                attempt, folder=fresh(attempt.ground.folder / "publish-quiet", attempt.ground.seeds),
                variables=self._ceph.variables() if in_ceph else {},
            )  # fmt: skip
            self._fill(quiet)
            with _publishing(quiet) as running:
                start = time.monotonic()
                assert running.wait() == 0
            self._seconds[in_ceph] = time.monotonic() - start
        return self._seconds[in_ceph]

    def _fill(self, attempt: Attempt) -> None:
        shutil.copytree(self._waiting, attempt.folder / "data")
        if attempt.variables:
            source, target = FolderStore(self._waiting), self._store(attempt)
            for prefix in ("artefacts/", "raw/", "reports/", "staged/", "tables/"):
                for key in source.keys(prefix):
                    target.put(key, source.get(key))

    def _store(self, attempt: Attempt) -> ObjectStore:
        return self._ceph.store(attempt) if attempt.variables else FolderStore(attempt.folder / "data")


def _with_runs_that_wait(on: Ground) -> Path:
    """The data of a corpus in which some sources are published and those of the others are staged."""
    folder = fresh(on.folder / "publish-waiting", on.seeds)
    done = copydesk(folder, "collect", "--no-prefect", *SOURCES[:2], timeout=1_200)
    assert done.returncode == 0, done.stderr
    with (
        open_database(f"sqlite:///{folder / 'data' / 'state.db'}") as database,
        hold(database, "corpus"),  # which keeps the next ones from being published
        started(folder, "collect", "--no-prefect", *SOURCES[2:]) as running,
    ):
        wait_until(lambda: newest_state(folder) == "staged", seconds=1_200)
        assert kill(running.pid)
    return folder / "data"


@contextmanager
def _publishing(attempt: Attempt) -> Iterator[subprocess.Popen[bytes]]:
    """A publisher that holds the corpus, or has ended."""
    with started(attempt.folder, "publish", variables=attempt.variables) as running:
        wait_until(lambda: running.poll() is not None or _holder(attempt.folder) == running.pid)
        yield running


def _holder(folder: Path) -> int | None:
    """The process that holds the corpus; None when none does."""
    with closing(sqlite3.connect(f"file:{folder / 'data' / 'state.db'}?mode=ro", uri=True, timeout=30)) as state:
        row = state.execute("SELECT owner FROM leases WHERE name = 'corpus'").fetchone()
    return None if row is None or row[0].endswith("(done)") else int(row[0].split("/")[1])


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


class S3(Family):
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
                phase = phase_of(attempt.folder, children(running.pid))
                if running.poll() is None and phase != "start":
                    self._ceph.away(attempt.ground.dice.uniform(0.0, 3.0))
                    attempt.note(phase)
                running.wait()
