"""Clusters of copies that one weak link cannot bridge: groups merge when enough of their pairs agree."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
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
    group = {name: _Group({name}, [name]) for name in sizes}
    refused: set[tuple[_Group, int, _Group, int]] = set()
    for pair in sorted(wanted, key=lambda pair: (-pair.score, pair.a, pair.b)):
        one, other = sorted((group[pair.a], group[pair.b]), key=lambda each: len(each.members))
        asked = (one, len(one.members), other, len(other.members))  # two groups answer alike until one has grown
        if one is other or asked in refused:
            continue
        if Part.VOTES not in without and not votes.agree(one, other):
            refused.add(asked)
            continue
        other.members |= one.members
        other.voters = votes.longest([*one.voters, *other.voters])
        group |= dict.fromkeys(one.members, other)
    return sorted(sorted(each.members) for each in set(group.values()))


@dataclass(slots=True, eq=False)
class _Group:
    """Texts that are one story so far, and those of them that vote: all, or the longest of very many."""

    members: set[str]
    voters: list[str]


class _Votes:
    """What pairs say about groups. What is asked costs the same however large the groups are."""

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

    def agree(self, one: _Group, other: _Group) -> bool:
        yes = no = 0.0
        for a in one.voters:
            for b in other.voters:
                weight = min(self._sizes[a], self._sizes[b])
                if b in self._copies[a]:
                    if not self._is_told(a, b, one.members) and not self._is_told(b, a, other.members):
                        yes += weight
                elif not self._one_text(a, b, (one.members, other.members)):
                    no += weight * (_KIN if b in self._kin[a] else 1)
        return yes >= no

    def _is_told(self, a: str, b: str, members: set[str]) -> bool:
        """Whether a stands whole in a longer member of which b is another state."""
        wholes = (name for name in self._updates[b] & self._within[a] if name in members)
        return any(self._sizes[name] > self._sizes[a] for name in wholes)

    def longest(self, names: Sequence[str]) -> list[str]:
        """All of them, or the longest of very many."""
        if len(names) <= _VOTERS:
            return list(names)
        return nsmallest(_VOTERS, names, key=lambda name: (-self._sizes[name], name))

    def _one_text(self, a: str, b: str, members: tuple[set[str], set[str]]) -> bool:
        """Whether both stand in a longer member, or both hold one that is much of each, not the lead of an update."""
        if any(name in some for name in self._within[a] & self._within[b] for some in members):
            return True
        enough = _MUCH * max(self._sizes[a], self._sizes[b])
        held = (name for name in self._holding[a] & self._holding[b] if self._sizes[name] >= enough)
        return any(name in some for name in held for some in members)
