"""Verify: is everything in the store what was written? Reads all of it; changes nothing."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from pipeline.archive.index import read_index
from pipeline.archive.read import read_captures
from pipeline.archive.retention import GONE
from pipeline.corpus.verify import check_object, check_tables, kept_versions
from pipeline.errors import CopydeskError
from pipeline.models import Finding
from pipeline.store.objects import ObjectStore
from pipeline.store.versions import ObjectSum

__all__ = ["Verified", "verify"]

_RAW = "restore the object from a backup; what was extracted from it is in the corpus, but cannot be extracted again"
_STAGED = "discard the run (`copydesk runs discard`) and extract it again, or restore the object from a backup"
_SNAPSHOT = "remove the snapshot's folder and make it again from its version, or restore the object from a backup"


@dataclass(frozen=True, slots=True)
class Verified:
    """What was compared, by kind of object, and what is wrong."""

    version: int
    checked: dict[str, int]
    findings: tuple[Finding, ...]


def verify(store: ObjectStore) -> Verified:
    """Check versions, tables, raw archives with their indexes, staged runs and snapshots."""
    versions, findings = kept_versions(store)
    checked = {"versions": len(versions)}
    checked["table objects"], more = check_tables(store, versions)
    findings += more
    for kind, prefix, ending, check in (
        ("archives", "raw/", ".manifest.json", _check_archive),
        ("staged runs", "staged/", ("/_DONE.json", "/_HELD.json"), _check_staged),
        ("snapshots", "snapshots/", "/files.sha256", _check_listed),
    ):
        keys = [key for key in store.keys(prefix) if key.endswith(ending)]
        checked[kind] = len(keys)
        for key in keys:
            findings += check(store, key)
    gone = sum(key.endswith(GONE) for key in store.keys("raw/"))
    checked |= {"archives gone by rule": gone} if gone else {}
    return Verified(versions[-1].version if versions else 0, checked, tuple(findings))


def _check_archive(store: ObjectStore, key: str) -> list[Finding]:
    """A manifest against its WARC file and index, and the index against the records."""
    try:
        manifest = json.loads(store.get(key))
        warc, cdxj = str(manifest["warc"]), str(manifest["cdxj"])
        index = store.get(cdxj)
        written = ObjectSum(int(manifest["bytes"]), str(manifest["sha256"]))
        records, index_digest = int(manifest["records"]), str(manifest["cdxj_sha256"])
    except KeyError as error:
        return [Finding(key, f"{error.args[0]!r} is missing", _RAW)]
    except (ValueError, TypeError) as error:
        return [Finding(key, f"it is no manifest: {error}", _RAW)]
    found = hashlib.sha256(index).hexdigest()
    if found != index_digest:
        wrong = Finding(cdxj, f"its sha256 is {found}, and {index_digest} was written", _RAW)
        return [*check_object(store, warc, written, _RAW), wrong]
    return check_object(store, warc, written, _RAW, lambda path: _compare_index(path, warc, cdxj, index, records))


def _compare_index(path: Path, warc: str, cdxj: str, index: bytes, records: int) -> list[Finding]:
    try:
        there = {(one.capture.offset, one.capture.length) for one in read_captures(path, warc, verified=True)}
        told = {(line.offset, line.length) for line in read_index(index, cdxj)}
    except (CopydeskError, ValueError) as error:
        return [Finding(cdxj, f"it cannot be compared with the archive: {error}", _RAW)]
    if len(there) != records:
        return [Finding(warc, f"it holds {len(there)} records, and its manifest says {records}", _RAW)]
    if there != told:
        return [Finding(cdxj, f"{len(there ^ told)} of its places are not those of the archive's records", _RAW)]
    return []


def _check_staged(store: ObjectStore, key: str) -> list[Finding]:
    """The parts of a staged run against its marker."""
    folder, findings, rows = key.rpartition("/")[0], [], 0
    try:
        done = json.loads(store.get(key))
        parts = [(f"{folder}/{part['name']}", int(part["rows"]), str(part["sha256"])) for part in done["parts"]]
        told = int(done["rows"])
    except (ValueError, TypeError, KeyError) as error:
        return [Finding(key, f"it is no marker of a staged run: {error!r}", _STAGED)]
    for part, count, digest in parts:
        findings += _check_part(store, part, count, digest)
        rows += count
    if rows != told:
        findings.append(Finding(key, f"it says {told} rows, and its parts {rows}", _STAGED))
    return findings


def _check_part(store: ObjectStore, key: str, rows: int, digest: str) -> list[Finding]:
    def count(path: Path) -> list[Finding]:
        try:
            counted = pq.ParquetFile(path).metadata.num_rows
        except (OSError, ValueError) as error:
            return [Finding(key, f"it cannot be read: {error}", _STAGED)]
        return [] if counted == rows else [Finding(key, f"it has {counted} rows, and its run says {rows}", _STAGED)]

    return check_object(store, key, digest, _STAGED, count)


def _check_listed(store: ObjectStore, key: str) -> list[Finding]:
    """Files of a folder against its list of sha256, as `sha256sum -c` would."""
    folder, findings = key.rpartition("/")[0], []
    try:
        listed = store.get(key)
    except KeyError:  # it was removed meanwhile
        return []
    for line in listed.decode("utf-8", "replace").splitlines():
        digest, _, name = line.partition("  ")
        findings += check_object(store, f"{folder}/{name}", digest, _SNAPSHOT)
    return findings
