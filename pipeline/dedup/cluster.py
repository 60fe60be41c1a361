"""Clusters of copies that one weak link cannot bridge: groups merge when enough of their pairs agree."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable

from pipeline.dedup.verify import Facts
from pipeline.models import Relation

__all__ = ["cluster", "components"]

_WHOLE = 0.8
_COLLAPSING = (Relation.SAME, Relation.PARTIAL)


def components(ids: Iterable[str], edges: Iterable[tuple[str, str]]) -> list[list[str]]:
    """Connected components, each sorted, in order of their first id."""
    parent = {name: name for name in ids}

    def root(name: str) -> str:
        while parent[name] != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    for a, b in edges:
        first, second = sorted((root(a), root(b)))
        parent[second] = first
    groups: dict[str, list[str]] = defaultdict(list)
    for name in sorted(parent):
        groups[root(name)].append(name)
    return list(groups.values())


def cluster(ids: Iterable[str], facts: Collection[Facts], containers: set[str]) -> list[list[str]]:
    """Member sets of the stories of a component.

    Pairs merge in order of strength. Two groups merge when most of their cross pairs are copies; a pair of
    excerpts that both stand in a longer member says nothing about each other, so it has no vote. A container joins
    another container alone.
    """
    wanted = [
        pair for pair in facts if pair.relation in _COLLAPSING and (pair.a in containers) == (pair.b in containers)
    ]
    linked: dict[str, set[str]] = defaultdict(set)
    within: dict[str, set[str]] = defaultdict(set)
    for pair in wanted:
        linked[pair.a].add(pair.b)
        linked[pair.b].add(pair.a)
        if pair.containment_a >= _WHOLE:
            within[pair.a].add(pair.b)
        if pair.containment_b >= _WHOLE:
            within[pair.b].add(pair.a)
    group = {name: frozenset((name,)) for name in ids}
    for pair in sorted(wanted, key=lambda pair: (-pair.score, pair.a, pair.b)):
        one, other = group[pair.a], group[pair.b]
        if one is not other and _agree(one, other, linked, within):
            merged = one | other
            for name in merged:
                group[name] = merged
    return [list(members) for members in sorted({tuple(sorted(members)) for members in group.values()})]


def _agree(
    one: frozenset[str], other: frozenset[str], linked: dict[str, set[str]], within: dict[str, set[str]]
) -> bool:
    yes = no = 0
    everybody = one | other
    for a in one:
        for b in other:
            if b in linked[a]:
                yes += 1
            elif not (within[a] & within[b] & everybody):
                no += 1
    return yes > no
