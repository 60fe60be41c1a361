"""What every kind of listing gives: the texts it names and the further listings it points to."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urljoin, urlsplit

from lxml import etree, html

__all__ = ["Listed", "Listing", "day_of", "link_of", "links_of", "parse_html", "parse_time", "plain_bytes"]

_TIME = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?)(?:\.\d+)?\s*(Z|[+-]\d{2}:?\d{2})?)?")
_DAY = re.compile(r"/((?:19|20)\d\d)[/-]?(0[1-9]|1[0-2])[/-]?(0[1-9]|[12]\d|3[01])(?=[/_-]|$)")
_MAX_BYTES = 50 * 2**20  # what sitemaps.org allows
_NOT_PAGES = re.compile(r"(?i)\.(jpe?g|png|gif|webp|svg|css|js|pdf|zip|mp[34]|ico|xml|json|woff2?)$")


@dataclass(frozen=True, slots=True)
class Listed:
    """A text that a listing names. Times are aware and UTC. `key`: what names it where its address does not."""

    url: str
    listed_at: datetime | None = None
    modified_at: datetime | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """Texts; `more`: addresses that continue this listing; `parts`: listings of their own that it only names."""

    texts: tuple[Listed, ...] = ()
    more: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()


def plain_bytes(body: bytes) -> bytes:
    """The body, unpacked where it is gzip that no header told of; 50 MiB of it at most."""
    if body[:2] != b"\x1f\x8b":
        return body
    try:
        return zlib.decompressobj(wbits=31).decompress(body, _MAX_BYTES)
    except zlib.error:
        return b""


def parse_time(text: str | None) -> datetime | None:
    """An ISO 8601 (W3C) time as aware UTC; a time without a zone is taken as UTC; None when it is none."""
    found = _TIME.search(text or "")
    if not found:
        return None
    day, clock, zone = found.groups()
    try:
        return datetime.fromisoformat(f"{day}T{clock or '00:00'}{zone or '+00:00'}").astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def day_of(url: str) -> datetime | None:
    """The day that an address tells, as `…/2026/01/05/…`: its first instant, UTC."""
    if not (found := _DAY.search(url)):
        return None
    try:
        return datetime(int(found[1]), int(found[2]), int(found[3]), tzinfo=UTC)
    except ValueError:
        return None


def parse_html(body: bytes, encoding: str | None) -> html.HtmlElement | None:
    """An HTML tree, or None when there is nothing to parse."""
    try:
        tree = html.fromstring(body, parser=html.HTMLParser(encoding=encoding))
    except (etree.ParserError, etree.XMLSyntaxError, ValueError, LookupError):
        return None
    return tree if isinstance(tree, html.HtmlElement) else None


def links_of(tree: html.HtmlElement, base_url: str) -> list[str]:
    """Absolute http(s) addresses of a page's links on its own host, in order, each once."""
    found = (link_of(str(href), base_url) for href in tree.xpath("//a[@href]/@href"))
    return list(dict.fromkeys(url for url in found if url is not None and not _NOT_PAGES.search(urlsplit(url).path)))


def link_of(href: str, base_url: str) -> str | None:
    """The absolute http(s) address that a link of a page leads to; None when it leads off the page's host."""
    try:
        url = urljoin(base_url, href.strip()).partition("#")[0]
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.netloc == urlsplit(base_url).netloc else None
