"""What all crawls share about a host: when it may be asked next, how it fares, what its robots.txt says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from pipeline.models import utc_now
from pipeline.store.database import Database, hosts

__all__ = ["Hosts", "Rules", "Turn"]

_PATIENCE = 10
"""Failures in a row after which a host is left alone."""
_FIRST_REST, _LONGEST_REST = timedelta(minutes=15), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Rules:
    """A site's rules for crawlers as they were fetched: the bodies of robots.txt and tdmrep.json; empty for none."""

    robots: bytes
    tdm: bytes
    fetched_at: datetime


@dataclass(frozen=True, slots=True)
class Turn:
    """Seconds to wait before asking again for a turn, 0 when this is one; and until when the host is left alone."""

    wait_s: float = 0.0
    resting_until: datetime | None = None


class Hosts:
    """Keeps to the pace that hosts want, across runs, processes and machines. `host` is `name[:port]`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def claim(self, host: str, delay_s: float) -> Turn:
        """Take the present moment, when the host is free; nobody has the next `delay_s` seconds then.

        It is taken just before a request is sent, not ahead: so one that is late takes nothing from the next one's
        distance, and a rest that the host is given meanwhile holds for all who wait.
        """
        columns = (hosts.c.next_allowed_at, hosts.c.resting_until)
        while True:
            with self._database.begin() as connection:
                self._add(connection, host)
                free_at, resting_until = connection.execute(sa.select(*columns).where(hosts.c.host == host)).one()
                now = utc_now()
                if resting_until is not None and resting_until > now:
                    return Turn((resting_until - now).total_seconds(), resting_until)
                if free_at is not None and free_at > now:
                    return Turn((free_at - now).total_seconds())
                unchanged = hosts.c.next_allowed_at.is_(None) if free_at is None else hosts.c.next_allowed_at == free_at
                update = sa.update(hosts).where(hosts.c.host == host, unchanged)
                taken = connection.execute(update.values(next_allowed_at=now + timedelta(seconds=delay_s)))
            if taken.rowcount:  # else another process was quicker
                return Turn()

    def hold(self, host: str, delay_s: float) -> None:
        """Nobody has the next `delay_s` seconds."""
        until = utc_now() + timedelta(seconds=delay_s)
        earlier = sa.or_(hosts.c.next_allowed_at.is_(None), hosts.c.next_allowed_at < until)
        with self._database.begin() as connection:
            self._add(connection, host)
            connection.execute(sa.update(hosts).where(hosts.c.host == host, earlier).values(next_allowed_at=until))

    def resting_until(self, host: str) -> datetime | None:
        """Until when the host is left alone; None when it may be asked."""
        query = sa.select(hosts.c.resting_until).where(hosts.c.host == host)
        with self._database.begin() as connection:
            until = connection.execute(query).scalar()
        return until if until is not None and until > utc_now() else None

    def rest(self, host: str, until: datetime) -> None:
        """Leave the host alone until then, as it asked."""
        with self._database.begin() as connection:
            self._add(connection, host)
            self._rest(connection, host, until)

    def failed(self, host: str) -> datetime | None:
        """Count a failure of the host.

        Returns:
            Until when it is left alone, if it failed too often in a row; else None.
        """
        with self._database.begin() as connection:
            self._add(connection, host)
            count = sa.update(hosts).where(hosts.c.host == host).values(failures=hosts.c.failures + 1)
            failures = connection.execute(count.returning(hosts.c.failures)).scalar_one()
            if failures < _PATIENCE:
                return None
            until: datetime = utc_now() + min(_FIRST_REST * 2 ** min(failures - _PATIENCE, 20), _LONGEST_REST)
            self._rest(connection, host, until)
            return until

    def answered(self, host: str) -> None:
        """Forget the host's failures; a rest that it asked for goes on, whatever it answers meanwhile."""
        with self._database.begin() as connection:
            connection.execute(sa.update(hosts).where(hosts.c.host == host).values(failures=0))

    def rules(self, origin: str) -> Rules | None:
        """The rules of an origin (`https://name[:port]`) as last fetched; None when they never were."""
        columns = (hosts.c.robots, hosts.c.tdm, hosts.c.robots_fetched_at)
        with self._database.begin() as connection:
            row = connection.execute(sa.select(*columns).where(hosts.c.host == origin)).first()
        return None if row is None or row[2] is None else Rules(row[0] or b"", row[1] or b"", row[2])

    def keep_rules(self, origin: str, rules: Rules) -> None:
        """Keep an origin's rules for other crawls."""
        values = {"robots": rules.robots, "tdm": rules.tdm, "robots_fetched_at": rules.fetched_at}
        with self._database.begin() as connection:
            self._add(connection, origin)
            connection.execute(sa.update(hosts).where(hosts.c.host == origin).values(**values))

    def _add(self, connection: sa.Connection, host: str) -> None:
        connection.execute(self._database.insert(hosts).values(host=host, failures=0).on_conflict_do_nothing())

    @staticmethod
    def _rest(connection: sa.Connection, host: str, until: datetime) -> None:
        earlier = sa.or_(hosts.c.resting_until.is_(None), hosts.c.resting_until < until)
        connection.execute(sa.update(hosts).where(hosts.c.host == host, earlier).values(resting_until=until))
