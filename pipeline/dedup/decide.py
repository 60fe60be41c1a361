"""Decide components whole: relations, containers, member sets and canonical documents from texts and pairs alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from pipeline.dedup.canonical import choose_canonical
from pipeline.dedup.cluster import cluster, components
from pipeline.dedup.containers import find_containers
from pipeline.dedup.furniture import find_furniture
from pipeline.dedup.measures import Part
from pipeline.dedup.sketches import pairs_among, sketches
from pipeline.dedup.texts import Furniture, Text, read_tokens
from pipeline.dedup.verify import Facts, compare
from pipeline.models import Relation

__all__ = ["Cluster", "Decision", "decide", "decide_compared", "deduplicate"]

_HELD = 0.3
_LARGE_PART = 0.3


@dataclass(frozen=True, slots=True)
class Cluster:
    """Members of one story, sorted, with the canonical one and the reason for it."""

    members: tuple[str, ...]
    canonical_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Decision:
    """Relations that hold, and every given document in exactly one cluster."""

    facts: tuple[Facts, ...]
    clusters: tuple[Cluster, ...]


def decide(
    texts: Mapping[str, Text],
    pairs: Iterable[tuple[str, str]],
    furniture: Furniture | None = None,
    *,
    without: Collection[Part] = (),
) -> Decision:
    """Decide over whole components.

    Args:
        texts: every document of each component.
        pairs: all candidates among them.
        furniture: what is left out of comparing.
        without: parts of the method to leave out, to learn what they are good for.
    """
    read_tokens(texts.values(), furniture)
    compared = (compare(texts[a], texts[b], without) for a, b in sorted(set(pairs)))
    return decide_compared(texts, [found for found in compared if found is not None], without)


def decide_compared(texts: Mapping[str, Text], facts: list[Facts], without: Collection[Part] = ()) -> Decision:
    """Decide over whole components from what `compare` gave; the texts' tokens leave furniture out already."""
    by_component = defaultdict(list)
    links = [(pair.a, pair.b) for pair in facts if pair.together]
    groups = components(texts, links)
    where = {name: number for number, group in enumerate(groups) for name in group}
    for pair in facts:
        if where[pair.a] == where[pair.b]:
            by_component[where[pair.a]].append(pair)
    final = {(pair.a, pair.b): pair for pair in facts}
    clusters = []
    for number, group in enumerate(groups):
        inner = by_component[number]
        containers = set() if Part.CONTAINERS in without else find_containers(texts, inner)
        sizes = {name: texts[name].size for name in group}
        resolved = [_resolve(pair, texts, containers) for pair in inner]
        final |= {(pair.a, pair.b): pair for pair in resolved}
        clusters += [_cluster(texts, members) for members in cluster(sizes, resolved, containers, without)]
    return Decision(tuple(final[key] for key in sorted(final)), tuple(clusters))


def deduplicate(texts: Collection[Text]) -> Decision:
    """De-duplicate a whole set of texts at once, in memory."""
    furniture = find_furniture(texts)
    pairs = pairs_among(sketches(texts, furniture))
    return decide({text.id: text for text in texts}, pairs, furniture)


def _resolve(pair: Facts, texts: Mapping[str, Text], containers: set[str]) -> Facts:
    """A container on one side holds the other, when it is a copy, much of it stands there, or it is much of it."""
    holders = {pair.a, pair.b} & containers
    if len(holders) != 1 or not pair.together:
        return pair
    holder = holders.pop()
    inner, new, others = pair.b, pair.new_words_b, pair.new_words_a
    if holder == pair.b:
        inner, new, others = pair.a, pair.new_words_a, pair.new_words_b
    little = new > (1 - _HELD) * texts[inner].size and others > (1 - _LARGE_PART) * texts[holder].size
    if pair.relation not in (Relation.SAME, Relation.PARTIAL) and little:
        return pair
    return replace(pair, relation=Relation.CONTAINS, container=holder, evidence=f"{pair.evidence}; a container")


def _cluster(texts: Mapping[str, Text], members: list[str]) -> Cluster:
    chosen, reason = choose_canonical([texts[name] for name in members])
    return Cluster(tuple(members), chosen, reason)
