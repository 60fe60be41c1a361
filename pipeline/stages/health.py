"""How each source fares: when it was asked and gave something last, what it brings a day, what is wrong with it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise, takewhile

from pipeline.models import utc_now
from pipeline.sources.declaration import read_sources
from pipeline.stages.context import Context
from pipeline.store.alerts import Alerts, Visit

__all__ = ["DAYS", "SourceHealth", "source_health"]

DAYS = 14
"""Days that are looked at."""
_FAILING = 3


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """One source. `state`: ok, failing, silent, new (too young to tell), idle (not visited of late), off or removed.

    `by_day` are documents by day, the last 24 hours first; `errors` how many crawls in a row failed.
    """

    source: str
    state: str
    last_visit_at: datetime | None
    last_text_at: datetime | None
    visits: int
    errors: int
    error: str | None
    by_day: tuple[int, ...]
    alerts: tuple[str, ...]

    def row(self) -> dict[str, object]:
        """For a table."""
        return {
            "source": self.source,
            "state": self.state,
            "last visit": f"{self.last_visit_at:%Y-%m-%d %H:%M}" if self.last_visit_at else "",
            "last text": f"{self.last_text_at:%Y-%m-%d %H:%M}" if self.last_text_at else "",
            "24 h": self.by_day[0],
            "a day": round(sum(self.by_day[1:8]) / 7, 1),
            "errors": self.errors,
            "wrong": "; ".join((*self.alerts, *([self.error] if self.error and not self.alerts else []))),
        }


def source_health(context: Context, now: datetime | None = None) -> list[SourceHealth]:
    """Every source that is declared or was visited in the last days; what is wrong comes first."""
    now = now or utc_now()
    alerts, visits = Alerts(context.database), defaultdict[str, list[Visit]](list)
    for one in alerts.visits(now - timedelta(days=DAYS)):
        visits[one.source].append(one)
    declared, broken = read_sources(context.settings.seeds)
    status = {source.id: "" if source.enabled else "off" for source in declared} | dict.fromkeys(broken, "")
    told = defaultdict[str, list[str]](list)
    for alert in alerts.opened():
        told[alert.about].append(f"{alert.kind}: {alert.message}")
    patience = timedelta(hours=context.settings.alerts.silent_hours)
    found = [
        _health(name, status.get(name, "removed"), visits[name], tuple(told[name]), now=now, patience=patience)
        for name in sorted({*status, *visits})
    ]
    order = ("failing", "silent", "ok", "new", "idle", "off", "removed")
    return sorted(found, key=lambda one: (not one.alerts, order.index(one.state), one.source))


def _health(
    name: str, status: str, visits: Sequence[Visit], told: tuple[str, ...], *, now: datetime, patience: timedelta
) -> SourceHealth:
    errors = sum(1 for _ in takewhile(lambda one: one.error, reversed(visits)))
    gave = [one.started_at for one in visits if one.documents]
    by_day = [0] * DAYS
    for one in visits:
        by_day[min(DAYS - 1, (now - one.started_at) // timedelta(days=1))] += one.documents
    return SourceHealth(
        source=name, state=status or _state(visits, gave, errors, now, patience),
        last_visit_at=visits[-1].started_at if visits else None, last_text_at=gave[-1] if gave else None,
        visits=len(visits), errors=errors, error=visits[-1].error if visits else None, by_day=tuple(by_day),
        alerts=told,
    )  # fmt: skip


def _state(visits: Sequence[Visit], gave: Sequence[datetime], errors: int, now: datetime, patience: timedelta) -> str:
    if not visits or now - visits[-1].started_at > patience:
        return "idle"
    if errors >= _FAILING:
        return "failing"
    if not gave:
        return "silent" if now - visits[0].started_at > patience else "new"
    # A source that gives something once a fortnight is not silent for three days.
    longest = max((later - one for one, later in pairwise(gave)), default=timedelta(days=DAYS))
    return "silent" if now - gave[-1] > max(patience, 3 * longest) else "ok"
