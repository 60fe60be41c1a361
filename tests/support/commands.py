"""Running our commands as processes, as a person would."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

__all__ = ["copydesk", "copydesk_json", "declare", "environment", "module", "started"]

_TREE = Path(__file__).parents[2]


def environment(folder: Path, **more: str) -> dict[str, str]:
    """Settings for a corpus, declarations and state below a folder; nothing of the caller's own.

    The code is that of the tree the tests are in, wherever the installed one comes from.
    """
    mine = {
        "PYTHONPATH": str(_TREE),
        "COPYDESK_STORE": f"file:{folder / 'data'}",
        "COPYDESK_SEEDS": str(folder / "seeds"),
        "COPYDESK_PREFECT__PORT": "0",
    }
    others = {name: value for name, value in os.environ.items() if not name.startswith(("COPYDESK_", "PREFECT_"))}
    return others | mine | more


def module(
    folder: Path,
    name: str,
    *arguments: str,
    timeout: float = 600,
    variables: Mapping[str, str] | None = None,
    **more: str,
) -> subprocess.CompletedProcess[str]:
    """Run `python -m name …` in the folder, from nothing."""
    command = [sys.executable, "-m", name, *arguments]
    env = environment(folder, **more) | dict(variables or {})
    return _run(command, folder, env, timeout, executable=sys.executable)


def copydesk(
    folder: Path, *arguments: str, timeout: float = 600, variables: Mapping[str, str] | None = None, **more: str
) -> subprocess.CompletedProcess[str]:
    """Run `copydesk …` in the folder, in a process of its own; in a test one that begins with its libraries loaded."""
    env = environment(folder, **more) | dict(variables or {})
    return _run([sys.executable, "-m", "pipeline.cli", *arguments], folder, env, timeout)


def _run(
    command: list[str], folder: Path, env: dict[str, str], timeout: float, *, executable: str | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, executable=executable, check=False, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=timeout, cwd=folder, env=env,
    )  # fmt: skip


@contextmanager
def started(
    folder: Path,
    *arguments: str,
    log: Path | None = None,
    ignored: Collection[signal.Signals] = (),
    variables: Mapping[str, str] | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """`copydesk …` in the folder, under way while the block runs.

    Args:
        folder: where it runs; settings as in `environment`.
        arguments: of the command.
        log: file for what it prints; by default nothing is kept.
        ignored: signals that it finds ignored, as a script's background job does SIGINT and `nohup` SIGHUP.
        variables: settings beside those of the folder.
    """
    former = {
        one: signal.signal(one, signal.SIG_IGN if one in ignored else signal.SIG_DFL)
        for one in (signal.SIGINT, signal.SIGHUP)
    }
    try:
        with (log or Path(os.devnull)).open("wb") as out:
            command = [sys.executable, "-m", "pipeline.cli", *arguments]
            env = environment(folder) | dict(variables or {})
            running = subprocess.Popen(command, env=env, cwd=folder, stdout=out, stderr=out)
    finally:
        for one, handler in former.items():
            signal.signal(one, handler)
    try:
        yield running
    finally:
        running.terminate()
        running.wait(90)


def copydesk_json(folder: Path, *arguments: str, variables: Mapping[str, str] | None = None) -> Any:
    """Run `copydesk … --json`, which must succeed, and read its answer."""
    done = copydesk(folder, *arguments, "--json", variables=variables)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def declare(folder: Path, name: str, text: str) -> None:
    """Write a declaration where the commands in the folder look for it."""
    (folder / "seeds").mkdir(exist_ok=True)
    (folder / "seeds" / f"{name}.toml").write_text(text, "utf-8")
