"""A real web archive on loopback: pywb, installed apart because its pins and ours do not agree (`make archive`)."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.s3_servers import free_port, wait_for_port

__all__ = ["archive_server"]

_BIN = Path(__file__).parents[2] / ".venv-pywb" / "bin"


@contextmanager
def archive_server(folder: Path, warcs: Iterable[Path]) -> Iterator[str]:
    """Serve WARC files by pywb while the block runs; gives the collection's address, such as `http://…/press/`."""
    programs = Path(os.environ.get("COPYDESK_TEST_PYWB") or _BIN)
    if not (programs / "wayback").is_file():
        pytest.skip("needs pywb in a virtual environment of its own: run `make archive`")
    folder.mkdir()
    _run(programs / "wb-manager", "init", "press", folder=folder)
    _run(programs / "wb-manager", "add", "press", *map(str, warcs), folder=folder)
    port = free_port()
    with (folder / "log").open("wb") as log:
        command = [str(programs / "wayback"), "-b", "127.0.0.1", "-p", str(port), "-d", str(folder)]
        server = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)
    try:
        wait_for_port(port, server)
        yield f"http://127.0.0.1:{port}/press/"
    finally:
        server.terminate()
        server.wait(30)


def _run(*command: str | Path, folder: Path) -> None:
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=folder, timeout=120)
    assert done.returncode == 0, done.stderr
