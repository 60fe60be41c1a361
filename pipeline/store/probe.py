"""A store that lets two writers create one key cannot carry a corpus: ask it before anything is trusted to it."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

from pipeline.errors import ConfigError, ConflictError
from pipeline.store.objects import ObjectStore

__all__ = ["check_conditional_puts", "count_winners"]

_WRITERS = 16
_ROUNDS = 3


def check_conditional_puts(store: ObjectStore) -> None:
    """Race writers for one new key, a few times.

    Raises:
        ConfigError: not exactly one of them won.
        StoreError: the store failed.
    """
    for _ in range(_ROUNDS):
        winners = count_winners(store)
        if winners != 1:
            raise ConfigError(
                f"store {store.address} let {winners} of {_WRITERS} writers create one object: it does not honour "
                "`If-None-Match: *`, so two publishers could overwrite each other; use AWS S3, Ceph, Cloudflare R2 or "
                "a folder, or a newer release of this server"
            )


def count_winners(store: ObjectStore, writers: int = _WRITERS) -> int:
    """How many of some racing writers were told that they created one fresh key."""
    key = f"probe/{os.urandom(8).hex()}"

    def write(number: int) -> int:
        try:
            store.put(key, b"%d" % number)
        except ConflictError:
            return 0
        return 1

    try:
        with ThreadPoolExecutor(writers) as pool:
            return sum(pool.map(write, range(writers)))
    finally:
        store.delete(key)
