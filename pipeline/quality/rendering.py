"""The page about a run as HTML: one file that asks for nothing and runs nothing.

Titles and texts are strangers' words. The template engine escapes every value; before that, each loses control
characters and marks that turn the direction of what follows, and is cut. The page's own policy forbids scripts, images
and requests.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from pipeline.quality.run_page import RunPage

__all__ = ["POLICY", "render_page"]

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
"""Content-Security-Policy of the page."""

_LONGEST = 4_000
_LONGEST_ADDRESS = 500
# Controls but tab and line feed, lone surrogates, noncharacters, and what overrides or embeds a direction.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff]"
)


def render_page(page: RunPage) -> str:
    """The page."""
    return _template().render(page=page, policy=POLICY)


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_plain,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"cut": _cut, "moment": _moment, "link": _link, "share": _share, "number": _number}
    return environment.get_template("report.html")


def _plain(value: Any) -> Any:
    """A value as it may stand in the page; what the template engine made itself is left alone."""
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return _UNSAFE.sub("\ufffd", value[:_LONGEST])


def _cut(text: str | None, size: int) -> str:
    """A text in at most so many characters, in one line."""
    line = " ".join((text or "")[: 4 * size].split())
    return line if len(line) <= size else f"{line[: size - 1].rstrip()}…"


def _moment(at: datetime | None, *, day_only: bool = False) -> str:
    if at is None:
        return "time unknown"
    utc = at.astimezone(UTC)
    return f"{utc:%Y-%m-%d}" if day_only else f"{utc:%Y-%m-%d %H:%M} UTC"


def _link(url: str) -> str | None:
    """The address where it may be followed, else None: `javascript:` and the like are text alone."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    good = parts.scheme in ("http", "https") and parts.netloc and len(url) <= _LONGEST_ADDRESS
    return url if good and not _UNSAFE.search(url) else None


def _share(count: int, whole: int) -> int:
    """Percent, at least 1 for what is there at all."""
    return max(1, round(100 * count / whole)) if count and whole else 0


def _number(count: int) -> str:
    """Digits in groups, with a space that does not break."""
    return f"{count:,}".replace(",", "\u202f")
