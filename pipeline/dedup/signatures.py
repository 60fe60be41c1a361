"""MinHash signatures, by datasketch in bulk; the definition is its `affine32` scheme (Broder 1997)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

__all__ = ["NUM_PERM", "SCHEME", "SEED", "band_keys", "sample_keys", "signatures"]

NUM_PERM = 128
SCHEME = "affine32"
SEED = 1
_ROWS = 2
_SAMPLE = 8


def signatures(hashes: Sequence[npt.NDArray[np.uint32]]) -> npt.NDArray[np.uint32]:
    """Signatures of many texts.

    Args:
        hashes: shingle hashes of each text, uint32 (n,).

    Returns:
        uint32 (len(hashes), NUM_PERM), equal to `MinHash(NUM_PERM, seed=SEED, hashfunc=int, scheme="affine32")`.
    """
    if not hashes:
        return np.empty((0, NUM_PERM), dtype=np.uint32)
    from datasketch import MinHash  # takes most of a second; a collect without news needs none of it

    minhashes = MinHash.bulk(hashes, num_perm=NUM_PERM, seed=SEED, hashfunc=int, scheme=SCHEME)
    return np.stack([minhash.hashvalues for minhash in minhashes]).astype(np.uint32)


def band_keys(signature: npt.NDArray[np.uint32]) -> npt.NDArray[np.int64]:
    """Keys of the signature's bands of two rows, int64 (NUM_PERM // 2,): two texts that share one are candidates.

    The band's number is part of the key, by a multiply-shift mix.
    """
    pairs = signature.reshape(-1, _ROWS).astype(np.uint64)
    packed = (pairs[:, 0] << np.uint64(32)) | pairs[:, 1]
    number = np.arange(1, len(pairs) + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    mixed = (packed ^ number) * np.uint64(0xD6E8FEB86659FD93)
    return (mixed ^ (mixed >> np.uint64(32))).view(np.int64)


def sample_keys(hashes: npt.NDArray[np.uint32]) -> npt.NDArray[np.int64]:
    """Every eighth shingle hash by its value (FracMinHash, Irber et al. 2022), int64: found whole in partial copies."""
    mixed = hashes.astype(np.uint32) * np.uint32(0x9E3779B1)
    mixed ^= mixed >> np.uint32(15)
    sampled: npt.NDArray[np.int64] = hashes[mixed % _SAMPLE == 0].astype(np.int64)
    return sampled
