"""Object storage behind one Protocol: bytes under keys, put once, never half-written."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from pipeline.errors import ConfigError, ConflictError, StoreError
from pipeline.settings import Settings

__all__ = ["FolderStore", "ObjectStore", "open_store"]

_LINKS = "its file system may lack hard links; name a folder on another one"
_HINTS = {errno.ENOSPC: "free some space, then run again", errno.EPERM: _LINKS, errno.ENOTSUP: _LINKS}


class ObjectStore(Protocol):
    """Objects by key; keys are relative paths with `/`.

    Methods raise StoreError for refusals and failures, with the key and the cause; reading a key that is not
    there raises KeyError.
    """

    @property
    def address(self) -> str:
        """Where the store is, for people; without secrets."""
        ...

    @property
    def table_root(self) -> str:
        """Base address of the Delta tables, as the `deltalake` package takes it."""
        ...

    @property
    def table_options(self) -> dict[str, str]:
        """Storage options for the `deltalake` package."""
        ...

    def put(self, key: str, data: bytes) -> None:
        """Create an object; a key that exists with the same bytes is left alone.

        Raises:
            ConflictError: the key exists with other bytes.
        """

    def put_file(self, key: str, path: Path) -> None:
        """Like `put`, from a local file."""

    def get(self, key: str) -> bytes:
        """All bytes of an object."""
        ...

    def get_range(self, key: str, offset: int, length: int) -> bytes:
        """Bytes from `offset`, `length` of them at most."""
        ...

    def fetch(self, key: str) -> contextlib.AbstractContextManager[Path]:
        """The object as a local file while the context lasts."""
        ...

    def keys(self, prefix: str, *, after: str = "") -> Iterator[str]:
        """Keys that start with `prefix`, sorted; of those the ones that sort behind `after`."""
        ...

    def exists(self, key: str) -> bool:
        """Whether the object is there."""
        ...

    def delete(self, key: str) -> None:
        """Remove an object; one that is not there is no error."""


def open_store(settings: Settings) -> ObjectStore:
    """The store that the settings name.

    Raises:
        ConfigError: an address of unknown kind.
    """
    if settings.store.startswith("file:"):
        return FolderStore(Path(settings.store.removeprefix("file:")).absolute())
    if settings.store.startswith("s3://"):
        from pipeline.store.s3 import S3Store

        bucket, _, prefix = settings.store.removeprefix("s3://").partition("/")
        if not bucket:
            raise ConfigError(f"store {settings.store!r} names no bucket; valid: s3://bucket/prefix")
        return S3Store(bucket, prefix, settings.s3)
    raise ConfigError(f"store {settings.store!r} is not of a known kind; valid: file:<folder>, s3://bucket/prefix")


class FolderStore:
    """Objects as files below a folder.

    A put writes a temporary file, syncs it, and links it under its name: the link either is there with all bytes or
    is not there, and a second writer of the same key is told.
    """

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()

    @property
    def address(self) -> str:
        return f"file:{self._root}"

    @property
    def table_root(self) -> str:
        return str(self._root)

    @property
    def table_options(self) -> dict[str, str]:
        return {}

    def put(self, key: str, data: bytes) -> None:
        with self._guard(key), self._temporary(key) as (handle, temporary):
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            self._link(temporary, key)

    def put_file(self, key: str, path: Path) -> None:
        with self._guard(key), self._temporary(key) as (handle, temporary):
            with os.fdopen(handle, "wb") as target, path.open("rb") as source:
                while block := source.read(2**20):
                    target.write(block)
                target.flush()
                os.fsync(target.fileno())
            self._link(temporary, key)

    def get(self, key: str) -> bytes:
        with self._guard(key):
            return self._path(key).read_bytes()

    def get_range(self, key: str, offset: int, length: int) -> bytes:
        with self._guard(key), self._path(key).open("rb") as file:
            file.seek(offset)
            return file.read(length)

    @contextlib.contextmanager
    def fetch(self, key: str) -> Iterator[Path]:
        if not self.exists(key):
            raise KeyError(key)
        yield self._path(key)

    def keys(self, prefix: str, *, after: str = "") -> Iterator[str]:
        start = self._path(prefix)
        folder = start if start.is_dir() else start.parent
        found = (path.relative_to(self._root).as_posix() for path in folder.rglob("*") if path.is_file())
        mine = (key for key in found if key.startswith(prefix) and key > after and "/.tmp-" not in f"/{key}")
        yield from sorted(mine)

    def exists(self, key: str) -> bool:
        return self._path(key).is_file()

    def delete(self, key: str) -> None:
        with self._guard(key):
            self._path(key).unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        path = (self._root / key).resolve()
        if not path.is_relative_to(self._root):
            raise StoreError(f"key {key!r} leaves the store's folder; keys are relative paths")
        return path

    @contextlib.contextmanager
    def _temporary(self, key: str) -> Iterator[tuple[int, str]]:
        folder = self._path(key).parent
        folder.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=".tmp-", dir=folder)
        try:
            yield handle, temporary
        finally:
            Path(temporary).unlink(missing_ok=True)

    def _link(self, temporary: str, key: str) -> None:
        path = self._path(key)
        try:
            os.link(temporary, path)
        except FileExistsError:
            if _sha256(path) != _sha256(Path(temporary)):
                raise ConflictError(f"object {key} exists with other bytes; another writer was first") from None
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    @contextlib.contextmanager
    def _guard(self, key: str) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError:
            raise KeyError(key) from None
        except OSError as error:
            hint = _HINTS.get(error.errno or 0, "check the folder's permissions")
            raise StoreError(f"object {key} in {self._root}: {error.strerror}; {hint}, nothing was lost") from error


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
