"""`python -m flows.submit DEPLOYMENT PARAMETERS [--json]`: start a run on the running server and wait for its end."""

from __future__ import annotations

import json
import os
import sys
from datetime import datetime
from threading import Event
from typing import Any
from uuid import UUID

from flows.environment import api_url, client_environment
from flows.patience import patiently
from pipeline.errors import ConfigError, CopydeskError
from pipeline.models import utc_now
from pipeline.settings import load_settings

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


def _wait_for_publishes(client: Any, since: datetime | None, stop: Event) -> bool:
    """Wait till no publish waits or runs; whether the newest since then completed (or none was needed)."""
    from prefect.client.schemas.filters import (
        DeploymentFilter,
        DeploymentFilterName,
        FlowRunFilter,
        FlowRunFilterExpectedStartTime,
    )
    from prefect.client.schemas.sorting import FlowRunSort

    name = DeploymentFilter(name=DeploymentFilterName(any_=["publish"]))
    order = FlowRunSort.EXPECTED_START_TIME_DESC
    while True:
        due = FlowRunFilter(expected_start_time=FlowRunFilterExpectedStartTime(before_=utc_now()))
        newest = patiently(client.read_flow_runs, flow_run_filter=due, deployment_filter=name, sort=order, limit=5)
        runs = [run for run in newest if since is None or run.created is None or run.created >= since]
        if all(run.state is not None and run.state.is_final() for run in runs):
            break
        if stop.wait(_POLL_S):
            return False
    if runs:
        sys.stderr.write(f"publish: {runs[0].state.name}: {runs[0].state.message or ''}\n")
    return not runs or bool(runs[0].state.is_completed())


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1], sys.argv[2], as_json="--json" in sys.argv[3:]))
    except KeyboardInterrupt:
        sys.exit(130)
    except CopydeskError as error:
        sys.stderr.write(f"error: {error}\n")
        sys.exit(4 if isinstance(error, ConfigError) else 1)
