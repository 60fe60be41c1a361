"""A document as de-duplication sees it, and its words as arrays made for comparing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import numpy.typing as npt

from pipeline.dedup.overlap import grams
from pipeline.dedup.signatures import shingle_hashes
from pipeline.dedup.words import words_of
from pipeline.models import Kind

__all__ = ["GRAM", "Furniture", "Text", "Tokens", "read_tokens", "tokens_of"]

GRAM = 3
"""Words in a gram, the unit of comparing."""
_SHINGLE = 5
_CHUNK = 2_000

Furniture = Mapping[str, npt.NDArray[np.uint32]]
"""By host, sorted: hashes of the shingles that its pages share without sharing a text."""


@dataclass(frozen=True, slots=True, eq=False)
class Tokens:
    """Words of a text without its host's furniture.

    words: uint32 (n,). facts: uint8 (n,), not 0 for numbers and names. grams: uint64 (max(0, n - GRAM + 1),) in order.
    ranked, places: the grams sorted, and where each stands. distinct: sorted, each once. sorted_words: uint32 (n,).
    """

    words: npt.NDArray[np.uint32]
    facts: npt.NDArray[np.uint8]
    grams: npt.NDArray[np.uint64]
    ranked: npt.NDArray[np.uint64]
    places: npt.NDArray[np.int64]
    distinct: npt.NDArray[np.uint64]
    sorted_words: npt.NDArray[np.uint32]

    @property
    def compared(self) -> tuple[npt.NDArray[Any], ...]:
        """As `pipeline.dedup.overlap.compared` takes it."""
        return self.words, self.facts, self.grams, self.ranked, self.places, self.sorted_words


@dataclass(eq=False)
class Text:
    """A document to de-duplicate; its tokens are made when first asked for, or in bulk by `read_tokens`."""

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
    def own(self) -> Text:
        """The same without what it pastes."""
        return replace(self, pasted="")

    @property
    def host(self) -> str:
        """Who made the page: the source, or the host of the address."""
        return self.source or urlsplit(self.url).netloc

    @cached_property
    def tokens(self) -> Tokens:
        """The words for comparing."""
        words = words_of([self.compared])
        return tokens_of(words.hashes, words.facts)

    @property
    def size(self) -> int:
        """Number of words."""
        return len(self.tokens.words)


def read_tokens(texts: Iterable[Text], furniture: Furniture | None = None) -> None:
    """Make the tokens of texts in bulk; words inside a shingle of their host's furniture are left out."""
    waiting = list(texts)
    for start in range(0, len(waiting), _CHUNK):
        some = waiting[start : start + _CHUNK]
        words = words_of([text.compared for text in some])
        hashes, starts = shingle_hashes(words)
        for number, text in enumerate(some):
            inside = slice(words.offsets[number], words.offsets[number + 1])
            found, facts = words.hashes[inside], words.facts[inside]
            unwanted = (furniture or {}).get(text.host)
            if unwanted is not None:
                own = _own_words(hashes[starts[number] : starts[number + 1]], unwanted, len(found))
                found, facts = found[own], facts[own]
            text.__dict__["tokens"] = tokens_of(found, facts)
    if bare := [text.own for text in waiting if text.pasted]:
        read_tokens(bare, furniture)


def _own_words(hashes: npt.NDArray[np.uint32], furniture: npt.NDArray[np.uint32], size: int) -> npt.NDArray[np.bool_]:
    own = np.ones(size, dtype=np.bool_)
    for start in np.flatnonzero(np.isin(hashes, furniture)):
        own[start : start + _SHINGLE] = False
    return own


def tokens_of(words: npt.NDArray[np.uint32], facts: npt.NDArray[np.uint8]) -> Tokens:
    """What comparing needs of the words of a text."""
    found = np.empty(max(0, len(words) - GRAM + 1), dtype=np.uint64)
    grams(words, GRAM, found)
    places = np.argsort(found, kind="stable").astype(np.int64)
    ranked = found[places]
    first = np.ones(len(ranked), dtype=np.bool_)
    np.not_equal(ranked[1:], ranked[:-1], out=first[1:])
    return Tokens(words, facts, found, ranked, places, ranked[first], np.sort(words))
