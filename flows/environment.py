"""The environment that Prefect reads at import: local, quiet, and at home."""

from __future__ import annotations

import os

from pipeline.errors import ConfigError
from pipeline.settings import Settings
from pipeline.stages.running import running_api_url

__all__ = ["api_url", "prefect_environment"]


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
        # A busy machine keeps its database waiting; after this time the server answers a form with 503.
        "PREFECT_SERVER_DATABASE_TIMEOUT": "60",
        "PREFECT_SERVER_DATABASE_CONNECTION_TIMEOUT": "60",
        "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
        "PREFECT_LOGGING_EXTRA_LOGGERS": "pipeline",
        "PREFECT_LOGGING_LEVEL": "INFO",
        "PREFECT_CLI_PROMPT": "false",
    }


def api_url(settings: Settings) -> str:
    """Address of the server to hand jobs to: that of the environment, or the one that `copydesk up` runs.

    Raises:
        ConfigError: none is running.
    """
    found = os.environ.get("PREFECT_API_URL") or running_api_url(settings)
    if found is None:
        raise ConfigError(
            f"no Prefect server runs for {settings.data_dir}: start one with `copydesk up`, or add --no-prefect"
        )
    return found
