"""Declarations become schedules of the deployment `collect`, and choices of its form and the backfill's.

`copydesk up` follows the declarations by itself, in its own process; the flow `sync` does the same when a person asks.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Sequence
from copy import deepcopy
from pathlib import Path
from threading import Event, Thread

from httpx import codes
from prefect import flow, get_run_logger
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import DeploymentScheduleCreate, DeploymentUpdate
from prefect.client.schemas.schedules import CronSchedule
from prefect.exceptions import ObjectNotFound, PrefectHTTPStatusError

from flows.process import set_up_process
from pipeline.settings import Settings, load_settings
from pipeline.sources.declaration import Source, read_sources
from pipeline.sources.schedule import cron_of

__all__ = ["following", "sync", "sync_schedules"]

_LOG = logging.getLogger(__name__)
_LOOK_S = 10.0
_ANYWAY_S = 3600.0
_DEPLOYMENT = "collect/collect"
_BACKFILL = "backfill/backfill"


@flow(name="sync", persist_result=False)
def sync() -> dict[str, int]:
    """Bring the schedules in line with the declarations; a source whose declaration is broken keeps its own."""
    set_up_process()
    sources, broken = read_sources(load_settings().settings.seeds)
    for problem in broken.values():
        get_run_logger().error(problem)
    with get_client(sync_client=True) as client:
        return sync_schedules(client, sources, broken)


def following(settings: Settings, ending: Event) -> Thread:
    """Start what brings the schedules in line soon after a declaration changed; it stops when `ending` is set."""
    thread = Thread(target=_follow, args=(settings, ending), name="declarations", daemon=True)
    thread.start()
    return thread


def _follow(settings: Settings, ending: Event) -> None:
    """Read the declarations when one of their files changed, and once an hour, since schedules can be changed too."""
    done, due, told = _files(settings.seeds), time.monotonic() + _ANYWAY_S, ""
    while not ending.wait(_LOOK_S):
        there = _files(settings.seeds)
        if there == done and time.monotonic() < due:
            continue
        try:
            sources, broken = read_sources(settings.seeds)
            with get_client(sync_client=True) as client:
                counts = sync_schedules(client, sources, broken)
        except Exception as error:  # noqa: BLE001 (the server or the folder may be away; the next look may go well)
            if str(error) != told:
                told = str(error)
                _LOG.warning("the schedules could not be brought in line, which is tried again: %s", error)
            continue
        if there != done:
            for problem in broken.values():
                _LOG.error("%s", problem)
            _LOG.info("schedules of %s sources: %s", len(sources), counts)
        done, due, told = there, time.monotonic() + _ANYWAY_S, ""


def _files(folder: Path) -> dict[Path, tuple[int, int, int]]:
    """What tells that a declaration changed: its file's time, size and number."""
    found = {}
    for path in folder.rglob("*.toml"):
        try:
            stat = path.stat()
        except OSError:  # it went meanwhile
            continue
        found[path] = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
    return found


def sync_schedules(
    client: SyncPrefectClient, sources: Sequence[Source], broken: Collection[str] = ()
) -> dict[str, int]:
    """Create, change and delete schedules; a pause that a person made stays.

    A source that its declaration switches off has no schedule, so that one that is there and off was paused by hand.

    Args:
        client: of the server.
        sources: all declarations that are valid.
        broken: ids of sources whose declaration is not; their schedules stay as they are.

    Returns:
        How many were created, changed, deleted and kept.
    """
    try:
        return _sync(client, sources, broken)
    except (ObjectNotFound, PrefectHTTPStatusError) as error:
        if isinstance(error, PrefectHTTPStatusError) and error.response.status_code != codes.CONFLICT:
            raise
        return _sync(client, sources, broken)  # another process brought one of them in line at the same moment


def _sync(client: SyncPrefectClient, sources: Sequence[Source], broken: Collection[str]) -> dict[str, int]:
    deployment = client.read_deployment_by_name(_DEPLOYMENT)
    have = {schedule.slug: schedule for schedule in client.read_deployment_schedules(deployment.id)}
    counts = {"created": 0, "changed": 0, "deleted": 0, "kept": 0}
    for source in (one for one in sources if one.enabled):
        cron = CronSchedule(cron=cron_of(source.id, source.schedule), timezone="UTC")
        parameters = {"sources": [source.id]}
        old = have.pop(source.id, None)
        if old is None:
            schedule = DeploymentScheduleCreate(schedule=cron, active=True, parameters=parameters, slug=source.id)
            client.create_deployment_schedules(deployment.id, [schedule])
            counts["created"] += 1
        elif (old.schedule, old.parameters) != (cron, parameters):
            client.update_deployment_schedule(deployment.id, old.id, schedule=cron, parameters=parameters)
            counts["changed"] += 1
        else:
            counts["kept"] += 1
    for gone in (schedule for slug, schedule in have.items() if slug not in broken):
        client.delete_deployment_schedule(deployment.id, gone.id)
        counts["deleted"] += 1
    _offer_sources(client, sorted({source.id for source in sources} | set(broken)))
    return counts


def _offer_sources(client: SyncPrefectClient, ids: list[str]) -> None:
    """Let the forms offer the declared sources; a new deployment of the flows has none."""
    for name in (_DEPLOYMENT, _BACKFILL):
        deployment = client.read_deployment_by_name(name)
        schema = deepcopy(deployment.parameter_openapi_schema or {})
        form = schema if name == _DEPLOYMENT else schema["definitions"]["BackfillForm"]
        items = form["properties"]["sources"]["items"]
        if items.get("enum") != ids:
            items["enum"] = ids
            client.update_deployment(deployment.id, DeploymentUpdate(parameter_openapi_schema=schema))
