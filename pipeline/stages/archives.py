"""What of a source a crawl takes, and other archives in the site's place: what they are asked for, of which days."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urljoin

from pipeline.discover.asks import addresses
from pipeline.discover.cdx import root_of
from pipeline.errors import ConfigError
from pipeline.models import Method, Window
from pipeline.settings import ArchiveSettings
from pipeline.sources.declaration import ARCHIVED, COLLECTED, Entry, EntryKind, Source
from pipeline.store.frontier import Lane

__all__ = ["MARGIN", "Share", "asked_addresses", "captured_for", "of_archive"]

MARGIN = timedelta(days=30)
"""A copy is made on its text's day or later, and most within a month: the time between two crawls of Common Crawl."""
_LEAST_DELAY_S = 1.0
_LANES = {Method.WAYBACK: Lane.WAYBACK, Method.COMMON_CRAWL: Lane.COMMON_CRAWL}
_KINDS = {Lane.WAYBACK: EntryKind.WAYBACK, Lane.COMMON_CRAWL: EntryKind.COMMONCRAWL}


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What of a source is crawled: by default all that is new, else the share of a backfill's chunk.

    `captured`: days on which archives made the copies that are looked at.
    """

    window: Window | None = None
    captured: Window | None = None
    method: Method = Method.LIVE
    max_pages: int | None = None

    @property
    def lane(self) -> Lane:
        """Who is asked."""
        return _LANES.get(self.method, Lane.LIVE)


def captured_for(window: Window, whole: Window) -> Window:
    """Days on which the copies were made that a chunk looks at.

    They are the chunk's own days, so that chunks share no copy; the last chunk of a backfill takes the margin after
    its end too. Texts are chosen by their own time afterwards, over the whole backfill.
    """
    return Window(window.start, window.end + MARGIN) if window.end == whole.end else window


def of_archive(source: Source, lane: Lane, settings: ArchiveSettings) -> Source:
    """The source as an archive is asked for it.

    That is its entries of the archive's kind, else those of the other archive's, else all pages of its homepage's host;
    never the pages that only list others.
    """
    kind = _KINDS[lane]
    own = [entry for entry in source.entry if entry.kind is kind]
    others = [_plain(entry, kind) for entry in source.entry if entry.kind in ARCHIVED and entry.kind is not kind]
    entries = own or others or [_whole_site(source, kind)]
    lists = "|".join(re.escape(url) for url in sorted(source.listings()))
    filled = tuple(_without(_with_addresses(entry, lane, settings), f"^(?:{lists})/*$") for entry in entries)
    polite = source.politeness
    if not source.allow_private:  # the declared delay is the site's, an archive has its own
        polite = polite.model_copy(update={"delay_s": max(polite.delay_s, _LEAST_DELAY_S)})
    return source.model_copy(update={"entry": filled, "politeness": polite})


def asked_addresses(source: Source, share: Share, settings: ArchiveSettings) -> tuple[str, ...]:
    """The first addresses that a crawl will ask, and the files that it will read."""
    lane = share.lane
    asked = of_archive(source, lane, settings) if lane else source
    days = share.captured if lane else share.window
    return tuple(
        addresses(entry.kind.value, entry.url, days, server=entry.server, match=entry.match)[0]
        for entry in asked.entry
        if entry.kind in (ARCHIVED if lane else COLLECTED)
    )


def _plain(entry: Entry, kind: EntryKind) -> Entry:
    return entry.model_copy(update={"kind": kind, "server": None, "replay": None})


def _whole_site(source: Source, kind: EntryKind) -> Entry:
    """An entry for all that an archive has of a site; patterns on its own listings say which pages are texts."""
    includes = [f"(?:{entry.include})" for entry in source.entry if entry.include]
    excludes = [f"(?:{entry.exclude})" for entry in source.entry if entry.exclude]
    return Entry(
        kind=kind,
        url=urljoin(source.homepage, "/"),
        include="|".join(includes) or None,
        exclude="|".join(excludes) or None,
        server=None,
        replay=None,
        match="prefix",
    )


def _without(entry: Entry, exclude: str) -> Entry:
    return entry.model_copy(update={"exclude": f"(?:{entry.exclude})|{exclude}" if entry.exclude else exclude})


def _with_addresses(entry: Entry, lane: Lane, settings: ArchiveSettings) -> Entry:
    if lane is Lane.COMMON_CRAWL:
        server = entry.server or settings.common_crawl_index
        replay = entry.replay or settings.common_crawl_data
        return entry.model_copy(update={"server": _folder(server), "replay": _folder(replay)})
    server = entry.server or settings.cdx
    root = entry.replay or (root_of(server) if entry.server else settings.replay)
    if root is None:
        raise ConfigError(f"{server}: where captures are does not follow from this address; set `replay` beside it")
    return entry.model_copy(update={"server": server, "replay": _folder(root)})


def _folder(url: str) -> str:
    return url if url.endswith("/") else f"{url}/"
