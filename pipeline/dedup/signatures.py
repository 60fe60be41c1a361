"""MinHash signatures in bulk; the definition is datasketch's `affine32` scheme (Broder 1997)."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from pipeline.dedup.kernels import min_hashes, shingles
from pipeline.dedup.words import Words

__all__ = ["NUM_PERM", "SCHEME", "SEED", "SHINGLE", "shingle_hashes", "signatures"]

NUM_PERM = 128
SCHEME = "affine32"
SEED = 1
SHINGLE = "w5-v2"
"""Name of the sketch's shingle: five words of `pipeline.dedup.words`, hashed as `pipeline.dedup.kernels.shingles`."""
_SIZE = 5


def shingle_hashes(words: Words) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.int64]]:
    """(uint32 (shingles,), int64 (texts + 1,) offsets): the shingles of each text in order, equal ones repeated."""
    hashes = np.empty(len(words.hashes), dtype=np.uint32)
    starts = np.zeros_like(words.offsets)
    shingles(words.hashes, words.offsets, _SIZE, hashes, starts)
    return hashes[: starts[-1]], starts


def signatures(hashes: npt.NDArray[np.uint32], starts: npt.NDArray[np.int64]) -> npt.NDArray[np.uint32]:
    """Signatures of many texts from their shingles' hashes.

    Returns:
        uint32 (len(starts) - 1, NUM_PERM), equal to `MinHash(NUM_PERM, seed=SEED, hashfunc=int, scheme=SCHEME)`; a text
        without shingles has the greatest value everywhere.
    """
    matrix = np.empty((len(starts) - 1, NUM_PERM), dtype=np.uint32)
    min_hashes(hashes, starts, *_permutations(), matrix)
    return matrix


@cache
def _permutations() -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32]]:
    from datasketch import MinHash

    a, b = MinHash(NUM_PERM, seed=SEED, scheme=SCHEME).permutations
    return np.ascontiguousarray(a), np.ascontiguousarray(b)
