"""De-duplicate a file of texts: sketches and pairs on one pass, then one group of connected texts after the other."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pipeline.dedup.decide import Decision, decide, decide_compared
from pipeline.dedup.furniture import find_furniture, sampled
from pipeline.dedup.index import CandidateIndex
from pipeline.dedup.pieces import components_of, pieces_of
from pipeline.dedup.sketches import pairs_among, sketches
from pipeline.dedup.textfile import TextFile
from pipeline.dedup.texts import Furniture, Text, read_tokens
from pipeline.dedup.verify import Facts, compare

__all__ = ["Progress", "deduplicate_file"]

_CHUNK = 2_000
_LARGE = 20_000
Progress = Callable[[str, int, int], None]
"""Told of (what goes on, texts done, texts in all)."""


def deduplicate_file(
    file: TextFile, index: Path, progress: Progress, *, chunk: int = _CHUNK, large: int = _LARGE
) -> Iterator[tuple[Mapping[str, Text], Decision]]:
    """Decisions about parts of the file that have nothing to do with each other; together they hold every text.

    Memory holds some fifty bytes a candidate pair and a text, the texts in which furniture is sought (at most a hundred
    of a host), the facts of a large group, and a chunk of texts or the largest group of copies.

    Args:
        file: the texts.
        index: folder for the candidate index; it must not exist yet, and is left for the caller to remove.
        progress: told after each chunk.
        chunk: texts that are worked on together.
        large: texts that candidate pairs connect beyond which these are compared before anything is decided.
    """
    furniture = find_furniture(file.texts(sampled(_named(file, progress)).tolist()))
    pairs = _pairs(file, index, furniture, progress, chunk)
    count = len(file)
    labels = components_of(pairs, count)
    order = np.argsort(labels, kind="stable")
    pairs = pairs[np.argsort(labels[pairs[:, 0]], kind="stable")]
    grouped, pair_labels = labels[order], labels[pairs[:, 0]]
    for start, end in _whole_groups(grouped, chunk):
        first, last = np.searchsorted(pair_labels, (grouped[start], grouped[end - 1] + 1))
        numbers, mine = np.sort(order[start:end]), pairs[first:last]
        if end - start > large:
            yield from _compared_first(file, numbers, mine, furniture, chunk)
        else:
            texts = _texts(file, numbers)
            by_id = {text.id: text for text in texts.values()}
            yield by_id, decide(by_id, (_pair(texts[a], texts[b]) for a, b in mine.tolist()), furniture)
        progress("deciding", end, count)


def _compared_first(
    file: TextFile, numbers: npt.NDArray[np.int64], pairs: npt.NDArray[np.int64], furniture: Furniture, chunk: int
) -> Iterator[tuple[Mapping[str, Text], Decision]]:
    """A group that is too large for memory: its pairs are compared in parts, and what holds ties smaller groups."""
    within = np.searchsorted(numbers, pairs)
    place, pieces = pieces_of(within.astype(np.uint32), len(numbers), chunk, whole=False)
    owner = place[within[:, 1]]
    order = np.argsort(owner, kind="stable")
    sides, facts = list[tuple[int, int]](), list[Facts]()
    for some in np.split(order, np.searchsorted(owner[order], np.arange(1, pieces))):
        texts = _texts(file, np.unique(pairs[some]))
        read_tokens(texts.values(), furniture)
        for (one, other), (a, b) in zip(within[some].tolist(), pairs[some].tolist(), strict=True):
            if (fact := compare(texts[a], texts[b])) is not None:
                sides.append((one, other))
                facts.append(fact)
    ends = np.array(sides, dtype=np.uint32).reshape(-1, 2)
    labels = components_of(ends[np.array([fact.together for fact in facts], dtype=np.bool_)], len(numbers))
    inner = labels[ends[:, 0]] == labels[ends[:, 1]]
    order, held = np.argsort(labels, kind="stable"), np.argsort(labels[ends[:, 0]], kind="stable")
    held = held[inner[held]]
    grouped, fact_labels = labels[order], labels[ends[held, 0]]
    for start, end in _whole_groups(grouped, chunk):
        first, last = np.searchsorted(fact_labels, (grouped[start], grouped[end - 1] + 1))
        by_id = {text.id: text for text in _texts(file, np.sort(numbers[order[start:end]])).values()}
        read_tokens(by_id.values(), furniture)
        yield by_id, decide_compared(by_id, [facts[at] for at in np.sort(held[first:last]).tolist()])
    yield {}, Decision(tuple(facts[at] for at in np.flatnonzero(~inner).tolist()), ())


def _texts(file: TextFile, numbers: npt.NDArray[np.int64]) -> dict[int, Text]:
    return dict(zip(numbers.tolist(), file.texts(numbers.tolist()), strict=True))


def _named(file: TextFile, progress: Progress) -> Iterator[tuple[str, str]]:
    for number, text in enumerate(file):
        yield text.id, text.host
        if number % _CHUNK == 0:
            progress("reading", number, len(file))


def _pairs(file: TextFile, folder: Path, furniture: Furniture, progress: Progress, chunk: int) -> npt.NDArray[np.int64]:
    """Candidate pairs by the texts' numbers, int64 (pairs, 2)."""
    found = array("q")
    done, texts = 0, iter(file)
    with CandidateIndex(folder) as index:
        while some := list(islice(texts, chunk)):
            # Under their numbers: an id may be of any length.
            numbered = [Text(f"{done + at:012}", text.compared, source=text.host) for at, text in enumerate(some)]
            made = sketches(numbered, furniture)
            for a, b in sorted(pairs_among(made) | index.candidates(made)):
                found.extend((int(a), int(b)))
            index.update(made, (), stamp=str(done))
            done += len(some)
            progress("comparing", done, len(file))
    return np.array(found, dtype=np.int64).reshape(-1, 2)


def _whole_groups(labels: npt.NDArray[np.int32], size: int) -> Iterator[tuple[int, int]]:
    """Spans of so many places or more that divide no group; labels are in order."""
    start = 0
    while start < len(labels):
        last = min(start + size, len(labels)) - 1
        end = int(np.searchsorted(labels, labels[last], side="right"))
        yield start, end
        start = end


def _pair(one: Text, other: Text) -> tuple[str, str]:
    return (one.id, other.id) if one.id < other.id else (other.id, one.id)
