"""`copydesk backfill`."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.common import EXIT_SOME_FAILED, emit, json_option, progress, say, store_option, table

if TYPE_CHECKING:
    from pipeline.stages.backfill import Backfill
    from pipeline.stages.context import Context
    from pipeline.store.runs import Chunk

__all__ = ["backfill"]

_DAY = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.argument("source", nargs=-1)
@click.option("--from", "start", type=_DAY, required=True, help="First day, UTC.")
@click.option("--to", "end", type=_DAY, required=True, help="Last day, UTC; it counts whole.")
@click.option(
    "--method", type=click.Choice(["site", "wayback", "common-crawl", "reprocess"]), default="site", show_default=True,
    help="site: the sites' own archives, and saved files; wayback, common-crawl: copies that these archives have; "
    "reprocess: pages that are stored already.",
)  # fmt: skip
@click.option("--chunk-days", type=click.IntRange(1, 3660), default=7, show_default=True, help="Days in a chunk.")
@click.option("--limit", type=click.IntRange(1), help="Most pages to fetch from each source.")
@click.option("--id", "backfill_id", help="Go on with this backfill instead of starting another.")
@click.option("--dry-run", is_flag=True, help="Show the plan: no site is asked, of other archives the index.")
@click.option("--no-prefect", is_flag=True, help="Run in this process, without a Prefect server.")
@json_option
@store_option
def backfill(
    source: tuple[str, ...],
    start: datetime,
    end: datetime,
    method: str,
    chunk_days: int,
    limit: int | None,
    backfill_id: str | None,
    dry_run: bool,
    no_prefect: bool,
    as_json: bool,
    store: str | None,
) -> int:
    """Collect texts of past days of the named SOURCEs (default: all enabled ones) and publish them.

    The days are those of the texts: their own date, or the listing's, or the capture's.
    """
    from pipeline.logs import setup_logging
    from pipeline.models import Method, Window
    from pipeline.settings import load_settings
    from pipeline.stages.backfill import Backfill, new_backfill_id
    from pipeline.stages.context import open_context, select_sources

    settings = load_settings({"store": store}).settings
    setup_logging(settings.log_level, settings.log_format)
    try:
        window = Window(start.date(), end.date())
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    chosen = tuple(select_sources(settings, source))
    wanted = Backfill(
        backfill_id=backfill_id or new_backfill_id(), sources=chosen, window=window, method=Method(method),
        chunk_days=chunk_days, limit=limit,
    )  # fmt: skip
    if not dry_run and not no_prefect:
        from pipeline.cli.prefect import submit

        return submit(settings, "backfill", _parameters(wanted), as_json=as_json)
    with open_context(settings) as context:
        return (_plan if dry_run else _run)(context, wanted, as_json)


def _parameters(wanted: Backfill) -> dict[str, Any]:
    """What the form of the flow asks for."""
    form = {
        "sources": [one.id for one in wanted.sources],
        "start": str(wanted.window.start),
        "end": str(wanted.window.end),
        "method": wanted.method.value,
        "chunk_days": wanted.chunk_days,
        "limit": wanted.limit,
        "dry_run": False,
        "backfill_id": wanted.backfill_id,
    }
    return {"form": form}


def _plan(context: Context, wanted: Backfill, as_json: bool) -> int:
    from pipeline.stages.backfill import plan_backfill

    rows = [planned.row() for planned in plan_backfill(context, wanted)]
    columns = ("source", "from", "to", "method", "pages", "asks", "requests", "state")
    least = " at least" if wanted.method.value == "site" else ""
    requests = sum(int(row["requests"]) for row in rows)
    title = f"backfill {wanted.backfill_id}: {len(rows)} chunks,{least} {requests} requests"
    emit(
        {"backfill_id": wanted.backfill_id, "chunks": rows},
        as_json=as_json,
        text=lambda: table(title, columns, [tuple(row.values()) for row in rows]),
    )
    return 0


def _run(context: Context, wanted: Backfill, as_json: bool) -> int:
    from pipeline.stages.backfill import run_backfill
    from pipeline.stages.publish import publish

    say(f"backfill {wanted.backfill_id}; give --id {wanted.backfill_id} to go on with it")
    try:
        chunks = run_backfill(context, wanted, progress)
    except KeyboardInterrupt:
        say(f"stopped; go on with --id {wanted.backfill_id}")
        raise
    published = publish(context, progress, wait_s=600)
    rows = [_row(chunk) for chunk in chunks]
    value = {"backfill_id": wanted.backfill_id, "chunks": rows, "version": published.version}
    columns = ("source", "from", "to", "pages", "state", "problem")
    text = f"backfill {wanted.backfill_id}: {len(rows)} chunks, corpus version {published.version}"
    emit(value, as_json=as_json, text=lambda: table(text, columns, [tuple(row.values()) for row in rows]))
    return EXIT_SOME_FAILED if any(row["problem"] for row in rows) else 0


def _row(chunk: Chunk) -> dict[str, object]:
    report = chunk.report or {}
    state = "done" if chunk.done else "stopped at the limit" if report.get("limited") or not report else "to be resumed"
    pages, problem = report.get("pages", 0), report.get("error") or ""
    return {**chunk.place(), "pages": pages, "state": state, "problem": problem}
