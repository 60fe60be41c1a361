"""Waiting for what other processes do, and finding those that are left."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

__all__ = ["children", "kill", "processes", "wait_until"]


def wait_until(condition: Callable[[], object], *, seconds: float = 120) -> None:
    """Wait for a condition; that it never comes true fails the test."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def processes(words: str, *, where: str = "cmdline") -> list[int]:
    """Ids of the processes that have these words in their command line, or in their environment (`environ`)."""
    return [int(one.name) for one in Path("/proc").glob("[0-9]*") if words.encode() in _read(one / where)]


def children(pid: int) -> list[tuple[int, str]]:
    """(pid, command line) of all descendants of a process."""
    found = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, _read(path).split()):
            line = _read(Path(f"/proc/{child}/cmdline")).replace(b"\0", b" ").decode("utf-8", "replace")
            found += [(child, line), *children(child)]
    return found


def kill(pid: int) -> bool:
    """Kill a process without warning; whether it was alive."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        os.kill(pid, signal.SIGKILL)
    except (ProcessLookupError, FileNotFoundError):
        return False
    return state != "Z"


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
