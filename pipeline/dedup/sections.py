"""Objects of several parts, of which a reader fetches one: what shards of a large job hand to each other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from pipeline.store.objects import ObjectStore

__all__ = ["get_section", "pack", "put_sections", "unpack"]

_OFFSET = np.dtype("<u8")


def put_sections(store: ObjectStore, key: str, sections: Sequence[bytes]) -> None:
    """Put an object of some sections; where each stands is told by its first bytes."""
    offsets = np.cumsum([0, *map(len, sections)]).astype(_OFFSET)
    store.put(key, b"".join((offsets.tobytes(), *sections)))


def get_section(store: ObjectStore, key: str, number: int, count: int) -> bytes:
    """One section of an object that was put with `count` of them."""
    head = np.frombuffer(store.get_range(key, _OFFSET.itemsize * number, 2 * _OFFSET.itemsize), dtype=_OFFSET)
    start, end = int(head[0]), int(head[1])
    return store.get_range(key, _OFFSET.itemsize * (count + 1) + start, end - start) if end > start else b""


def pack(table: pa.Table) -> bytes:
    """A table as compressed Arrow; equal tables give equal bytes. One without rows is nothing."""
    if not table.num_rows:
        return b""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
        writer.write_table(table.combine_chunks())
    return bytes(sink.getvalue().to_pybytes())


def unpack(data: bytes, schema: pa.Schema) -> pa.Table:
    """What `pack` made of a table of this schema."""
    return pa.ipc.open_stream(data).read_all() if data else schema.empty_table()
