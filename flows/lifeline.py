"""Processes that end with the one that started them, even when that is killed."""

from __future__ import annotations

import ctypes
import os
import signal
import threading
import time

__all__ = ["die_with_parent", "end_with_runner"]

_PR_SET_PDEATHSIG = 1
_LOOK_S = 2.0
_GRACE_S = 40.0


def die_with_parent() -> None:
    """From now on the end of the parent (its thread that started this process) is a SIGTERM here."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def end_with_runner() -> None:
    """Let the process of a flow run close its crawls when its runner is killed, and end it when that took its time.

    Prefect goes on asking a server that is gone for minutes; the next start tells that server what became of the run.
    """
    die_with_parent()
    threading.Thread(target=_watch, args=(os.getppid(),), name="lifeline", daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_LOOK_S)
    time.sleep(_GRACE_S)
    os._exit(128 + signal.SIGTERM)
