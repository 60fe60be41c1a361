"""The frontier: what is known of every address of a source, and what is to be asked next.

States: `due` -> `in_flight` -> `spooled` (record synced to this machine's disk) -> `stored` (manifest in the store).
A row changes together with what its page brought to light, in one transaction, so that a crash between two
transactions costs a repeated request and never an address.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from pipeline.models import Window, utc_now
from pipeline.store.database import Database, manifests, runs, urls

__all__ = ["Due", "Found", "Frontier", "Settled", "url_key"]

_BACKOFF = (timedelta(minutes=15), timedelta(hours=1), timedelta(hours=6), timedelta(days=1), timedelta(days=7))
_PERMANENT = timedelta(days=30)
_OUTSIDE = "outside_window"


def url_key(normalised_url: str) -> str:
    """Key of a normalised URL in the state database."""
    return hashlib.blake2b(normalised_url.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


@dataclass(frozen=True, slots=True)
class Found:
    """An address that a listing names. `key` is the normalised form; `role` is `page`, `thread` or `index:<entry>`.

    `modified_hint` is the listing's word on the last change, by the site's clock. `since`: asked again when it was
    fetched before this moment of ours. `again`: it was named as the next page, so it is asked even where it failed.
    """

    url: str
    key: str
    role: str
    listed_at: datetime | None = None
    modified_hint: datetime | None = None
    since: datetime | None = None
    again: bool = False


@dataclass(frozen=True, slots=True)
class Due:
    """An address to ask for, with the validators of the last answer."""

    url: str
    key: str
    role: str
    etag: str | None
    last_modified: str | None
    listed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """How a request ended, and what it brought to light.

    `spool_file` with `spool_end` (bytes up to the end of the record) are set when a record was synced to disk.
    """

    key: str
    url: str
    role: str
    outcome: str
    status: int | None = None
    etag: str | None = None
    last_modified: str | None = None
    payload_digest: str | None = None
    fetched_at: datetime | None = None
    spool_file: str | None = None
    spool_end: int | None = None
    retry_at: datetime | None = None
    found: tuple[Found, ...] = ()


class Frontier:
    """The addresses of one source. Only the holder of the source's lease may use it to write."""

    def __init__(self, database: Database, source: str, *, run_id: str, host: str) -> None:
        self._database = database
        self._source = source
        self._run_id = run_id
        self._host = host

    def recover(self, spool_files: Iterable[str]) -> None:
        """Make addresses due again that a dead run left unfinished, and records that are not on this disk.

        So become pages that another backfill fetched and whose texts its window left out.

        Args:
            spool_files: names of the source's spool files that this machine has.
        """
        mine = sa.select(runs.c.backfill_id).where(runs.c.run_id == self._run_id).scalar_subquery()
        same = sa.select(runs.c.run_id).where(runs.c.backfill_id == mine)
        aside = sa.and_(urls.c.state == "stored", urls.c.outcome == _OUTSIDE, urls.c.run_id.not_in(same))
        here = sa.and_(urls.c.host == self._host, urls.c.spool_file.in_(list(spool_files)))
        unfinished = sa.or_(urls.c.state == "in_flight", sa.and_(urls.c.state == "spooled", sa.not_(here)))
        with self._database.begin() as connection:
            connection.execute(self._mine(sa.update(urls)).where(sa.or_(unfinished, aside)).values(**_DUE_AGAIN))

    def set_aside(self, keys: Sequence[str]) -> None:
        """Note that a window left out texts of these pages: the next crawl of other days asks for them again.

        Safe without the lease: it touches stored addresses of this run alone, which no crawl works on.
        """
        with self._database.begin() as connection:
            for start in range(0, len(keys), 500):
                these = sa.and_(urls.c.url_key.in_(keys[start : start + 500]), urls.c.run_id == self._run_id)
                query = self._mine(sa.update(urls)).where(these, urls.c.state == "stored")
                connection.execute(query.values(outcome=_OUTSIDE))

    def counts_in(self, window: Window) -> dict[str, int]:
        """Number of pages by state that a listing dates into a window; those without a date are under `undated`."""
        dated = sa.and_(urls.c.listed_at >= _start(window), urls.c.listed_at < _end(window))
        label = sa.case((urls.c.listed_at.is_(None), "undated"), else_=urls.c.state).label("label")
        query = self._mine(sa.select(label, sa.func.count())).where(sa.not_(urls.c.role.startswith("index")))
        query = query.where(sa.or_(urls.c.listed_at.is_(None), dated)).group_by(label)
        with self._database.begin() as connection:
            return {row[0]: row[1] for row in connection.execute(query)}

    def forget(self, spool_file: str, *, after: int) -> None:
        """Make addresses due again whose records stand in a spool file beyond `after` bytes, which were lost."""
        lost = sa.and_(urls.c.spool_file == spool_file, urls.c.state == "spooled", urls.c.spool_end > after)
        with self._database.begin() as connection:
            connection.execute(self._mine(sa.update(urls)).where(lost).values(**_DUE_AGAIN))

    def offer(self, found: Iterable[Found]) -> int:
        """Add addresses; known ones become due again when the listing says that they changed.

        Returns:
            How many were new.
        """
        with self._database.begin() as connection:
            return self._offer(connection, found)

    def take(self, limit: int, *, window: Window | None = None, listings_only: bool = False) -> list[Due]:
        """Mark up to `limit` due addresses as in flight and give them, the latest listed first."""
        now = utc_now()
        due = sa.and_(urls.c.state == "due", sa.or_(urls.c.next_due_at.is_(None), urls.c.next_due_at <= now))
        query = self._mine(sa.select(urls)).where(due)
        if window is not None:
            dated = sa.and_(urls.c.listed_at >= _start(window), urls.c.listed_at < _end(window))
            query = query.where(sa.or_(urls.c.listed_at.is_(None), dated))
        if listings_only:
            query = query.where(urls.c.role.startswith("index"))
        query = query.order_by(urls.c.listed_at.desc().nulls_last(), urls.c.url_key).limit(limit)
        with self._database.begin() as connection:
            rows = connection.execute(query).all()
            self._mark_in_flight(connection, [row.url_key for row in rows])
        return [Due(row.url, row.url_key, row.role, row.etag, row.last_modified, row.listed_at) for row in rows]

    def any_new(self, found: Iterable[Found]) -> bool:
        """Whether a listing names an address that is not known yet, or one that changed since it was fetched."""
        listed = {one.key: one for one in found}
        known: dict[str, Any] = {}
        keys = sorted(listed)
        with self._database.begin() as connection:
            for start in range(0, len(keys), 500):
                query = self._mine(sa.select(urls.c.url_key, urls.c.fetched_at, urls.c.modified_hint))
                rows = connection.execute(query.where(urls.c.url_key.in_(keys[start : start + 500])))
                known |= {row.url_key: row for row in rows}
        return any(key not in known or _is_newer(one, known[key]) for key, one in listed.items())

    def validators(self, key: str) -> tuple[str | None, str | None]:
        """(ETag, Last-Modified) of the last stored answer of an address."""
        query = self._mine(sa.select(urls.c.etag, urls.c.last_modified)).where(urls.c.url_key == key)
        with self._database.begin() as connection:
            row = connection.execute(query).first()
        return (None, None) if row is None else (row.etag, row.last_modified)

    def settle(self, batch: Sequence[Settled]) -> None:
        """Write how requests ended, with what they found, in one transaction."""
        with self._database.begin() as connection:
            for one in batch:
                self._offer(connection, one.found)
                self._settle(connection, one)

    def stored(self, spool_file: str, manifest: str) -> None:
        """Mark the records of a sealed spool file as stored, and give its manifest to this run, in one transaction."""
        done = sa.and_(urls.c.state == "spooled", urls.c.spool_file == spool_file)
        row = {"key": manifest, "spool_file": spool_file, "source": self._source, "run_id": self._run_id}
        insert = self._database.insert(manifests).values(**row, sealed_at=utc_now()).on_conflict_do_nothing()
        with self._database.begin() as connection:
            values = {"state": "stored", "spool_file": None, "spool_end": None}
            connection.execute(self._mine(sa.update(urls)).where(done).values(**values))
            connection.execute(insert)

    def is_sealed(self, spool_file: str) -> bool:
        """Whether a spool file was sealed already; what is left of it can go."""
        query = sa.select(manifests.c.key).where(
            manifests.c.source == self._source, manifests.c.spool_file == spool_file
        )
        with self._database.begin() as connection:
            return connection.execute(query).first() is not None

    def spooled_end(self, spool_file: str) -> int:
        """Bytes up to the end of the last record of a spool file that this database knows; 0 for none."""
        query = self._mine(sa.select(sa.func.max(urls.c.spool_end))).where(urls.c.spool_file == spool_file)
        with self._database.begin() as connection:
            return connection.execute(query).scalar() or 0

    def counts(self) -> dict[str, int]:
        """Number of addresses by state."""
        query = self._mine(sa.select(urls.c.state, sa.func.count())).group_by(urls.c.state)
        with self._database.begin() as connection:
            return {row[0]: row[1] for row in connection.execute(query)}

    def failures(self, limit: int = 100) -> list[tuple[str, str, int | None]]:
        """(address, outcome, HTTP status) of addresses whose last request gave no page, in order of address."""
        well = ("fetched", "not_modified", "end_of_pages")
        query = self._mine(sa.select(urls.c.url, urls.c.outcome, urls.c.status)).where(urls.c.outcome.not_in(well))
        with self._database.begin() as connection:
            return [
                (row.url, row.outcome, row.status) for row in connection.execute(query.order_by("url").limit(limit))
            ]

    def _offer(self, connection: sa.Connection, found: Iterable[Found]) -> int:
        new = 0
        for one in found:
            row: dict[str, Any] = {
                "source": self._source,
                "url_key": one.key,
                "url": one.url,
                "role": one.role,
                "state": "due",
            }
            row |= {"failures": 0, "listed_at": one.listed_at, "modified_hint": one.modified_hint}
            insert = self._database.insert(urls).values(**row).on_conflict_do_nothing().returning(urls.c.url_key)
            if connection.execute(insert).first() is not None:
                new += 1
            else:
                self._offer_again(connection, one)
        return new

    def _offer_again(self, connection: sa.Connection, one: Found) -> None:
        same = urls.c.url_key == one.key
        if one.listed_at is not None:
            undated = self._mine(sa.update(urls)).where(same, urls.c.listed_at.is_(None))
            connection.execute(undated.values(listed_at=one.listed_at))
        if one.again:  # not twice in a run, however often it is named
            parked = sa.and_(urls.c.state == "due", urls.c.run_id != self._run_id)
            connection.execute(self._mine(sa.update(urls)).where(same, parked).values(next_due_at=None))
        if one.modified_hint is None and one.since is None:
            return
        columns = (urls.c.role, urls.c.fetched_at, urls.c.modified_hint)
        row = connection.execute(self._mine(sa.select(*columns)).where(same)).one()
        if _is_newer(one, row) and not self._make_due(connection, self._end_of(one, row.role)):
            return  # it is under way just now: the next listing says it again
        if one.modified_hint is not None and (row.modified_hint is None or row.modified_hint < one.modified_hint):
            connection.execute(self._mine(sa.update(urls)).where(same).values(modified_hint=one.modified_hint))

    @staticmethod
    def _end_of(one: Found, role: str) -> sa.ColumnElement[bool]:
        """Where the change is: new posts come at the end of the thread that an address starts."""
        if role != "thread":
            return urls.c.url_key == one.key
        return sa.and_(urls.c.role == "thread_end", urls.c.url.startswith(one.url, autoescape=True))

    def _make_due(self, connection: sa.Connection, these: sa.ColumnElement[bool]) -> bool:
        """Make stored addresses due; False when one of them is being fetched."""
        under_way = self._mine(sa.select(urls.c.url_key)).where(these, urls.c.state.in_(("in_flight", "spooled")))
        if connection.execute(under_way.limit(1)).first() is not None:
            return False
        update = self._mine(sa.update(urls)).where(these, urls.c.state == "stored")
        connection.execute(update.values(state="due", next_due_at=None))
        return True

    def _settle(self, connection: sa.Connection, one: Settled) -> None:
        row: dict[str, Any] = {"outcome": one.outcome, "status": one.status, "run_id": self._run_id, "role": one.role}
        if one.spool_file is not None:
            row |= {"state": "spooled", "host": self._host, "spool_file": one.spool_file, "spool_end": one.spool_end}
        elif one.outcome == "not_modified":
            row |= {"state": "stored"}
        else:
            row |= self._failed(connection, one)
        if one.outcome in ("fetched", "not_modified"):
            row |= {"failures": 0, "next_due_at": None, "fetched_at": one.fetched_at}
        if one.outcome == "fetched":
            row |= {"etag": one.etag, "last_modified": one.last_modified, "payload_digest": one.payload_digest}
        insert = self._database.insert(urls).values(
            source=self._source, url_key=one.key, url=one.url, **({"failures": 0} | row)
        )
        connection.execute(insert.on_conflict_do_update(index_elements=["source", "url_key"], set_=row))

    def _failed(self, connection: sa.Connection, one: Settled) -> dict[str, Any]:
        query = self._mine(sa.select(urls.c.failures)).where(urls.c.url_key == one.key)
        failures = (connection.execute(query).scalar() or 0) + 1
        permanent = one.status is not None and 400 <= one.status < 500 and one.status not in (408, 425, 429)
        wait = _PERMANENT if permanent else _BACKOFF[min(failures, len(_BACKOFF)) - 1]
        if one.retry_at is not None:  # but a server that wants to be asked at once is not asked on and on in one run
            wait = max(one.retry_at - utc_now(), _BACKOFF[0])
        return {"state": "due", "failures": failures, "next_due_at": utc_now() + wait}

    def _mark_in_flight(self, connection: sa.Connection, keys: Sequence[str]) -> None:
        for start in range(0, len(keys), 500):
            these = urls.c.url_key.in_(keys[start : start + 500])
            values = {"state": "in_flight", "run_id": self._run_id, "host": self._host}
            connection.execute(self._mine(sa.update(urls)).where(these).values(**values))

    def _mine(self, statement: Any) -> Any:
        return statement.where(urls.c.source == self._source)


# Without the validators of a record that may be lost: a 304 would leave nothing in the store.
_DUE_AGAIN: dict[str, Any] = {
    "state": "due",
    "spool_file": None,
    "spool_end": None,
    "next_due_at": None,
    "etag": None,
    "last_modified": None,
}


def _is_newer(one: Found, known: Any) -> bool:
    """Whether a listing says that an address changed since it was fetched.

    A site's clock may differ from ours by days: its word is held against its former word, and against the time of our
    fetch only where it had said nothing.
    """
    if known.fetched_at is None:
        return False
    if one.since is not None and known.fetched_at < one.since:
        return True
    return one.modified_hint is not None and (known.modified_hint or known.fetched_at) < one.modified_hint


def _start(window: Window) -> datetime:
    return datetime.fromisoformat(f"{window.start}T00:00:00+00:00")


def _end(window: Window) -> datetime:
    return datetime.fromisoformat(f"{window.end}T00:00:00+00:00") + timedelta(days=1)
