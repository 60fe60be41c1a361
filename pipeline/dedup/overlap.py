"""Compiled loops that compare two texts by their words' hashes; what they mean stands where they are called."""

from __future__ import annotations

import numpy as np

from pipeline.dedup.kernels import compiled

__all__ = [
    "COVERED",
    "INSERTED",
    "LOOSE",
    "bridged",
    "common",
    "facts_kept",
    "grams",
    "longest",
    "matched",
    "places",
    "runs",
]

LOOSE = 0
COVERED = 1
INSERTED = 2
_PRIME = np.uint64(0x9E3779B97F4A7C15)


@compiled
def _first(ranked, wanted):
    """Place of the first value that is not less."""
    low, high = 0, ranked.shape[0]
    while low < high:
        middle = (low + high) // 2
        if ranked[middle] < wanted:
            low = middle + 1
        else:
            high = middle
    return low


@compiled
def grams(words, size, out):
    """Hash of every run of `size` words, uint64 (max(0, words - size + 1),)."""
    for at in range(out.shape[0]):
        state = np.uint64(size)
        for place in range(at, at + size):
            state = (state ^ np.uint64(words[place])) * _PRIME
            state ^= state >> np.uint64(29)
        out[at] = state


@compiled
def common(one, other):
    """How many values two sorted arrays without repeats share."""
    count = i = j = 0
    while i < one.shape[0] and j < other.shape[0]:
        if one[i] == other[j]:
            count += 1
            i += 1
            j += 1
        elif one[i] < other[j]:
            i += 1
        else:
            j += 1
    return count


@compiled
def places(ordered, ranked, at, out):
    """For each gram of a text the place of the same one in another text, or -1; int64.

    ordered: the text's grams in order; ranked, at: the other's grams, sorted, and their places.
    A gram that the other text has several times is taken where it carries on from the gram before.
    """
    last = np.int64(-2)
    for index in range(ordered.shape[0]):
        wanted = ordered[index]
        found = _first(ranked, wanted)
        out[index] = -1
        if found < ranked.shape[0] and ranked[found] == wanted:
            out[index] = at[found]
            ahead = found
            while ahead < ranked.shape[0] and ranked[ahead] == wanted and ahead < found + 16:
                if at[ahead] == last + 1:
                    out[index] = at[ahead]
                    break
                ahead += 1
        last = out[index]


@compiled
def matched(found, size, shortest, mask):
    """Mark the words of runs of at least `shortest` words that stand in the other text; gives their number."""
    count, words, at = 0, mask.shape[0], 0
    mask[:] = False
    while at < found.shape[0]:
        if found[at] < 0:
            at += 1
            continue
        end = at + 1
        while end < found.shape[0] and found[end] == found[end - 1] + 1:
            end += 1
        stop = min(words, end + size - 1)
        if stop - at >= shortest:
            for place in range(at, stop):
                if not mask[place]:
                    mask[place] = True
                    count += 1
        at = end
    return count


@compiled
def bridged(mask, found, size, widest, longest, words, facts, others, out):
    """Say of every word what it is, `LOOSE`, `COVERED` or `INSERTED`, into `out`, uint8.

    Covered are matched words, and small gaps between them where the other has other words in the same place:
    misreadings, synonyms and the slots of forms leave such gaps. Inserted are up to `longest` words between two matched
    places that follow each other in the other text. Gives (covered words, inserted words, numbers in the gaps that the
    other text does not have in that place).
    """
    covered = inserted = changed = 0
    at = 0
    while at < words.shape[0]:
        if mask[at]:
            out[at] = COVERED
            covered += 1
            at += 1
            continue
        end = at
        while end < words.shape[0] and not mask[end]:
            end += 1
        kind, first, last, before = LOOSE, 0, 0, at - size
        if before >= 0 and end < found.shape[0] and found[before] >= 0 and found[end] >= 0:
            first, last = found[before] + size, found[end]
            if -size <= last - first <= 0 and end - at <= longest:
                kind = INSERTED
            elif end - at <= widest and 0 < last - first <= widest:
                kind = COVERED
        for place in range(at, end):
            out[place] = kind
            if kind == COVERED and facts[place] & 1:
                same = False
                for other in range(first, last):
                    same |= others[other] == words[place]
                changed += not same
        covered += (end - at) * (kind == COVERED)
        inserted += (end - at) * (kind == INSERTED)
        at = end
    return covered, inserted, changed


@compiled
def runs(mask):
    """Number of runs in a mask."""
    number, before = 0, False
    for at in range(mask.shape[0]):
        number += mask[at] and not before
        before = mask[at]
    return number


@compiled
def longest(kinds, wanted):
    """Length of the longest run of one kind."""
    best = length = 0
    for at in range(kinds.shape[0]):
        length = length + 1 if kinds[at] == wanted else 0
        best = max(best, length)
    return best


@compiled
def facts_kept(words, facts, kinds, others):
    """(facts of a text that are not inserted, those of them that stand anywhere in another, numbers that are covered).

    kinds: of the words, as `bridged` tells them. others: the other text's words, sorted.
    """
    count = kept = numbers = 0
    for at in range(words.shape[0]):
        if facts[at] and kinds[at] != INSERTED:
            count += 1
            place = _first(others, words[at])
            kept += place < others.shape[0] and others[place] == words[at]
            numbers += kinds[at] == COVERED and facts[at] & 1
    return count, kept, numbers
