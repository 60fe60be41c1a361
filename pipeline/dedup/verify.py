"""What two texts have in common, measured on the texts themselves, and the relation that follows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from pipeline.dedup.shingles import shingle_set, words_of
from pipeline.models import Kind, Relation

__all__ = ["Facts", "Text", "compare", "covered_words"]

_RUN = 5
_SAME = 0.6
_PARTIAL = 0.65
_MEAN_RUN = 9.0
_NUMBERS = 0.6
_LONG_RUN = 30.0  # templated reports differ in every sentence; nobody writes thirty equal words by a template
_SHORT = 20
_NUMBER = re.compile(r"^\d[\d.]*$")


@dataclass(eq=False)
class Text:
    """A document as de-duplication sees it; word lists and shingles are made once, when first asked for."""

    id: str
    text: str
    kind: Kind = Kind.ARTICLE
    source: str = ""
    url: str = ""
    title: str | None = None
    authors: tuple[str, ...] = ()
    published_at: datetime | None = None
    authority: int = 50
    is_agency: bool = False
    pasted: str = ""
    """What it pastes apart from its own words; it counts where the text is compared with others."""

    @property
    def compared(self) -> str:
        """What is held against other texts."""
        return f"{self.text}\n\n{self.pasted}" if self.pasted else self.text

    @cached_property
    def words(self) -> list[str]:
        """Words for comparing."""
        return words_of(self.compared)

    @cached_property
    def own(self) -> Text:
        """The same without what it pastes."""
        return replace(self, pasted="")

    @cached_property
    def trigrams(self) -> set[tuple[str, ...]]:
        """Distinct word 3-shingles."""
        return shingle_set(self.words, 3)

    @cached_property
    def runs(self) -> set[tuple[str, ...]]:
        """Distinct word 5-shingles."""
        return shingle_set(self.words, _RUN)

    @cached_property
    def numbers(self) -> set[str]:
        """Distinct numbers in the text."""
        return {word for word in self.words if _NUMBER.match(word)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Measures of the pair (a, b), a < b, and the relation that the two texts alone suggest.

    `contains` is decided over a whole component; `container` is then the id of the side that holds the other.
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
    evidence: str
    container: str | None = None

    @property
    def score(self) -> float:
        """Strength of the pair: containment of the better contained side, then Jaccard."""
        return max(self.containment_a, self.containment_b) + self.jaccard


def compare(one: Text, other: Text) -> Facts:
    """Measure a pair of texts; the result does not depend on the order of the arguments.

    Of two texts that both paste, only their own words are compared: they may paste the same.
    """
    a, b = sorted((one, other), key=lambda text: text.id)
    if a.pasted and b.pasted:
        a, b = a.own, b.own
    common = len(a.trigrams & b.trigrams)
    union = len(a.trigrams) + len(b.trigrams) - common
    jaccard = common / union if union else 0.0
    inside_a = common / len(a.trigrams) if a.trigrams else 0.0
    inside_b = common / len(b.trigrams) if b.trigrams else 0.0
    covered_a, covered_b = covered_words(a, b.trigrams), covered_words(b, a.trigrams)
    short, long = (a, b) if (len(a.words), a.id) <= (len(b.words), b.id) else (b, a)
    measures = _Measures(
        jaccard=jaccard,
        inside=inside_a if short is a else inside_b,
        mean_run=_mean_run(short, long),
        new_short=len(short.words) - (covered_a if short is a else covered_b),
        new_long=len(long.words) - (covered_b if short is a else covered_a),
        numbers=_number_agreement(short, long),
    )
    relation, evidence = _relation(short, measures, exact=short.words == long.words and short.authors == long.authors)
    return Facts(
        a=a.id,
        b=b.id,
        relation=relation,
        jaccard=round(jaccard, 4),
        containment_a=round(inside_a, 4),
        containment_b=round(inside_b, 4),
        matched_words=covered_a if short is a else covered_b,
        new_words_a=len(a.words) - covered_a,
        new_words_b=len(b.words) - covered_b,
        evidence=evidence,
    )


@dataclass(frozen=True, slots=True)
class _Measures:
    """`inside`: containment of the shorter text; `new_*`: words outside any shared 3-shingle."""

    jaccard: float
    inside: float
    mean_run: float
    new_short: int
    new_long: int
    numbers: float | None


def _relation(short: Text, found: _Measures, *, exact: bool) -> tuple[Relation | None, str]:
    if len(short.words) < _SHORT:  # few words say little
        if exact and short.authors and short.words:
            return Relation.SAME, f"the same {len(short.words)} words by the same author"
        return None, f"{len(short.words)} words are too few to tell"
    said = f"J {found.jaccard:.2f}, shorter {found.inside:.2f} inside, runs of {found.mean_run:.0f} words"
    if found.inside < 0.25 and found.mean_run < 2 * _MEAN_RUN:
        return None, said
    if found.numbers is not None and found.numbers < _NUMBERS and found.mean_run < _LONG_RUN:
        return Relation.RELATED, f"{said}; numbers differ ({found.numbers:.0%} shared)"
    if found.inside >= _PARTIAL and found.mean_run >= _MEAN_RUN:
        relation = Relation.SAME if found.jaccard >= _SAME else Relation.PARTIAL
        return relation, f"{said}; {found.new_short} words new in the shorter, {found.new_long} in the longer"
    shared = len(short.words) - found.new_short
    if shared >= 30 and found.mean_run >= 2 * _MEAN_RUN and found.inside < 0.5:
        return Relation.QUOTES, f"{said}; {shared} words shared"
    if found.inside >= 0.25:
        return Relation.RELATED, f"{said}; both have words of their own"
    return None, said


def _number_agreement(short: Text, long: Text) -> float | None:
    """Share of the shorter text's numbers that the longer one has; None when it has too few to tell."""
    if len(short.numbers) < 3:
        return None
    return len(short.numbers & long.numbers) / len(short.numbers)


def covered_words(text: Text, trigrams: set[tuple[str, ...]]) -> int:
    """Words of a text that stand inside one of the 3-shingles."""
    words, covered = text.words, 0
    if len(words) < 3:
        return len(words) if tuple(words) in trigrams else 0
    end = 0
    for start, gram in enumerate(zip(words, words[1:], words[2:], strict=False)):
        if gram in trigrams:
            covered += start + 3 - max(start, end)
            end = start + 3
    return covered


def _mean_run(short: Text, long: Text) -> float:
    """Mean length in words of the stretches of the shorter text that stand in the longer one, by 5-shingles."""
    hits = [gram in long.runs for gram in _grams(short.words)]
    runs, length = [], 0
    for hit in (*hits, False):
        if hit:
            length += 1
        elif length:
            runs.append(length + _RUN - 1)
            length = 0
    return sum(runs) / len(runs) if runs else 0.0


def _grams(words: Sequence[str]) -> Sequence[tuple[str, ...]]:
    if len(words) < _RUN:
        return [tuple(words)]
    return list(zip(*(words[start:] for start in range(_RUN)), strict=False))
