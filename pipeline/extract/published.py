"""When a story appeared and was last changed: declared, marked or shown; never the day of the visit.

A page that is built anew for each visit may declare the moment of the visit as its own: then its address, or the date
of the last change, knows better.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TypeAlias
from zoneinfo import ZoneInfo

from lxml import etree, html

from pipeline.discover.listing import day_of
from pipeline.extract.dates import parse_moment, parse_shown, plausible
from pipeline.extract.declared import Declared
from pipeline.extract.page import Page, class_test
from pipeline.extract.places import is_elsewhere
from pipeline.models import Precision

__all__ = ["Moment", "modified_at", "published_at"]

Moment: TypeAlias = tuple[datetime, Precision]

_META = (
    "article:published_time", "og:article:published_time", "og:published_time", "datepublished", "date", "dc.date",
    "dc.date.issued", "dc.date.created", "dcterms.created", "dcterms.issued", "dcterms.date", "pubdate", "publishdate",
    "publish-date", "publish_date", "publication_date", "published_time", "sailthru.date", "parsely-pub-date",
    "article.published", "article_date_original", "cxenseparse:recs:publishtime", "citation_publication_date",
    "article:create_at", "rnews:datepublished", "originalpublicationdate", "ptime", "vr:published_time",
)  # fmt: skip
_MODIFIED = (
    "article:modified_time", "og:updated_time", "datemodified", "last-modified", "dcterms.modified", "lastmod",
    "article:modified", "dc.date.modified", "revised",
)  # fmt: skip
_MARKED = tuple(
    map(
        etree.XPath,
        (
            "//*[@itemprop='datePublished']",
            f"//*[{class_test('dt-published')}] | //abbr[{class_test('published')}]",
            f"//time[{class_test('published')} or {class_test('entry-date')} or {class_test('post-date')} or @pubdate]",
            f"//*[{class_test('wp-block-post-date')}]//time",
            "//article//header//time | //article//time | //main//time",
        ),
    )
)
_SHOWN = tuple(
    map(
        etree.XPath,
        (
            "//*[@itemprop='datePublished']",
            f"//*[{class_test('date-header')}]",
            f"//*[{class_test('entry-date')} or {class_test('post-date')} or {class_test('published')}]",
            "//article//time | //main//time",
        ),
    )
)
_DATED = re.compile(
    r"(?i)(^|[\s_-])(publi\w*|posted|posted-?on|date|datetime|datum|fecha|data|tarih|time|timestamp|"
    r"pubdate|create(?:d|-?date)?|article-?(?:date|time|info|meta)|post-?meta|entry-?meta|meta-?date|dateline)([\s_-]|$)"
)
_NOT_DATED = re.compile(r"(?i)updat|modif|comment|today|current|clock|related|nav|menu|footer|copyright|header-date")
_TAGS = ("h1", "h2", "h3", "time", "span", "div", "p", "li", "small", "em", "b", "a", "td", "strong", "abbr")
_NEAR_HEADLINE = 80
_MAX_MARKED = 20
_SOON = timedelta(minutes=10)


def published_at(tree: html.HtmlElement, declared: Declared, page: Page, timezone: str) -> Moment | None:
    """The story's own time; None where only a guess, or the visit's day, would be left."""
    zone = ZoneInfo(timezone)
    now = page.fetched_at.astimezone(zone)
    found = _first(_declared(tree, declared), page, timezone) or _seen(tree, now, page) or _guessed(tree, page)
    address = _day_of_address(page)
    if found is None:
        return address
    if abs(found[0] - page.fetched_at) < _SOON:
        changed = modified_at(declared, page, timezone)
        for other in (address, (changed, Precision.SECOND) if changed else None):
            if other is not None and found[0] - other[0] > timedelta(days=2):
                return other
    return found


def modified_at(declared: Declared, page: Page, timezone: str) -> datetime | None:
    """When the page says that the story was last changed."""
    for text in (declared.text("dateModified"), declared.first(*_MODIFIED)):
        moment = parse_moment(text, timezone=timezone)
        if moment is not None and plausible(moment[0], page.fetched_at):
            return moment[0]
    return None


def _declared(tree: html.HtmlElement, declared: Declared) -> Iterator[str | None]:
    yield declared.text("datePublished")
    for name in _META:
        yield declared.first(name)
    yield declared.text("dateCreated")
    yield declared.text("uploadDate")
    for path in _MARKED:
        if (element := _first_of_story(tree, path)) is not None:
            yield element.get("content") or element.get("datetime") or element.get("title")


def _first(texts: Iterator[str | None], page: Page, timezone: str) -> Moment | None:
    first: Moment | None = None
    for text in texts:
        moment = parse_moment(text, timezone=timezone)
        if moment is None or not plausible(moment[0], page.fetched_at):
            continue
        if moment[1] is Precision.SECOND:
            # A full time of the same day says more than the day alone.
            return moment if first is None or abs((moment[0] - first[0]).days) <= 1 else first
        first = first or moment
    return first


def _seen(tree: html.HtmlElement, now: datetime, page: Page) -> Moment | None:
    """The date that readers see: where its markup says so, or in a short line close under the headline."""
    month_first = True if (tree.getroottree().getroot().get("lang") or "").lower().startswith("en-us") else None
    for path in _SHOWN:
        element = _first_of_story(tree, path)
        text = "" if element is None else element.text_content()
        if (found := parse_shown(text, now, month_first=month_first)) and plausible(found[0], page.fetched_at):
            return found
    for text in _lines_near_headline(tree):
        found = parse_shown(text, now, month_first=month_first)
        if found and plausible(found[0], page.fetched_at) and not _is_visit(found, now):
            return found
    return None


def _is_visit(found: Moment, now: datetime) -> bool:
    """A day alone that is the visit's is no evidence: many pages show today's date."""
    return found[1] is not Precision.SECOND and found[0].date() == now.date()


def _first_of_story(tree: html.HtmlElement, path: etree.XPath) -> html.HtmlElement | None:
    return next((element for element in path(tree)[:_MAX_MARKED] if not is_elsewhere(element)), None)


def _lines_near_headline(tree: html.HtmlElement) -> Iterator[str]:
    since: int | None = None
    for element in tree.iter(*_TAGS):
        if element.tag == "h1":
            since = 0
        if since is None or element.tag == "h1":
            continue
        since += 1
        if since > _NEAR_HEADLINE:
            return
        names = f"{element.get('class', '')} {element.get('id', '')}"
        own = " ".join(piece.strip() for piece in (element.text or "", *(child.tail or "" for child in element)))
        text = element.text_content() if _DATED.search(names) and len(element) < 8 else own
        if 5 < len(text.strip()) <= 120 and not _NOT_DATED.search(names):
            yield text


def _day_of_address(page: Page) -> Moment | None:
    day = day_of(page.url)
    return (day, Precision.DAY) if day is not None and plausible(day, page.fetched_at) else None


def _guessed(tree: html.HtmlElement, page: Page) -> Moment | None:
    from htmldate import find_date

    latest = f"{page.fetched_at:%Y-%m-%d}"
    found = find_date(tree, original_date=True, extensive_search=False, max_date=latest, url=page.url)
    moment = parse_moment(found)
    # Nothing but the day of the visit is no evidence: it stands on every page.
    return None if moment is None or moment[0].date() == page.fetched_at.date() else moment
