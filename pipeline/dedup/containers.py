"""Containers: texts that hold several unrelated ones. They are linked, never merged through."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from itertools import combinations

import numpy as np
import numpy.typing as npt

from pipeline.dedup.measures import matched_words
from pipeline.dedup.texts import Text
from pipeline.dedup.verify import Facts
from pipeline.models import Kind, Relation

__all__ = ["find_containers"]

_INSIDE = 0.3
_INSIDE_UNDATED = 0.6  # without times an excerpt may as well be the older text
_LARGE_PART = 0.3
_SPANNED = 0.5
_MAX_SHARE = 0.95
_MIN_WORDS = 30
_UNRELATED = 0.1
_REGION_OVERLAP = 0.15
_REGION_SHARE = 0.08
_MOST_INNER = 40
_PASTED_SHARE = 0.5
_OPENING = 60  # words: a headline, a source line and a caption may stand before a pasted text
_OLD = timedelta(days=2)
_NEVER = datetime(9999, 1, 1, tzinfo=UTC)


def find_containers(texts: Mapping[str, Text], facts: Iterable[Facts]) -> set[str]:
    """Ids of the texts that hold others without being copies of them.

    These are texts with at least two mutually unrelated others in separate places, posts that paste a text but are
    mostly their author's own words, and those whose page shows what they paste.
    """
    facts = list(facts)
    partners: dict[str, list[tuple[Text, int]]] = defaultdict(list)
    for pair in facts:
        partners[pair.a].append((texts[pair.b], texts[pair.b].size - pair.new_words_b))
        partners[pair.b].append((texts[pair.a], texts[pair.a].size - pair.new_words_a))
    found: set[str] = set()
    for name in sorted(partners, key=lambda name: _age(texts[name])):
        if _holds_unrelated(texts[name], [(one, matched) for one, matched in partners[name] if one.id not in found]):
            found.add(name)
    found |= {
        name
        for pair in facts
        for name, other in ((pair.a, pair.b), (pair.b, pair.a))
        if texts[name].pasted and not texts[other].pasted
    }
    return found | {name for name, others in _pasted(texts, facts).items() if _mostly_own(texts[name], others)}


def _age(text: Text) -> tuple[datetime, int, str]:
    """Order in which texts are looked at: the oldest first, those without a time last."""
    return (text.published_at or _NEVER, text.size, text.id)


def _fits(inner: Text, outer: Text, matched: int) -> bool:
    """Whether enough of a text stands in another, or enough of the other is from it."""
    dated = inner.published_at is not None and outer.published_at is not None
    enough = min(_INSIDE * inner.size, _LARGE_PART * outer.size) if dated else _INSIDE_UNDATED * inner.size
    return matched >= max(_MIN_WORDS, enough)


def _holds_unrelated(outer: Text, partners: list[tuple[Text, int]]) -> bool:
    """Whether two texts that have nothing in common stand in separate places, and no older text spans both."""
    older = [(one, matched) for one, matched in partners if _age(one) < _age(outer)]
    inner = [one for one, matched in older if _fits(one, outer, matched)]
    if len(inner) < 2:
        return False
    regions = {
        one.id: matched_words(outer, one)
        for one, _ in sorted(older, key=lambda row: (-row[1], row[0].id))[:_MOST_INNER]
    }
    large = [
        one for one in sorted(inner, key=lambda one: (-one.size, one.id))
        if one.id in regions
        and max(_MIN_WORDS, _REGION_SHARE * outer.size) <= regions[one.id].sum() < _MAX_SHARE * outer.size
    ]  # fmt: skip
    for one, other in combinations(large, 2):
        first, second = regions[one.id], regions[other.id]
        apart = (first & second).sum() < _REGION_OVERLAP * min(first.sum(), second.sum())
        if apart and _unrelated(one, other) and not any(_spans(region, first, second) for region in regions.values()):
            return True
    return False


def _spans(region: npt.NDArray[np.bool_], first: npt.NDArray[np.bool_], second: npt.NDArray[np.bool_]) -> bool:
    return bool((region & first).sum() >= _SPANNED * first.sum() and (region & second).sum() >= _SPANNED * second.sum())


def _unrelated(one: Text, other: Text) -> bool:
    short, long = (one, other) if one.size <= other.size else (other, one)
    return bool(matched_words(short, long).sum() < _UNRELATED * short.size)


def _pasted(texts: Mapping[str, Text], facts: Iterable[Facts]) -> dict[str, list[Text]]:
    """For each post all texts that it shares much with, when one of them is no post and shorter."""
    partners: dict[str, list[Text]] = defaultdict(list)
    pasting = set()
    for pair in facts:
        if pair.relation not in (Relation.SAME, Relation.PARTIAL):
            continue
        for name, other in ((pair.a, pair.b), (pair.b, pair.a)):
            if texts[name].kind is Kind.POST and texts[other].kind is not Kind.POST:
                partners[name].append(texts[other])
                if texts[other].size < texts[name].size:
                    pasting.add(name)
    return {name: others for name, others in partners.items() if name in pasting}


def _mostly_own(post: Text, others: list[Text]) -> bool:
    """Whether a post pastes from the texts, and more than half of its words stand in none of them.

    A post that opens like a shorter text may hold the whole of which that is a teaser; it is taken for own words only
    where the text was there days before.
    """
    regions = [(other, matched_words(post, other)) for other in others]
    if np.logical_or.reduce([region for _, region in regions]).sum() >= _PASTED_SHARE * post.size:
        return False
    return all(_can_be_pasted(post, other, region) for other, region in regions if other.size < post.size)


def _can_be_pasted(post: Text, other: Text, region: npt.NDArray[np.bool_]) -> bool:
    age = post.published_at - other.published_at if post.published_at and other.published_at else None
    if age is not None and (age < timedelta(0) or age > _OLD):
        return age > _OLD
    return bool(region.argmax() > _OPENING)
