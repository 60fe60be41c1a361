"""Candidate pairs of all texts of a corpus, shard by shard: sketches, texts that share a key, pairs.

The keys of all texts are divided among the shards, and so are the texts. A step is a function of (work, shard) that
reads what the step before it made of every shard, and puts one object; it may be repeated anywhere.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pipeline.dedup.sections import get_section, put_sections
from pipeline.dedup.sketches import KEY_CAP, NUMBERS, Sizes, Sketch, alike, sketches, worth_comparing
from pipeline.dedup.texts import Text
from pipeline.dedup.work import Work, furniture_of, numbered_texts, shard_of_texts

__all__ = ["bucket_shard", "pair_shard", "sketch_shard"]

_HIT = np.dtype([("key", "<u4"), ("text", "<u4")])
_SIZE = np.dtype([("text", "<u4"), ("shingles", "<u4"), ("keys", "<u4"), ("numbers", "<u4", (NUMBERS,))])
_PAIRS_AT_ONCE = 4_000_000
_HALF = np.uint64(32)
_LOW = np.uint64(0xFFFFFFFF)
_WORD = np.dtype("<u4")


def sketch_shard(work: Work, shard: int) -> None:
    """Keys of the shard's texts, by the shard that has them, and after those the sizes of the texts."""
    furniture, found = furniture_of(work), dict[int, Sketch]()
    for table in numbered_texts(work, shard):
        columns = [table[name].to_pylist() for name in ("number", "text", "source", "url", "pasted")]
        texts = [
            Text(str(number), text, source=source, url=url, pasted=pasted)
            for number, text, source, url, pasted in zip(*columns, strict=True)
        ]
        found |= {int(name): sketch for name, sketch in sketches(texts, furniture).items()}
    numbers = sorted(found)
    hits = np.empty(sum(len(found[number].keys) for number in numbers), dtype=_HIT)
    sizes = np.zeros(len(numbers), dtype=_SIZE)
    sizes["text"], sizes["shingles"] = numbers, [found[number].shingles for number in numbers]
    sizes["keys"] = [len(found[number].keys) for number in numbers]
    if numbers:
        sizes["numbers"] = [found[number].numbers for number in numbers]
        hits["key"] = np.concatenate([found[number].keys for number in numbers])
        hits["text"] = np.repeat(sizes["text"], sizes["keys"])
    parts = hits["key"] % work.shards
    hits = hits[np.argsort(parts, kind="stable")]
    ends = np.cumsum(np.bincount(parts, minlength=work.shards))[:-1]
    put_sections(
        work.store, work.key("keys", shard), [*(one.tobytes() for one in np.split(hits, ends)), sizes.tobytes()]
    )


def bucket_shard(work: Work, shard: int) -> None:
    """For each shard of texts: which of the keys that this shard has lead from its texts to others, and to which.

    A key leads to the first `KEY_CAP` texts that have it. What is sent for a key that a million texts share is so many
    numbers for each shard, not for each text.
    """
    where = shard_of_texts(work)
    hits = np.concatenate([_keys(work, one, shard) for one in range(work.shards)])
    hits = hits[np.lexsort((hits["text"], hits["key"]))]
    _, starts, places, counts = np.unique(hits["key"], return_index=True, return_inverse=True, return_counts=True)
    later = np.flatnonzero(np.arange(len(hits)) > starts[places])  # the first text of a key has none before it
    asked = np.unique(where[hits["text"][later]].astype(np.uint64) << _HALF | places[later].astype(np.uint64))
    buckets = (asked & _LOW).astype(np.int64)
    lead = np.minimum(counts[buckets], KEY_CAP)
    ends = np.cumsum(np.bincount((asked >> _HALF).astype(np.int64), minlength=work.shards))
    sections = []
    for first, last in zip((0, *ends[:-1].tolist()), ends.tolist(), strict=True):
        mine, sizes = starts[buckets[first:last]], lead[first:last]
        members = hits["text"][_spans(mine, sizes)]
        section = ([last - first], hits["key"][mine], sizes, members)
        sections.append(np.concatenate(section).astype(_WORD).tobytes())
    put_sections(work.store, work.key("buckets", shard), sections)


def pair_shard(work: Work, shard: int) -> None:
    """Candidates of the shard's texts: uint32 (pairs, 2), the text that came first in the first column."""
    texts, starts, sizes, coarse, members = _hits(work, shard)
    order = np.argsort(texts, kind="stable")
    texts, starts, sizes, coarse = texts[order], starts[order], sizes[order], coarse[order]
    total = np.cumsum(sizes)
    found, at = [(np.empty(0, dtype=np.uint64), np.empty(0, dtype=np.int64))], 0
    while at < len(texts):
        last = int(np.searchsorted(total, (total[at - 1] if at else 0) + _PAIRS_AT_ONCE))
        end = int(np.searchsorted(texts, texts[min(last, len(texts) - 1)], side="right"))  # texts stay whole
        inside = slice(at, end)
        other = members[_spans(starts[inside], sizes[inside])]
        one, weight = np.repeat(texts[inside], sizes[inside]), np.repeat(1 + 65536 * coarse[inside], sizes[inside])
        before = other < one
        found.append(_summed(other[before], one[before], weight[before]))
        at = end
    pairs, weights = (np.concatenate(column) for column in zip(*found, strict=True))
    low, high = pairs >> _HALF, pairs & _LOW
    wanted = np.unique(np.concatenate((low, high)))
    one, other = np.searchsorted(wanted, low), np.searchsorted(wanted, high)
    one, other, of = one.astype(np.int64), other.astype(np.int64), _sizes(work, wanted)
    chosen = np.flatnonzero(alike(of, one, other, weights))
    chosen = chosen[worth_comparing(of, one[chosen], other[chosen], weights[chosen])]
    work.store.put(work.key("pairs", shard), np.column_stack((low, high))[chosen].astype(_WORD).tobytes())


def _keys(work: Work, shard: int, part: int) -> npt.NDArray[np.void]:
    return np.frombuffer(get_section(work.store, work.key("keys", shard), part, work.shards + 1), dtype=_HIT)


def _hits(work: Work, shard: int) -> tuple[npt.NDArray[np.int64], ...]:
    """Of each key of each text: the text, the place of the key's texts in the last array, how many, if one in eight."""
    nothing = np.empty(0, dtype=np.int64)
    rows, lists, held = [(nothing,) * 4], [nothing], 0
    for part in range(work.shards):
        data = get_section(work.store, work.key("buckets", part), shard, work.shards)
        numbers = np.frombuffer(data, dtype=_WORD)
        count = int(numbers[0])
        if not count:
            continue
        keys, sizes, members = np.split(numbers[1:].astype(np.int64), (count, 2 * count))
        hits = _keys(work, shard, part)
        places = np.minimum(np.searchsorted(keys, hits["key"]), count - 1)
        known = np.flatnonzero(keys[places] == hits["key"])
        starts = (held + np.cumsum(sizes) - sizes)[places[known]]
        coarse = (hits["key"][known] * np.uint32(0x9E3779B1)) >> np.uint32(29) == 0
        rows.append((hits["text"][known].astype(np.int64), starts, sizes[places[known]], coarse.astype(np.int64)))
        lists.append(members)
        held += len(members)
    texts, starts, sizes, coarse = (np.concatenate(column) for column in zip(*rows, strict=True))
    return texts, starts, sizes, coarse, np.concatenate(lists)


def _summed(
    low: npt.NDArray[np.int64], high: npt.NDArray[np.int64], weights: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.int64]]:
    """Each pair once with the sum of its weights; those that share one key alone are left out."""
    pairs = low.astype(np.uint64) << _HALF | high.astype(np.uint64)
    order = np.argsort(pairs, kind="stable")
    distinct, first = np.unique(pairs[order], return_index=True)
    totals = np.add.reduceat(weights[order], first) if len(first) else weights[:0]
    several = totals & 0xFFFF > 1
    return distinct[several], totals[several]


def _sizes(work: Work, wanted: npt.NDArray[np.uint64]) -> Sizes:
    """Sizes of the texts with these numbers."""
    found = np.zeros(len(wanted), dtype=_SIZE)
    for shard in range(work.shards):
        data = get_section(work.store, work.key("keys", shard), work.shards, work.shards + 1)
        sizes = np.frombuffer(data, dtype=_SIZE)
        places = np.searchsorted(wanted, sizes["text"])
        known = np.flatnonzero(places < len(wanted))
        known = known[wanted[places[known]] == sizes["text"][known]]
        found[places[known]] = sizes[known]
    return Sizes(*(np.ascontiguousarray(found[name]) for name in ("shingles", "keys", "numbers")))


def _spans(starts: npt.NDArray[np.int64], sizes: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The places of spans, one span after the other."""
    before = np.cumsum(sizes) - sizes
    places: npt.NDArray[np.int64] = np.repeat(starts - before, sizes) + np.arange(int(sizes.sum()))
    return places
