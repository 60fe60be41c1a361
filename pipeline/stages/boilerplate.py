"""The artefact of lines that hosts repeat: learned by `maintain`, named by a corpus version, read by each run."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime

from pipeline.extract.boilerplate import MOST_PAGES, Boilerplate, Sample, learn, read_boilerplate
from pipeline.models import Kind
from pipeline.sources.urls import host_of
from pipeline.stages.base import Base
from pipeline.store.objects import ObjectStore
from pipeline.store.tables import any_of, read_table
from pipeline.store.versions import CorpusVersion, artefact_of, latest_version

__all__ = ["ARTEFACT", "boilerplate_at", "drop_artefacts", "learn_boilerplate", "without_examples"]

ARTEFACT = "boilerplate"
"""Its name among a corpus version's artefacts."""
_FOLDER = f"artefacts/{ARTEFACT}/"
_MONTHS = 2
_PAGES_A_QUERY = 4_000


def boilerplate_at(store: ObjectStore, version: CorpusVersion | None) -> tuple[str | None, Boilerplate]:
    """The key of the artefact that a corpus version names, and what is in it; (None, empty) before the first.

    Raises:
        CorruptDataError, StoreError: it cannot be read.
    """
    found = artefact_of(store, version, ARTEFACT)
    return (found[0], read_boilerplate(found[1], found[0])) if found else (None, Boilerplate())


def learn_boilerplate(store: ObjectStore, base: Base, *, hidden: Collection[str]) -> tuple[str | None, int]:
    """Learn from the articles of the last months, and put what was learned if it is more than was known.

    Of the hosts of some addresses, those of texts that were taken down, nothing that can be read is kept.

    Its name comes from the corpus version that it was learned from, so that a second try writes the same object.

    Returns:
        The key of the artefact for the next corpus version, and the lines that are new in it.
    """
    key, former = boilerplate_at(store, base.pinned)
    known = former
    for host, samples in _samples(store, base):
        known = known.with_lines(host, learn(samples))
    known = known.without_examples(_hosts(hidden))
    if known == former:
        return key, 0
    key = f"{_FOLDER}{base.version:08d}.json"
    store.put(key, known.to_json())
    return key, known.count - former.count


def without_examples(store: ObjectStore, base: Base, hidden: Collection[str]) -> str | None:
    """The key of an artefact that shows nothing of the hosts of some addresses; it is put where none does yet."""
    key, known = boilerplate_at(store, base.pinned)
    cleaned = known.without_examples(_hosts(hidden))
    if cleaned == known:
        return key
    body = cleaned.to_json()
    key = f"{_FOLDER}{base.version:08d}-{hashlib.sha256(body).hexdigest()[:8]}.json"
    store.put(key, body)
    return key


def drop_artefacts(store: ObjectStore, hidden: Collection[str]) -> None:
    """Remove artefacts that the newest version does not name and that show something of the hosts of some addresses."""
    newest = latest_version(store)
    current = newest.artefacts.get(ARTEFACT) if newest else None
    hosts = _hosts(hidden)
    for key in [key for key in store.keys(_FOLDER) if key != current]:
        known = read_boilerplate(store.get(key), key)
        if known != known.without_examples(hosts):
            store.delete(key)


def _hosts(urls: Collection[str]) -> frozenset[str]:
    return frozenset(map(host_of, urls))


def _samples(store: ObjectStore, base: Base) -> Iterator[tuple[str, list[Sample]]]:
    """Recent articles, host by host; a host's texts are in memory only while it is its turn."""
    table, version = "documents", base.delta_version("documents")
    months = sorted(set(read_table(store, table, version, columns=["added_month"])["added_month"].to_pylist()))
    recent = any_of("added_month", months[-_MONTHS:])
    columns = ["id", "revision", "page_url", "fetched_at"]
    where = f"{recent} AND {any_of('kind', [Kind.ARTICLE.value])}"
    newest: dict[str, list[tuple[datetime, int, str]]] = defaultdict(list)
    for row in read_table(store, table, version, columns=columns, where=where).to_pylist():
        newest[host_of(row["page_url"])].append((row["fetched_at"], row["revision"], row["id"]))
    wanted = {host: [name for _, _, name in sorted(rows, reverse=True)[:MOST_PAGES]] for host, rows in newest.items()}
    for hosts in _batches(wanted):
        names = any_of("id", (name for host in hosts for name in wanted[host]))
        texts: dict[str, list[tuple[datetime, int, Sample]]] = defaultdict(list)
        more = [*columns, "title", "text"]
        for row in read_table(store, table, version, columns=more, where=f"{recent} AND {names}").to_pylist():
            sample = Sample(row["page_url"], row["title"] or "", tuple(row["text"].split("\n\n")))
            texts[host_of(row["page_url"])].append((row["fetched_at"], row["revision"], sample))
        for host in hosts:
            ordered = sorted(texts[host], key=lambda one: one[:2], reverse=True)
            yield host, [sample for _, _, sample in ordered]


def _batches(wanted: Mapping[str, Sequence[str]]) -> Iterator[list[str]]:
    """Hosts in order, some at a time, so that a table is not read once for each."""
    batch: list[str] = []
    for host in sorted(wanted):
        batch.append(host)
        if sum(len(wanted[one]) for one in batch) >= _PAGES_A_QUERY:
            yield batch
            batch = []
    if batch:
        yield batch
