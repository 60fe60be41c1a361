"""Scripts that are written without spaces between words, and how many words a text of any script has."""

from __future__ import annotations

import re

__all__ = ["ALPHABETS", "IDEOGRAPHS", "count_words"]

IDEOGRAPHS = ((0x3041, 0x30FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x323AF))
"""Chinese and Japanese, first and last code points: a letter is a word or half of one."""
ALPHABETS = ((0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF))
"""Thai, Lao, Burmese, Khmer: about four letters, with their marks, are a word."""
_IDEOGRAPHS_A_WORD = 2
_LETTERS_A_WORD = 4
_NARROW_KANA = ((0xFF66, 0xFF9F),)


def _letters(ranges: tuple[tuple[int, int], ...]) -> str:
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges)


_IDEOGRAPH = re.compile(f"[{_letters(IDEOGRAPHS + _NARROW_KANA)}]")
_ALPHABET = re.compile(f"[{_letters(ALPHABETS)}]")


def count_words(text: str) -> int:
    """What stands between spaces; where a script has none, two ideographs or four letters count as a word."""
    rest, ideographs = _IDEOGRAPH.subn(" ", text)
    rest, letters = _ALPHABET.subn(" ", rest)
    if not ideographs and not letters:
        return len(text.split())
    spaced = sum(any(map(str.isalnum, piece)) for piece in rest.split())
    return spaced + ideographs // _IDEOGRAPHS_A_WORD + letters // _LETTERS_A_WORD
