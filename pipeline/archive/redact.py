"""Taking captures out of archives that are sealed: their bytes go, the places of all others stay."""

from __future__ import annotations

import gzip
import hashlib
import json
import struct
import zlib
from collections.abc import Collection
from typing import Any

from pipeline.archive.index import IndexLine, read_index
from pipeline.errors import CorruptDataError
from pipeline.store.objects import ObjectStore

__all__ = ["redact", "settled_keys"]

_CLEAN = ".clean"
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
        _swap(store, key.removesuffix(_CLEAN), store.get(key))
    return list(store.keys("raw/")) if beside else keys


def _source(key: str) -> str:
    return key.split("/")[1].removeprefix("source=")


def _blank(store: ObjectStore, warc: str, cdxj: str, lines: list[IndexLine], hit: list[IndexLine]) -> None:
    """Write the archive, its index and its manifest anew; the index last, since it tells what is still to be done."""
    manifest_key = f"{cdxj.removesuffix('.cdxj')}.manifest.json"
    try:
        data, manifest = bytearray(store.get(warc)), json.loads(store.get(manifest_key))
    except KeyError as error:
        raise CorruptDataError(f"{error.args[0]} is missing; run `copydesk corpus verify`") from None
    for one in hit:
        data[one.offset : one.offset + one.length] = _empty_member(one.length)
    gone = {one.offset for one in hit}
    kept = [line.text for line in lines if line.offset not in gone]
    index = "".join(f"{line}\n" for line in kept).encode()
    changed: dict[str, Any] = {
        "records": len(kept),
        "sha256": hashlib.sha256(data).hexdigest(),
        "cdxj_sha256": hashlib.sha256(index).hexdigest(),
    }
    body = json.dumps(manifest | changed, indent=1, sort_keys=True).encode()
    for key, new in ((warc, bytes(data)), (manifest_key, body), (cdxj, index)):
        store.put(f"{key}{_CLEAN}", new)
    for key, new in ((warc, bytes(data)), (manifest_key, body), (cdxj, index)):
        _swap(store, key, new)


def _swap(store: ObjectStore, key: str, data: bytes) -> None:
    """Put other bytes in an object's place; they stand beside it until that is done."""
    store.delete(key)
    store.put(key, data)
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
