"""Compiled loops that read and sketch texts; what they mean stands where they are called."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np

__all__ = [
    "CLASS_ALPHABET",
    "CLASS_DIGIT",
    "CLASS_IDEOGRAPH",
    "CLASS_LETTER",
    "CLASS_SKIPPED",
    "compiled",
    "min_hashes",
    "needing",
    "read_words",
    "shingles",
]

CLASS_LETTER = 1
CLASS_DIGIT = 2
CLASS_IDEOGRAPH = 3
CLASS_ALPHABET = 4
CLASS_SKIPPED = 5
_PRIME = np.uint64(0x9E3779B97F4A7C15)
_OTHER = np.uint64(0xD6E8FEB86659FD93)
_HALF = np.uint64(32)
_SPACE, _QUOTE, _COMMA, _HYPHEN, _STOP, _GREATER = 32, 39, 44, 45, 46, 62
_S, _SHARP = 115, 223  # ß is folded to ss
_NEWLINE, _RETURN, _TAB, _ASK, _SHOUT, _COLON, _DOUBLE = 10, 13, 9, 63, 33, 58, 34


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function as machine code, made at its first call and kept beside the module or in the user's cache."""
    try:
        made: Callable[..., Any] = numba.njit(nogil=True, cache=True)(function)
    except RuntimeError:  # no folder may be written to: it is made again in every process
        made = numba.njit(nogil=True)(function)
    return made


@compiled
def _mix(state, value):
    state = (state ^ np.uint64(value)) * _PRIME
    return state ^ (state >> _HALF)


@compiled
def _class(points, at, end, classes):
    if at >= end:
        return 0
    point = points[at]
    return classes[point] if point < classes.shape[0] else 0


@compiled
def _plain(points, at, folded):
    """A mark in its plain form: straight apostrophe, simple hyphen, space."""
    point = points[at]
    return folded[point] if point < folded.shape[0] else point


@compiled
def _group(points, at, end, classes):
    """Whether exactly three digits stand here."""
    for ahead in range(3):
        if _class(points, at + ahead, end, classes) != CLASS_DIGIT:
            return False
    return _class(points, at + 3, end, classes) != CLASS_DIGIT


@compiled
def _number(points, at, end, classes, folded):
    """(hash, end) of the number that starts here; thousands are joined, a decimal comma is a point."""
    state, digits = np.uint64(7), 0
    while at < end:
        kind = _class(points, at, end, classes)
        if kind == CLASS_DIGIT:
            state = _mix(state, folded[points[at]])
            digits += 1
            at += 1
            continue
        point = _plain(points, at, folded)
        separator = point == _COMMA or point == _STOP
        if (separator or point == _SPACE or point == _QUOTE) and digits <= 3 and _group(points, at + 1, end, classes):
            at += 1
            digits = 0
        elif separator and _class(points, at + 1, end, classes) == CLASS_DIGIT:
            state = _mix(state, _STOP)
            at += 1
            digits = 9
        else:
            break
    return state, at


@compiled
def _line_end(points, at, end, folded):
    """Place after a hyphen that ends a line, its line break and quote marks; 0 where it ends none."""
    seen = False
    at += 1
    while at < end:
        point = _plain(points, at, folded)
        if point == _NEWLINE:
            seen = True
        elif point not in (_SPACE, _RETURN, _TAB, _GREATER):
            break
        at += 1
    return at if seen else 0


@compiled
def _letters(points, at, end, classes, folded):
    """(hash, end) of the word that starts here; apostrophes, points of acronyms and divided lines do not part it."""
    state, run = np.uint64(11), 0
    while at < end:
        kind = _class(points, at, end, classes)
        if kind in (CLASS_LETTER, CLASS_DIGIT):
            point = folded[points[at]]
            if point == _SHARP:
                state = _mix(state, _S)
                point = _S
            state = _mix(state, point)
            run += 1
            at += 1
            continue
        point = _plain(points, at, folded)
        follows = _class(points, at + 1, end, classes)
        if kind == CLASS_SKIPPED or (point == _QUOTE and follows == CLASS_LETTER):
            at += 1
        elif (
            point == _STOP
            and run == 1
            and follows == CLASS_LETTER
            and (_class(points, at + 2, end, classes) != CLASS_LETTER)
        ):
            at += 1
            run = 0
        elif point == _HYPHEN:
            ahead = _line_end(points, at, end, folded)
            if ahead == 0 or _class(points, ahead, end, classes) != CLASS_LETTER:
                break
            at = ahead
        else:
            break
    return state, at


@compiled
def needing(points, starts, composed, out):
    """Which texts have a code point of the table."""
    for text in range(starts.shape[0] - 1):
        for at in range(starts[text], starts[text + 1]):
            if points[at] >= 0x80 and points[at] < composed.shape[0] and composed[points[at]]:
                out[text] = True
                break


@compiled
def read_words(points, starts, classes, folded, hashes, facts, offsets):
    """Words of every text, into `hashes` and `facts`, and where each text's begin; see `pipeline.dedup.words`."""
    count = 0
    for text in range(starts.shape[0] - 1):
        at, end = starts[text], starts[text + 1]
        first, names, fresh = count, 0, True
        while at < end:
            kind = _class(points, at, end, classes)
            if kind == 0 or kind == CLASS_SKIPPED:
                point = _plain(points, at, folded)
                if point in (_STOP, _ASK, _SHOUT, _NEWLINE, _COLON, _DOUBLE):
                    fresh = True
                at += 1
                continue
            fact = 0
            if kind == CLASS_LETTER:
                if folded[points[at]] != points[at] and not fresh:
                    fact = 2
                    names += 1
                state, at = _letters(points, at, end, classes, folded)
            elif kind == CLASS_DIGIT:
                fact = 1
                state, at = _number(points, at, end, classes, folded)
            else:
                state = np.uint64(13)
                back = at if kind == CLASS_IDEOGRAPH else max(starts[text], at - 3)
                while back <= at:
                    if _class(points, back, end, classes) == kind:
                        state = _mix(state, folded[points[back]])
                    back += 1
                at += 1
            hashes[count] = np.uint32((state * _OTHER) >> _HALF)
            facts[count] = fact
            fresh = False
            count += 1
        if 2 * names > count - first:  # all in capitals
            for place in range(first, count):
                facts[place] &= 1
        offsets[text + 1] = count


@compiled
def shingles(words, offsets, size, hashes, starts):
    """Hash of every run of `size` words, uint32; a shorter text is one shingle, an empty one has none."""
    count = 0
    for text in range(offsets.shape[0] - 1):
        first, last = offsets[text], offsets[text + 1]
        length = min(size, last - first)
        if length > 0:
            for at in range(first, last - length + 1):
                state = np.uint64(length)
                for place in range(at, at + length):
                    state = (state ^ np.uint64(words[place])) * _PRIME
                    state ^= state >> np.uint64(29)
                hashes[count] = np.uint32((state * _OTHER) >> _HALF)
                count += 1
        starts[text + 1] = count


@compiled
def min_hashes(hashes, starts, a, b, out):
    """MinHash as datasketch's affine32 has it: hashes are finalised, then the least of a*x + b kept for each a, b."""
    for text in range(starts.shape[0] - 1):
        mixed = hashes[starts[text] : starts[text + 1]].copy()
        for at in range(mixed.shape[0]):
            x = mixed[at]
            x ^= x >> np.uint32(16)
            x = np.uint32(x * np.uint32(0x85EBCA6B))
            x ^= x >> np.uint32(13)
            x = np.uint32(x * np.uint32(0xC2B2AE35))
            mixed[at] = x ^ (x >> np.uint32(16))
        for row in range(a.shape[0]):
            least, factor, shift = np.uint32(0xFFFFFFFF), a[row], b[row]
            for at in range(mixed.shape[0]):
                least = min(least, np.uint32(factor * mixed[at] + shift))
            out[text, row] = least
