"""Signatures measured against peers: text in, a matrix of 128 values a text out, all that lies between included."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from pipeline.dedup.signatures import shingle_hashes, signatures
from pipeline.dedup.words import words_of
from pipeline.demo.world import build_world

__all__ = ["of_datasketch", "of_gaoya", "of_rensa", "signed", "texts_to_sign"]

_WORD = re.compile(r"\w+")


def texts_to_sign(count: int = 600) -> list[str]:
    """Articles of 400 words or so, with curly quotes, dashes and names that are not ASCII."""
    rows = [str(row["text"]) for row in build_world(pages=count).truth() if row["kind"] == "article"]
    return ["\n\n".join(rows[at : at + 2]) for at in range(0, len(rows) - 1, 2)][:count]


def signed(texts: list[str]) -> Callable[[], object]:
    """Words, shingles and signatures in compiled loops."""
    return lambda: signatures(*shingle_hashes(words_of(texts)))


def of_datasketch(texts: list[str]) -> Callable[[], object]:
    """`MinHash.bulk` with its default hash."""
    from datasketch import MinHash

    return lambda: MinHash.bulk([[gram.encode() for gram in _grams(text)] for text in texts], num_perm=128)


def of_rensa(texts: list[str]) -> Callable[[], object]:
    """The matrix of R-MinHash over the same shingles; it has none of its own."""
    from rensa import RMinHash

    return lambda: RMinHash.digest_matrix_from_token_sets([_grams(text) for text in texts], 128, 1)


def of_gaoya(texts: list[str]) -> Callable[[], object]:
    """`insert_document`, which makes words, shingles and signature, and stores them too."""
    from gaoya.minhash import MinHashStringIndex

    def insert() -> None:
        index = MinHashStringIndex(32, 0.5, 16, 8, 128, "word", lowercase=True, ngram_range=(5, 5))
        for number, text in enumerate(texts):
            index.insert_document(number, text)

    return insert


def _grams(text: str) -> list[str]:
    words = _WORD.findall(unicodedata.normalize("NFKC", text).casefold())
    return [" ".join(words[start : start + 5]) for start in range(max(1, len(words) - 4))]
