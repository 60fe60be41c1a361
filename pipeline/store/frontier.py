"""The frontier: what is known of every address of a source, and what is to be asked next.

States: `due` -> `in_flight` -> `spooled` (record synced to this machine's disk) -> `stored` (manifest in the store).
A row changes together with what its page brought to light, in one transaction, so that a crash between two
transactions costs a repeated request and never an address.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from pipeline.models import Window, page_identity, utc_now
from pipeline.store.database import Database, manifests, runs, urls

__all__ = ["Due", "Found", "Frontier", "Lane", "News", "Settled", "Visit", "url_key"]

_BACKOFF = (timedelta(minutes=15), timedelta(hours=1), timedelta(hours=6), timedelta(days=1), timedelta(days=7))
_PERMANENT = timedelta(days=30)
_OUTSIDE = "outside_window"
_ANSWERED = ("fetched", "not_modified")
_AT_ONCE = 500


class Lane(StrEnum):
    """Who is asked for addresses: the site itself, or an archive for its copies. One crawl keeps to one lane."""

    LIVE = ""
    WAYBACK = "w"
    COMMON_CRAWL = "c"

    def listing(self, entry: int) -> str:
        """Role of an entry's listings."""
        return f"index:{self.value}:{entry}" if self else f"index:{entry}"

    @property
    def text(self) -> str:
        """Role of the texts that a listing names."""
        return f"capture:{self.value}" if self else "page"


def url_key(normalised_url: str) -> str:
    """Key of a normalised URL in the state database."""
    name = page_identity(normalised_url)
    return hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


@dataclass(frozen=True, slots=True)
class Found:
    """An address that a listing names. `key` is the normalised form; `role` is `page`, `thread` or `index:<entry>`.

    Copies in archives have roles of their own (`Lane`), and a key made of their page's address and their digest.

    `modified_hint` is the listing's word on the last change, by the site's clock. `since`: asked again when it was
    fetched before this moment of ours. `again`: it was named as the next page, so it is asked even where it failed.
    `thread`: key of the address that starts the thread of which this is a further page.
    """

    url: str
    key: str
    role: str
    listed_at: datetime | None = None
    modified_hint: datetime | None = None
    since: datetime | None = None
    again: bool = False
    thread: str | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """An address to ask for, with the validators of the last answer."""

    url: str
    key: str
    role: str
    etag: str | None
    last_modified: str | None
    listed_at: datetime | None = None
    thread: str | None = None
    visits: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """How a request ended, and what it brought to light.

    `spool_file` with `spool_end` (bytes up to the end of the record) are set when a record was synced to disk.
    `revisit_at`: when to look whether the page changed; `visits` counts the answers it gave.
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
    revisit_at: datetime | None = None
    visits: int = 0
    found: tuple[Found, ...] = ()


@dataclass(frozen=True, slots=True)
class News:
    """Whether a listing names an address that is not known yet or changed since it was fetched; how many are known."""

    any_new: bool
    known: int


@dataclass(frozen=True, slots=True)
class Visit:
    """When an address was fetched last, and the validators of that answer."""

    etag: str | None = None
    last_modified: str | None = None
    fetched_at: datetime | None = None


class Frontier:
    """The addresses of one source. Only the holder of the source's lease may use it to write."""

    def __init__(self, database: Database, source: str, *, run_id: str, host: str, lane: Lane = Lane.LIVE) -> None:
        self._database = database
        self._lane = lane
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
            for start in range(0, len(keys), _AT_ONCE):
                these = sa.and_(urls.c.url_key.in_(keys[start : start + _AT_ONCE]), urls.c.run_id == self._run_id)
                query = self._mine(sa.update(urls)).where(these, urls.c.state == "stored")
                connection.execute(query.values(outcome=_OUTSIDE))

    def counts_in(self, window: Window) -> dict[str, int]:
        """Number of pages by state that a listing dates into a window; those without a date are under `undated`."""
        dated = sa.and_(urls.c.listed_at >= _start(window), urls.c.listed_at < _end(window))
        label = sa.case((urls.c.listed_at.is_(None), "undated"), else_=urls.c.state).label("label")
        query = self._mine(sa.select(label, sa.func.count())).where(sa.not_(urls.c.role.startswith("index")))
        query = query.where(self._in_lane(), sa.or_(urls.c.listed_at.is_(None), dated)).group_by(label)
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
            return self._offer(connection, list(found))

    def take(self, limit: int, *, window: Window | None = None, listings_only: bool = False) -> list[Due]:
        """Mark up to `limit` due addresses as in flight and give them, the latest listed first."""
        now = utc_now()
        due = [sa.and_(urls.c.state == "due", sa.or_(urls.c.next_due_at.is_(None), urls.c.next_due_at <= now))]
        if window is None:
            due.append(sa.and_(urls.c.state == "stored", urls.c.next_due_at <= now))
        query = self._mine(sa.select(urls)).where(self._in_lane())
        if window is not None:
            dated = sa.and_(urls.c.listed_at >= _start(window), urls.c.listed_at < _end(window))
            query = query.where(sa.or_(urls.c.listed_at.is_(None), dated))
        if listings_only:
            query = query.where(urls.c.role.startswith("index"))
        query = query.order_by(urls.c.listed_at.desc().nulls_last(), urls.c.url_key).limit(limit)
        with self._database.begin() as connection:
            # One after the other: for both at once SQLite would look at every address that the source ever had.
            found = [row for one in due for row in connection.execute(query.where(one)).all()]
            rows = sorted(found, key=_by_listing)[:limit]
            self._mark_in_flight(connection, [row.url_key for row in rows])
        return [
            Due(row.url, row.url_key, row.role, row.etag, row.last_modified, row.listed_at, row.thread_key, row.visits)
            for row in rows
        ]

    def compare(self, found: Iterable[Found]) -> News:
        """What of a listing is news."""
        listed = {one.key: one for one in found}
        if not listed:
            return News(any_new=False, known=0)
        with self._database.begin() as connection:
            known = self._known(connection, listed)
        any_new = any(key not in known or _is_newer(one, known[key]) for key, one in listed.items())
        return News(any_new=any_new, known=len(known))

    def last_visit(self, key: str) -> Visit:
        """The last answer of an address that was kept."""
        columns = (urls.c.etag, urls.c.last_modified, urls.c.fetched_at)
        query = self._mine(sa.select(*columns)).where(urls.c.url_key == key)
        with self._database.begin() as connection:
            row = connection.execute(query).first()
        return Visit() if row is None else Visit(*row)

    def has(self, key: str) -> bool:
        """Whether the record of an address is on this machine's disk or in the store."""
        query = self._mine(sa.select(urls.c.url_key)).where(urls.c.url_key == key)
        with self._database.begin() as connection:
            return connection.execute(query.where(urls.c.state.in_(("spooled", "stored")))).first() is not None

    def to_take_again(self, role: str) -> list[str]:
        """Addresses of a role whose records were lost, or set aside for days that are now other ones."""
        query = self._mine(sa.select(urls.c.url)).where(urls.c.role == role, urls.c.state == "due")
        with self._database.begin() as connection:
            return list(connection.execute(query).scalars())

    def captures_in(self, window: Window) -> dict[str, tuple[datetime, str]]:
        """Time and state, by key, of the copies in an archive that were made on some days."""
        dated = sa.and_(urls.c.listed_at >= _start(window), urls.c.listed_at < _end(window))
        query = self._mine(sa.select(urls.c.url_key, urls.c.listed_at, urls.c.state)).where(dated)
        with self._database.begin() as connection:
            rows = connection.execute(query.where(urls.c.role == self._lane.text)).all()
        return {row.url_key: (row.listed_at, row.state) for row in rows}

    def waiting_in(self, window: Window) -> int:
        """Number of copies in an archive, made on some days, that it could not give for a reason that may pass."""
        dated = sa.and_(urls.c.listed_at >= _start(window), urls.c.listed_at < _end(window))
        passing = sa.or_(urls.c.status.is_(None), urls.c.status >= 500, urls.c.status.in_((408, 425, 429)))
        query = self._mine(sa.select(sa.func.count())).where(dated, urls.c.state == "due", passing)
        with self._database.begin() as connection:
            return connection.execute(query.where(urls.c.role == self._lane.text)).scalar() or 0

    def settle(self, batch: Sequence[Settled]) -> None:
        """Write how requests ended, with what they found, in one transaction."""
        with self._database.begin() as connection:
            self._offer(connection, [found for one in batch for found in one.found])
            failures = self._failures(connection, batch)
            rows: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
            for one in batch:
                row = self._ended(one, failures)
                rows[tuple(row)].append(row)
            for columns, same in rows.items():
                insert = self._database.insert(urls)
                changed = {name: insert.excluded[name] for name in columns if name not in ("source", "url_key", "url")}
                upsert = insert.on_conflict_do_update(index_elements=["source", "url_key"], set_=changed)
                connection.execute(upsert, same)

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

    def _offer(self, connection: sa.Connection, found: Sequence[Found]) -> int:
        known = self._known(connection, [one.key for one in found])
        rows: dict[str, dict[str, Any]] = {}
        for one in found:
            if one.key in known or one.key in rows:
                continue
            rows[one.key] = {
                "source": self._source, "url_key": one.key, "url": one.url, "role": one.role, "state": "due",
                "failures": 0, "listed_at": one.listed_at, "modified_hint": one.modified_hint,
                "thread_key": one.thread,
            }  # fmt: skip
        if rows:
            connection.execute(self._database.insert(urls).on_conflict_do_nothing(), list(rows.values()))
        for one in found:
            if one.key in known:
                self._offer_again(connection, one, known[one.key])
        return len(rows)

    def _known(self, connection: sa.Connection, keys: Iterable[str]) -> dict[str, Any]:
        """What is known of addresses, by key."""
        columns = (urls.c.url_key, urls.c.role, urls.c.listed_at, urls.c.fetched_at, urls.c.modified_hint)
        wanted = sorted(set(keys))
        known: dict[str, Any] = {}
        for start in range(0, len(wanted), _AT_ONCE):
            query = self._mine(sa.select(*columns)).where(urls.c.url_key.in_(wanted[start : start + _AT_ONCE]))
            known |= {row.url_key: row for row in connection.execute(query)}
        return known

    def _offer_again(self, connection: sa.Connection, one: Found, known: Any) -> None:
        same = urls.c.url_key == one.key
        if one.listed_at is not None and known.listed_at is None:
            connection.execute(self._mine(sa.update(urls)).where(same).values(listed_at=one.listed_at))
        if one.thread is not None:
            connection.execute(self._mine(sa.update(urls)).where(same).values(thread_key=one.thread))
        if one.again:  # not twice in a run, however often it is named
            parked = sa.and_(urls.c.state == "due", urls.c.run_id != self._run_id)
            connection.execute(self._mine(sa.update(urls)).where(same, parked).values(next_due_at=None))
        if _is_newer(one, known) and not self._make_due(connection, self._end_of(connection, one, known.role)):
            return  # it is under way just now: the next listing says it again
        if one.modified_hint is not None and (known.modified_hint is None or known.modified_hint < one.modified_hint):
            connection.execute(self._mine(sa.update(urls)).where(same).values(modified_hint=one.modified_hint))

    def _end_of(self, connection: sa.Connection, one: Found, role: str) -> sa.ColumnElement[bool]:
        """Where the change is: new posts come at the end of the thread that an address starts."""
        itself = urls.c.url_key == one.key
        if role != "thread":
            return itself
        end = sa.and_(urls.c.thread_key == one.key, urls.c.role == "thread_end")
        known = connection.execute(self._mine(sa.select(urls.c.url_key)).where(end).limit(1)).first()
        return itself if known is None else end  # from the first page on, its end is found again

    def _make_due(self, connection: sa.Connection, these: sa.ColumnElement[bool]) -> bool:
        """Make stored addresses due; False when one of them is being fetched."""
        under_way = self._mine(sa.select(urls.c.url_key)).where(these, urls.c.state.in_(("in_flight", "spooled")))
        if connection.execute(under_way.limit(1)).first() is not None:
            return False
        update = self._mine(sa.update(urls)).where(these, urls.c.state == "stored")
        connection.execute(update.values(state="due", next_due_at=None))
        return True

    def _failures(self, connection: sa.Connection, batch: Sequence[Settled]) -> dict[str, int]:
        """How often addresses that failed now have failed in a row before."""
        keys = [one.key for one in batch if one.outcome not in _ANSWERED]
        found: dict[str, int] = {}
        for start in range(0, len(keys), _AT_ONCE):
            query = self._mine(sa.select(urls.c.url_key, urls.c.failures))
            rows = connection.execute(query.where(urls.c.url_key.in_(keys[start : start + _AT_ONCE])))
            found |= {row.url_key: row.failures for row in rows}
        return found

    def _ended(self, one: Settled, failures: Mapping[str, int]) -> dict[str, Any]:
        """The columns of an address that change with the end of its request."""
        row: dict[str, Any] = {
            "source": self._source, "url_key": one.key, "url": one.url, "role": one.role, "outcome": one.outcome,
            "status": one.status, "run_id": self._run_id, "failures": 0, "next_due_at": None,
        }  # fmt: skip
        if one.spool_file is not None:
            row |= {"state": "spooled", "host": self._host, "spool_file": one.spool_file, "spool_end": one.spool_end}
        elif one.outcome == "not_modified":
            row |= {"state": "stored"}
        else:
            count = failures.get(one.key, 0) + 1
            row |= {"state": "due", "failures": count, "next_due_at": utc_now() + _wait_after(one, count)}
        if one.outcome in _ANSWERED:
            row |= {"fetched_at": one.fetched_at, "next_due_at": one.revisit_at, "visits": one.visits}
        if one.outcome == "fetched":
            row |= {"etag": one.etag, "last_modified": one.last_modified, "payload_digest": one.payload_digest}
        return row

    def _mark_in_flight(self, connection: sa.Connection, keys: Sequence[str]) -> None:
        for start in range(0, len(keys), _AT_ONCE):
            these = urls.c.url_key.in_(keys[start : start + _AT_ONCE])
            values = {"state": "in_flight", "run_id": self._run_id, "host": self._host}
            connection.execute(self._mine(sa.update(urls)).where(these).values(**values))

    def _in_lane(self) -> sa.ColumnElement[bool]:
        role = urls.c.role
        if self._lane:
            return sa.or_(role == self._lane.text, role.startswith(f"index:{self._lane.value}:"))
        copies = [role.startswith("capture:"), role.in_(("file", "record"))]
        return sa.not_(sa.or_(*copies, *(role.startswith(f"index:{lane.value}:") for lane in Lane if lane)))

    def _mine(self, statement: Any) -> Any:
        return statement.where(urls.c.source == self._source)


def _wait_after(one: Settled, failures: int) -> timedelta:
    """How long to leave an address alone that failed for the n-th time in a row."""
    if one.retry_at is not None:  # but a server that wants to be asked at once is not asked on and on in one run
        return max(one.retry_at - utc_now(), _BACKOFF[0])
    permanent = one.status is not None and 400 <= one.status < 500 and one.status not in (408, 425, 429)
    return _PERMANENT if permanent else _BACKOFF[min(failures, len(_BACKOFF)) - 1]


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


def _by_listing(row: Any) -> tuple[bool, float, str]:
    """The latest listed first, those without a date last."""
    return row.listed_at is None, -row.listed_at.timestamp() if row.listed_at else 0.0, row.url_key
