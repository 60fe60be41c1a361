"""Texts as arrays of word hashes: one normalisation for sketches and for comparing, in bulk and in any script."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from pipeline.dedup.kernels import (
    CLASS_ALPHABET,
    CLASS_DIGIT,
    CLASS_IDEOGRAPH,
    CLASS_LETTER,
    CLASS_SKIPPED,
    needing,
    read_words,
)
from pipeline.scripts import ALPHABETS, IDEOGRAPHS

__all__ = ["FACT_NAME", "FACT_NUMBER", "Words", "words_of"]

FACT_NUMBER = 1
FACT_NAME = 2
_TABLE = 0x32400  # beyond stand private use and tags
_COMPOSING = ((0x1100, 0x11FF), (0xFF66, 0xFF9F))  # parts of Hangul syllables, narrow kana with their marks
_SKIPPED = (0x00AD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF)
_SAME = {**dict.fromkeys("’‘ʼ´＇`", "'"), **dict.fromkeys("‐‑", "-"), "…": ".", "İ": "i", "ẞ": "ß"}
_WORDS = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """Words of texts, one text after the other.

    hashes: uint32 (words,). facts: uint8 (words,), bits `FACT_NUMBER` and `FACT_NAME` (a capital inside a sentence).
    offsets: int64 (texts + 1,).
    """

    hashes: npt.NDArray[np.uint32]
    facts: npt.NDArray[np.uint8]
    offsets: npt.NDArray[np.int64]


def words_of(texts: Sequence[str]) -> Words:
    """The words of texts: NFKC, case folded, entities resolved, `1,234.5` and `1 234,5` alike, no punctuation.

    A letter of a script written without spaces stands for itself (Chinese, Japanese) or with the three before it
    (Thai, Lao, Burmese, Khmer).
    """
    plain = [html.unescape(text) if "&" in text else text for text in texts]
    classes, folded, composed = _tables()
    points, starts = _points(plain)
    several = np.zeros(len(plain), dtype=np.bool_)
    needing(points, starts, composed, several)
    if several.any():
        for number in np.flatnonzero(several):
            # NFKC would make a space and an accent of the accent that some write for an apostrophe.
            plain[number] = unicodedata.normalize("NFKC", plain[number].replace("´", "'"))
        points, starts = _points(plain)
    hashes, facts = np.empty(len(points), dtype=np.uint32), np.empty(len(points), dtype=np.uint8)
    offsets = np.zeros(len(plain) + 1, dtype=np.int64)
    read_words(points, starts, classes, folded, hashes, facts, offsets)
    return Words(hashes[: offsets[-1]].copy(), facts[: offsets[-1]].copy(), offsets)


def _points(texts: Sequence[str]) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.int64]]:
    """Code points of all texts, one after the other, and where each text starts."""
    starts = np.zeros(len(texts) + 1, dtype=np.int64)
    np.cumsum([len(text) for text in texts], out=starts[1:])
    return np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), dtype=np.uint32), starts


@cache
def _tables() -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint32], npt.NDArray[np.bool_]]:
    """Class and folded form of every code point below `_TABLE`, and whether its NFKC form depends on its neighbours.

    Where it does not, and is one letter, the folded form is that of the NFKC form.
    """
    composed = np.zeros(_TABLE, dtype=np.bool_)
    classes = np.zeros(_TABLE, dtype=np.uint8)
    folded = np.arange(_TABLE, dtype=np.uint32)
    letters = "".join(map(chr, range(0xD800))) + "?" * 0x800 + "".join(map(chr, range(0xE000, _TABLE)))
    for found in _WORDS.finditer(letters):
        classes[found.start() : found.end()] = CLASS_LETTER
    marks = [point for point in range(0x300, 0x20000) if unicodedata.category(chr(point)) in ("Mn", "Mc")]
    classes[marks] = CLASS_LETTER
    composed[marks] = True
    for kind, ranges in ((CLASS_IDEOGRAPH, IDEOGRAPHS), (CLASS_ALPHABET, ALPHABETS)):
        for first, last in ranges:
            inside = classes[first : last + 1]
            inside[inside == CLASS_LETTER] = kind
    for point in range(0x20000):
        letter = chr(point)
        plain = _SAME.get(letter) or unicodedata.normalize("NFKC", letter)
        composed[point] |= len(plain) != 1 or any(first <= point <= last for first, last in _COMPOSING)
        if not composed[point]:
            classes[point] = CLASS_DIGIT if plain.isdecimal() else classes[ord(plain)]
            folded[point] = _folded(plain)
    classes[list(_SKIPPED)] = CLASS_SKIPPED
    return classes, folded, composed


def _folded(letter: str) -> int:
    if letter.isdecimal():
        return ord("0") + unicodedata.decimal(letter)
    small = letter.casefold()
    return ord(small if len(small) == 1 else letter)
