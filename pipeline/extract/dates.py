"""Dates as pages write them -> aware UTC times with their precision."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from pipeline.models import Precision

__all__ = ["parse_moment", "plausible"]

_ISO = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})(?:[T\s]+(\d{2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*(Z|[+-]\d{2}:?\d{2})?)?", re.IGNORECASE
)
_MONTHS = {
    name: number
    for number, names in enumerate(
        "jan january|feb february|mar march|apr april|may|jun june|jul july|aug august|sep sept september|oct october|"
        "nov november|dec december".split("|"),
        1,
    )
    for name in names.split()
}
_DAY_FIRST = re.compile(r"\b(\d{1,2})(?:st|nd|rd|th)?\s+([A-Za-z]{3,9})\.?,?\s+(\d{4})\b")
_MONTH_FIRST = re.compile(r"\b([A-Za-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})\b")
_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)


def parse_moment(text: str | None, *, timezone: str = "UTC") -> tuple[datetime, Precision] | None:
    """The first date in a text: ISO 8601, or written with an English month name."""
    if not text:
        return None
    if iso := _ISO.search(text):
        return _from_iso(iso, timezone)
    for pattern, day, month in ((_DAY_FIRST, 1, 2), (_MONTH_FIRST, 2, 1)):
        for found in pattern.finditer(text):
            number = _MONTHS.get(found[month].lower())
            if number:
                return _day(int(found[3]), number, int(found[day]))
    return None


def plausible(moment: datetime, fetched_at: datetime) -> bool:
    """Whether a text seen at `fetched_at` can be of this time: after 1990, not more than a day ahead."""
    return _EARLIEST <= moment <= fetched_at + timedelta(days=1)


def _from_iso(iso: re.Match[str], timezone: str) -> tuple[datetime, Precision] | None:
    year, month, day, hour, minute, second, zone = iso.groups()
    if hour is None:
        return _day(int(year), int(month), int(day))
    try:
        clock = datetime.fromisoformat(f"{year}-{month}-{day}T{hour}:{minute}:{second or '00'}")
        if zone:
            offset = "+00:00" if zone in "Zz" else zone
            return datetime.fromisoformat(f"{clock.isoformat()}{offset}").astimezone(UTC), Precision.SECOND
        return clock.replace(tzinfo=ZoneInfo(timezone)).astimezone(UTC), Precision.SECOND
    except ValueError:
        return None


def _day(year: int, month: int, day: int) -> tuple[datetime, Precision] | None:
    try:
        return datetime(year, month, day, tzinfo=UTC), Precision.DAY
    except ValueError:
        return None
