"""Check sources: ask each of their entry points once, and say what works today."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.settings import Settings
from pipeline.sources.declaration import Source
from pipeline.stages.asking import Asker
from pipeline.stages.children import side_by_side
from pipeline.stages.entrypoints import EntryState, entry_state

__all__ = ["CheckedEntry", "check_sources"]

_REQUESTS_AN_ENTRY = 6
_TIME_S = 120.0


@dataclass(frozen=True, slots=True)
class CheckedEntry:
    """One entry point of one source, as it was found."""

    source: str
    state: EntryState

    @property
    def works(self) -> bool:
        """Whether it listed texts, or is none that is asked."""
        return self.state.problem is None


def check_sources(settings: Settings, sources: Sequence[Source]) -> list[CheckedEntry]:
    """Ask all entry points, a few sources at once, each as politely as it is crawled; in the order of the sources."""

    def check(source: Source, _stop: threading.Event) -> list[CheckedEntry]:
        asker = Asker(settings, source, limit=_REQUESTS_AN_ENTRY * len(source.entry), time_s=_TIME_S)
        asker.ask(entry.url for entry in source.entry if entry.kind in ("feed", "sitemap", "listing", "forum"))
        return [CheckedEntry(source.id, entry_state(asker, entry)) for entry in source.entry]

    return [entry for found in side_by_side(check, sources, settings.crawl.parallel_sources) for entry in found]
