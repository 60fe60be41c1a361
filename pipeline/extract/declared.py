"""What a page declares in its head, read once: meta elements, and the JSON-LD of its article."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from urllib.parse import urljoin, urlsplit

from lxml import html

from pipeline.extract.jsonld import Node, article_of, nodes_of, texts_of
from pipeline.models import normalised_headline

__all__ = ["Declared", "plain", "read_declared", "urljoin_or_none"]

_ENTITY = re.compile(r"&(?:#\d+|#x[0-9a-fA-F]+|[a-zA-Z]+);")


@dataclass(frozen=True, slots=True)
class Declared:
    """Declarations of a page. `meta` has lower-cased names, `article` is one of the JSON-LD `nodes`, or empty."""

    meta: dict[str, list[str]]
    article: Node
    nodes: list[Node]
    canonical_url: str | None

    def first(self, *names: str) -> str | None:
        """The first of these meta elements that is there."""
        return next((self.meta[name][0] for name in names if name in self.meta), None)

    def texts(self, key: str) -> list[str]:
        """Texts of a property of the JSON-LD article."""
        return texts_of(self.article, key, self.nodes)

    def text(self, key: str) -> str | None:
        """The first text of a property of the JSON-LD article."""
        return next(iter(self.texts(key)), None)


def read_declared(tree: html.HtmlElement, url: str) -> Declared:
    """All that the page at this address declares."""
    meta = _meta(tree)
    links = (link for link in tree.iter("link") if link.get("rel") == "canonical")
    canonical = next((address for link in links if (address := link.get("href")) is not None), "")
    addresses = {_bare(urljoin_or_none(url, one) or "") for one in (url, canonical, *meta.get("og:url", ()))} - {""}
    shown = [plain(one.text_content()) for one in tree.iter("h1", "title")][:8]
    wanted = {normalised_headline(one) for one in (*shown, *meta.get("og:title", ())) if one}

    def is_here(address: str) -> bool:
        return _bare(urljoin_or_none(url, address) or "") in addresses

    nodes = nodes_of(tree)
    article = article_of(nodes, is_here=is_here, is_headline=lambda text: normalised_headline(text) in wanted)
    return Declared(meta, article, nodes, urljoin_or_none(url, canonical))


def urljoin_or_none(base: str, url: str) -> str | None:
    """The address that a page at `base` means; None for none and for what is no address."""
    try:
        return urljoin(base, url.strip()) if url.strip() else None
    except ValueError:
        return None


def _bare(address: str) -> str:
    """An address without scheme, `www.`, query, fragment and last slash: enough to tell pages of one site apart."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return parts.netloc.removeprefix("www.") + parts.path.rstrip("/") if parts.path.rstrip("/") else ""


def _meta(tree: html.HtmlElement) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for element in tree.iter("meta"):
        content = plain(element.get("content"))
        for attribute in ("property", "name", "itemprop"):
            if content and (name := element.get(attribute)):
                found.setdefault(name.strip().lower(), []).append(content)
    return found


def plain(text: str | None) -> str:
    """One line of text; what was escaped once too often is text again, what was encoded twice is read once more."""
    text = " ".join((text or "").replace("\xa0", " ").split())
    if "&" in text and _ENTITY.search(text):
        text = " ".join(unescape(text).split())
    if "Ã" in text or "Â" in text or "â€" in text:
        try:
            return text.encode("cp1252").decode("utf-8")
        except UnicodeError:
            return text
    return text
