"""What is read of alerts beyond `Runs`: which are to be sent, and how each source fared over time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from pipeline.store.database import Database, alerts, chunks, runs

__all__ = ["Alert", "Alerts", "Visit"]


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that a person should know; over when `closed_at` is set. `about` is a source, or what else it is."""

    id: int
    kind: str
    about: str
    message: str
    created_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Visit:
    """One scheduled crawl of a source, and what came of it."""

    source: str
    started_at: datetime
    documents: int
    error: str | None


class Alerts:
    """Reads alerts and visits."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def opened(self, *kinds: str) -> list[Alert]:
        """Open alerts, the oldest first; of some kinds, or all."""
        query = sa.select(alerts).where(alerts.c.closed_at.is_(None)).order_by(alerts.c.created_at, alerts.c.id)
        return self._some(query.where(alerts.c.kind.in_(kinds)) if kinds else query)

    def unsent(self) -> list[Alert]:
        """Alerts of which a person was not told, and those that were told and are over, of which not."""
        news = sa.and_(alerts.c.sent.is_(None), alerts.c.closed_at.is_(None))
        over = sa.and_(alerts.c.sent == "open", alerts.c.closed_at.is_not(None))
        return self._some(sa.select(alerts).where(news | over).order_by(alerts.c.id))

    def mark_sent(self, told: Iterable[Alert]) -> None:
        """Note that a person was told of these, as they were then."""
        with self._database.begin() as connection:
            for one in told:
                sent = "open" if one.closed_at is None else "over"
                connection.execute(sa.update(alerts).where(alerts.c.id == one.id).values(sent=sent))

    def visits(self, since: datetime) -> list[Visit]:
        """Scheduled crawls that ended, started since a moment, by source and in order of time."""
        both = chunks.join(runs, chunks.c.run_id == runs.c.run_id)
        query = (
            sa.select(
                chunks.c.source,
                runs.c.started_at,
                chunks.c.report["error"].as_string().label("error"),
                runs.c.report["documents_by_source"].label("documents"),
            )
            .select_from(both)
            .where(runs.c.kind == "collect", runs.c.started_at >= since, chunks.c.state == "crawled")
            .order_by(chunks.c.source, runs.c.started_at)
        )
        with self._database.begin() as connection:
            return [
                Visit(row.source, row.started_at, int((row.documents or {}).get(row.source, 0)), row.error)
                for row in connection.execute(query)
            ]

    def last_started(self) -> dict[str, datetime]:
        """When the last scheduled crawl of each source started."""
        both = chunks.join(runs, chunks.c.run_id == runs.c.run_id)
        query = sa.select(chunks.c.source, sa.func.max(runs.c.started_at).label("at")).select_from(both)
        with self._database.begin() as connection:
            found = connection.execute(query.where(runs.c.kind == "collect").group_by(chunks.c.source))
            return {row.source: row.at for row in found}

    def _some(self, query: sa.Select[tuple[object, ...]]) -> list[Alert]:
        with self._database.begin() as connection:
            return [
                Alert(row.id, row.kind, row.source or "", row.message, row.created_at, row.closed_at)
                for row in connection.execute(query)
            ]
