"""`copydesk doctor`."""

from __future__ import annotations

import os
from dataclasses import asdict

import click

from pipeline.cli.common import emit, json_option, say, store_option, table

__all__ = ["doctor"]


@click.command()
@json_option
@store_option
def doctor(as_json: bool, store: str | None) -> int:
    """Say what is wrong with this machine or configuration and what to do; exit code 4 when something stops work."""
    from pipeline.settings import load_settings
    from pipeline.stages.doctor import Status, examine

    findings = list(examine(load_settings({"store": store}).settings, os.environ))
    rows: list[tuple[object, ...]] = [(one.status.value, one.check, one.found, one.advice) for one in findings]
    emit(
        [asdict(one) for one in findings],
        as_json=as_json,
        text=lambda: table("", ("", "check", "found", "what to do"), rows),
    )
    bad = sum(one.status is Status.FAIL for one in findings)
    if bad:
        say(f"{bad} of {len(findings)} checks failed")
    return 4 if bad else 0
