"""Flow runs as the server is asked for them: by state, and all there are."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterName,
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.client.schemas.sorting import FlowRunSort

__all__ = ["all_runs", "in_state", "publishes"]

_PAGE = 200
"""What the server gives at most."""
_NEWEST = 50
_SOON = timedelta(minutes=1)


def in_state(*types: StateType) -> FlowRunFilterState:
    """Flow runs in one of these states."""
    return FlowRunFilterState(type=FlowRunFilterStateType(any_=list(types)))


def all_runs(client: SyncPrefectClient, wanted: FlowRunFilter, *, page: int = _PAGE) -> Iterator[FlowRun]:
    """All flow runs of a filter, however many, each once, newest first; read `page` of them at a time."""
    offset, given = 0, set[UUID]()
    while True:
        found = client.read_flow_runs(flow_run_filter=wanted, sort=FlowRunSort.ID_DESC, limit=page, offset=offset)
        yield from (run for run in found if run.id not in given)  # one that is made meanwhile moves all others on
        given.update(run.id for run in found)
        offset += len(found)
        if len(found) < page:
            return


def publishes(client: SyncPrefectClient) -> list[FlowRun]:
    """Runs of the flow `publish`, the newest first and not all; what somebody planned for later is left out."""
    name = DeploymentFilter(name=DeploymentFilterName(any_=["publish"]))
    found = client.read_flow_runs(deployment_filter=name, sort=FlowRunSort.ID_DESC, limit=_NEWEST)
    return [run for run in found if not _is_planned(run)]


def _is_planned(run: FlowRun) -> bool:
    due, made = run.expected_start_time, run.created
    waits = run.state is not None and run.state.is_scheduled()
    return waits and due is not None and made is not None and due - made > _SOON
