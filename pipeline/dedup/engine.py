"""Where the steps of a whole-corpus job run: in local processes or on a cluster, both by Dask."""

from __future__ import annotations

import importlib
import logging
import os
import pickle
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib.metadata import version
from itertools import islice
from queue import Empty, SimpleQueue
from typing import Any

from pipeline.dedup.whole import Run, Step, one_by_one
from pipeline.dedup.work import Work
from pipeline.errors import ConfigError, CopydeskError, StoreError

__all__ = ["workers"]

_log = logging.getLogger(__name__)
_PATIENCE_S = 300.0
_DEATHS = 10
"""Workers that one shard may take with it before the job ends; a worker may also die for another's reason."""
_STARTS = 3
"""How often a job starts its local processes."""
_AHEAD = 64
"""Shards that wait at the cluster, so that a job of many does not hold it for itself."""
_LOOK_S = 1.0
_ANSWER_S = 30.0
_START_S = 600.0
_ENDED = frozenset({"closing", "closing_gracefully", "closed", "failed"})
_LATER = "what is done stays done"


@contextmanager
def workers(cluster: str, count: int, *, patience_s: float = _PATIENCE_S) -> Iterator[Run]:
    """Something that runs steps, while the context lasts.

    A worker that dies costs the shard that it had; another one makes that anew. Nothing waits for workers that are not
    there for longer than it has patience: local ones are started again some times, then the job ends with an error.

    Args:
        cluster: address of a Dask scheduler, whose workers reach the store and have Copydesk installed; empty for local
            processes.
        count: local processes; with one the steps run in this process.
        patience_s: seconds that there may be no worker.

    Raises:
        ConfigError: no scheduler answers at the address.
        CopydeskError: the local processes did not start.
    """
    if not cluster and count == 1:
        yield one_by_one
        return
    with _settled():
        crew = _Crew(cluster, count, patience_s)
        try:
            crew.start()
            yield crew.run
        finally:
            crew.close()


@contextmanager
def _settled() -> Iterator[None]:
    """Dask without what it writes to the terminal, and without the variables that it leaves to later processes."""
    import dask

    known = dict(os.environ)
    # What it logs is settled while it is loaded, and handed to its workers.
    dask.config.set({"distributed.logging": {"distributed": "critical", "distributed.client": "critical"}})
    importlib.import_module("distributed")
    try:
        with dask.config.set({"distributed.scheduler.allowed-failures": _DEATHS}):
            yield
    finally:
        for name in os.environ.keys() - known.keys():
            del os.environ[name]
        os.environ.update(known)


class _GoneError(Exception):
    """Nobody is left who would do what was submitted."""


class _Crew:
    """The workers of a scheduler: of an own one with processes of this machine, or of one that has an address."""

    def __init__(self, cluster: str, count: int, patience_s: float) -> None:
        self._cluster = cluster
        self._count = count
        self._patience_s = patience_s
        self._starts = 0
        self._local: Any = None
        self._client: Any = None

    def start(self) -> None:
        from distributed import Client, LocalCluster

        self._starts += 1
        try:
            # No page, no port beyond loopback; and who else is on this machine cannot have our workers run things.
            self._local = None if self._cluster else LocalCluster(
                n_workers=self._count, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1",
                memory_limit=0, protocol="tls://", security=True, silence_logs=logging.CRITICAL, death_timeout=_START_S,
            )  # fmt: skip
            timeout_s = min(_ANSWER_S, self._patience_s)
            self._client = Client(self._local or self._cluster, timeout=timeout_s, set_as_default=False)
        except (RuntimeError, OSError, ValueError) as error:
            if not self._cluster:
                raise CopydeskError(f"the worker processes did not start ({error}); run again: {_LATER}") from error
            raise ConfigError(
                f"no Dask scheduler answers at {self._cluster} ({error}); start one, or empty rededup.cluster to work "
                "here"
            ) from error

    def close(self) -> None:
        """End what was started, also when it no longer answers; processes that are left end with this one."""
        for one in (self._client, self._local):
            if one is not None:
                with suppress(TimeoutError, OSError, RuntimeError):
                    one.close(timeout=_ANSWER_S)
        self._client = self._local = None

    def run(self, step: Step, work: Work, shards: list[int]) -> Iterator[int]:
        """Run a step on shards; gives those that are done."""
        missing = dict.fromkeys(shards)
        while missing:
            try:
                for shard in self._try(step, work, list(missing)):
                    del missing[shard]
                    yield shard
            except _GoneError as gone:
                self._renew(gone)

    def _try(self, step: Step, work: Work, shards: list[int]) -> Iterator[int]:
        """Run a step on shards, some ahead of those that are awaited."""
        waiting, running, ended = iter(shards), dict[str, tuple[int, Any]](), SimpleQueue[Any]()
        while True:
            for shard in islice(waiting, _AHEAD - len(running)):
                future = self._submit(step, work, shard)
                running[future.key] = shard, future
                future.add_done_callback(ended.put)
            if not running:
                return
            future = self._next(ended)
            _check(future)
            yield running.pop(future.key)[0]

    def _submit(self, step: Step, work: Work, shard: int) -> Any:
        from distributed.client import ClosedClientError

        asked = pickle.dumps((step, work, shard))
        try:
            return self._client.submit(_doing(), asked, version("copydesk"), pure=False)
        except ClosedClientError as error:
            raise _GoneError(f"the connection to their scheduler was lost ({error})") from error

    def _next(self, ended: SimpleQueue[Any]) -> Any:
        """What ends next."""
        seen = time.monotonic()
        while True:
            with suppress(Empty):
                return ended.get(timeout=_LOOK_S)
            if self._living():
                seen = time.monotonic()
            elif self._ended():
                raise _GoneError("all of them ended")
            elif time.monotonic() - seen > self._patience_s:
                raise _GoneError(f"for {self._patience_s:.0f} s there was none")

    def _living(self) -> int:
        """How many workers the scheduler knows; none when it does not answer."""
        timeout_s = min(_ANSWER_S, self._patience_s)
        if self._client.status not in ("running", "connecting"):
            return 0
        try:
            return len(self._client.sync(self._client.scheduler.identity, callback_timeout=timeout_s)["workers"])
        except (TimeoutError, OSError, RuntimeError):  # the last, when its loop was closed meanwhile
            return 0

    def _ended(self) -> bool:
        """Whether nobody is left who would start a local worker again."""
        return self._local is not None and all(one.status.name in _ENDED for one in self._local.workers.values())

    def _renew(self, gone: _GoneError) -> None:
        if self._cluster:
            raise StoreError(
                f"the cluster at {self._cluster} has no workers ({gone}); start some, see the logs of those that there "
                f"were, then run again: {_LATER}"
            ) from gone
        if self._starts == _STARTS:
            raise StoreError(
                f"the worker processes were started {_STARTS} times and are gone ({gone}); see the system's log for "
                f"why (memory, mostly), then run again with fewer workers: {_LATER}"
            ) from gone
        _log.warning("the worker processes are gone (%s); they are started again", gone)
        self.close()
        self.start()


def _doing() -> Callable[[bytes, str], None]:
    """What does a step. It is of no module, so that a worker without this release says so.

    One that cannot load the module of what it is given ends, and so does what would start it again.
    """

    def do(asked: bytes, release: str) -> None:
        import pickle
        from importlib.metadata import version

        if (found := version("copydesk")) != release:
            raise ImportError(f"it has Copydesk {found}, this is {release}")
        try:
            step, work, shard = pickle.loads(asked)  # noqa: S301 (of this job itself)
        except (AttributeError, ImportError) as error:
            raise ImportError(str(error)) from error
        step(work, shard)

    return do


def _check(future: Any) -> None:
    """Raise what kept a step from ending well."""
    from distributed.scheduler import KilledWorker, NoWorkerError

    if future.status in ("cancelled", "lost"):
        raise _GoneError("the connection to their scheduler was lost")
    error = future.exception(timeout=_ANSWER_S) if future.status == "error" else None
    if isinstance(error, NoWorkerError):
        raise _GoneError(str(error)) from error
    if isinstance(error, KilledWorker):
        raise StoreError(
            f"worker processes died at one and the same shard ({error}); see the system's log for why (memory, "
            f"mostly), then run again with fewer workers: {_LATER}"
        ) from error
    if isinstance(error, ImportError):
        raise ConfigError(
            f"a worker cannot load what it is to do ({error}); install Copydesk {version('copydesk')} there, then run "
            f"again: {_LATER}"
        ) from error
    if error is not None:
        raise error
