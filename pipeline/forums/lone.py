"""The only post of a page, which nothing repeats: found by its marks and by words that boards name posts with."""

from __future__ import annotations

import re

from pipeline.forums.marks import Marks
from pipeline.forums.outline import Outline, class_words, within
from pipeline.forums.splitter import Unit

__all__ = ["lone_post"]

_POST_WORDS = frozenset(
    "post message msg comment reply entry postbit topic discussion thread email article beitrag".split()
)
_BODY_WORDS = frozenset("post message comment reply".split())
_NUMBERED = re.compile(r"(?i)^(?!(?:user|menu|nav|tab|ad|block|widget|box|uid|forum|cat|module))[a-z_]{1,12}\d+$")
_BOX = frozenset("div table article section li tr td dl body tbody main".split())
_MIN_PLAIN = 2  # characters outside links
_SURE = 12  # with fewer it may be a label
_LAST_LINE = re.compile(r"(?i)powered by|©|\(c\)|copyright|privacy|datenschutz|impressum|imprint|terms of|contact us")
_LAST_PIECES, _LAST_CHARS = 25, 400


def lone_post(outline: Outline, marks: Marks, listed: list[int]) -> Unit | None:
    """The part of the page that has a time, a member or a post's number, and a text; None where there is none.

    Args:
        outline: the page.
        marks: of the page.
        listed: elements of links to threads and forums, in order, none of which a post holds.
    """
    times = [one.node for one in marks.times if not one.other]
    ids = [one.node for one in marks.ids if _NUMBERED.match(f"{one.prefix}{one.digits}")]
    end = _end(outline)
    best: tuple[float, int] | None = None  # likeness, element
    for node in _candidates(outline, times):
        low, high = node, outline.end[node]
        said = sum(len(outline.text(time, 80)) for time in times[:40] if low <= time < high)
        plain = _plain(outline, outline.first[node], min(outline.last[node], end)) - said
        timed, signed = within(times, low, high), within(marks.profiles, low, high)
        if plain < _MIN_PLAIN or within(listed, low, high):
            continue
        named = any(word in _POST_WORDS for word in class_words(outline.nodes[node]))
        numbered = 0 < within(ids, low, high) < 4
        if not (signed or numbered or named):
            continue
        likeness = 2.0 * bool(signed) + 2.0 * numbered + named - 0.5 * (timed > 3) - 0.5 * (signed > 4)
        # The inner one, unless much text follows it: what stands before a post's marks are titles and the way to them.
        after = 0 if best is None else _plain(outline, outline.last[node], min(outline.last[best[1]], end))
        surely = best is None or (likeness > best[0] and plain >= _SURE)
        if surely or (best is not None and likeness >= best[0] and 3 * after < plain):
            best = likeness, node
    return _below_name(outline) if best is None else _cut(outline, best[1], times, end)


def _plain(outline: Outline, start: int, stop: int) -> int:
    return outline.plain_chars(start, stop) if start < stop else 0


def _end(outline: Outline) -> int:
    """The piece with which the page's last lines begin: who made the board, privacy, contact."""
    last = len(outline.pieces)
    for number in range(max(0, last - _LAST_PIECES), last):
        if _LAST_LINE.search(outline.pieces[number].text) and outline.chars[last] - outline.chars[number] < _LAST_CHARS:
            return number
    return last


def _candidates(outline: Outline, times: list[int]) -> list[int]:
    """Boxes around the page's times, and up to the page's body."""
    found: dict[int, None] = {}
    for node in times[:40]:
        above = outline.parent[node]
        for _ in range(40):
            if above < 0 or above in found:
                break
            if outline.tag(above) in _BOX:
                found[above] = None
            above = outline.parent[above]
    return sorted(found)


def _cut(outline: Outline, node: int, times: list[int], end: int) -> Unit:
    """The box; of the page's whole body only what follows the time, up to a rule or another end."""
    if outline.tag(node) not in ("body", "main"):
        return Unit((node,), outline.first[node], outline.last[node])
    children = list(outline.children(node))
    start = next((place for place, child in enumerate(children) if within(times, child, outline.end[child])), 0)
    stop = start + 1
    while (
        stop < len(children)
        and outline.tag(children[stop]) not in ("hr", "form", "footer", "nav", "aside")
        and outline.first[children[stop]] < end
    ):
        stop += 1
    return Unit(tuple(children[start:stop]), outline.first[children[start]], outline.last[children[stop - 1]])


def _below_name(outline: Outline) -> Unit | None:
    """A box named as a post's that stands after a short text, as pages for readers without JavaScript have it."""
    for node in range(len(outline.nodes)):
        words = class_words(outline.nodes[node])
        if outline.tag(node) != "div" or not _BODY_WORDS & set(words):
            continue
        above = outline.parent[node]
        before = (
            next((child for child in outline.children(above) if outline.end[child] == node), -1) if above >= 0 else -1
        )
        plain = outline.plain_chars(outline.first[node], outline.last[node])
        if before >= 0 and plain >= _MIN_PLAIN and 0 < len(outline.text(before, 60)) <= 40:
            return Unit((before, node), outline.first[before], outline.last[node])
    return None
