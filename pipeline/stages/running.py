"""Whether `copydesk up` runs for a data folder, where its server answers, and whom it lets in."""

from __future__ import annotations

import ipaddress
import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path

from pipeline.errors import ConfigError
from pipeline.lifeline import start_time
from pipeline.settings import Settings

__all__ = ["address_file", "analyse_server", "check_binding", "running_api_url", "told_of"]

_BY_START = (
    "CREATE INDEX IF NOT EXISTS ix_copydesk_flow_run_start ON flow_run (coalesce(start_time, expected_start_time) DESC)"
)

_SHORTEST = 12


def address_file(settings: Settings) -> Path:
    """Where a running `copydesk up` leaves what tells of it, as `told_of` makes it."""
    return settings.data_dir / "prefect" / "api.json"


def told_of(api_url: str) -> str:
    """This process and the server's address, for the address file."""
    return json.dumps({"pid": os.getpid(), "started": start_time(os.getpid()), "api_url": api_url})


def running_api_url(settings: Settings) -> str | None:
    """Address of the server that `copydesk up` runs for this data folder; None when it does not run."""
    try:
        found = json.loads(address_file(settings).read_text("utf-8"))
        # In a container another process may have the same id, and at its next start it is the very same one.
        alive = start_time(int(found["pid"])) == found["started"] != ""
        return str(found["api_url"]) if alive else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def check_binding(settings: Settings) -> None:
    """A server that others can reach asks for a password.

    Raises:
        ConfigError: it would not, or the password is easily guessed.
    """
    host, password = settings.prefect.host, settings.prefect.password
    if password and (len(password) < _SHORTEST or not password.isascii() or not password.isprintable()):
        raise ConfigError(f"prefect.password must have {_SHORTEST} characters or more, all of them plain ASCII")
    try:
        alone = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        alone = False
    if not alone and not password:
        raise ConfigError(
            f"prefect.host {host} can be reached from other machines, and there everybody could start runs; set "
            "COPYDESK_PREFECT__PASSWORD, or leave the host at 127.0.0.1"
        )


def analyse_server(settings: Settings) -> None:
    """Give the server's SQLite database what it needs to answer the UI from as fast with a month of runs as without.

    Prefect 3 sorts runs by their start, and has an index of that for each state but none for all; and SQLite chooses
    among indexes only once it has counted what is there.
    """
    path = settings.data_dir / "prefect" / "prefect.db"
    if path.is_file():
        with closing(sqlite3.connect(path, timeout=60, isolation_level=None)) as database:
            if database.execute("SELECT 1 FROM sqlite_master WHERE name = 'flow_run'").fetchone():
                database.execute(_BY_START)
            database.execute("PRAGMA analysis_limit = 1000")
            database.execute("ANALYZE")
