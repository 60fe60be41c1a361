"""The process of a flow run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

MAIN = """
import multiprocessing
print("main is loaded", flush=True)
if __name__ == "__main__":
    from flows.process import set_up_process
    set_up_process()
    worker = multiprocessing.get_context("forkserver").Process(target=print, args=("the worker works",))
    worker.start()
    worker.join()
"""


def test_its_workers_do_not_load_its_main_module(tmp_path: Path) -> None:
    (tmp_path / "engine.py").write_text(MAIN, "utf-8")
    paths = os.pathsep.join((str(tmp_path), str(Path(__file__).parents[2])))
    done = subprocess.run(
        [sys.executable, "-m", "engine"],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONPATH": paths},
    )
    assert done.stdout.splitlines() == ["main is loaded", "the worker works"]
