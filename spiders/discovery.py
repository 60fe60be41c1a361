"""What an answer leads to: addresses to ask for next, within limits that no site can stretch, and gaps noticed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from pipeline.discover.listing import Listed
from pipeline.models import utc_now
from pipeline.sources.declaration import ARCHIVED, Entry, EntryKind
from pipeline.sources.urls import is_trap, normalise_url
from pipeline.store.frontier import Due, Found, Frontier, url_key
from spiders.answers import web_address
from spiders.entries import Reading
from spiders.spec import CrawlSpec

__all__ = ["Discovery"]

_MOST_BARREN = 50


@dataclass(slots=True)
class _Entry:
    """One entry point in this crawl; `since` is its last visit, `barren` counts listings in a row without news."""

    url: str
    since: datetime | None
    known: int = 0
    new: int = 0
    oldest: datetime | None = None
    barren: int = 0


class Discovery:
    """Decides what a crawl follows. `passed_over` counts what it does not, by reason."""

    def __init__(self, spec: CrawlSpec, frontier: Frontier) -> None:
        self._spec = spec
        self._frontier = frontier
        self._started_at = utc_now()  # what was fetched since is not asked again, however often it is named
        self._entries: dict[str, _Entry] = {}
        self._listings = 0
        self._size = sum(frontier.counts().values())
        self.passed_over: Counter[str] = Counter()
        self.notes: list[str] = []

    def key(self, url: str) -> str:
        """Key of an address; that of an archive's index is the whole of it, since its parameters say what is asked."""
        return url_key(url if self._spec.lane else normalise_url(url))

    def begin(self, due: Due, since: datetime | None) -> None:
        """Take note of an entry point before it is asked."""
        self._entries[due.role] = _Entry(due.url, since)

    def follow(self, entry: Entry, reading: Reading, due: Due, base: str, *, first: bool) -> list[Found]:
        """Addresses to ask for after an answer; `first` says that it is an entry point's own."""
        if reading.itself == "page":
            return []
        listing = reading.listing
        if reading.itself.startswith("thread"):
            further = self.found([Listed(url) for url in listing.more], "thread", base, again=True)
            return [replace(one, thread=due.thread or due.key) for one in further]
        self._listings += 1
        texts = self.found(listing.texts, reading.role, base)
        if entry.kind not in ARCHIVED:  # there the address is the copy's
            texts = [one for one in texts if entry.wants(one.url)]
        more = self.found([Listed(url) for url in listing.more], due.role, base, again=True)
        parts = self.found([Listed(url) for url in listing.parts], due.role, base, again=True)
        if first and not (texts or more or parts):
            self.notes.append(_nothing_found(entry, base, len(listing.texts)))
        return self._within_limits(due.role, texts, more, parts)

    def _within_limits(self, role: str, texts: list[Found], more: list[Found], parts: list[Found]) -> list[Found]:
        news = self._frontier.compare(texts)
        # A listing counts as unseen when it was never asked.
        unseen = self._frontier.compare([replace(one, since=None) for one in (*more, *parts)])
        state = self._entries.setdefault(role, _Entry("", None))
        state.known += news.known
        state.new += len(texts) - news.known
        state.oldest = min((one.listed_at for one in texts if one.listed_at), default=state.oldest)
        state.barren = state.barren + 1 if unseen.any_new and not news.any_new else 0
        if not (news.any_new or unseen.any_new):
            more = []
        if state.barren > _MOST_BARREN:
            more, parts = self._drop("nothing_new", more), self._drop("nothing_new", parts)
        if self._listings >= self._spec.crawl.max_listings:
            more, parts = self._drop("too_many_listings", more), self._drop("too_many_listings", parts)
        self._size += len(texts) - news.known
        if self._size > self._spec.crawl.max_queue and self._is_full():
            texts = self._drop("queue_full", texts)
        return [*texts, *more, *parts]

    def _is_full(self) -> bool:
        self._size = sum(self._frontier.counts().values())
        return self._size > self._spec.crawl.max_queue

    def _drop(self, reason: str, found: list[Found]) -> list[Found]:
        self.passed_over[reason] += len(found)
        return []

    def found(self, listed: Iterable[Listed], role: str, base: str, *, again: bool = False) -> list[Found]:
        """Addresses that can be asked for; what is no web address, or looks like a trap, is passed over."""
        found = []
        for one in listed:
            url = web_address(one.url, base)
            if url is None or (not self._spec.lane and is_trap(url)):
                self.passed_over["not_an_address" if url is None else "trap"] += 1
                continue
            hint = None if again else one.modified_at
            since = self._started_at if again or (role == "thread" and hint is None) else None
            key = url_key(one.key) if one.key else self.key(url)
            found.append(Found(url, key, role, one.listed_at, hint, since, again))
        return found

    def gaps(self) -> list[str]:
        """What may have been published between two visits and is listed no more, for people."""
        if self._spec.window is not None:
            return []
        return [
            f"{one.url}: all {one.new} texts it lists are new since {one.since:%Y-%m-%d %H:%M}Z, so some before "
            f"{one.oldest:%Y-%m-%d %H:%M}Z may be missed; a backfill of these days looks for them"
            for one in self._entries.values()
            if one.since is not None and one.new and not one.known and one.oldest is not None and one.oldest > one.since
        ]


def _nothing_found(entry: Entry, url: str, listed: int) -> str:
    """What to tell a person whose entry point names no text."""
    if listed:
        return f"{url} lists {listed} addresses, and include/exclude leave none of them"
    hints = {
        EntryKind.LISTING: "; no link looks like a story (a date, a number or four words in its path): set `include`",
        EntryKind.FORUM: "; no thread of a forum system that is known was seen",
    }
    return f"{url} names no texts{hints.get(entry.kind, '')}"
