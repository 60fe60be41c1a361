"""Whether `copydesk up` runs for a data folder, and where its server answers."""

from __future__ import annotations

import json
import os
from pathlib import Path

from pipeline.settings import Settings

__all__ = ["address_file", "running_api_url"]


def address_file(settings: Settings) -> Path:
    """Where a running `copydesk up` leaves its process id and its server's address."""
    return settings.data_dir / "prefect" / "api.json"


def running_api_url(settings: Settings) -> str | None:
    """Address of the server that `copydesk up` runs for this data folder; None when it does not run."""
    try:
        found = json.loads(address_file(settings).read_text("utf-8"))
        os.kill(int(found["pid"]), 0)
        return str(found["api_url"])
    except (OSError, ValueError, KeyError):
        return None
