"""What a page says about itself: JSON-LD, OpenGraph, microdata and meta, checked against its visible markup."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from lxml import html

from pipeline.extract.authors import Credits, read_credits
from pipeline.extract.declared import Declared, plain, urljoin_or_none
from pipeline.extract.page import Page, SourceFacts
from pipeline.extract.published import modified_at, published_at
from pipeline.extract.titles import read_titles, site_names
from pipeline.models import Precision, normalised_headline

__all__ = ["Metadata", "read_metadata", "reserved_against_mining"]

_MAX_TAGS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """Facts about an article page; None or empty where the page says nothing.

    `titles` are all forms of the headline on the page, normalised.
    """

    title: str | None
    titles: frozenset[str]
    credit: Credits
    published_at: datetime | None
    precision: Precision | None
    modified_at: datetime | None
    canonical_url: str | None
    section: str | None
    tags: tuple[str, ...]
    image_url: str | None
    language: str | None


def read_metadata(tree: html.HtmlElement, declared: Declared, page: Page, facts: SourceFacts) -> Metadata:
    """All facts of a page, structured data before guesses."""
    titles = read_titles(tree, declared, facts.name)
    published = published_at(tree, declared, page, facts.timezone)
    return Metadata(
        title=titles.headline,
        titles=titles.variants,
        credit=read_credits(tree, declared, site_names(declared, facts.name)),
        published_at=published[0] if published else None,
        precision=published[1] if published else None,
        modified_at=modified_at(declared, page, facts.timezone),
        canonical_url=declared.canonical_url,
        section=_section(declared),
        tags=_tags(tree, declared),
        image_url=_image(declared, page.url),
        language=_language(tree, declared),
    )


def _section(declared: Declared) -> str | None:
    return declared.text("articleSection") or declared.first(
        "article:section", "og:article:section", "parsely-section", "section", "sailthru.section", "cxenseparse:section"
    )


def _image(declared: Declared, base: str) -> str | None:
    image = declared.article.get("image")
    if isinstance(image, list):
        image = next(iter(image), None)
    if isinstance(image, dict):
        image = image.get("url") or image.get("contentUrl")
    found = declared.first("og:image", "og:image:url", "og:image:secure_url", "twitter:image", "twitter:image:src")
    return urljoin_or_none(base, found or (image if isinstance(image, str) else ""))


def _tags(tree: html.HtmlElement, declared: Declared) -> tuple[str, ...]:
    listed = declared.meta.get("article:tag", [])
    if not listed:
        words = declared.texts("keywords")
        listed = words if len(words) > 1 else [one for word in words for one in re.split(r"[,;،、]", word)]
    if not listed:
        listed = [link.text_content() for link in tree.iter("a") if "tag" in link.get("rel", "").split()]
    if not listed:
        listed = re.split(r"[,;،、]", declared.first("news_keywords", "parsely-tags", "sailthru.tags") or "")
    unique: dict[str, str] = {}
    for tag in filter(None, map(plain, listed)):
        unique.setdefault(normalised_headline(tag), tag)
    return tuple(unique.values())[:_MAX_TAGS]


def _language(tree: html.HtmlElement, declared: Declared) -> str | None:
    said = (
        tree.getroottree().getroot().get("lang"), declared.text("inLanguage"), declared.first("og:locale"),
        declared.first("content-language", "dc.language", "language"),
    )  # fmt: skip
    for text in said:
        if found := re.match(r"([A-Za-z]{2,3})(?![A-Za-z])", text or ""):
            return found[0].lower()
    return None


def reserved_against_mining(declared: Declared, page: Page) -> bool | None:
    """TDM Reservation Protocol (W3C community group): whether the site's file, a header or a meta tag reserves a page.

    One of them is enough; None when none says anything.
    """
    said = [page.headers.get("tdm-reservation"), declared.first("tdm-reservation")]
    words = [value.strip() == "1" for value in said if value is not None]
    if page.tdm is not None:
        words.append(page.tdm)
    return any(words) if words else None
