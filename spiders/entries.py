"""From the answer of an entry point to what it lists: one function a kind of entry."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from scrapy.http import Response, TextResponse
from w3lib.url import safe_url_string

from pipeline.discover import blogger, feeds, pages, sitemaps, wordpress
from pipeline.discover.asks import addresses
from pipeline.discover.listing import Listed, Listing, parse_html
from pipeline.forums.registry import api_url, engine_of, page_of_api, page_url
from pipeline.models import Window, utc_now
from pipeline.sources.declaration import Entry, EntryKind
from pipeline.store.frontier import Lane
from spiders.replay import no_captures, read_index

__all__ = ["Reading", "next_step", "read_entry", "start_urls"]

_REFUSED = (401, 403, 404, 406, 410)


@dataclass(frozen=True, slots=True)
class Reading:
    """What an answer lists. `role` is that of its texts; `itself` that of the answer.

    `instead`: another address to ask in place of an entry point; `otherwise`: in place of any address that was refused.
    `latest`: when the newest of a thread page's posts was written.
    `empty`: the answer says that there is nothing, by whatever status.
    """

    listing: Listing
    role: str = "page"
    itself: str = "index"
    instead: str | None = None
    otherwise: str | None = None
    empty: bool = False
    latest: datetime | None = None


def start_urls(entry: Entry, window: Window | None) -> list[str]:
    """Addresses that an entry begins with: the first is asked, the others when those before them fail."""
    return addresses(entry.kind.value, entry.url, window, server=entry.server, match=entry.match)


def next_step(entry: Entry, window: Window | None, asked: str) -> str | None:
    """The address to ask when one of `start_urls` gave nothing; None after the last, and for any other address."""
    steps = [safe_url_string(url) for url in start_urls(entry, window)]
    place = steps.index(safe_url_string(asked)) + 1 if safe_url_string(asked) in steps else len(steps)
    return steps[place] if place < len(steps) else None


def read_entry(entry: Entry, response: Response, window: Window | None, *, asked: str) -> Reading:
    """Read the answer to an entry point, or to one of its further pages; `asked`: its address before redirects."""
    if entry.kind in (EntryKind.WORDPRESS, EntryKind.BLOGGER):
        return _blog(entry, response, window, asked)
    return _READERS[entry.kind](entry, response, window)


def _feed(_: Entry, response: Response, __: Window | None) -> Reading:
    return Reading(feeds.parse_feed(response.body))


def _sitemap(_: Entry, response: Response, window: Window | None) -> Reading:
    return Reading(sitemaps.parse_sitemap(response.body, window=window))


def _blog(entry: Entry, response: Response, window: Window | None, asked: str) -> Reading:
    """One step of a blog's ladder: its API, its feed, or a page for people; what is no such thing leads to the next."""
    if response.status == 429 or response.status >= 500:
        return Reading(Listing())
    system = wordpress if entry.kind is EntryKind.WORDPRESS else blogger
    following, earlier = next_step(entry, window, asked), system.earlier_months(asked, window)
    listing = _posts(entry, response, asked) if response.status == 200 else None
    if listing is not None:
        return Reading(replace(listing, parts=earlier))
    if earlier and response.status in (404, 410) and following is None:
        return Reading(Listing(parts=earlier), empty=True)  # a month without posts
    return Reading(Listing(), instead=following)


def _posts(entry: Entry, response: Response, asked: str) -> Listing | None:
    encoding = _encoding(response)
    if entry.kind is EntryKind.BLOGGER:
        return blogger.parse_step(response.body, response.url, step=asked, encoding=encoding)
    told = response.headers.get("X-WP-TotalPages") or b""
    total = int(told) if told.isdigit() else None
    return wordpress.parse_step(response.body, response.url, step=asked, encoding=encoding, total_pages=total)


def _encoding(response: Response) -> str | None:
    return response.encoding if isinstance(response, TextResponse) else None


def _listing(entry: Entry, response: Response, _: Window | None) -> Reading:
    every = entry.include is not None  # then the declaration says which links are texts
    listing = pages.parse_listing_page(response.body, response.url, encoding=_encoding(response), every_link=every)
    return Reading(listing)


def _forum(_: Entry, response: Response, __: Window | None) -> Reading:
    is_json = b"json" in (response.headers.get("Content-Type") or b"")
    tree = page_of_api(response.body, response.url) if is_json else parse_html(response.body, _encoding(response))
    if (response.status in _REFUSED or (tree is None and is_json)) and (page := page_url(response.url)):
        return Reading(Listing(), otherwise=page)
    engine = engine_of(tree, board_at=utc_now(), url=response.url) if tree is not None else None
    if tree is None or engine is None:
        return Reading(Listing())
    following, instead = engine.next_page(tree, response.url), api_url(engine, tree, response.url)
    more = (following,) if following else ()
    if engine.is_thread(tree):
        itself = "thread" if following else "thread_end"
        latest = max(
            (one.posted_at for one in engine.posts(tree, response.url, utc_now()) if one.posted_at), default=None
        )
        return Reading(Listing((), more), itself=itself, instead=instead, latest=latest)
    links = engine.thread_links(tree, response.url, utc_now())
    threads = tuple(Listed(link.url, None, link.last_post_at) for link in links)
    listing = Listing(threads, more, tuple(engine.forum_links(tree, response.url)))
    return Reading(listing, role="thread", instead=instead)


def _copies(entry: Entry, response: Response, window: Window | None) -> Reading:
    lane = Lane.COMMON_CRAWL if entry.kind is EntryKind.COMMONCRAWL else Lane.WAYBACK
    return Reading(read_index(entry, response, window), role=lane.text, empty=no_captures(response))


_READERS: Mapping[EntryKind, Callable[[Entry, Response, Window | None], Reading]] = {
    EntryKind.FEED: _feed,
    EntryKind.SITEMAP: _sitemap,
    EntryKind.LISTING: _listing,
    EntryKind.FORUM: _forum,
    EntryKind.WAYBACK: _copies,
    EntryKind.COMMONCRAWL: _copies,
}
