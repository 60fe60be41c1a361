"""The flow `publish`: everything that is staged becomes a corpus version, a large backlog several."""

from __future__ import annotations

from dataclasses import asdict

from prefect import flow
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State, StateType
from prefect.deployments import run_deployment
from prefect.states import Completed

from flows.flow_runs import publishes
from flows.patience import patiently
from flows.process import set_up_process
from flows.reports import report_link
from pipeline.settings import load_settings
from pipeline.stages.context import Context, open_context
from pipeline.stages.publish import publish as publish_staged

__all__ = ["ask_for_publish", "publish", "publish_now"]

_DEPLOYMENT = "publish/publish"
_WAIT_S = 1800.0
_LINKS = 50


@flow(name="publish", persist_result=False)
def publish() -> State:
    """Publish all staged runs, together as one corpus version where they are not very many documents."""
    set_up_process()
    with open_context(load_settings().settings) as context:
        return Completed(message=publish_now(context))


def publish_now(context: Context) -> str:
    """Publish, show what came in and what collapsed as artifacts of the flow run, and say it in one sentence."""
    done = publish_staged(context, wait_s=_WAIT_S)
    text = (
        f"corpus version {done.version} in {context.store.address}: {len(done.runs)} runs, {done.documents} new "
        f"revisions, {done.stories_added} new stories, {done.collapsed} documents collapsed"
    )
    look = (
        "`copydesk corpus info` counts it, `copydesk corpus export` writes it, `copydesk report` explains the last run."
    )
    pages = "\n".join(f"- {report_link(run_id)}" for run_id in done.runs[-_LINKS:])
    patiently(
        create_markdown_artifact,
        key="published",
        markdown=f"{text[0].upper()}{text[1:]}.\n\n{look}\n\n{pages}",
        description=f"Corpus version {done.version}, and where it is",
    )
    patiently(
        create_table_artifact,
        key="collapsed",
        table=[asdict(one) for one in done.sources],
        description=f"What came in up to corpus version {done.version}: new documents, new revisions, copies collapsed",
    )
    return text


def ask_for_publish() -> None:
    """Start a publish, unless one is waiting to start: that one will take everything that is staged by then."""
    with get_client(sync_client=True) as client:
        there = patiently(publishes, client)
    if not any(run.state is not None and run.state.type in (StateType.SCHEDULED, StateType.PENDING) for run in there):
        patiently(run_deployment, _DEPLOYMENT, timeout=0, as_subflow=False)
