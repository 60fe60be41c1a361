"""When a source is collected: cron expressions with the minute spread by a hash of the id."""

from __future__ import annotations

import hashlib

__all__ = ["cron_of"]


def cron_of(source_id: str, schedule: str) -> str:
    """Cron expression of a declared schedule.

    `hourly` and `daily` get a minute (and hour) from the source's id, so that sources do not start together.
    """
    spread = int.from_bytes(hashlib.blake2b(source_id.encode(), digest_size=4).digest(), "big")
    minute, hour = spread % 60, spread // 60 % 24
    return {"hourly": f"{minute} * * * *", "daily": f"{minute} {hour} * * *"}.get(schedule, schedule)
