"""What a declaration expects of a source, against what its last day brought."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from pipeline.sources.declaration import Bounds, Expect

__all__ = ["DAY", "HISTORY", "Measure", "Yield", "breaches", "measures"]

DAY = timedelta(days=1)
HISTORY = timedelta(days=7)
_ENOUGH = 20


@dataclass(frozen=True, slots=True)
class Yield:
    """What one run brought of a source. `fields` counts the documents that have a field, and sums `text_words`."""

    at: datetime
    documents: int
    fields: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Measure:
    """One expectation and what was found: a number of documents, a share of them, or words on average."""

    what: str
    found: float
    bounds: Bounds

    @property
    def shown(self) -> str:
        """What was found, for people."""
        return f"{self.found:g}" if self.found == int(self.found) else f"{self.found:.3f}"

    @property
    def breach(self) -> str | None:
        """What is wrong in one sentence; None when the expectation is met."""
        if self.bounds.min is not None and self.found < self.bounds.min:
            return f"{self.shown} {self.what}, at least {self.bounds.min:g} expected"
        if self.bounds.max is not None and self.found > self.bounds.max:
            return f"{self.shown} {self.what}, at most {self.bounds.max:g} expected"
        return None


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
    return [one.breach for one in measures(expect, yields, now=now) if one.breach]


def measures(expect: Expect, yields: Iterable[Yield], *, now: datetime) -> list[Measure]:
    """What is expected of a day against the 24 hours that end `now`; a share needs twenty documents to say anything."""
    last = [one for one in yields if now - DAY < one.at <= now]
    documents = sum(one.documents for one in last)
    found = []
    if expect.documents_per_day is not None:
        found.append(Measure("documents in the last 24 hours", documents, expect.documents_per_day))
    if documents < _ENOUGH:
        return found
    for name, wanted in expect.fields.items():
        total = sum(one.fields.get(name, 0) for one in last)
        bounds = wanted if isinstance(wanted, Bounds) else Bounds(min=wanted)
        what = "words a text on average" if name == "text_words" else f"of the documents have {name}"
        found.append(Measure(what, total / documents, bounds))
    return found
