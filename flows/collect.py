"""The flow `collect`: crawl the sources, stage what they gave, ask for a publish."""

from __future__ import annotations

from prefect import flow, get_run_logger, task
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from flows.gate import GATES, RUNNER, gated
from flows.patience import patiently
from flows.process import set_up_process
from flows.publish import ask_for_publish
from flows.reports import report_link
from flows.submit import HELD
from pipeline.errors import CopydeskError
from pipeline.models import RunState
from pipeline.settings import load_settings
from pipeline.sources.declaration import Source
from pipeline.stages.collect import collecting, crawl_one, finish_run
from pipeline.stages.context import open_context, select_sources

__all__ = ["collect"]


@task(task_run_name="crawl {source.id}", cache_policy=NO_CACHE)
def crawl(run_id: str, source: Source) -> str | None:
    """Crawl one source, as it was declared when the run began; gives what went wrong, or None."""
    try:
        with GATES[run_id], open_context(load_settings().settings) as context:
            return crawl_one(context, run_id, source)
    except CopydeskError as error:
        if not GATES[run_id].stopped.is_set():
            get_run_logger().error("%s: %s", source.id, error)
        return str(error)


@task(task_run_name="stage")
def stage(run_id: str) -> dict[str, int]:
    """Turn the run's captures into documents; gives their number by source."""
    with open_context(load_settings().settings) as context:
        report = finish_run(context, run_id)
    return report.documents_by_source if report else {}


@flow(
    name="collect",
    task_runner=RUNNER,  # type: ignore[arg-type]  # invariant upstream
    persist_result=False,
)
def collect(sources: list[str] = []) -> State:  # noqa: B006 (never changed; the form needs a plain default)
    """Collect sources: what is new comes in; what a run left behind that died is finished first.

    Args:
        sources: which of the declared sources; none means all that are enabled.
    """
    set_up_process()
    settings = load_settings().settings
    chosen = select_sources(settings, sources)
    if not chosen:
        return Completed(message=f"no source in {settings.seeds} is enabled; name one, or enable it")
    with open_context(settings) as context, collecting(context, chosen) as run_id:
        get_run_logger().info("run %s over %s sources", run_id, len(chosen))
        with gated(run_id, settings):
            crawls = [crawl.submit(run_id, source) for source in chosen]
            errors = {source.id: future.result() for source, future in zip(chosen, crawls, strict=True)}
        documents = stage(run_id)
        reports, run = context.runs.chunk_reports(run_id), context.runs.get(run_id)
    rows = [
        {
            "source": source.id,
            "pages": (reports[source.id] or {}).get("pages", 0),
            "documents": documents.get(source.id, 0),
            "problem": errors[source.id] or "",
        }
        for source in chosen
    ]
    patiently(create_table_artifact, key="yield", table=rows, description=f"What run {run_id} brought in")
    patiently(
        create_markdown_artifact,
        key="report",
        markdown=report_link(run_id),
        description="Whole once the run is published",
    )
    ask_for_publish()
    if run is not None and run.state is RunState.HELD:
        return Failed(message=f"run {run_id}{HELD}{run.reason}; see `copydesk runs show {run_id}`")
    failed = {name: error for name, error in errors.items() if error}
    if failed:
        return Failed(message="; ".join(f"{name}: {error}" for name, error in failed.items()))
    return Completed(message=f"run {run_id}: {sum(documents.values())} documents")
