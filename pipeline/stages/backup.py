"""Backup and restore: the store's objects and the state database together, as of one moment.

A backup place is a store of its own. `blobs/<sha256>` holds each object once, however many backups name it;
`backups/<id>.json` is put last and names every object of one moment, so a backup that was killed is none.
"""

from __future__ import annotations

import gzip
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import ConfigError, ConflictError, CorruptDataError
from pipeline.models import new_run_id, utc_now
from pipeline.settings import Settings
from pipeline.stages.context import Context
from pipeline.store.database import open_database
from pipeline.store.files import sum_of
from pipeline.store.leases import hold
from pipeline.store.objects import ObjectStore, open_store
from pipeline.store.state_copy import copy_state, holds_state
from pipeline.store.versions import ObjectSum, latest_version

__all__ = ["BackedUp", "Restored", "back_up", "backups_at", "open_place", "restore"]

_SCHEMA = 1
_BULK = ("raw/", "tables/")
_KEPT = ("artefacts/", "exports/", "raw/", "reports/", "snapshots/", "staged/", "tables/")
_VERSIONS = "tables/_versions/"
_WAIT_S = 1800.0


@dataclass(frozen=True, slots=True)
class BackedUp:
    """A backup that is complete; `copied_bytes` are those that the place did not have yet, `removed` old backups."""

    backup: str
    version: int
    objects: int
    total_bytes: int
    copied_bytes: int
    state_rows: Mapping[str, int]
    removed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore put in place."""

    backup: str
    version: int
    objects: int
    total_bytes: int
    state_rows: Mapping[str, int]


def open_place(settings: Settings, address: str) -> ObjectStore:
    """The store that holds backups: `file:<folder>`, a folder's name, or `s3://bucket/prefix`.

    Raises:
        ConfigError: it is the corpus itself, or lies inside it.
    """
    place = open_store(settings.model_copy(update={"store": address if ":" in address else f"file:{address}"}))
    mine = open_store(settings).address
    if f"{place.address}/".startswith(f"{mine.rstrip('/')}/"):
        raise ConfigError(f"backup place {place.address} lies inside the store {mine}; name a place of its own")
    return place


def backups_at(place: ObjectStore) -> list[str]:
    """Ids of the complete backups at a place, the oldest first."""
    return [key.removeprefix("backups/").removesuffix(".json") for key in place.keys("backups/")]


def back_up(context: Context, place: ObjectStore, *, keep: int | None = None) -> BackedUp:
    """Make a backup; crawls go on meanwhile, publishers wait for its last part.

    The state goes first: a store that knows more than its state database costs requests, one that knows less would
    lose what the state calls stored.

    Args:
        context: store, state and settings.
        place: where to; backups that are there share their objects with this one.
        keep: remove all but so many of the newest backups, and what only those name; None removes none.

    Raises:
        BusyError: another backup is being made, or a publisher does not end.
        StoreError: one of the stores failed; run again, what was copied stays.
    """
    with hold(context.database, "backup", wait_s=1.0):
        copier = _Copier(context.store, place)
        copier.copy(key for prefix in _BULK for key in context.store.keys(prefix))  # most of it, while others work
        with hold(context.database, "corpus", wait_s=_WAIT_S):
            state, rows = _keep_state(context, copier)
            objects = copier.copy(key for prefix in _KEPT for key in context.store.keys(prefix))
            newest = latest_version(context.store)
        name = new_run_id(utc_now(), os.urandom(8).hex())
        found = {
            "schema": _SCHEMA, "backup": name, "store": context.store.address, "state": asdict(state),
            "version": newest.version if newest else 0,
            "objects": {key: [one.size_bytes, one.sha256] for key, one in objects.items()},
        }  # fmt: skip
        place.put(f"backups/{name}.json", json.dumps(found).encode())
        removed = _remove_old(place, keep) if keep is not None else []
    total = sum(one.size_bytes for one in objects.values())
    version = newest.version if newest else 0
    return BackedUp(name, version, len(objects), total, copier.copied_bytes, rows, tuple(removed))


class _Copier:
    """Copies objects under their sha256; what cannot have changed since the last backup is not read again."""

    def __init__(self, store: ObjectStore, place: ObjectStore) -> None:
        self._store, self._place = store, place
        self._there = {key.rpartition("/")[2] for key in place.keys("blobs/")}
        former = backups_at(place)
        self._known = _objects(_read(place, former[-1])) if former else {}
        self.copied_bytes = 0

    def copy(self, keys: Iterable[str]) -> dict[str, ObjectSum]:
        """Copy what is not there yet; an object that was swept meanwhile is left out."""
        found = {}
        for key in keys:
            known = self._told(key)
            if known is None or known.sha256 not in self._there:
                try:
                    with self._store.fetch(key) as path:
                        known = self.keep(path)
                except KeyError:
                    continue
            found[key] = known
            self._known[key] = known
        return found

    def keep(self, path: Path) -> ObjectSum:
        """Copy a local file."""
        found = sum_of(path)
        if found.sha256 not in self._there:
            self._place.put_file(_blob(found.sha256), path)
            self._there.add(found.sha256)
            self.copied_bytes += found.size_bytes
        return found

    def _told(self, key: str) -> ObjectSum | None:
        """What an object is, without reading it. Data files of tables never change; archives do by a takedown."""
        if key.startswith("tables/") and key.endswith(".parquet") and "/_delta_log/" not in key:
            return self._known.get(key)
        if key.startswith("raw/") and key.endswith(".warc.gz"):
            try:
                manifest = json.loads(self._store.get(f"{key.removesuffix('.warc.gz')}.manifest.json"))
                return ObjectSum(int(manifest["bytes"]), str(manifest["sha256"]))
            except (KeyError, ValueError, TypeError):
                return None
        return None


def _keep_state(context: Context, copier: _Copier) -> tuple[ObjectSum, dict[str, int]]:
    with _scratch() as folder:
        path, packed = folder / "state.db", folder / "state.db.gz"
        with open_database(f"sqlite:///{path}") as target:
            rows = copy_state(context.database, target)
        with path.open("rb") as plain, gzip.GzipFile(packed, "wb", compresslevel=3, mtime=0) as file:
            shutil.copyfileobj(plain, file)
        return copier.keep(packed), rows


def restore(settings: Settings, place: ObjectStore, name: str | None = None) -> Restored:
    """Put a backup into the store and the state database of the settings, which must be empty.

    Killed and run again it goes on. Readers see nothing until all data is there: version files come last of the
    objects, and the state after them.

    Args:
        settings: name the store and the state database to fill.
        place: where the backup is.
        name: its id; by default the newest.

    Raises:
        ConfigError: no such backup, or the target holds something else.
        CorruptDataError: an object of the backup is not what was written.
    """
    there = backups_at(place)
    if not there or name not in (None, *there):
        wanted = f"backup {name}" if there else "backup"
        raise ConfigError(f"no {wanted} at {place.address}; complete ones: {', '.join(there[-10:]) or 'none'}")
    found = _read(place, name or there[-1])
    objects, store = _objects(found), open_store(settings)
    with open_database(settings.state_url) as database:
        if holds_state(database):
            raise ConfigError("the state database knows runs already; restore into a new one (COPYDESK_STATE)")
        foreign = next((key for prefix in _KEPT for key in store.keys(prefix) if key not in objects), None)
        if foreign is not None:
            raise ConfigError(
                f"{store.address} holds {foreign}, which the backup does not; restore into an empty store"
            )
        for key in sorted(objects, key=lambda key: (key.startswith(_VERSIONS), key)):
            _put_back(place, store, key, objects[key])
        state = ObjectSum(**found["state"])
        with _fetched(place, state) as packed, _scratch() as folder:
            with gzip.open(packed) as file, (folder / "state.db").open("wb") as plain:
                shutil.copyfileobj(file, plain)
            with open_database(f"sqlite:///{folder / 'state.db'}") as kept:  # brings its schema up to date
                rows = copy_state(kept, database)
    total = sum(one.size_bytes for one in objects.values())
    return Restored(str(found["backup"]), int(found["version"]), len(objects), total, rows)


def _put_back(place: ObjectStore, store: ObjectStore, key: str, wanted: ObjectSum) -> None:
    with _fetched(place, wanted) as path:
        try:
            store.put_file(key, path)
        except ConflictError:
            raise ConfigError(f"{store.address} holds another {key}; restore into an empty store") from None


@contextmanager
def _fetched(place: ObjectStore, wanted: ObjectSum) -> Iterator[Path]:
    key = _blob(wanted.sha256)
    try:
        with place.fetch(key) as path:
            if sum_of(path) != wanted:
                raise CorruptDataError(f"{key} at {place.address} is not what was written; restore an older backup")
            yield path
    except KeyError:
        raise CorruptDataError(f"{key} is missing at {place.address}; restore an older backup") from None


@contextmanager
def _scratch() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="copydesk-backup-") as name:
        yield Path(name)


def _remove_old(place: ObjectStore, keep: int) -> list[str]:
    """Remove old backups, then every object that none of the others names."""
    there = backups_at(place)
    old = there[: max(0, len(there) - keep)]
    for name in old:
        place.delete(f"backups/{name}.json")
    needed: set[str] = set()
    for name in there[len(old) :]:
        found = _read(place, name)
        needed |= {str(found["state"]["sha256"]), *(one.sha256 for one in _objects(found).values())}
    for key in [key for key in place.keys("blobs/") if key.rpartition("/")[2] not in needed]:
        place.delete(key)
    return old


def _blob(sha256: str) -> str:
    return f"blobs/{sha256[:2]}/{sha256}"


def _read(place: ObjectStore, name: str) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(place.get(f"backups/{name}.json"))
        if found["schema"] > _SCHEMA:
            raise ConfigError(f"backup {name} was made by a newer Copydesk; install that one to restore it")
    except (ValueError, KeyError, TypeError) as error:
        raise CorruptDataError(f"backup {name} at {place.address} cannot be read ({error!r}); use another") from error
    return found


def _objects(found: Mapping[str, Any]) -> dict[str, ObjectSum]:
    return {key: ObjectSum(int(size), str(digest)) for key, (size, digest) in found["objects"].items()}
