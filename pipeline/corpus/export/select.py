"""The rows of an export: a table of a corpus version, some thousand rows at a time, always in the same order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.corpus.reader import Corpus
from pipeline.errors import ConfigError
from pipeline.models import Document, Kind, Relation, RelationRow, Story, Window
from pipeline.store.scan import scan
from pipeline.store.schemas import arrow_schema

__all__ = ["TABLES", "Selection", "rows_of", "schema_of"]

TABLES: Mapping[str, type] = {"stories": Story, "documents": Document, "relations": RelationRow}
_ROLES = {*Relation, "canonical", "indirect"}
_Mask = npt.NDArray[np.bool_]
_Kept = Callable[[pa.Table], _Mask]


@dataclass(frozen=True, slots=True)
class Selection:
    """A table, and what its rows must have; what is empty asks for nothing.

    A story is of a source, or has a relation, when one of its copies is or has; a document has the relation that it
    has in its story. The window is that of `first_seen` for stories, of `published_at`, or else `fetched_at`, for
    documents. Relations can be chosen by relation alone.
    """

    table: str = "stories"
    sources: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    relations: tuple[str, ...] = ()
    window: Window | None = None

    def __post_init__(self) -> None:
        for what, value, valid in (
            ("table", (self.table,), TABLES), ("kind", self.kinds, set(Kind)), ("relation", self.relations, _ROLES),
        ):  # fmt: skip
            unknown = sorted(set(value) - set(valid))
            if unknown:
                raise ConfigError(f"unknown {what} {', '.join(unknown)}; valid: {', '.join(sorted(valid))}")
        if self.table == "relations" and (self.sources or self.languages or self.kinds or self.window):
            raise ConfigError("relations can be chosen by --relation alone; for more, export documents and join them")

    def described(self) -> dict[str, Any]:
        """The selection as plain values, for a file."""
        window = [self.window.start.isoformat(), self.window.end.isoformat()] if self.window else None
        values = asdict(self) | {"window": window}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


def schema_of(table: str) -> pa.Schema:
    """Columns of an exported table; documents have Dolma's `added` and `created` beside ours."""
    schema = arrow_schema(TABLES[table])
    if table != "documents":
        return schema
    added, created = schema.field("added_at"), schema.field("published_at")
    return schema.append(added.with_name("added")).append(created.with_name("created"))


def rows_of(corpus: Corpus, selection: Selection) -> Iterator[pa.Table]:
    """The rows of a selection; the same rows in the same parts each time, for one corpus version."""
    keep = _filter(corpus, selection)
    version = corpus.pinned.tables.get(selection.table, -1)
    for batch in scan(corpus.store, selection.table, version):
        rows = pa.Table.from_batches([batch])
        wanted = keep(rows)
        kept = rows if wanted.all() else rows.filter(pa.array(wanted))
        if kept.num_rows:
            yield _with_dolma_names(kept) if selection.table == "documents" else kept


def _with_dolma_names(rows: pa.Table) -> pa.Table:
    schema = schema_of("documents")
    added = rows.append_column("added", rows["added_at"]).append_column("created", rows["published_at"])
    return added.cast(schema)


def _filter(corpus: Corpus, selection: Selection) -> _Kept:
    """Whether rows are wanted. What was superseded never is."""
    tests = _OF_TABLE[selection.table](corpus, selection)
    if selection.languages:
        tests.append(_one_of("language", selection.languages))
    if selection.kinds:
        tests.append(_one_of("kind", selection.kinds))
    if selection.window:
        tests.append(_within(selection.table, selection.window))
    return lambda rows: np.logical_and.reduce([np.ones(rows.num_rows, bool), *(test(rows) for test in tests)])


def _of_documents(corpus: Corpus, selection: Selection) -> list[_Kept]:
    tests = [_current(corpus)]
    if selection.sources:
        tests.append(_one_of("source", selection.sources))
    if selection.relations:
        tests.append(_one_of("id", _roles(corpus, selection.relations)))
    return tests


def _of_stories(_corpus: Corpus, selection: Selection) -> list[_Kept]:
    tests: list[_Kept] = []
    if selection.sources:
        tests.append(lambda rows: _any_in(rows["sources"], None, selection.sources))
    if selection.relations:
        tests.append(lambda rows: _any_in(rows["copies"], "relation", selection.relations))
    return tests


def _of_relations(corpus: Corpus, selection: Selection) -> list[_Kept]:
    tests = [_holding(corpus)]
    if selection.relations:
        tests.append(_one_of("relation", selection.relations))
    return tests


_OF_TABLE: Mapping[str, Callable[[Corpus, Selection], list[_Kept]]] = {
    "documents": _of_documents,
    "relations": _of_relations,
    "stories": _of_stories,
}


def _current(corpus: Corpus) -> _Kept:
    """Of every document the current revision: the latest capture, then the newest extractor, then the number."""
    latest: dict[str, tuple[datetime, int, int]] = {}
    columns = ["id", "fetched_at", "extractor", "revision"]
    for batch in scan(corpus.store, "documents", corpus.pinned.tables.get("documents", -1), columns=columns):
        for name, *rank in zip(*(batch[column].to_pylist() for column in columns), strict=True):
            latest[name] = max(latest.get(name, tuple(rank)), tuple(rank))
    current = {name: rank[2] for name, rank in latest.items()}

    def keep(rows: pa.Table) -> _Mask:
        pairs = zip(rows["id"].to_pylist(), rows["revision"].to_pylist(), strict=True)
        return np.fromiter((current[name] == revision for name, revision in pairs), bool, rows.num_rows)

    return keep


def _holding(corpus: Corpus) -> _Kept:
    """Of every pair its latest row, where that says a relation."""
    latest: dict[tuple[str, str], int] = {}
    columns = ["a", "b", "version"]
    for batch in scan(corpus.store, "relations", corpus.pinned.tables.get("relations", -1), columns=columns):
        for a, b, version in zip(*(batch[column].to_pylist() for column in columns), strict=True):
            latest[a, b] = max(latest.get((a, b), 0), version)

    def keep(rows: pa.Table) -> _Mask:
        values = zip(*(rows[column].to_pylist() for column in ("a", "b", "version", "relation")), strict=True)
        held = (latest[a, b] == version and relation is not None for a, b, version, relation in values)
        return np.fromiter(held, bool, rows.num_rows)

    return keep


def _roles(corpus: Corpus, wanted: tuple[str, ...]) -> tuple[str, ...]:
    """Ids of the documents that have one of the relations in their story."""
    found: list[str] = []
    for batch in scan(corpus.store, "stories", corpus.pinned.tables.get("stories", -1), columns=["copies"]):
        copies = pc.list_flatten(batch["copies"])
        found += pc.struct_field(copies, "id").filter(
            pc.is_in(pc.struct_field(copies, "relation"), pa.array(wanted))
        ).to_pylist()  # fmt: skip
    return tuple(found)


def _within(table: str, window: Window) -> _Kept:
    begin = pa.scalar(datetime.combine(window.start, time(), UTC), pa.timestamp("us", tz="UTC"))
    end = pa.scalar(datetime.combine(window.end, time(), UTC) + timedelta(days=1), pa.timestamp("us", tz="UTC"))

    def keep(rows: pa.Table) -> _Mask:
        moment = rows["first_seen"] if table == "stories" else pc.coalesce(rows["published_at"], rows["fetched_at"])
        return _mask(pc.and_(pc.greater_equal(moment, begin), pc.less(moment, end)))

    return keep


def _one_of(column: str, values: tuple[str, ...]) -> _Kept:
    wanted = pa.array(values, pa.string())
    return lambda rows: _mask(pc.is_in(rows[column], wanted))


def _any_in(column: pa.ChunkedArray, field: str | None, values: tuple[str, ...]) -> _Mask:
    """Whether a list (or a field of its elements) has one of the values."""
    lists = column.combine_chunks()
    parts = pc.list_flatten(lists)
    hit = pc.is_in(pc.struct_field(parts, field) if field else parts, pa.array(values, pa.string()))
    found = np.zeros(len(column), bool)
    found[pc.list_parent_indices(lists).filter(hit).to_numpy(zero_copy_only=False)] = True
    return found


def _mask(found: Any) -> _Mask:
    mask: _Mask = found.to_numpy(zero_copy_only=False).astype(bool) if isinstance(found, pa.Array) else found.to_numpy()
    return mask
