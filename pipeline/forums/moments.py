"""Times inside the markup of a board: exact ones in attributes, and what a reader sees."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime

from lxml import html

from pipeline.forums.selecting import text_of
from pipeline.forums.times import find_when, parse_when

__all__ = ["exact_moment", "month_comes_first", "shown", "shown_moment"]

_EXACT = ("datetime", "data-time", "data-timestamp", "date", "data-date", "content")
_NUMBERS = re.compile(r"(?<![\d.,/-])(\d{1,2})([-/.])(\d{1,2})\2(?:\d{4}|\d{2})(?![\d./-])")
_PARTS = re.compile(r"[\n»«•|]")


def exact_moment(element: html.HtmlElement, now: datetime) -> datetime | None:
    """The time that an attribute of the element, or of one below, gives exactly."""
    for node in element.iter():
        for name in _EXACT:
            value = node.get(name) if isinstance(node.tag, str) else None
            if value and value[:1].isdigit() and (found := parse_when(value, now)):
                return found
    return None


def shown_moment(text: str, now: datetime, *, month_first: bool | None = None) -> datetime | None:
    """The time in what an element shows: that of the last line that holds one, one with a clock before others."""
    found = [find_when(part, now, month_first=month_first) for part in reversed(_PARTS.split(text))]
    told = [one for one in found if one is not None]
    best = next((one for one in told if one.timed), told[0] if told else None)
    return best.at if best else None


def shown(element: html.HtmlElement, now: datetime) -> str:
    """The element's text by lines; where a title tells the time more exactly than the text, the title instead."""
    return re.sub(r"[ \t\xa0]+", " ", "".join(_pieces(element, now)))[:1000]


def _pieces(element: html.HtmlElement, now: datetime) -> Iterator[str]:
    title = str(element.get("title") or "")
    if any(one.isdigit() for one in title) and (_NUMBERS.search(title) or parse_when(title, now)):
        yield title
        return
    yield re.sub(r"\s+", " ", element.text or "")
    for child in element:
        if isinstance(child.tag, str) and child.tag not in ("script", "style"):
            if child.tag in ("br", "p", "div", "li", "td", "tr", "dd"):
                yield "\n"
            yield from _pieces(child, now) if len(child) < 50 else (text_of(child) or "",)
        yield re.sub(r"\s+", " ", child.tail or "")


def month_comes_first(texts: Iterable[str], now: datetime, *, usual: bool | None) -> bool | None:
    """How a page orders `04/05/2020`, by those of its dates that can be read one way only.

    Args:
        texts: what the page shows as times.
        now: time of the capture; no date of the page is later.
        usual: the system's own default, for pages on which every such date can be read both ways.
    """
    unsure = []
    for text in texts:
        for one, _, other in _NUMBERS.findall(text):
            if int(one) > 12:
                return False
            if int(other) > 12:
                return True
            unsure.append(text)
    if usual is None or not unsure:
        return None
    return usual != any(parse_when(one, now, month_first=usual) is None for one in unsure)
