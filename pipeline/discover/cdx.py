"""CDX servers: which captures of a site an archive has (the Wayback Machine, pywb, Common Crawl's index).

All of them are asked for JSON: the Wayback Machine answers with one list of lists and a key for the next page
(`showResumeKey`), pywb and Common Crawl with one object a line. An answer that is full and names no next page is asked
again in two halves of its time.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

from pipeline.discover.feeds import query_number, with_query
from pipeline.discover.listing import Listed, Listing
from pipeline.models import Window

__all__ = ["Cdx", "Crawled", "crawls_in", "parse_cdx", "query_url", "range_of", "replay_url", "replayed", "root_of"]

_LIMIT = 5_000
_STAMP = "%Y%m%d%H%M%S"
_HTML = ("text/html", "application/xhtml+xml")
_REPLAYED = re.compile(r"/(\d{14})(?:[a-z]{2}_)?/(https?:.+)$")
_RANGE = re.compile(r"#bytes=(\d+)-(\d+)$")
_WEEK = re.compile(r"CC-MAIN-(\d{4})-(\d{2})$")


@dataclass(frozen=True, slots=True)
class Cdx:
    """A line of an index: a capture. `filename` with `offset` and `length` (bytes) where the index names them."""

    url: str
    captured_at: datetime
    digest: str
    filename: str | None = None
    offset: int = 0
    length: int = 0


@dataclass(frozen=True, slots=True)
class Crawled:
    """One of Common Crawl's crawls and the address of its index."""

    name: str
    index: str


def query_url(server: str, url: str, *, match: str, window: Window | None, limit: int = _LIMIT) -> str:
    """Address that asks a CDX server for HTML captures of a site that were made on some days."""
    values = [("url", url), ("matchType", match), ("output", "json"), ("limit", str(limit)), ("collapse", "digest")]
    values += [("filter", "statuscode:200"), ("filter", "mimetype:text/html"), ("showResumeKey", "true")]
    if window is not None:
        values += [("from", f"{window.start:%Y%m%d}000000"), ("to", f"{window.end:%Y%m%d}235959")]
    return f"{server}?{urlencode(values)}"


def parse_cdx(body: bytes, url: str, listed: Callable[[Cdx], Listed | None]) -> Listing:
    """Captures in a CDX server's answer to `url`, each (address, digest) once, and where the index goes on.

    `listed` says how a capture is asked for; None for those that are not wanted. What is not an answer of a CDX server
    names nothing.
    """
    rows, resume = _rows(body)
    texts: dict[str, Listed] = {}
    for row in rows:
        capture = _capture(row)
        one = listed(capture) if capture is not None else None
        if one is not None:
            texts.setdefault(one.key or one.url, one)
    if resume is not None:
        return Listing(tuple(texts.values()), parts=(with_query(url, {"resumeKey": resume}),))
    full = len(rows) >= query_number(url, "limit", _LIMIT)
    return Listing(tuple(texts.values()), parts=_halves(url) if full else ())


def replay_url(replay: str, capture: Cdx) -> str:
    """Address of a capture's bytes as they were archived (`id_`: without banner, links not rewritten)."""
    return f"{replay}{capture.captured_at:{_STAMP}}id_/{capture.url}"


def replayed(url: str) -> tuple[datetime, str] | None:
    """(time of the capture, original address) that a replay's address names."""
    found = _REPLAYED.search(url)
    moment = _moment(found[1]) if found else None
    return (moment, found[2]) if found and moment else None


def range_of(url: str) -> tuple[str, str] | None:
    """(address, value of the header Range) of a capture that is a part of a file."""
    found = _RANGE.search(url)
    return (url[: found.start()], f"bytes={found[1]}-{found[2]}") if found else None


def root_of(server: str) -> str | None:
    """What stands before a capture's time at the archive of a CDX server; None when it does not follow from that."""
    if server.endswith("/cdx/search/cdx"):
        return server.removesuffix("cdx/search/cdx") + "web/"
    return server.removesuffix("cdx") if server.endswith("/cdx") else None


def crawls_in(body: bytes, url: str, window: Window | None) -> list[Crawled]:
    """Crawls of Common Crawl's `collinfo.json` that were made on some days, the newest first."""
    try:
        crawls = json.loads(body)
    except (ValueError, RecursionError):
        return []
    found = []
    for one in crawls if isinstance(crawls, list) else ():
        name = str(one.get("id", "")) if isinstance(one, dict) else ""
        days = _days_of(one, name) if re.fullmatch(r"[\w-]+", name) else None
        if days and (window is None or (days.start <= window.end and window.start <= days.end)):
            found.append(Crawled(name, urljoin(url, f"{name}-index")))
    return found


def _days_of(one: dict[str, Any], name: str) -> Window | None:
    """Days of a crawl; of older ones only the week is told, in their names."""
    try:
        start, end = (date.fromisoformat(str(one.get(key) or "")[:10]) for key in ("from", "to"))
        return Window(start, end)
    except ValueError:
        week = _WEEK.search(name)
    try:
        monday = date.fromisocalendar(int(week[1]), max(1, int(week[2])), 1) if week else None
    except ValueError:
        return None
    return Window(monday - timedelta(21), monday + timedelta(21)) if monday else None


def _rows(body: bytes) -> tuple[list[dict[str, Any]], str | None]:
    """Rows of an answer of either form, and the key of the next page."""
    if body.lstrip()[:1] == b"[":
        return _table(body)
    return list(_lines(body)), None


def _lines(body: bytes) -> Iterator[dict[str, Any]]:
    for line in body.split(b"\n"):
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(row, dict):
            yield row


def _table(body: bytes) -> tuple[list[dict[str, Any]], str | None]:
    try:
        table = json.loads(body)
    except (ValueError, RecursionError):
        return [], None
    rows = [row for row in table if isinstance(row, list)]
    resume = None
    if len(rows) >= 2 and rows[-2] == [] and len(rows[-1]) == 1:
        resume = str(rows[-1][0])
        rows = rows[:-2]
    names = [str(name) for name in rows[0]] if rows else []
    return [dict(zip(names, row, strict=False)) for row in rows[1:]], resume


def _capture(row: dict[str, Any]) -> Cdx | None:
    url, moment = str(row.get("original") or row.get("url") or ""), _moment(str(row.get("timestamp", "")))
    status = str(row.get("statuscode") or row.get("status") or "200")
    mime = str(row.get("mimetype") or row.get("mime") or "-").partition(";")[0].strip().lower()
    if moment is None or not url.startswith(("http://", "https://")) or status not in ("200", "-") or mime not in _HTML:
        return None
    digest = str(row.get("digest") or moment)
    offset, length = _number(row.get("offset")), _number(row.get("length"))
    filename = str(row["filename"]) if row.get("filename") and length > 0 else None
    return Cdx(url, moment, digest, filename, offset, length)


def _moment(text: str) -> datetime | None:
    try:
        return datetime.strptime(text[:14], _STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None


def _number(value: object) -> int:
    text = str(value)
    return int(text) if text.isdecimal() and len(text) < 16 else 0


def _halves(url: str) -> tuple[str, ...]:
    """Addresses that ask for the two halves of the time that an address asks for; none when it cannot be halved."""
    values = parse_qs(urlsplit(url).query)
    first = _moment(values.get("from", ["19960101000000"])[0])
    last = _moment(values.get("to", [f"{datetime.now(UTC):{_STAMP}}"])[0])
    if first is None or last is None or last - first < timedelta(seconds=2):
        return ()
    middle = (first + (last - first) / 2).replace(microsecond=0)
    times = ((first, middle), (middle + timedelta(seconds=1), last))
    return tuple(with_query(url, {"from": f"{a:{_STAMP}}", "to": f"{b:{_STAMP}}"}) for a, b in times)
