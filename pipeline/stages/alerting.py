"""Alerts of a kind: opened about what is wrong, closed about all else."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.stages.context import Context
from pipeline.store.alerts import Alerts

__all__ = ["opened_alerts", "set_alerts"]


def opened_alerts(context: Context, kind: str) -> dict[str, str]:
    """Messages of the open alerts of a kind, by what they are about."""
    return {one.about: one.message for one in Alerts(context.database).opened(kind)}


def set_alerts(context: Context, kind: str, wrong: Mapping[str, str]) -> None:
    """Open an alert of a kind about each of these things, by name, and close those about all others."""
    before = opened_alerts(context, kind)
    for name, message in wrong.items():
        context.runs.alert(kind, name, message)
    for name in before.keys() - wrong.keys():
        context.runs.close_alert(kind, name)
