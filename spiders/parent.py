"""A child process ends with the process that started it."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

__all__ = ["die_with_parent"]

_PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """Close when the stage that started this process is gone: nobody would take what is fetched from then on."""
    parent = os.environ.get("COPYDESK_PARENT")
    if parent is None:
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != int(parent):  # it died before we asked to be told
        sys.exit("the process that started this one is gone")
