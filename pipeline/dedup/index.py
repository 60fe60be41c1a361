"""The candidate index: which texts share bands or sampled shingles. Derived from the corpus and rebuildable."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pipeline.dedup.shingles import SHINGLE, shingle_hashes, words_of
from pipeline.dedup.signatures import NUM_PERM, SCHEME, SEED, band_keys, sample_keys, signatures
from pipeline.errors import StoreError

__all__ = ["CandidateIndex", "Sketch", "sketches"]

_MIN_SAMPLES = 2
_FORMAT = f"1/{SHINGLE}/{SCHEME}/{SEED}/{NUM_PERM}"
_CHUNK = 500


@dataclass(frozen=True, slots=True, eq=False)
class Sketch:
    """What the index knows of a text: `signature` uint32 (NUM_PERM,), `bands` and `samples` int64 keys."""

    signature: npt.NDArray[np.uint32]
    bands: npt.NDArray[np.int64]
    samples: npt.NDArray[np.int64]


def sketches(texts: Mapping[str, str]) -> dict[str, Sketch]:
    """Sketches of texts by id; texts without words get none."""
    hashed = {key: hashes for key, text in texts.items() if len(hashes := shingle_hashes(words_of(text)))}
    matrix = signatures(list(hashed.values()))
    return {
        key: Sketch(row, band_keys(row), sample_keys(hashes))
        for (key, hashes), row in zip(hashed.items(), matrix, strict=True)
    }


class CandidateIndex:
    """Keys of texts in an SQLite file (or in memory), stamped with the state of the corpus that it describes.

    Candidates depend on the two texts alone, so the order in which texts came does not matter.
    """

    def __init__(self, path: Path | None = None) -> None:
        try:
            if path is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path or ":memory:", isolation_level=None)
            self._db.executescript(
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
                "CREATE TABLE IF NOT EXISTS stamps (format TEXT, stamp TEXT);"
                "CREATE TABLE IF NOT EXISTS keys (key INTEGER, sampled INTEGER, id TEXT,"
                " PRIMARY KEY (key, sampled, id)) WITHOUT ROWID;"
                "CREATE INDEX IF NOT EXISTS by_id ON keys (id);"
            )
        except sqlite3.Error as error:
            raise StoreError(f"candidate index {path}: {error}; remove the file, it is built again") from error

    @property
    def stamp(self) -> str | None:
        """Stamp of the corpus version that the index describes; None for an empty one or another format."""
        row = self._db.execute("SELECT format, stamp FROM stamps").fetchone()
        return None if row is None or row[0] != _FORMAT else str(row[1])

    def clear(self) -> None:
        """Forget everything."""
        self._db.executescript("BEGIN; DELETE FROM keys; DELETE FROM stamps; COMMIT;")

    def update(self, added: Mapping[str, Sketch], removed: Iterable[str], *, stamp: str) -> None:
        """Replace texts in one transaction that also moves the stamp."""
        rows = [
            (int(key), sampled, name)
            for name, sketch in added.items()
            for sampled, keys in ((0, sketch.bands), (1, sketch.samples))
            for key in keys
        ]
        self._db.execute("BEGIN")
        try:
            self._db.executemany("DELETE FROM keys WHERE id = ?", [(name,) for name in {*removed, *added}])
            self._db.executemany("INSERT OR IGNORE INTO keys VALUES (?, ?, ?)", rows)
            self._db.execute("DELETE FROM stamps")
            self._db.execute("INSERT INTO stamps VALUES (?, ?)", (_FORMAT, stamp))
            self._db.execute("COMMIT")
        except BaseException:
            self._db.execute("ROLLBACK")
            raise

    def candidates(self, sketch: Sketch) -> set[str]:
        """Ids that share a band, or at least two sampled shingles, with a text."""
        found = set(self._sharing(sketch.bands, sampled=0))
        shared = self._sharing(sketch.samples, sampled=1)
        return found | {name for name, count in shared.items() if count >= _MIN_SAMPLES}

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def _sharing(self, keys: npt.NDArray[np.int64], *, sampled: int) -> Counter[str]:
        counts: Counter[str] = Counter()
        for start in range(0, len(keys), _CHUNK):
            some = [int(key) for key in keys[start : start + _CHUNK]]
            marks = ",".join("?" * len(some))
            query = f"SELECT id, count(*) FROM keys WHERE sampled = ? AND key IN ({marks}) GROUP BY id"  # noqa: S608
            counts.update(dict(self._db.execute(query, (sampled, *some))))
        return counts
