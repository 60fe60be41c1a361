"""`copydesk runs` and `copydesk report`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.common import emit, json_option, say, store_option, table
from pipeline.errors import ConfigError

if TYPE_CHECKING:
    from pipeline.stages.context import Context

__all__ = ["report", "runs"]


@click.group()
def runs() -> None:
    """List and show runs; publish held ones, or discard them."""


@runs.command("list")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True)
@json_option
@store_option
def list_(limit: int, as_json: bool, store: str | None) -> None:
    """List runs, the newest first."""
    from pipeline.settings import load_settings
    from pipeline.stages.context import open_context

    with open_context(load_settings({"store": store}).settings) as context:
        found = context.runs.find(limit=limit)
    rows = [
        (
            one.run_id, one.kind, one.state.value, len(one.sources), (one.report or {}).get("documents", 0),
            one.published_version, one.reason,
        )
        for one in found
    ]  # fmt: skip
    columns = ("run", "kind", "state", "sources", "documents", "version", "reason")
    as_dicts = [dict(zip(columns, row, strict=True)) for row in rows]
    emit(as_dicts, as_json=as_json, text=lambda: table("", columns, list(rows)))


@runs.command()
@click.argument("run_id")
@json_option
@store_option
def show(run_id: str, as_json: bool, store: str | None) -> None:
    """Show one run: each source's crawl, and the outcome of every capture."""
    _show(run_id, as_json=as_json, store=store)


@runs.command()
@click.argument("run_id")
@click.option("--force", is_flag=True, help="Publish although an expectation was breached.")
@click.option("--reason", help="Why; kept with the run.")
@json_option
@store_option
def publish(run_id: str, force: bool, reason: str | None, as_json: bool, store: str | None) -> None:
    """Publish a run that is held, with everything else that is staged."""
    from pipeline.settings import load_settings
    from pipeline.stages.context import open_context
    from pipeline.stages.publish import publish as publish_staged
    from pipeline.stages.release import release_run

    with open_context(load_settings({"store": store}).settings) as context:
        release_run(context, run_id, force=force, reason=reason)
        published = publish_staged(context, wait_s=600)
    emit(published, as_json=as_json, text=lambda: print(f"run {run_id} is in corpus version {published.version}"))


@runs.command()
@click.argument("run_id")
@click.option("--reason", required=True, help="Why; kept with the run.")
@store_option
def discard(run_id: str, reason: str, store: str | None) -> None:
    """Never publish a run that is staged or held, or cannot be finished; its raw pages stay."""
    from pipeline.settings import load_settings
    from pipeline.stages.context import open_context
    from pipeline.stages.release import discard_run

    with open_context(load_settings({"store": store}).settings) as context:
        discard_run(context, run_id, reason=reason)
    say(f"run {run_id} is discarded: {reason}")


@click.command()
@click.argument("run_id", required=False)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write the page about the run to this file."
)
@json_option
@store_option
def report(run_id: str | None, output: Path | None, as_json: bool, store: str | None) -> None:
    """Say what a run did (default: the newest).

    With -o, as one HTML page that needs no network: intake, failures, source health, the biggest stories with who ran
    them and what each changed.
    """
    _show(run_id, as_json=as_json, store=store, output=output)


def _show(run_id: str | None, *, as_json: bool, store: str | None, output: Path | None = None) -> None:
    from pipeline.settings import load_settings
    from pipeline.stages.context import open_context

    with open_context(load_settings({"store": store}).settings) as context:
        newest = context.runs.find(limit=1)
        run = context.runs.get(run_id) if run_id else next(iter(newest), None)
        if output is not None and (run or run_id):
            _write_page(context, run.run_id if run else str(run_id), output, as_json=as_json)
            return
        if run is None:
            known = newest[0].run_id if newest else "none yet"
            raise ConfigError(f"no run {run_id or ''}; the newest is: {known}; see `copydesk runs list`")
        counts = context.runs.counts(run.run_id)
        chunks = context.runs.chunk_reports(run.run_id)
    value: dict[str, Any] = {
        "run_id": run.run_id,
        "state": run.state.value,
        "started_at": run.started_at.isoformat(),
        "version": run.published_version,
        "kind": run.kind,
        "reason": run.reason,
        "backfill_id": run.backfill_id,
        "window": run.window and [str(run.window.start), str(run.window.end)],
        "sources": chunks,
        "outcomes": [dict(zip(("source", "stage", "outcome", "reason", "count"), row, strict=True)) for row in counts],
        "report": run.report,
    }
    emit(value, as_json=as_json, text=lambda: _print(value))


def _write_page(context: Context, run_id: str, output: Path, *, as_json: bool) -> None:
    from pipeline.corpus.export.formats import whole_file
    from pipeline.stages.report import run_page

    page = run_page(context, run_id)
    with whole_file(output) as path:
        path.write_bytes(page)
    value = {"run_id": run_id, "path": str(output), "bytes": len(page)}
    emit(value, as_json=as_json, text=lambda: say(f"the page about run {run_id} is in {output}"))


def _print(value: dict[str, Any]) -> None:
    version = f"corpus version {value['version']}" if value["version"] else "in no corpus version"
    print(f"{value['kind']} run {value['run_id']}: {value['state']}, started {value['started_at'][:19]}Z, {version}")
    if value["reason"]:
        print(f"reason: {value['reason']}")
    if value["backfill_id"]:
        print(f"backfill {value['backfill_id']}, {value['window'][0]} to {value['window'][1]}")
    documents = (value["report"] or {}).get("documents_by_source", {})
    rows = [
        (name, chunk["requests"], chunk["captures"], documents.get(name, 0), chunk["error"] or "")
        if chunk
        else (name, 0, 0, documents.get(name, 0), "not crawled yet")
        for name, chunk in value["sources"].items()
    ]
    table("", ("source", "requests", "archived", "documents", "problem"), list(rows))
    table("", ("source", "stage", "outcome", "reason", "count"), [tuple(one.values()) for one in value["outcomes"]])
