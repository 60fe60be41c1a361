"""Addresses as boards write them: relative to a base element, with session ids, with places inside a page."""

from __future__ import annotations

import re
from urllib.parse import urldefrag, urljoin, urlsplit

from lxml import html

__all__ = ["base_of", "canonical_of", "host_is_same", "joined", "tidy"]

_SESSION = re.compile(r"(?i)(?<=[?&;])(?:sid|s|phpsessid|sessionid|session_id)=[0-9a-z]{16,64}(?:[&;]|(?=#)|$)")


def base_of(tree: html.HtmlElement, url: str) -> str:
    """The address that the page's relative links are told from."""
    bases = tree.xpath("/html/*/base/@href")
    return joined(url, str(bases[0])) or url if bases else url


def joined(base: str, href: str | None) -> str | None:
    """A link as an absolute web address without a session id; None when it leads to no page."""
    if not href or href.strip().lower().startswith(("javascript:", "mailto:", "data:")):
        return None
    try:
        url = urljoin(base, href.strip())
        urlsplit(url).port  # noqa: B018 (raises on what is no port)
    except ValueError:
        return None
    return tidy(url) if url.startswith(("http://", "https://")) else None


def tidy(url: str) -> str:
    """The address without the visit's session id."""
    if "=" not in url:
        return url
    return re.sub(r"[?&;]+(?=#|$)", "", _SESSION.sub("", url))


def canonical_of(tree: html.HtmlElement, url: str) -> list[str]:
    """Addresses on the same host that the page gives as its own."""
    links = tree.xpath("/html/*/link[@rel='canonical']/@href | /html/*/meta[@property='og:url']/@content")
    found = (joined(base_of(tree, url), str(link)) for link in links)
    return [urldefrag(one).url for one in found if one and host_is_same(one, url)]


def host_is_same(one: str, other: str) -> bool:
    """Whether two addresses are on one host, `www.` aside."""
    hosts = [urlsplit(url).netloc.lower().removeprefix("www.") for url in (one, other)]
    return hosts[0] == hosts[1]
