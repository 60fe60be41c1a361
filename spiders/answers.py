"""Small readings of answers: addresses, validators, Retry-After, what is archived; and the report."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from scrapy.http import Response
from w3lib.url import safe_url_string

from pipeline.archive.spool import Exchange
from pipeline.models import utc_now
from pipeline.store.frontier import Due

__all__ = ["exchange_of", "host_key", "retry_at", "validators_of", "web_address", "write_report"]

_MAX_URL = 2_000


def web_address(url: str, base: str) -> str | None:
    """An http(s) address in ASCII, or None for anything else or longer than any browser takes."""
    try:
        absolute = safe_url_string(urljoin(base, url.strip()))
        parts = urlsplit(absolute)
        known = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
        known = known and "@" not in parts.netloc  # a name and a password are nobody's public address
    except ValueError:  # UnicodeError is one
        return None
    return absolute if known and len(absolute) <= _MAX_URL else None


def host_key(url: str) -> str:
    """`name[:port]` of an address: one string for one host, also where its usual port is named."""
    parts = urlsplit(url)
    usual = {"http": 80, "https": 443}.get(parts.scheme)
    name = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
    return name if parts.port in (None, usual) else f"{name}:{parts.port}"


def retry_at(response: Response) -> datetime | None:
    """When the server wants to be asked again: Retry-After in seconds or as a date, a week at most."""
    value = (response.headers.get("Retry-After") or b"").decode("latin-1").strip()
    if not value:
        return None
    now = utc_now()
    try:
        moment = now + timedelta(seconds=min(int(value), 10**6)) if value.isdigit() else parsedate_to_datetime(value)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(max(moment, now), now + timedelta(days=7))


def exchange_of(response: Response, role: str, due: Due) -> Exchange:
    request = response.request
    sent = _headers(request.headers) if request is not None else ()
    return Exchange(
        response.url, role, utc_now(), response.status, _headers(response.headers), response.body, sent, due.listed_at,
        request.meta.get("tdm") if request is not None else None,
    )  # fmt: skip


def _headers(headers: Any) -> list[tuple[str, str]]:
    return [
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, values in headers.items()
        for value in values
        if value is not None
    ]


def validators_of(response: Response) -> tuple[str | None, str | None]:
    """(ETag, Last-Modified) of an answer."""
    etag, modified = (response.headers.get(name) for name in ("ETag", "Last-Modified"))
    return etag.decode("latin-1") if etag else None, modified.decode("latin-1") if modified else None


def write_report(path: Path, report: dict[str, Any]) -> None:
    temporary = path.with_suffix(".tmp")
    temporary.write_text(json.dumps(report), "utf-8")
    with temporary.open("rb") as file:
        os.fsync(file.fileno())
    temporary.replace(path)
