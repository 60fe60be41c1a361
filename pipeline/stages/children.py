"""The processes that crawl: waited for, told to close, and kept side by side."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import TypeVar

__all__ = ["side_by_side", "stop_crawls", "wait_for_crawl"]

_LOG = logging.getLogger(__name__)
_GRACE_S = 25.0
_CHILDREN: set[subprocess.Popen[bytes]] = set()
_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def side_by_side(
    work: Callable[[_Item, threading.Event], _Result], items: Iterable[_Item], threads: int
) -> list[_Result]:
    """Do work that crawls for each item, so many at a time; gives what each gave, in their order.

    When the caller is interrupted, at any moment, items that wait are left out and crawls under way close first.

    Args:
        work: gets an item, and an event that is set at an interruption: it begins no further crawl then.
        items: what the work is done for.
        threads: how many at a time.
    """
    stop = threading.Event()
    with ThreadPoolExecutor(threads, thread_name_prefix="crawl") as pool:
        parts: list[Future[_Result]] = []
        try:
            parts.extend(pool.submit(work, item, stop) for item in items)  # keeps those before an interruption
            return [part.result() for part in parts]
        except BaseException:
            stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
            while under_way := [part for part in parts if not part.done()]:
                stop_crawls()  # again and again: a thread may have been about to start its crawl
                wait(under_way, 0.5)
            raise


def wait_for_crawl(child: subprocess.Popen[bytes]) -> None:
    """Wait for a crawl's process; when this thread is told to stop, let it close cleanly first."""
    _CHILDREN.add(child)
    try:
        child.wait()
    except BaseException:
        stop_crawls()
        child.wait()
        raise
    finally:
        _CHILDREN.discard(child)


def stop_crawls() -> None:
    """Tell each crawl of this process once to close, from any thread; one that does not within the grace is killed."""
    for child in list(_CHILDREN):
        _CHILDREN.discard(child)
        _LOG.info("stopping the crawl, process %s", child.pid)
        child.send_signal(signal.SIGTERM)
        timer = threading.Timer(_GRACE_S, _kill, [child])
        timer.daemon = True
        timer.start()


def _kill(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is None:
        os.killpg(child.pid, signal.SIGKILL)
