"""`copydesk alerts`."""

from __future__ import annotations

from dataclasses import asdict

import click

from pipeline.cli.common import EXIT_SOME_FAILED, emit, json_option, say, store_option, table

__all__ = ["alerts"]


@click.command()
@click.option("--look", is_flag=True, help="Look at disk, store and sources now, and send what is new: for cron.")
@click.option("--test", is_flag=True, help="Send a test message to all addresses.")
@json_option
@store_option
def alerts(look: bool, test: bool, as_json: bool, store: str | None) -> int:
    """List open alerts. `copydesk up` looks for them by itself and sends them to the addresses of `alerts.to`.

    Exit code 3 when a message could not be sent.
    """
    from pipeline.logs import setup_logging
    from pipeline.settings import load_settings
    from pipeline.stages.context import open_context
    from pipeline.stages.telling import check_addresses, send, tell
    from pipeline.stages.watch import watch_machine, watch_sources
    from pipeline.store.alerts import Alerts

    settings = load_settings({"store": store}).settings
    setup_logging(settings.log_level, settings.log_format)
    if test:
        count = len(check_addresses(settings))
        sent = send(settings, "a test", "This is a test. Alerts come this way.")
        say(f"{count} addresses: {'sent' if sent else 'nobody took it'}" if count else "alerts.to names no address")
        return 0 if count and sent else EXIT_SOME_FAILED
    with open_context(settings) as context:
        told = True
        if look:
            watch_machine(context)
            watch_sources(context)
            told = tell(context)
        found = Alerts(context.database).opened()
    rows: list[tuple[object, ...]] = [
        (one.kind, one.about, f"{one.created_at:%Y-%m-%d %H:%M}", one.message) for one in found
    ]
    emit(
        [asdict(one) for one in found],
        as_json=as_json,
        text=lambda: table("", ("alert", "about", "since", "what"), rows),
    )
    return 0 if told else EXIT_SOME_FAILED
