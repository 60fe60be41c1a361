"""Compiled loops that compare two texts by their words' hashes; what they mean stands where they are called."""

from __future__ import annotations

import numpy as np

from pipeline.dedup.kernels import compiled

__all__ = ["bridged", "common", "facts_kept", "grams", "matched", "places", "runs"]

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
def bridged(mask, found, size, widest, words, facts, others, out):
    """Mark also small gaps where the other text has other words in the same place.

    Misreadings, synonyms and the slots of forms leave such gaps. Gives (marked words, numbers in the gaps that the
    other text does not have in that place).
    """
    count = changed = 0
    out[:] = mask
    at = 0
    while at < words.shape[0]:
        if mask[at]:
            count += 1
            at += 1
            continue
        end = at
        while end < words.shape[0] and not mask[end]:
            end += 1
        before = at - size
        if before >= 0 and end < found.shape[0] and end - at <= widest and found[before] >= 0 and found[end] >= 0:
            first, last = found[before] + size, found[end]
            if 0 <= last - first <= widest:
                for place in range(at, end):
                    out[place] = True
                    count += 1
                    if facts[place] & 1:
                        same = False
                        for other in range(first, last):
                            same |= others[other] == words[place]
                        changed += not same
        at = end
    return count, changed


@compiled
def runs(mask):
    """Number of runs in a mask."""
    number, before = 0, False
    for at in range(mask.shape[0]):
        number += mask[at] and not before
        before = mask[at]
    return number


@compiled
def facts_kept(words, facts, covered, others):
    """(facts of a text, those of them that stand anywhere in another, numbers in covered stretches).

    `others` are the other text's words, sorted.
    """
    count = kept = numbers = 0
    for at in range(words.shape[0]):
        if facts[at]:
            count += 1
            place = _first(others, words[at])
            kept += place < others.shape[0] and others[place] == words[at]
            numbers += covered[at] and facts[at] & 1
    return count, kept, numbers
