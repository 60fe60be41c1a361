"""Texts as WARC conversion records, as the WET files of Common Crawl hold them."""

from __future__ import annotations

import io
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import IO, Any

from warcio.warcwriter import WARCWriter

__all__ = ["ConversionWriter"]

_NAMES = uuid.UUID("3f1c9b1e-6f0b-4f7e-9d51-0c7d1d1a7b55")


class ConversionWriter:
    """Writes gzip members, one a record; equal texts give equal bytes.

    Args:
        file: where they go.
        title: what the file's first record calls it.
        created_at: the time in that record.
    """

    def __init__(self, file: IO[bytes], *, title: str, created_at: datetime) -> None:
        self._writer = WARCWriter(file, gzip=True, warc_version="1.1")
        about = f"software: Copydesk\r\nformat: WARC File Format 1.1\r\ndescription: {title}\r\n".encode()
        headers = {"WARC-Date": _stamp(created_at), "WARC-Record-ID": _record_id("info", title)}
        info = self._writer.create_warc_record(
            "", "warcinfo", warc_headers_dict=headers, warc_content_type="application/warc-fields",
            payload=io.BytesIO(about), length=len(about),
        )  # fmt: skip
        self._writer.write_record(info)

    def write(self, row: Mapping[str, Any]) -> None:
        """Write the text of a row of `documents` or `stories`, with what names it in headers."""
        text = row["text"].encode("utf-8", "replace")
        moment = row.get("fetched_at") or row.get("last_seen")
        headers = {
            "WARC-Date": _stamp(moment),
            "WARC-Record-ID": _record_id(row["id"], row["text"]),
            "Copydesk-Id": row["id"],
        }
        optional = {
            "WARC-Identified-Content-Language": row.get("language"),
            "Copydesk-Story": row.get("story_id"),
            "Copydesk-Source": row.get("source"),
        }
        headers |= {name: _one_line(value) for name, value in optional.items() if value}
        record = self._writer.create_warc_record(
            _one_line(row["url"]), "conversion", payload=io.BytesIO(text), length=len(text),
            warc_content_type="text/plain; charset=utf-8", warc_headers_dict=headers,
        )  # fmt: skip
        self._writer.write_record(record)


def _stamp(moment: datetime | None) -> str:
    return f"{(moment or datetime(1970, 1, 1, tzinfo=UTC)).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _record_id(*parts: str) -> str:
    return f"<urn:uuid:{uuid.uuid5(_NAMES, chr(31).join(parts))}>"


def _one_line(value: str) -> str:
    """Strangers' addresses and names end no header."""
    return "".join(char for char in value if char.isprintable())
