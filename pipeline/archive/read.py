"""Reading captures from WARC files, whole or by place."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from fastwarc.warc import ArchiveIterator, WarcRecordType

from pipeline.errors import CorruptDataError
from pipeline.models import Capture

__all__ = ["Exchanged", "moment_of", "read_captures", "whole_records_end"]


@dataclass(frozen=True, slots=True)
class Exchanged:
    """A capture with what was captured; header names are lower-cased, later ones win.

    `tdm`: whether the site's tdmrep.json reserves the address against mining; None when it did not say.
    `key` is the capture's in the frontier where that is not its address's.
    """

    capture: Capture
    headers: dict[str, str]
    body: bytes
    listed_at: datetime | None
    tdm: bool | None = None
    key: str | None = None


def read_captures(source: Path | bytes, name: str, *, verified: bool = False) -> Iterator[Exchanged]:
    """Response records of a WARC file, in order.

    Args:
        source: the file or its bytes (.warc or .warc.gz).
        name: what the captures call it.
        verified: its hash was compared already; else a file that was cut off is told after its last whole record.

    Raises:
        CorruptDataError: the bytes are not WARC records, or end within one.
    """
    with source.open("rb") if isinstance(source, Path) else io.BytesIO(source) as stream:
        previous: Exchanged | None = None
        try:
            for record in ArchiveIterator(stream, record_types=WarcRecordType.any_type, parse_http=True):
                if previous is not None:
                    yield _with_length(previous, record.stream_pos)
                    previous = None
                if record.record_type == WarcRecordType.response and record.http_headers is not None:
                    previous = _exchanged(record, name)
            size = end = stream.seek(0, io.SEEK_END)
            if not verified and isinstance(source, Path) and name.endswith(".gz"):
                end = whole_records_end(source)
            if previous is not None and previous.capture.offset < end:
                yield _with_length(previous, end)
            if end < size:
                raise CorruptDataError(
                    f"{name} is cut off or damaged at byte {end} of {size}; fetch or restore it again"
                )
        except (OSError, ValueError) as error:
            raise CorruptDataError(
                f"{name} is not a readable WARC file ({error}); fetch or restore it again"
            ) from error


def whole_records_end(path: Path) -> int:
    """Bytes up to the end of the last whole gzip member of a file."""
    end = 0
    with path.open("rb") as file:
        member, waiting = zlib.decompressobj(wbits=31), b""
        while block := waiting or file.read(2**16):
            try:
                while member.decompress(block, 2**20) or member.unconsumed_tail:
                    block = member.unconsumed_tail
            except zlib.error:
                return end
            waiting = member.unused_data
            if member.eof:
                end = file.tell() - len(waiting)
                member = zlib.decompressobj(wbits=31)
    return end


def _exchanged(record: object, name: str) -> Exchanged:
    headers = record.headers  # type: ignore[attr-defined]
    http = record.http_headers  # type: ignore[attr-defined]
    fields = {key.lower(): value for key, value in http.astuples()}
    listed_at = headers.get("Copydesk-Listed-At")
    capture = Capture(
        url=headers.get("WARC-Target-URI", ""),
        fetched_at=moment_of(headers.get("WARC-Date", "")),
        status=http.status_code or 0,
        mime=fields.get("content-type", "").partition(";")[0].strip().lower(),
        role=headers.get("Copydesk-Role", "page"),
        warc=name,
        offset=record.stream_pos,  # type: ignore[attr-defined]
        length=0,
        payload_digest=headers.get("WARC-Payload-Digest", ""),
    )
    body = record.reader.read()  # type: ignore[attr-defined]
    tdm = headers.get("Copydesk-TDM")
    moment = datetime.fromisoformat(listed_at) if listed_at else None
    return Exchanged(
        capture, fields, body, moment, tdm=None if tdm is None else tdm == "1", key=headers.get("Copydesk-Key")
    )


def _with_length(one: Exchanged, end: int) -> Exchanged:
    return replace(one, capture=replace(one.capture, length=end - one.capture.offset))


def moment_of(text: str) -> datetime:
    """The time in a record's header WARC-Date; the beginning of 1970 where there is none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return datetime(1970, 1, 1, tzinfo=UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
