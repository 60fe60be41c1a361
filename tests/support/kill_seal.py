"""`python -m tests.support.kill_seal TEMPLATE INTO`: seal copies of a spool, killed before every single write in turn.

TEMPLATE holds `state.db`, `spool/` and the run of id `r1` of source `s`. Copy `INTO/<n>` is left as a kill -9 before
the n-th write left it; the last copy was sealed in peace.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from itertools import count
from multiprocessing import get_context
from pathlib import Path

from sqlalchemy import event
from sqlalchemy.engine import Engine

from pipeline.archive.seal import seal
from pipeline.store.database import open_database
from pipeline.store.frontier import Frontier
from pipeline.store.objects import FolderStore

__all__ = ["seal_folder"]

_FILE_WRITES = frozenset({"os.link", "os.remove", "os.rename", "os.truncate"})


def seal_folder(folder: Path, run_id: str) -> None:
    """Seal the spool of a folder for a run."""
    with open_database(f"sqlite:///{folder / 'state.db'}") as database:
        frontier = Frontier(database, "s", run_id=run_id, host="here")
        seal(folder / "spool", source="s", store=FolderStore(folder / "store"), frontier=frontier)


def _seal_until(write: int, folder: Path) -> None:
    numbers = count()

    def step(*_: object, **__: object) -> None:
        if next(numbers) == write:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(lambda name, _: step() if name in _FILE_WRITES else None)
    event.listen(Engine, "before_cursor_execute", step)
    event.listen(Engine, "commit", step)
    seal_folder(folder, "r1")


def _main(template: Path, into: Path) -> int:
    for write in count():
        folder = into / f"{write:03}"
        shutil.copytree(template, folder)
        child = get_context("fork").Process(target=_seal_until, args=(write, folder))
        child.start()
        child.join()
        if child.exitcode != -signal.SIGKILL:
            return child.exitcode or 0
    raise AssertionError


if __name__ == "__main__":
    sys.exit(_main(Path(sys.argv[1]), Path(sys.argv[2])))
