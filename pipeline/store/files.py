"""Bytes and sha256 of the objects that tables are made of, told once, when a version adds them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote

from pipeline.errors import StoreError
from pipeline.store.objects import ObjectStore
from pipeline.store.versions import ObjectSum
from pipeline.store.writing import CHECKPOINTS

__all__ = ["added_files", "sum_of"]


def added_files(store: ObjectStore, before: Mapping[str, int], after: Mapping[str, int]) -> dict[str, ObjectSum]:
    """Sums, by key, of the log entries, checkpoints and data files that tables gained.

    Args:
        store: where the tables are.
        before: Delta version of each table in the version before; -1 or left out: there was none.
        after: the same in the version in the making.

    Raises:
        StoreError: an object is not there, though a commit names it.
    """
    found: dict[str, ObjectSum] = {}
    for name, end in sorted(after.items()):
        folder, added = f"tables/{name}", set[str]()
        for number in range(before.get(name, -1) + 1, end + 1):
            key = f"{folder}/_delta_log/{number:020d}.json"
            entry = _get(store, key)
            found[key] = ObjectSum(len(entry), hashlib.sha256(entry).hexdigest())
            checkpoint = key.replace(".json", ".checkpoint.parquet")
            if (number + 1) % CHECKPOINTS == 0 and store.exists(checkpoint):
                found[checkpoint] = _sum(store, checkpoint)
            for line in entry.splitlines():
                action = json.loads(line)
                if "add" in action:
                    added.add(f"{folder}/{unquote(action['add']['path'])}")
                elif "remove" in action:
                    added.discard(f"{folder}/{unquote(action['remove']['path'])}")
        found |= {key: _sum(store, key) for key in sorted(added)}
    return found


def sum_of(path: Path) -> ObjectSum:
    """Bytes and sha256 of a local file."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return ObjectSum(path.stat().st_size, digest)


def _get(store: ObjectStore, key: str) -> bytes:
    try:
        return store.get(key)
    except KeyError:
        raise StoreError(f"object {key} is not there, though it was just committed; check the store") from None


def _sum(store: ObjectStore, key: str) -> ObjectSum:
    try:
        with store.fetch(key) as path:
            return sum_of(path)
    except KeyError:
        raise StoreError(f"object {key} is not there, though it was just committed; check the store") from None
