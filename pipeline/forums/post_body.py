"""The body of each part that a page was split into: what differs from part to part, without what all parts repeat."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

from pipeline.forums.outline import Outline, class_words
from pipeline.forums.quote_boxes import is_quote
from pipeline.forums.splitter import Unit

__all__ = ["Body", "bodies_of"]

_KEY_SHARE = 0.7  # of the parts, in which an element must stand to be the body
_WHOLE = 0.97  # of the best element's text, with which an inner one is as good
_FURNITURE = frozenset(
    "signature sig edited lastedit editedby buttons actions toolbar share reactions likes liked rating "
    "attachmentinfo "
    "postbit_buttons controls toolbox sidebar userinfo avatar advertisement adsbygoogle".split()
)
_CONTAINERS = frozenset("div td article section blockquote dd li main aside font pre span".split())


@dataclass(frozen=True, slots=True)
class Body:
    """Elements that hold a post's text, and those inside them that are no part of it."""

    roots: tuple[int, ...]
    without: frozenset[int]


@dataclass(slots=True)
class _Weights:
    """Running sum of what each text adds to a body: nothing where parts repeat it, little in labels."""

    sums: list[int]

    def of(self, outline: Outline, node: int) -> int:
        return self.sums[outline.last[node]] - self.sums[outline.first[node]]


def bodies_of(outline: Outline, units: list[Unit], heads: list[frozenset[int]]) -> list[Body]:
    """The body of each unit; `heads` are the elements that hold its author and time."""
    weights = _weigh(outline, units, heads)
    places = [_places(outline, unit) for unit in units]
    key = _best_place(outline, weights, places, heads)
    repeated = _repeated(outline, units)
    result = []
    for unit, place, head in zip(units, places, heads, strict=True):
        node = place.get(key) if key else None
        if node is None or _holds(outline, node, head):
            node = _fallback(outline, weights, place, head, unit)
        roots = (*_quotes_beside(outline, unit, node), node) if node is not None else unit.roots
        result.append(Body(roots, frozenset(_furniture(outline, roots, head, repeated))))
    return result


def _quotes_beside(outline: Outline, unit: Unit, node: int) -> Iterator[int]:
    """Quotes that stand before the body."""
    number = unit.roots[0]
    while number < node:
        if outline.end[number] <= node and is_quote(outline.nodes[number]):
            yield number
            number = outline.end[number]
        else:
            number += 1


def _normal(text: str) -> str:
    return re.sub(r"\d+", "0", text.casefold())


def _weigh(outline: Outline, units: list[Unit], heads: list[frozenset[int]]) -> _Weights:
    seen = Counter(
        text for unit in units for text in {_normal(one.text) for one in outline.pieces[unit.start : unit.stop]}
    )
    owners = {node for head in heads for node in head}
    bars = _bars(outline) if len(units) == 1 else set()  # of several units, these repeat

    def weight(number: int) -> int:
        piece = outline.pieces[number]
        if seen[_normal(piece.text)] > 1 or piece.owner in owners or piece.owner in bars:
            return 0
        return len(piece.text) if len(piece.text.split()) >= 4 else len(piece.text) * 2 // 5

    return _Weights([0, *accumulate(weight(number) for number in range(len(outline.pieces)))])


def _bars(outline: Outline) -> set[int]:
    """Elements that are mostly a row of links, such as "Reply", "Report", "3 like this", and the links themselves."""
    linked = [0, *accumulate(len(one.text) if one.link >= 0 else 0 for one in outline.pieces)]
    bars = {one.owner for one in outline.pieces if one.link >= 0}
    for owner in {one.owner for one in outline.pieces} - bars:
        first, last = outline.first[owner], outline.last[owner]
        held = linked[last] - linked[first]
        if held and 2 * held >= outline.plain_chars(first, last):
            bars.add(owner)
    return bars


_Place = tuple[str, int]


def _places(outline: Outline, unit: Unit) -> dict[_Place, int]:
    """The unit's elements with text by shape and ordinal; the first of a shape has the ordinal 0."""
    counts: Counter[str] = Counter()
    found: dict[_Place, int] = {}
    for node in range(unit.roots[0], outline.end[unit.roots[-1]]):
        if (
            outline.last[node] > outline.first[node]
            and outline.tag(node) in _CONTAINERS
            and not _one_of_many(outline, node)
        ):
            shape = outline.place(node)
            if counts[shape] < 5:
                found[shape, counts[shape]] = node
            counts[shape] += 1
    return found


def _one_of_many(outline: Outline, node: int) -> bool:
    """A list's item or a phrase: its neighbours are as good a body."""
    above = outline.parent[node]
    if outline.tag(node) == "li":
        return (above >= 0 and outline.end[above] - above > 60) or (
            outline.tag(above) in ("ul", "ol") and not outline.nodes[node].get("id")
        )
    return (
        outline.tag(node) in ("span", "font")
        and above >= 0
        and outline.plain_chars(outline.first[above], outline.last[above])
        > 1.2 * max(1, outline.plain_chars(outline.first[node], outline.last[node]))
    )


def _holds(outline: Outline, node: int, head: frozenset[int]) -> bool:
    return any(outline.holds(node, one) for one in head)


def _best_place(
    outline: Outline, weights: _Weights, places: list[dict[_Place, int]], heads: list[frozenset[int]]
) -> _Place | None:
    """The place whose elements hold the most text and nothing of the heads; of equals the innermost."""
    sums: Counter[_Place] = Counter()
    counts: Counter[_Place] = Counter()
    with_head: Counter[_Place] = Counter()
    depth: dict[_Place, int] = {}
    for place, head in zip(places, heads, strict=True):
        for key, node in place.items():
            sums[key] += weights.of(outline, node)
            counts[key] += 1
            with_head[key] += _holds(outline, node, head)
            depth[key] = node - min(place.values())
    free = [key for key in sums if counts[key] >= _KEY_SHARE * len(places) and with_head[key] * 5 <= counts[key]]
    best = max((sums[key] for key in free), default=0)
    if best == 0:
        return None
    whole = max(sums.values())
    if best < 0.5 * whole and _spread(outline, weights, places, heads):
        return None
    indented = [
        key
        for key in free
        if key[0].rpartition("/")[2].startswith("blockquote")
        and counts[key] >= 0.9 * len(places)
        and sums[key] >= 0.6 * best
        and (len(places) > 1 or "content" in key[0])
    ]
    return max(indented or [key for key in free if sums[key] >= _WHOLE * best], key=lambda key: depth[key])


def _spread(outline: Outline, weights: _Weights, places: list[dict[_Place, int]], heads: list[frozenset[int]]) -> bool:
    """Whether most of the text stands beside author or time in one element, not below an element of its own."""
    direct = sums = 0
    for place, head in zip(places, heads, strict=True):
        nodes = list(place.values())
        free = [weights.of(outline, node) for node in nodes if not _holds(outline, node, head)]
        sums += max((weights.of(outline, node) for node in nodes), default=0)
        direct += max(free, default=0)
    return direct < 0.5 * sums


def _fallback(
    outline: Outline, weights: _Weights, place: dict[_Place, int], head: frozenset[int], unit: Unit
) -> int | None:
    """Of one unit alone the innermost element with nearly all text outside the head, if there is one."""
    free = [node for node in place.values() if not _holds(outline, node, head)]
    best = max((weights.of(outline, node) for node in free), default=0)
    whole = sum(weights.of(outline, root) for root in unit.roots)
    if best == 0 or best < 0.5 * whole:
        return None
    return max(node for node in free if weights.of(outline, node) >= _WHOLE * best)


def _repeated(outline: Outline, units: list[Unit]) -> set[str]:
    """Short texts of whole elements that half of the units have: buttons and labels."""
    if len(units) < 2:
        return set()
    seen: Counter[str] = Counter()
    for unit in units:
        texts = set()
        for node in range(unit.roots[0], outline.end[unit.roots[-1]]):
            if 0 < outline.last[node] - outline.first[node] <= 12:
                texts.add(_normal(outline.text(node, 160)))
        seen.update(texts)
    return {text for text, count in seen.items() if count >= max(2, len(units) / 2) and text}


def _furniture(outline: Outline, roots: tuple[int, ...], head: frozenset[int], repeated: set[str]) -> Iterator[int]:
    for root in roots:
        node = root
        while node < outline.end[root]:
            if node in head or (node not in roots and _is_furniture(outline, node, repeated)):
                yield node
                node = outline.end[node]
            else:
                node += 1


def _is_furniture(outline: Outline, node: int, repeated: set[str]) -> bool:
    words = class_words(outline.nodes[node])
    if any(word in _FURNITURE for word in words):
        return True
    few = 0 < outline.last[node] - outline.first[node] <= 12
    return few and _normal(outline.text(node, 160)) in repeated and not is_quote(outline.nodes[node])
