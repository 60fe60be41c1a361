"""Processes of ours that begin with their libraries loaded, which is most of what a short one costs.

A nursery is a process that has loaded them and does nothing but fork. What it forks becomes a child of the process that
asked, with the arguments, environment, folder and files that it would have had, and runs what `python -m …` runs. A
command has a nursery in turn for its crawls and for what forks its workers. What this cannot show is that a process
loads all it needs: `test_commands` starts each command from nothing, as `module` always does.
"""

from __future__ import annotations

import atexit
import ctypes
import gc
import importlib
import inspect
import json
import multiprocessing.util
import os
import runpy
import signal
import socket
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

__all__ = ["install"]

_COMMAND = "pipeline.cli"
_OURS = frozenset({_COMMAND, "spiders.run", "spiders.fetch"})
_LOADED = """
    pipeline.cli pipeline.cli.adding pipeline.cli.collect pipeline.cli.corpus pipeline.cli.runs pipeline.cli.sources
    pipeline.stages.backfill pipeline.stages.checking pipeline.stages.collect pipeline.stages.publish pipeline.store.s3
    pipeline.corpus.digest pipeline.corpus.reader alembic.command boto3 datasketch pyarrow.dataset rich.table
    sqlalchemy.dialects.sqlite multiprocessing.forkserver pipeline.extract.sandbox pipeline.extract.documents
    spiders.fetch spiders.imports spiders.pace spiders.source scrapy.crawler
""".split()
_ALONE = {  # a process that forks has one thread alone: the libraries are told to start none
    "OPENBLAS_NUM_THREADS": "1",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",  # pyarrow's memory
    "_RJEM_MALLOC_CONF": "background_thread:false",  # that of deltalake
}
_HIGH = 900  # a descriptor's number that nobody asks for
_PR_SET_CHILD_SUBREAPER = 36
_STOPPED_BY: dict[int, Any] = {signal.SIGINT: signal.default_int_handler, signal.SIGHUP: signal.SIG_DFL}
_ROOM = "." * 1000  # among the arguments: for those of what is forked
_REAL_SPAWN = multiprocessing.util.spawnv_passfds


def install() -> None:
    """Start our commands, crawls and what forks workers from a nursery, whoever in this process starts them.

    What names its executable, apart from its arguments, is started as usual.
    """
    subprocess.Popen = _Warm  # type: ignore[misc]
    multiprocessing.util.spawnv_passfds = _spawn


class _Nursery:
    """The asking end. The other ends when this one is closed, or its process gone."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._one_at_a_time = threading.Lock()

    def start(self, wanted: Mapping[str, Any], files: Mapping[int, int]) -> int:
        """Start a process; gives its id.

        Args:
            wanted: what `_become` reads.
            files: its descriptors, and those of this process that they are copies of.
        """
        born, tell = os.pipe()
        asked = json.dumps({**wanted, "parent": os.getpid(), "files": list(files)}).encode()
        with self._one_at_a_time:
            _adopt(1)  # what the nursery leaves behind is ours for this moment
            try:
                self._line.sendall(len(asked).to_bytes(4, "big"))
                socket.send_fds(self._line, [b"."], [tell, *files.values()])
                self._line.sendall(asked)
                os.close(tell)
                with open(born, "rb") as told:  # noqa: PTH123
                    return int(told.read())
            finally:
                _adopt(0)


def _adopt(whether: int) -> None:
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, whether)


class _Warm(subprocess.Popen[Any]):
    """A process from the nursery, if it is one of ours."""

    def _execute_child(self, args: Sequence[Any], *others: Any) -> None:
        real = super()._execute_child  # type: ignore[misc]
        asked = inspect.signature(real).bind(args, *others).arguments
        ours = isinstance(args, list) and args[:2] == [sys.executable, "-m"] and args[2] in _OURS
        if not ours or asked["executable"] is not None:
            real(args, *others)
            return
        pipes = ("p2cread", "p2cwrite", "c2pread", "c2pwrite", "errread", "errwrite")
        given = {0: asked["p2cread"], 1: asked["c2pwrite"], 2: asked["errwrite"]}
        files = {ours: ours if theirs == -1 else theirs for ours, theirs in given.items()}
        line, session = [os.fsdecode(one) for one in args], asked["start_new_session"]
        wanted = {"line": line, "session": session} | _surroundings(asked["cwd"], asked["env"])
        self.pid = _nursery().start(wanted, files)
        self._child_created = True
        self._close_pipe_fds(*(asked[name] for name in pipes))  # type: ignore[attr-defined]


def _surroundings(folder: Any, environment: Mapping[str, str] | None) -> dict[str, Any]:
    known = dict(os.environ if environment is None else environment)
    ignored = [one for one in _STOPPED_BY if signal.getsignal(one) is signal.SIG_IGN]
    return {"folder": os.fspath(folder or Path.cwd()), "environment": known, "ignored": ignored}


def _spawn(path: Any, args: Sequence[Any], passfds: Sequence[int]) -> int:
    """Stands for `spawnv_passfds` of multiprocessing."""
    if "multiprocessing.forkserver" not in str(args[-1]):
        return int(_REAL_SPAWN(path, args, passfds))
    wanted = {"line": [os.fsdecode(one) for one in args]} | _surroundings(None, None)
    return _nursery().start(wanted, {one: one for one in (0, 1, 2, *passfds)})


@cache
def _nursery() -> _Nursery:
    """That of a process which has loaded who knows what: started from nothing, once."""
    ours, theirs = socket.socketpair()
    env = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])} | _ALONE
    with theirs:
        command = [sys.executable, "-m", __name__, str(theirs.fileno()), _ROOM]
        process = subprocess.Popen(command, env=env, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)
    atexit.register(process.wait)
    atexit.register(ours.close)
    return _Nursery(ours)


def _fork_nursery() -> dict[str, Any] | None:
    """Give this process a nursery that is like it. In what that forks, this gives what to become."""
    ours, theirs = socket.socketpair()
    process = os.fork()
    if process == 0:
        ours.close()
        return _serve(theirs)
    theirs.close()
    nursery = _Nursery(ours)
    global _nursery  # noqa: PLW0603
    _nursery = cache(lambda: nursery)
    atexit.register(os.waitpid, process, 0)
    atexit.register(ours.close)
    return None


def _serve(line: socket.socket) -> dict[str, Any]:
    """Fork for the one who asks, as long as it is there; returns in what was forked, with what to become."""
    while size := line.recv(4, socket.MSG_WAITALL):
        _, files, _, _ = socket.recv_fds(line, 1, 64)
        wanted: dict[str, Any] = json.loads(line.recv(int.from_bytes(size, "big"), socket.MSG_WAITALL))
        between = os.fork()
        if between == 0:
            if os.fork():
                os._exit(0)  # so that the one who asked becomes the parent
            while os.getppid() != wanted["parent"]:
                time.sleep(0.0005)
            line.close()
            tell = _take(files, wanted["files"])
            os.write(tell, b"%d" % os.getpid())
            os.close(tell)
            return wanted
        for one in files:
            os.close(one)
        os.waitpid(between, 0)
    os._exit(0)


def _take(given: Sequence[int], wanted: Sequence[int]) -> int:
    """Give the descriptors the numbers that are wanted; the first, for which none is, is given back."""
    first, *others = [
        os.dup2(one, _HIGH + number) for number, one in enumerate(given)
    ]  # where none is in another's way
    for one in given:
        os.close(one)
    for one, number in zip(others, wanted, strict=True):
        os.dup2(one, number)
        os.close(one)
    return first


def _become(wanted: Mapping[str, Any]) -> None:
    line = wanted["line"]
    _show(line)
    if wanted.get("session"):
        os.setsid()
    for one, usual in _STOPPED_BY.items():
        signal.signal(one, signal.SIG_IGN if one in wanted["ignored"] else usual)
    os.environ.clear()
    os.environ.update(wanted["environment"])
    os.chdir(wanted["folder"])
    sys.path[0] = wanted["folder"]
    if line[1] != "-m":
        sys.argv = ["-c"]
        exec(line[-1], {"__name__": "__main__"})  # what `python -c` would run
        return
    sys.argv[1:] = line[3:]
    runpy.run_module(line[2], run_name="__main__", alter_sys=True)


def _show(line: Sequence[str]) -> None:
    """Let other processes see this command line."""
    fields = Path("/proc/self/stat").read_text("utf-8").rpartition(")")[2].split()
    start, end = int(fields[45]), int(fields[46])
    shown = "\0".join(line).encode()[: end - start - 1]
    ctypes.memmove(start, shown.ljust(end - start, b"\0"), end - start)


def _main(descriptor: int) -> None:
    for name in _LOADED:
        importlib.import_module(name)
    assert len(list(Path("/proc/self/task").iterdir())) == 1, "some library has started a thread"
    gc.freeze()  # what is loaded is looked through by none of the processes, not even at their end
    wanted = _serve(socket.socket(fileno=descriptor))
    if _COMMAND in wanted["line"]:
        install()
        wanted = _fork_nursery() or wanted
    _end(_exit_code(wanted))


def _exit_code(wanted: Mapping[str, Any]) -> int:
    """Run it as the interpreter would."""
    try:
        _become(wanted)
    except SystemExit as end:
        if isinstance(end.code, str):
            sys.stderr.write(f"{end.code}\n")
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001 (each ends a process with its traceback)
        traceback.print_exc()
        return 1
    return 0


def _end(code: int) -> None:
    """What the interpreter does at its end, but for taking itself apart, in which each page of memory is copied."""
    threading._shutdown()  # type: ignore[attr-defined]  # waits for threads
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    _main(int(sys.argv[1]))
