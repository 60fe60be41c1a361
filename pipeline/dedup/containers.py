"""Containers: texts that hold several unrelated ones. They are linked, never merged through."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import timedelta
from itertools import combinations

from pipeline.dedup.verify import Facts, Text, covered_words
from pipeline.models import Kind, Relation

__all__ = ["find_containers"]

_INSIDE = 0.5
_MAX_SHARE = 0.95
_MIN_WORDS = 30
_UNRELATED = 0.1
_REGION_OVERLAP = 0.15
_REGION_SHARE = 0.08
_PASTED_SHARE = 0.5
_OPENING = 60  # words: a headline, a source line and a caption may stand before a pasted text
_OLD = timedelta(days=2)


def find_containers(texts: Mapping[str, Text], facts: Iterable[Facts]) -> set[str]:
    """Ids of the texts that hold others without being copies of them.

    These are texts with at least two mutually unrelated others in separate places, posts that paste a text but are
    mostly their author's own words, and those whose page shows what they paste.
    """
    facts = list(facts)
    inside: dict[str, list[Text]] = defaultdict(list)
    for pair in facts:
        for inner, outer, share in ((pair.a, pair.b, pair.containment_a), (pair.b, pair.a, pair.containment_b)):
            if share >= _INSIDE and _fits(texts[inner], texts[outer]):
                inside[outer].append(texts[inner])
    found = {outer for outer, inner in inside.items() if _holds_unrelated(texts[outer], inner)}
    found |= {
        name
        for pair in facts
        for name, other in ((pair.a, pair.b), (pair.b, pair.a))
        if texts[name].pasted and not texts[other].pasted
    }
    return found | {name for name, others in _partners(texts, facts).items() if _mostly_own(texts[name], others)}


def _partners(texts: Mapping[str, Text], facts: Iterable[Facts]) -> dict[str, list[Text]]:
    """For each post all texts that it shares much with, when one of them is no post and shorter."""
    partners: dict[str, list[Text]] = defaultdict(list)
    pasting = set()
    for pair in facts:
        if pair.relation not in (Relation.SAME, Relation.PARTIAL):
            continue
        for name, other in ((pair.a, pair.b), (pair.b, pair.a)):
            if texts[name].kind is Kind.POST and texts[other].kind is not Kind.POST:
                partners[name].append(texts[other])
                if len(texts[other].words) < len(texts[name].words):
                    pasting.add(name)
    return {name: others for name, others in partners.items() if name in pasting}


def _mostly_own(post: Text, others: list[Text]) -> bool:
    """Whether a post pastes from the texts, and more than half of its words stand in none of them.

    A post that opens like a shorter text may hold the whole of which that is a teaser; it is taken for own words only
    where the text was there days before.
    """
    pasted = set().union(*(other.trigrams for other in others))
    if covered_words(post, pasted) >= _PASTED_SHARE * len(post.words):
        return False
    return all(_can_be_pasted(post, other) for other in others if len(other.words) < len(post.words))


def _can_be_pasted(post: Text, other: Text) -> bool:
    age = post.published_at - other.published_at if post.published_at and other.published_at else None
    if age is not None and (age < timedelta(0) or age > _OLD):
        return age > _OLD
    words = post.words
    opening = next(
        (at for at, gram in enumerate(zip(words, words[1:], words[2:], strict=False)) if gram in other.trigrams), 0
    )
    return opening > _OPENING


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
