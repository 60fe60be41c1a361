"""Handing a job to the Prefect side: it is a process, never an import."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from pipeline.settings import Settings

__all__ = ["run_module", "submit"]


def run_module(settings: Settings, module: str, *arguments: str) -> int:
    """Run a module of the Prefect side in the foreground with these settings; its exit code is the answer."""
    environment = os.environ | settings.environment()
    with subprocess.Popen([sys.executable, "-m", module, *arguments], env=environment) as child:
        try:
            return child.wait()
        except KeyboardInterrupt:
            return child.wait()  # Ctrl-C reached the child as well; it stops what it started


def submit(settings: Settings, deployment: str, parameters: Mapping[str, Any], *, as_json: bool) -> int:
    """Start a run of a deployment on the running server, and wait for its end."""
    flags = ("--json",) if as_json else ()
    return run_module(settings, "flows.submit", deployment, json.dumps(parameters), *flags)
