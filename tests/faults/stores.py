"""Kills of publishers, and of the store that is written to."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import mkdtemp

from pipeline.corpus.reader import Corpus, open_corpus
from pipeline.errors import ConfigError, StoreError
from pipeline.store.objects import FolderStore, ObjectStore
from tests.faults.attempts import SOURCES, Attempt, Family, Ground, newest_state, phase_of
from tests.support.commands import started
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
        attempt.must("collect", "--no-prefect", *SOURCES[:2])
        with _reading(attempt, self._store(attempt)):
            command: tuple[str, ...] = ("collect", "--no-prefect", *SOURCES[2:])
            for number in range(attempt.wanted):
                with started(attempt.folder, *command, variables=attempt.variables) as running:
                    wait_until(lambda r=running: r.poll() is not None or newest_state(attempt.folder) == "staged")  # type: ignore[misc]
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
