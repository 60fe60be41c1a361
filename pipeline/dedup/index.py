"""The candidate index: which texts share sampled shingles. Derived from the corpus, rebuildable, kept in LMDB."""

from __future__ import annotations

import hashlib
import struct
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import lmdb
import numpy as np
import numpy.typing as npt

from pipeline.dedup.signatures import SHINGLE
from pipeline.dedup.sketches import KEY_CAP, MIN_KEYS, NUMBERS, SAMPLE, Sizes, Sketch, alike
from pipeline.errors import StoreError

__all__ = ["CandidateIndex"]

_FORMAT = f"3/{SHINGLE}/{SAMPLE}/{KEY_CAP}"
_MAP_SIZE = 1 << 40  # bytes of addresses, not of disk: the file grows as it is filled
_NUMBER = struct.Struct("=I")
_HIT = np.dtype([("key", np.uint32), ("text", np.uint32)])
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
        with self._env.begin(db=self._state) as reading:
            if reading.get(b"format") != _FORMAT.encode():
                return None
            stamp = reading.get(b"stamp")
            return None if stamp is None else bytes(stamp).decode()

    def clear(self) -> None:
        """Forget everything."""
        with self._env.begin(write=True) as writing:
            for database in (self._keys, self._texts, self._numbers, self._state):
                writing.drop(database, delete=False)

    def update(self, added: Mapping[str, Sketch], removed: Iterable[str], *, stamp: str) -> None:
        """Replace texts in one transaction that also moves the stamp.

        A replaced text leaves its keys behind under a number that nothing has any more; lookups pass over them.
        """
        try:
            with self._env.begin(write=True) as writing:
                for name in sorted({*removed, *added}):
                    former = writing.pop(_digest(name), db=self._numbers)
                    if former is not None:
                        writing.delete(bytes(former), db=self._texts)
                number = _NUMBER.unpack(writing.get(b"next", _NUMBER.pack(0), db=self._state))[0]
                first = number
                for name, sketch in sorted(added.items()):
                    place = _NUMBER.pack(number)
                    writing.put(_digest(name), place, db=self._numbers)
                    writing.put(place, _row(sketch) + name.encode("utf-8", "surrogatepass"), db=self._texts)
                    number += 1
                self._put_keys(writing, [sketch.keys for _, sketch in sorted(added.items())], first)
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
        if not sum(map(len, keys)):
            return
        rows = np.empty(sum(map(len, keys)), dtype=_HIT)
        rows["key"] = np.concatenate(keys)
        rows["text"] = np.repeat(np.arange(number, number + len(keys), dtype=np.uint32), [len(some) for some in keys])
        rows = rows[np.argsort(rows["key"], kind="stable")]
        distinct, starts, places = np.unique(rows["key"], return_index=True, return_inverse=True)
        fitting = np.arange(len(rows)) - starts[places] < KEY_CAP
        with writing.cursor(db=self._keys) as cursor:
            met = b"".join(bytes(key) for key, _ in cursor.getmulti(_split(distinct.tobytes())))
            known = np.isin(rows["key"], np.frombuffer(met, dtype=np.uint32))
            fresh = rows[fitting & ~known]
            cursor.putmulti(zip(_split(fresh["key"].tobytes()), _split(fresh["text"].tobytes()), strict=True))
            for key, text in rows[fitting & known].tolist():
                if cursor.set_key(_NUMBER.pack(key)) and cursor.count() < KEY_CAP:
                    cursor.put(_NUMBER.pack(key), _NUMBER.pack(text))

    def candidates(self, sketches: Mapping[str, Sketch]) -> set[tuple[str, str]]:
        """Pairs (a < b) of the given texts with others that the index holds."""
        found: set[tuple[str, str]] = set()
        try:
            with self._env.begin() as reading, reading.cursor(db=self._keys) as cursor:
                for name, sketch in sketches.items():
                    hits = np.frombuffer(
                        cursor.getmulti(
                            _split(sketch.keys.tobytes()),
                            dupdata=True, dupfixed_bytes=_NUMBER.size, keyfixed=True,
                        ),
                        dtype=_HIT,
                    )  # fmt: skip
                    found.update(
                        (min(name, other), max(name, other))
                        for other in self._sharing(reading, sketch, hits)
                        if other != name
                    )
        except lmdb.Error as error:
            raise StoreError(
                f"candidate index {self._env.path()}: {error}; remove the folder, it is built again"
            ) from error
        return found

    def _sharing(self, reading: lmdb.Transaction, sketch: Sketch, hits: npt.NDArray[np.void]) -> list[str]:
        numbers, where, counts = np.unique(hits["text"], return_inverse=True, return_counts=True)
        several = np.flatnonzero(counts >= MIN_KEYS)
        if not len(several):
            return []
        coarse = (hits["key"] * np.uint32(0x9E3779B1)) >> np.uint32(29) == 0
        weights = counts + 65536 * np.bincount(where, weights=coarse, minlength=len(numbers)).astype(np.int64)
        texts = [reading.get(_NUMBER.pack(int(numbers[at])), db=self._texts) for at in several]
        living = [at for at, text in zip(several, texts, strict=True) if text is not None]
        rows = [bytes(text) for text in texts if text is not None]
        known = np.frombuffer(b"".join([row[: _TEXT.itemsize] for row in rows]) + _row(sketch), dtype=_TEXT)
        sizes = Sizes(known["shingles"], known["keys"], known["numbers"])
        places = np.arange(len(rows), dtype=np.int64)
        chosen = alike(sizes, places, np.full(len(rows), len(rows), dtype=np.int64), weights[living])
        return [rows[at][_TEXT.itemsize :].decode("utf-8", "surrogatepass") for at in np.flatnonzero(chosen)]

    def close(self) -> None:
        """Close the files."""
        self._env.close()
        if self._scratch is not None:
            self._scratch.cleanup()


def _row(sketch: Sketch) -> bytes:
    row = np.zeros(1, dtype=_TEXT)
    row["shingles"], row["keys"], row["numbers"] = sketch.shingles, len(sketch.keys), sketch.numbers
    return row.tobytes()


def _split(numbers: bytes) -> list[bytes]:
    return [numbers[at : at + _NUMBER.size] for at in range(0, len(numbers), _NUMBER.size)]


def _digest(name: str) -> bytes:
    return hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=16).digest()
