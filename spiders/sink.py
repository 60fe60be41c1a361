"""Where answers go: into the spool, synced, then into the frontier, in small batches."""

from __future__ import annotations

import time
from collections import Counter

from pipeline.archive.spool import Exchange, Spool
from pipeline.store.frontier import Frontier, Settled

__all__ = ["Sink"]

_BATCH = 32
_BATCH_S = 0.5


class Sink:
    """Keeps the order that makes a crash harmless: record written, file synced, then the state changes."""

    def __init__(self, spool: Spool, frontier: Frontier) -> None:
        self._spool = spool
        self._frontier = frontier
        self._batch: list[Settled] = []
        self._since = time.monotonic()
        self.outcomes: Counter[str] = Counter()

    def archive(self, exchange: Exchange) -> tuple[str, int]:
        """Write an exchange; its place goes into the `Settled` that must follow."""
        return self._spool.write(exchange)

    def settle(self, *settled: Settled, now: bool = False) -> None:
        """Take the end of requests; `now` writes the batch at once."""
        self._batch.extend(settled)
        if now or len(self._batch) >= _BATCH or time.monotonic() - self._since > _BATCH_S:
            self.flush()

    def flush(self) -> None:
        """Make everything taken so far durable."""
        if self._batch:
            self._spool.sync()
            self._frontier.settle(self._batch)
            self._batch = []
        self._since = time.monotonic()
