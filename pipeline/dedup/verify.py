"""What two texts have in common, measured on the texts themselves, and the relation that follows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.dedup import overlap
from pipeline.dedup.texts import GRAM, Text, Tokens
from pipeline.models import Kind, Relation

__all__ = ["Facts", "compare", "matched_in", "matched_words", "same_words"]

_RUN = 5  # words: a shorter stretch of equal words says nothing
_GAP = 4  # words: as long may be a stretch of other words between two that match
_SHORT = 20
_SAME = 0.55
_PARTIAL = 0.75
_EXTENDED = 0.65
_REWORDED = 0.5
_ALL_FACTS = 0.88
_MEAN_RUN = 9.0
_LONG_RUN = 30.0
_FORM_RUN = 60.0  # forms differ in every other sentence; their fixed passages are not longer
_MIN_FACTS = 4
_TEMPLATE = 0.55
_MIN_CHANGED = 2
_CHANGED = 0.35
_FACTS_KEPT = 0.65
_OPENING = 25  # words
_OPENED = 0.5
_RELATED = 0.25
_PASSAGE = 30
_COPIES = (Relation.SAME, Relation.PARTIAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Measures of the pair (a, b), a < b, and the relation that the two texts alone suggest.

    `contains` is decided over a whole component; `container` is then the id of the side that holds the other.
    `together`: the pair ties its component, for a container among others may hold both.
    """

    a: str
    b: str
    relation: Relation | None
    jaccard: float
    containment_a: float
    containment_b: float
    matched_words: int
    new_words_a: int
    new_words_b: int
    together: bool
    evidence: str
    container: str | None = None

    @property
    def score(self) -> float:
        """Strength of the pair: containment of the better contained side, then Jaccard."""
        return max(self.containment_a, self.containment_b) + self.jaccard


def matched_words(text: Text, other: Text) -> npt.NDArray[np.bool_]:
    """Which words of a text stand in the other in runs of at least five; bool (words,)."""
    return matched_in(text.tokens, other.tokens)


def matched_in(tokens: Tokens, others: Tokens) -> npt.NDArray[np.bool_]:
    """The same of tokens."""
    mask = np.zeros(len(tokens.words), dtype=np.bool_)
    overlap.matched(_places(tokens, others), GRAM, _RUN, mask)
    return mask


def same_words(one: Text, other: Text) -> bool:
    """Whether two texts have equal words in equal order."""
    return bool(np.array_equal(one.tokens.words, other.tokens.words))


def compare(one: Text, other: Text) -> Facts:
    """Measure a pair of texts; the result does not depend on the order of the arguments.

    Of two texts that both paste, only their own words are compared: they may paste the same.
    """
    a, b = sorted((one, other), key=lambda text: text.id)
    if a.pasted and b.pasted:
        a, b = a.own, b.own
    short, long = (a, b) if (a.size, a.id) <= (b.size, b.id) else (b, a)
    shared = overlap.common(short.tokens.distinct, long.tokens.distinct)
    in_short = shared / max(1, len(short.tokens.distinct))
    in_long = shared / max(1, len(long.tokens.distinct))
    long_mask = matched_words(long, short)
    found = _measure(short, long, shared, long_mask)
    relation, evidence = _relation(short, long, found)
    new_short, new_long = short.size - found.matched, long.size - int(long_mask.sum())
    if relation in _COPIES:
        evidence += f"; {new_short} words new in the shorter, {new_long} in the longer"
    return Facts(
        a=a.id,
        b=b.id,
        relation=relation,
        jaccard=round(found.jaccard, 4),
        containment_a=round(in_short if short is a else in_long, 4),
        containment_b=round(in_long if short is a else in_short, 4),
        matched_words=found.matched,
        new_words_a=new_short if short is a else new_long,
        new_words_b=new_long if short is a else new_short,
        together=relation in _COPIES or (relation is not None and found.passages and not found.templated),
        evidence=evidence,
    )


@dataclass(frozen=True, slots=True)
class _Measures:
    """Of the shorter text.

    matched: words in runs that the longer has. covered: share of the words that are matched, or stand in small gaps
    between matched ones where the longer has other words. mean_run, equal_run: words, of covered and of matched
    stretches. facts: numbers and names. facts_matched: share of them in matched runs. facts_kept: share that stands
    anywhere in the longer text. numbers: those in covered stretches; numbers_changed: those of them that are others
    in the longer text. opens: whether one text holds the opening of the other.
    """

    jaccard: float
    size: int
    matched: int
    covered: float
    mean_run: float
    equal_run: float
    opens: bool
    facts: int
    facts_matched: float
    facts_kept: float
    numbers: int
    numbers_changed: int

    @property
    def passages(self) -> bool:
        """Whether whole passages stand in the other text."""
        return self.matched >= _PASSAGE and self.mean_run >= 2 * _MEAN_RUN

    @property
    def templated(self) -> bool:
        """Whether what is shared leaves out the facts: a form that was filled in twice."""
        if self.numbers_changed >= max(_MIN_CHANGED, _CHANGED * self.numbers):
            return True
        share = self.matched / max(1, self.size)
        others = self.facts * (1 - self.facts_matched)
        return others >= _MIN_FACTS and self.facts_matched < _TEMPLATE * share and self.equal_run < _FORM_RUN

    @property
    def copied(self) -> bool:
        """Whether one text is the other cut, extended or reworded, not another report with the same background.

        The less is shared word for word, the more of the names and numbers must be there.
        """
        if self.mean_run < _MEAN_RUN or self.covered < _REWORDED:
            return False
        if self.covered >= _PARTIAL or self.facts < _MIN_FACTS:
            return self.covered >= _EXTENDED
        if self.covered < _EXTENDED:
            return self.facts_kept >= _ALL_FACTS
        return self.facts_kept >= _FACTS_KEPT or (self.opens and self.mean_run >= _LONG_RUN)


def _measure(short: Text, long: Text, shared: int, long_mask: npt.NDArray[np.bool_]) -> _Measures:
    size = short.size
    found = _places(short.tokens, long.tokens)
    mask, wide = np.zeros(size, dtype=np.bool_), np.zeros(size, dtype=np.bool_)
    matched = overlap.matched(found, GRAM, _RUN, mask)
    words = short.tokens
    covered, changed = overlap.bridged(mask, found, GRAM, _GAP, words.words, words.facts, long.tokens.words, wide)
    facts = short.tokens.facts != 0
    count, kept, numbers = overlap.facts_kept(words.words, words.facts, wide, long.tokens.sorted_words)
    union = len(short.tokens.distinct) + len(long.tokens.distinct) - shared
    return _Measures(
        jaccard=shared / union if union else 0.0,
        size=size,
        matched=matched,
        covered=covered / max(1, size),
        mean_run=covered / max(1, overlap.runs(wide)),
        equal_run=matched / max(1, overlap.runs(mask)),
        opens=bool(max(mask[:_OPENING].mean(), long_mask[:_OPENING].mean()) >= _OPENED),
        facts=count,
        facts_matched=int((facts & mask).sum()) / max(1, count),
        facts_kept=kept / max(1, count),
        numbers=numbers,
        numbers_changed=changed,
    )


def _relation(short: Text, long: Text, found: _Measures) -> tuple[Relation | None, str]:
    if found.size < _SHORT:  # few words say little
        if found.size and short.authors and short.authors == long.authors and same_words(short, long):
            return Relation.SAME, f"the same {found.size} words by the same author"
        return None, f"{found.size} words are too few to tell"
    said = f"J {found.jaccard:.2f}, shorter {found.covered:.2f} inside, runs of {found.mean_run:.0f} words"
    if found.covered < _RELATED and found.mean_run < 2 * _MEAN_RUN:
        return None, said
    if found.templated:
        return Relation.RELATED, f"{said}; {found.facts_matched:.0%} of {found.facts} names and numbers in them"
    if found.jaccard >= _SAME:
        return Relation.SAME, said
    if found.copied:
        return Relation.PARTIAL, said
    post = Kind.POST in (short.kind, long.kind)
    if found.passages and (post or found.covered < _RELATED):
        return Relation.QUOTES, f"{said}; {found.matched} words shared"
    if found.covered >= _RELATED:
        return Relation.RELATED, f"{said}; both have words of their own"
    return None, said


def _places(tokens: Tokens, others: Tokens) -> npt.NDArray[np.int64]:
    found = np.empty(len(tokens.grams), dtype=np.int64)
    overlap.places(tokens.grams, others.ranked, others.places, found)
    return found
