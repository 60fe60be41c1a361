"""Handing a job to the Prefect side: it is a process, never an import."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from pipeline.lifeline import die_with_parent
from pipeline.settings import Settings

__all__ = ["run_module", "submit"]

_GRACE_S = 60.0


def run_module(settings: Settings, module: str, *arguments: str) -> int:
    """Run a module of the Prefect side in the foreground with these settings; its exit code is the answer.

    It has a session of its own, so that one signal reaches it from here, whether Ctrl-C came from a terminal or a
    supervisor stopped this process alone.
    """
    command = [sys.executable, "-m", module, *arguments]
    with subprocess.Popen(
        command,
        env=os.environ | settings.environment(),
        start_new_session=True,
        preexec_fn=_belong,  # noqa: PLW1509 (no thread runs yet)
    ) as child:
        try:
            return child.wait()
        except KeyboardInterrupt:
            return _interrupt(child)


def _belong() -> None:
    """End with this process, and hear SIGINT, which is how we stop the child: a shell's background job ignores it."""
    die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _interrupt(child: subprocess.Popen[bytes]) -> int:
    child.send_signal(signal.SIGINT)
    try:
        code = child.wait(_GRACE_S)
    except (subprocess.TimeoutExpired, KeyboardInterrupt):
        os.killpg(child.pid, signal.SIGKILL)
        return 130
    return code if code >= 0 else 130


def submit(settings: Settings, deployment: str, parameters: Mapping[str, Any], *, as_json: bool) -> int:
    """Start a run of a deployment on the running server, and wait for its end."""
    flags = ("--json",) if as_json else ()
    return run_module(settings, "flows.submit", deployment, json.dumps(parameters), *flags)
