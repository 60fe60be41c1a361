"""Fresh captures on the local disk: WARC files that grow by whole, synced records.

A spool file is `<folder>/<run>-<n><random>.warc.gz`, one gzip member a record (WARC 1.1, ISO 28500:2017).
"""

from __future__ import annotations

import fcntl
import io
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from warcio.statusandheaders import StatusAndHeaders
from warcio.timeutils import datetime_to_iso_date
from warcio.warcwriter import WARCWriter

from pipeline.errors import BusyError, StoreError

__all__ = ["Exchange", "Spool", "spool_lock"]

_HOP_HEADERS = frozenset({"content-encoding", "transfer-encoding", "content-length", "connection", "set-cookie"})


@dataclass(frozen=True, slots=True)
class Exchange:
    """One HTTP exchange to archive; the body is as decoded from its Content-Encoding.

    `tdm`: whether the site's tdmrep.json reserves the address against mining; None when it does not say.
    For a copy from another archive: `key`, the frontier's key of it, and `origin`, where it was taken from.
    """

    url: str
    role: str
    fetched_at: datetime
    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes
    request_headers: Sequence[tuple[str, str]] = ()
    listed_at: datetime | None = None
    tdm: bool | None = None
    key: str | None = None
    origin: str | None = None


@contextmanager
def spool_lock(folder: Path) -> Iterator[None]:
    """Keep the spool of a source to one process: the crawl that writes, or whoever seals.

    Raises:
        BusyError: another process has it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise BusyError(f"a crawl still writes to {folder}; wait until it has ended, then run again") from None
        yield


class Spool:
    """Appends exchanges to the spool files of one source in one run.

    `write` gives the place of the record; it is safe only after the next `sync`.
    """

    def __init__(self, folder: Path, run_id: str, *, software: str, max_bytes: int = 256 * 2**20) -> None:
        self._folder = folder
        self._run_id = run_id
        self._software = software
        self._max_bytes = max_bytes
        self._number = -1
        self._file: io.BufferedWriter | None = None
        self._writer: WARCWriter | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.close()

    def write(self, exchange: Exchange) -> tuple[str, int]:
        """Append the response and request records.

        Returns:
            (file name, bytes up to the end of the record).

        Raises:
            StoreError: the disk refused; the file is cut back to its last whole record.
        """
        try:
            if self._file is None or self._file.tell() > self._max_bytes:
                self._next_file()
            assert self._file is not None
            start = self._file.tell()
            try:
                self._append(exchange)
                self._file.flush()
            except OSError:
                self._cut(start)
                raise
            return Path(self._file.name).name, self._file.tell()
        except OSError as error:
            raise StoreError(f"spool {self._folder}: {error.strerror}; free some space, then run again") from error

    def sync(self) -> None:
        """Make everything written so far survive a power cut."""
        if self._file is not None:
            os.fsync(self._file.fileno())

    def close(self) -> None:
        """Sync and close the current file."""
        if self._file is not None:
            self.sync()
            self._file.close()
            self._file = None

    def _next_file(self) -> None:
        self.close()
        self._folder.mkdir(parents=True, exist_ok=True)
        self._number += 1
        # Never a name that was used: a crawl may be run again under the id of a run that was sealed in part.
        path = self._folder / f"{self._run_id}-{self._number:04d}{os.urandom(3).hex()}.warc.gz"
        self._file = path.open("xb")
        self._writer = WARCWriter(self._file, gzip=True, warc_version="1.1")
        info = {"software": self._software, "format": "WARC File Format 1.1", "isPartOf": self._run_id}
        self._writer.write_record(self._writer.create_warcinfo_record(path.name, info))

    def _cut(self, end: int) -> None:
        assert self._file is not None
        path = Path(self._file.name)
        self._file.raw.close()
        os.truncate(path, end)
        self._file = None

    def _append(self, exchange: Exchange) -> None:
        assert self._writer is not None
        headers = [(name, value) for name, value in exchange.headers if name.lower() not in _HOP_HEADERS]
        headers.append(("Content-Length", str(len(exchange.body))))
        fetched_at = exchange.fetched_at.astimezone(UTC).replace(tzinfo=None)
        warc_headers = {"WARC-Date": datetime_to_iso_date(fetched_at, use_micros=True)}
        extra = {"Copydesk-Role": exchange.role}
        if exchange.listed_at is not None:
            extra["Copydesk-Listed-At"] = exchange.listed_at.isoformat()
        if exchange.tdm is not None:
            extra["Copydesk-TDM"] = str(int(exchange.tdm))
        if exchange.key is not None:
            extra |= {"Copydesk-Key": exchange.key, "Copydesk-Origin": _one_line(exchange.origin or "")}
        response = self._writer.create_warc_record(
            exchange.url,
            "response",
            payload=io.BytesIO(exchange.body),
            http_headers=StatusAndHeaders(str(exchange.status), headers, protocol="HTTP/1.1"),
            warc_headers_dict=warc_headers | extra,
        )
        if exchange.key is not None:  # nobody asked the site
            self._writer.write_record(response)
            return
        path = exchange.url.split("//", 1)[-1].partition("/")[2]
        request = self._writer.create_warc_record(
            exchange.url,
            "request",
            http_headers=StatusAndHeaders(
                f"GET /{path} HTTP/1.1", list(exchange.request_headers), is_http_request=True
            ),
            warc_headers_dict=dict(warc_headers),
        )
        self._writer.write_request_response_pair(request, response)


def _one_line(text: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in text)
