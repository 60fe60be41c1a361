"""WordPress: the REST API's list of posts, else the pages of its feed."""

from __future__ import annotations

import json
from urllib.parse import urljoin

from pipeline.discover.feeds import parse_feed, query_number, with_query
from pipeline.discover.listing import Listed, Listing, parse_time
from pipeline.models import Window

__all__ = ["api_url", "feed_url", "parse_api_page", "parse_feed_page"]

_PER_PAGE = 100


def api_url(root: str, page: int = 1, *, window: Window | None = None) -> str:
    """Address of a page of posts, the newest first, with links and times only."""
    values: dict[str, str | int] = {"_fields": "link,date_gmt,modified_gmt", "page": page, "per_page": _PER_PAGE}
    if window is not None:
        values |= {"after": f"{window.start}T00:00:00", "before": f"{window.end}T23:59:59"}
    return with_query(urljoin(root, "wp-json/wp/v2/posts"), values)


def parse_api_page(body: bytes, url: str, *, total_pages: int) -> Listing | None:
    """Posts of an API page and the address of the next; None when the answer is not the API's."""
    try:
        posts = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(posts, list):
        return None
    texts = tuple(
        Listed(str(post["link"]), parse_time(post.get("date_gmt")), parse_time(post.get("modified_gmt")))
        for post in posts
        if isinstance(post, dict) and "link" in post
    )
    page = query_number(url, "page", 1)
    return Listing(texts, (with_query(url, {"page": page + 1}),) if texts and page < total_pages else ())


def feed_url(root: str) -> str:
    """Address of a site's feed."""
    return urljoin(root, "feed/")


def parse_feed_page(body: bytes, url: str) -> Listing:
    """Posts of a feed page and the address of the next (`?paged=`), while pages have posts."""
    texts = parse_feed(body).texts
    return Listing(texts, (with_query(url, {"paged": query_number(url, "paged", 1) + 1}),) if texts else ())
