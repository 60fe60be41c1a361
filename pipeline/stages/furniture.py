"""The artefact of furniture: shingles of a host that are no evidence, named by a corpus version.

It changes in a rededuplication alone, which decides every story anew with it. So all stories of a version were decided
with the same furniture, whichever run brought them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.dedup.furniture import find_furniture, furniture_to_json, read_furniture, sampled
from pipeline.dedup.texts import Furniture, Text
from pipeline.models import Quote, pasted_text
from pipeline.stages.base import Base
from pipeline.store.scan import scan
from pipeline.store.versions import artefact_of

__all__ = ["ARTEFACT", "furniture_at", "learn_furniture"]

ARTEFACT = "furniture"
"""Its name among a corpus version's artefacts."""


def furniture_at(base: Base) -> Furniture:
    """The furniture that a corpus version was decided with; none before the first rededuplication.

    Raises:
        CorruptDataError, StoreError: it cannot be read.
    """
    found = artefact_of(base.store, base.pinned, ARTEFACT)
    return read_furniture(found[1], f"artefact {found[0]}") if found else {}


def learn_furniture(base: Base) -> str:
    """Find the furniture of all current texts and put it; gives its key, for a version that is decided with it.

    Its name comes from the corpus version that it was learned from, so that a second try writes the same object.
    """
    key = f"artefacts/{ARTEFACT}/{base.version:08d}.json"
    named = ((name, source) for batch in _scan(base, "id", "source") for name, source in _rows(batch))
    base.store.put(key, furniture_to_json(find_furniture(_texts(base, sampled(named)))))
    return key


def _texts(base: Base, wanted: set[str]) -> list[Text]:
    """Some current documents; no others are in memory."""
    names = pa.array(sorted(wanted), pa.string())
    latest: dict[str, tuple[tuple[object, ...], Text]] = {}
    for batch in _scan(base, "id", "fetched_at", "extractor", "revision", "source", "text", "quotes"):
        for name, *rank, source, text, quotes in _rows(batch.filter(pc.is_in(batch["id"], names))):
            if name not in latest or tuple(rank) > latest[name][0]:
                pasted = pasted_text([Quote(**quote) for quote in quotes or ()])
                latest[name] = (tuple(rank), Text(name, text, source=source, pasted=pasted))
    return [text for _, text in latest.values()]


def _scan(base: Base, *columns: str) -> Iterator[pa.RecordBatch]:
    return scan(base.store, "documents", base.delta_version("documents"), columns=columns)


def _rows(batch: pa.RecordBatch) -> Iterable[tuple[Any, ...]]:
    return zip(*(column.to_pylist() for column in batch.columns), strict=True)
