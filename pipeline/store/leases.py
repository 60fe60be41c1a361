"""Leases: at most one living writer a source and a corpus, with a token that only grows."""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import sqlalchemy as sa

from pipeline.errors import BusyError, StoreError
from pipeline.lifeline import start_time
from pipeline.models import utc_now
from pipeline.store.database import Database, leases

__all__ = ["Lease", "hold"]

_LOG = logging.getLogger(__name__)
_TTL = timedelta(seconds=60)
_BEAT_S = 15.0
_POLL_S = 0.5


@dataclass(frozen=True, slots=True)
class Lease:
    """A lease that is held; `token` is greater than that of every former holder."""

    name: str
    owner: str
    token: int
    lost: threading.Event = field(default_factory=threading.Event)

    def check(self) -> None:
        """Stop a writer that is no longer the holder.

        Raises:
            BusyError: the lease expired and may be somebody else's.
        """
        if self.lost.is_set():
            raise BusyError(f"the lease {self.name} was lost to another run; nothing was committed, run again")


@contextmanager
def hold(database: Database, name: str, *, wait_s: float = 0.0) -> Iterator[Lease]:
    """Hold a lease while the block runs; a heartbeat in a thread keeps it.

    Args:
        database: the state database.
        name: what is held.
        wait_s: seconds to wait for another living run to end.

    Raises:
        BusyError: another living run holds it.
    """
    deadline = time.monotonic() + wait_s
    while True:
        try:
            lease = _acquire(database, name)
            break
        except BusyError:
            if time.monotonic() >= deadline:
                raise
            time.sleep(_POLL_S)
    stop = threading.Event()
    beat = threading.Thread(target=_beat, args=(database, lease, stop), name=f"lease {name}", daemon=True)
    beat.start()
    try:
        yield lease
    finally:
        stop.set()
        beat.join()
        _release(database, lease)


def _acquire(database: Database, name: str) -> Lease:
    owner, now = f"{socket.gethostname()}/{os.getpid()}/{start_time(os.getpid())}/{os.urandom(4).hex()}", utc_now()
    first = {"name": name, "owner": owner, "token": 1, "expires_at": now + _TTL, "heartbeat_at": now}
    with database.begin() as connection:
        insert = database.insert(leases).values(**first).on_conflict_do_nothing().returning(leases.c.token)
        if connection.execute(insert).first() is not None:
            return Lease(name, owner, 1)
        held = connection.execute(sa.select(leases).where(leases.c.name == name)).one()
        if held.expires_at > now and not _is_dead(held.owner):
            raise BusyError(f"{name} is held by {held.owner} until {held.expires_at:%H:%M:%S}Z; wait, then run again")
        taken = connection.execute(
            sa.update(leases)
            .where(leases.c.name == name, leases.c.token == held.token)
            .values(owner=owner, token=held.token + 1, expires_at=now + _TTL, heartbeat_at=now)
        )
        if not taken.rowcount:
            raise BusyError(f"{name} was just taken by another run; wait, then run again")
        return Lease(name, owner, held.token + 1)


def _beat(database: Database, lease: Lease, stop: threading.Event) -> None:
    while not stop.wait(_BEAT_S):
        now = utc_now()
        mine = sa.and_(leases.c.name == lease.name, leases.c.token == lease.token)
        try:
            with database.begin() as connection:
                statement = sa.update(leases).where(mine).values(expires_at=now + _TTL, heartbeat_at=now)
                if not connection.execute(statement).rowcount:
                    lease.lost.set()
                    return
        except StoreError as error:
            _LOG.warning("the heartbeat of lease %s failed: %s", lease.name, error)


def _release(database: Database, lease: Lease) -> None:
    mine = sa.and_(leases.c.name == lease.name, leases.c.token == lease.token)
    with database.begin() as connection:
        # The row stays, expired, so that the token keeps growing.
        connection.execute(sa.update(leases).where(mine).values(expires_at=utc_now(), owner=f"{lease.owner} (done)"))


def _is_dead(owner: str) -> bool:
    """Whether the owner was a process of this machine that has ended; of other machines only time tells."""
    parts = owner.split("/")
    if owner.endswith("(done)"):
        return True
    return len(parts) == 4 and parts[0] == socket.gethostname() and start_time(int(parts[1])) != parts[2]
