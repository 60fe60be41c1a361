"""Lists of sources in others' formats: OPML of feed readers (opml.org/spec2.opml), and CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from lxml import etree

from pipeline.errors import ConfigError

__all__ = ["COLUMNS", "ListedSource", "read_csv", "read_opml"]

COLUMNS = ("url", "id", "name", "kind", "language", "homepage", "schedule", "entry")
"""Columns of a CSV; `entry` is the kind of the entry point, the others are as in a declaration."""
_MAX_ROWS = 100_000


@dataclass(frozen=True, slots=True)
class ListedSource:
    """A row: where it stands (line from 1), and what it says; `problem` says why it cannot be read."""

    line: int
    url: str
    values: Mapping[str, str]
    problem: str | None = None


def read_opml(body: bytes, name: str) -> list[ListedSource]:
    """Feeds of an OPML file, from outlines at any depth.

    Raises:
        ConfigError: it is not OPML.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(body.strip(), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise ConfigError(f"{name}: not well-formed XML ({error}); export it again from the feed reader") from None
    if not isinstance(root.tag, str) or root.tag.rpartition("}")[2].lower() != "opml":
        raise ConfigError(f"{name}: not OPML but <{root.tag}>; give a feed reader's export, or --csv")
    offset = body[: len(body) - len(body.lstrip())].count(b"\n")
    rows = []
    for element in root.iter("{*}outline"):
        about = {key.lower(): value.strip() for key, value in element.attrib.items()}
        url = about.get("xmlurl", "")
        if not url and about.get("type", "").lower() not in ("rss", "atom", "feed"):
            continue  # a folder
        named = {"name": about.get("title") or about.get("text", ""), "homepage": about.get("htmlurl", "")}
        values = named | {"language": about.get("language", ""), "entry": "feed"}
        rows.append(_row(element.sourceline + offset, url, values))
    return rows[:_MAX_ROWS]


def read_csv(body: bytes, name: str) -> list[ListedSource]:
    """Rows of a CSV file with a header; commas, semicolons or tabs.

    Raises:
        ConfigError: it has no column `url`, or one that is not known.
    """
    text = body.decode("utf-8-sig", "replace").replace("\x00", "")
    header = text.partition("\n")[0]
    delimiter = max(",;\t", key=header.count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    columns = [(one or "").strip().lower() for one in reader.fieldnames or ()]
    unknown = [one for one in columns if one not in COLUMNS]
    if "url" not in columns or unknown:
        what = f"unknown column {', '.join(map(repr, unknown))}" if unknown else "no column `url`"
        raise ConfigError(f"{name}:1: {what}; valid: {', '.join(COLUMNS)}")
    reader.fieldnames = columns
    rows = []
    try:
        for row in reader:
            values = {key: (value or "").strip() for key, value in row.items() if isinstance(key, str)}
            extra = "more cells than the header has" if None in row else None
            rows.append(_row(reader.line_num, values.pop("url", ""), values, extra))
    except csv.Error as error:
        raise ConfigError(f"{name}:{reader.line_num}: not CSV ({error}); mend that line") from None
    return rows[:_MAX_ROWS]


def _row(line: int, url: str, values: Mapping[str, str], problem: str | None = None) -> ListedSource:
    kept = {key: value for key, value in values.items() if value}
    return ListedSource(line, url, kept, problem or _problem(url))


def _problem(url: str) -> str | None:
    if not url:
        return "no address; give one"
    try:
        parts = urlsplit(url)
        known = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        known = False
    return None if known else f"{url!r} is not an http(s) address; mend it"
