"""Dates as pages declare and write them -> aware UTC times with their precision."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo

from pipeline.extract.month_names import month_of
from pipeline.forums.times import find_when
from pipeline.models import Precision

__all__ = ["parse_moment", "parse_shown", "plausible"]

_ISO = re.compile(
    r"(?<!\d)(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)"
    r"(?:[T\s]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*(Z\b|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2}(?!\d))?)?",
    re.IGNORECASE,
)
_COMPACT = re.compile(r"^((?:19|20)\d\d)([01]\d)([0-3]\d)(?:T?([0-2]\d)([0-5]\d)([0-5]\d)?(Z)?)?$")
_EPOCH = re.compile(r"^(1\d{9}|[3-9]\d{8})(?:\d{3})?$")
_MAIL = re.compile(r"^(?:[A-Za-z]{3},\s*)?\d{1,2} [A-Za-z]{3} \d{4} \d\d:\d\d")
_DAY_FIRST = re.compile(
    r"(?<!\d)(\d{1,2})(?:st|nd|rd|th|er|º|\.)?[\s,،]*(?:de\s+|d['’]|of\s+)?"
    r"([^\W\d_](?:[^\W_]|[\u0300-\u036f\u0900-\u0dff\u0e00-\u0e7f]){1,14}"
    r"(?: (?:الأول|الثاني))?|\w\.\w\.|\w{2}\.\w\.)\.?[\s,،]*(?:de\s+|del\s+|of\s+)?(\d{4})(?!\d)"
)
_MONTH_FIRST = re.compile(r"(?<!\w)([^\W\d_]{3,14})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})(?!\d)")
_CLOCK = re.compile(r"(?<!\d)\d{1,2}[:.hH]\d{2}(?!\d)|\d\s?[ap]\.?m\b", re.IGNORECASE)
_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_MAX_CHARS = 300
_BUDDHIST = 543


def parse_moment(text: str | None, *, timezone: str = "UTC") -> tuple[datetime, Precision] | None:
    """The first absolute date in a text: ISO 8601, RFC 2822, seconds since 1970, or with a month's name and a year.

    Args:
        text: an attribute's value or a line of a page; its first 300 characters are read.
        timezone: of clocks that name none.
    """
    text = (text or "")[:_MAX_CHARS].strip()
    if not any(map(str.isdigit, text)):
        return None
    if iso := _ISO.search(text):
        return _clocked(iso.groups(), timezone)
    if compact := _COMPACT.match(text):
        return _clocked(compact.groups(), timezone)
    if epoch := _EPOCH.match(text):
        return datetime.fromtimestamp(int(epoch[1]), UTC), Precision.SECOND
    if _MAIL.match(text):
        try:
            moment = parsedate_to_datetime(text)
            return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(timezone))).astimezone(
                UTC
            ), Precision.SECOND
        except (ValueError, OverflowError):
            pass
    return _named(text)


def _named(text: str) -> tuple[datetime, Precision] | None:
    for pattern, day, month in ((_DAY_FIRST, 1, 2), (_MONTH_FIRST, 2, 1)):
        for found in pattern.finditer(text):
            number, year = month_of(found[month]), int(found[3])
            if number:
                return _day(year - _BUDDHIST if year > 2400 else year, number, int(found[day]))
    return None


def parse_shown(
    text: str | None, now: datetime, *, month_first: bool | None = None
) -> tuple[datetime, Precision] | None:
    """Like `parse_moment`, also for what only readers are shown: `5 mai à 10h30`, `3 hours ago`, `22/11/2026 18:30`.

    Args:
        text: an attribute's value or a line of a page.
        now: aware time of the visit, in the zone of the site.
        month_first: how the page writes `04/05/2026`, where known.
    """
    text = (text or "")[:_MAX_CHARS].strip()
    zone = str(now.tzinfo) if isinstance(now.tzinfo, ZoneInfo) else "UTC"
    moment = parse_moment(text, timezone=zone)
    if moment is not None and (moment[1] is Precision.SECOND or not _CLOCK.search(text)):
        return moment
    when = find_when(text, now, month_first=month_first)
    if when is None or not when.day:
        return moment
    local = when.at.astimezone(now.tzinfo)
    if moment is not None and (local.date() != moment[0].date() or not when.timed):
        return moment
    return (when.at, Precision.SECOND) if when.timed else _day(local.year, local.month, local.day)


def plausible(moment: datetime, fetched_at: datetime) -> bool:
    """Whether a text seen at `fetched_at` can be of this time: after 1990, not more than a day ahead."""
    return _EARLIEST <= moment <= fetched_at + timedelta(days=1)


def _clocked(parts: tuple[str | None, ...], timezone: str) -> tuple[datetime, Precision] | None:
    year, month, day, hour, minute, second = (int(part) if part else 0 for part in parts[:6])
    if parts[3] is None:
        return _day(year, month, day)
    try:
        clock = datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 (its zone comes next)
        if zone := parts[6]:
            offset = "+00:00" if zone[0] not in "+-" else zone if len(zone) > 3 else f"{zone}:00"
            return datetime.fromisoformat(f"{clock.isoformat()}{offset}").astimezone(UTC), Precision.SECOND
        return clock.replace(tzinfo=ZoneInfo(timezone)).astimezone(UTC), Precision.SECOND
    except (ValueError, OverflowError):
        return None


def _day(year: int, month: int, day: int) -> tuple[datetime, Precision] | None:
    try:
        return datetime(year, month, day, tzinfo=UTC), Precision.DAY
    except ValueError:
        return None
