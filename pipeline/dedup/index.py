"""The candidate index: which texts share sampled shingles. Derived from the corpus, rebuildable, kept in LMDB."""

from __future__ import annotations

import hashlib
import struct
import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import lmdb
import numpy as np
import numpy.typing as npt

from pipeline.dedup.keys import led_to
from pipeline.dedup.signatures import SHINGLE
from pipeline.dedup.sketches import (
    KEY_CAP,
    MIN_KEYS,
    NUMBERS,
    SAMPLE,
    Sizes,
    Sketch,
    alike,
    owned,
    summed,
    worth_comparing,
)
from pipeline.errors import StoreError

__all__ = ["CandidateIndex"]

_FORMAT = f"4/{SHINGLE}/{SAMPLE}/{KEY_CAP}"
_MAP_SIZE = 1 << 40  # bytes of addresses, not of disk: the file grows as it is filled
_NUMBER = struct.Struct("=I")
_LOW_BITS = 9
"""Bits of a key that stand beside the text's number; those above name the bucket, in which entries need no header."""
_POSTING = struct.Struct("=Q")
_HIT = np.dtype([("bucket", np.uint32), ("posting", np.uint64)])
_HALF = np.uint64(32)
_GROUP = 256
"""Texts that are looked up at once."""
_SLICE = 1 << 18
"""Keys that are looked up at once before they are added."""
_TEXT = np.dtype([("shingles", np.uint32), ("keys", np.uint32), ("numbers", np.uint32, (NUMBERS,))])
"""What is kept of a text before its id."""


class CandidateIndex:
    """Keys of texts in an LMDB folder (without a path: a temporary one), stamped with the corpus state they describe.

    A lookup costs by what is looked up, not by what is stored. Every update is one transaction: after a crash the
    index is at its last stamp, or is seen to be of another one and built again.

    Raises:
        StoreError: the folder cannot be opened or is broken.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._scratch = tempfile.TemporaryDirectory(prefix="copydesk-index-") if path is None else None
        folder = Path(self._scratch.name) if self._scratch else path
        assert folder is not None
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._env = lmdb.open(
                str(folder), map_size=_MAP_SIZE, max_dbs=4, sync=path is not None, readahead=False, max_readers=16
            )
            self._keys = self._env.open_db(
                b"keys", integerkey=True, dupsort=True, dupfixed=True, integerdup=True, create=True
            )
            self._texts = self._env.open_db(b"texts", integerkey=True)
            self._numbers = self._env.open_db(b"numbers")
            self._state = self._env.open_db(b"state")
        except (lmdb.Error, OSError) as error:
            raise StoreError(f"candidate index {path}: {error}; remove the folder, it is built again") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    @property
    def stamp(self) -> str | None:
        """Stamp of the corpus version that the index describes; None for an empty one or another format."""
        with self._broken(), self._env.begin(db=self._state) as reading:
            if reading.get(b"format") != _FORMAT.encode():
                return None
            stamp = reading.get(b"stamp")
            return None if stamp is None else bytes(stamp).decode()

    def clear(self) -> None:
        """Forget everything."""
        with self._broken(), self._env.begin(write=True) as writing:
            for database in (self._keys, self._texts, self._numbers, self._state):
                writing.drop(database, delete=False)

    def update(self, added: Mapping[str, Sketch], removed: Iterable[str], *, stamp: str) -> None:
        """Replace texts in one transaction that also moves the stamp; a key leads to those that were added first.

        A replaced text leaves its keys behind under a number that nothing has any more; lookups pass over them, and a
        key that has no room loses them.
        """
        try:
            with self._env.begin(write=True) as writing:
                for name in sorted({*removed, *added}):
                    former = writing.pop(_digest(name), db=self._numbers)
                    if former is not None:
                        writing.delete(bytes(former), db=self._texts)
                number = _NUMBER.unpack(writing.get(b"next", _NUMBER.pack(0), db=self._state))[0]
                first = number
                for name, sketch in added.items():
                    place = _NUMBER.pack(number)
                    writing.put(_digest(name), place, db=self._numbers)
                    writing.put(place, _row(sketch) + name.encode("utf-8", "surrogatepass"), db=self._texts)
                    number += 1
                self._put_keys(writing, [sketch.keys for sketch in added.values()], first)
                for key, value in (
                    (b"next", _NUMBER.pack(number)),
                    (b"format", _FORMAT.encode()),
                    (b"stamp", stamp.encode()),
                ):
                    writing.put(key, value, db=self._state)
        except lmdb.Error as error:
            raise StoreError(
                f"candidate index {self._env.path()}: {error}; free space, or remove the folder"
            ) from error

    def _put_keys(self, writing: lmdb.Transaction, keys: list[npt.NDArray[np.uint32]], number: int) -> None:
        """Keys of texts that have the numbers from this one on. What a key has too many of is left out."""
        found, texts = owned(keys)
        if not len(found):
            return
        _, starts, places = np.unique(found, return_index=True, return_inverse=True)
        before = np.arange(len(found)) - starts[places]  # of the same key
        for start in range(0, len(found), _SLICE):
            some = slice(start, start + _SLICE)
            known = self._living(writing, self._hits(writing, found[some]))
            before[some] += np.searchsorted(known, found[some], "right") - np.searchsorted(known, found[some])
        fitting = before < KEY_CAP
        buckets, low = found[fitting] >> np.uint32(_LOW_BITS), found[fitting] & np.uint32((1 << _LOW_BITS) - 1)
        postings = (low.astype(np.uint64) << _HALF) | (texts[fitting] + np.uint32(number)).astype(np.uint64)
        with writing.cursor(db=self._keys) as cursor:
            cursor.putmulti(zip(_split(buckets.tobytes(), _NUMBER), _split(postings.tobytes(), _POSTING), strict=True))

    def _living(self, writing: lmdb.Transaction, hits: npt.NDArray[np.void]) -> npt.NDArray[np.uint32]:
        """Keys of postings, without those that led to texts that were replaced where a key has no room for more."""
        keys = (hits["bucket"] << np.uint32(_LOW_BITS)) | (hits["posting"] >> _HALF).astype(np.uint32)
        if not len(keys):
            return keys
        starts = np.flatnonzero(np.append(True, keys[1:] != keys[:-1]))
        counts = np.diff(np.append(starts, len(keys)))
        full = np.flatnonzero(np.repeat(counts >= KEY_CAP, counts))
        numbers, owners = np.unique(hits["posting"][full].astype(np.uint32), return_inverse=True)
        gone = [writing.get(number, db=self._texts) is None for number in _split(numbers.tobytes(), _NUMBER)]
        dead = full[np.array(gone, dtype=np.bool_)[owners]]
        for bucket, posting in hits[dead].tolist():
            writing.delete(_NUMBER.pack(bucket), _POSTING.pack(posting), db=self._keys)
        return np.delete(keys, dead)

    def candidates(self, sketches: Mapping[str, Sketch], but: Collection[str] = ()) -> set[tuple[str, str]]:
        """Pairs (a < b) of the given texts with others that the index holds, `but` for some of those."""
        found: set[tuple[str, str]] = set()
        names = list(sketches)
        with self._broken(), self._env.begin() as reading:
            for start in range(0, len(names), _GROUP):
                some = names[start : start + _GROUP]
                found.update(self._led_to(reading, some, [sketches[name] for name in some], but))
        return found

    def _led_to(
        self, reading: lmdb.Transaction, names: Sequence[str], sketches: Sequence[Sketch], but: Collection[str]
    ) -> Iterator[tuple[str, str]]:
        keys, owners = owned([sketch.keys for sketch in sketches])
        hits = self._hits(reading, keys)
        asked = hits["bucket"], hits["posting"], _LOW_BITS, keys, owners
        count = led_to(*asked, np.empty(0, dtype=np.uint64), np.empty(0, dtype=np.int64))
        if not count:
            return
        pairs, weights = np.empty(count, dtype=np.uint64), np.empty(count, dtype=np.int64)
        led_to(*asked, pairs, weights)
        pairs, weights = summed(pairs, weights)
        several = weights & 0xFFFF >= MIN_KEYS
        pairs, weights = pairs[several], weights[several]
        numbers, places = np.unique(pairs.astype(np.uint32), return_inverse=True)
        texts = [reading.get(number, db=self._texts) for number in _split(numbers.tobytes(), _NUMBER)]
        rows = b"".join([bytes(_TEXT.itemsize) if text is None else text[: _TEXT.itemsize] for text in texts])
        known = np.frombuffer(rows + b"".join(map(_row, sketches)), dtype=_TEXT)
        sizes = Sizes(known["shingles"], known["keys"], known["numbers"])
        mine, theirs = (pairs >> _HALF).astype(np.int64), places.astype(np.int64)
        chosen = np.flatnonzero(alike(sizes, mine + len(texts), theirs, weights))
        others = {at: _name(text) for at in np.unique(theirs[chosen]).tolist() if (text := texts[at]) is not None}
        there = [
            at in others and others[at] not in but and others[at] != names[one]
            for one, at in zip(mine[chosen].tolist(), theirs[chosen].tolist(), strict=True)
        ]  # a text that was replaced leaves its keys behind
        chosen = chosen[np.array(there, dtype=np.bool_)]
        chosen = chosen[worth_comparing(sizes, theirs[chosen], mine[chosen] + len(texts), weights[chosen])]
        for one, at in zip(mine[chosen].tolist(), theirs[chosen].tolist(), strict=True):
            yield min(names[one], others[at]), max(names[one], others[at])

    def _hits(self, reading: lmdb.Transaction, keys: npt.NDArray[np.uint32]) -> npt.NDArray[np.void]:
        """Postings in the buckets of these keys, by key and number; those of other keys are among them."""
        buckets = np.unique(keys >> np.uint32(_LOW_BITS))
        with reading.cursor(db=self._keys) as cursor:
            found = cursor.getmulti(
                _split(buckets.tobytes(), _NUMBER), dupdata=True, dupfixed_bytes=_POSTING.size, keyfixed=True
            )
            return np.frombuffer(found, dtype=_HIT)

    @contextmanager
    def _broken(self) -> Iterator[None]:
        try:
            yield
        except lmdb.Error as error:
            raise StoreError(
                f"candidate index {self._env.path()}: {error}; remove the folder, it is built again"
            ) from error

    def close(self) -> None:
        """Close the files."""
        self._env.close()
        if self._scratch is not None:
            self._scratch.cleanup()


def _row(sketch: Sketch) -> bytes:
    row = np.zeros(1, dtype=_TEXT)
    row["shingles"], row["keys"], row["numbers"] = sketch.shingles, len(sketch.keys), sketch.numbers
    return row.tobytes()


def _name(text: bytes) -> str:
    return text[_TEXT.itemsize :].decode("utf-8", "surrogatepass")


def _split(numbers: bytes, one: struct.Struct) -> list[bytes]:
    return [numbers[at : at + one.size] for at in range(0, len(numbers), one.size)]


def _digest(name: str) -> bytes:
    return hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=16).digest()
