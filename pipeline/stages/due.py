"""What fell due by its schedule while nothing ran, told from our own notes of what was done last."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from cronsim import CronSim

from pipeline.sources.declaration import Source
from pipeline.sources.schedule import cron_of
from pipeline.stages.context import Context
from pipeline.store.alerts import Alerts

__all__ = ["MAINTAINED", "due_sources", "maintenance_is_due"]

MAINTAINED = "maintained_at"
"""Watermark of the last maintenance, ISO 8601."""
_DAY = timedelta(hours=25)


def due_sources(context: Context, sources: Iterable[Source], now: datetime) -> list[str]:
    """Ids of enabled sources that should have been collected again by now; one that never was waits for its time."""
    last = Alerts(context.database).last_started()
    return [one.id for one in sources if one.enabled and one.id in last and last[one.id] < _last_time(one, now)]


def _last_time(source: Source, now: datetime) -> datetime:
    return next(CronSim(cron_of(source.id, source.schedule), now, reverse=True))


def maintenance_is_due(context: Context, now: datetime) -> bool:
    """Whether the last maintenance, or without one the first run, is more than a day ago."""
    last = context.runs.watermark(MAINTAINED)
    since = datetime.fromisoformat(last) if last else min(Alerts(context.database).last_started().values(), default=now)
    return now - since > _DAY
