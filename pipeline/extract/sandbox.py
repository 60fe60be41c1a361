"""Extraction in recycled worker processes with a time and a memory limit a page."""

from __future__ import annotations

import gc
import multiprocessing
import resource
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass
from typing import TypeAlias

from pebble import ProcessExpired, ProcessFuture, ProcessPool

from pipeline.errors import ExtractError
from pipeline.extract.documents import Extraction, extract_page, pseudonymous, storable
from pipeline.extract.language import detect_language
from pipeline.extract.page import Page, SourceFacts

__all__ = ["PageJob", "extract_all"]

_PAGES_A_WORKER = 500
_AHEAD = 8
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
    # Forking this process could deadlock the child, since it runs threads (table writer, Prefect); a server that
    # has loaded the libraries and runs none forks new workers quickly.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    with ProcessPool(
        max_workers=workers, max_tasks=_PAGES_A_WORKER, initializer=_prepare, initargs=(memory_mb,), context=context
    ) as pool:
        waiting: deque[tuple[PageJob, _Future]] = deque()
        try:
            for job in jobs:
                waiting.append((job, pool.schedule(_run, args=(job,), timeout=timeout_s)))
                if len(waiting) > workers * _AHEAD:
                    yield _result(pool, *waiting.popleft(), timeout_s)
            while waiting:
                yield _result(pool, *waiting.popleft(), timeout_s)
        except BaseException:
            pool.stop()  # nobody wants what is under way
            raise


def _run(job: PageJob) -> Extraction:
    try:
        found = extract_page(job.page, job.facts, url=job.url, run_id=job.run_id)
        salt = job.facts.pseudonym_salt
        named = found.documents if salt is None else tuple(pseudonymous(one, salt) for one in found.documents)
        return Extraction(found.reason, tuple(storable(document) for document in named))
    except ExtractError:
        raise
    except MemoryError:
        raise ExtractError("memory", "the page needs more memory than a worker may have") from None
    except RecursionError:
        raise ExtractError("too_deep", "elements nested too deeply") from None
    except Exception as error:  # noqa: BLE001 (a page must never stop the stage; the outcome carries the cause)
        raise ExtractError("error", f"{type(error).__name__}: {error}"[:200]) from None


def _prepare(memory_mb: int) -> None:
    detect_language(__doc__ or "")  # its model is loaded before the first page, so that its time is not the page's
    gc.collect()
    gc.freeze()  # what is loaded stays, so it need not be looked through again and again
    resource.setrlimit(resource.RLIMIT_AS, (memory_mb * 2**20 + _address_space(), resource.RLIM_INFINITY))


def _address_space() -> int:
    """Bytes of address space that the process has mapped already: libraries, mostly."""
    with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123
        return int(file.read().split()[0]) * resource.getpagesize()


def _result(
    pool: ProcessPool, job: PageJob, future: _Future, timeout_s: float, *, again: bool = True
) -> tuple[PageJob, Extraction | ExtractError]:
    try:
        return job, future.result()
    except ExtractError as error:
        return job, error
    except FutureTimeoutError:
        return job, ExtractError("timeout", "the page took too long")
    except ProcessExpired as error:
        if again:  # somebody else may have killed the worker; a page that does it twice is the cause
            return _result(pool, job, pool.schedule(_run, args=(job,), timeout=timeout_s), timeout_s, again=False)
        return job, ExtractError("crashed", f"the worker process ended with code {error.exitcode}")
