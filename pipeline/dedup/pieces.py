"""Comparing and deciding piece by piece: the texts of a piece are sent to it from the shards that have them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from pipeline.dedup.decide import decide_compared
from pipeline.dedup.sections import get_section, pack, put_sections, unpack
from pipeline.dedup.texts import Text, read_tokens
from pipeline.dedup.verify import Facts, compare
from pipeline.dedup.work import TEXTS, Work, furniture_of, numbered_texts, sections_for, text_of
from pipeline.models import Relation

__all__ = ["CLUSTERS", "FACTS", "SENT", "compare_piece", "components_of", "decide_piece", "pieces_of", "send_shard"]

# Those of a large corpus are more than a column of `string` can address.
_TYPES = {
    "str": pa.large_string(), "float": pa.float64(), "int": pa.int64(), "bool": pa.bool_(), "Relation": pa.string(),
}  # fmt: skip
FACTS = pa.schema(
    [("one", pa.uint32()), ("other", pa.uint32())]
    + [(field.name, _TYPES[str(field.type).removesuffix(" | None")]) for field in fields(Facts)]
)
"""The numbers of two texts, and what they are to each other."""
CLUSTERS = pa.schema(
    [("members", pa.large_list(pa.large_string())), ("canonical_id", pa.large_string()), ("reason", pa.string())]
)
"""Stories of several members."""
SENT = pa.schema([("number", pa.uint32()), ("piece", pa.int32())])
"""To which pieces the texts of a shard are sent, in order of number."""


def send_shard(work: Work, shard: int, step: str, pieces: int) -> None:
    """Send texts of a shard to the pieces that the object `<step>-sent` names: a section for each piece."""
    sent = unpack(get_section(work.store, f"{work.folder}{step}-sent", shard, work.shards), SENT)
    numbers, wanted = sent["number"].to_numpy(), sent["piece"].to_numpy()
    parts: list[list[pa.Table]] = [[] for _ in range(pieces)]
    for table in numbered_texts(work, shard) if sent.num_rows else ():
        mine = table["number"].to_numpy()
        first, last = np.searchsorted(numbers, mine), np.searchsorted(numbers, mine, side="right")
        rows = np.repeat(np.arange(len(mine)), last - first)
        to = wanted[np.concatenate([np.arange(a, b) for a, b in zip(first, last, strict=True)])]
        for piece in np.unique(to).tolist():
            parts[piece].append(table.take(pa.array(rows[to == piece])))
    sections = [pack(pa.concat_tables(some)) if some else b"" for some in parts]
    put_sections(work.store, work.key(f"{step}-texts", shard), sections)


def compare_piece(work: Work, piece: int, pieces: int) -> None:
    """Compare the pairs of a piece; those that are nothing to each other are left out."""
    texts = _texts(work, "compare", piece, pieces)
    data = get_section(work.store, f"{work.folder}compare-pairs", piece, pieces)
    pairs = np.frombuffer(data, dtype="<u4").reshape(-1, 2)
    rows: list[tuple[int, int, Facts]] = []
    for one, other in pairs.tolist():
        found = compare(texts[one], texts[other])
        if found is not None:
            rows.append((one, other, found))
    work.store.put(work.key("facts", piece), pack(_facts_table(rows)))


def decide_piece(work: Work, piece: int, pieces: int) -> None:
    """Decide the components of a piece whole: a section of relations, and one of stories of several members."""
    texts = _texts(work, "decide", piece, pieces)
    known = unpack(get_section(work.store, f"{work.folder}decide-facts", piece, pieces), FACTS)
    numbers = {text.id: number for number, text in texts.items()}
    decision = decide_compared({text.id: text for text in texts.values()}, list(map(_facts, known.to_pylist())))
    rows = [(numbers[one.a], numbers[one.b], one) for one in decision.facts]
    stories = [one for one in decision.clusters if len(one.members) > 1]
    columns = [
        [list(one.members) for one in stories],
        [one.canonical_id for one in stories],
        [one.reason for one in stories],
    ]
    clusters = pa.table(
        [pa.array(values, field.type) for values, field in zip(columns, CLUSTERS, strict=True)], CLUSTERS
    )
    put_sections(work.store, work.key("decided", piece), [pack(_facts_table(rows)), pack(clusters)])


def pieces_of(
    pairs: npt.NDArray[np.uint32], count: int, size: int, *, whole: bool
) -> tuple[npt.NDArray[np.int32], int]:
    """Put texts into pieces so that pairs mostly stay together; gives the piece of each (-1: in no pair), and how many.

    Args:
        pairs: uint32 (pairs, 2), numbers of texts.
        count: texts in all.
        size: texts of a piece.
        whole: what is connected is never divided, so that a piece may be larger.
    """
    labels = components_of(pairs, count)
    inside = np.unique(pairs).astype(np.int64)
    order = inside[np.argsort(labels[inside], kind="stable")]
    places = np.arange(len(order))
    if whole:  # a component counts where it begins
        first = np.flatnonzero(np.append(True, np.diff(labels[order]) != 0)) if len(order) else places
        places = first[np.searchsorted(first, places, side="right") - 1] if len(order) else places
    piece = np.full(count, -1, dtype=np.int32)
    numbers = np.unique(places // size, return_inverse=True)[1]
    piece[order] = numbers
    return piece, int(numbers.max(initial=-1)) + 1


def components_of(pairs: npt.NDArray[np.integer], count: int) -> npt.NDArray[np.int32]:
    """The component of each of so many texts."""
    sides = coo_array((np.ones(len(pairs), dtype=np.bool_), (pairs[:, 0], pairs[:, 1])), shape=(count, count))
    labels: npt.NDArray[np.int32] = connected_components(sides, directed=False)[1]
    return labels


def _texts(work: Work, step: str, piece: int, pieces: int) -> dict[int, Text]:
    """Texts of a piece by number, with their tokens."""
    keys = [work.key(f"{step}-texts", shard) for shard in range(work.shards)]
    rows = sections_for(work.store, keys, piece, pieces, TEXTS).to_pylist()
    texts = {row["number"]: text_of(row, work.sources) for row in rows}
    read_tokens(texts.values(), furniture_of(work))
    return texts


def _facts_table(rows: Sequence[tuple[int, int, Facts]]) -> pa.Table:
    columns: list[list[Any]] = [[row[0] for row in rows], [row[1] for row in rows]]
    columns += [[getattr(row[2], name) for row in rows] for name in FACTS.names[2:]]
    return pa.table([pa.array(values, field.type) for values, field in zip(columns, FACTS, strict=True)], schema=FACTS)


def _facts(row: Mapping[str, Any]) -> Facts:
    values = {name: row[name] for name in FACTS.names[2:]}
    return Facts(**values | {"relation": Relation(values["relation"])})
