"""Where the steps of a whole-corpus job run: in local processes or on a cluster, both by Dask."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pipeline.dedup.whole import Run, Step, one_by_one
from pipeline.dedup.work import Work
from pipeline.errors import ConfigError, CopydeskError, StoreError

__all__ = ["workers"]

_DEATHS = 10
"""Workers that one shard may take with it before the job ends; a worker may also die for another's reason."""
_AHEAD = 64
"""Shards that wait at the cluster, so that a job of many does not hold it for itself."""


@contextmanager
def workers(cluster: str, count: int) -> Iterator[Run]:
    """Something that runs steps, while the context lasts.

    A worker that dies costs the shard that it had; another one makes that anew.

    Args:
        cluster: address of a Dask scheduler, whose workers reach the store and have Copydesk installed; empty for local
            processes.
        count: local processes; with one the steps run in this process.

    Raises:
        ConfigError: no scheduler answers at the address.
        CopydeskError: the local processes did not start.
    """
    if not cluster and count == 1:
        yield one_by_one
        return
    import dask
    from distributed import Client, LocalCluster

    # No page, no port beyond loopback; and who else is on this machine cannot have our workers run things.
    dask.config.set({"distributed.scheduler.allowed-failures": _DEATHS, "distributed.logging.distributed": "error"})
    try:
        local = None if cluster else LocalCluster(
            n_workers=count, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1",
            memory_limit=0, protocol="tls://", security=True, silence_logs=logging.ERROR,
        )  # fmt: skip
        client = Client(local or cluster, timeout=30, set_as_default=False)
    except RuntimeError as error:
        raise CopydeskError(
            f"the worker processes did not start ({error}); run again: what is done stays done"
        ) from error
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"no Dask scheduler answers at {cluster} ({error}); start one, or empty rededup.cluster to work here"
        ) from error
    try:
        yield lambda step, work, shards: _on(client, step, work, shards)
    finally:
        client.close()
        if local is not None:
            local.close()


def _on(client: Any, step: Step, work: Work, shards: list[int]) -> Iterator[int]:
    """Run a step on shards, some ahead of those that are awaited."""
    from distributed import as_completed
    from distributed.scheduler import KilledWorker

    waiting = iter(shards)
    first = [_submit(client, step, work, shard) for _, shard in zip(range(_AHEAD), waiting, strict=False)]
    running = as_completed(first, loop=client.loop)
    for future in running:
        try:
            yield int(future.result())
        except KilledWorker as error:
            raise StoreError(
                f"{_DEATHS} worker processes died one after the other ({error}); see the system's log for why (memory, "
                "mostly), then run again with fewer workers: what is done stays done"
            ) from error
        following = next(waiting, None)
        if following is not None:
            running.add(_submit(client, step, work, following))


def _submit(client: Any, step: Step, work: Work, shard: int) -> Any:
    return client.submit(_done, step, work, shard, pure=False)


def _done(step: Step, work: Work, shard: int) -> int:
    step(work, shard)
    return shard
