"""`python -m flows.submit DEPLOYMENT PARAMETERS [--json]`: start a run on the running server and wait for its end."""

from __future__ import annotations

import json
import os
import sys
from datetime import datetime
from threading import Event
from typing import TYPE_CHECKING
from uuid import UUID

from flows.environment import api_url, client_environment
from flows.patience import patiently
from pipeline.errors import ConfigError, CopydeskError
from pipeline.settings import load_settings

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient

__all__ = ["HELD", "main", "wait_for"]

HELD = " is held: "
"""Stands in the message of a failed flow run whose run an expectation keeps from being published."""

_POLL_S = 1.0
_SOME_FAILED = 3
_STOPPED = 5


def main(deployment: str, parameters: str, *, as_json: bool) -> int:
    """Submit and wait; gives the exit code."""
    settings = load_settings().settings
    os.environ.update(client_environment(settings, api_url(settings)))
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as client:
        found = patiently(client.read_deployment_by_name, f"{deployment}/{deployment}")
        run = patiently(client.create_flow_run_from_deployment, found.id, parameters=json.loads(parameters))
    sys.stderr.write(f"started {run.name}, {run.id}\n")
    return wait_for(UUID(str(run.id)), as_json=as_json, publishes=deployment == "collect")


def wait_for(run_id: UUID, *, as_json: bool = False, publishes: bool = True, stop: Event | None = None) -> int:
    """Wait for a flow run, then for the publishes that started since.

    Args:
        run_id: of the flow run.
        as_json: print what came of it.
        publishes: whether it asks for a publish; else those that there are have nothing to do with it.
        stop: ends the waiting early, with 130.

    Returns:
        0, or 3 when a run did not complete, 5 when it is held.
    """
    from prefect.client.orchestration import get_client

    stop = stop or Event()
    with get_client(sync_client=True) as client:
        while True:
            run = patiently(client.read_flow_run, run_id)
            if run.state is not None and run.state.is_final():
                break
            if stop.wait(_POLL_S):
                return 130
        sys.stderr.write(f"{run.name}: {run.state.name}{': ' if run.state.message else ''}{run.state.message or ''}\n")
        published = _wait_for_publishes(client, run.created, stop) if publishes else run.state.is_completed()
    ended = {"flow_run": str(run_id), "state": run.state.name, "message": run.state.message, "published": published}
    if as_json:
        sys.stdout.write(json.dumps(ended) + "\n")
    if run.state.is_failed() and HELD in (run.state.message or ""):
        return _STOPPED
    return 0 if run.state.is_completed() and published else _SOME_FAILED


def _wait_for_publishes(client: SyncPrefectClient, since: datetime | None, stop: Event) -> bool:
    """Wait till no publish waits or runs; whether the newest of those and of the later ones completed, if any did."""
    from flows.flow_runs import publishes

    mine = set[UUID]()
    while True:
        found = patiently(publishes, client)
        mine.update(run.id for run in found if since is None or run.created is None or run.created >= since)
        going_on = {run.id for run in found if run.state is None or not run.state.is_final()}
        mine |= going_on  # it may take what was staged, whenever it was asked for
        if not going_on:
            break
        if stop.wait(_POLL_S):
            return False
    newest = next((run for run in found if run.id in mine), None)
    if newest is None or newest.state is None:
        return True
    sys.stderr.write(f"publish: {newest.state.name}: {newest.state.message or ''}\n")
    return newest.state.is_completed()


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1], sys.argv[2], as_json="--json" in sys.argv[3:]))
    except KeyboardInterrupt:
        sys.exit(130)
    except CopydeskError as error:
        sys.stderr.write(f"error: {error}\n")
        sys.exit(4 if isinstance(error, ConfigError) else 1)
