"""Whether one of very many words stands in some bytes, told in one pass over them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

__all__ = ["Needles"]

_END = 16
_FACTOR = np.uint64(0x9E3779B97F4A7C15)


class Needles:
    """Words to look for; what they cost once does not grow with the number of places that are looked at.

    A word is known by its last 16 bytes, because addresses of one source begin alike; what ends like one is compared.
    """

    def __init__(self, words: Iterable[bytes]) -> None:
        self._short: list[bytes] = []
        self._by_end: dict[int, list[bytes]] = defaultdict(list)
        for word in {word for word in words if word}:
            if len(word) < _END:
                self._short.append(word)
            else:
                self._by_end[int(_windows(word[-_END:])[0])].append(word)
        self._ends = np.array(sorted(self._by_end), dtype=np.uint64)

    def __bool__(self) -> bool:
        return bool(self._short or self._by_end)

    def are_in(self, data: bytes) -> bool:
        """Whether at least one of the words is in the bytes."""
        if any(word in data for word in self._short):
            return True
        windows = _windows(data)
        for at in np.flatnonzero(np.isin(windows, self._ends)).tolist():
            if any(data.endswith(word, 0, at + _END) for word in self._by_end[int(windows[at])]):
                return True
        return False


def _windows(data: bytes) -> npt.NDArray[np.uint64]:
    """A number for each 16 bytes that follow each other."""
    octets = np.frombuffer(data, dtype=np.uint8).astype(np.uint64)
    count = len(octets) - _END + 1
    if count <= 0:
        return np.empty(0, dtype=np.uint64)
    eight = np.zeros(len(octets) - 7, dtype=np.uint64)
    for place in range(8):
        eight |= octets[place : place + len(eight)] << np.uint64(8 * place)
    return eight[:count] * _FACTOR ^ eight[8 : 8 + count]
