"""A page's posts, told apart by structure alone: subtrees that repeat, each with a time, a member and a text.

Marks of one kind (say all times in `div/span.date`) part the page: a post is the largest subtree, or run of
neighbouring subtrees, with one mark. Every kind of mark proposes its parting; the one whose parts look most like
posts wins.
"""

from __future__ import annotations

import itertools
import math
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from pipeline.forums.marks import Id, Marks, Time
from pipeline.forums.outline import Outline, within

__all__ = ["Unit", "depth_into", "inside", "node_of", "split", "top_of"]

_Mark = TypeVar("_Mark")

_MAX_GROUPS = 60
_MAX_RUN = 12  # neighbouring subtrees of one post


@dataclass(frozen=True, slots=True)
class Unit:
    """A run of neighbouring elements, with the range of its texts."""

    roots: tuple[int, ...]
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class _Index:
    outline: Outline
    times: list[int]
    profiles: list[int]
    ids: list[int]

    def score(self, unit: Unit) -> float:
        """How much a unit looks like a post: marks, and text that is no link."""
        low, high = unit.roots[0], self.outline.end[unit.roots[-1]]
        marks = (
            1.0 * bool(within(self.times, low, high))
            + 0.8 * bool(within(self.profiles, low, high))
            + 0.3 * bool(within(self.ids, low, high))
        )
        plain = self.outline.plain_chars(unit.start, unit.stop)
        return (0.1 + marks) * math.sqrt(min(plain, 900))


def split(outline: Outline, marks: Marks) -> list[Unit]:
    """The page's posts in order; a list's rows may come out too, and the caller tells them apart."""
    index = _Index(
        outline,
        sorted({one.node for one in marks.times if not one.other}),
        sorted(set(marks.profiles)),
        sorted({one.node for one in marks.ids}),
    )
    best: list[Unit] = []
    best_score = 0.0
    for group in _groups(outline, marks):
        units = _kept(index, _units(outline, group))
        score = sum(map(index.score, units))
        if score > best_score * 1.02:
            best, best_score = units, score
    return [unit for unit in best if not _is_heading_row(index, unit)]


def _is_heading_row(index: _Index, unit: Unit) -> bool:
    """Whether a unit is the row of a table that names its columns."""
    low, high = unit.roots[0], index.outline.end[unit.roots[-1]]
    return not within(index.times, low, high) and any(index.outline.tag(node) == "th" for node in range(low, high))


def _groups(outline: Outline, marks: Marks) -> list[list[int]]:
    """Marks of one kind and place, the most numerous kinds first."""
    groups: dict[tuple[str, str], set[int]] = defaultdict(set)
    for time in marks.times:
        groups["time", outline.place(time.node)].add(time.node)
    for link in marks.profiles:
        groups["profile", outline.place(link)].add(link)
    for one in marks.ids:
        groups["id", f"{outline.tag(one.node)} {one.prefix}"].add(one.node)
    many = sorted((sorted(group) for group in groups.values() if len(group) > 1), key=len, reverse=True)
    return [*many[:_MAX_GROUPS], *_repeated(outline)]


def _repeated(outline: Outline) -> Iterator[list[int]]:
    """Children of one parent with the same shape that hold a good part of the page's text."""
    whole = outline.chars[-1]
    kinds: dict[tuple[int, str], list[int]] = defaultdict(list)
    for node, parent in enumerate(outline.parent):
        if parent >= 0 and outline.last[node] - outline.first[node] >= 2:
            kinds[parent, outline.shape[node]].append(node)
    found = []
    for nodes in kinds.values():
        held = sum(outline.plain_chars(outline.first[node], outline.last[node]) for node in nodes)
        if len(nodes) > 1 and held * 5 > whole:
            found.append((held, nodes))
    found.sort(reverse=True)
    return iter([nodes for _, nodes in found[:10]])


def _units(outline: Outline, marks: list[int]) -> list[Unit]:
    tops: dict[int, list[int]] = defaultdict(list)
    reached = -1
    for mark in marks:
        if mark < reached:
            continue  # inside another mark
        top = top_of(outline, marks, mark)
        reached = outline.end[top]
        tops[outline.parent[top]].append(top)
    units: list[Unit] = []
    for parent, nodes in tops.items():
        if parent >= 0:
            units.extend(_runs(outline, parent, nodes, marks))
    return sorted(units, key=lambda unit: unit.roots[0])


def top_of(outline: Outline, marks: list[int], node: int) -> int:
    """The largest subtree around an element that holds none other of the ordered marks."""
    above = outline.parent[node]
    while above >= 0 and within(marks, above, outline.end[above]) == 1:
        node, above = above, outline.parent[above]
    return node


def _runs(outline: Outline, parent: int, tops: list[int], marks: list[int]) -> Iterator[Unit]:
    """Units below one parent, each with the unmarked neighbours that belong to it."""
    children = list(outline.children(parent))
    places = {node: place for place, node in enumerate(children)}
    at = [places[top] for top in tops]
    marked = [within(marks, child, outline.end[child]) > 0 for child in children] if len(at) < len(children) else []
    lead, trail = _margins(outline, children, at)
    for number, place in enumerate(at):
        low = place
        while low > 0 and place - low < lead and not marked[low - 1]:
            low -= 1
        high = place + 1
        last = number + 1 == len(at)
        limit = _end_of_last(outline, children, at, trail) if last else at[number + 1] - lead
        while high < min(limit, len(children)) and not marked[high]:
            high += 1
        yield _unit(outline, children, low, high)


def _end_of_last(outline: Outline, children: list[int], at: list[int], trail: int) -> int:
    """Where the last unit ends: after the element that closes all others, or with the first of another shape."""
    place = at[-1] + 1
    gaps = [[outline.shape[child] for child in children[one + 1 : other]] for one, other in itertools.pairwise(at)]
    if not trail or not gaps:
        return place + trail
    closing = {gap[-1] for gap in gaps if gap}
    closes = closing.pop() if len(closing) == 1 and all(gap.count(gap[-1]) == 1 for gap in gaps if gap) else None
    known = {shape for gap in gaps for shape in gap}
    end, limit = place, place + max(map(len, gaps))
    while end < min(len(children), limit) and outline.shape[children[end]] in known:
        end += 1
        if outline.shape[children[end - 1]] == closes:
            break
    return end


def _unit(outline: Outline, children: list[int], low: int, high: int) -> Unit:
    roots = tuple(children[low:high])
    # A text after the last element is still of this unit when the next one's element comes after it.
    stop = outline.first[children[high]] if high < len(children) else outline.last[outline.parent[roots[-1]]]
    return Unit(roots, outline.first[roots[0]], stop)


def _margins(outline: Outline, children: list[int], at: list[int]) -> tuple[int, int]:
    """How many unmarked neighbours before, and after, a marked element are of the same unit."""
    gaps = Counter(later - earlier - 1 for earlier, later in itertools.pairwise(at))
    if not gaps:
        return 0, 0 if outline.plain_chars(outline.first[children[at[0]]], outline.last[children[at[0]]]) > 40 else 1
    gap = min(gaps.most_common(1)[0][0], _MAX_RUN)
    if gap == 0:
        return 0, 0
    shapes = [outline.shape[child] for child in children]
    between = shapes[at[0] + 1 : at[1]]
    lead = 0
    while lead < min(gap, at[0], len(between)) and shapes[at[0] - 1 - lead] == between[-1 - lead]:
        lead += 1
    trail = 0
    while (
        trail < min(gap, len(between))
        and at[-1] + 1 + trail < len(shapes)
        and shapes[at[-1] + 1 + trail] == between[trail]
    ):
        trail += 1
    if lead and trail >= gap and not _leads(outline, children, at, lead):
        return 0, gap
    lead = min(lead, gap)
    return lead, gap - lead


def _leads(outline: Outline, children: list[int], at: list[int], lead: int) -> bool:
    """Whether the marked elements hold the text, so that what may stand on either side stands before."""
    inside = sum(outline.plain_chars(outline.first[children[one]], outline.last[children[one]]) for one in at)
    after = sum(
        outline.plain_chars(outline.first[children[one]], outline.last[children[one]])
        for place in at
        for one in range(place + 1, min(place + 1 + lead, len(children)))
    )
    return inside > after


def _kept(index: _Index, units: list[Unit]) -> list[Unit]:
    """Without units that stand apart from the others and do not look like them, such as a box in the margin."""
    if len(units) < 2:
        return []
    parents = Counter(index.outline.parent[unit.roots[0]] for unit in units)
    home, _ = parents.most_common(1)[0]
    scores = sorted(index.score(unit) for unit in units)
    usual = scores[len(scores) // 2]
    return [
        unit
        for unit in units
        if index.outline.parent[unit.roots[0]] == home
        or len(parents) > len(units) // 2
        or index.score(unit) > usual / 2
    ]


def inside(
    outline: Outline, unit: Unit, marks: Sequence[_Mark], node: Callable[[_Mark], int], *, before: int = 0
) -> Sequence[_Mark]:
    """Those of the ordered marks that stand in the unit, or up to `before` elements before it."""
    low, high = unit.roots[0] - before, outline.end[unit.roots[-1]]
    return marks[bisect_left(marks, low, key=node) : bisect_left(marks, high, key=node)]


def node_of(mark: Time | Id) -> int:
    """The element of a mark, as a key to find marks by."""
    return mark.node


def depth_into(outline: Outline, unit: Unit, node: int) -> float:
    """How far into the unit's texts the element stands, from 0 to 1."""
    return (outline.first[node] - unit.start) / max(1, unit.stop - unit.start)
