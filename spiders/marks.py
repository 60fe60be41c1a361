"""What is known of WARC files that were read, in the state database."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, time, timedelta
from typing import Any

from pipeline.archive.places import local_path
from pipeline.models import Window
from pipeline.sources.declaration import Entry
from pipeline.store.runs import Runs

__all__ = ["Mark", "state_of_place"]


class Mark:
    """What the state database knows of a WARC file: which days of it were read, and from when to when its pages are."""

    def __init__(self, marks: Runs, source: str, place: str, entry: Entry) -> None:
        filters = "\x1f".join((place, entry.include or "", entry.exclude or ""))
        self._marks = marks
        self._name = f"warc:{source}:{hashlib.blake2b(filters.encode(), digest_size=16).hexdigest()}"
        self._first: datetime | None = None
        self._last: datetime | None = None

    def covers(self, captured: Window | None, state: str) -> bool:
        """Whether the file, in this state, has nothing of these days that was not read."""
        known = self._known(state)
        if known is None or known.get("all"):
            return known is not None
        if captured is None:
            return False
        start, end = (datetime.combine(day, time(), UTC) for day in (captured.start, captured.end + timedelta(1)))
        if known["last"] is None or datetime.fromisoformat(known["last"]) < start:
            return True
        if end <= datetime.fromisoformat(known["first"]):
            return True
        return any(first <= str(captured.start) and str(captured.end) <= last for first, last in known["days"])

    def saw(self, at: datetime) -> None:
        """Note the time of one of the source's records."""
        self._first = at if self._first is None else min(self._first, at)
        self._last = at if self._last is None else max(self._last, at)

    def set(self, captured: Window | None, state: str, *, damaged: bool) -> None:
        """Note that the file was read to its end; what a damaged one holds of other days is not known."""
        known = self._known(state) or {"days": []}
        days = [*known["days"], [str(captured.start), str(captured.end)]] if captured else known["days"]
        first, last = (moment and moment.isoformat() for moment in (self._first, self._last))
        if damaged:
            first, last = "0001-01-01T00:00:00+00:00", "9999-12-31T00:00:00+00:00"
        value = {"state": state, "all": captured is None, "days": days, "first": first, "last": last}
        self._marks.set_watermark(self._name, json.dumps(value))

    def _known(self, state: str) -> dict[str, Any] | None:
        value = self._marks.watermark(self._name)
        known: dict[str, Any] | None = json.loads(value) if value else None
        return known if known and known["state"] == state else None


def state_of_place(place: str) -> str:
    """Changes when a local file does; what has an address elsewhere is taken to stay as it is."""
    if "://" in place and not place.startswith("file://"):
        return ""
    stat = local_path(place).stat()
    return f"{stat.st_size}-{stat.st_mtime_ns}"
