"""What an address is (a feed, a sitemap, a page), and what a page says of its site. Pure functions on bytes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urljoin, urlsplit, urlunsplit

from lxml import html
from w3lib.encoding import html_to_unicode

from pipeline.discover.feeds import is_feed
from pipeline.discover.listing import parse_html, plain_bytes

__all__ = ["PageClues", "Shape", "encoding_of", "page_clues", "robots_sitemaps", "shape_of"]

_HEAD = 4_096
_FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/feed+json")
_COMMENTS = re.compile(r"(?i)comment|kommentar|commentaire|comentario|reply|replies")
_FEED_LINK = re.compile(
    r"(?i)(^|/)(feeds?|rss|atom)(/|\.xml|\.rdf|\.json|$)|\.(rss|rdf|atom)$|/(index|feed|rss)\.(xml|rdf)$"
)
_FEED_QUERY = re.compile(r"(?i)(^|&)(feed|alt|type|format)=(rss\d?|atom|rdf)(&|$)")
_STORY_PATH = re.compile(r"/\d{4}/\d{1,2}/|\d{5,}|(?<![a-z0-9])[a-z0-9]+(?:-[a-z0-9]+){3,}|\.(html?|php|aspx?)$")
_STORY_QUERY = re.compile(r"(^|&)(p|page_id|id|t|tid|topic|showtopic|f|fid|sid|attachment_id)=\d")
_HOME_CLASSES = (
    "site-title custom-logo-link site-logo navbar-brand logo p-header-logo header-logo brand wp-block-site-title"
)
_LANGUAGE = re.compile(r"^\s*([a-zA-Z]{2,3})(?:[-_].*)?\s*$")


class Shape(StrEnum):
    """What an answer's bytes are."""

    FEED = "feed"
    SITEMAP = "sitemap"
    PAGE = "page"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class PageClues:
    """What a page says of its site. Addresses are absolute.

    `feeds` are announced or linked, the announced first, without those of comments; `comment_feeds` are those.
    `homes` may be the site's home, the most likely first. `api_root` is that of a WordPress.
    """

    title: str | None = None
    name: str | None = None
    language: str | None = None
    feeds: tuple[str, ...] = ()
    comment_feeds: tuple[str, ...] = ()
    sitemaps: tuple[str, ...] = ()
    wordpress: bool = False
    api_root: str | None = None
    blogger: bool = False
    story: bool = False
    homes: tuple[str, ...] = ()


def shape_of(body: bytes, content_type: str) -> Shape:
    """What the bytes are; the type that the server names decides nothing alone."""
    body = plain_bytes(body)
    head = body[:_HEAD].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if is_feed(body):
        return Shape.FEED
    if re.search(rb"<(\w+:)?(urlset|sitemapindex)[\s>/]", head):
        return Shape.SITEMAP
    if re.search(rb"<(!doctype html|html|head|body|title|meta|div|p)[\s>]", head) or (
        "html" in content_type.lower() and head[:1] == b"<"
    ):
        return Shape.PAGE
    lines = head.split()[:5]
    if lines and "html" not in content_type and all(re.match(rb"https?://\S+$", line) for line in lines[:-1] or lines):
        return Shape.SITEMAP
    return Shape.OTHER


def encoding_of(body: bytes, content_type: str) -> str:
    """Charset of a page, as browsers find it."""
    return str(html_to_unicode(content_type or None, body[:_HEAD], default_encoding="utf-8")[0])


def page_clues(body: bytes, url: str, content_type: str = "") -> PageClues:
    """Read what a page says of its site; never raises."""
    tree = parse_html(body, encoding_of(body, content_type))
    if tree is None:
        return PageClues()
    url = _base(tree, url)
    announced, comments = _feeds(tree, url)
    generator = " ".join(str(one) for one in tree.xpath("//meta[@name='generator']/@content")).lower()
    api = _addresses(tree.xpath("//link[@rel='https://api.w.org/']/@href"), url)
    return PageClues(
        title=_text(tree.xpath("//title/text()")),
        name=_text(tree.xpath("//meta[@property='og:site_name']/@content")),
        language=_language(tree),
        feeds=announced,
        comment_feeds=comments,
        sitemaps=_addresses(tree.xpath("//link[@rel='sitemap']/@href"), url),
        wordpress=bool(api) or "wordpress" in generator or b"/wp-content/" in body or b"/wp-includes/" in body,
        api_root=api[0] if api else None,
        blogger="blogger" in generator or ".blogspot." in (urlsplit(url).hostname or ""),
        story=_is_story(tree, url),
        homes=_homes(tree, url),
    )


def robots_sitemaps(body: bytes) -> tuple[str, ...]:
    """Sitemaps that a robots.txt names."""
    lines = body[: 512 * 1024].decode("utf-8", "replace").splitlines()
    found = (re.match(r"(?i)\s*sitemap\s*:\s*(https?://\S+)", line) for line in lines)
    return tuple(dict.fromkeys(one[1] for one in found if one))


def _base(tree: html.HtmlElement, url: str) -> str:
    return next(iter(_addresses(tree.xpath("//base/@href")[:1], url)), url)


def _feeds(tree: html.HtmlElement, url: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    found: dict[str, str] = {}
    for link in tree.xpath("//link[@href and contains(concat(' ', @rel, ' '), ' alternate ')]"):
        kind = str(link.get("type") or "").lower().partition(";")[0].strip()
        if kind in _FEED_TYPES or (kind in ("application/json", "text/xml", "application/xml") and _feed_like(link)):
            for address in _addresses([link.get("href")], url):
                found.setdefault(address, str(link.get("title") or ""))
    for link in tree.xpath("//a[@href]"):
        words = " ".join(link.text_content().split())[:80] if len(link) < 5 else ""
        if _feed_like(link) or re.fullmatch(r"(?i)(rss|atom)([ -]?feeds?)?", words):
            for address in _addresses([link.get("href")], url):
                if urlsplit(address).hostname == urlsplit(url).hostname:
                    found.setdefault(address, words)
        if len(found) >= 40:
            break
    comments = {one for one, title in found.items() if _COMMENTS.search(f"{title} {urlsplit(one)[2:4]}")}
    return tuple(one for one in found if one not in comments), tuple(one for one in found if one in comments)


def _feed_like(link: html.HtmlElement) -> bool:
    try:
        parts = urlsplit(str(link.get("href")).strip())
    except ValueError:
        return False
    return bool(_FEED_LINK.search(parts.path) or _FEED_QUERY.search(parts.query))


def _is_story(tree: html.HtmlElement, url: str) -> bool:
    """Whether a page is one text, or one thread, and not the place where others are listed."""
    parts = urlsplit(url)
    if parts.path in ("", "/") and not parts.query:
        return False
    kind = _text(tree.xpath("//meta[@property='og:type']/@content")) or ""
    if kind.lower() in ("article", "blogpost", "video.other"):
        return True
    if kind.lower() in ("website", "blog"):
        return False
    return bool(_STORY_PATH.search(parts.path) or _STORY_QUERY.search(parts.query))


def _homes(tree: html.HtmlElement, url: str) -> tuple[str, ...]:
    """Addresses on the page's host that may be the home: said to be, named in a trail, behind the logo, or above."""
    said = tree.xpath("//*[self::a or self::link][contains(concat(' ', @rel, ' '), ' home ')]/@href")
    classes = " or ".join(
        f"contains(concat(' ', normalize-space(@class), ' '), ' {one} ')" for one in _HOME_CLASSES.split()
    )
    logos = tree.xpath(f"//*[{classes} or @id='logo' or @id='site-title']/descendant-or-self::a/@href")
    trails = tree.xpath(
        "//*[contains(@class, 'breadcrumb') or contains(@class, 'navtree') or contains(@class, 'linktree')"
        " or contains(@class, 'navbit') or contains(@class, 'crumbs')]/descendant-or-self::a/@href"
    )
    parts = urlsplit(url)
    folders = parts.path.split("/")[1:-1]
    above = ["/" + "".join(f"{one}/" for one in folders[:depth]) for depth in range(len(folders), -1, -1)]
    candidates = _addresses([*said, *_website(tree), *trails[:4], *logos[:2], *above[:4]], url)
    clean = (urlunsplit(urlsplit(one)._replace(fragment="")) for one in candidates)
    return tuple(dict.fromkeys(one for one in clean if urlsplit(one).hostname == parts.hostname and one != url))[:8]


def _website(tree: html.HtmlElement) -> list[str]:
    """Addresses of the WebSite that JSON-LD (schema.org) speaks of."""
    found: list[str] = []
    for text in tree.xpath("//script[@type='application/ld+json']/text()")[:10]:
        try:
            data = json.loads(str(text))
        except (ValueError, RecursionError):
            continue
        graph = data.get("@graph", [data]) if isinstance(data, dict) else data
        sites = (one for one in (graph if isinstance(graph, list) else ()) if isinstance(one, dict))
        found += [str(one["url"]) for one in sites if "WebSite" in str(one.get("@type")) and "url" in one]
    return found


def _language(tree: html.HtmlElement) -> str | None:
    values = tree.xpath("/html/@lang | /html/@*[name()='xml:lang'] | //meta[@property='og:locale']/@content")
    meta = tree.xpath("//meta[translate(@http-equiv, 'CLANGUTE', 'clangute')='content-language']/@content")
    found = (_LANGUAGE.match(str(value)) for value in [*values, *meta])
    return next((one[1].lower() for one in found if one), None)


def _text(values: Iterable[object]) -> str | None:
    return next((text for value in values if (text := " ".join(str(value).split())[:200])), None)


def _addresses(links: Iterable[object], url: str) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for link in links:
        try:
            address = urljoin(url, str(link).strip())
            usable = urlsplit(address).scheme in ("http", "https") and bool(urlsplit(address).hostname)
        except ValueError:
            continue
        if usable and len(address) <= 2_000:
            found.setdefault(address)
    return tuple(found)
