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
    read_words,
)

__all__ = ["FACT_NAME", "FACT_NUMBER", "Words", "normalise", "words_of"]

FACT_NUMBER = 1
FACT_NAME = 2
_TABLE = 0x32400  # beyond stand private use and tags
_IDEOGRAPHS = ((0x3041, 0x30FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x323AF))
_ALPHABETS = (
    (0x0E00, 0x0EFF),
    (0x1000, 0x109F),
    (0x1780, 0x17FF),
)  # Thai, Lao, Burmese, Khmer: no spaces between words
_SKIPPED = (0x00AD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF)
_APOSTROPHES = {ord(mark): "'" for mark in "’‘ʼ`´＇"}
_DASHES = {ord(mark): "-" for mark in "‐‑"}
_UNIFIED = {**_APOSTROPHES, **_DASHES, ord("ß"): "ss", ord("ẞ"): "SS", ord("İ"): "I"}
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


def normalise(text: str) -> str:
    """Entities resolved, NFKC, one kind of apostrophe and hyphen; case and figures are left to the kernel."""
    if "&" in text:
        text = html.unescape(text)
    if text.isascii():
        return text
    # NFKC would make a space and an accent of the accent that some write for an apostrophe.
    return unicodedata.normalize("NFKC", text.translate(_UNIFIED))


def words_of(texts: Sequence[str]) -> Words:
    """The words of texts: case folded, `1,234.5` and `1 234,5` alike, no punctuation.

    A letter of a script written without spaces stands for itself (Chinese, Japanese) or with the three before it
    (Thai, Lao, Burmese, Khmer).
    """
    plain = [normalise(text) for text in texts]
    lengths = np.fromiter((len(text) for text in plain), dtype=np.int64, count=len(plain))
    points = np.frombuffer("".join(plain).encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    starts = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(lengths)))
    hashes, facts = np.empty(len(points), dtype=np.uint32), np.empty(len(points), dtype=np.uint8)
    offsets = np.zeros(len(plain) + 1, dtype=np.int64)
    classes, folded = _tables()
    read_words(points, starts, classes, folded, hashes, facts, offsets)
    return Words(hashes[: offsets[-1]].copy(), facts[: offsets[-1]].copy(), offsets)


@cache
def _tables() -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint32]]:
    """Class and folded form of every code point below `_TABLE`."""
    classes = np.zeros(_TABLE, dtype=np.uint8)
    folded = np.arange(_TABLE, dtype=np.uint32)
    letters = "".join(map(chr, range(0xD800))) + "?" * 0x800 + "".join(map(chr, range(0xE000, _TABLE)))
    for found in _WORDS.finditer(letters):
        classes[found.start() : found.end()] = CLASS_LETTER
    for point in range(0x20000):
        letter = chr(point)
        if letter.isdecimal():
            classes[point] = CLASS_DIGIT
            folded[point] = ord("0") + unicodedata.decimal(letter)
        elif unicodedata.category(letter) in ("Mn", "Mc"):
            classes[point] = CLASS_LETTER
        elif len(small := letter.casefold()) == 1 and small != letter:
            folded[point] = ord(small)
    for kind, ranges in ((CLASS_IDEOGRAPH, _IDEOGRAPHS), (CLASS_ALPHABET, _ALPHABETS)):
        for first, last in ranges:
            inside = classes[first : last + 1]
            inside[inside == CLASS_LETTER] = kind
    classes[list(_SKIPPED)] = CLASS_SKIPPED
    return classes, folded
