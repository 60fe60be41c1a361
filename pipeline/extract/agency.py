"""Which news agency a text is credited to: dateline, byline, credit line; with the words that say so.

Only where a name stands as a credit does, never inside a sentence: that Reuters reported a thing says nothing of who
wrote about it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from pipeline.extract.agency_shapes import DAY, Shapes, shapes_with

__all__ = ["agency_called", "find_agency"]

_UNKNOWN = r"[A-Z][A-Za-z]+(?: [A-Z][A-Za-z]+){0,2}"
_UNKNOWN_DATELINE = re.compile(
    rf"^[A-Z][A-Z .'’-]{{2,30}},? ?(?:{DAY})?[.,]? ?(?:\(({_UNKNOWN})\)|/({_UNKNOWN})/)\s*(?:[-–—:.]|$|[A-Z])"
)
"""A name that no list knows, where only an agency's name stands: CITY, Month D (Name) -"""
_SIGNED_BY_REUTERS = re.compile(r"^\(?Reporting by [^.]{3,160}; ?(?:[^.]{3,160}; ?)?[Ee]diting by [^.]{3,160}\)?\.?$")
_BYLINE_PARTS = re.compile(
    r"\s*[,;|/()·•＝=]\s*|\s+[-–—]\s+|"
    r"\s+(?:and|und|et|avec|with|y|con|e|com|mit|og|och|in|i|и|та|with inputs from|via)\s+"
)
_BYLINE_WORDS = re.compile(
    r"(?i)^(?:by|von|por|par|av|af|di|da|source:|quelle:|agencia|agência|agence|agentur|rédaction avec)\s+|"
    r"\s+(?:news agency|agency|staff|correspondents?|news|wire|ajansı|newsroom|reporters?|online|deutschland|sport|"
    r"service|staff (?:writers?|reporters?))$"
)
_MAX_BYLINE = 120


def find_agency(
    paragraphs: Sequence[str], bylines: Iterable[str], *, own: str | None = None, declared: Iterable[str] = ()
) -> tuple[str, str] | None:
    """The agency that a text names as its source.

    Args:
        paragraphs: of the text, in order.
        bylines: names of authors, and the lines of the byline they were read from.
        own: the agency that the source itself is.
        declared: further agency names, from declarations.

    Returns:
        (name, evidence), the evidence being `dateline: …`, `byline: …`, `credit: …` or `source`; None without one.
    """
    shapes = shapes_with(tuple(declared))
    lead = next((text for text in paragraphs[:3] if len(text) > 25), "")
    for paragraph in dict.fromkeys((*paragraphs[:2], lead)):
        if found := _dateline(paragraph[:160], shapes):
            return found
    for paragraph in paragraphs[:6]:
        if len(paragraph) <= 90 and (match := shapes.source_line.match(paragraph)):
            return shapes.names[match["who"]], f"dateline: {paragraph}"
    for credit in bylines:
        for part in _parts(credit):
            if part in shapes.names:
                return shapes.names[part], f"byline: {credit}"
    for paragraph in dict.fromkeys((*reversed(paragraphs[-3:]), *paragraphs[:2])):
        if found := _credit(paragraph, shapes):
            return found
    return (own, "source") if own else None


def agency_called(name: str, declared: Iterable[str] = ()) -> str | None:
    """The agency that goes by this name, perhaps with words around it: `The Associated Press`, `Reuters Staff`."""
    names = shapes_with(tuple(declared)).names
    return next((names[part] for part in _trimmed(name) if part in names), None)


def _dateline(head: str, shapes: Shapes) -> tuple[str, str] | None:
    for shape in shapes.datelines:
        if match := shape.match(head):
            return shapes.names[match["who"]], f"dateline: {match[0].strip()}"
    if match := _UNKNOWN_DATELINE.match(head):
        return match[1] or match[2], f"dateline: {match[0].strip()}"
    return None


def _parts(credit: str) -> Iterator[str]:
    if len(credit) <= _MAX_BYLINE:
        for piece in (credit, *_BYLINE_PARTS.split(credit)):
            yield from _trimmed(piece)


def _trimmed(piece: str) -> Iterator[str]:
    part = piece.strip(" .:*-–—©[]【】")
    yield part
    yield _BYLINE_WORDS.sub("", _BYLINE_WORDS.sub("", part)).strip()


def _credit(paragraph: str, shapes: Shapes) -> tuple[str, str] | None:
    end = paragraph[-200:]
    for shape in shapes.credits:
        if match := shape.search(end):
            # All of a short line, or the last words of a long one.
            if match.start() == 0 and len(paragraph) > 200:
                continue
            return shapes.names[match["who"]], f"credit: {match[0].strip()}"
    if _SIGNED_BY_REUTERS.match(paragraph):
        return "Reuters", f"credit: {paragraph}"
    return None
