"""Times as boards write them, in many languages, absolute or told from now -> aware UTC times.

The known shapes are tried in a fixed order, the most certain first.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo

from pipeline.forums.calendar_words import AFTERNOON, AGO, NEAR_DAYS, folded, month_number, unit_seconds, weekday_number

__all__ = ["When", "find_when", "parse_when"]

_DAY = 86_400
_MAX_CHARS = 300
_MAX_WORDS_ONLY = 60  # "an hour ago" has no digits
_EARLIEST = datetime(1985, 1, 1, tzinfo=UTC)
_ZONES = {
    "z": 0, "utc": 0, "gmt": 0, "wet": 0, "bst": 60, "west": 60, "cet": 60, "mez": 60, "cest": 120, "mesz": 120,
    "eet": 120, "eest": 180, "msk": 180, "ist": 330, "jst": 540, "kst": 540, "est": -300, "edt": -240, "cst": -360,
    "cdt": -300, "mst": -420, "mdt": -360, "pst": -480, "pdt": -420,
}  # fmt: skip
_WORD = r"[^\W\d_]{3,14}"
_CLOCK = re.compile(
    r"(?:(?P<before>[上下]午|午[前後]|晚上|凌晨|오[전후])\s*)?(?<![\d:.])(?P<hour>[01]?\d|2[0-4])"
    r"(?:\s?[:hH時时点點시]\s?(?P<minute>[0-5]\d)(?!\d)|(?<=\bkl\.\s\d\d)\.(?P<dotted>[0-5]\d)|(?=\s?[ap]\.?m\b))"
    r"(?:[:.分](?P<second>[0-5]\d)(?!\d)(?:\.\d+)?)?[분分秒]?(?:\s*(?P<half>[ap])\.?m\b\.?)?"
    r"(?:\s*\(?(?P<zone>[+-]\d{2}:?\d{2}|[A-Z]{3,4}\b|Z\b|[a-z]{3,4}(?=\s*\d{4})))?",
    re.IGNORECASE,
)
_YEAR_FIRST = re.compile(r"(?<![\d.])(\d{4})\s?([-/.])\s?(\d{1,2})\s?\2\s?(\d{1,2})\.?(?!\d)")
_EAST = re.compile(r"(?:(\d{4})\s*[年년]\s*)?(\d{1,2})\s*[月월]\s*(\d{1,2})\s*[日号일]")
_NUMBERS = re.compile(r"(?<![\d.,/-])(\d{1,2})([-/.])\s?(\d{1,2})\2\s?(\d{4}|\d{2})(?!\d|[./-]\d)")
_DAY_FIRST = re.compile(
    rf"(?<![\d.:])(\d{{1,2}})(?:st|nd|rd|th|er|º|ª|°|\.)?[\s/-]*(?:(?:de|di|of|d['’])\s+)?({_WORD})\.?,?[\s/-]*"
    rf"(?:(?:de|del|of)\s+)?(?:['’]?(\d{{4}}|\d{{2}})(?![:\dhH]|\.\d))?",
    re.IGNORECASE,
)
_MONTH_FIRST = re.compile(
    rf"(?<![^\W_])({_WORD})\.?[\s-]+(\d{{1,2}})(?:st|nd|rd|th|\.)?(?![:\d])"
    rf"(?:,?[\s-]+['’]?(\d{{4}}|\d{{2}})(?![:\dhH]|\.\d))?",
    re.IGNORECASE,
)
_C_STYLE = re.compile(
    rf"({_WORD})\s+(\d{{1,2}}),?\s+(\d\d:\d\d(?::\d\d)?(?:\s*[ap]m)?(?:\s+[A-Z]{{3,4}})?),?\s+(\d{{4}})", re.IGNORECASE
)
_YEAR_WORD = re.compile(rf"(?<!\d)(\d{{4}})\.?,?\s+({_WORD})\.?\s+(\d{{1,2}})(?![:\d])")
_NUMBERED_MONTH = re.compile(r"(?<!\d)(\d{1,2})\s+(?:tháng|thg)\s+(\d{1,2}),?\s+(?:năm\s+)?(\d{4})", re.IGNORECASE)
_MONTH_YEAR = re.compile(rf"(?<![^\W_])({_WORD})\.?,?\s+(?:de\s+)?(\d{{4}})(?!\d)")
_SPAN = re.compile(
    r"(?<![\d:.,])(\d{1,3}|\ban?|\beine[rmn]?|\bune?|\buna?|\bein|\been|\bum|\buma)\s*([^\W\d_]{1,12})\.?"
)
_NEAR = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)?")
_DIGIT = re.compile(r"\d")
_GAP = re.compile(r"T?[^\d上下午오晚凌]{0,18}")
_ISO = re.compile(r"(?a)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[+-]\d\d:?\d\d|Z)")
_EPOCH = re.compile(r"\s*(\d{10})(?:\d{3})?(?:\.\d+)?\s*")
_NOW = re.compile(
    r"(?i)\b(just now|moments? ago|a few seconds ago|gerade eben|à l['’]instant|ahora mismo|только что)\b|刚刚|방금"
)


@dataclass(frozen=True, slots=True)
class When:
    """A time found in a text at `[start, end)`. `timed` says that a clock was shown, `day` that a day was."""

    at: datetime
    start: int
    end: int
    timed: bool
    day: bool = True


@dataclass(frozen=True, slots=True)
class _Reading:
    text: str
    now: datetime
    month_first: bool | None

    @property
    def zone(self) -> tzinfo:
        return self.now.tzinfo or UTC


def parse_when(text: str, now: datetime, *, month_first: bool | None = None) -> datetime | None:
    """The first time that a text names, in UTC.

    Args:
        text: what the page shows, or the value of an attribute; only its first 300 characters are read.
        now: aware time of the visit, from which relative times are told. A clock without a zone is read in its zone.
        month_first: how the site writes `04/05/2020`, where known; else the month is first only with AM or PM.
    """
    found = find_when(text, now, month_first=month_first)
    return found.at if found else None


def find_when(text: str, now: datetime, *, month_first: bool | None = None) -> When | None:
    """Like `parse_when`, with the place in the text. Times before 1985 or more than two days ahead are no times."""
    text = text[:_MAX_CHARS]
    has_digit = _DIGIT.search(text) is not None
    if len(text) > _MAX_WORDS_ONLY and not has_digit:
        return None
    reading = _Reading(text, now, month_first)
    for reader in _READERS if has_digit else _READERS_OF_WORDS:
        for found in reader(reading):
            if found is not None and _EARLIEST <= found.at <= now + timedelta(days=2):
                return found
    return None


def _iso(one: _Reading) -> Iterator[When | None]:
    """What programs write into attributes: it needs none of the patterns that read what people write."""
    if match := _ISO.fullmatch(one.text):
        try:
            at = datetime.fromisoformat(match[0]).astimezone(UTC)
        except (ValueError, OverflowError):
            return
        yield When(at, 0, match.end(), timed=True)


def _epoch(one: _Reading) -> Iterator[When | None]:
    if match := _EPOCH.fullmatch(one.text):
        yield When(datetime.fromtimestamp(int(match[1]), UTC), match.start(1), match.end(), timed=True)


def _year_first(one: _Reading) -> Iterator[When | None]:
    for match in _YEAR_FIRST.finditer(one.text):
        yield _dated(one, match, int(match[1]), int(match[3]), int(match[4]))
    for match in _EAST.finditer(one.text):
        yield _dated(one, match, int(match[1]) if match[1] else None, int(match[2]), int(match[3]))


def _numbers(one: _Reading) -> Iterator[When | None]:
    for match in _NUMBERS.finditer(one.text):
        first, second, year = int(match[1]), int(match[3]), _year(match[4])
        clock = _clock(one, match)
        if len(match[4]) == 2 and clock is None and match[0] != one.text.strip(" ,"):
            continue  # may be a version or an address
        swap = one.month_first
        if swap is None:
            swap = match[2] == "/" and clock is not None and clock[0]["half"] is not None
        day, month = (second, first) if (swap and first <= 12) or second > 12 else (first, second)
        yield _dated(one, match, year, month, day)


def _named(one: _Reading) -> Iterator[When | None]:
    for match in _C_STYLE.finditer(one.text):
        if month := month_number(match[1]):
            clock = _CLOCK.match(one.text, match.start(3))
            yield _moment(one, (int(match[4]), month, int(match[2])), clock, match.span())
    for match in _NUMBERED_MONTH.finditer(one.text):
        yield _dated(one, match, int(match[3]), int(match[2]), int(match[1]))
    for match in _YEAR_WORD.finditer(one.text):
        if month := month_number(match[2]):
            yield _dated(one, match, int(match[1]), month, int(match[3]))
    for pattern, day, word in ((_DAY_FIRST, 1, 2), (_MONTH_FIRST, 2, 1)):
        for match in pattern.finditer(one.text):
            if match[3] and (month := month_number(match[word])):
                yield _dated(one, match, _year(match[3]), month, int(match[day]))


def _relative(one: _Reading) -> Iterator[When | None]:
    if match := _NOW.search(one.text):
        yield When(one.now.astimezone(UTC), *match.span(), timed=True)
    for match in _SPAN.finditer(one.text):
        seconds = unit_seconds(match[2])
        before = folded(one.text[: match.start()]).split()[-1:]
        after = re.match(r"\s*(?:yang\s+)?(\w+)", one.text[match.end() :])
        if seconds is None and match[2][-1] in "前전":  # written together
            seconds, after = unit_seconds(match[2][:-1]), re.match("(.)", match[2][-1])
        if seconds and ((before and before[0] in AGO[0]) or (after and after[1].casefold() in AGO[1])):
            count = int(match[1]) if match[1].isdigit() else 1
            yield _back(one, seconds, count, match)


def _back(one: _Reading, seconds: int, count: int, match: re.Match[str]) -> When | None:
    """A span before now, cut to its unit, so that later visits tell nearly the same time."""
    try:
        then = one.now - timedelta(seconds=seconds * count)
    except OverflowError:
        return None
    cut = then.replace(second=0, microsecond=0)
    if seconds >= 3600:
        cut = cut.replace(minute=0)
    if seconds >= _DAY:
        cut = cut.replace(hour=0)
    if seconds >= 365 * _DAY:
        cut = cut.replace(month=1, day=1)
    elif seconds >= 28 * _DAY:
        cut = cut.replace(day=1)
    elif seconds >= 7 * _DAY:
        cut -= timedelta(days=cut.weekday())
    return When(cut.astimezone(UTC), *match.span(), timed=seconds < _DAY)


def _near(one: _Reading) -> Iterator[When | None]:
    for match in _NEAR.finditer(one.text):
        word = folded(match[0])
        days = NEAR_DAYS.get(word, NEAR_DAYS.get(match[0].casefold()))
        clock = _clock(one, match)
        if days is None and clock is not None and (weekday := weekday_number(word)) is not None:
            days = (one.now.weekday() - weekday) % 7
        if days is not None:
            then = one.now - timedelta(days=days)
            yield _dated(one, match, then.year, then.month, then.day)


def _without_year(one: _Reading) -> Iterator[When | None]:
    for pattern, day, word in ((_DAY_FIRST, 1, 2), (_MONTH_FIRST, 2, 1)):
        for match in pattern.finditer(one.text):
            if not match[3] and (month := month_number(match[word])):
                yield _dated(one, match, None, month, int(match[day]))


def _month_only(one: _Reading) -> Iterator[When | None]:
    for match in _MONTH_YEAR.finditer(one.text):
        if month := month_number(match[1]):
            yield _moment(one, (int(match[2]), month, 1), None, match.span(), day=False)


_READERS: tuple[Callable[[_Reading], Iterator[When | None]], ...] = (
    _iso, _epoch, _year_first, _numbers, _named, _relative, _near, _without_year, _month_only,
)  # fmt: skip
_READERS_OF_WORDS = (_relative, _near)
"""All others need a digit."""


def _year(digits: str) -> int:
    year = int(digits)
    return year if len(digits) == 4 else year + (2000 if year < 70 else 1900)


def _dated(one: _Reading, match: re.Match[str], year: int | None, month: int, day: int) -> When | None:
    found = _clock(one, match)
    clock, span = found or (None, match.span())
    if year is not None:
        return _moment(one, (year, month, day), clock, span)
    this = _moment(one, (one.now.year, month, day), clock, span)
    if this is not None and this.at <= one.now + timedelta(days=1):
        return this
    return _moment(one, (one.now.year - 1, month, day), clock, span)


def _clock(one: _Reading, match: re.Match[str]) -> tuple[re.Match[str], tuple[int, int]] | None:
    """The clock after a date, or before it, with the place of both."""
    gap = _GAP.match(one.text, match.end())
    if gap and (clock := _CLOCK.match(one.text, gap.end())):
        return clock, (match.start(), clock.end())
    for clock in _CLOCK.finditer(one.text, max(0, match.start() - 30), match.start()):
        if len(one.text[clock.end() : match.start()]) <= 14:
            return clock, (clock.start(), match.end())
    return None


def _moment(
    one: _Reading, date: tuple[int, int, int], clock: re.Match[str] | None, span: tuple[int, int], *, day: bool = True
) -> When | None:
    hour, minute, second, zone = 0, 0, 0, one.zone
    if clock is not None:
        hour, minute, second = (
            int(clock["hour"]) % 24,
            int(clock["minute"] or clock["dotted"] or 0),
            int(clock["second"] or 0),
        )
        half = (clock["half"] or "").lower()
        late = half == "p" or AFTERNOON.get(clock["before"] or "", False)
        if (half or clock["before"]) and hour <= 12:
            hour = hour % 12 + (12 if late else 0)
        zone = _zone(clock["zone"]) or zone
    try:
        at = datetime(*date, hour, minute, second, tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return When(at, *span, timed=clock is not None, day=day)


def _zone(text: str | None) -> tzinfo | None:
    if not text:
        return None
    if text[0] in "+-":
        minutes = int(text[1:3]) * 60 + int(text[-2:])
        return timezone(timedelta(minutes=-minutes if text[0] == "-" else minutes)) if minutes < 1440 else None
    minutes_east = _ZONES.get(text.lower())
    return None if minutes_east is None else timezone(timedelta(minutes=minutes_east))
