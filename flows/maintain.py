"""The flow `maintain`: finish what dead runs left, sweep, keep the tables' files few."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta

from prefect import flow
from prefect.artifacts import create_table_artifact
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterEndTime,
)
from prefect.client.schemas.objects import TERMINAL_STATES, State
from prefect.states import Completed

from flows.flow_runs import in_state
from flows.patience import patiently
from flows.process import set_up_process
from pipeline.models import utc_now
from pipeline.settings import Settings, load_settings
from pipeline.stages.backup import back_up, open_place
from pipeline.stages.context import open_context
from pipeline.stages.health import source_health
from pipeline.stages.maintain import maintain as run_maintenance
from pipeline.stages.running import analyse_server

__all__ = ["maintain"]

_MOST_REMOVED = 2_000


@flow(name="maintain", persist_result=False)
def maintain() -> State:
    """Keep the corpus and this machine tidy; runs daily."""
    set_up_process()
    settings = load_settings().settings
    with open_context(settings) as context:
        done = asdict(run_maintenance(context))
        if settings.maintain.backup:
            place = open_place(settings, settings.maintain.backup)
            kept = back_up(context, place, keep=settings.maintain.keep_backups)
            done["backup"] = f"{kept.backup}, {kept.copied_bytes / 1e6:.1f} MB copied to {place.address}"
        done["flow_runs_removed"] = _prune(settings)
        analyse_server(settings)
        health = [one.row() for one in source_health(context)]
    text = "Sources as they stood then: documents of 24 hours, and a day in the week before; what is wrong comes first"
    patiently(create_table_artifact, key="source-health", table=health, description=text)
    rows = [{"what": name.replace("_", " "), "result": value} for name, value in done.items()]
    patiently(create_table_artifact, key="maintained", table=rows, description="What the maintenance did")
    return Completed(message=", ".join(f"{row['what']}: {row['result']}" for row in rows))


def _prune(settings: Settings) -> int:
    """Remove ended flow runs that the server need not remember; its own vacuum does most of that, hourly."""
    before = FlowRunFilterEndTime(before_=utc_now() - timedelta(days=settings.prefect.keep_days))
    ended = in_state(*sorted(TERMINAL_STATES))
    removed = 0
    with get_client(sync_client=True) as client:
        while removed < _MOST_REMOVED and (
            old := client.read_flow_runs(flow_run_filter=FlowRunFilter(state=ended, end_time=before), limit=200)
        ):
            for run in old:
                client.delete_flow_run(run.id)
            removed += len(old)
    return removed
