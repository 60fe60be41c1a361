"""De-duplicate a file of texts: sketches and pairs on one pass, then one group of connected texts after the other."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from pipeline.dedup.decide import Decision, decide
from pipeline.dedup.furniture import find_furniture
from pipeline.dedup.index import CandidateIndex
from pipeline.dedup.sketches import pairs_among, sketches
from pipeline.dedup.textfile import TextFile
from pipeline.dedup.texts import Furniture, Text

__all__ = ["Progress", "deduplicate_file"]

_CHUNK = 2_000
Progress = Callable[[str, int, int], None]
"""Told of (what goes on, texts done, texts in all)."""


def deduplicate_file(
    file: TextFile, index: Path, progress: Progress, *, chunk: int = _CHUNK
) -> Iterator[tuple[Mapping[str, Text], Decision]]:
    """Decisions about parts of the file that have nothing to do with each other; together they hold every text.

    Memory holds twelve bytes a candidate pair and eight a text, a chunk of texts, and the largest group of texts that
    candidate pairs connect.

    Args:
        file: the texts.
        index: folder for the candidate index; it must not exist yet, and is left for the caller to remove.
        progress: told after each chunk.
        chunk: texts that are worked on together.
    """
    furniture = find_furniture(_counted(file, "reading", progress))
    pairs = _pairs(file, index, furniture, progress, chunk)
    count = len(file)
    sides = coo_array((np.ones(len(pairs), dtype=np.bool_), (pairs[:, 0], pairs[:, 1])), shape=(count, count))
    labels = connected_components(sides, directed=False)[1]
    order = np.argsort(labels, kind="stable")
    pairs = pairs[np.argsort(labels[pairs[:, 0]], kind="stable")]
    grouped, pair_labels = labels[order], labels[pairs[:, 0]]
    start = 0
    while start < count:
        end = _end_of_group(grouped, start + chunk)
        numbers = np.sort(order[start:end]).tolist()
        names = dict(zip(numbers, file.texts(numbers), strict=True))
        first, last = np.searchsorted(pair_labels, (grouped[start], grouped[end - 1] + 1))
        texts = {text.id: text for text in names.values()}
        yield texts, decide(texts, (_pair(names[a], names[b]) for a, b in pairs[first:last].tolist()), furniture)
        start = end
        progress("deciding", start, count)


def _counted(file: TextFile, label: str, progress: Progress) -> Iterator[Text]:
    for number, text in enumerate(file):
        yield text
        if number % _CHUNK == 0:
            progress(label, number, len(file))


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


def _end_of_group(labels: npt.NDArray[np.int32], at: int) -> int:
    """The place after the group that the place before `at` is in."""
    if at >= len(labels):
        return len(labels)
    return int(np.searchsorted(labels, labels[at - 1], side="right"))


def _pair(one: Text, other: Text) -> tuple[str, str]:
    return (one.id, other.id) if one.id < other.id else (other.id, one.id)
