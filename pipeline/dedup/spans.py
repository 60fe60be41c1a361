"""Where in a text the passages stand that another text has too."""

from __future__ import annotations

import re

from pipeline.dedup.texts import Text, tokens_of
from pipeline.dedup.verify import matched_in
from pipeline.dedup.words import words_of

__all__ = ["matched_spans"]

_WORD = re.compile(r"\S+")


def matched_spans(text: str, other: str) -> list[tuple[int, int]]:
    """Half-open ranges of characters of `text` whose words stand in `other` in runs of at least five words."""
    found = list(_WORD.finditer(text))
    words = words_of([one.group() for one in found])
    mask = matched_in(tokens_of(words.hashes, words.facts), Text("", other).tokens)
    spans: list[tuple[int, int]] = []
    gap = True
    for number, one in enumerate(found):
        inside = mask[words.offsets[number] : words.offsets[number + 1]]
        if not len(inside):  # a dash or the like belongs to what is before it
            continue
        if not inside.all():
            gap = True
        elif gap:
            spans.append(one.span())
            gap = False
        else:
            spans[-1] = (spans[-1][0], one.end())
    return spans
