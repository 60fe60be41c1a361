"""Processes that end with the one that started them, even when that is killed: the kernel tells them."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

__all__ = ["PARENT", "die_with_parent", "die_with_stage", "start_time"]

PARENT = "COPYDESK_PARENT"
"""Variable in which a stage tells the process that it starts who started it."""
_PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """From now on the end of the parent (its thread that started this process) is a SIGTERM here."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def die_with_stage() -> None:
    """Close when the stage that started this process is gone: nobody would take what is fetched from then on."""
    parent = os.environ.get(PARENT)
    if parent is None:
        return
    die_with_parent()
    if os.getppid() != int(parent):  # it died before we asked to be told
        sys.exit("the process that started this one is gone")


def start_time(pid: int) -> str:
    """Start time of a process in clock ticks, so that a reused pid is told apart; empty when it does not run."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:  # noqa: PTH123 (not a path a user names)
            fields = file.read().rpartition(")")[2].split()
    except (OSError, ValueError):
        return ""
    return "" if fields[0] == "Z" else fields[19]
