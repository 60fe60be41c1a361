"""From the answer of an entry point to what it lists: one function a kind of entry."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from scrapy.http import Response, TextResponse

from pipeline.discover import blogger, feeds, pages, sitemaps, wordpress
from pipeline.discover.asks import first_address
from pipeline.discover.listing import Listed, Listing, parse_html
from pipeline.forums.registry import api_url, engine_of, page_of_api, page_url
from pipeline.models import Window, utc_now
from pipeline.sources.declaration import Entry, EntryKind
from pipeline.store.frontier import Lane
from spiders.replay import no_captures, read_index

__all__ = ["Reading", "read_entry", "start_url"]

_REFUSED = (401, 403, 404, 406, 410)


@dataclass(frozen=True, slots=True)
class Reading:
    """What an answer lists. `role` is that of its texts; `itself` that of the answer.

    `instead` is asked in place of an entry point, `otherwise` in place of any address that was refused.
    `empty`: the answer says that there is nothing, by whatever status.
    """

    listing: Listing
    role: str = "page"
    itself: str = "index"
    instead: str | None = None
    otherwise: str | None = None
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
    is_json = b"json" in (response.headers.get("Content-Type") or b"")
    encoding = response.encoding if isinstance(response, TextResponse) else None
    tree = page_of_api(response.body, response.url) if is_json else parse_html(response.body, encoding)
    if (response.status in _REFUSED or (tree is None and is_json)) and (page := page_url(response.url)):
        return Reading(Listing(), otherwise=page)
    engine = engine_of(tree, board_at=utc_now(), url=response.url) if tree is not None else None
    if tree is None or engine is None:
        return Reading(Listing())
    following, instead = engine.next_page(tree, response.url), api_url(engine, tree, response.url)
    more = (following,) if following else ()
    if engine.is_thread(tree):
        return Reading(Listing((), more), itself="thread" if following else "thread_end", instead=instead)
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
    EntryKind.WORDPRESS: _wordpress,
    EntryKind.BLOGGER: _blogger,
    EntryKind.LISTING: _listing,
    EntryKind.FORUM: _forum,
    EntryKind.WAYBACK: _copies,
    EntryKind.COMMONCRAWL: _copies,
}
