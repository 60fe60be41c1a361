"""Which member stands for the story, and why that one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from pipeline.dedup.texts import Text
from pipeline.models import Kind

__all__ = ["ALONE", "choose_canonical"]

_KINDS = {Kind.ARTICLE: 0, Kind.DIGEST_ITEM: 1, Kind.POST: 2}
_COMPLETE = 0.6
ALONE = "the only one"
"""The reason for a document that has no copy."""
_NEVER = datetime(9999, 1, 1, tzinfo=UTC)


def choose_canonical(members: Sequence[Text]) -> tuple[str, str]:
    """(id, reason) of the canonical document.

    In this order: the agency's own page; a complete text before an excerpt; an article before a digest's item before
    a post; the source of greater authority; the earliest; the longest; the lowest id.
    """
    longest = max(text.size for text in members)

    def rank(text: Text) -> tuple[bool, bool, int, int, datetime, int, str]:
        excerpt = text.size < _COMPLETE * longest
        time = text.published_at or _NEVER
        return (not text.is_agency, excerpt, _KINDS[text.kind], -text.authority, time, -text.size, text.id)

    ordered = sorted(members, key=rank)
    best = ordered[0]
    if len(ordered) == 1:
        return best.id, ALONE
    step = next(number for number, (x, y) in enumerate(zip(rank(best), rank(ordered[1]), strict=True)) if x != y)
    return best.id, _reason(step, best)


def _reason(step: int, best: Text) -> str:
    reasons = (
        f"{best.source} is the agency",
        "complete, the others are excerpts",
        f"{best.kind.value} before others",
        f"authority {best.authority} of {best.source}",
        f"earliest, {best.published_at:%Y-%m-%d %H:%M}Z" if best.published_at else "earliest",
        f"longest, {best.size} words",
        "lowest id among equals",
    )
    return reasons[step]
