"""Which stories have a document among their copies, told from columns alone: no value is made of any story."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["members_among"]


def members_among(copies: pa.ListArray, ids: Iterable[str]) -> tuple[pa.Array, pa.Array]:
    """The documents that stories have as copies, and where.

    Args:
        copies: a chunk of the column of that name of the table `stories`.
        ids: of the documents that are looked for.

    Returns:
        Ids of documents, one for each copy that is among those, and beside each the number of its row in the chunk.
    """
    members = pc.struct_field(pc.list_flatten(copies), "id")
    hit = pc.is_in(members, value_set=pa.array(sorted(set(ids)), pa.string()))
    return members.filter(hit), pc.list_parent_indices(copies).filter(hit)
