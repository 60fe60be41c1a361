"""How many tasks of a flow work at once: the pool of threads is made before the settings are known, the gate after."""

from __future__ import annotations

from threading import BoundedSemaphore
from typing import Any

from prefect.task_runners import ThreadPoolTaskRunner

from pipeline.settings import Settings

__all__ = ["GATES", "RUNNER", "open_gate"]

RUNNER: ThreadPoolTaskRunner[Any] = ThreadPoolTaskRunner(max_workers=32)
GATES: dict[str, BoundedSemaphore] = {}
"""By the id of a run or a backfill."""


def open_gate(name: str, settings: Settings) -> None:
    """Let as many tasks of a run through as sources may be crawled side by side."""
    GATES[name] = BoundedSemaphore(settings.crawl.parallel_sources)
