"""What the page about a run shows: values only, each list already cut to what is shown, with the number left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pipeline.quality.comparison import Paragraph

__all__ = [
    "ComparedCopy",
    "Health",
    "Holder",
    "Intake",
    "IntakeRow",
    "OutcomeRow",
    "RunPage",
    "SideBySide",
    "SourceRow",
    "StoryCopy",
    "StoryPart",
]


@dataclass(frozen=True, slots=True)
class IntakeRow:
    """Documents of one source, one number a column of the intake."""

    source: str
    counts: tuple[int, ...]

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.counts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """Documents by source and by the time of their texts; `unit` is that of a column: hour, day or month.

    `others` counts sources that the rows leave out; `totals` has their documents too.
    """

    unit: str
    span: str
    columns: tuple[str, ...]
    rows: tuple[IntakeRow, ...]
    totals: tuple[int, ...]
    others: int = 0

    @property
    def bars(self) -> tuple[tuple[str, int], ...]:
        """Column and documents of all sources, without what is before and after the time shown."""
        pairs = zip(self.columns, self.totals, strict=True)
        return tuple(pair for pair in pairs if pair[0] not in ("earlier", "later"))

    @property
    def busiest(self) -> int:
        """The greatest number of a bar; at least 1."""
        return max((count for _, count in self.bars), default=0) or 1


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRow:
    """What one source gave: requests and pages of its crawl, documents, and what the corpus made of them.

    `copies`: new documents that were run before by somebody, or are not their story's canonical one.
    """

    source: str
    requests: int
    captures: int
    documents: int
    new: int
    revised: int
    copies: int
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """How many requests or captures of a source ended in one way."""

    source: str
    stage: str
    outcome: str
    reason: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryCopy:
    """Who ran a story, when, and how long after the first; `place` is 0 to 100 along the story's time."""

    id: str
    source: str
    kind: str
    url: str
    at: datetime | None
    day_only: bool
    after: str
    place: float
    relation: str
    canonical: bool
    of_this_run: bool


@dataclass(frozen=True, slots=True)
class SideBySide:
    """A row of a comparison; `alike` counts words of paragraphs that are the same; only the first of them is shown."""

    old: tuple[Paragraph, ...]
    new: tuple[Paragraph, ...]
    alike: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedCopy:
    """A copy beside the canonical text; `rows_left_out` says how many rows were too many."""

    copy: StoryCopy
    same_words: int
    dropped_words: int
    new_words: int
    rows: tuple[SideBySide, ...]
    rows_left_out: int


@dataclass(frozen=True, slots=True)
class Holder:
    """A digest, thread or post that holds the whole story among other things."""

    source: str
    kind: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryPart:
    """A story that the run added to."""

    story_id: str
    title: str | None
    source: str
    agency: str | None
    reason: str
    total: int
    sources: int
    copies: tuple[StoryCopy, ...]
    compared: tuple[ComparedCopy, ...]
    equal: tuple[str, ...]
    not_compared: int
    holders: tuple[Holder, ...]
    holders_left_out: int


@dataclass(frozen=True, slots=True)
class Health:
    """One expectation of a source, or a sentence about it; `verdict`: met, breached, waiting or alert."""

    source: str
    expected: str
    found: str
    verdict: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPage:
    """All of it; `*_left_out` count what is not shown. `version` None: the run is in no corpus version."""

    run_id: str
    kind: str
    state: str
    reason: str | None
    started_at: datetime
    ended_at: datetime
    version: int | None
    backfill_id: str | None
    window: str | None
    captures: int
    documents: int
    new: int
    revised: int
    copies: int
    stories: int
    outside_window: int
    undated: int
    intake: Intake | None
    sources: Sequence[SourceRow]
    sources_left_out: int
    outcomes: Sequence[OutcomeRow]
    outcomes_left_out: int
    health: Sequence[Health]
    health_left_out: int
    biggest: Sequence[StoryPart]
    stories_left_out: int
