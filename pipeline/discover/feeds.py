"""RSS, Atom, RDF and JSON feeds, by feedparser; JSON Feed (jsonfeed.org) by its specification."""

from __future__ import annotations

import calendar
import io
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit, urlunsplit

import feedparser

from pipeline.discover.listing import Listed, Listing, parse_time

__all__ = ["parse_feed", "query_number", "with_query"]


def parse_feed(body: bytes) -> Listing:
    """Texts of a feed and the address of its next page, as written there. Broken feeds give what can be read."""
    if body.lstrip()[:1] == b"{":
        return _json_feed(body)
    parsed = feedparser.parse(io.BytesIO(body), sanitize_html=False, resolve_relative_uris=False)
    texts = tuple(listed for entry in parsed.entries if (listed := _listed(entry)) is not None)
    more = tuple(
        str(link["href"]) for link in parsed.feed.get("links", ()) if link.get("rel") == "next" and "href" in link
    )
    return Listing(texts, more)


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
    published, updated = (_moment(dict.get(entry, name)) for name in ("published_parsed", "updated_parsed"))
    return Listed(str(link).strip(), published or updated, updated)


def _moment(parsed: Any) -> datetime | None:
    if parsed is None:
        return None
    try:
        return datetime.fromtimestamp(calendar.timegm(parsed), UTC)
    except (OverflowError, ValueError, OSError):
        return None


def _json_feed(body: bytes) -> Listing:
    try:
        feed = json.loads(body)
    except (ValueError, RecursionError):
        return Listing()
    items = feed.get("items") if isinstance(feed, dict) else None
    texts = []
    for item in items if isinstance(items, list) else ():
        if isinstance(item, dict) and isinstance(item.get("url"), str):
            modified = parse_time(str(item.get("date_modified") or ""))
            published = parse_time(str(item.get("date_published") or "")) or modified
            texts.append(Listed(item["url"], published, modified))
    following = feed.get("next_url") if isinstance(feed, dict) else None
    return Listing(tuple(texts), (following,) if isinstance(following, str) else ())
