"""Pages that are read, not asked for: WARC files and saved pages become records of our own, before the crawl.

A record that is in our spool or store is not taken again, and a file that was read to its end is not read again, so
that a killed import goes on where it was and doubles nothing.
"""

from __future__ import annotations

import hashlib
import io
import logging
import signal
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from types import FrameType
from typing import Any

from pipeline.archive.places import (
    dated_within,
    is_list,
    is_warc,
    local_files,
    local_path,
    months_of,
    paths_in,
)
from pipeline.archive.saved import read_saved, saved_files, state_of
from pipeline.archive.spool import Exchange
from pipeline.archive.warcs import Readable, Record, WarcReader, is_html
from pipeline.errors import CopydeskError, StoreError
from pipeline.models import Window, utc_now
from pipeline.sources.declaration import IMPORTED, Entry, EntryKind
from pipeline.sources.urls import is_below, own_address
from pipeline.store.database import Database
from pipeline.store.frontier import Frontier, Settled, url_key
from pipeline.store.hosts import Hosts
from pipeline.store.runs import Runs
from spiders.download import Downloads
from spiders.imported import Imported
from spiders.marks import Mark, state_of_place
from spiders.sink import Sink
from spiders.spec import CrawlSpec

__all__ = ["import_pages"]

_LOG = logging.getLogger(__name__)
_MOST_LIST = 64 * 2**20
_NEWS_MARGIN = timedelta(days=3)
"""A news crawler comes for a text within days; files of a list that names their time are read so far on."""


class _StoppedError(Exception):
    """The import was told to stop, or has as many pages as it may take."""


def import_pages(spec: CrawlSpec, frontier: Frontier, sink: Sink, database: Database) -> Imported:
    """Read the `warc` and `files` entries of a source; SIGTERM ends it after the record under way."""
    work = _Import(spec, frontier, sink, database)
    former = signal.signal(signal.SIGTERM, work.stop)
    try:
        frontier.recover(path.name for path in spec.spool.glob("*.warc.gz"))
        work.run()
    finally:
        signal.signal(signal.SIGTERM, former)
    return work.result


class _Import:
    def __init__(self, spec: CrawlSpec, frontier: Frontier, sink: Sink, database: Database) -> None:
        self._spec = spec
        self._frontier = frontier
        self._sink = sink
        self._marks = Runs(database)
        self.result = Imported()
        polite = spec.source.politeness
        self._downloads = Downloads(
            spec.crawl, Hosts(database), delay_s=polite.delay_s, allow_private=spec.source.allow_private
        )
        self._lost: set[str] = set()

    def stop(self, _signal: int, _frame: FrameType | None) -> None:
        self.result.stopped = True

    def run(self) -> None:
        self._lost = {url.rpartition("#")[0] for url in self._frontier.to_take_again("record")}
        try:
            for entry in self._spec.source.entry:
                if entry.kind in IMPORTED:
                    (self._files if entry.kind is EntryKind.FILES else self._warcs)(entry)
        except _StoppedError:
            self.result.ended = False

    def _files(self, entry: Entry) -> None:
        folder, homepage = local_path(entry.url), self._spec.source.homepage
        if not folder.is_dir():
            self._failed(f"{folder} is not a folder; mend `url` in the declaration")
            return
        for path in saved_files(folder):
            self._go_on()
            place = path.absolute().as_uri()
            try:
                key, state = url_key(place), state_of(path)
                if self._frontier.last_visit(key).etag == state:
                    continue
                page = read_saved(path, folder=folder, homepage=homepage)
            except OSError as error:
                self._failed(f"{path}: {error.strerror}; check its permissions")
                continue
            url = own_address(page.url, homepage)
            if entry.wants(url) and len(page.body) <= self._spec.crawl.max_bytes:
                headers = [("Content-Type", page.content_type)]
                copy = Exchange(url, "page", page.fetched_at, 200, headers, page.body, key=key, origin=place)
                self._take(copy, "file", state)
        self._flush()

    def _warcs(self, entry: Entry) -> None:
        places = list(self._places(entry))
        if not places and not self.result.error:
            self.result.notes.append(f"{entry.url} names no WARC files of these days")
        for place in places:
            self._go_on()
            mark = Mark(self._marks, self._spec.source.id, place, entry)
            if place in self._lost or not mark.covers(self._spec.captured, state_of_place(place)):
                try:
                    self._read(place, entry, mark)
                except (CopydeskError, OSError, KeyError) as error:
                    self._failed(_said(place, error))

    def _places(self, entry: Entry) -> Iterator[str]:
        """Addresses of an entry's WARC files, those of lists included."""
        days = self._list_days() or Window(utc_now().date() - timedelta(31), utc_now().date())
        for url in months_of(entry.url, days):
            try:
                for place in self._found(url):
                    yield from self._listed(place) if is_list(place) else (place,)
            except (CopydeskError, OSError, KeyError) as error:
                self._failed(_said(url, error))

    def _found(self, url: str) -> list[str]:
        if url.startswith("s3://"):
            bucket, _, prefix = url.removeprefix("s3://").partition("/")
            return [f"s3://{bucket}/{key}" for key in self._bucket(bucket).keys(prefix) if is_warc(key) or is_list(key)]
        if url.startswith(("http://", "https://")):
            return [url]
        found = [str(path) for path in local_files(url)]
        if not found:
            self._failed(f"{url} names no .warc, .warc.gz or .paths file; mend `url` in the declaration")
        return found

    def _listed(self, url: str) -> Iterator[str]:
        with self._open(url) as stream:
            data = _all_of(stream)
        yield from dated_within(paths_in(data, url), self._list_days())

    def _list_days(self) -> Window | None:
        """Days of the files in a list of paths that may hold captures of the window's texts."""
        window, captured = self._spec.window, self._spec.captured
        if window is None or captured is None:
            return None
        return Window(captured.start - timedelta(1), min(captured.end, window.end + _NEWS_MARGIN))

    def _read(self, place: str, entry: Entry, mark: Mark) -> None:
        """Take the source's pages out of a WARC file, and note it when its end was seen."""
        homepage = self._spec.source.homepage
        captured, listings = self._spec.captured, self._spec.source.listings()

        def wanted(url: str, at: datetime) -> bool:
            self._go_on()
            url = own_address(url, homepage)
            if not is_below(url, homepage) or url.rstrip("/") in listings or not entry.wants(url):
                return False
            mark.saw(at)
            return captured is None or at in captured

        before = self._sink.outcomes["imported"]
        state = state_of_place(place)
        with self._open(place) as stream:
            reader = WarcReader(stream, wanted=wanted, max_bytes=self._spec.crawl.max_bytes)
            for record in reader:
                if record.status == 200 and is_html(record):
                    self._take(*self._copy(place, record))
        self._flush()
        if reader.damages:
            taken = self._sink.outcomes["imported"] - before
            self.result.notes.append(
                f"{place} is cut off or damaged; what was whole was read ({reader.records} records, {taken} pages "
                "taken): restore it and it is read again"
            )
        elif not reader.records:
            self.result.notes.append(f"{place} holds no WARC record")
        mark.set(captured, state, damaged=reader.damages > 0)

    def _copy(self, place: str, record: Record) -> tuple[Exchange, str]:
        identity = record.record_id or hashlib.sha256(record.body).hexdigest()
        url = own_address(record.url, self._spec.source.homepage)
        origin = f"{place}#{identity.strip('<>')}"
        key = url_key(f"{identity} {record.fetched_at.isoformat()} {record.url}")
        copy = Exchange(url, "page", record.fetched_at, 200, record.headers, record.body, key=key, origin=origin)
        return copy, "record"

    def _take(self, copy: Exchange, role: str, state: str | None = None) -> None:
        """Archive a page, unless a record is here already.

        Raises:
            _StoppedError: no more is to be taken, or nothing more can be kept.
        """
        self._go_on(full=self._full)
        try:
            self._keep(copy, role, state)
        except StoreError as error:
            self.result.error = str(error)
            raise _StoppedError from error

    def _go_on(self, *, full: bool = False) -> None:
        if self.result.stopped or full:
            self._flush()
            raise _StoppedError

    def _flush(self) -> None:
        try:
            self._sink.flush()
        except StoreError as error:
            self.result.error = str(error)
            raise _StoppedError from error

    def _keep(self, copy: Exchange, role: str, state: str | None) -> None:
        assert copy.key is not None
        assert copy.origin is not None
        if role == "record" and self._frontier.has(copy.key):
            return
        file, end = self._sink.archive(copy)
        self.result.pages += 1
        self._sink.outcomes["imported"] += 1
        self._sink.settle(
            Settled(
                key=copy.key, url=copy.origin, role=role, outcome="fetched", status=200, etag=state,
                fetched_at=utc_now(), spool_file=file, spool_end=end,
            )
        )  # fmt: skip

    @property
    def _full(self) -> bool:
        most = self._spec.crawl.max_pages if self._spec.max_pages is None else self._spec.max_pages
        return self.result.pages >= min(most, self._spec.crawl.max_pages)

    @contextmanager
    def _open(self, place: str) -> Iterator[Readable]:
        if place.startswith(("http://", "https://")):
            with self._downloads.open(place) as download:
                yield download
        elif place.startswith("s3://"):
            bucket, _, key = place.removeprefix("s3://").partition("/")
            yield self._bucket(bucket).reader(key)
        else:
            with local_path(place).open("rb") as file:
                yield file

    def _bucket(self, name: str) -> Any:
        from pipeline.store.s3 import S3Store

        return S3Store(name, "", self._spec.s3)

    def _failed(self, error: str) -> None:
        """One file's failure is told and ends nothing; it is read again the next time."""
        _LOG.error("%s", error)
        self.result.error = self.result.error or error


def _all_of(stream: Readable) -> bytes:
    with closing(io.BytesIO()) as data:
        while data.tell() < _MOST_LIST and (block := stream.read(2**16)):
            data.write(block)
        return data.getvalue()


def _said(place: str, error: CopydeskError | OSError | KeyError) -> str:
    if isinstance(error, CopydeskError):
        return str(error)
    return f"{place}: {error.strerror if isinstance(error, OSError) else 'it is not there'}; check the address"
