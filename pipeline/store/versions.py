"""Corpus versions: one small file each, put under a condition; that put is the moment of truth and the fence."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime

from pipeline.errors import CorruptDataError
from pipeline.store.objects import ObjectStore

__all__ = ["CorpusVersion", "latest_version", "put_version", "read_version", "versions_after"]

_PREFIX = "tables/_versions/"


@dataclass(frozen=True, slots=True)
class CorpusVersion:
    """One consistent state of all tables.

    `tables` maps a table's name to its Delta version (-1: not yet created); `runs` are those that this version added.
    """

    version: int
    created_at: datetime
    tables: Mapping[str, int]
    runs: tuple[str, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    artefacts: Mapping[str, str] = field(default_factory=dict)

    @property
    def stamp(self) -> str:
        """Names this version of this corpus among all others: number and hash of its content."""
        return f"{self.version}:{hashlib.sha256(_body(self)).hexdigest()}"


def _body(version: CorpusVersion) -> bytes:
    body = asdict(version) | {"created_at": version.created_at.isoformat()}
    return json.dumps(body, sort_keys=True, indent=1).encode()


def put_version(store: ObjectStore, version: CorpusVersion) -> None:
    """Commit a corpus version.

    Raises:
        ConflictError: another publisher committed this number first.
    """
    store.put(_key(version.version), _body(version))


def latest_version(store: ObjectStore) -> CorpusVersion | None:
    """The newest corpus version, or None for an empty corpus."""
    newest = max(store.keys(_PREFIX), default=None)
    return None if newest is None else _read(store, newest)


def read_version(store: ObjectStore, number: int) -> CorpusVersion:
    """A corpus version by number; KeyError when there is none."""
    return _read(store, _key(number))


def versions_after(store: ObjectStore, number: int) -> list[CorpusVersion]:
    """All versions with a greater number, in order."""
    return [_read(store, key) for key in store.keys(_PREFIX) if key > _key(number)]


def _key(number: int) -> str:
    return f"{_PREFIX}{number:08d}.json"


def _read(store: ObjectStore, key: str) -> CorpusVersion:
    try:
        body = json.loads(store.get(key))
        created_at = datetime.fromisoformat(body.pop("created_at"))
        return CorpusVersion(**body | {"created_at": created_at, "runs": tuple(body["runs"])})
    except (ValueError, TypeError) as error:
        raise CorruptDataError(f"corpus version {key} cannot be read ({error}); restore it from a backup") from error
