"""What two texts have in common, measured on the texts themselves."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from pipeline.dedup import overlap
from pipeline.dedup.texts import GRAM, Text, Tokens

__all__ = ["Measures", "Part", "matched_in", "matched_words", "measure", "same_words"]

_MEAN_RUN = 9.0  # words: shorter runs are phrases that anybody uses
_RUN = 5  # words: a shorter stretch of equal words says nothing
_GAP = 4  # words: as long may be a stretch of other words between two that match
_INSERTED = 50  # words: a sentence or two of somebody's own; more is news
_PARTIAL = 0.75
_EXTENDED = 0.65
_TOUCHED = 0.6
_EXCERPT = 0.55
_EXCERPT_WORDS = 60  # two or three sentences; fewer may open an update, too
_SENTENCE = 12  # words: shorter runs may be a phrase
_GAPLESS = 0.85
_RIDDLED = 0.75
_KEPT_RUN = 25.0  # words: whole sentences and more; who tells in other words leaves less
_REWORDED = 0.5
_MOST_FACTS = 0.75
_ALL_FACTS = 0.88
_RETOLD = 0.33
_MIN_RETOLD_FACTS = 8
_RETOLD_FACTS = 0.95
_STRETCH = 0.25  # of the words: longer is a passage of its own, not a sentence in other words
_LONG_STRETCH = 0.35  # of the words, where all facts are kept and no run is long
_SENTENCES = 45  # words: the same
_PARAGRAPH = 40.0  # words: who tells in other words leaves no whole paragraphs
_WHOLE = 0.85
_HEAD = 0.35
_LONG_RUN = 30.0
_FORM_RUN = 60.0  # forms differ in every other sentence; their fixed passages are not longer
_CORRECTED_RUN = 30.0  # where fewer words stand between other numbers it is another report, not one put right
_MIN_FACTS = 4
_TEMPLATE = 0.55
_MIN_CHANGED = 2
_CHANGED = 0.35
_FACTS_KEPT = 0.65
_SAME_FACTS = 0.85  # a form that was filled in twice hardly keeps seven in ten
_OPENING = 25  # words
_OPENED = 0.5
_PASSAGE = 30
_LEAST = 0.08  # of the grams: with less, in runs of five words and gaps of four, no quarter of a text is covered


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


class Part(StrEnum):
    """What may be left out to learn what it is good for."""

    CONTAINERS = "containers"
    VOTES = "votes"
    FORMS = "forms"
    EXCERPTS = "excerpts"
    REWORDED = "reworded"
    GAPS = "gaps"
    INSERTIONS = "insertions"


@dataclass(frozen=True, slots=True)
class Measures:
    """Of the shorter text, and with `_long` of the longer.

    containment: share of its three-word grams that the other has.
    matched: words in runs that the longer has. inserted: words between two matched places that follow each other in the
    longer. covered: share of the words that are matched, or stand in small gaps between matched ones where the longer
    has other words. apart: the same share of those that are not inserted. mean_run, equal_run: words, of covered and of
    matched stretches. stretch: words of the longest run that is neither covered nor inserted. head: share of the words
    before the first shared one, in the text where it is greater. opens: whether one text holds the opening of the
    other. excerpt: share of its words that are the other's, in a text that takes the other over from its opening up to
    some place and leaves next to nothing out. riddled: whether both have much of their own between what they share.
    facts: numbers and names that are not inserted. facts_matched: share of them in matched runs. facts_kept: share that
    stands anywhere in the longer text. numbers: those in covered stretches; numbers_changed: those of them that are
    others in the longer text.
    """

    jaccard: float
    containment: float
    containment_long: float
    size: int
    matched: int
    matched_long: int
    inserted: int
    covered: float
    apart: float
    mean_run: float
    equal_run: float
    stretch: int
    head: float
    opens: bool
    excerpt: float
    riddled: bool
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
        if self.numbers_changed >= max(_MIN_CHANGED, _CHANGED * self.numbers) and self.equal_run < _CORRECTED_RUN:
            return True
        share = self.matched / max(1, self.size - self.inserted)
        others = self.facts * (1 - self.facts_matched) if self.facts_kept < _SAME_FACTS else 0
        return others >= _MIN_FACTS and self.facts_matched < _TEMPLATE * share and self.equal_run < _FORM_RUN

    @property
    def updated(self) -> bool:
        """Whether both have passages of their own between whole sentences that they share: two states of a story."""
        return self.riddled and self.stretch >= _SENTENCES and self.mean_run >= _KEPT_RUN

    def copied(self, without: Collection[Part] = ()) -> bool:
        """Whether one text is the other cut, extended or reworded, not another report with the same background.

        The less is shared word for word, the more of the names and numbers must be there. Who tells something in other
        words does so all over the text; an update has passages of its own.
        """
        if self.mean_run < _MEAN_RUN or (self.head > _HEAD and self.covered < _WHOLE and not self.opens):
            return False
        if self.covered >= _PARTIAL or (self.covered >= _REWORDED and self.apart >= _WHOLE):
            return True
        if self.excerpt >= _EXCERPT and self.matched >= _EXCERPT_WORDS:
            return True
        if self.covered < _EXTENDED:
            return Part.REWORDED not in without and self._reworded
        return self.facts < _MIN_FACTS or self.facts_kept >= _FACTS_KEPT or (self.opens and self.mean_run >= _LONG_RUN)

    @property
    def _reworded(self) -> bool:
        all_facts = self.facts_kept >= _RETOLD_FACTS
        close = self.stretch <= min(_STRETCH * self.size, _SENTENCES) and self.mean_run <= _PARAGRAPH
        if close and self.covered >= _TOUCHED and self.facts_kept >= _MOST_FACTS:
            return True
        if not close and not (all_facts and self.stretch <= _LONG_STRETCH * self.size and self.mean_run <= _LONG_RUN):
            return False
        if self.covered >= _REWORDED:
            return self.facts_kept >= _ALL_FACTS
        return self.covered >= _RETOLD and self.facts >= _MIN_RETOLD_FACTS and all_facts


def measure(short: Text, long: Text, without: Collection[Part] = ()) -> Measures | None:
    """Measure a pair; None when it shares too little for anything to follow from it."""
    one, other = short.tokens, long.tokens
    shared = overlap.common(one.distinct, other.distinct)
    if shared < min(_PASSAGE - GRAM + 1, _LEAST * len(one.distinct)):
        return None
    gap, insertion = 0 if Part.GAPS in without else _GAP, 0 if Part.INSERTIONS in without else _INSERTED
    (
        matched, inserted, covered, changed, covered_runs, equal_runs, stretch, facts, facts_matched, facts_kept,
        numbers, before, end, opening, matched_long, before_long, end_long, opening_long,
    ) = overlap.compared(one.compared, other.compared, GRAM, _RUN, gap, insertion, _OPENING, _SENTENCE)  # fmt: skip
    size = short.size
    opens = opening >= _OPENED * min(_OPENING, size)
    opens_long = opening_long >= _OPENED * min(_OPENING, long.size)
    dense = matched / (end - before) if end > before else 0.0
    dense_long = matched_long / (end_long - before_long) if end_long > before_long else 0.0
    return Measures(
        jaccard=shared / max(1, len(one.distinct) + len(other.distinct) - shared),
        containment=shared / max(1, len(one.distinct)),
        containment_long=shared / max(1, len(other.distinct)),
        size=size,
        matched=matched,
        matched_long=matched_long,
        inserted=inserted,
        covered=covered / max(1, size),
        apart=covered / max(1, size - inserted),
        mean_run=covered / max(1, covered_runs),
        equal_run=matched / max(1, equal_runs),
        stretch=stretch,
        head=max(before / max(1, size), before_long / max(1, long.size)),
        opens=opens or opens_long,
        excerpt=max(
            opens_long * (dense_long >= _GAPLESS) * covered / max(1, size),
            opens * (dense >= _GAPLESS) * matched_long / max(1, long.size),
        ),
        riddled=max(dense, dense_long) < _RIDDLED,
        facts=facts,
        facts_matched=facts_matched / max(1, facts),
        facts_kept=facts_kept / max(1, facts),
        numbers=numbers,
        numbers_changed=changed,
    )


def _places(tokens: Tokens, others: Tokens) -> npt.NDArray[np.int64]:
    found = np.empty(len(tokens.grams), dtype=np.int64)
    overlap.places(tokens.grams, others.grams, others.ranked, others.places, found)
    return found
