"""`copydesk config`."""

from __future__ import annotations

import os

import click

from pipeline.cli.common import emit, json_option, say, table

__all__ = ["config"]


@click.group()
def config() -> None:
    """Show the settings and where each came from."""


@config.command("show")
@json_option
def show(as_json: bool) -> None:
    """Print every setting with its value and origin (flag, environment, file, default)."""
    from pipeline.logs import redact
    from pipeline.settings import load_settings, misspelt_variables

    for name, meant in misspelt_variables(os.environ).items():
        say(f"warning: {name} is no setting{f'; did you mean {meant}?' if meant else ''}")
    rows = [(name, redact(value), origin) for name, value, origin in load_settings().rows()]
    values = {name: {"value": value, "origin": origin} for name, value, origin in rows}
    emit(values, as_json=as_json, text=lambda: table("", ("setting", "value", "origin"), list(rows)))
