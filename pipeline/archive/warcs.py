"""WARC files of other makers, read as a stream: whole records only, and on behind what is damaged.

warcio reads the records; the gzip members are unpacked here, because a damaged one must give nothing and end nothing.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.statusandheaders import StatusAndHeaders, StatusAndHeadersParser, StatusAndHeadersParserException

from pipeline.archive.read import moment_of

__all__ = ["Readable", "Record", "WarcReader", "is_html", "unpack_record"]

_BLOCK = 2**16
_MAGIC = b"\x1f\x8b\x08"
_MEMBER = 32 * 2**20
_HTML = ("text/html", "application/xhtml+xml")
_BROKEN = (ArchiveLoadFailed, StatusAndHeadersParserException, ValueError, EOFError, zlib.error, LookupError)


class Readable(Protocol):
    """A stream of bytes; an empty answer is its end."""

    def read(self, size: int = -1, /) -> bytes:
        """Up to `size` bytes."""
        ...


@dataclass(frozen=True, slots=True)
class Record:
    """One archived answer; the body is decoded from its transfer and content encodings."""

    url: str
    fetched_at: datetime
    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes
    record_id: str


class WarcReader:
    """Answers in a WARC file, gzip or plain.

    Args:
        stream: the file's bytes.
        wanted: whether a record is read, by its address and time; the others cost little.
        max_bytes: bodies above this are passed over.

    Attributes:
        damages: places where the file is damaged or cut off; the records there are left out.
        too_large: bodies passed over.
    """

    def __init__(self, stream: Readable, *, wanted: Callable[[str, datetime], bool], max_bytes: int) -> None:
        self._source = _Source(stream)
        self._wanted = wanted
        self._max_bytes = max_bytes
        self.records = self.damages = self.too_large = 0

    def __iter__(self) -> Iterator[Record]:
        while True:
            part = _WholeMembers(self._source)
            broken = False
            try:
                for record in ArchiveIterator(part, no_record_parse=True):
                    if record.format != "warc":
                        raise ArchiveLoadFailed("not a WARC record")
                    self.records += 1
                    one = self._read(record)
                    if one is not None:
                        yield one
            except _BROKEN:
                broken = True
            if not part.damaged and not broken:
                return
            self.damages += 1
            if not (part.is_gzip and self._source.to_next(_MAGIC)):
                return

    def _read(self, record: Any) -> Record | None:
        headers = record.rec_headers
        url = (headers.get_header("WARC-Target-URI") or "").strip("<>")
        fetched_at = moment_of(headers.get_header("WARC-Date") or "")
        if record.rec_type not in ("response", "resource") or not url or not self._wanted(url, fetched_at):
            return None
        try:
            status, fields = _http(record)
            body = record.content_stream().read(self._max_bytes + 1)
        except _BROKEN:
            return None  # an answer that is none; the record itself ends where it says
        if len(body) > self._max_bytes:
            self.too_large += 1
            return None
        while record.raw_stream.read(_BLOCK):
            """What stands behind the body belongs to the record."""
        if getattr(record.raw_stream, "limit", 0) > 0:
            return None  # cut off; the stream says so itself
        return Record(url, fetched_at, status, fields, body, headers.get_header("WARC-Record-ID") or "")


def unpack_record(data: bytes, *, max_bytes: int) -> Record | None:
    """The answer in the bytes of one record, gzip or plain; None when there is none that is whole."""
    return next(iter(WarcReader(io.BytesIO(data), wanted=lambda *_: True, max_bytes=max_bytes)), None)


def is_html(record: Record) -> bool:
    """Whether an answer says, or without a word looks as if, it is a page."""
    mimes = [value for name, value in record.headers if name.lower() == "content-type"]
    mime = mimes[-1].partition(";")[0].strip().lower() if mimes else ""
    return mime in _HTML if mime else record.body.lstrip()[:1] == b"<"


def _http(record: Any) -> tuple[int, list[tuple[str, str]]]:
    """Status and header fields of a record, which then gives its decoded body."""
    if record.rec_type == "resource":
        fields = [("Content-Type", record.rec_headers.get_header("Content-Type") or "")]
        record.http_headers = StatusAndHeaders("200 OK", fields, protocol="HTTP/1.1")
        return 200, fields
    http = StatusAndHeadersParser(["HTTP/1.0", "HTTP/1.1", "HTTP/2"], verify=False).parse(record.raw_stream)
    record.http_headers = http
    code = http.get_statuscode()
    return int(code) if code.isdecimal() else 0, list(http.headers)


class _Source:
    """The file's bytes in blocks, with a place that can be found again within the block."""

    def __init__(self, stream: Readable) -> None:
        self._stream = stream
        self._block = memoryview(b"")

    def block(self) -> memoryview:
        """What is at hand; empty at the end of the file."""
        if not self._block:
            self._block = memoryview(self._stream.read(_BLOCK))
        return self._block

    def skip(self, size: int) -> None:
        """Pass over bytes that are at hand."""
        self._block = self._block[size:]

    def to_next(self, magic: bytes) -> bool:
        """Go to the next place that reads so; False when there is none. One that two blocks share is passed over."""
        while block := self.block():
            at = bytes(block).find(magic)
            if at >= 0:
                self.skip(at)
                return True
            self.skip(len(block))
        return False


class _WholeMembers:
    """The plain bytes of a file up to its first damage, for warcio.

    A gzip member is given when its end and checksum were seen; one above 32 MiB as it comes.
    """

    def __init__(self, source: _Source) -> None:
        self._source = source
        self._ready = memoryview(b"")
        self._member: Any = None
        self.is_gzip = bytes(source.block()[:2]) == _MAGIC[:2]
        self.damaged = False

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes; none at the end, or at the first damage."""
        if not self._ready and not self.damaged:
            self._ready = memoryview(self._unpack() if self.is_gzip else self._plain())
        size = len(self._ready) if size < 0 else size
        given, self._ready = self._ready[:size], self._ready[size:]
        return bytes(given)

    def _plain(self) -> bytes:
        block = bytes(self._source.block())
        self._source.skip(len(block))
        return block

    def _unpack(self) -> bytes:
        """The next whole members, until there is something to give, or the next part of a very large one."""
        parts: list[bytes] = []
        size = 0
        while self._member is not None or not size:
            if self._member is None:
                if not self._source.block():
                    break
                self._member, first = zlib.decompressobj(wbits=31), True
            else:
                first = False
            block = self._source.block()
            try:
                part = self._member.decompress(block, 2**20)
            except zlib.error:
                self._source.skip(1 if first else 0)
                return self._break()
            if not block and not part:
                return self._break()
            rest = self._member.unused_data if self._member.eof else self._member.unconsumed_tail
            self._source.skip(len(block) - len(rest))
            parts.append(part)
            size += len(part)
            if self._member.eof:
                self._member = None
            elif size > _MEMBER:
                break
        return b"".join(parts)

    def _break(self) -> bytes:
        self.damaged = True
        return b""
