"""Containers: texts that hold several unrelated ones. They are linked, never merged through."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import combinations

from pipeline.dedup.verify import Facts, Text

__all__ = ["find_containers"]

_INSIDE = 0.5
_MAX_SHARE = 0.95
_MIN_WORDS = 30
_UNRELATED = 0.1
_REGION_OVERLAP = 0.15
_REGION_SHARE = 0.08


def find_containers(texts: Mapping[str, Text], facts: Iterable[Facts]) -> set[str]:
    """Ids of the texts that hold at least two mutually unrelated others in separate places."""
    inside: dict[str, list[Text]] = defaultdict(list)
    for pair in facts:
        for inner, outer, share in ((pair.a, pair.b, pair.containment_a), (pair.b, pair.a, pair.containment_b)):
            if share >= _INSIDE and _fits(texts[inner], texts[outer]):
                inside[outer].append(texts[inner])
    return {outer for outer, inner in inside.items() if _holds_unrelated(texts[outer], inner)}


def _fits(inner: Text, outer: Text) -> bool:
    return len(inner.words) >= _MIN_WORDS and len(inner.words) < _MAX_SHARE * len(outer.words)


def _holds_unrelated(outer: Text, inner: list[Text]) -> bool:
    regions = {text.id: text.trigrams & outer.trigrams for text in inner}
    for one, other in combinations(sorted(inner, key=lambda text: text.id), 2):
        region, second = regions[one.id], regions[other.id]
        smaller = min(len(region), len(second))
        if (
            smaller >= _REGION_SHARE * len(outer.trigrams)
            and len(region & second) < _REGION_OVERLAP * smaller
            and len(one.trigrams & other.trigrams) < _UNRELATED * min(len(one.trigrams), len(other.trigrams))
        ):
            return True
    return False
