"""The environment that Prefect reads at import: local, quiet, and at home."""

from __future__ import annotations

import os

from pipeline.errors import ConfigError
from pipeline.settings import Settings
from pipeline.stages.running import running_api_url

__all__ = ["api_url", "client_environment", "local_host", "prefect_environment"]

_ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 (not bound to here, but replaced)
_USER = "copydesk"
_LOOPS_S = {"LATE_RUNS": 30, "PAUSE_EXPIRATIONS": 60, "CLEANUP_RECONCILER": 60, "REPOSSESSOR": 60, "FOREMAN": 60}
"""Services of the server that look more often, by default, than anything of ours needs; each look costs CPU."""


def local_host(settings: Settings) -> str:
    """Where programs of this machine reach the server."""
    host = settings.prefect.host
    return _ANYWHERE.get(host, f"[{host}]" if ":" in host else host)


def client_environment(settings: Settings, url: str) -> dict[str, str]:
    """Variables for whoever asks the server at an address."""
    found = {"PREFECT_API_URL": url}
    if settings.prefect.password:
        found["PREFECT_API_AUTH_STRING"] = f"{_USER}:{settings.prefect.password}"
    return found


def prefect_environment(settings: Settings, port: int, *, scheduling: bool) -> dict[str, str]:
    """Variables for the server, the runner and the processes of flow runs; without `scheduling` no schedule fires."""
    home, base = settings.data_dir / "prefect", f"http://{local_host(settings)}:{port}"
    clients = client_environment(settings, f"{base}/api")
    days = settings.prefect.keep_days
    found = settings.environment() | {
        **clients,
        "PREFECT_HOME": str(home),
        "PREFECT_SERVER_API_CORS_ALLOWED_ORIGINS": base,  # by default pages of any site may start runs here
        "PREFECT_SERVER_API_HOST": settings.prefect.host,
        "PREFECT_SERVER_API_PORT": str(port),
        "PREFECT_SERVER_UI_STATIC_DIRECTORY": str(home / "ui"),  # else it writes beside the installed package
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_EPHEMERAL_ENABLED": "false",
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
        "PREFECT_SERVER_SERVICES_SCHEDULER_ENABLED": str(scheduling).lower(),
        "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "true",
        "PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD": str(days * 86_400),
        "PREFECT_SERVER_EVENTS_RETENTION_PERIOD": f"P{min(days, 7)}D",
        # A busy machine keeps its database waiting; after this time the server answers a form with 503.
        "PREFECT_SERVER_DATABASE_TIMEOUT": "60",
        "PREFECT_SERVER_DATABASE_CONNECTION_TIMEOUT": "60",
        "PREFECT_CLIENT_MAX_RETRIES": "7",  # four minutes in all: a server that died is started again meanwhile
        **{f"PREFECT_SERVER_SERVICES_{name}_LOOP_SECONDS": str(seconds) for name, seconds in _LOOPS_S.items()},
        "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
        "PREFECT_LOGGING_EXTRA_LOGGERS": "pipeline",
        "PREFECT_LOGGING_LEVEL": "INFO",
        "PREFECT_CLI_PROMPT": "false",
    }
    if settings.prefect.password:
        found["PREFECT_SERVER_API_AUTH_STRING"] = clients["PREFECT_API_AUTH_STRING"]
    if settings.prefect.host in _ANYWHERE:
        found["PREFECT_SERVER_UI_API_URL"] = "/api"  # of whatever name a browser reaches it by
    if settings.log_format == "json":
        found["PREFECT_LOGGING_HANDLERS_CONSOLE_FORMATTER"] = "json"
    return found


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
