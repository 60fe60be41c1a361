"""`copydesk collect` and `copydesk publish`."""

from __future__ import annotations

from typing import Any

import click

from pipeline.cli.common import EXIT_SOME_FAILED, emit, json_option, progress, say, store_option
from pipeline.errors import QualityError

__all__ = ["collect", "publish"]


@click.command()
@click.argument("source", nargs=-1)
@click.option("--no-prefect", is_flag=True, help="Run in this process, without a Prefect server.")
@json_option
@store_option
def collect(source: tuple[str, ...], no_prefect: bool, as_json: bool, store: str | None) -> int:
    """Collect the named SOURCEs (default: all enabled ones) and publish what came in."""
    from pipeline.logs import setup_logging
    from pipeline.settings import load_settings

    settings = load_settings({"store": store}).settings
    setup_logging(settings.log_level, settings.log_format)
    if not no_prefect:
        from pipeline.cli.prefect import submit

        return submit(settings, "collect", {"sources": list(source)}, as_json=as_json)

    from pipeline.stages.collect import collect as run_collect
    from pipeline.stages.context import open_context, select_sources
    from pipeline.stages.publish import publish as run_publish

    sources = select_sources(settings, source)
    if not sources:
        say(f"nothing to collect: no source in {settings.seeds} is enabled; name one, or enable it")
        return 0
    with open_context(settings) as context:
        collected = run_collect(context, sources, progress=progress)
        published = run_publish(context, progress, wait_s=600)
        run = context.runs.get(collected.run_id)
    held = run.reason if run is not None and run.state.value == "held" else None
    summary = {
        "run_id": collected.run_id,
        "documents": collected.report.documents if collected.report else 0,
        "outcomes": collected.report.outcomes if collected.report else {},
        "errors": dict(collected.errors),
        "held": held,
        "version": published.version,
        "new_revisions": published.documents,
        "stories_added": published.stories_added,
    }
    emit(summary, as_json=as_json, text=lambda: _print_summary(summary))
    if held:
        raise QualityError(f"run {collected.run_id} is held: {held}; see `copydesk runs show {collected.run_id}`")
    return EXIT_SOME_FAILED if collected.errors else 0


@click.command()
@json_option
@store_option
def publish(as_json: bool, store: str | None) -> None:
    """Publish all staged runs, together as one corpus version where they are not very many documents."""
    from pipeline.settings import load_settings
    from pipeline.stages.context import open_context
    from pipeline.stages.publish import publish as run_publish

    with open_context(load_settings({"store": store}).settings) as context:
        published = run_publish(context, progress, wait_s=600)
    text = f"version {published.version}: {len(published.runs)} runs, {published.documents} new revisions"
    emit(published, as_json=as_json, text=lambda: print(text))


def _print_summary(summary: dict[str, Any]) -> None:
    print(f"run {summary['run_id']}: {summary['documents']} documents, {summary['new_revisions']} of them new")
    print(f"corpus version {summary['version']}, {summary['stories_added']} new stories")
    for source, error in summary["errors"].items():
        say(f"  {source}: {error}")
