"""The flow `maintain`: finish what dead runs left, sweep, keep the tables' files few."""

from __future__ import annotations

from dataclasses import asdict

from prefect import flow
from prefect.artifacts import create_table_artifact
from prefect.client.schemas.objects import State
from prefect.states import Completed

from pipeline.settings import load_settings
from pipeline.stages.context import open_context
from pipeline.stages.maintain import maintain as run_maintenance

__all__ = ["maintain"]


@flow(name="maintain", persist_result=False)
def maintain() -> State:
    """Keep the corpus and this machine tidy; runs daily."""
    with open_context(load_settings().settings) as context:
        done = asdict(run_maintenance(context))
    rows = [{"what": name.replace("_", " "), "result": value} for name, value in done.items()]
    create_table_artifact(key="maintained", table=rows, description="What the maintenance did")
    return Completed(message=", ".join(f"{row['what']}: {row['result']}" for row in rows))
