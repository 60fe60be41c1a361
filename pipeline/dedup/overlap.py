"""Compiled loops that compare two texts by their words' hashes; what they mean stands where they are called."""

from __future__ import annotations

import numpy as np

from pipeline.dedup.kernels import compiled

__all__ = ["common", "compared", "grams", "matched", "places"]

_LOOSE, _BRIDGED, _MATCHED, _INSERTED = range(4)
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
def places(ordered, others, ranked, at, out):
    """For each gram of a text the place of the same one in another text, or -1; int64.

    ordered: the text's grams in order; others: the other's; ranked, at: the other's sorted, and their places.
    A gram that the other text has several times is taken where it carries on from the gram before.
    """
    last = np.int64(-1)
    for index in range(ordered.shape[0]):
        wanted = ordered[index]
        if last >= 0 and last + 1 < others.shape[0] and others[last + 1] == wanted:
            last += 1
        else:
            found = _first(ranked, wanted)
            last = at[found] if found < ranked.shape[0] and ranked[found] == wanted else np.int64(-1)
        out[index] = last


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
def _bridged(mask, found, size, widest, longest, words, facts, others, out):
    """Say of every word what it is, into `out`, uint8: `_MATCHED`, `_BRIDGED`, `_INSERTED` or `_LOOSE`.

    Bridged are small gaps between matched words where the other has other words in the same place: misreadings,
    synonyms and the slots of forms leave such gaps. Inserted are up to `longest` words between two matched places that
    follow each other in the other text. Gives (covered words: matched or bridged, inserted words, numbers in the gaps
    that the other text does not have in that place).
    """
    covered = inserted = changed = at = 0
    while at < words.shape[0]:
        if mask[at]:
            out[at] = _MATCHED
            covered += 1
            at += 1
            continue
        end = at
        while end < words.shape[0] and not mask[end]:
            end += 1
        kind, first, last, before = _LOOSE, 0, 0, at - size
        if before >= 0 and end < found.shape[0] and found[before] >= 0 and found[end] >= 0:
            first, last = found[before] + size, found[end]
            if -size <= last - first <= 0 and end - at <= longest:
                kind = _INSERTED
            elif end - at <= widest and 0 < last - first <= widest:
                kind = _BRIDGED
        for place in range(at, end):
            out[place] = kind
            if kind == _BRIDGED and facts[place] & 1:
                same = False
                for other in range(first, last):
                    same |= others[other] == words[place]
                changed += not same
        covered += (end - at) * (kind == _BRIDGED)
        inserted += (end - at) * (kind == _INSERTED)
        at = end
    return covered, inserted, changed


@compiled
def _runs(kinds, least):
    """Number of runs of words of at least this kind; insertions part none."""
    number, before = 0, False
    for at in range(kinds.shape[0]):
        inside = kinds[at] >= least
        number += inside and not before
        before = inside
    return number


@compiled
def _longest_loose(kinds):
    best = length = 0
    for at in range(kinds.shape[0]):
        length = length + 1 if kinds[at] == _LOOSE else 0
        best = max(best, length)
    return best


@compiled
def _facts_kept(words, facts, kinds, others):
    """(facts of a text that are not inserted, those in matched runs, those that stand anywhere in another, numbers).

    The numbers are those that are covered. kinds: of the words, as `_bridged` tells them. others: the other text's
    words, sorted.
    """
    count = inside = kept = numbers = 0
    for at in range(words.shape[0]):
        if facts[at] and kinds[at] != _INSERTED:
            count += 1
            inside += kinds[at] == _MATCHED
            place = _first(others, words[at])
            kept += place < others.shape[0] and others[place] == words[at]
            numbers += kinds[at] != _LOOSE and facts[at] & 1
    return count, inside, kept, numbers


@compiled
def _before(mask):
    """Words before the first that is marked; 0 when none is."""
    for at in range(mask.shape[0]):
        if mask[at]:
            return at
    return 0


@compiled
def _end(mask, least):
    """Place after the last run of at least so many marked words; 0 when there is none."""
    end = length = 0
    for at in range(mask.shape[0]):
        length = length + 1 if mask[at] else 0
        if length >= least:
            end = at + 1
    return end


@compiled
def compared(short, long, size, shortest, gap, insertion, opening, sentence):
    """All counts of a pair in one go; `short` and `long` are (words, facts, grams, ranked, places, sorted words).

    Gives (matched words of the shorter, inserted, covered, numbers changed, runs of covered words, of matched words,
    longest loose run, facts, facts matched, facts kept, numbers covered, words before the first match, place after the
    last run of `sentence` words, matched words among the first `opening`, and of the longer: matched words, before the
    first match, place after the last such run, matched among the first).
    """
    found = np.empty(short[2].shape[0], dtype=np.int64)
    places(short[2], long[2], long[3], long[4], found)
    mask, kinds = np.empty(short[0].shape[0], dtype=np.bool_), np.empty(short[0].shape[0], dtype=np.uint8)
    inside = matched(found, size, shortest, mask)
    covered, inserted, changed = _bridged(mask, found, size, gap, insertion, short[0], short[1], long[0], kinds)
    facts, facts_in, kept, numbers = _facts_kept(short[0], short[1], kinds, long[5])
    back = np.empty(long[2].shape[0], dtype=np.int64)
    places(long[2], short[2], short[3], short[4], back)
    other = np.empty(long[0].shape[0], dtype=np.bool_)
    other_inside = matched(back, size, shortest, other)
    return (
        inside, inserted, covered, changed, _runs(kinds, _BRIDGED), _runs(kinds, _MATCHED), _longest_loose(kinds),
        facts, facts_in, kept, numbers, _before(mask), _end(mask, sentence), mask[:opening].sum(),
        other_inside, _before(other), _end(other, sentence), other[:opening].sum(),
    )  # fmt: skip
