"""Blogger: the posts feed, with `start-index`, `published-min` and `published-max`."""

from __future__ import annotations

from urllib.parse import urljoin

from pipeline.discover.feeds import parse_feed, query_number, with_query
from pipeline.discover.listing import Listing
from pipeline.models import Window

__all__ = ["feed_url", "parse_page"]

_PER_PAGE = 150


def feed_url(root: str, *, window: Window | None = None) -> str:
    """Address of the first page of a blog's feed."""
    values: dict[str, str | int] = {"max-results": _PER_PAGE, "start-index": 1}
    if window is not None:
        values |= {"published-min": f"{window.start}T00:00:00Z", "published-max": f"{window.end}T23:59:59Z"}
    return with_query(urljoin(root, "feeds/posts/default"), values)


def parse_page(body: bytes, url: str) -> Listing:
    """Posts of a feed page and the address of the next, while pages are full."""
    texts = parse_feed(body).texts
    size, start = query_number(url, "max-results", _PER_PAGE), query_number(url, "start-index", 1)
    return Listing(texts, (with_query(url, {"start-index": start + size}),) if len(texts) >= size else ())
