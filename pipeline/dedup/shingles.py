"""Texts for comparing: words after Unicode normalisation, and the shingles made of them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import xxhash

__all__ = ["SHINGLE", "shingle_hashes", "shingle_set", "words_of"]

SHINGLE = "w5-xxh32-v1"
"""Name of the sketch's shingle: 5 words joined by a space, UTF-8, xxh32 with seed 0, after `words_of`."""

_WORDS = 5
# Letters of scripts written without spaces stand for themselves; everything else is a run of word characters.
_UNSPACED = r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W{_UNSPACED}_]+(?:['’.][^\W{_UNSPACED}_]+)*", re.UNICODE)
_THOUSANDS = re.compile(r"(?<=\d)[,\u00a0\u202f' ](?=\d{3}(?!\d))")
_DECIMAL_COMMA = re.compile(r"(?<=\d),(?=\d{1,2}(?!\d))")
_QUOTES = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "`": "'", "´": "'"})


def words_of(text: str) -> list[str]:
    """Words for comparing: NFKC, case folded, quotes unified, `1,234.5` and `1 234,5` alike, no punctuation."""
    folded = unicodedata.normalize("NFKC", text).casefold().translate(_QUOTES)
    folded = _DECIMAL_COMMA.sub(".", _THOUSANDS.sub("", folded))
    return _WORD.findall(folded)


def shingle_set(words: Sequence[str], size: int) -> set[tuple[str, ...]]:
    """Distinct runs of `size` words; a shorter text is one shingle."""
    if len(words) < size:
        return {tuple(words)} if words else set()
    return set(zip(*(words[start:] for start in range(size)), strict=False))


def shingle_hashes(words: Sequence[str]) -> npt.NDArray[np.uint32]:
    """Distinct hashes of the sketch's shingles, sorted; uint32 (n,)."""
    grams = shingle_set(words, _WORDS)
    hashes = (xxhash.xxh32_intdigest(" ".join(gram).encode()) for gram in grams)
    return np.unique(np.fromiter(hashes, dtype=np.uint32, count=len(grams)))
