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

__all__ = [
    "KEY_CAP",
    "MIN_KEYS",
    "MOST_TWINS",
    "NUMBERS",
    "SAMPLE",
    "Sizes",
    "Sketch",
    "alike",
    "owned",
    "pairs_among",
    "sketches",
    "summed",
    "worth_comparing",
]

SAMPLE = "1in8-lead64in2-v1"
"""Name of the sampling: one shingle in eight by value (FracMinHash, Irber et al. 2022), of the first 64 one in two."""
KEY_CAP = 64
"""Texts that a key leads to; where more share it, those beyond are found by the first ones and by other keys."""
MOST_TWINS = 48
"""Earlier texts of one sketch from which on a text is compared with the first few of them alone."""
MIN_KEYS = 2
"""Keys that two texts share at least to be compared."""
NUMBERS = 16
"""Numbers of a text that its sketch has at most: those with the lowest hashes, so that two sketches have the same."""
_NO_NUMBER = 0xFFFFFFFF
_LEAD = 64
_HUBS = 8
_MANY = 20  # shingles of a text that is not short
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


def worth_comparing(
    sizes: Sizes, earlier: npt.NDArray[np.int64], later: npt.NDArray[np.int64], weights: npt.NDArray[np.int64]
) -> npt.NDArray[np.bool_]:
    """Which candidate pairs are compared: all, but what very many published before goes with the first few alone.

    Where `MOST_TWINS` earlier texts have the sketch of a text, it stays paired with the first eight of those, and with
    what is otherwise alike. So a page that stands there a million times makes eight million pairs, and when the first
    one is put right or taken down the others hold together. Short texts are left alone: one may be of several authors.

    Args:
        sizes: of the texts.
        earlier: place of the first text of each pair; of each later text in order.
        later: of the second.
        weights: as `alike` takes them.
    """
    keys, kept = sizes.keys[earlier], np.ones(len(weights), dtype=np.bool_)
    # Not all keys of twins lead to each other: other texts may have the places of one.
    much = (weights & 0xFFFF) * 4 >= keys.astype(np.int64) * 3
    much &= (keys == sizes.keys[later]) & (sizes.shingles[earlier] >= _MANY)
    twins = np.flatnonzero(much & (sizes.shingles[earlier] == sizes.shingles[later]))
    twins = twins[(sizes.numbers[earlier[twins]] == sizes.numbers[later[twins]]).all(axis=1)]
    twins = twins[np.argsort(later[twins], kind="stable")]
    _, first, counts = np.unique(later[twins], return_index=True, return_counts=True)
    place = np.arange(len(twins)) - np.repeat(first, counts)
    kept[twins[(place >= _HUBS) & (np.repeat(counts, counts) >= MOST_TWINS)]] = False
    return kept


def owned(keys: Sequence[npt.NDArray[np.uint32]]) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32]]:
    """Keys of several texts in order, and beside each the place of its text; those of one key in order of texts."""
    every = np.concatenate([*keys, np.empty(0, dtype=np.uint32)])
    texts = np.repeat(np.arange(len(keys), dtype=np.uint32), [len(some) for some in keys])
    order = np.argsort(every, kind="stable")
    return every[order], texts[order]


def summed(
    pairs: npt.NDArray[np.uint64], weights: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.int64]]:
    """Each pair once, in order, with the sum of its weights; there has to be one."""
    order = np.argsort(pairs, kind="stable")
    distinct, first = np.unique(pairs[order], return_index=True)
    return distinct, np.add.reduceat(weights[order], first)


def pairs_among(found: dict[str, Sketch]) -> set[tuple[str, str]]:
    """Candidate pairs (a < b) of a set of texts."""
    names = sorted(found)
    if not names:
        return set()
    keys, texts = owned([found[name].keys for name in names])
    count = bucket_pairs(keys, texts, KEY_CAP, np.empty(0, dtype=np.uint64), np.empty(0, dtype=np.int64))
    if not count:
        return set()
    pairs, weights = np.empty(count, dtype=np.uint64), np.empty(count, dtype=np.int64)
    bucket_pairs(keys, texts, KEY_CAP, pairs, weights)
    distinct, totals = summed(pairs, weights)
    low, high = (distinct >> np.uint64(32)).astype(np.int64), (distinct & np.uint64(0xFFFFFFFF)).astype(np.int64)
    sizes = _sizes([found[name] for name in names])
    chosen = np.flatnonzero(alike(sizes, low, high, totals))
    chosen = chosen[worth_comparing(sizes, low[chosen], high[chosen], totals[chosen])]
    return {(names[a], names[b]) for a, b in zip(low[chosen].tolist(), high[chosen].tolist(), strict=True)}


def _sizes(found: Sequence[Sketch]) -> Sizes:
    return Sizes(
        np.array([sketch.shingles for sketch in found], dtype=np.uint32),
        np.array([len(sketch.keys) for sketch in found], dtype=np.uint32),
        np.array([sketch.numbers for sketch in found], dtype=np.uint32),
    )
