"""What a declaration expects of a source, against what its last day brought."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from pipeline.sources.declaration import Bounds, Expect

__all__ = ["DAY", "HISTORY", "Yield", "breaches"]

DAY = timedelta(days=1)
HISTORY = timedelta(days=7)
_ENOUGH = 20


@dataclass(frozen=True, slots=True)
class Yield:
    """What one run brought of a source. `fields` counts the documents that have a field, and sums `text_words`."""

    at: datetime
    documents: int
    fields: Mapping[str, int]


def breaches(expect: Expect, yields: Iterable[Yield], *, known_since: datetime, now: datetime) -> list[str]:
    """Expectations that the last 24 hours did not meet, one sentence each.

    Args:
        expect: of the declaration.
        yields: of the source's runs, the one in question among them.
        known_since: start of the source's first run; in its first seven days nothing is expected.
        now: end of the day that is looked at.
    """
    if now - known_since < HISTORY:
        return []
    last = [one for one in yields if now - DAY < one.at <= now]
    documents = sum(one.documents for one in last)
    found = []
    if expect.documents_per_day is not None:
        found += _outside("documents in the last 24 hours", documents, expect.documents_per_day)
    if documents < _ENOUGH:  # a share of a few documents says nothing
        return found
    for name, wanted in expect.fields.items():
        total = sum(one.fields.get(name, 0) for one in last)
        bounds = wanted if isinstance(wanted, Bounds) else Bounds(min=wanted)
        what = "words a text on average" if name == "text_words" else f"of the documents have {name}"
        found += _outside(what, total / documents, bounds)
    return found


def _outside(what: str, value: float, bounds: Bounds) -> list[str]:
    shown = f"{value:g}" if value == int(value) else f"{value:.3f}"
    if bounds.min is not None and value < bounds.min:
        return [f"{shown} {what}, at least {bounds.min:g} expected"]
    if bounds.max is not None and value > bounds.max:
        return [f"{shown} {what}, at most {bounds.max:g} expected"]
    return []
