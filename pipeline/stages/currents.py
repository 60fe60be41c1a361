"""All documents of a corpus version as they are current, in the order in which they were published."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.dedup.texts import Text
from pipeline.models import Quote, pasted_text
from pipeline.stages.base import Base
from pipeline.store.scan import scan_files, scan_rows
from pipeline.store.tables import live_files

__all__ = ["current_rows", "current_texts"]

_COLUMNS = ("id", "source", "revision", "fetched_at", "extractor", "added_at")
_TEXT = ("id", "source", "text", "quotes")


def current_rows(base: Base) -> tuple[pa.Table, list[str]]:
    """Where the current revision of each document stands, in the order in which they were published; and the files.

    Returns:
        id, source, number of its file, row in it, and what it is ordered by; the files by their number.
    """
    files = sorted(live_files(base.store, "documents", base.delta_version("documents")))
    found = []
    for number, name in enumerate(files):
        row = 0
        for batch in scan_files(base.store, "documents", [name], columns=_COLUMNS):
            places = pa.array(np.arange(row, row + batch.num_rows, dtype=np.int32))
            file = pa.array(np.full(batch.num_rows, number, dtype=np.int32))
            found.append(pa.table([*batch.columns, file, places], names=[*_COLUMNS, "file", "row"]))
            row += batch.num_rows
    if not found:
        return pa.schema(
            [("id", pa.string()), ("source", pa.string()), ("file", pa.int32()), ("row", pa.int32())]
        ).empty_table(), []
    order = [(name, "ascending") for name in ("id", "fetched_at", "extractor", "revision")]
    rows = pa.concat_tables(found).sort_by(order)
    same = pc.equal(rows["id"][:-1], rows["id"][1:]).to_numpy(zero_copy_only=False)  # the next one is newer
    newest = rows.filter(pa.array(np.append(~same, True)))
    return newest.sort_by([("added_at", "ascending"), ("id", "ascending")]), files


def current_texts(base: Base, rows: pa.Table, files: list[str]) -> Iterator[list[Text]]:
    """Compared text of some of the documents that `current_rows` gives, with its source.

    They come some thousand at a time, in the order of the files.
    """
    numbers, places = rows["file"].to_numpy(), rows["row"].to_numpy()
    order = np.lexsort((places, numbers))
    for _, batch in scan_rows(base.store, "documents", files, (numbers[order], places[order]), columns=_TEXT):
        yield [
            Text(
                row["id"],
                row["text"],
                source=row["source"],
                pasted=pasted_text([Quote(**one) for one in row["quotes"] or ()]),
            )
            for row in batch.to_pylist()
        ]
