"""What a start puts in order: runs of a former start, our own schedules, what fell due meanwhile."""

from __future__ import annotations

from datetime import datetime, timedelta

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import DeploymentScheduleCreate
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterExpectedStartTime
from prefect.client.schemas.objects import StateType
from prefect.client.schemas.schedules import CronSchedule
from prefect.events.actions import ChangeFlowRunState
from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture
from prefect.events.schemas.events import ResourceSpecification
from prefect.states import Cancelled, Crashed

from flows.flow_runs import all_runs, in_state
from pipeline.logs import tell
from pipeline.models import utc_now
from pipeline.sources.declaration import read_sources
from pipeline.stages.context import Context
from pipeline.stages.due import due_sources, maintenance_is_due

__all__ = ["ONCE", "catch_up", "end_dead_runs", "forget_planned", "own_schedules", "watch_heartbeats"]

ONCE = "once"
"""Tag of the run of a start that collects one time: nobody else waits for it."""

_AUTOMATION = "Copydesk: a run whose process fell silent has crashed"
_DAILY = "daily"
_BY_NIGHT = CronSchedule(cron="17 3 * * *", timezone="UTC")


def end_dead_runs(client: SyncPrefectClient) -> int:
    """End flow runs that a former `copydesk up` left as running: their processes ended with it. Gives their number."""
    count = 0
    left = in_state(StateType.RUNNING, StateType.PENDING, StateType.CANCELLING)
    for run in list(all_runs(client, FlowRunFilter(state=left))):
        asked = run.state is not None and run.state.type is StateType.CANCELLING
        text = "`copydesk up` ended before this run did; what it had archived is finished by the next run"
        client.set_flow_run_state(run.id, Cancelled(message=text) if asked else Crashed(message=text), force=True)
        count += 1
    return count


def forget_planned(client: SyncPrefectClient, *, before: datetime | None = None) -> int:
    """Remove unbegun runs of schedules, and those of former starts that were to collect one time; gives their number.

    A start that collects one time would run all that with it; `copydesk up` has the schedules planned anew, and need
    only remove those that were due `before` it.
    """
    due = None if before is None else FlowRunFilterExpectedStartTime(before_=before)
    waiting = FlowRunFilter(state=in_state(StateType.SCHEDULED), expected_start_time=due)
    planned = [run for run in all_runs(client, waiting) if run.auto_scheduled or ONCE in run.tags]
    for run in planned:
        client.delete_flow_run(run.id)
    return len(planned)


def own_schedules(client: SyncPrefectClient) -> None:
    """Give `maintain` its schedule, once: a person who pauses it finds it paused after a restart.

    `sync` had one in former versions; now `copydesk up` follows the declarations itself.
    """
    for name, slugs in (("sync", set[str]()), ("maintain", {_DAILY})):
        deployment = client.read_deployment_by_name(f"{name}/{name}")
        there = {one.slug: one.id for one in client.read_deployment_schedules(deployment.id)}
        for slug in there.keys() - slugs:
            client.delete_deployment_schedule(deployment.id, there[slug])
        for slug in slugs - there.keys():
            wanted = DeploymentScheduleCreate(schedule=_BY_NIGHT, active=True, slug=slug)
            client.create_deployment_schedules(deployment.id, [wanted])


def watch_heartbeats(client: SyncPrefectClient) -> None:
    """An automation that marks a flow run as crashed when its process sends no heartbeat for ninety seconds."""
    if client.read_automations_by_name(_AUTOMATION):
        return  # a person may have changed it, or switched it off
    ends = ("heartbeat", "Completed", "Failed", "Cancelled", "Crashed")
    trigger = EventTrigger(
        after={"prefect.flow-run.heartbeat"},
        expect={f"prefect.flow-run.{name}" for name in ends},
        match=ResourceSpecification({"prefect.resource.id": ["prefect.flow-run.*"]}),
        for_each={"prefect.resource.id"},
        posture=Posture.Proactive,
        threshold=1,
        within=timedelta(seconds=90),
    )
    action = ChangeFlowRunState(state=StateType.CRASHED, message="no heartbeat for 90 seconds: its process is gone")
    client.create_automation(AutomationCore(name=_AUTOMATION, trigger=trigger, actions=[action]))


def catch_up(client: SyncPrefectClient, context: Context) -> int:
    """Start what fell due while nothing ran: one run over all sources that did, in place of every run that was missed.

    Returns:
        The number of those sources.
    """
    missed = forget_planned(client, before=utc_now())
    collect = client.read_deployment_by_name("collect/collect")
    active = {one.slug for one in client.read_deployment_schedules(collect.id) if one.active}
    sources, _ = read_sources(context.settings.seeds)
    due = [name for name in due_sources(context, sources, utc_now()) if name in active]
    if due:
        client.create_flow_run_from_deployment(collect.id, parameters={"sources": due}, tags=["catch-up"])
    if maintenance_is_due(context, utc_now()):
        maintain = client.read_deployment_by_name("maintain/maintain")
        if any(one.active for one in client.read_deployment_schedules(maintain.id)):
            client.create_flow_run_from_deployment(maintain.id, tags=["catch-up"])
    if due or missed:
        instead = f"; {missed} planned runs were missed" if missed else ""
        tell(__name__, f"Catching up in one run: {len(due)} sources fell due meanwhile{instead}")
    return len(due)
