"""Arrow and JSON schemas of the stored tables, generated from the models: one definition a column."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import Enum
from typing import Any, Union, get_args, get_origin, get_type_hints

import pyarrow as pa
from pydantic import TypeAdapter

from pipeline.models import Document, RelationRow, Story, StoryChange, Takedown

__all__ = ["FORMER_TABLES", "TABLES", "arrow_schema", "from_row", "json_schema", "to_arrow"]

TABLES: Mapping[str, type] = {
    "documents": Document,
    "relations": RelationRow,
    "stories": Story,
    "story_changes": StoryChange,
    "takedowns": Takedown,
}
"""Name of each table and the model of its rows."""
FORMER_TABLES = ("signatures",)
"""What an older Copydesk kept and nothing reads: a version names it no more, and `maintain` removes its objects."""

_SCALARS: Mapping[type, pa.DataType] = {
    str: pa.string(),
    int: pa.int64(),
    float: pa.float64(),
    bool: pa.bool_(),
    bytes: pa.binary(),
    datetime: pa.timestamp("us", tz="UTC"),
}


def arrow_schema(model: type) -> pa.Schema:
    """Arrow schema of a model; an extra column `added_month` is the partition of `documents`."""
    hints = get_type_hints(model)
    fields = [_field(field.name, hints[field.name]) for field in dataclasses.fields(model)]
    if model is Document:
        fields.append(pa.field("added_month", pa.string(), nullable=False))
    return pa.schema(fields)


def json_schema(model: type) -> dict[str, Any]:
    """JSON Schema (2020-12) of a model's rows."""
    schema = TypeAdapter(model).json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def to_arrow(model: type, rows: Iterable[Any], **columns: list[Any]) -> pa.Table:
    """Rows (dataclass values) as an Arrow table in the model's schema.

    Args:
        model: the dataclass of the rows.
        rows: its values.
        columns: values for columns that the model does not have, one a row.
    """
    schema = arrow_schema(model)
    rows = list(rows)
    names = [field.name for field in dataclasses.fields(model)]
    data = {name: [_plain(getattr(row, name)) for row in rows] for name in names} | columns
    if "added_month" in schema.names and "added_month" not in data:
        data["added_month"] = [f"{row.added_at:%Y-%m}" if row.added_at else "" for row in rows]
    return pa.table(data, schema=schema)


def from_row(model: type, row: Mapping[str, Any]) -> Any:
    """A row as Arrow's `to_pylist` gives it, as the model's value."""
    hints = get_type_hints(model)
    return model(**{field.name: _value(hints[field.name], row[field.name]) for field in dataclasses.fields(model)})


def _field(name: str, hint: Any) -> pa.Field:
    inner, optional = _strip_optional(hint)
    return pa.field(name, _data_type(inner), nullable=optional)


def _data_type(hint: Any) -> pa.DataType:
    if get_origin(hint) is tuple:
        return pa.list_(pa.field("element", _data_type(get_args(hint)[0]), nullable=True))
    if dataclasses.is_dataclass(hint):
        return pa.struct([_field(field.name, get_type_hints(hint)[field.name]) for field in dataclasses.fields(hint)])
    if isinstance(hint, type) and issubclass(hint, Enum):
        return pa.string()
    return _SCALARS[hint]


def _strip_optional(hint: Any) -> tuple[Any, bool]:
    if get_origin(hint) in (Union, types.UnionType):
        return next(part for part in get_args(hint) if part is not types.NoneType), True
    return hint, False


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    return value


def _value(hint: Any, value: Any) -> Any:
    inner, _ = _strip_optional(hint)
    if value is None:
        return None
    if get_origin(inner) is tuple:
        return tuple(_value(get_args(inner)[0], part) for part in value)
    if dataclasses.is_dataclass(inner):
        return from_row(inner, value)  # type: ignore[arg-type]
    if isinstance(inner, type) and issubclass(inner, Enum):
        return inner(value)
    return value
