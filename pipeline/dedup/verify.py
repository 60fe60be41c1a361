"""The relation of two texts that follows from what they have in common."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from pipeline.dedup.measures import Measures, Part, measure, same_words
from pipeline.dedup.texts import Text
from pipeline.models import Kind, Relation

__all__ = ["Facts", "compare"]

_SHORT = 20
_SAME = 0.55
_RELATED = 0.25
_COPIES = (Relation.SAME, Relation.PARTIAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Measures of the pair (a, b), a < b, and the relation that the two texts alone suggest.

    `contains` is decided over a whole component; `container` is then the id of the side that holds the other.
    `updated`: no copies, and each has passages of its own between those that they share.
    `together`: the pair ties its component, for a container among others may hold both.
    """

    a: str
    b: str
    relation: Relation
    jaccard: float
    containment_a: float
    containment_b: float
    matched_words: int
    new_words_a: int
    new_words_b: int
    together: bool
    evidence: str
    updated: bool = False
    container: str | None = None

    @property
    def score(self) -> float:
        """Strength of the pair: containment of the better contained side, then Jaccard."""
        return max(self.containment_a, self.containment_b) + self.jaccard


def compare(one: Text, other: Text, without: Collection[Part] = ()) -> Facts | None:
    """What two texts are to each other, None when nothing follows from what they share.

    The result does not depend on the order of the arguments.
    Of two texts that both paste, only their own words are compared: they may paste the same.
    """
    a, b = sorted((one, other), key=lambda text: text.id)
    if a.pasted and b.pasted:
        a, b = a.own, b.own
    short, long = (a, b) if (a.size, a.id) <= (b.size, b.id) else (b, a)
    found = measure(short, long, without)
    if found is None:
        return None
    relation, evidence = _relation(short, long, found, without)
    if relation is None:
        return None
    new_short, new_long = short.size - found.matched, long.size - found.matched_long
    if relation in _COPIES:
        evidence += f"; {new_short} words new in the shorter, {new_long} in the longer"
    turned = short is b
    return Facts(
        a=a.id,
        b=b.id,
        relation=relation,
        jaccard=round(found.jaccard, 4),
        containment_a=round(found.containment_long if turned else found.containment, 4),
        containment_b=round(found.containment if turned else found.containment_long, 4),
        matched_words=found.matched,
        new_words_a=new_long if turned else new_short,
        new_words_b=new_short if turned else new_long,
        together=relation in _COPIES or (found.passages and not found.templated),
        evidence=evidence,
        updated=found.updated and relation not in _COPIES,
    )


def _relation(short: Text, long: Text, found: Measures, without: Collection[Part]) -> tuple[Relation | None, str]:
    if found.size < _SHORT:  # few words say little
        if found.size and short.authors and short.authors == long.authors and same_words(short, long):
            return Relation.SAME, f"the same {found.size} words by the same author"
        return None, f"{found.size} words are too few to tell"
    said = f"J {found.jaccard:.2f}, shorter {found.covered:.2f} inside, runs of {found.mean_run:.0f} words"
    if found.covered < _RELATED and not found.passages:
        return None, ""
    if found.templated and Part.FORMS not in without:
        return Relation.RELATED, f"{said}; {found.facts_matched:.0%} of {found.facts} names and numbers in them"
    if found.jaccard >= _SAME:
        return Relation.SAME, said
    if Part.EXCERPTS not in without and found.copied(without):
        return Relation.PARTIAL, said
    post = Kind.POST in (short.kind, long.kind)
    if found.passages and (post or found.covered < _RELATED):
        return Relation.QUOTES, f"{said}; {found.matched} words shared"
    if found.covered >= _RELATED:
        return Relation.RELATED, f"{said}; both have words of their own"
    return None, said
