"""Sitemaps and sitemap indexes (sitemaps.org 0.9, Google's news extension), plain or gzip."""

from __future__ import annotations

from datetime import datetime, timedelta

from lxml import etree

from pipeline.discover.listing import Listed, Listing, day_of, parse_time, plain_bytes
from pipeline.models import Window

__all__ = ["parse_sitemap"]


def parse_sitemap(body: bytes, *, window: Window | None = None) -> Listing:
    """Texts and further sitemaps. A further sitemap whose `lastmod` lies before the window is passed over.

    With a window an address that tells its day is of that day, whenever the page was changed last.
    """
    body = plain_bytes(body)
    tree = _parse(body.lstrip())
    if tree is None:
        return Listing(tuple(Listed(line) for line in _text_sitemap(body)))
    texts, parts = [], []
    for element in tree:
        name = element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
        location = _child(element, "loc")
        if not location:
            continue
        modified = _end_of_day(_child(element, "lastmod"))
        if name == "sitemap":
            if window is None or modified is None or modified.date() >= window.start - timedelta(days=1):
                parts.append(location)
        elif name == "url":
            published, changed = (parse_time(_child(element, name)) for name in ("publication_date", "lastmod"))
            if window is not None and changed is not None:
                changed = day_of(location) or changed
            texts.append(Listed(location, published or changed, modified))
    return Listing(tuple(texts), parts=tuple(parts))


def _end_of_day(text: str | None) -> datetime | None:
    """A day alone says that the page may change until the day is over."""
    moment = parse_time(text)
    if moment is None or ":" in (text or ""):
        return moment
    return moment + timedelta(days=1, seconds=-1)


def _parse(body: bytes) -> etree._Element | None:
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, load_dtd=False)
    try:
        return etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None


def _child(element: etree._Element, name: str) -> str | None:
    for found in element.iter(f"{{*}}{name}"):
        return (found.text or "").strip() or None
    return None


def _text_sitemap(body: bytes) -> list[str]:
    lines = body.decode("utf-8", "replace").split()
    return [line for line in lines if line.startswith(("http://", "https://"))]
