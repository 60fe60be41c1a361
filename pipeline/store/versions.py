"""Corpus versions: one small file each, put under a condition; that put is the moment of truth and the fence."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime

from pipeline.errors import ConfigError, CorruptDataError
from pipeline.models import SCHEMA_VERSION
from pipeline.store.objects import ObjectStore

__all__ = [
    "CorpusVersion",
    "ObjectSum",
    "artefact_of",
    "latest_version",
    "newest_first",
    "put_version",
    "read_version",
    "version_numbers",
    "versions_after",
]

_PREFIX = "tables/_versions/"


@dataclass(frozen=True, slots=True)
class ObjectSum:
    """What an object is: its bytes and their sha256 (hex)."""

    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class CorpusVersion:
    """One consistent state of all tables.

    `tables` maps a table's name to its Delta version (-1: not yet created); `runs` are those that this version added.
    `files` holds, by key, the objects of the tables that this version added to those of the versions before it.
    `schema_version` is that of the columns; versions that do not tell are of the first.
    `made_by` is `publish`, `maintain` or `rededup`.
    """

    version: int
    created_at: datetime
    tables: Mapping[str, int]
    runs: tuple[str, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    artefacts: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, ObjectSum] = field(default_factory=dict)
    schema_version: int = 1
    made_by: str = "publish"

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
    return [_read(store, key) for key in store.keys(_PREFIX, after=_key(max(number, 0)))]


def newest_first(store: ObjectStore) -> Iterator[CorpusVersion]:
    """All versions from the newest to the oldest, each read when it is asked for."""
    return (_read(store, key) for key in reversed(list(store.keys(_PREFIX))))


def version_numbers(store: ObjectStore) -> list[int]:
    """Numbers of all versions that have a file, in order."""
    return [int(key.removeprefix(_PREFIX).removesuffix(".json")) for key in store.keys(_PREFIX)]


def _key(number: int) -> str:
    return f"{_PREFIX}{number:08d}.json"


def _read(store: ObjectStore, key: str) -> CorpusVersion:
    try:
        body = json.loads(store.get(key))
        if body.get("schema_version", 1) > SCHEMA_VERSION:
            raise ConfigError(
                f"corpus version {key} is of schema {body['schema_version']}, and this Copydesk knows {SCHEMA_VERSION} "
                "at most; install a newer one"
            )
        files = {name: ObjectSum(**found) for name, found in body.pop("files", {}).items()}
        changed = {"created_at": datetime.fromisoformat(body.pop("created_at")), "runs": tuple(body["runs"])}
        return CorpusVersion(**body | changed, files=files)
    except (ValueError, TypeError, AttributeError) as error:
        raise CorruptDataError(f"corpus version {key} cannot be read ({error}); restore it from a backup") from error


def artefact_of(store: ObjectStore, version: CorpusVersion | None, name: str) -> tuple[str, bytes] | None:
    """Key and content of an artefact that a corpus version was made with; None when it names none.

    Raises:
        CorruptDataError: it is not there.
        StoreError: it cannot be read.
    """
    key = version.artefacts.get(name) if version is not None else None
    if key is None:
        return None
    try:
        return key, store.get(key)
    except KeyError:
        raise CorruptDataError(f"artefact {key} is not in the store; restore it from a backup") from None
