"""The artefact of furniture: shingles of a host that are no evidence, named by a corpus version.

It changes in a rededuplication alone, which decides every story anew with it. So all stories of a version were decided
with the same furniture, whichever run brought them.
"""

from __future__ import annotations

import hashlib
from itertools import chain

import numpy as np
import pyarrow as pa

from pipeline.dedup.furniture import find_furniture, furniture_to_json, read_furniture, sampled
from pipeline.dedup.texts import Furniture
from pipeline.stages.base import Base
from pipeline.stages.currents import current_rows, current_texts
from pipeline.store.versions import artefact_of

__all__ = ["ARTEFACT", "furniture_at", "learn_furniture"]

_ROWS = 4_096
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

    Its name comes from the corpus version that it was learned from and from what it says, so that a second try writes
    the same object, and another release another one.
    """
    rows, files = current_rows(base)
    named = (
        (row["id"], row["source"])
        for batch in rows.to_batches(_ROWS)
        for row in batch.select(["id", "source"]).to_pylist()
    )
    texts = chain.from_iterable(current_texts(base, rows.take(pa.array(np.sort(sampled(named)))), files))
    data = furniture_to_json(find_furniture(texts))
    key = f"artefacts/{ARTEFACT}/{base.version:08d}-{hashlib.sha256(data).hexdigest()[:12]}.json"
    base.store.put(key, data)
    return key
