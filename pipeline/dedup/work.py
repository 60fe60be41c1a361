"""What every shard of a whole-corpus job is given, and the texts of a shard."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.dedup.furniture import read_furniture
from pipeline.dedup.sections import get_section, unpack
from pipeline.dedup.texts import Furniture, Text
from pipeline.models import Kind, Quote, pasted_text
from pipeline.settings import Settings
from pipeline.store.objects import ObjectStore, open_store
from pipeline.store.scan import scan_rows

__all__ = [
    "ROWS",
    "SHARD_TEXTS",
    "TEXTS",
    "Work",
    "furniture_of",
    "numbered_texts",
    "rows_of",
    "sections_for",
    "shard_of_texts",
    "text_of",
    "texts_of_a_shard",
]

ROWS = pa.schema([("file", pa.string()), ("row", pa.int32()), ("number", pa.uint32()), ("id", pa.string())])
"""Which rows of which files are the current texts of a shard, and the numbers of those, in order of file and row."""
TEXTS = pa.schema(
    [
        ("number", pa.uint32()), ("id", pa.string()), ("text", pa.string()), ("kind", pa.string()),
        ("source", pa.string()), ("url", pa.string()), ("title", pa.string()), ("authors", pa.list_(pa.string())),
        ("published_at", pa.timestamp("us", "UTC")), ("pasted", pa.string()),
    ]
)  # fmt: skip
"""A text as it is sent from its shard to where it is compared."""
SHARD_TEXTS = 20_000
_MOST_SHARDS = 64
_COLUMNS = ("text", "kind", "source", "url", "title", "authors", "published_at", "quotes")


@dataclass(frozen=True, slots=True)
class Work:
    """A job over all current texts, which have numbers in the order in which they were published.

    folder: prefix of its objects, which are all written once. shards: parts that texts and keys are divided into.
    furniture: key of the artefact. sources: authority, and whether it is an agency, of each declared source.
    """

    settings: Settings
    folder: str
    shards: int
    furniture: str | None
    sources: Mapping[str, tuple[int, bool]]

    @property
    def store(self) -> ObjectStore:
        """The store, opened for this process."""
        return _opened(self.settings)

    def key(self, step: str, shard: int) -> str:
        """Key of what a step made of a shard."""
        return f"{self.folder}{step}-{shard:05}"


def texts_of_a_shard(count: int, least: int) -> int:
    """Into parts of how many texts a job of so many is divided: at least so many, and not too many parts."""
    return max(least, -(-count // _MOST_SHARDS))


def rows_of(work: Work, shard: int) -> pa.Table:
    """The rows of a shard, as `ROWS`."""
    return unpack(work.store.get(work.key("rows", shard)), ROWS)


def shard_of_texts(work: Work) -> npt.NDArray[np.uint16]:
    """The shard of each text, by its number."""
    return np.frombuffer(work.store.get(f"{work.folder}where"), dtype="<u2")


def furniture_of(work: Work) -> Furniture:
    """The furniture that the job decides with."""
    return {} if work.furniture is None else _furniture(work.settings, work.furniture)


@lru_cache(maxsize=1)
def _opened(settings: Settings) -> ObjectStore:
    return open_store(settings)


@lru_cache(maxsize=1)
def _furniture(settings: Settings, key: str) -> Furniture:
    return read_furniture(_opened(settings).get(key), f"artefact {key}")


def numbered_texts(work: Work, shard: int) -> Iterator[pa.Table]:
    """Texts of a shard as `TEXTS`, some thousand at a time."""
    rows = rows_of(work, shard)
    numbers, ids, files = (rows[name].combine_chunks() for name in ("number", "id", "file"))
    named = files.dictionary_encode()  # in order of the files, as the rows are
    places = named.indices.to_numpy(), rows["row"].to_numpy()
    for chosen, found in scan_rows(work.store, "documents", named.dictionary.to_pylist(), places, columns=_COLUMNS):
        yield _as_texts(found, numbers[chosen], ids[chosen])


def _as_texts(batch: pa.RecordBatch, numbers: pa.Array, ids: pa.Array) -> pa.Table:
    pasted = [pasted_text([Quote(**one) for one in quotes or ()]) for quotes in batch["quotes"].to_pylist()]
    columns: dict[str, Any] = {name: batch[name] for name in _COLUMNS if name != "quotes"}
    columns |= {"number": numbers, "id": ids, "pasted": pa.array(pasted, pa.string())}
    return pa.table({field.name: columns[field.name].cast(field.type) for field in TEXTS}, schema=TEXTS)


def text_of(row: Mapping[str, Any], sources: Mapping[str, tuple[int, bool]]) -> Text:
    """A row of `TEXTS` as it is compared."""
    authority, is_agency = sources.get(row["source"], (50, False))
    return Text(
        id=row["id"], text=row["text"], kind=Kind(row["kind"]), source=row["source"], url=row["url"],
        title=row["title"], authors=tuple(row["authors"] or ()), published_at=row["published_at"],
        authority=authority, is_agency=is_agency, pasted=row["pasted"],
    )  # fmt: skip


def sections_for(store: ObjectStore, keys: Sequence[str], number: int, count: int, schema: pa.Schema) -> pa.Table:
    """The sections of one number of several objects, as one table."""
    found = [unpack(get_section(store, key, number, count), schema) for key in keys]
    return pa.concat_tables(found) if found else schema.empty_table()
