"""`copydesk sources`."""

from __future__ import annotations

import click

from pipeline.cli.common import emit, json_option, table

__all__ = ["sources"]


@click.group()
def sources() -> None:
    """List and check source declarations."""


@sources.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List all declared sources."""
    from pipeline.settings import load_settings
    from pipeline.sources.declaration import load_sources
    from pipeline.sources.schedule import cron_of

    found = load_sources(load_settings().settings.seeds)
    columns = ("id", "name", "kind", "enabled", "schedule", "homepage")
    rows = [(one.id, one.name, one.kind, one.enabled, cron_of(one.id, one.schedule), one.homepage) for one in found]
    as_dicts = [dict(zip(columns, row, strict=True)) for row in rows]
    shown: list[tuple[object, ...]] = [(*row[:3], "yes" if row[3] else "no", *row[4:]) for row in rows]
    emit(as_dicts, as_json=as_json, text=lambda: table("", columns, shown))


@sources.command()
@json_option
def check(as_json: bool) -> None:
    """Check all declarations; problems are listed with file and line, and the exit code is 4."""
    from pipeline.settings import load_settings
    from pipeline.sources.declaration import load_sources

    settings = load_settings().settings
    count = len(load_sources(settings.seeds))
    text = f"{count} declarations in {settings.seeds} are valid"
    emit({"declarations": count, "valid": True}, as_json=as_json, text=lambda: print(text))
