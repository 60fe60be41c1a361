"""Runs in the state database: what was started, how far it came, what it counted."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from pipeline.models import Method, RunState, Window, utc_now
from pipeline.store.database import Database, alerts, chunks, manifests, outcomes, runs, watermarks

__all__ = ["Chunk", "Run", "Runs"]

_AT_ONCE = 500
"""Values that one statement names."""


@dataclass(frozen=True, slots=True)
class Run:
    """A row of `runs`."""

    run_id: str
    kind: str
    state: RunState
    sources: tuple[str, ...]
    window: Window | None
    started_at: datetime
    updated_at: datetime
    published_version: int | None
    reason: str | None
    report: Mapping[str, Any] | None
    backfill_id: str | None = None


@dataclass(frozen=True, slots=True)
class Chunk:
    """A part of a backfill: the texts of one source in some days, by one method.

    `run_id`, `state` and `report` are those of the run that took it last; None before the first.
    """

    backfill_id: str
    source: str
    window: Window
    method: Method
    run_id: str | None = None
    state: RunState | None = None
    report: Mapping[str, Any] | None = None

    @property
    def chunk_id(self) -> str:
        """Names the chunk for ever; starting it twice is starting it once."""
        return _chunk_id(self.backfill_id, self.source, self.window, self.method)

    def place(self) -> dict[str, str]:
        """Source and days, as columns of a table for people."""
        return {"source": self.source, "from": str(self.window.start), "to": str(self.window.end)}

    @property
    def done(self) -> bool:
        """Whether a run took it to its end, not only to a limit of pages."""
        ended = self.state in (RunState.STAGED, RunState.HELD, RunState.PUBLISHED, RunState.EMPTY, RunState.DISCARDED)
        if not ended or self.report is None:
            return False
        return bool(self.report["finished"]) and not self.report.get("limited", False)


class Runs:
    """Reads and writes runs, their chunks (one a source) and their outcomes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def start(self, run_id: str, *, kind: str, sources: Sequence[str], window: Window | None = None) -> None:
        """Record a run with a chunk for each source; starting it again changes nothing."""
        now = utc_now()
        days: dict[str, Any] = {"window_start": window and window.start, "window_end": window and window.end}
        run: dict[str, Any] = {
            "run_id": run_id,
            "kind": kind,
            "state": RunState.CRAWLING,
            "sources": list(sources),
            **days,
        }
        with self._database.begin() as connection:
            insert = self._database.insert(runs).values(**run, started_at=now, updated_at=now)
            connection.execute(insert.on_conflict_do_nothing())
            for source in sources:
                chunk: dict[str, Any] = {
                    "chunk_id": _chunk_id(run_id, source, window, Method.LIVE),
                    "run_id": run_id,
                    "source": source,
                }
                chunk |= {**days, "method": Method.LIVE, "state": "planned", "updated_at": now}
                connection.execute(self._database.insert(chunks).values(**chunk).on_conflict_do_nothing())

    def start_chunk(self, chunk: Chunk, run_id: str, *, window: Window) -> str:
        """Record the run of a chunk of a backfill over `window`, or find the one that is still at it.

        Returns:
            The run that the chunk belongs to: `run_id`, or an earlier one that has not come to its end.
        """
        now = utc_now()
        mine: dict[str, Any] = {"chunk_id": chunk.chunk_id, "run_id": run_id, "backfill_id": chunk.backfill_id}
        mine |= {"source": chunk.source, "window_start": chunk.window.start, "window_end": chunk.window.end}
        again = {"run_id": run_id, "state": "planned", "report": None, "updated_at": now}
        run: dict[str, Any] = {"run_id": run_id, "kind": "backfill", "backfill_id": chunk.backfill_id}
        run |= {"state": RunState.CRAWLING, "sources": [chunk.source], "started_at": now, "updated_at": now}
        run |= {"window_start": window.start, "window_end": window.end}
        with self._database.begin() as connection:
            old = self._chunk_run(connection, chunk.chunk_id)
            if old is not None and old.state in (RunState.CRAWLING, RunState.CRAWLED):
                return str(old.run_id)
            insert = self._database.insert(chunks).values(mine | again | {"method": chunk.method})
            connection.execute(insert.on_conflict_do_update(index_elements=["chunk_id"], set_=again))
            connection.execute(self._database.insert(runs).values(**run))
        return run_id

    def look_up(self, chunk: Chunk) -> Chunk:
        """The chunk with the run that took it last, if any did."""
        with self._database.begin() as connection:
            row = self._chunk_run(connection, chunk.chunk_id)
        if row is None:
            return chunk
        return replace(chunk, run_id=row.run_id, state=RunState(row.state), report=row.report)

    def pages_of_backfill(self, backfill_id: str, source: str) -> int:
        """Pages that the chunks of a backfill have fetched from a source."""
        query = sa.select(chunks.c.report).where(chunks.c.backfill_id == backfill_id, chunks.c.source == source)
        with self._database.begin() as connection:
            return sum(int(report["pages"]) for report in connection.execute(query).scalars() if report)

    @staticmethod
    def _chunk_run(connection: sa.Connection, chunk_id: str) -> Any:
        both = chunks.join(runs, chunks.c.run_id == runs.c.run_id)
        query = sa.select(runs.c.run_id, runs.c.state, chunks.c.report).select_from(both)
        return connection.execute(query.where(chunks.c.chunk_id == chunk_id)).first()

    def finish_chunk(self, run_id: str, source: str, report: Mapping[str, Any]) -> None:
        """Record that a source's crawl ended, with its report."""
        mine = sa.and_(chunks.c.run_id == run_id, chunks.c.source == source)
        with self._database.begin() as connection:
            values = {"state": "crawled", "report": dict(report), "updated_at": utc_now()}
            connection.execute(sa.update(chunks).where(mine).values(**values))

    def chunk_reports(self, run_id: str) -> dict[str, Mapping[str, Any] | None]:
        """Report of each source's crawl; None while it has not ended."""
        query = sa.select(chunks.c.source, chunks.c.report).where(chunks.c.run_id == run_id).order_by(chunks.c.source)
        with self._database.begin() as connection:
            return {row.source: row.report for row in connection.execute(query)}

    def manifests(self, run_id: str, source: str | None = None) -> list[str]:
        """Keys of the manifests that a run extracts, in order."""
        query = sa.select(manifests.c.key).where(manifests.c.run_id == run_id).order_by(manifests.c.key)
        if source is not None:
            query = query.where(manifests.c.source == source)
        with self._database.begin() as connection:
            return list(connection.execute(query).scalars())

    def set_state(self, run_id: str, state: RunState, *, reason: str | None = None, version: int | None = None) -> None:
        """Move a run on."""
        values: dict[str, Any] = {"state": state, "updated_at": utc_now()}
        values |= {"reason": reason} if reason is not None else {}
        values |= {"published_version": version} if version is not None else {}
        with self._database.begin() as connection:
            connection.execute(sa.update(runs).where(runs.c.run_id == run_id).values(**values))

    def set_report(self, run_id: str, report: Mapping[str, Any]) -> None:
        """Keep the run's report."""
        with self._database.begin() as connection:
            statement = sa.update(runs).where(runs.c.run_id == run_id)
            connection.execute(statement.values(report=dict(report), updated_at=utc_now()))

    def get(self, run_id: str) -> Run | None:
        """One run."""
        with self._database.begin() as connection:
            row = connection.execute(sa.select(runs).where(runs.c.run_id == run_id)).first()
        return None if row is None else _run(row)

    def find(
        self,
        *,
        states: Iterable[RunState] | None = None,
        source: str | None = None,
        since: datetime | None = None,
        limit: int | None = None,
    ) -> list[Run]:
        """Runs, the newest first: in some states, with a source, started since a moment."""
        query = sa.select(runs).order_by(runs.c.started_at.desc(), runs.c.run_id.desc()).limit(limit)
        if states is not None:
            query = query.where(runs.c.state.in_(list(states)))
        if source is not None:
            query = query.where(runs.c.run_id.in_(sa.select(chunks.c.run_id).where(chunks.c.source == source)))
        if since is not None:
            query = query.where(runs.c.started_at >= since)
        with self._database.begin() as connection:
            return [_run(row) for row in connection.execute(query)]

    def among(self, run_ids: Iterable[str], states: Iterable[RunState]) -> set[str]:
        """Those of some runs that are in some states."""
        wanted = sa.select(runs.c.run_id).where(runs.c.state.in_(list(states)))
        asked, found = list(run_ids), set[str]()
        with self._database.begin() as connection:
            for start in range(0, len(asked), _AT_ONCE):
                some = runs.c.run_id.in_(asked[start : start + _AT_ONCE])
                found.update(connection.execute(wanted.where(some)).scalars())
        return found

    def first_started_at(self, source: str) -> datetime | None:
        """When the first run over a source started."""
        mine = sa.select(chunks.c.run_id).where(chunks.c.source == source)
        with self._database.begin() as connection:
            return connection.execute(sa.select(sa.func.min(runs.c.started_at)).where(runs.c.run_id.in_(mine))).scalar()

    def alert(self, kind: str, source: str, message: str, *, run_id: str | None = None) -> None:
        """Open an alert about a source, or bring the one that is open up to date."""
        mine = sa.and_(alerts.c.kind == kind, alerts.c.source == source, alerts.c.closed_at.is_(None))
        row = {"message": message, "run_id": run_id}
        with self._database.begin() as connection:
            if not connection.execute(sa.update(alerts).where(mine).values(**row)).rowcount:
                first = {"kind": kind, "source": source, "created_at": utc_now()}
                connection.execute(sa.insert(alerts).values(**first, **row))

    def close_alert(self, kind: str, source: str) -> None:
        """Note that what an alert told of is over."""
        mine = sa.and_(alerts.c.kind == kind, alerts.c.source == source, alerts.c.closed_at.is_(None))
        with self._database.begin() as connection:
            connection.execute(sa.update(alerts).where(mine).values(closed_at=utc_now()))

    def open_alerts(self) -> list[tuple[str, str, str, datetime]]:
        """(kind, source, message, since) of all open alerts, the oldest first."""
        columns = (alerts.c.kind, alerts.c.source, alerts.c.message, alerts.c.created_at)
        query = sa.select(*columns).where(alerts.c.closed_at.is_(None)).order_by(alerts.c.created_at, alerts.c.id)
        with self._database.begin() as connection:
            return [tuple(row) for row in connection.execute(query)]

    def count(self, run_id: str, stage: str, rows: Iterable[tuple[str, str, str, int]]) -> None:
        """Set the counts of a stage: (source, outcome, reason, count) each; they replace those of the same sources."""
        rows = list(rows)
        mine = sa.and_(
            outcomes.c.run_id == run_id, outcomes.c.stage == stage, outcomes.c.source.in_({row[0] for row in rows})
        )
        names = ("source", "outcome", "reason", "count")
        values = [dict(zip(names, row, strict=True)) | {"run_id": run_id, "stage": stage} for row in rows]
        with self._database.begin() as connection:
            connection.execute(sa.delete(outcomes).where(mine))
            if values:
                connection.execute(sa.insert(outcomes), values)

    def counts(self, run_id: str) -> list[tuple[str, str, str, str, int]]:
        """(source, stage, outcome, reason, count) of a run."""
        columns = (outcomes.c.source, outcomes.c.stage, outcomes.c.outcome, outcomes.c.reason, outcomes.c.count)
        query = sa.select(*columns).where(outcomes.c.run_id == run_id).order_by(*columns[:4])
        with self._database.begin() as connection:
            return [tuple(row) for row in connection.execute(query)]

    def watermark(self, name: str) -> str | None:
        """A stored position."""
        with self._database.begin() as connection:
            return connection.execute(sa.select(watermarks.c.value).where(watermarks.c.name == name)).scalar()

    def set_watermark(self, name: str, value: str) -> None:
        """Store a position."""
        row = {"value": value, "updated_at": utc_now()}
        insert = self._database.insert(watermarks).values(name=name, **row)
        with self._database.begin() as connection:
            connection.execute(insert.on_conflict_do_update(index_elements=["name"], set_=row))


def _chunk_id(parent: str, source: str, window: Window | None, method: Method) -> str:
    key = "\x1f".join((parent, source, str(window), method))
    return hashlib.blake2b(key.encode(), digest_size=16).hexdigest()


def _run(row: Any) -> Run:
    window = Window(row.window_start, row.window_end) if row.window_start else None
    return Run(
        row.run_id,
        row.kind,
        RunState(row.state),
        tuple(row.sources),
        window,
        row.started_at,
        row.updated_at,
        row.published_version,
        row.reason,
        row.report,
        row.backfill_id,
    )
