"""Clusters of copies that one weak link cannot bridge: groups merge when enough of their pairs agree."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from heapq import nsmallest

from pipeline.dedup.measures import Part
from pipeline.dedup.verify import Facts
from pipeline.models import Relation

__all__ = ["cluster", "components"]

_WHOLE = 0.85
_KIN = 0.5
_MUCH = 0.4
_VOTERS = 50
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


def cluster(
    sizes: Mapping[str, int], facts: Collection[Facts], containers: set[str], without: Collection[Part] = ()
) -> list[list[str]]:
    """Member sets of the stories of a component.

    Pairs merge in order of strength. Two groups merge when most of their cross pairs are copies, where the words of a
    pair's shorter text are its weight: whole texts decide, not teasers. A pair that shares text and is still no copy
    counts less against it than one that shares nothing. A pair of excerpts that both stand in a longer member says
    nothing about each other, so it has no vote. A container joins the same container alone.

    Args:
        sizes: words of each text.
        facts: pairs of them, whatever their relation.
        containers: those of the texts that hold others.
        without: with `Part.VOTES` every copy joins.
    """
    wanted = [
        pair for pair in facts
        if pair.relation in _COLLAPSING
        and (pair.a in containers) == (pair.b in containers)
        and (pair.a not in containers or pair.relation is Relation.SAME)
    ]  # fmt: skip
    votes = _Votes(sizes, facts)
    group = {name: frozenset((name,)) for name in sizes}
    for pair in sorted(wanted, key=lambda pair: (-pair.score, pair.a, pair.b)):
        one, other = group[pair.a], group[pair.b]
        if one is not other and (Part.VOTES in without or votes.agree(one, other)):
            merged = one | other
            for name in merged:
                group[name] = merged
    return [list(members) for members in sorted({tuple(sorted(members)) for members in group.values()})]


class _Votes:
    def __init__(self, sizes: Mapping[str, int], facts: Iterable[Facts]) -> None:
        self._sizes = sizes
        self._copies: dict[str, set[str]] = defaultdict(set)
        self._kin: dict[str, set[str]] = defaultdict(set)
        self._updates: dict[str, set[str]] = defaultdict(set)
        self._within: dict[str, set[str]] = defaultdict(set)
        self._holding: dict[str, set[str]] = defaultdict(set)
        for pair in facts:
            if pair.updated:
                self._updates[pair.a].add(pair.b)
                self._updates[pair.b].add(pair.a)
            linked = self._copies if pair.relation in _COLLAPSING else self._kin
            linked[pair.a].add(pair.b)
            linked[pair.b].add(pair.a)
            for inner, outer, share in ((pair.a, pair.b, pair.containment_a), (pair.b, pair.a, pair.containment_b)):
                if share >= _WHOLE:
                    self._within[inner].add(outer)
                    self._holding[outer].add(inner)

    def agree(self, one: frozenset[str], other: frozenset[str]) -> bool:
        yes = no = 0.0
        everybody = one | other
        electorate = self._longest(other)
        for a in self._longest(one):
            for b in electorate:
                weight = min(self._sizes[a], self._sizes[b])
                if b in self._copies[a]:
                    if not self._is_told(a, b, one) and not self._is_told(b, a, other):
                        yes += weight
                elif not self._one_text(a, b, everybody):
                    no += weight * (_KIN if b in self._kin[a] else 1)
        return yes >= no

    def _is_told(self, a: str, b: str, members: frozenset[str]) -> bool:
        """Whether a stands whole in a longer member of which b is another state."""
        wholes = self._updates[b] & self._within[a] & members
        return any(self._sizes[name] > self._sizes[a] for name in wholes)

    def _longest(self, members: frozenset[str]) -> Iterable[str]:
        """All members, or the longest of very many."""
        if len(members) <= _VOTERS:
            return members
        return nsmallest(_VOTERS, members, key=lambda name: (-self._sizes[name], name))

    def _one_text(self, a: str, b: str, members: frozenset[str]) -> bool:
        """Whether both stand in a longer member, or both hold one that is much of each, not the lead of an update."""
        if self._within[a] & self._within[b] & members:
            return True
        enough = _MUCH * max(self._sizes[a], self._sizes[b])
        return any(self._sizes[name] >= enough for name in self._holding[a] & self._holding[b] & members)
