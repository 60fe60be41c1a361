"""When each of a page's posts was written: by the kind of time that all have in the same place."""

from __future__ import annotations

import itertools
from collections import defaultdict

from pipeline.forums.marks import Marks, Time
from pipeline.forums.outline import Outline
from pipeline.forums.splitter import Unit, depth_into, inside, node_of

__all__ = ["times_of"]


def times_of(outline: Outline, marks: Marks, units: list[Unit]) -> list[Time | None]:
    """The time of each unit: the kind of mark that most units have, that runs in order and that stands first."""
    kinds: dict[str, dict[int, Time]] = defaultdict(dict)
    for number, unit in enumerate(units):
        for time in inside(outline, unit, marks.times, node_of):
            if not time.other:
                kinds[outline.place(time.node)].setdefault(number, time)
    ranked = sorted(kinds.values(), key=lambda found: _time_rank(outline, units, found), reverse=True)
    result: list[Time | None] = [None] * len(units)
    for found in ranked:  # parts that lack the best kind take the next
        for number, time in found.items():
            result[number] = result[number] or time
    return result


def _time_rank(outline: Outline, units: list[Unit], found: dict[int, Time]) -> float:
    moments = [found[number].at for number in sorted(found)]
    steps = list(itertools.pairwise(moments))
    rising = sum(one <= other for one, other in steps) / len(steps) if steps else 1.0
    falling = sum(one >= other for one, other in steps) / len(steps) if steps else 1.0
    timed = sum(time.timed for time in found.values()) / len(found)
    first = sum(depth_into(outline, units[number], time.node) for number, time in found.items()) / len(found)
    return 2 * len(found) / len(units) + 1.5 * max(rising, 0.9 * falling) + 0.6 * timed - 0.8 * first
