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
_NUMBERED = re.compile(r"(?i)^(?:p|post|msg|message|comment|pid|entry|reply|c)[-_]?\d+$")
_BOX = frozenset("div table article section li tr td dl body tbody main".split())
_MIN_PLAIN = 12  # characters outside links


def lone_post(outline: Outline, marks: Marks) -> Unit | None:
    """The part of the page that has a time, a member or a post's number, and a text; None where there is none."""
    times = [one.node for one in marks.times if not one.other]
    best: tuple[tuple[float, int, int], int] | None = None
    for node in _candidates(outline, times):
        low, high = node, outline.end[node]
        plain = outline.plain_chars(outline.first[node], outline.last[node])
        timed, signed = within(times, low, high), within(marks.profiles, low, high)
        if plain < _MIN_PLAIN or not timed:
            continue
        named = any(word in _POST_WORDS for word in class_words(outline.nodes[node]))
        numbered = _is_numbered(outline, node)
        if not (signed or numbered or named):
            continue
        likeness = 2.0 * bool(signed) + 2.0 * numbered + named - 0.5 * (timed > 3) - 0.5 * (signed > 4)
        rank = (likeness, min(plain, 2000) // 200, -node if plain < 400 else node)
        if best is None or rank > best[0]:
            best = rank, node
    if best is None:
        return None
    node = best[1]
    return Unit((node,), outline.first[node], outline.last[node])


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


def _is_numbered(outline: Outline, node: int) -> bool:
    element = outline.nodes[node]
    return any(_NUMBERED.match(element.get(name) or "") for name in ("id", "name", "data-id"))
