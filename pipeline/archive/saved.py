"""Saved pages: what a browser, wget or a person left in a folder; where each page is from, and of when."""

from __future__ import annotations

import email.policy
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urljoin

from pipeline.discover.listing import parse_html

__all__ = ["SavedPage", "read_saved", "saved_files", "state_of"]

_PAGES = (".html", ".htm", ".xhtml", ".mhtml", ".mht")
_HEAD = 2**17
_SAVED_FROM = re.compile(rb"<!--\s*saved from url=\(\d+\)(https?://\S+?)\s*-->", re.IGNORECASE)
_SINGLE_FILE = re.compile(rb"url:\s*(https?://\S+)\s+saved date:\s*([^\n<(]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SavedPage:
    """A page as it was saved, with its own address and the time of saving."""

    url: str
    fetched_at: datetime
    content_type: str
    body: bytes


def saved_files(folder: Path) -> Iterator[Path]:
    """Files below a folder whose names are those of pages, in order."""
    return iter(sorted(path for path in folder.rglob("*") if path.suffix.lower() in _PAGES and path.is_file()))


def state_of(path: Path) -> str:
    """Changes when the file, or what stands beside it about it, does."""
    stats = [one.stat() for one in (path, *_sidecars(path)) if one.is_file()]
    return ",".join(f"{stat.st_size}-{stat.st_mtime_ns}" for stat in stats)


def read_saved(path: Path, *, folder: Path, homepage: str) -> SavedPage:
    """Read a saved page.

    Its address: `<name>.json` or `<name>.url` beside it, the saving program's own note, the page's canonical link or
    `og:url`, else its path below the folder as if that were the homepage. Its time: the `.json`, the program's note,
    else the file's last change.

    Raises:
        OSError: it cannot be read.
    """
    body, content_type = path.read_bytes(), "text/html"
    saved_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    url: str | None = None
    if path.suffix.lower() in (".mhtml", ".mht"):
        url, dated, content_type, body = _from_mhtml(body)
        saved_at = dated or saved_at
    noted_url, noted_at = _noted(body[:_HEAD])
    beside_url, beside_at = _beside(path)
    url = beside_url or noted_url or url or _claimed(body, homepage)
    below = quote(path.relative_to(folder).as_posix(), safe="/~")
    return SavedPage(url or urljoin(homepage, below), beside_at or noted_at or saved_at, content_type, body)


def _sidecars(path: Path) -> tuple[Path, Path]:
    return path.with_name(f"{path.name}.json"), path.with_name(f"{path.name}.url")


def _beside(path: Path) -> tuple[str | None, datetime | None]:
    """Address and time in the files beside a page: JSON, or a Windows shortcut or a bare address."""
    notes, shortcut = _sidecars(path)
    try:
        if notes.is_file():
            values: Any = json.loads(notes.read_bytes())
            if isinstance(values, dict):
                return _web(values.get("url")), _time(values.get("fetched_at"))
        if shortcut.is_file():
            for line in shortcut.read_text("utf-8", "replace").splitlines():
                url = _web(line.strip().removeprefix("URL="))
                if url:
                    return url, None
    except (ValueError, RecursionError, OSError):
        return None, None
    return None, None


def _noted(head: bytes) -> tuple[str | None, datetime | None]:
    """What Internet Explorer, Chrome and Firefox ("saved from url") or SingleFile ("url: … saved date: …") note."""
    single = _SINGLE_FILE.search(head)
    if single:
        words = single[2].decode("utf-8", "replace").split()
        return _web(single[1].decode("utf-8", "replace")), _javascript_date(words)
    found = _SAVED_FROM.search(head)
    return (_web(found[1].decode("utf-8", "replace")) if found else None), None


def _javascript_date(words: list[str]) -> datetime | None:
    """`Sun Nov 01 2026 10:00:00 GMT+0100`, as JavaScript writes it."""
    try:
        return datetime.strptime(" ".join(words[1:6]), "%b %d %Y %H:%M:%S GMT%z").astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _claimed(body: bytes, homepage: str) -> str | None:
    tree = parse_html(body, None)
    if tree is None:
        return None
    links = tree.xpath("//link[@rel='canonical']/@href | //meta[@property='og:url']/@content")
    for link in links:
        try:
            url = _web(urljoin(homepage, str(link).strip()))
        except ValueError:
            continue
        if url and url.rstrip("/") != homepage.rstrip("/"):
            return url
    return None


def _from_mhtml(data: bytes) -> tuple[str | None, datetime | None, str, bytes]:
    """(address, time, content type, page) of the first page in an MHTML file (RFC 2557)."""
    message = BytesParser(EmailMessage, policy=email.policy.compat32).parsebytes(data)
    try:
        dated = parsedate_to_datetime(str(message.get("Date", "")))
        dated = dated.astimezone(UTC) if dated.tzinfo else dated.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        dated = None
    for part in message.walk():
        if part.get_content_type() in ("text/html", "application/xhtml+xml"):
            url = _web(str(message.get("Snapshot-Content-Location") or part.get("Content-Location") or ""))
            charset = part.get_param("charset")
            content_type = f"text/html; charset={charset}" if isinstance(charset, str) else "text/html"
            body = part.get_payload(decode=True)
            return url, dated, content_type, body if isinstance(body, bytes) else b""
    return None, dated, "text/html", b""


def _web(value: object) -> str | None:
    return value if isinstance(value, str) and re.match(r"https?://[^\s/]+", value) else None


def _time(value: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
