"""What a page says about itself: JSON-LD, OpenGraph, microdata and meta first, then its visible markup."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any
from urllib.parse import urljoin

from lxml import etree, html

from pipeline.extract.dates import parse_moment, plausible
from pipeline.extract.page import Page, SourceFacts, class_test
from pipeline.models import Precision, normalised_headline

__all__ = ["Metadata", "read_metadata", "reserved_against_mining"]

_ARTICLE_TYPES = re.compile(r"(?i)(article|posting|report|review)$")
_SPLIT_TITLE = re.compile(r"\s+[|–—·»:-]\s+|\s*\|\s*|:\s+")
_NOT_AUTHOR = re.compile(
    r"(?i)^(by|von|por|par|di|written by|posted by|author|staff reporter|https?://.*|www\..*|@\w+|admin|editor)$"
)
_LEADING = re.compile(r"(?i)^\s*((written|posted|reported|published) by|by|von|por|par|di|от)\s*:?\s+")
_MARKUP = re.compile(r"[<&\x00]")
_META_DATES = (
    "article:published_time", "og:article:published_time", "datePublished", "date", "dc.date", "dc.date.issued",
    "dcterms.created", "pubdate", "publishdate", "publish-date", "sailthru.date", "parsely-pub-date",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """Facts about an article page; None or empty where the page says nothing."""

    title: str | None
    authors: tuple[str, ...]
    published_at: datetime | None
    precision: Precision | None
    modified_at: datetime | None
    canonical_url: str | None
    section: str | None
    tags: tuple[str, ...]
    image_url: str | None
    language: str | None


def read_metadata(tree: html.HtmlElement, page: Page, facts: SourceFacts) -> Metadata:
    """All facts of a page, structured data before guesses."""
    linked = _json_ld(tree)
    meta = _meta(tree)
    published = _published(tree, linked, meta, page, facts.timezone)
    canonical = tree.xpath("//link[@rel='canonical']/@href")
    changed = _text(linked.get("dateModified")) or meta.get("article:modified_time")
    modified = parse_moment(changed, timezone=facts.timezone)
    return Metadata(
        title=_title(tree, linked, meta, facts),
        authors=_authors(tree, linked, meta, facts),
        published_at=published[0] if published else None,
        precision=published[1] if published else None,
        modified_at=modified[0] if modified and plausible(modified[0], page.fetched_at) else None,
        canonical_url=_address(page.url, str(canonical[0])) if canonical else None,
        section=_text(linked.get("articleSection")) or meta.get("article:section"),
        tags=_tags(tree, linked),
        image_url=_address(page.url, meta.get("og:image", "")),
        language=_language(tree),
    )


def _address(base: str, url: str) -> str | None:
    try:
        return urljoin(base, url.strip()) if url.strip() else None
    except ValueError:
        return None


def _json_ld(tree: html.HtmlElement) -> dict[str, Any]:
    for script in tree.xpath("//script[@type='application/ld+json']/text()"):
        try:
            data = json.loads(str(script), strict=False)
        except (ValueError, RecursionError):
            continue
        for item in _walk(data):
            kinds = item.get("@type")
            if any(_ARTICLE_TYPES.search(str(kind)) for kind in (kinds if isinstance(kinds, list) else [kinds])):
                return item
    return {}


def _walk(data: Any) -> Iterator[dict[str, Any]]:
    for item in data if isinstance(data, list) else [data]:
        if isinstance(item, dict):
            yield item
            yield from _walk(item.get("@graph", []))


def _meta(tree: html.HtmlElement) -> dict[str, str]:
    found: dict[str, str] = {}
    for element in tree.iter("meta"):
        name = element.get("property") or element.get("name") or element.get("itemprop")
        content = (element.get("content") or "").strip()
        if name and content:
            found.setdefault(name, content)
    return found


def _text(value: Any) -> str | None:
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, dict):
        value = value.get("name")
    if not isinstance(value, str) or not value.strip():
        return None
    plain = value if _MARKUP.search(value) is None else html.fromstring(f"<p>{value}</p>").text_content()
    return " ".join(plain.split())


def _title(tree: html.HtmlElement, linked: dict[str, Any], meta: dict[str, str], facts: SourceFacts) -> str | None:
    declared = _text(linked.get("headline")) or _clean(meta.get("og:title"))
    whole = _clean(" ".join(str(part) for part in tree.xpath("//head/title/text()")))
    wanted = normalised_headline(declared or whole or "")
    if not wanted:
        return next(_headings(tree), None)
    for heading in _headings(tree):
        if normalised_headline(heading) in wanted:
            return heading
    return _without_site(declared or whole or "", facts, meta)


def _headings(tree: html.HtmlElement) -> Iterator[str]:
    """Texts of what may be the page's headline: by tag first, since attributes of all elements take longer."""
    by_tag = (
        element
        for element in tree.iter("h1", "h2", "h3")
        if element.tag == "h1" or _HEADLINE_CLASSES[element.tag] in element.get("class", "").split()
    )
    for element in chain(by_tag, _HEADLINES(tree)):
        if text := _clean(element.text_content()):
            yield text


_HEADLINE_CLASSES = {"h2": "entry-title", "h3": "post-title"}
_HEADLINES = etree.XPath("//*[@itemprop='headline']")


def _without_site(title: str, facts: SourceFacts, meta: dict[str, str]) -> str:
    sites = {normalised_headline(name) for name in (facts.name, meta.get("og:site_name", "")) if name}
    parts = _SPLIT_TITLE.split(title)
    if len(parts) > 1:
        if normalised_headline(parts[-1]) in sites or (not sites and len(parts[-1]) < 30 and "|" in title):
            return title[: title.rindex(parts[-1])].rstrip(" |–—·»:-")
        if normalised_headline(parts[0]) in sites:
            return title[title.index(parts[0]) + len(parts[0]) :].lstrip(" |–—·»:-")
    return title


def _authors(
    tree: html.HtmlElement, linked: dict[str, Any], meta: dict[str, str], facts: SourceFacts
) -> tuple[str, ...]:
    for candidates in _author_candidates(tree, linked, meta):
        names = [name for text in candidates for name in _split_names(text)]
        unique = list({normalised_headline(name): name for name in names if name}.values())
        others = [name for name in unique if normalised_headline(name) != normalised_headline(facts.name)]
        if unique:
            return tuple(others or unique[:1])
    return ()


def _author_candidates(tree: html.HtmlElement, linked: dict[str, Any], meta: dict[str, str]) -> Iterator[list[str]]:
    declared = linked.get("author")
    listed = declared if isinstance(declared, list) else [declared]
    yield [name for item in listed if (name := _text(item))]
    yield [meta[name] for name in ("author", "article:author", "dc.creator", "parsely-author") if name in meta][:1]
    for path in _AUTHOR_PATHS:
        yield [text for element in tree.xpath(path) if (text := _clean(element.text_content()))]


_AUTHOR_PATHS = (
    "//*[@itemprop='author']//*[@itemprop='name'] | //*[@rel='author']",
    f"//article//*[{class_test('author')}]//*[{class_test('fn')}] | //*[{class_test('vcard')}]//*[{class_test('fn')}]",
    f"//*[{class_test('byline')}] | //*[{class_test('td-post-author-name')}]//a | //*[{class_test('entry-author')}]",
    f"//*[{class_test('wp-block-post-author-name')} or {class_test('wp-block-post-author__name')}]",
    f"//*[{class_test('post-author')}]",
)


def _split_names(text: str) -> list[str]:
    text = _LEADING.sub("", text).partition(" | ")[0]
    names = re.split(r"\s*(?:,|;|/|&|\band\b|\bund\b|\by\b|\bet\b)\s*", text)
    return [name for part in names if (name := part.strip(" .-–—|")) and _is_name(name)]


def _is_name(text: str) -> bool:
    return len(text) <= 60 and not _NOT_AUTHOR.match(text) and parse_moment(text) is None


def _published(
    tree: html.HtmlElement, linked: dict[str, Any], meta: dict[str, str], page: Page, timezone: str
) -> tuple[datetime, Precision] | None:
    declared = [_text(linked.get("datePublished")), *(meta.get(name) for name in _META_DATES)]
    shown = (str(value) for path in _DATE_PATHS for value in tree.xpath(path)[:1])
    first: tuple[datetime, Precision] | None = None
    for text in chain(declared, shown):
        moment = parse_moment(text, timezone=timezone)
        if moment is None or not plausible(moment[0], page.fetched_at):
            continue
        if moment[1] is Precision.SECOND:
            # A full time of the same day says more than the day alone.
            return moment if first is None or abs((moment[0] - first[0]).days) <= 1 else first
        first = first or moment
    return first or _guessed(tree, page)


_DATE_PATHS = (
    "//*[@itemprop='datePublished']/@content",
    "//*[@itemprop='datePublished']/@datetime",
    f"//abbr[{class_test('published')}]/@title",
    f"//time[{class_test('published')} or {class_test('entry-date')} or {class_test('post-date')}]/@datetime",
    f"//*[{class_test('wp-block-post-date')}]//time/@datetime",
    "(//article//header//time | //article//time | //main//time)/@datetime",
    f"string(//*[{class_test('date-header')}])",
    f"string(//*[{class_test('entry-date')} or {class_test('post-date')} or {class_test('published')}])",
)


def _guessed(tree: html.HtmlElement, page: Page) -> tuple[datetime, Precision] | None:
    from htmldate import find_date

    latest = f"{page.fetched_at:%Y-%m-%d}"
    found = find_date(tree, original_date=True, extensive_search=False, max_date=latest, url=page.url)
    moment = parse_moment(found)
    # Nothing but the day of the visit is no evidence: it stands on every page.
    return None if moment is None or moment[0].date() == page.fetched_at.date() else moment


def _tags(tree: html.HtmlElement, linked: dict[str, Any]) -> tuple[str, ...]:
    listed = [
        str(element.get("content")).strip() for element in tree.xpath("//meta[@property='article:tag'][@content]")
    ]
    words = linked.get("keywords")
    if not listed and words:
        listed = [str(word).strip() for word in (words if isinstance(words, list) else str(words).split(","))]
    if not listed:
        listed = [_clean(link.text_content()) or "" for link in tree.xpath("//a[@rel='tag' or @rel='category tag']")]
    return tuple(dict.fromkeys(tag for tag in listed if tag))


def _language(tree: html.HtmlElement) -> str | None:
    found = re.match(r"[A-Za-z]{2,3}", tree.getroottree().getroot().get("lang") or "")
    return found[0].lower() if found else None


def reserved_against_mining(tree: html.HtmlElement, page: Page) -> bool | None:
    """TDM Reservation Protocol (W3C community group): whether the site's file, a header or a meta tag reserves a page.

    One of them is enough; None when none says anything.
    """
    said = [page.headers.get("tdm-reservation"), _meta(tree).get("tdm-reservation")]
    words = [value.strip() == "1" for value in said if value is not None]
    if page.tdm is not None:
        words.append(page.tdm)
    return any(words) if words else None


def _clean(text: str | None) -> str | None:
    return " ".join((text or "").replace("\xa0", " ").split()) or None
