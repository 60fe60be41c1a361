"""WordPress: the REST API's list of posts, else the pages of its feed, else its archives by month.

A site is named by any address of it: its root, also in a sub-folder and with `index.php`, or the root of its API, which
is `…/wp-json/`, `…/index.php/wp-json/` or `…/?rest_route=/`.
"""

from __future__ import annotations

import json
import re
from datetime import timedelta
from urllib.parse import unquote, urlsplit, urlunsplit

from pipeline.discover.archives import archive_months, parse_archive_page
from pipeline.discover.feeds import is_feed, parse_feed, query_number, with_query
from pipeline.discover.listing import Listed, Listing, parse_time
from pipeline.models import Window

__all__ = [
    "api_root",
    "api_url",
    "earlier_months",
    "is_api",
    "is_feed_step",
    "ladder",
    "parse_api_page",
    "parse_step",
    "site_root",
]

_PER_PAGE = 100
_API_PATH = re.compile(r"/wp-json(/|$)")
_ROUTE = "rest_route"


def site_root(url: str) -> str:
    """The site's own root, with a slash at its end, from any address that names the site."""
    parts = urlsplit(url)
    path = _API_PATH.split(parts.path)[0]
    path = re.sub(r"/(index\.php|feed/?)$", "", path)
    return urlunsplit((parts.scheme, parts.netloc, path.rstrip("/") + "/", "", ""))


def api_root(url: str) -> str:
    """The root of the site's API: the one that the address names, else where it is with pretty permalinks."""
    parts = urlsplit(url)
    named = _API_PATH.search(parts.path)
    if named:
        return urlunsplit((parts.scheme, parts.netloc, parts.path[: named.start()] + "/wp-json/", "", ""))
    if f"{_ROUTE}=" in parts.query:
        return urlunsplit((parts.scheme, parts.netloc, parts.path or "/", f"{_ROUTE}=/", ""))
    return f"{site_root(url)}wp-json/"


def api_url(url: str, page: int = 1, *, window: Window | None = None) -> str:
    """Address of a page of posts, the newest first, with links and times only."""
    values: dict[str, str | int] = {"_fields": "link,date_gmt,modified_gmt", "page": page, "per_page": _PER_PAGE}
    if window is not None:
        # In the site's own time, which nobody knows, and without the two instants themselves: so a day more each way.
        day = timedelta(days=1)
        values |= {"after": f"{window.start - day}T00:00:00", "before": f"{window.end + day}T23:59:59"}
    root = api_root(url)
    if f"{_ROUTE}=" in root:
        return with_query(root, values | {_ROUTE: "/wp/v2/posts"})
    return with_query(f"{root}wp/v2/posts", values)


def is_api(url: str) -> bool:
    """Whether an address is one of the API's."""
    parts = urlsplit(url)
    return _API_PATH.search(parts.path) is not None or f"{_ROUTE}=/wp/" in unquote(parts.query)


def is_feed_step(url: str) -> bool:
    """Whether an address is one of those that `ladder` gives for the feed, or a further page of it."""
    parts = urlsplit(url)
    return "feed=rss2" in parts.query.split("&") or parts.path.endswith("/feed/")


def ladder(url: str, window: Window | None = None) -> list[str]:
    """First addresses to ask, the best first: when one is refused or is not what it should be, the next.

    The last is a page for people: the site's own, or with a window the archive of its latest month. With a window the
    feed is that of the month too; the other months follow from it (`earlier_months`).
    """
    root = site_root(url)
    month: dict[str, str | int] = {} if window is None else {"m": _months(window)[0]}
    # With `index.php` and without, a query is the same address to a site, and to a crawl.
    by_query = () if f"{_ROUTE}=" in api_root(url) else (api_url(f"{root}?{_ROUTE}=/", window=window),)
    steps = (
        api_url(url, window=window),
        *by_query,
        with_query(f"{root}feed/", month),
        with_query(root, {"feed": "rss2"} | month),
        with_query(root, month),
    )
    return list(dict.fromkeys(steps))


def earlier_months(asked: str, window: Window | None) -> tuple[str, ...]:
    """Of a step of `ladder` that is about one month, the same for the other months of the window."""
    months = _months(window) if window is not None else []
    if not months or f"m={months[0]}" not in urlsplit(asked).query.split("&"):
        return ()
    return tuple(with_query(asked, {"m": name}) for name in months[1:])


def _months(window: Window) -> list[str]:
    return [f"{year}{month:02}" for year, month in archive_months(window)]


def parse_step(
    body: bytes, url: str, *, step: str, encoding: str | None, total_pages: int | None = None
) -> Listing | None:
    """Posts of the answer to a step of `ladder`, or to a further page of it; None when it is not what it should be.

    Args:
        body: the answer.
        url: where it came from, after redirects.
        step: the address that was asked.
        encoding: that of a page for people.
        total_pages: what an API's answer says in `X-WP-TotalPages`.
    """
    if is_api(step):
        return parse_api_page(body, url, total_pages=total_pages)
    return _feed_page(body, url) if is_feed_step(step) else parse_archive_page(body, url, encoding=encoding)


def parse_api_page(body: bytes, url: str, *, total_pages: int | None) -> Listing | None:
    """Posts of an API page and the address of the next; None when the answer is not the API's.

    Where no number of pages is told (None), a full page is followed by another.
    """
    try:
        posts = json.loads(body.lstrip(b"\xef\xbb\xbf \t\r\n"))
    except (ValueError, RecursionError):
        return None
    if not isinstance(posts, list):
        return None
    texts = tuple(
        Listed(post["link"], parse_time(_text(post.get("date_gmt"))), parse_time(_text(post.get("modified_gmt"))))
        for post in posts
        if isinstance(post, dict) and isinstance(post.get("link"), str)
    )
    page = query_number(url, "page", 1)
    more = len(texts) >= _PER_PAGE if total_pages is None else page < total_pages
    return Listing(texts, (with_query(url, {"page": page + 1}),) if texts and more else ())


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _feed_page(body: bytes, url: str) -> Listing | None:
    """Posts of a feed page and the address of the next (`?paged=`), while pages have posts; None when it is no feed."""
    if not is_feed(body):
        return None
    texts, page = parse_feed(body).texts, query_number(url, "paged", 1)
    return Listing(texts, (with_query(url, {"paged": page + 1}),) if texts else ())
