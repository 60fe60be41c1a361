"""Waiting for what other processes do, and finding those that are left."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

__all__ = ["processes", "wait_until"]


def wait_until(condition: Callable[[], object], *, seconds: float = 60) -> None:
    """Wait for a condition; that it never comes true fails the test."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def processes(words: str, *, where: str = "cmdline") -> list[int]:
    """Ids of the processes that have these words in their command line, or in their environment (`environ`)."""
    return [int(one.name) for one in Path("/proc").glob("[0-9]*") if words.encode() in _read(one / where)]


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
