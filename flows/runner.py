"""Deployments, schedules and the runner; imported once the server answers."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

from prefect.client.orchestration import get_client
from prefect.runner import Runner
from prefect.types.entrypoint import EntrypointType

from flows.backfill import backfill
from flows.begin import ONCE, catch_up, end_dead_runs, forget_planned, own_schedules, watch_heartbeats
from flows.collect import collect
from flows.maintain import maintain
from flows.publish import publish
from flows.rededup import rededup
from flows.submit import wait_for
from flows.sync import following, sync, sync_schedules
from flows.watcher import watching
from pipeline.errors import CopydeskError
from pipeline.logs import tell
from pipeline.settings import Settings
from pipeline.sources.declaration import read_sources
from pipeline.stages.context import open_context

__all__ = ["run_once", "serve_forever"]

_LOG = logging.getLogger(__name__)
_TAGS = ["copydesk"]
_AGAIN_S = 5.0


def serve_forever(settings: Settings, on_ready: Callable[[], None]) -> None:
    """Run what is due until this process is told to stop; `on_ready` is called once the deployments are there."""
    asyncio.run(_serve(settings, on_ready))


def run_once(settings: Settings) -> int:
    """Run `collect` and the publish it asks for, and stop; gives the exit code."""
    return asyncio.run(_once(settings))


async def _serve(settings: Settings, on_ready: Callable[[], None]) -> None:
    runner = await _prepared(settings, scheduled=True)
    await asyncio.to_thread(_begin, settings)
    on_ready()
    ending = threading.Event()
    following(settings, ending)
    watching(settings, ending)
    try:
        await _run_on(settings, runner)
    finally:
        ending.set()


async def _run_on(settings: Settings, runner: Runner) -> None:
    while True:
        try:
            await runner.start()
        except Exception:  # noqa: BLE001 (a runner gives up on a server that is away for long; the schedules must go on)
            _LOG.exception("the runner stopped; it is started again")
        else:
            return
        runner = await _prepared_again(settings)


async def _prepared_again(settings: Settings) -> Runner:
    while True:
        await asyncio.sleep(_AGAIN_S)
        try:
            return await _prepared(settings, scheduled=True)
        except Exception as error:  # noqa: BLE001 (whatever it is, the server or a declaration may be mended meanwhile)
            _LOG.warning("the runner cannot be started: %s", error)


async def _once(settings: Settings) -> int:
    runner = await _prepared(settings, scheduled=False)
    await asyncio.to_thread(_clear)
    others, stop = _children(), threading.Event()
    running = asyncio.create_task(runner.start())
    collecting = asyncio.create_task(asyncio.to_thread(_collect_now, others, stop))
    try:
        await asyncio.wait((running, collecting), return_when=asyncio.FIRST_COMPLETED)
        if not collecting.done():
            error = running.exception()
            raise CopydeskError(f"Prefect's runner ended before the flow run did: {type(error).__name__}: {error}")
        return await collecting
    finally:
        stop.set()  # asyncio waits for its threads at the end
        if not running.done():
            await runner.astop()
            running.cancel()
        await asyncio.gather(running, collecting, return_exceptions=True)


async def _prepared(settings: Settings, *, scheduled: bool) -> Runner:
    """A runner with all deployments; `scheduled`: with their schedules, else it runs only what it is asked to."""
    runner = Runner(
        name="copydesk", limit=settings.crawl.parallel_sources + 1, query_seconds=2, pause_on_shutdown=False
    )
    for one in (collect, backfill, publish, rededup, sync, maintain):
        deployment = await one.ato_deployment(
            one.name,
            tags=_TAGS,
            entrypoint_type=EntrypointType.MODULE_PATH,
            # Which sources there are it checks itself, for the command line ahead of the form.
            enforce_parameter_schema=one is not collect,
        )
        await runner.aadd_deployment(deployment)
    if scheduled:
        await asyncio.to_thread(_schedule, settings)
    return runner


def _children() -> set[str]:
    """Ids of this process's children."""
    return {pid for path in Path("/proc/self/task").glob("*/children") for pid in path.read_text().split()}


def _begin(settings: Settings) -> None:
    """Once, before anything runs."""
    with get_client(sync_client=True) as client, open_context(settings) as context:
        dead = end_dead_runs(client)
        if dead:
            tell(__name__, f"{dead} flow runs of a former start were marked as crashed")
        watch_heartbeats(client)
        catch_up(client, context)


def _clear() -> None:
    """Leave nothing for the runner but what it is asked to run."""
    with get_client(sync_client=True) as client:
        end_dead_runs(client)
        forget_planned(client)


def _schedule(settings: Settings) -> None:
    """Bring all schedules in line with the declarations."""
    sources, broken = read_sources(settings.seeds)
    for problem in broken.values():
        tell(__name__, str(problem))
    with get_client(sync_client=True) as client:
        own_schedules(client)
        counts = sync_schedules(client, sources, broken)
    said = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
    tell(__name__, f"Schedules of {len(sources)} sources: {said or 'none'}")


def _collect_now(others: set[str], stop: threading.Event) -> int:
    with get_client(sync_client=True) as client:
        deployment = client.read_deployment_by_name("collect/collect")
        run = client.create_flow_run_from_deployment(deployment.id, tags=[ONCE])
    code = wait_for(UUID(str(run.id)), stop=stop)
    while _children() - others and not stop.wait(0.1):
        pass  # the processes of the runs end a moment after their runs
    return code
