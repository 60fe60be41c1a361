"""`python -m tests.support.kill_seal TEMPLATE INTO`: seal copies of a spool, killed before every single write in turn.

TEMPLATE holds `state.db`, `spool/` and the run of id `r1` of source `s`. Copy `INTO/<n>` is left as a kill -9 before
the n-th write left it; the last copy was sealed in peace.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable
from itertools import count
from multiprocessing import get_context
from pathlib import Path

from sqlalchemy import event
from sqlalchemy.engine import Engine

from pipeline.archive.seal import seal
from pipeline.store.database import open_database
from pipeline.store.frontier import Frontier
from pipeline.store.objects import FolderStore

__all__ = ["killed_in_turn", "seal_folder"]

_FILE_WRITES = frozenset({"os.link", "os.remove", "os.rename", "os.truncate"})


def seal_folder(folder: Path, run_id: str) -> None:
    """Seal the spool of a folder for a run."""
    with open_database(f"sqlite:///{folder / 'state.db'}") as database:
        frontier = Frontier(database, "s", run_id=run_id, host="here")
        seal(folder / "spool", source="s", store=FolderStore(folder / "store"), frontier=frontier)


def killed_in_turn(job: Callable[[Path], None], template: Path, into: Path, *, statements: bool = True) -> int:
    """Do a job in copies of a folder, killed before every single write of the job; the exit code of the last.

    Writes are those of files and, with `statements`, those of the state database.
    """
    for write in count():
        folder = into / f"{write:03}"
        shutil.copytree(template, folder)
        child = get_context("fork").Process(target=_until, args=(write, job, folder, statements))
        child.start()
        child.join()
        if child.exitcode != -signal.SIGKILL:
            return child.exitcode or 0
    raise AssertionError


def _until(write: int, job: Callable[[Path], None], folder: Path, statements: bool) -> None:
    numbers = count()

    def step(*_: object, **__: object) -> None:
        if next(numbers) == write:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(lambda name, _: step() if name in _FILE_WRITES else None)
    if statements:
        event.listen(Engine, "before_cursor_execute", step)
        event.listen(Engine, "commit", step)
    job(folder)


if __name__ == "__main__":
    sys.exit(killed_in_turn(lambda folder: seal_folder(folder, "r1"), Path(sys.argv[1]), Path(sys.argv[2])))
