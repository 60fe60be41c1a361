"""`copydesk runs` and `copydesk report`."""

from __future__ import annotations

from typing import Any

import click

from pipeline.cli.common import emit, json_option, say, store_option, table
from pipeline.errors import ConfigError

__all__ = ["report", "runs"]


@click.group()
def runs() -> None:
    """List, show and discard runs."""


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
        (one.run_id, one.state.value, len(one.sources), (one.report or {}).get("documents", 0), one.published_version)
        for one in found
    ]
    columns = ("run", "state", "sources", "documents", "version")
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
@click.option("--reason", required=True, help="Why; kept with the run.")
@store_option
def discard(run_id: str, reason: str, store: str | None) -> None:
    """Never publish a run that is staged; its raw pages stay."""
    from pipeline.models import RunState
    from pipeline.settings import load_settings
    from pipeline.stages.context import open_context

    with open_context(load_settings({"store": store}).settings) as context:
        run = context.runs.get(run_id)
        if run is None or run.state is RunState.PUBLISHED:
            state = "published already" if run else "not known"
            raise ConfigError(f"run {run_id} is {state}; see `copydesk runs list` for runs that are staged")
        context.runs.set_state(run_id, RunState.DISCARDED, reason=reason)
    say(f"run {run_id} is discarded: {reason}")


@click.command()
@click.argument("run_id", required=False)
@json_option
@store_option
def report(run_id: str | None, as_json: bool, store: str | None) -> None:
    """Say what a run did (default: the newest)."""
    _show(run_id, as_json=as_json, store=store)


def _show(run_id: str | None, *, as_json: bool, store: str | None) -> None:
    from pipeline.settings import load_settings
    from pipeline.stages.context import open_context

    with open_context(load_settings({"store": store}).settings) as context:
        newest = context.runs.find(limit=1)
        run = context.runs.get(run_id) if run_id else next(iter(newest), None)
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
        "sources": chunks,
        "outcomes": [dict(zip(("source", "stage", "outcome", "reason", "count"), row, strict=True)) for row in counts],
        "report": run.report,
    }
    emit(value, as_json=as_json, text=lambda: _print(value))


def _print(value: dict[str, Any]) -> None:
    version = f"corpus version {value['version']}" if value["version"] else "in no corpus version"
    print(f"run {value['run_id']}: {value['state']}, started {value['started_at'][:19]}Z, {version}")
    documents = (value["report"] or {}).get("documents_by_source", {})
    rows = [
        (name, chunk["requests"], chunk["captures"], documents.get(name, 0), chunk["error"] or "")
        if chunk
        else (name, 0, 0, documents.get(name, 0), "not crawled yet")
        for name, chunk in value["sources"].items()
    ]
    table("", ("source", "requests", "archived", "documents", "problem"), list(rows))
    table("", ("source", "stage", "outcome", "reason", "count"), [tuple(one.values()) for one in value["outcomes"]])
