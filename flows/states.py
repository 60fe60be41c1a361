"""Flow runs by what they are doing, as the server is asked for them."""

from __future__ import annotations

from prefect.client.schemas.filters import FlowRunFilterState, FlowRunFilterStateType
from prefect.client.schemas.objects import StateType

__all__ = ["in_state"]


def in_state(*types: StateType) -> FlowRunFilterState:
    """Flow runs in one of these states."""
    return FlowRunFilterState(type=FlowRunFilterStateType(any_=list(types)))
