"""The candidate index of this machine, kept at the newest corpus version."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Collection, Mapping

from pipeline.dedup.index import CandidateIndex
from pipeline.dedup.sketches import Sketch, sketches
from pipeline.errors import StoreError
from pipeline.stages.base import Base
from pipeline.stages.context import Context
from pipeline.stages.currents import current_rows, current_texts
from pipeline.stages.furniture import furniture_at
from pipeline.store.versions import CorpusVersion

__all__ = ["bring_on", "candidates_at"]

_LOG = logging.getLogger(__name__)
_AT_ONCE = 20_000
"""Texts that come into a new index in one transaction."""


def candidates_at(context: Context, base: Base) -> CandidateIndex:
    """The candidate index at the base's version; built anew when it is of another state or format, or broken."""
    path = context.settings.data_dir / "index" / "candidates"
    try:
        index = CandidateIndex(path)
        if index.stamp == base.stamp:
            return index
    except StoreError as error:
        _LOG.warning("%s", error)
        shutil.rmtree(path, ignore_errors=True)
        index = CandidateIndex(path)
    if base.version:
        _LOG.info("building the candidate index for corpus version %s", base.version)
    _build(index, base)
    return index


def _build(index: CandidateIndex, base: Base) -> None:
    """Fill the index with all current texts in the order of publishing; in memory are their sketches, not the texts."""
    index.clear()
    furniture, (rows, files) = furniture_at(base), current_rows(base)
    found: dict[str, Sketch] = {}
    for texts in current_texts(base, rows, files):
        found |= sketches(texts, furniture)
    names = [name for name in rows["id"].to_pylist() if name in found]
    for start in range(0, len(names), _AT_ONCE):
        some = {name: found.pop(name) for name in names[start : start + _AT_ONCE]}
        index.update(some, (), stamp=f"{base.stamp}, {start} texts")
    index.update({}, (), stamp=base.stamp)


def bring_on(
    index: CandidateIndex, added: Mapping[str, Sketch], removed: Collection[str], version: CorpusVersion
) -> None:
    """Let the index follow a version that readers have by now; where that fails, it is built anew by the next one."""
    try:
        index.update(added, removed, stamp=version.stamp)
    except StoreError as error:
        _LOG.warning("corpus version %s is published; %s", version.version, error)
