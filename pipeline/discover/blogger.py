"""Blogger: the posts feed, with `start-index`, `published-min` and `published-max`, else its archives by month."""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit, urlunsplit

from pipeline.discover.archives import archive_months, parse_archive_page
from pipeline.discover.feeds import is_feed, parse_feed, query_number, with_query
from pipeline.discover.listing import Listing
from pipeline.models import Window

__all__ = ["earlier_months", "feed_url", "is_feed_step", "ladder", "parse_step", "site_root"]

_PER_PAGE = 150
_TOTAL = re.compile(rb"totalResults[^>]{0,200}>\s*(\d{1,9})\s*<")


def site_root(url: str) -> str:
    """The blog's root, with a slash at its end."""
    parts = urlsplit(url)
    path = re.sub(r"/(feeds/.*|index\.html)$", "", parts.path)
    return urlunsplit((parts.scheme, parts.netloc, path.rstrip("/") + "/", "", ""))


def feed_url(root: str, *, window: Window | None = None) -> str:
    """Address of the first page of a blog's feed."""
    values: dict[str, str | int] = {"max-results": _PER_PAGE, "start-index": 1}
    if window is not None:
        values |= {"published-min": f"{window.start}T00:00:00Z", "published-max": f"{window.end}T23:59:59Z"}
    return with_query(urljoin(site_root(root), "feeds/posts/default"), values)


def is_feed_step(url: str) -> bool:
    """Whether an address is that of the feed, or of a further page of it."""
    return urlsplit(url).path.endswith("/feeds/posts/default")


def ladder(url: str, window: Window | None = None) -> list[str]:
    """First addresses to ask, the best first: the feed, else a page for people (of a month of the window)."""
    return [feed_url(url, window=window), *(_archives(url, window)[:1] if window else (site_root(url),))]


def earlier_months(asked: str, window: Window | None) -> tuple[str, ...]:
    """When the step of `ladder` that is the archive of a month was asked, those of the other months of the window."""
    archives = _archives(asked.rsplit("/", 3)[0] + "/", window) if window is not None else []
    return tuple(archives[1:]) if archives[:1] == [asked] else ()


def _archives(url: str, window: Window) -> list[str]:
    return [f"{site_root(url)}{year}/{month:02}/" for year, month in archive_months(window)]


def parse_step(body: bytes, url: str, *, step: str, encoding: str | None) -> Listing | None:
    """Posts of the answer to a step of `ladder`, or to a further page of it; None when it is not what it should be.

    Args:
        body: the answer.
        url: where it came from, after redirects.
        step: the address that was asked.
        encoding: that of a page for people.
    """
    return _feed_page(body, url) if is_feed_step(step) else parse_archive_page(body, url, encoding=encoding)


def _feed_page(body: bytes, url: str) -> Listing | None:
    """Posts of a feed page and the address of the next; None when it is no feed.

    Blogger cuts pages of long posts short, so the number of all posts, where it is told, says whether there are more.
    """
    if not is_feed(body):
        return None
    texts = parse_feed(body).texts
    size, start = query_number(url, "max-results", _PER_PAGE), query_number(url, "start-index", 1)
    total = _TOTAL.search(body)
    following = start + len(texts)
    more = following <= int(total[1]) if total else len(texts) >= size
    return Listing(texts, (with_query(url, {"start-index": following}),) if texts and more else ())
