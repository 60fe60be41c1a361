"""The flow `maintain`: finish what dead runs left, sweep, keep the tables' files few."""

from __future__ import annotations

from dataclasses import asdict

from prefect import flow
from prefect.artifacts import create_table_artifact
from prefect.client.schemas.objects import State
from prefect.states import Completed

from flows.lifeline import die_with_parent
from pipeline.settings import load_settings
from pipeline.stages.backup import back_up, open_place
from pipeline.stages.context import open_context
from pipeline.stages.health import source_health
from pipeline.stages.maintain import maintain as run_maintenance

__all__ = ["maintain"]


@flow(name="maintain", persist_result=False)
def maintain() -> State:
    """Keep the corpus and this machine tidy; runs daily."""
    die_with_parent()
    settings = load_settings().settings
    with open_context(settings) as context:
        done = asdict(run_maintenance(context))
        if settings.maintain.backup:
            place = open_place(settings, settings.maintain.backup)
            kept = back_up(context, place, keep=settings.maintain.keep_backups)
            done["backup"] = f"{kept.backup}, {kept.copied_bytes / 1e6:.1f} MB copied to {place.address}"
        health = [one.row() for one in source_health(context)]
    text = "Sources as they stood then: documents of 24 hours, and a day in the week before; what is wrong comes first"
    create_table_artifact(key="source-health", table=health, description=text)
    rows = [{"what": name.replace("_", " "), "result": value} for name, value in done.items()]
    create_table_artifact(key="maintained", table=rows, description="What the maintenance did")
    return Completed(message=", ".join(f"{row['what']}: {row['result']}" for row in rows))
