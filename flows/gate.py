"""How many tasks of a flow work at once: the pool of threads is made before the settings are known, the gate after."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from prefect.task_runners import ThreadPoolTaskRunner

from pipeline.settings import Settings
from pipeline.stages.children import Gate, open_gate

__all__ = ["GATES", "RUNNER", "gated"]

RUNNER: ThreadPoolTaskRunner[Any] = ThreadPoolTaskRunner(max_workers=32)
GATES: dict[str, Gate] = {}
"""By the id of a run or a backfill."""


@contextmanager
def gated(name: str, settings: Settings) -> Iterator[None]:
    """Let as many tasks of a run through as sources may be crawled side by side, while the block lasts.

    When that is broken off, no further task begins, and those under way close first: the block holds the run's lease.
    """
    with open_gate(settings.crawl.parallel_sources) as GATES[name]:
        yield
