"""The processes that crawl: waited for, told to close, and kept side by side."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from types import TracebackType
from typing import TypeVar

from pipeline.errors import CopydeskError

__all__ = ["Gate", "open_gate", "side_by_side", "stop_crawls", "wait_for_crawl"]

_LOG = logging.getLogger(__name__)
_GRACE_S = 25.0
_LOOK_S = 0.5
_CHILDREN: set[subprocess.Popen[bytes]] = set()
_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


class Gate:
    """Lets so many threads crawl at once, and nobody any more once it is shut.

    `with gate:` raises CopydeskError where it is shut.

    Attributes:
        stopped: is set when it is shut; who is inside begins nothing further then.
    """

    def __init__(self, count: int) -> None:
        self.stopped = threading.Event()
        self._free = threading.BoundedSemaphore(count)
        self._left = threading.Condition()
        self._inside = 0

    def __enter__(self) -> None:
        self._free.acquire()
        with self._left:
            if not self.stopped.is_set():
                self._inside += 1
                return
        self._free.release()
        raise CopydeskError("it was stopped before it began")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._left:
            self._inside -= 1
            self._left.notify_all()
        self._free.release()

    def shut(self) -> None:
        """Let nobody in, tell the crawls of this process to close, and wait until all who are inside have left."""
        with self._left:
            self.stopped.set()
            while self._inside:
                stop_crawls()  # again and again: a thread may have been about to start its crawl
                self._left.wait(_LOOK_S)


@contextmanager
def open_gate(count: int) -> Iterator[Gate]:
    """A gate for so many threads; when the block is broken off, it is shut before anything else happens."""
    gate = Gate(count)
    try:
        yield gate
    except BaseException:
        gate.shut()
        raise


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
    with ThreadPoolExecutor(threads, thread_name_prefix="crawl") as pool, open_gate(threads) as gate:

        def within(item: _Item) -> _Result:
            with gate:
                return work(item, gate.stopped)

        parts = [pool.submit(within, item) for item in items]
        return [part.result() for part in parts]


def wait_for_crawl(child: subprocess.Popen[bytes], timeout_s: float | None = None) -> bool:
    """Wait for a crawl's process; when this thread is told to stop, let it close cleanly first.

    Returns:
        Whether it ended by itself: `stop_crawls` did not tell it to.

    Raises:
        subprocess.TimeoutExpired: it has not ended in time.
    """
    _CHILDREN.add(child)
    try:
        child.wait(timeout_s)
    except subprocess.TimeoutExpired:
        raise
    except BaseException:
        stop_crawls()
        child.wait()
        raise
    else:
        return child in _CHILDREN
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
