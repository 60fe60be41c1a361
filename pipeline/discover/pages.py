"""Plain listing pages: links that look like texts, and the next page."""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

from pipeline.discover.listing import Listed, Listing, links_of, parse_html

__all__ = ["parse_listing_page"]

_LIKELY = re.compile(
    r"/\d{4}/\d{1,2}/|\d{5,}|(?<![a-z0-9])[a-z0-9]+(?:-[a-z0-9]+){3,}|/(?:news|article|story|stories|post)s?/[^/]+"
)
_FURNITURE = re.compile(
    r"(?i)^/(tag|tags|category|categories|author|authors|search|page|login|privacy|about|contact)(/|$)"
)


def parse_listing_page(
    body: bytes, url: str, *, encoding: str | None, include: str | None = None, exclude: str | None = None
) -> Listing:
    """Texts that a page links to on its own host.

    With `include` a link's address must match it; without, it must look like a story's: a date, a number or a
    headline in its path.
    """
    tree = parse_html(body, encoding)
    if tree is None:
        return Listing()
    texts = [
        Listed(link)
        for link in links_of(tree, url)
        if link != url and len(link) < 2_000 and _wanted(link, include, exclude)
    ]
    following = tree.xpath("//link[@rel='next']/@href | //a[contains(concat(' ', @rel, ' '), ' next ')]/@href")
    return Listing(tuple(texts), tuple(urljoin(url, str(href)) for href in following[:1]))


def _wanted(link: str, include: str | None, exclude: str | None) -> bool:
    if exclude and re.search(exclude, link):
        return False
    if include:
        return re.search(include, link) is not None
    path = urlsplit(link).path
    return not _FURNITURE.match(path) and _LIKELY.search(path) is not None
