"""RSS, Atom, RDF and JSON feeds, by feedparser; JSON Feed (jsonfeed.org) by its specification."""

from __future__ import annotations

import calendar
import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit, urlunsplit

import feedparser
from lxml import etree

from pipeline.discover.listing import Listed, Listing, parse_time, plain_bytes

__all__ = ["FeedHead", "feed_head", "is_feed", "parse_feed", "query_number", "with_query"]

_START = re.compile(rb"<(\?xml|rss|feed|(\w+:)?RDF|(\w+:)?channel)[\s>/]", re.IGNORECASE)
_ROOT = re.compile(rb"<((atom\w*:)?feed|rss|(\w+:)?RDF)[\s>/]", re.IGNORECASE)
_ENCODING = re.compile(rb"""(<\?xml[^>]*?encoding\s*=\s*)["'][\w.:-]+["']""")
_JUNK = 4_096
"""Bytes before a feed's own first tag that are passed over: blank lines, warnings of a script."""


@dataclass(frozen=True, slots=True)
class FeedHead:
    """What a feed says of itself; `link` is the page that it is the feed of, as written there."""

    title: str | None = None
    link: str | None = None
    language: str | None = None


def parse_feed(body: bytes) -> Listing:
    """Texts of a feed and the address of its next page, as written there. Broken feeds give what can be read."""
    body = _mended(body)
    if body[:1] == b"{":
        return _json_feed(body)
    parsed = _parsed(body)
    texts = tuple(listed for entry in parsed.entries if (listed := _listed(entry)) is not None)
    more = tuple(
        str(link["href"]) for link in parsed.feed.get("links", ()) if link.get("rel") == "next" and "href" in link
    )
    return Listing(texts or _unclosed(body), more)


def is_feed(body: bytes) -> bool:
    """Whether the bytes are a feed of any kind, also an empty or broken one."""
    body = _mended(body)
    if body[:1] == b"{":
        feed = _json(body)
        return isinstance(feed.get("items"), list) and ("version" in feed or "title" in feed)
    root = _ROOT.search(body[:_JUNK])
    return root is not None and b"<html" not in body[: root.start()].lower()


def feed_head(body: bytes) -> FeedHead:
    """What a feed says of itself."""
    body = _mended(body)
    if body[:1] == b"{":
        feed = _json(body)
        values = (feed.get(name) for name in ("title", "home_page_url", "language"))
    else:
        head = _parsed(body).feed
        values = (head.get(name) for name in ("title", "link", "language"))
    return FeedHead(*(" ".join(value.split()) or None if isinstance(value, str) else None for value in values))


def _unclosed(body: bytes) -> tuple[Listed, ...]:
    """Texts of a feed in which elements are not closed, so that feedparser takes its items for text."""
    if b"<item" not in body and b"<entry" not in body:
        return ()
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError):
        return ()
    found = []
    for item in root.iter("{*}item", "{*}entry") if root is not None else ():
        parts = {part.tag.rpartition("}")[2]: part for part in item.iter() if isinstance(part.tag, str)}
        link = parts.get("link")
        url = "" if link is None else ((link.text or "").strip() or link.get("href", ""))
        when = parts.get("pubDate", parts.get("published", parts.get("date", parts.get("updated"))))
        written = "" if when is None else (when.text or "").strip()
        if url:
            found.append(Listed(url, _moment(None, written)))
    return tuple(found)


def _parsed(body: bytes) -> Any:
    return feedparser.parse(io.BytesIO(body), sanitize_html=False, resolve_relative_uris=False)


def _mended(body: bytes) -> bytes:
    """The feed's own bytes: unpacked, without what stands before it, and with a charset that is not a lie."""
    body = plain_bytes(body).lstrip(b"\xef\xbb\xbf \t\r\n")
    if body[:1] == b"{":
        return body
    start = _START.search(body[:_JUNK])
    body = body[start.start() :] if start and b"<html" not in body[: start.start()].lower() else body
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return body
    return _ENCODING.sub(rb'\1"utf-8"', body[:200], count=1) + body[200:]


def with_query(url: str, values: Mapping[str, str | int]) -> str:
    """The address with query parameters set."""
    parts = urlsplit(url)
    new = {name: str(value) for name, value in values.items()}
    kept = [(key, value) for key, value in parse_qsl(parts.query, keep_blank_values=True) if key not in new]
    return urlunsplit(parts._replace(query=urlencode(kept + sorted(new.items()))))


def query_number(url: str, name: str, default: int) -> int:
    """A number in an address's query."""
    values = parse_qs(urlsplit(url).query).get(name, [])
    return int(values[0]) if values and values[0].isdigit() else default


def _listed(entry: dict[str, Any]) -> Listed | None:
    # Proxied feeds keep the publisher's own link here.
    link = entry.get("feedburner_origlink") or entry.get("link")
    if not link:
        identity = str(entry.get("id", ""))
        link = identity if re.match(r"https?://", identity) else None
    if not link:
        return None
    # Not entry.get: feedparser would answer with the other of the two, and a warning.
    published, updated = (
        _moment(dict.get(entry, f"{name}_parsed"), str(dict.get(entry, name) or ""))
        for name in ("published", "updated")
    )
    return Listed(str(link).strip(), published or updated, updated)


def _moment(parsed: Any, written: str) -> datetime | None:
    if parsed is None:
        return parse_time(written) or _mail_time(written)
    try:
        return datetime.fromtimestamp(calendar.timegm(parsed), UTC)
    except (OverflowError, ValueError, OSError):
        return None


def _mail_time(written: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(written)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _json(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _json_feed(body: bytes) -> Listing:
    feed = _json(body)
    items = feed.get("items")
    texts = []
    for item in items if isinstance(items, list) else ():
        if isinstance(item, dict) and isinstance(item.get("url"), str):
            modified = parse_time(str(item.get("date_modified") or ""))
            published = parse_time(str(item.get("date_published") or "")) or modified
            texts.append(Listed(item["url"], published, modified))
    following = feed.get("next_url")
    return Listing(tuple(texts), (following,) if isinstance(following, str) else ())
