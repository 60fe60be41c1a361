"""Retention of raw pages: archives that rules give no more days to are removed, and a note stays in their place."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from urllib.parse import urlsplit

from pipeline.archive.index import IndexLine, read_index
from pipeline.archive.redact import redact, settled_keys
from pipeline.archive.seal import read_manifest
from pipeline.store.objects import ObjectStore

__all__ = ["GONE", "expire"]

GONE = ".gone.json"
"""How the key of a note ends that tells of an archive that was removed; it has the fields of the archive's manifest."""
_MANIFEST = ".manifest.json"
_PARTS = (_MANIFEST, ".cdxj", ".warc.gz")
"""How the keys of an archive's objects end; the manifest goes first: without it nobody looks for the others."""


def expire(store: ObjectStore, rules: Sequence[str], *, now: datetime, spared: Callable[[], Collection[str]]) -> int:
    """Remove the captures that are older than their rule's days; safe to repeat, and to kill at any instant.

    An archive goes when all its captures may go. Of one whose other captures stay, those that may go are blanked in
    place.

    Args:
        store: where the archives are.
        rules: `SOURCE HOST DAYS` each, with wildcards; the first that fits a capture counts, and without one it stays.
        now: the present.
        spared: gives keys of manifests whose pages have still to be extracted, and ids of the runs that are to do so;
            asked when it is known which archives there are.

    Returns:
        The number of archives removed.
    """
    keys = settled_keys(store)
    kept = set(spared())
    gone = {key.removesuffix(GONE) for key in keys if key.endswith(GONE)}
    for stem in {key.removesuffix(ending) for key in keys for ending in _PARTS} & gone:
        _remove(store, stem)  # what a kill left
    places, removed = set[str](), 0
    for key in [key for key in keys if key.endswith(_MANIFEST)]:
        stem = key.removesuffix(_MANIFEST)
        if stem in gone:
            continue
        old, whole = _old_places(store, stem, rules, now)
        manifest = read_manifest(store, key) if old else {}
        if not old or not kept.isdisjoint((key, manifest["run_id"])):
            continue
        if not whole:
            places.update(old)
            continue
        note = manifest | {"removed_at": now.isoformat()}
        store.put(f"{stem}{GONE}", json.dumps(note, sort_keys=True).encode())
        _remove(store, stem)
        removed += 1
    if places:
        redact(store, places=places, urls=(), sources=())
    return removed


def _old_places(store: ObjectStore, stem: str, rules: Sequence[str], now: datetime) -> tuple[list[str], bool]:
    """Places of an archive's captures that may go, and whether these are all of them."""
    fitting = _rules_of(stem, rules)
    lines = read_index(store.get(f"{stem}.cdxj"), f"{stem}.cdxj") if fitting else []
    old = [f"{stem}.warc.gz {one.offset} {one.length}" for one in lines if _may_go(one, fitting, now)]
    return old, len(old) == len(lines)


def _rules_of(stem: str, rules: Sequence[str]) -> list[tuple[str, int]]:
    """Hosts and days of the rules that fit the source of an archive."""
    source = stem.split("/")[1].removeprefix("source=")
    parts = (rule.split() for rule in rules)
    return [(hosts.lower(), int(days)) for sources, hosts, days in parts if fnmatchcase(source, sources)]


def _may_go(one: IndexLine, rules: Sequence[tuple[str, int]], now: datetime) -> bool:
    host = urlsplit(one.url).hostname or ""
    for hosts, days in rules:
        if fnmatchcase(host, hosts):
            return one.fetched_at < now - timedelta(days=days)
    return False


def _remove(store: ObjectStore, stem: str) -> None:
    for ending in _PARTS:
        store.delete(f"{stem}{ending}")
