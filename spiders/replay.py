"""Copies of pages in other archives: how each is asked for, and what is kept of the answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from scrapy.http import Response

from pipeline.archive.spool import Exchange
from pipeline.archive.warcs import is_html, unpack_record
from pipeline.discover.cdx import Cdx, crawls_in, parse_cdx, query_url, range_of, replay_url, replayed
from pipeline.discover.listing import Listed, Listing
from pipeline.models import Window
from pipeline.sources.declaration import Entry, EntryKind
from pipeline.sources.urls import normalise_url, own_address
from pipeline.store.frontier import Due

__all__ = ["asked_for", "copy_of", "no_captures", "read_index"]

_OURS = frozenset(
    {"memento-datetime", "link", "server-timing", "date", "server", "via", "age", "cache-control", "vary"}
)
_ORIGINAL = "x-archive-orig-"


def read_index(entry: Entry, response: Response, window: Window | None) -> Listing:
    """Copies that an index names, or the indexes that a list of crawls names."""
    if response.status != 200:
        return Listing()
    if response.url.endswith("/collinfo.json"):
        crawls = crawls_in(response.body, response.url, window)
        queries = (query_url(one.index, entry.url, match=entry.match, window=window) for one in crawls)
        return Listing(parts=tuple(queries))
    return parse_cdx(response.body, response.url, _listed_for(entry))


def no_captures(response: Response) -> bool:
    """Whether a CDX server says by a 404 that it has nothing (pywb and Common Crawl do)."""
    return response.status == 404 and b"no captures found" in response.body[:2_000].lower()


def asked_for(due: Due) -> tuple[str, dict[str, str]]:
    """Address and headers of the request for an address of the frontier."""
    part = range_of(due.url) if due.role.startswith("capture:") else None
    return (part[0], {"Range": part[1], "Accept-Encoding": "identity"}) if part else (due.url, {})


def copy_of(response: Response, due: Due, homepage: str, max_bytes: int) -> Exchange | None:
    """What is archived of a copy: the page under its own address, with the time of the capture; None for no copy."""
    if range_of(due.url):
        record = unpack_record(response.body, max_bytes=max_bytes) if response.status == 206 else None
        if record is None or record.status != 200 or not is_html(record):
            return None
        url, moment, headers, body = record.url, record.fetched_at, list(record.headers), record.body
    else:
        named = replayed(response.url)
        if named is None or response.status != 200:
            return None
        moment, url = named
        moment = _memento(response) or moment
        headers, body = _original(response), response.body
    own = own_address(url, homepage)
    return Exchange(own, "page", moment, 200, headers, body, key=due.key, origin=due.url)


def _listed_for(entry: Entry) -> Callable[[Cdx], Listed | None]:
    def listed(capture: Cdx) -> Listed | None:
        own = own_address(capture.url, entry.url)
        if not entry.wants(own):
            return None
        if entry.kind is EntryKind.COMMONCRAWL:
            if capture.filename is None:
                return None
            last = capture.offset + capture.length - 1
            url = f"{entry.replay}{capture.filename}#bytes={capture.offset}-{last}"
        else:
            url = replay_url(entry.replay or "", capture)
        return Listed(url, capture.captured_at, key=f"{normalise_url(own)} {capture.digest}")

    return listed


def _memento(response: Response) -> datetime | None:
    """Time of the copy that was given (RFC 7089), which may not be the one that was asked for."""
    value = (response.headers.get("Memento-Datetime") or b"").decode("latin-1")
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _original(response: Response) -> list[tuple[str, str]]:
    """The site's own header fields; the archive gives them marked, or among its own."""
    fields = [
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, values in response.headers.items()
        for value in values
    ]
    marked = [(name[len(_ORIGINAL) :], value) for name, value in fields if name.lower().startswith(_ORIGINAL)]
    known = {name.lower() for name, _ in marked}
    rest = [
        (name, value)
        for name, value in fields
        if name.lower() not in _OURS | known and not name.lower().startswith("x-archive-")
    ]
    return marked + rest
