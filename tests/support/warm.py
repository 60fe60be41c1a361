"""Commands as processes of their own that begin with their libraries loaded: forks of one process that loads them once.

Loading them is most of what a short command costs. Each command is a fork of a process that ran none before, with the
arguments, environment, folder and output that it would have had, and runs what `python -m pipeline.cli` runs. What this
cannot show is that a command loads all it needs: `test_commands` starts each from nothing, as `started` always does.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import runpy
import selectors
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

__all__ = ["run_warm"]

_MODULE = "pipeline.cli"
_LOADED = """
    pipeline.cli pipeline.cli.adding pipeline.cli.collect pipeline.cli.corpus pipeline.cli.runs pipeline.cli.sources
    pipeline.stages.backfill pipeline.stages.checking pipeline.stages.collect pipeline.stages.publish pipeline.store.s3
    pipeline.corpus.digest pipeline.corpus.reader alembic.command boto3 datasketch pyarrow.dataset rich.table
    sqlalchemy.dialects.sqlite
""".split()
_ALONE = {  # a process that forks has one thread alone: the libraries are told to start none
    "OPENBLAS_NUM_THREADS": "1",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",  # pyarrow's memory
    "_RJEM_MALLOC_CONF": "background_thread:false",  # that of deltalake
}


def run_warm(
    folder: Path, arguments: tuple[str, ...], environment: Mapping[str, str], *, timeout: float
) -> subprocess.CompletedProcess[str]:
    """Run `copydesk …` in a folder to its end.

    Raises:
        subprocess.TimeoutExpired: it took too long, and was killed.
    """
    command = [sys.executable, "-m", _MODULE, *arguments]
    said: dict[str, bytes] = {}
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.connect(_server())
        readers = [_reading(line, said, name) for name in ("out", "err")]
        wanted = {"arguments": arguments, "environment": dict(environment), "folder": str(folder)}
        with line.makefile("rwb") as file:
            file.write(json.dumps(wanted).encode() + b"\n")
            file.flush()
            process = int(file.readline())
            timer = threading.Timer(timeout, os.kill, (process, signal.SIGKILL))
            timer.start()
            code = int(file.readline())
            late = not timer.is_alive()
            timer.cancel()
    for reader in readers:
        reader.join()
    if late:
        raise subprocess.TimeoutExpired(command, timeout, said["out"], said["err"])
    return subprocess.CompletedProcess(command, code, said["out"].decode(), said["err"].decode())


def _reading(line: socket.socket, said: dict[str, bytes], name: str) -> threading.Thread:
    """Give one end of a pipe away, and read all that comes out of the other."""
    ours, theirs = os.pipe()
    socket.send_fds(line, [b"."], [theirs])
    os.close(theirs)

    def read() -> None:
        with open(ours, "rb") as pipe:  # noqa: PTH123
            said[name] = pipe.read()

    reader = threading.Thread(target=read)
    reader.start()
    return reader


@cache
def _server() -> str:
    """Address of this process's server, which ends with it."""
    tree = str(Path(__file__).parents[2])
    address = f"\0copydesk-{os.getpid()}-{os.urandom(8).hex()}"
    env = os.environ | {"PYTHONPATH": tree} | _ALONE
    server = subprocess.Popen(
        [sys.executable, "-m", __name__, address[1:]], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    atexit.register(server.__exit__, None, None, None)  # closes the pipe, at whose end it stops, and waits
    assert server.stdout is not None
    assert server.stdout.readline() == b"ready\n"
    return address


def _serve(address: str) -> dict[str, Any] | None:
    """Start a process for each that asks; gives what to run in that process, or None once nobody can ask any more."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as door, selectors.DefaultSelector() as waiting:
        door.bind(f"\0{address}")
        door.listen(64)
        os.write(1, b"ready\n")
        waiting.register(door, selectors.EVENT_READ)
        waiting.register(0, selectors.EVENT_READ)
        while True:
            for key, _ in waiting.select():
                if key.fileobj == 0:
                    return None  # the pipe to the tests is closed
                if key.fileobj is not door:
                    waiting.unregister(key.fileobj)
                    _tell_end(*key.data)
                    continue
                line, _ = door.accept()
                out, err = (_descriptor(line) for _ in range(2))
                wanted: dict[str, Any] = json.loads(line.makefile("rb").readline())
                process = os.fork()
                if process == 0:
                    os.dup2(out, 1)
                    os.dup2(err, 2)
                    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
                    return wanted
                os.close(out)
                os.close(err)
                line.sendall(b"%d\n" % process)
                waiting.register(end := os.pidfd_open(process), selectors.EVENT_READ, (process, end, line))


def _descriptor(line: socket.socket) -> int:
    _, (found,), _, _ = socket.recv_fds(line, 1, 1)
    return found


def _tell_end(process: int, end: int, line: socket.socket) -> None:
    _, status = os.waitpid(process, 0)
    os.close(end)
    with line:
        line.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))


def _main(address: str) -> None:
    for name in _LOADED:
        importlib.import_module(name)
    assert len(list(Path("/proc/self/task").iterdir())) == 1, "some library has started a thread"
    gc.freeze()  # what is loaded is looked through by none of the processes, not even at their end
    wanted = _serve(address)
    if wanted is None:
        return
    os.closerange(3, 1024)
    os.environ.clear()
    os.environ.update(wanted["environment"])
    os.chdir(wanted["folder"])
    sys.argv[1:] = wanted["arguments"]
    sys.path[0] = wanted["folder"]
    runpy.run_module(_MODULE, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    _main(sys.argv[1])
