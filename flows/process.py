"""What the process of a flow run is set up for, before it does anything."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time

from pipeline.lifeline import die_with_parent

__all__ = ["set_up_process"]

_LOOK_S = 2.0
_GRACE_S = 40.0


def set_up_process() -> None:
    """Let this process close its crawls when its runner is killed, and end it when that took its time.

    Prefect goes on asking a server that is gone for minutes; the next start tells that server what became of the run.
    Nor do the workers of this process load Prefect, as they would: multiprocessing has each load the main module again.
    """
    die_with_parent()
    threading.Thread(target=_watch, args=(os.getppid(),), name="lifeline", daemon=True).start()
    main = sys.modules["__main__"]
    main.__spec__ = main.__file__ = None


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_LOOK_S)
    time.sleep(_GRACE_S)
    os._exit(128 + signal.SIGTERM)
