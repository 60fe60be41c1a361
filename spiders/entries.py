"""From the answer of an entry point to what it lists: one function a kind of entry."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from scrapy.http import Response, TextResponse

from pipeline.discover import blogger, feeds, pages, sitemaps, wordpress
from pipeline.discover.asks import first_address
from pipeline.discover.listing import Listed, Listing, parse_html
from pipeline.forums.registry import engine_of
from pipeline.models import Window
from pipeline.sources.declaration import Entry, EntryKind
from pipeline.store.frontier import Lane
from spiders.replay import no_captures, read_index

__all__ = ["Reading", "read_entry", "start_url"]


@dataclass(frozen=True, slots=True)
class Reading:
    """What an answer lists. `role` is that of its texts; `itself` that of the answer.

    `empty`: the answer says that there is nothing, by whatever status.
    """

    listing: Listing
    role: str = "page"
    itself: str = "index"
    instead: str | None = None
    empty: bool = False


def start_url(entry: Entry, window: Window | None) -> str:
    """Address that is asked first for an entry."""
    return first_address(entry.kind.value, entry.url, window, server=entry.server, match=entry.match)


def read_entry(entry: Entry, response: Response, window: Window | None) -> Reading:
    """Read the answer to an entry point, or to one of its further pages."""
    return _READERS[entry.kind](entry, response, window)


def _feed(_: Entry, response: Response, __: Window | None) -> Reading:
    return Reading(feeds.parse_feed(response.body))


def _sitemap(_: Entry, response: Response, window: Window | None) -> Reading:
    return Reading(sitemaps.parse_sitemap(response.body, window=window))


def _wordpress(entry: Entry, response: Response, _: Window | None) -> Reading:
    if "/wp-json/" not in response.url:
        return Reading(wordpress.parse_feed_page(response.body, response.url) if response.status == 200 else Listing())
    if response.status == 429 or response.status >= 500:
        return Reading(Listing())
    total = response.headers.get("X-WP-TotalPages") or b"1"
    listing = wordpress.parse_api_page(response.body, response.url, total_pages=int(total) if total.isdigit() else 1)
    if response.status != 200 or listing is None:
        return Reading(Listing(), instead=wordpress.feed_url(entry.url))
    return Reading(listing)


def _blogger(_: Entry, response: Response, __: Window | None) -> Reading:
    return Reading(blogger.parse_page(response.body, response.url))


def _listing(entry: Entry, response: Response, _: Window | None) -> Reading:
    encoding = response.encoding if isinstance(response, TextResponse) else None
    every = entry.include is not None  # then the declaration says which links are texts
    listing = pages.parse_listing_page(response.body, response.url, encoding=encoding, every_link=every)
    return Reading(listing)


def _forum(_: Entry, response: Response, __: Window | None) -> Reading:
    tree = parse_html(response.body, response.encoding if isinstance(response, TextResponse) else None)
    engine = engine_of(tree) if tree is not None else None
    if tree is None or engine is None:
        return Reading(Listing())
    following = engine.next_page(tree, response.url)
    more = (following,) if following else ()
    if engine.is_thread(tree):
        return Reading(Listing((), more), itself="thread" if following else "thread_end")
    threads = tuple(Listed(link.url, None, link.last_post_at) for link in engine.thread_links(tree, response.url))
    return Reading(Listing(threads, more, tuple(engine.forum_links(tree, response.url))), role="thread")


def _copies(entry: Entry, response: Response, window: Window | None) -> Reading:
    lane = Lane.COMMON_CRAWL if entry.kind is EntryKind.COMMONCRAWL else Lane.WAYBACK
    return Reading(read_index(entry, response, window), role=lane.text, empty=no_captures(response))


_READERS: Mapping[EntryKind, Callable[[Entry, Response, Window | None], Reading]] = {
    EntryKind.FEED: _feed,
    EntryKind.SITEMAP: _sitemap,
    EntryKind.WORDPRESS: _wordpress,
    EntryKind.BLOGGER: _blogger,
    EntryKind.LISTING: _listing,
    EntryKind.FORUM: _forum,
    EntryKind.WAYBACK: _copies,
    EntryKind.COMMONCRAWL: _copies,
}
