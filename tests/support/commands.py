"""Running our commands as processes, as a person would."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = ["copydesk", "copydesk_json", "environment", "module"]


def environment(folder: Path, **more: str) -> dict[str, str]:
    """Settings for a corpus, declarations and state below a folder; nothing of the caller's own."""
    mine = {
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
    timeout: float = 240,
    variables: Mapping[str, str] | None = None,
    **more: str,
) -> subprocess.CompletedProcess[str]:
    """Run `python -m name …` in the folder."""
    return subprocess.run(
        [sys.executable, "-m", name, *arguments],
        check=False, capture_output=True, text=True, timeout=timeout, cwd=folder,
        env=environment(folder, **more) | dict(variables or {}),
    )  # fmt: skip


def copydesk(
    folder: Path, *arguments: str, timeout: float = 240, variables: Mapping[str, str] | None = None, **more: str
) -> subprocess.CompletedProcess[str]:
    """Run `copydesk …` in the folder."""
    return module(folder, "pipeline.cli", *arguments, timeout=timeout, variables=variables, **more)


def copydesk_json(folder: Path, *arguments: str, variables: Mapping[str, str] | None = None) -> Any:
    """Run `copydesk … --json`, which must succeed, and read its answer."""
    done = copydesk(folder, *arguments, "--json", variables=variables)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
