"""The flow `rededup`: every story is decided anew; what would change is shown, or published."""

from __future__ import annotations

from dataclasses import asdict

from prefect import flow
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.client.schemas.objects import State
from prefect.states import Completed

from flows.patience import patiently
from flows.process import set_up_process
from pipeline.settings import load_settings
from pipeline.stages.context import open_context
from pipeline.stages.rededup import rededuplicate

__all__ = ["rededup"]

_WAIT_S = 1800.0


@flow(name="rededup", persist_result=False)
def rededup(publish: bool = False, keep_furniture: bool = False) -> State:  # noqa: FBT001, FBT002 (a form's switches)
    """Decide every story of the corpus anew.

    Args:
        publish: make it the next corpus version; otherwise it is shown, and a run that publishes decides nothing twice.
        keep_furniture: do not learn anew what sources put on all their pages.
    """
    set_up_process()
    with open_context(load_settings().settings) as context:
        done = rededuplicate(context, publish=publish, keep_furniture=keep_furniture, wait_s=_WAIT_S)
    ending = (
        "nothing was published; run it with `publish` to make it the next corpus version"
        if done.published is None
        else f"corpus version {done.published}"
    )
    text = (
        f"{done.documents} documents, {done.stories_before} stories before and {done.stories_after} after: "
        f"{done.merged} take others in, {done.split} are split, {done.changed} change, {done.added} are new, "
        f"{done.ended} end; {done.relations} relations differ; {ending}"
    )
    patiently(create_markdown_artifact, key="rededup", markdown=f"{text}.")
    rows = [asdict(one) | {"from_stories": ", ".join(one.from_stories)} for one in done.biggest]
    patiently(create_table_artifact, key="rededup-stories", table=rows, description="The biggest stories that change")
    return Completed(message=text)
