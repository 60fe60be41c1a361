"""What reading pages from files gave, for the crawl that goes on after it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

__all__ = ["Imported"]


@dataclass(slots=True)
class Imported:
    """How an import went. `ended` False: it was told to stop, or to take no more pages."""

    pages: int = 0
    error: str | None = None
    notes: list[str] = field(default_factory=list)
    ended: bool = True
    stopped: bool = False

    def report(self, source: str) -> dict[str, Any]:
        """The report of a crawl that asked nobody."""
        limited = not self.ended and not self.stopped and self.error is None
        return {
            "source": source,
            "finished": self.error is None and not self.stopped,
            "reason": "stopped" if self.stopped else "finished",
            "error": self.error,
            "notes": self.notes,
            "limited": limited,
            "requests": 0,
            "outcomes": {"imported": self.pages} if self.pages else {},
        }
