"""Addresses as boards write them: relative to a base element, with session ids, with places inside a page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from urllib.parse import urldefrag, urljoin, urlsplit

from lxml import html

__all__ = ["base_of", "canonical_of", "host_is_same", "joined", "parameters", "rebuilt"]

_SESSION = re.compile(
    r"(?i)(?:s|sid|phpsessid|sessionid|session_id|oscsid|jsessionid|zenid|shash)(?:=(?:[0-9a-z,-]{16,})?)?"
)
_SESSION_PATH = re.compile(r"(?i);jsessionid=[^/?;]*")


def base_of(tree: html.HtmlElement, url: str) -> str:
    """The address that the page's relative links are told from."""
    bases = tree.xpath("/html/*/base/@href")
    return joined(url, str(bases[0])) or url if bases else url


@lru_cache(maxsize=4096)
def joined(base: str, href: str | None) -> str | None:
    """A link as an absolute web address without a session id; None when it leads to no page."""
    if not href or href.strip().lower().startswith(("javascript:", "mailto:", "data:")):
        return None
    try:
        url = urljoin(base, href.strip())
        parts = urlsplit(url)
        parts.port  # noqa: B018 (raises on what is no port)
    except ValueError:
        return None
    return _without_session(url) if parts.scheme in ("http", "https") and parts.netloc else None


def parameters(query: str) -> Iterator[tuple[str, str]]:
    """The parts of a query, each with the mark before it."""
    for match in re.finditer(r"(^|[&;])([^&;]+)", query):
        yield match[1], match[2]


def rebuilt(parts: Iterable[tuple[str, str]]) -> str:
    """A query of some of the parts of another."""
    return "".join(f"{mark if number else ''}{part}" for number, (mark, part) in enumerate(parts))


def _without_session(url: str) -> str:
    if "=" not in url:
        return url
    address, mark, fragment = url.partition("#")
    path, _, query = address.partition("?")
    kept = rebuilt(one for one in parameters(query) if not _SESSION.fullmatch(one[1]))
    return _SESSION_PATH.sub("", path) + (f"?{kept}" if kept else "") + mark + fragment


def canonical_of(tree: html.HtmlElement, url: str) -> list[str]:
    """Addresses on the same host that the page gives as its own."""
    links = tree.xpath("/html/*/link[@rel='canonical']/@href | /html/*/meta[@property='og:url']/@content")
    found = (joined(base_of(tree, url), str(link)) for link in links)
    return [urldefrag(one).url for one in found if one and host_is_same(one, url)]


def host_is_same(one: str, other: str) -> bool:
    """Whether two addresses are on one host, `www.` aside."""
    hosts = [urlsplit(url).netloc.lower().removeprefix("www.") for url in (one, other)]
    return hosts[0] == hosts[1]
