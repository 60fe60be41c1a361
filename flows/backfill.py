"""The flow `backfill`: texts of past days, by source and days in chunks, from a form."""

from __future__ import annotations

from datetime import date, timedelta
from time import monotonic
from typing import Annotated, Any, Literal

from prefect import flow, get_run_logger, task
from prefect.artifacts import create_progress_artifact, create_table_artifact, update_progress_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed
from pydantic import BaseModel, Field

from flows.gate import GATES, RUNNER, gated
from flows.patience import patiently
from flows.process import set_up_process
from flows.publish import publish_now
from pipeline.errors import CopydeskError
from pipeline.models import Method, Window
from pipeline.settings import load_settings
from pipeline.stages.backfill import Backfill, Chunk, backfilling, new_backfill_id, plan_backfill, run_chunk
from pipeline.stages.context import Context, open_context, select_sources

__all__ = ["BackfillForm", "backfill"]


class BackfillForm(BaseModel):
    """Texts of past days, fetched in chunks. Started again with its id, a backfill goes on where it ended."""

    sources: Annotated[list[str], Field(title="Sources", min_length=1, json_schema_extra={"items": {"type": "string"}})]
    start: Annotated[date, Field(title="From", description="first day of the texts, UTC")]
    end: Annotated[date, Field(title="To", description="last day of the texts; it counts whole")]
    method: Annotated[
        Literal["site", "wayback", "common-crawl", "reprocess"],
        Field(
            title="Method",
            description="site: the sites' own archives, and saved files; wayback, common-crawl: copies that these "
            "archives have; reprocess: pages that are stored already",
        ),
    ] = "site"
    chunk_days: Annotated[int, Field(title="Days in a chunk", ge=1, le=3660)] = 7
    limit: Annotated[int | None, Field(title="Limit", ge=1, description="most pages to fetch from each source")] = None
    dry_run: Annotated[
        bool, Field(title="Dry run", description="only show the plan; no site is asked, of other archives the index")
    ] = True
    backfill_id: Annotated[
        str | None, Field(title="Backfill id", description="go on with this backfill instead of starting another")
    ] = None


@task(task_run_name="{chunk.source} {chunk.window.start} to {chunk.window.end}", cache_policy=NO_CACHE)
def fetch(wanted: Backfill, chunk: Chunk) -> str | None:
    """Fetch and stage one chunk; gives what went wrong, or None."""
    try:
        with GATES[wanted.backfill_id], open_context(load_settings().settings) as context:
            done = run_chunk(context, wanted, chunk, stop=GATES[wanted.backfill_id].stopped)
    except CopydeskError as error:
        if not GATES[wanted.backfill_id].stopped.is_set():
            get_run_logger().error("%s: %s", chunk.place(), error)
        return str(error)
    return None if done.report is None else done.report["error"]


@flow(name="backfill", task_runner=RUNNER, persist_result=False)  # type: ignore[arg-type]  # invariant upstream
def backfill(form: BackfillForm) -> State:
    """Collect texts of past days: plan, fetch in chunks, publish. Started again with its id, it goes on."""
    set_up_process()
    settings = load_settings().settings
    wanted = Backfill(
        backfill_id=form.backfill_id or new_backfill_id(), sources=tuple(select_sources(settings, form.sources)),
        window=Window(form.start, form.end), method=Method(form.method), chunk_days=form.chunk_days, limit=form.limit,
    )  # fmt: skip
    with open_context(settings) as context:
        plan = plan_backfill(context, wanted, ask=form.dry_run)
        patiently(create_table_artifact, key="plan", table=[one.row() for one in plan], description=_named(wanted))
        if form.dry_run:
            return Completed(message=f"dry run: {len(plan)} chunks, nothing was fetched; see the artifact `plan`")
        get_run_logger().info("backfill %s: %s chunks", wanted.backfill_id, len(plan))
        problems = _run(context, wanted)
        patiently(create_table_artifact, key="yield", table=_yields(context, wanted), description=_named(wanted))
        text = f"backfill {wanted.backfill_id}: {publish_now(context)}"
    if problems:
        again = f"start it again with the backfill id {wanted.backfill_id} to go on"
        return Failed(message=f"{'; '.join(problems)}; {again}. {text}")
    return Completed(message=text)


def _named(wanted: Backfill) -> str:
    return f"Backfill {wanted.backfill_id}, texts of {wanted.window.start} to {wanted.window.end}"


def _run(context: Context, wanted: Backfill) -> list[str]:
    """Run the chunks that are left: sources side by side, the chunks of a source one after another."""
    with backfilling(context, wanted) as chunks, gated(wanted.backfill_id, context.settings):
        progress: Any = patiently(create_progress_artifact, progress=0.0, key="progress", description=_named(wanted))
        last: dict[str, Any] = {}
        futures = []
        for chunk in sorted(chunks, key=lambda one: (one.window.start, one.source)):
            before: Any = [last[chunk.source]] if chunk.source in last else []
            last[chunk.source] = fetch.submit(wanted, chunk, wait_for=before)  # type: ignore[call-overload]  # upstream
            futures.append(last[chunk.source])
        problems: list[str] = []
        start = monotonic()
        for number, future in enumerate(futures, 1):
            error = future.result()
            problems += [error] if error else []
            text = f"{_named(wanted)}: {number} of {len(futures)} chunks"
            left = timedelta(seconds=int((monotonic() - start) / number * (len(futures) - number)))
            text += f", about {left} to go" if left else ""
            patiently(update_progress_artifact, progress, progress=100.0 * number / len(futures), description=text)
    return list(dict.fromkeys(problems))


def _yields(context: Context, wanted: Backfill) -> list[dict[str, Any]]:
    rows = []
    for chunk in map(context.runs.look_up, wanted.chunks()):
        run = context.runs.get(chunk.run_id) if chunk.run_id else None
        report, whole = chunk.report or {}, (run.report if run is not None else None) or {}
        rows.append(
            {
                **chunk.place(),
                "pages": report.get("pages", 0),
                "documents": whole.get("documents", 0),
                "outside the days": whole.get("outside_window", 0),
                "undated": whole.get("undated", 0),
                "run": chunk.run_id,
                "problem": report.get("error") or "",
            }
        )
    return rows
