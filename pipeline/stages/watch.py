"""Looking after the machine: what needs a person becomes an alert, and the alert is closed when it is over."""

from __future__ import annotations

import shutil

from pipeline.errors import CopydeskError
from pipeline.stages.alerting import set_alerts
from pipeline.stages.context import Context
from pipeline.stages.health import source_health
from pipeline.stages.publish import PUBLISHED

__all__ = ["watch_machine", "watch_sources"]


def watch_machine(context: Context) -> None:
    """Disk and store: a data folder that fills, a store that does not answer or whose corpus is gone."""
    free = shutil.disk_usage(context.settings.data_dir).free // 2**20
    least = context.settings.alerts.disk_free_mb
    text = f"{free} MiB are free in {context.settings.data_dir}, less than {least}; free some space, crawls will stop"
    set_alerts(context, "disk", {"data folder": text} if free < least else {})
    try:
        there = next(iter(context.store.keys("tables/_versions/")), None)
        gone = there is None and context.runs.watermark(PUBLISHED) is not None
        text = f"{context.store.address} holds no corpus any more: is its disk mounted? else `copydesk restore`"
        set_alerts(context, "store", {"store": text} if gone else {})
    except CopydeskError as error:
        set_alerts(context, "store", {"store": str(error)})


def watch_sources(context: Context) -> None:
    """Sources that are asked and give nothing any more, or fail again and again."""
    health = source_health(context)
    silent = {
        one.source: f"no text since {one.last_text_at:%Y-%m-%d %H:%M} UTC, asked {one.visits} times in 14 days"
        if one.last_text_at
        else f"no text in {one.visits} visits"
        for one in health
        if one.state == "silent"
    }
    set_alerts(context, "silent", silent)
    set_alerts(
        context, "failing",
        {one.source: f"{one.errors} crawls in a row failed: {one.error}" for one in health if one.state == "failing"},
    )  # fmt: skip
