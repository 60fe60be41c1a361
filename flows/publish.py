"""The flow `publish`: everything that is staged becomes one corpus version."""

from __future__ import annotations

from prefect import flow
from prefect.artifacts import create_markdown_artifact
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterName,
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import State, StateType
from prefect.deployments import run_deployment
from prefect.states import Completed

from pipeline.settings import load_settings
from pipeline.stages.context import open_context
from pipeline.stages.publish import publish as publish_staged

__all__ = ["ask_for_publish", "publish"]

_DEPLOYMENT = "publish/publish"


@flow(name="publish", persist_result=False)
def publish() -> State:
    """Publish all staged runs as one corpus version."""
    with open_context(load_settings().settings) as context:
        done = publish_staged(context)
    text = (
        f"Corpus version **{done.version}**: {len(done.runs)} runs, {done.documents} new revisions, "
        f"{done.stories_added} new stories, {done.collapsed} documents collapsed"
    )
    create_markdown_artifact(key="published", markdown=text)
    return Completed(message=text.replace("*", ""))


def ask_for_publish() -> None:
    """Start a publish, unless one is waiting to start: that one will take everything that is staged by then."""
    waiting = FlowRunFilter(
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.SCHEDULED, StateType.PENDING]))
    )
    with get_client(sync_client=True) as client:
        there = client.read_flow_runs(
            flow_run_filter=waiting,
            deployment_filter=DeploymentFilter(name=DeploymentFilterName(any_=["publish"])),
            limit=1,
        )
    if not there:
        run_deployment(_DEPLOYMENT, timeout=0, as_subflow=False)
