"""The time zone that a board says its times are in, as in "All times are UTC+2" at the end of its pages."""

from __future__ import annotations

import re
from datetime import timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from lxml import etree, html

from pipeline.forums.selecting import text_of

__all__ = ["board_zone"]

_MAX_NOTES = 20
_MAX_CHARS = 200  # of a note; more is prose that mentions a zone
_NAMING = etree.XPath("//*[text()[contains(., 'UTC') or contains(., 'GMT') or contains(., 'WEZ')]]")
_NOTE = re.compile(
    r"(?i)(?:^|\W)(?:all times|times are|alle zeit\w*|heures|fuseau horaire|franja horaria|horas|horarios|horários|"
    r"fuso hor[aá]rio|fuso orario|orari|tijden|strefa czasowa|czas\w*|часовой пояс|время|часы|časy|tider|saat\w*)"
    r"[^\d+.]{0,40}?(?:UTC|GMT|WEZ)(?:\s*(?P<sign>[+−–-])\s*(?P<hours>\d{1,2})(?::?(?P<minutes>\d\d))?)?"
    r"(?:\s*[^\W\d_]{1,10})?\s*(?P<summer>\[\s*[^\W\d_]{2,14}\s*\])?"
)


def board_zone(tree: html.HtmlElement) -> tzinfo | None:
    """The zone of a page's times: the last note of one on it; None when the page tells none that can be.

    Some boards name the zone in a title, which also tells of summer and winter; others tell what holds at present.
    """
    for element in reversed(_NAMING(tree)[-_MAX_NOTES:]):
        above = element.getparent()
        for note in (element, above if above is not None else element):
            text = text_of(note) or ""
            if len(text) <= _MAX_CHARS and (match := _NOTE.search(text)):
                return _named(note) or _offset(match)
    return None


def _named(note: html.HtmlElement) -> tzinfo | None:
    for title in note.xpath("descendant-or-self::*/@title")[:3]:
        try:
            return ZoneInfo(str(title)) if "/" in title else None
        except (ValueError, OSError):
            continue
    return None


def _offset(match: re.Match[str]) -> tzinfo | None:
    minutes = int(match["hours"] or 0) * 60 + int(match["minutes"] or 0)
    shift = timedelta(minutes=minutes) * (1 if (match["sign"] or "+") == "+" else -1)
    shift += timedelta(hours=1) if match["summer"] else timedelta(0)
    return timezone(shift) if abs(shift) <= timedelta(hours=14) else None
