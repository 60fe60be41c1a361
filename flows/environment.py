"""The environment that Prefect reads at import: local, quiet, and at home."""

from __future__ import annotations

import json
import os
from pathlib import Path

from pipeline.errors import ConfigError
from pipeline.settings import Settings

__all__ = ["api_url_file", "prefect_environment", "running_api_url"]


def api_url_file(settings: Settings) -> Path:
    """Where a running server leaves its address."""
    return settings.data_dir / "prefect" / "api.json"


def prefect_environment(settings: Settings, port: int) -> dict[str, str]:
    """Variables for the server, the runner and the processes of flow runs."""
    home = settings.data_dir / "prefect"
    return settings.environment() | {
        "PREFECT_HOME": str(home),
        "PREFECT_API_URL": f"http://{settings.prefect.host}:{port}/api",
        "PREFECT_SERVER_API_HOST": settings.prefect.host,
        "PREFECT_SERVER_API_PORT": str(port),
        "PREFECT_SERVER_UI_STATIC_DIRECTORY": str(home / "ui"),  # else it writes beside the installed package
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_EPHEMERAL_ENABLED": "false",
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
        "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "true",
        "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
        "PREFECT_LOGGING_EXTRA_LOGGERS": "pipeline",
        "PREFECT_LOGGING_LEVEL": "INFO",
        "PREFECT_CLI_PROMPT": "false",
    }


def running_api_url(settings: Settings) -> str:
    """Address of the server that `copydesk up` runs for this data folder.

    Raises:
        ConfigError: none is running.
    """
    if os.environ.get("PREFECT_API_URL"):
        return os.environ["PREFECT_API_URL"]
    try:
        found = json.loads(api_url_file(settings).read_text("utf-8"))
        os.kill(int(found["pid"]), 0)
        return str(found["api_url"])
    except (OSError, ValueError, KeyError):
        raise ConfigError(
            f"no Prefect server runs for {settings.data_dir}: start one with `copydesk up`, or add --no-prefect"
        ) from None
