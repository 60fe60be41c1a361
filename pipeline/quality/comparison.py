"""Two texts side by side: what one took from the other, what it dropped, what is new in it.

A word counts as shared when it stands in a run of six or more words that the other text has too, wherever that is: a
passage that only moved is neither dropped nor new. Between paragraphs that belong together runs of three are enough.
All steps are linear in the texts, but for the sorting of paragraphs.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

__all__ = ["Comparison", "Match", "Paragraph", "Passage", "Row", "compare_texts"]

_RUN, _FAR_RUN = 3, 6
_ALIKE = 3  # paragraphs belong together when they share one word in so many of the shorter one
_PLACES = 8  # of a run of three words in the other text that are tried; more would go quadratic on "ha ha ha"
# Letters of scripts written without spaces stand for themselves.
_UNSPACED = r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_PIECE = re.compile(rf"[{_UNSPACED}]|[^\s{_UNSPACED}]+")
_LINE = re.compile(r"[^\n]*\S[^\n]*")
_NOT_ALPHANUMERIC = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Passage:
    """Words in a row that the other text has as well, or has not."""

    text: str
    shared: bool


Paragraph = tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """Paragraphs that belong beside each other; a side may be empty."""

    old: tuple[Paragraph, ...]
    new: tuple[Paragraph, ...]

    @property
    def alike(self) -> bool:
        """Whether nothing was dropped, nothing is new, and both sides have it."""
        both = (*self.old, *self.new)
        return bool(self.old and self.new) and all(passage.shared for paragraph in both for passage in paragraph)


@dataclass(frozen=True, slots=True)
class Match:
    """A run of equal words; places are characters in the two texts, ends exclusive."""

    old_start: int
    old_end: int
    new_start: int
    new_end: int
    words: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two texts share. Of the words counted, `same_words` stand in both, told of the new text."""

    rows: tuple[Row, ...]
    matches: tuple[Match, ...]
    same_words: int
    dropped_words: int
    new_words: int


@dataclass(slots=True)
class _Words:
    """The words of a text: keys for comparing, places in the text, the paragraph of each; first word of paragraphs."""

    text: str
    keys: list[str] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    paragraph: list[int] = field(default_factory=list)
    first: list[int] = field(default_factory=list)

    def grams(self) -> Iterable[tuple[str, ...]]:
        """Word 3-shingles in order; a shorter text has one."""
        if len(self.keys) < _RUN:
            return [tuple(self.keys)] if self.keys else []
        return zip(self.keys, self.keys[1:], self.keys[2:], strict=False)


def compare_texts(old: str, new: str) -> Comparison:
    """Compare a text with the one it is measured by."""
    a, b = _words(old), _words(new)
    matches = _matches(a, b)
    chain = _chain(a, b, matches)
    together = set(chain)
    kept = [one for one in matches if one[2] >= _FAR_RUN or (a.paragraph[one[0]], b.paragraph[one[1]]) in together]
    shared_a = _shared(len(a.keys), ((at, size) for at, _, size in kept))
    shared_b = _shared(len(b.keys), ((there, size) for _, there, size in kept))
    return Comparison(
        rows=tuple(_rows(chain, _paragraphs(a, shared_a), _paragraphs(b, shared_b))),
        matches=tuple(
            Match(a.starts[at], a.ends[at + size - 1], b.starts[there], b.ends[there + size - 1], size)
            for at, there, size in kept
        ),
        same_words=sum(shared_b),
        dropped_words=len(a.keys) - sum(shared_a),
        new_words=len(b.keys) - sum(shared_b),
    )


def _words(text: str) -> _Words:
    found = _Words(text)
    for line in _LINE.finditer(text):
        number, first = len(found.first), len(found.keys)
        for piece in _PIECE.finditer(text, line.start(), line.end()):
            key = _NOT_ALPHANUMERIC.sub("", unicodedata.normalize("NFKC", piece[0]).casefold())
            if key:
                found.keys.append(key)
                found.starts.append(piece.start())
                found.ends.append(piece.end())
                found.paragraph.append(number)
        if len(found.keys) > first:
            found.first.append(first)
    return found


def _shared(words: int, runs: Iterable[tuple[int, int]]) -> list[bool]:
    shared = [False] * words
    for start, size in runs:
        shared[start : start + size] = [True] * size
    return shared


def _matches(a: _Words, b: _Words) -> list[tuple[int, int, int]]:
    """Runs of equal words as (first word in a, first word in b, words), in order of a, apart from each other in a."""
    places: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for start, gram in enumerate(b.grams()):
        if len(places[gram]) < _PLACES:
            places[gram].append(start)
    found: list[tuple[int, int, int]] = []
    free = expected = 0
    for start, gram in enumerate(a.grams()):
        if start < free or gram not in places:
            continue
        runs = [(_length(a.keys, b.keys, start, there), there) for there in places[gram]]
        # Of equally long ones the one that goes on where the last one ended.
        size, there = max(runs, key=lambda run: (run[0], run[1] >= expected, -run[1]))
        back = _length_before(a.keys, b.keys, start, there) if size >= _FAR_RUN else 0
        while back and found and sum(found[-1][::2]) > start - back:  # words that a short run took by chance
            at, former, _ = found.pop()
            if at < start - back:
                found.append((at, former, start - back - at))
        found.append((start - back, there - back, size + back))
        free, expected = start + size, there + size
    return [_trimmed(a, b, *run) for run in found]


def _trimmed(a: _Words, b: _Words, at: int, there: int, size: int) -> tuple[int, int, int]:
    """A run without the one or two words by which it reaches into a paragraph by chance, such as a "The"."""
    for step in range(1, min(_RUN, size)):
        if _breaks(a, at + step) or _breaks(b, there + step):
            if not (_breaks(a, at) or _breaks(b, there)):
                at, there, size = at + step, there + step, size - step
            break
    for step in range(1, min(_RUN, size)):
        if _breaks(a, at + size - step) or _breaks(b, there + size - step):
            if not (_breaks(a, at + size) or _breaks(b, there + size)):
                size -= step
            break
    return at, there, size


def _breaks(words: _Words, at: int) -> bool:
    """Whether a paragraph begins before this word, or the text has ended."""
    return at in (0, len(words.keys)) or words.paragraph[at] != words.paragraph[at - 1]


def _length(a: Sequence[str], b: Sequence[str], at: int, there: int) -> int:
    size, most = 0, min(len(a) - at, len(b) - there)
    while size < most and a[at + size] == b[there + size]:
        size += 1
    return size


def _length_before(a: Sequence[str], b: Sequence[str], at: int, there: int) -> int:
    size, most = 0, min(at, there, _FAR_RUN - 1)
    while size < most and a[at - size - 1] == b[there - size - 1]:
        size += 1
    return size


def _chain(a: _Words, b: _Words, matches: Iterable[tuple[int, int, int]]) -> list[tuple[int, int]]:
    """Pairs of paragraphs that belong together, those that share most words while keeping the order of both texts."""
    weights = Counter(
        (a.paragraph[at + step], b.paragraph[there + step]) for at, there, size in matches for step in range(size)
    )
    sizes_a, sizes_b = Counter(a.paragraph), Counter(b.paragraph)
    best_a, best_b = dict[int, tuple[int, int]](), dict[int, tuple[int, int]]()
    for pair in sorted(weights, key=lambda pair: (-weights[pair], pair)):
        if _ALIKE * weights[pair] >= min(sizes_a[pair[0]], sizes_b[pair[1]]):
            best_a.setdefault(pair[0], pair)
            best_b.setdefault(pair[1], pair)
    return _heaviest_rising(sorted({*best_a.values(), *best_b.values()}), weights)


def _heaviest_rising(pairs: Sequence[tuple[int, int]], weights: Mapping[tuple[int, int], int]) -> list[tuple[int, int]]:
    """Of pairs in order of their first number, the heaviest selection in which the second never falls."""
    most = max((value for _, value in pairs), default=0) + 1
    tree: list[tuple[int, int]] = [(0, -1)] * (
        most + 1
    )  # a Fenwick tree: (weight, last pair) of selections up to a value
    before: list[int] = []
    for number, (one, value) in enumerate(pairs):
        best, place = (0, -1), value + 1
        while place > 0:
            best, place = max(best, tree[place]), place - (place & -place)
        before.append(best[1])
        mine, place = (best[0] + weights[one, value], number), value + 1
        while place <= most:
            tree[place], place = max(tree[place], mine), place + (place & -place)
    number, chosen = max(tree)[1] if pairs else -1, []
    while number >= 0:
        chosen.append(pairs[number])
        number = before[number]
    return chosen[::-1]


def _paragraphs(words: _Words, shared: Sequence[bool]) -> list[Paragraph]:
    """The paragraphs that have words, cut where being shared begins or ends."""
    found = []
    for first, end in zip(words.first, (*words.first[1:], len(words.keys)), strict=False):
        cuts = [first, *(at for at in range(first + 1, end) if shared[at] != shared[at - 1]), end]
        found.append(
            tuple(
                Passage(_slice(words, start, stop, last=stop == end), shared[start]) for start, stop in pairwise(cuts)
            )
        )
    return found


def _slice(words: _Words, start: int, stop: int, *, last: bool) -> str:
    """The text of some words, up to the next one; of a paragraph's last words, up to the end of the line."""
    if not last:
        return words.text[words.starts[start] : words.starts[stop]]
    line_end = words.text.find("\n", words.ends[stop - 1])
    return words.text[words.starts[start] : None if line_end < 0 else line_end].rstrip()


def _rows(chain: Sequence[tuple[int, int]], old: Sequence[Paragraph], new: Sequence[Paragraph]) -> Iterable[Row]:
    """Paragraphs that the chain ties stand in one row; those between two ties in a row of their own."""
    old_end = new_end = 0
    at = 0
    while at < len(chain):
        first = last = chain[at]
        while at + 1 < len(chain) and (chain[at + 1][0] == last[0] or chain[at + 1][1] == last[1]):
            at += 1
            last = chain[at]
        yield from _gap(old[old_end : first[0]], new[new_end : first[1]])
        old_end, new_end = last[0] + 1, last[1] + 1
        yield Row(tuple(old[first[0] : old_end]), tuple(new[first[1] : new_end]))
        at += 1
    yield from _gap(old[old_end:], new[new_end:])


def _gap(old: Sequence[Paragraph], new: Sequence[Paragraph]) -> Iterable[Row]:
    if old or new:
        yield Row(tuple(old), tuple(new))
