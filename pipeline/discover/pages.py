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


def parse_listing_page(body: bytes, url: str, *, encoding: str | None, every_link: bool) -> Listing:
    """Texts that a page links to on its own host.

    Without `every_link` an address must look like a story's: a date, a number or a headline in its path.
    """
    tree = parse_html(body, encoding)
    if tree is None:
        return Listing()
    links = (link for link in links_of(tree, url) if link != url and len(link) < 2_000)
    texts = [Listed(link) for link in links if every_link or _looks_like_a_story(link)]
    following = tree.xpath("//link[@rel='next']/@href | //a[contains(concat(' ', @rel, ' '), ' next ')]/@href")
    return Listing(tuple(texts), tuple(urljoin(url, str(href)) for href in following[:1]))


def _looks_like_a_story(link: str) -> bool:
    path = urlsplit(link).path
    return not _FURNITURE.match(path) and _LIKELY.search(path) is not None
