"""Steps of a whole-corpus job that end the worker process that they are in."""

from __future__ import annotations

import os
import signal

from pipeline.dedup.work import Work

__all__ = ["dies_once", "ends", "ends_always"]


def _die(*, for_good: bool = False) -> None:
    """Kill the worker process that this is in; for good: what would start it again ends too."""
    from distributed import get_worker
    from distributed.utils import sync

    worker = get_worker()
    if for_good:
        sync(worker.loop, worker.rpc(str(worker.nanny)).close_gracefully, reason="a test")
    os.kill(os.getpid(), signal.SIGKILL)


def dies_once(work: Work, shard: int) -> None:
    """A step whose process is killed in the middle of the third shard, the first time."""
    if shard == 3 and not work.store.exists("died"):
        work.store.put("died", b"")
        _die()
    work.store.put(work.key("done", shard), b"")


def ends(work: Work, shard: int) -> None:
    """A step whose process ends for good, the first two times."""
    if len(list(work.store.keys("ended-"))) < 2:
        work.store.put(f"ended-{os.getpid()}", b"")
        _die(for_good=True)
    work.store.put(work.key("done", shard), b"")


def ends_always(_work: Work, _shard: int) -> None:
    _die(for_good=True)
