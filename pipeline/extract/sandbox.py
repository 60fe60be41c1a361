"""Extraction in recycled worker processes with a time and a memory limit a page."""

from __future__ import annotations

import gc
import multiprocessing
import os
import resource
import tempfile
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import CancelledError
from concurrent.futures import TimeoutError as FutureTimeoutError
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from multiprocessing import forkserver
from typing import Self, TypeAlias

from pebble import ProcessExpired, ProcessFuture, ProcessPool

from pipeline.errors import ExtractError
from pipeline.extract.page import Extraction, Page, SourceFacts

__all__ = ["PageJob", "extract_all"]

_PAGES_A_WORKER = 500
_AHEAD = 8
_TRIES = 3
_LOOK_S = 1.0
_LONGEST_TEMP = 64
"""Bytes of the path of the folder for temporary files in which a socket can be, whose own path has 108 at most."""
_READERS = "pipeline.extract.documents"
"""What reads pages: for workers alone, since it takes long to load."""
_Future: TypeAlias = "ProcessFuture[Extraction]"


@dataclass(frozen=True, slots=True)
class PageJob:
    """One page to extract; `key` is the caller's and comes back with the result."""

    key: int
    page: Page
    facts: SourceFacts
    url: str
    run_id: str


def extract_all(
    jobs: Iterable[PageJob], *, workers: int, timeout_s: float, memory_mb: int
) -> Iterator[tuple[PageJob, Extraction | ExtractError]]:
    """Extract pages in order; each gives an Extraction or the ExtractError that is its outcome.

    A page that hangs, eats its memory or kills its worker costs that worker and one outcome.

    Args:
        jobs: read as they are needed, a few pages ahead for each worker.
        workers: processes, each replaced after some hundred pages, so that none grows for ever.
        timeout_s: wall time of one page.
        memory_mb: what one worker may need beyond its libraries, MiB.
    """
    with _Workers(workers, timeout_s, memory_mb) as pool:
        for job in jobs:
            pool.add(job)
            if pool.waiting > workers * _AHEAD:
                yield pool.next()
        while pool.waiting:
            yield pool.next()


def _start_server() -> None:
    """Start what forks workers, once a process; its socket is a temporary file, and a socket's path must be short."""
    usual = tempfile.gettempdir()
    if len(os.fsencode(usual)) > _LONGEST_TEMP:
        tempfile.tempdir = "/tmp"  # noqa: S108 (a folder of a random name is made there, for this user alone)
    try:
        forkserver.ensure_running()
    finally:
        tempfile.tempdir = usual


@dataclass(slots=True)
class _Task:
    job: PageJob
    future: _Future
    crashes: int = 0


class _Workers:
    """The processes and the pages that wait for them, in order. A pool that breaks is replaced by another."""

    def __init__(self, workers: int, timeout_s: float, memory_mb: int) -> None:
        self._workers, self._timeout_s, self._memory_mb = workers, timeout_s, memory_mb
        self._tasks: deque[_Task] = deque()
        self._pool = self._new_pool()

    def _new_pool(self) -> ProcessPool:
        # Forking this process could deadlock the child, since it runs threads (table writer, Prefect); a server that
        # has loaded the libraries and runs none forks new workers quickly.
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload([__name__, _READERS])
        _start_server()
        return ProcessPool(
            max_workers=self._workers, max_tasks=_PAGES_A_WORKER, initializer=_prepare, initargs=(self._memory_mb,),
            context=context,
        )  # fmt: skip

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()  # what is under way after an error, nobody wants

    def _stop(self) -> None:
        self._pool.stop()  # type: ignore[no-untyped-call]
        self._pool.join()

    @property
    def waiting(self) -> int:
        """Pages whose results were not given yet."""
        return len(self._tasks)

    def add(self, job: PageJob) -> None:
        """Give a page to the next worker that is free."""
        self._tasks.append(_Task(job, self._schedule(job)))

    def next(self) -> tuple[PageJob, Extraction | ExtractError]:
        """The result of the page that waits longest."""
        task = self._tasks[0]
        result = None
        while result is None:
            result = self._look(task)
        self._tasks.popleft()
        return task.job, result

    def _look(self, task: _Task) -> Extraction | ExtractError | None:
        """The page's result; None when it is to be looked for again."""
        try:
            return task.future.result(timeout=_LOOK_S)
        except ExtractError as error:
            return error
        except FutureTimeoutError:
            if task.future.done():
                over = isinstance(task.future.exception(), FutureTimeoutError)
                return ExtractError("timeout", "the page took too long") if over else None
            if not self._pool.active:
                return self._broken(task)
        except ProcessExpired as error:
            # Somebody else may have killed the worker; a page that does it again and again is the cause.
            task.crashes += 1
            if task.crashes == _TRIES:
                return ExtractError("crashed", f"the worker process ended with code {error.exitcode}")
            task.future = self._schedule(task.job)
        except BrokenProcessPool:
            return self._broken(task)
        return None

    def _broken(self, task: _Task) -> ExtractError | None:
        """A worker that was killed in the wrong instant leaves a pool without use: all pages go to another."""
        task.crashes += 1
        self._replace()
        return ExtractError("crashed", "the worker processes ended") if task.crashes == _TRIES else None

    def _schedule(self, job: PageJob) -> _Future:
        try:
            return self._pool.schedule(_run, args=(job,), timeout=self._timeout_s)
        except RuntimeError:
            self._replace()
            return self._pool.schedule(_run, args=(job,), timeout=self._timeout_s)

    def _replace(self) -> None:
        self._stop()
        self._pool = self._new_pool()
        for task in self._tasks:
            if not task.future.done() or isinstance(task.future.exception(), (BrokenProcessPool, CancelledError)):
                task.future = self._pool.schedule(_run, args=(task.job,), timeout=self._timeout_s)


def _run(job: PageJob) -> Extraction:
    from pipeline.extract.documents import extract_page, pseudonymous, storable

    try:
        found = extract_page(job.page, job.facts, url=job.url, run_id=job.run_id)
        salt = job.facts.pseudonym_salt
        named = found.documents if salt is None else tuple(pseudonymous(one, salt) for one in found.documents)
        return replace(found, documents=tuple(storable(document) for document in named))
    except ExtractError:
        raise
    except MemoryError:
        raise ExtractError("memory", "the page needs more memory than a worker may have") from None
    except RecursionError:
        raise ExtractError("too_deep", "elements nested too deeply") from None
    except Exception as error:  # noqa: BLE001 (a page must never stop the stage; the outcome carries the cause)
        raise ExtractError("error", f"{type(error).__name__}: {error}"[:200]) from None


def _prepare(memory_mb: int) -> None:
    from pipeline.extract.language import detect_language

    detect_language(__doc__ or "")  # its model is loaded before the first page, so that its time is not the page's
    gc.collect()
    gc.freeze()  # what is loaded stays, so it need not be looked through again and again
    resource.setrlimit(resource.RLIMIT_AS, (memory_mb * 2**20 + _address_space(), resource.RLIM_INFINITY))


def _address_space() -> int:
    """Bytes of address space that the process has mapped already: libraries, mostly."""
    with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123
        return int(file.read().split()[0]) * resource.getpagesize()
