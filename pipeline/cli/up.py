"""`copydesk up`."""

from __future__ import annotations

import click

from pipeline.cli.common import store_option

__all__ = ["up"]


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), help="Port of the Prefect server; 0 takes a free one.")
@store_option
def up(port: int | None, store: str | None) -> int:
    """Start the Prefect server and the runner, put every source on its schedule, and print the UI's address.

    Ctrl-C stops all of it.
    """
    from pipeline.cli.prefect import run_module
    from pipeline.settings import load_settings

    settings = load_settings({"store": store, "prefect.port": port}).settings
    return run_module(settings, "flows.serve")
