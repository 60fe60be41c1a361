"""Sketches: the sampled shingles by which copies and parts of a text are found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.dedup.keys import bucket_pairs, forms, sampled
from pipeline.dedup.signatures import shingle_hashes
from pipeline.dedup.texts import Furniture, Text
from pipeline.dedup.words import FACT_NUMBER, Words, words_of

__all__ = ["KEY_CAP", "MIN_KEYS", "NUMBERS", "SAMPLE", "Sizes", "Sketch", "alike", "pairs_among", "sketches"]

SAMPLE = "1in8-lead64in2-v1"
"""Name of the sampling: one shingle in eight by value (FracMinHash, Irber et al. 2022), of the first 64 one in two."""
KEY_CAP = 64
"""Texts that a key leads to; where more share it, those beyond are found by the first ones and by other keys."""
MIN_KEYS = 2
"""Keys that two texts share at least to be compared."""
NUMBERS = 16
"""Numbers of a text that its sketch has at most: those with the lowest hashes, so that two sketches have the same."""
_NO_NUMBER = 0xFFFFFFFF
_LEAD = 64
_COARSE, _FINE = 8, 2
_MIN_SHARE = 0.1
_CHUNK = 2_000


@dataclass(frozen=True, slots=True, eq=False)
class Sketch:
    """What a text is found by.

    keys: uint32, sorted. shingles: how many the text has, with repeats. numbers: uint32 (NUMBERS,), hashes of its
    numbers, sorted, filled up with the greatest value.
    """

    keys: npt.NDArray[np.uint32]
    shingles: int
    numbers: npt.NDArray[np.uint32]


def sketches(texts: Iterable[Text], furniture: Furniture | None = None) -> dict[str, Sketch]:
    """Sketches by id, whose keys leave furniture out; texts without words get none."""
    waiting = list(texts)
    found: dict[str, Sketch] = {}
    for start in range(0, len(waiting), _CHUNK):
        found.update(_sketches(waiting[start : start + _CHUNK], furniture or {}))
    return found


def _sketches(texts: Sequence[Text], furniture: Furniture) -> Iterable[tuple[str, Sketch]]:
    words = words_of([text.compared for text in texts])
    hashes, starts = shingle_hashes(words)
    unwanted = np.zeros(len(hashes), dtype=np.bool_)
    for number, text in enumerate(texts):
        if text.host in furniture:
            inside = slice(starts[number], starts[number + 1])
            unwanted[inside] = np.isin(hashes[inside], furniture[text.host])
    keys = np.empty(len(hashes), dtype=np.uint64)
    keys = np.unique(keys[: sampled(hashes, starts, _LEAD, unwanted, keys)])
    offsets = np.searchsorted(keys, np.arange(len(texts) + 1, dtype=np.uint64) << np.uint64(32))
    for number, text in enumerate(texts):
        if size := int(starts[number + 1] - starts[number]):
            own = keys[offsets[number] : offsets[number + 1]].astype(np.uint32)
            yield text.id, Sketch(own, size, _numbers(words, number))


def _numbers(words: Words, text: int) -> npt.NDArray[np.uint32]:
    inside = slice(words.offsets[text], words.offsets[text + 1])
    found = np.unique(words.hashes[inside][words.facts[inside] & FACT_NUMBER != 0])[:NUMBERS]
    return np.concatenate((found, np.full(NUMBERS - len(found), _NO_NUMBER, dtype=np.uint32)))


@dataclass(frozen=True, slots=True, eq=False)
class Sizes:
    """Of many texts: uint32 counts `shingles` and `keys` (texts,), and `numbers` (texts, NUMBERS)."""

    shingles: npt.NDArray[np.uint32]
    keys: npt.NDArray[np.uint32]
    numbers: npt.NDArray[np.uint32]


def alike(
    sizes: Sizes, one: npt.NDArray[np.int64], other: npt.NDArray[np.int64], weights: npt.NDArray[np.int64]
) -> npt.NDArray[np.bool_]:
    """Which pairs are candidates.

    They share at least two keys and about a tenth of the shorter text's shingles, and are not plainly one form that was
    filled in with other numbers.

    Args:
        sizes: of the texts.
        one: place of the first text of each pair.
        other: of the second.
        weights: keys that each pair shares, plus 65536 for each that is one in eight.
    """
    shared, coarse = weights & 0xFFFF, weights >> 16
    estimate = np.maximum(_COARSE * coarse, _FINE * shared)
    shorter = np.minimum(sizes.shingles[one], sizes.shingles[other])
    apart = np.empty(len(weights), dtype=np.bool_)
    forms(one, other, shared, sizes.shingles, sizes.keys, sizes.numbers, apart)
    enough: npt.NDArray[np.bool_] = (shared >= MIN_KEYS) & (estimate >= _MIN_SHARE * shorter) & ~apart
    return enough


def pairs_among(found: dict[str, Sketch]) -> set[tuple[str, str]]:
    """Candidate pairs (a < b) of a set of texts."""
    names = sorted(found)
    if not names:
        return set()
    keys = np.concatenate([found[name].keys for name in names])
    texts = np.repeat(np.arange(len(names), dtype=np.uint32), [len(found[name].keys) for name in names])
    order = np.argsort(keys, kind="stable")
    keys, texts = keys[order], texts[order]
    count = bucket_pairs(keys, texts, KEY_CAP, np.empty(0, dtype=np.uint64), np.empty(0, dtype=np.int64))
    if not count:
        return set()
    pairs, weights = np.empty(count, dtype=np.uint64), np.empty(count, dtype=np.int64)
    bucket_pairs(keys, texts, KEY_CAP, pairs, weights)
    order = np.argsort(pairs, kind="stable")
    distinct, first = np.unique(pairs[order], return_index=True)
    totals = np.add.reduceat(weights[order], first)
    low, high = (distinct >> np.uint64(32)).astype(np.int64), (distinct & np.uint64(0xFFFFFFFF)).astype(np.int64)
    chosen = alike(_sizes([found[name] for name in names]), low, high, totals)
    return {(names[a], names[b]) for a, b in zip(low[chosen].tolist(), high[chosen].tolist(), strict=True)}


def _sizes(found: Sequence[Sketch]) -> Sizes:
    return Sizes(
        np.array([sketch.shingles for sketch in found], dtype=np.uint32),
        np.array([len(sketch.keys) for sketch in found], dtype=np.uint32),
        np.array([sketch.numbers for sketch in found], dtype=np.uint32),
    )
