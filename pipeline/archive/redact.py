"""Taking captures out of archives that are sealed: their bytes go, the places of all others stay."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import shutil
import struct
import tempfile
import zlib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from pipeline.archive.index import IndexLine, read_index
from pipeline.errors import CorruptDataError
from pipeline.store.objects import ObjectStore

__all__ = ["redact", "settled_keys"]

_CLEAN = ".clean"
_BLOCK = 2**20
_RECORD = b"WARC/1.1\r\nWARC-Type: metadata\r\nContent-Length: 0\r\n\r\n\r\n\r\n"


def redact(store: ObjectStore, *, places: Collection[str], urls: Collection[str], sources: Collection[str]) -> None:
    """Blank captures: by place (`<warc> <offset> <length>`), by address, or all of a source.

    A blanked capture is an empty record of the same length, so that offsets of the others hold. Each object that
    changes is put beside the old one first; a kill in between is mended by doing it again.

    Raises:
        CorruptDataError: an archive is not there, or an index is none.
    """
    wanted: dict[str, set[int]] = {}
    for place in places:
        name, offset, _ = place.rsplit(" ", 2)
        wanted.setdefault(name, set()).add(int(offset))
    for key in [key for key in settled_keys(store) if key.endswith(".cdxj")]:
        warc = f"{key.removesuffix('.cdxj')}.warc.gz"
        if not urls and warc not in wanted and _source(key) not in sources:
            continue
        lines = read_index(store.get(key), key)
        hit = [one for one in lines if one.url in urls or one.offset in wanted.get(warc, ()) or _source(key) in sources]
        if hit:
            _blank(store, warc, key, lines, hit)


def settled_keys(store: ObjectStore) -> list[str]:
    """Keys of all archives with their indexes and manifests, once a blanking that was killed is finished."""
    keys = list(store.keys("raw/"))
    beside = [key for key in keys if key.endswith(_CLEAN)]
    for key in beside:
        with store.fetch(key) as path:
            _swap(store, key.removesuffix(_CLEAN), path)
    return list(store.keys("raw/")) if beside else keys


def _source(key: str) -> str:
    return key.split("/")[1].removeprefix("source=")


def _blank(store: ObjectStore, warc: str, cdxj: str, lines: list[IndexLine], hit: list[IndexLine]) -> None:
    """Write the archive, its index and its manifest anew; the index last, since it tells what is still to be done."""
    manifest_key = f"{cdxj.removesuffix('.cdxj')}.manifest.json"
    gone = {one.offset for one in hit}
    kept = [line.text for line in lines if line.offset not in gone]
    with tempfile.TemporaryDirectory(prefix="copydesk-redact-") as name:
        data, body, index = (Path(name) / part for part in ("data", "manifest", "index"))
        try:
            manifest = json.loads(store.get(manifest_key))
            with store.fetch(warc) as path:
                _copy_blanked(path, data, {one.offset: one.length for one in hit})
        except KeyError as error:
            raise CorruptDataError(f"{error.args[0]} is missing; run `copydesk corpus verify`") from None
        index.write_bytes("".join(f"{line}\n" for line in kept).encode())
        changed: dict[str, Any] = {"records": len(kept), "sha256": _sha256(data), "cdxj_sha256": _sha256(index)}
        body.write_bytes(json.dumps(manifest | changed, indent=1, sort_keys=True).encode())
        new = {warc: data, manifest_key: body, cdxj: index}
        for key, path in new.items():
            store.put_file(f"{key}{_CLEAN}", path)
        for key, path in new.items():
            _swap(store, key, path)


def _copy_blanked(source: Path, target: Path, places: Mapping[int, int]) -> None:
    """Copy an archive with empty members of the same lengths at some places; what stood there is not written again."""
    with source.open("rb") as old, target.open("wb") as new:
        for offset, length in sorted(places.items()):
            while (left := offset - old.tell()) > 0 and (block := old.read(min(left, _BLOCK))):
                new.write(block)
            new.write(_empty_member(length))
            old.seek(length, os.SEEK_CUR)
        shutil.copyfileobj(old, new, _BLOCK)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _swap(store: ObjectStore, key: str, new: Path) -> None:
    """Put a file in an object's place; its bytes stand beside that until it is done."""
    store.delete(key)
    store.put_file(key, new)
    store.delete(f"{key}{_CLEAN}")


def _empty_member(length: int) -> bytes:
    """A gzip member of exactly so many bytes that holds a record without content; its header's comment fills it."""
    packed = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = packed.compress(_RECORD) + packed.flush()
    end = struct.pack("<II", zlib.crc32(_RECORD), len(_RECORD))
    filling = length - 10 - 1 - len(body) - len(end)
    if filling < 0:  # no capture is so short: its headers alone are longer
        return gzip.compress(b"", mtime=0)[:length].ljust(length, b"\0")
    return b"\x1f\x8b\x08\x10" + bytes(4) + b"\x00\xff" + b"." * filling + b"\x00" + body + end
