"""Compiled loops over sampled keys: which shingles are keys, and which texts they bring together."""

from __future__ import annotations

import numpy as np

from pipeline.dedup.kernels import compiled

__all__ = ["bucket_pairs", "forms", "led_to", "sampled"]

_HALF = np.uint64(32)


@compiled
def sampled(hashes, starts, lead, unwanted, keys):
    """Of each text's shingles one in eight by its value, of the first `lead` every other one: text << 32 | hash.

    Gives their number.
    """
    count = 0
    for text in range(starts.shape[0] - 1):
        for at in range(starts[text], starts[text + 1]):
            value = np.uint32(hashes[at] * np.uint32(0x9E3779B1)) >> np.uint32(29)
            if (value == 0 or (value < 4 and at - starts[text] < lead)) and not unwanted[at]:
                keys[count] = (np.uint64(text) << _HALF) | np.uint64(hashes[at])
                count += 1
    return count


@compiled
def bucket_pairs(keys, texts, cap, pairs, weights):
    """Pairs of texts in each run of equal keys, low << 32 | high, with the weight of the key; gives their number.

    Where more than `cap` texts share a key, each is paired with the first `cap` of them alone. Only counts when
    `pairs` is empty.
    """
    count, at = 0, 0
    while at < keys.shape[0]:
        end = at + 1
        while end < keys.shape[0] and keys[end] == keys[at]:
            end += 1
        if pairs.shape[0]:
            coarse = (np.uint32(keys[at] * np.uint32(0x9E3779B1)) >> np.uint32(29)) == 0
            for other in range(at + 1, end):
                for one in range(at, min(other, at + cap)):
                    pairs[count] = (np.uint64(texts[one]) << _HALF) | np.uint64(texts[other])
                    weights[count] = 65537 if coarse else 1
                    count += 1
        else:
            for other in range(at + 1, end):
                count += min(other - at, cap)
        at = end
    return count


@compiled
def led_to(buckets, postings, low_bits, keys, owners, pairs, weights):
    """Pairs of a text that asks and one that a key leads it to, owner << 32 | text, with the weight of the key.

    Gives their number. Only counts when `pairs` is empty.

    buckets, postings: uint32 and uint64, in order of both: the high bits of a key; its low ones << 32 | text. keys:
    uint32, in order. owners: whose each of them is.
    """
    count, at = 0, 0
    for row in range(postings.shape[0]):
        key = np.uint32(buckets[row] << np.uint32(low_bits)) | np.uint32(postings[row] >> _HALF)
        while at < keys.shape[0] and keys[at] < key:
            at += 1
        same = at
        while same < keys.shape[0] and keys[same] == key:
            if pairs.shape[0]:
                coarse = (np.uint32(key * np.uint32(0x9E3779B1)) >> np.uint32(29)) == 0
                pairs[count] = (np.uint64(owners[same]) << _HALF) | (postings[row] & np.uint64(0xFFFFFFFF))
                weights[count] = 65537 if coarse else 1
            count += 1
            same += 1
    return count


@compiled
def forms(one, other, shared, shingles, keys, numbers, out):
    """Which pairs look like one form filled in twice, before their texts are read; `out` is bool (pairs,).

    They are of like length, share less than three fifths of the keys, and less than a quarter of three numbers or more.

    one, other: places of each pair's texts. shared: keys that they share. shingles, keys: how many each text has.
    numbers: uint32 (texts, n), the lowest hashes of its numbers, sorted, filled up with the greatest value.
    """
    none = np.uint32(0xFFFFFFFF)
    width = numbers.shape[1]
    for pair in range(one.shape[0]):
        a, b = one[pair], other[pair]
        out[pair] = False
        if 5 * shared[pair] >= 3 * min(keys[a], keys[b]):
            continue
        if 5 * min(shingles[a], shingles[b]) <= 3 * max(shingles[a], shingles[b]):
            continue
        last = min(numbers[a, width - 1], numbers[b, width - 1])  # what is higher may have been left out
        i = j = common = 0
        while i < width and numbers[a, i] != none and numbers[a, i] <= last:
            i += 1
        while j < width and numbers[b, j] != none and numbers[b, j] <= last:
            j += 1
        fewer, ends, others = min(i, j), i, j
        i = j = 0
        while i < ends and j < others:
            if numbers[a, i] == numbers[b, j]:
                common += 1
                i += 1
                j += 1
            elif numbers[a, i] < numbers[b, j]:
                i += 1
            else:
                j += 1
        out[pair] = fewer >= 3 and 4 * common < fewer
