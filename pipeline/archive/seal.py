"""Sealing: spool files become objects `raw/source=<id>/dt=…/<run>-<n>.warc.gz` with a CDXJ index and a manifest."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from urllib.parse import urlsplit

from pipeline.archive.read import read_captures, whole_records_end
from pipeline.archive.spool import spool_lock
from pipeline.errors import CorruptDataError
from pipeline.models import Capture
from pipeline.store.frontier import Frontier
from pipeline.store.objects import ObjectStore

__all__ = ["read_manifest", "seal", "surt"]


def seal(folder: Path, *, source: str, store: ObjectStore, frontier: Frontier) -> None:
    """Move all spool files of a source into the store, mark their records stored, and give them to the frontier's run.

    Records that the state database does not know of are cut off (their addresses are still due), so that archive and
    frontier tell the same. Sealing twice, or again after a crash at any point, ends the same.

    Raises:
        BusyError: a crawl still writes there.
    """
    if not folder.is_dir():
        return
    with spool_lock(folder):
        for path in sorted(folder.glob("*.warc.gz")):
            if not frontier.is_sealed(path.name):
                end = min(frontier.spooled_end(path.name), whole_records_end(path))
                frontier.forget(path.name, after=end)
                if end > 0:
                    os.truncate(path, end)
                    frontier.stored(path.name, _put(path, source=source, store=store))
            path.unlink()


def read_manifest(store: ObjectStore, key: str) -> dict[str, str | int]:
    """A manifest, as `seal` wrote it.

    Raises:
        CorruptDataError: it is missing or not JSON.
    """
    try:
        manifest: dict[str, str | int] = json.loads(store.get(key))
    except (KeyError, ValueError) as error:
        raise CorruptDataError(f"manifest {key} is missing or unreadable ({error}); restore it from a backup") from None
    return manifest


def surt(url: str) -> str:
    """Sort-friendly form of a URL, as CDX servers order by it: `org,example)/path?query`."""
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.")
    labels = host.split(".")
    if not all(label.isdigit() for label in labels):
        labels.reverse()
    port = f":{parts.port}" if parts.port else ""
    query = f"?{parts.query}" if parts.query else ""
    return f"{','.join(labels)}{port}){parts.path or '/'}{query}".lower().replace(" ", "%20")


def _put(path: Path, *, source: str, store: ObjectStore) -> str:
    captures = [one.capture for one in read_captures(path, path.name)]
    if not captures:
        raise CorruptDataError(f"spool file {path} holds no capture though records were written; keep it and report it")
    # The last day, since copies from other archives may be of many: a text is never captured before its own day.
    day = max(capture.fetched_at for capture in captures).date()
    stem = f"raw/source={source}/dt={day}/{path.name.removesuffix('.warc.gz')}"
    cdxj = "".join(sorted(_cdxj_line(capture) for capture in captures)).encode()
    store.put_file(f"{stem}.warc.gz", path)
    store.put(f"{stem}.cdxj", cdxj)
    manifest = {
        "source": source,
        "run_id": path.name.rpartition("-")[0],
        "warc": f"{stem}.warc.gz",
        "records": len(captures),
        "listings": sum(1 for capture in captures if capture.role == "index"),
        "bytes": path.stat().st_size,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "cdxj": f"{stem}.cdxj",
        "cdxj_sha256": hashlib.sha256(cdxj).hexdigest(),
    }
    store.put(f"{stem}.manifest.json", json.dumps(manifest, indent=1, sort_keys=True).encode())
    return f"{stem}.manifest.json"


def _cdxj_line(capture: Capture) -> str:
    fields = {
        "url": capture.url,
        "mime": capture.mime,
        "status": str(capture.status),
        "digest": capture.payload_digest,
        "length": str(capture.length),
        "offset": str(capture.offset),
        "filename": capture.warc,
        "role": capture.role,
    }
    return f"{surt(capture.url)} {capture.fetched_at:%Y%m%d%H%M%S} {json.dumps(fields)}\n"
