"""The one spider: asks a declared source's entry points, then what they list, as the frontier says."""

from __future__ import annotations

import logging
import sys
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import scrapy
from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DontCloseSpider, IgnoreRequest
from scrapy.http import Response
from twisted.python.failure import Failure

from pipeline.discover.listing import Listed, Listing
from pipeline.errors import StoreError
from pipeline.models import utc_now
from pipeline.sources.declaration import CRAWLED, Entry
from pipeline.sources.urls import normalise_url
from pipeline.store.frontier import Due, Frontier, Settled, url_key
from pipeline.store.hosts import Hosts
from spiders.answers import exchange_of, retry_at, validators_of, write_report
from spiders.discovery import Discovery
from spiders.entries import Reading, read_entry, start_url
from spiders.refusals import HostResting, Refused, in_short, outcome_of
from spiders.sink import Sink
from spiders.spec import CrawlSpec

__all__ = ["SourceSpider"]

_LOG = logging.getLogger(__name__)
_AHEAD = 32
_AGAIN_AFTER_REFUSAL = timedelta(days=1)
"""When a refused address is looked at again: rules are kept that long."""
_MOST_RESTING = 3 * _AHEAD


class SourceSpider(scrapy.Spider):
    """Crawls one source in one run; every address taken from the frontier is settled with one outcome."""

    name = "source"

    def __init__(self, spec: CrawlSpec, frontier: Frontier, hosts: Hosts, sink: Sink) -> None:
        super().__init__()
        self.hosts = hosts
        self._spec = spec
        self._frontier = frontier
        self._sink = sink
        self._entries: set[str] = set()
        self._outstanding = 0
        self._requests = 0
        self._pages = 0
        self._error: str | None = None
        self._resting: Counter[str] = Counter()
        self._stopped = False
        self._discovery = Discovery(spec, frontier)
        self._ends_at = utc_now() + timedelta(minutes=spec.crawl.max_minutes)
        self._limits: Counter[str] = Counter()

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> SourceSpider:
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.idle, signals.spider_idle)
        return spider

    async def start(self) -> AsyncIterator[Request]:
        self._frontier.recover(path.name for path in self._spec.spool.glob("*.warc.gz"))
        for number, entry in enumerate(self._spec.source.entry):
            if entry.kind not in CRAWLED:
                continue
            url = start_url(entry, self._spec.window)
            key = url_key(normalise_url(url))
            self._entries.add(key)
            in_full = number in self._spec.in_full
            visit = self._frontier.last_visit(key)
            etag, last_modified = (None, None) if in_full else (visit.etag, visit.last_modified)
            due = Due(url, key, f"index:{number}", etag, last_modified)
            self._discovery.begin(due, visit.fetched_at)
            request = self._request(due)
            if request is not None:
                yield request

    def _request(self, due: Due) -> Request | None:
        """A request for an address; one that cannot even be asked for is settled at once."""
        headers = {"If-None-Match": due.etag, "If-Modified-Since": due.last_modified}
        self._requests += 1
        self._pages += not due.role.startswith("index")
        self._sink.outcomes["requested"] += 1
        try:
            request = Request(
                due.url,
                headers={name: value for name, value in headers.items() if value},
                callback=self._answered,
                errback=self._failed,
                dont_filter=True,  # the frontier already knows each address once
                cb_kwargs={"due": due},
            )
        except ValueError:
            self._settle(due, "bad_url", status=400)
            return None
        self._outstanding += 1
        return request

    def _answered(self, response: Response, due: Due) -> None:
        try:
            if response.status == 304 and (due.etag or due.last_modified):  # else nothing was had before
                self._settle(due, "not_modified", status=304)
            elif response.status == 200 or due.role.startswith("index"):
                self._keep(response, due)
            else:
                self._settle(due, "http_error", status=response.status, again_at=retry_at(response))
        except StoreError as error:
            self._stop(str(error))
        except Exception as error:  # noqa: BLE001 (a page that breaks its reader costs one outcome, and says so)
            _LOG.exception("%s cannot be read", due.url)
            self._settle(due, "unreadable")
            if due.role.startswith("index"):
                self._error = f"{due.url} cannot be read: {type(error).__name__}: {error}"
        finally:
            self._ended()

    def _failed(self, failure: Failure) -> None:
        due: Due = failure.request.cb_kwargs["due"]  # type: ignore[attr-defined]  # set by Scrapy
        error = failure.value
        refused, outcome = isinstance(error, IgnoreRequest), outcome_of(error)
        said = in_short(error)
        (_LOG.info if refused else _LOG.warning)("%s %s: %s", outcome, due.url, said)
        if due.role.startswith("index") and (not refused or due.key in self._entries):
            self._error = f"{due.url}: {said}"
        kept = isinstance(error, Refused) and outcome != "robots_unreachable"
        again_at = utc_now() + _AGAIN_AFTER_REFUSAL if kept else None
        if isinstance(error, HostResting):
            again_at = error.until
            self._resting[str(error)] += 1
        try:
            self._settle(due, outcome, again_at=again_at)
        except StoreError as error:
            self._stop(str(error))
        finally:
            self._ended()

    def _settle(self, due: Due, outcome: str, *, status: int | None = None, again_at: datetime | None = None) -> None:
        self._sink.outcomes[outcome] += 1
        if outcome == "stopped":
            return  # it stays in flight, so the next crawl asks for it
        if due.role.startswith("index") and outcome == "http_error":
            self._error = f"{due.url}: HTTP status {status}"
        ended = Settled(key=due.key, url=due.url, role=due.role, outcome=outcome, status=status, fetched_at=utc_now())
        self._sink.settle(replace(ended, retry_at=again_at))

    def _keep(self, response: Response, due: Due) -> None:
        entry = self._entry(due)
        reading = self._read(entry, response, due)
        fallback = reading.instead if due.key in self._entries else None
        if fallback is None and response.status != 200:
            past_the_end = due.key not in self._entries and response.status in (400, 404, 410)
            outcome = "end_of_pages" if past_the_end else "http_error"
            self._settle(due, outcome, status=response.status, again_at=retry_at(response))
            return
        if fallback is not None:
            found = self._discovery.found([Listed(fallback)], due.role, response.url, again=True)
            reading = Reading(reading.listing, itself=due.role)
        else:
            found = self._discovery.follow(entry, reading, due, response.url, first=due.key in self._entries)
        role = due.role if reading.itself in ("index", due.role) else reading.itself
        place = self._sink.archive(exchange_of(response, "index" if role.startswith("index") else role, due))
        # A list of lists that change by themselves is asked for in full each time.
        in_full = fallback is not None or bool(reading.listing.parts)
        etag, last_modified = (None, None) if in_full else validators_of(response)
        first = Settled(
            key=due.key, url=due.url, role=role, outcome="fetched", status=response.status, fetched_at=utc_now(),
            etag=etag, last_modified=last_modified, spool_file=place[0], spool_end=place[1], found=tuple(found),
        )  # fmt: skip
        # A redirect's target need not be asked for again.
        final = due.key if response.url == due.url else url_key(normalise_url(response.url))
        moved = [replace(first, key=final, url=response.url, found=())] if final != due.key else []
        self._sink.outcomes["fetched"] += 1
        self._sink.settle(first, *moved, now=bool(found))

    def _read(self, entry: Entry, response: Response, due: Due) -> Reading:
        if due.role == "page":
            return Reading(Listing(), itself="page")
        return read_entry(entry, response, self._spec.window)

    def _entry(self, due: Due) -> Entry:
        entries = self._spec.source.entry
        if due.role.startswith("index:"):
            return entries[min(int(due.role.partition(":")[2]), len(entries) - 1)]
        return next((entry for entry in entries if entry.kind == "forum"), entries[0])

    def _ended(self) -> None:
        self._outstanding -= 1
        if self._outstanding < _AHEAD // 2:
            self._refill()

    def _refill(self) -> None:
        if self._stopped or self._resting.total() >= _MOST_RESTING:
            return
        engine = self.crawler.engine
        limit = min(_AHEAD, self._spec.crawl.max_pages - self._requests)
        if limit <= 0:
            self._limits[f"stopped after {self._requests} requests (crawl.max_pages)"] = 1
            return
        if utc_now() > self._ends_at:
            self._limits[f"stopped after {self._spec.crawl.max_minutes} minutes (crawl.max_minutes)"] = 1
            return
        pages = limit if self._spec.max_pages is None else min(limit, self._spec.max_pages - self._pages)
        try:
            for due in self._frontier.take(
                pages if pages > 0 else limit, window=self._spec.window, listings_only=pages <= 0
            ):
                request = self._request(due)
                if request is not None:
                    engine.crawl(request)
        except StoreError as error:
            self._stop(str(error))

    def idle(self) -> None:
        try:
            self._sink.flush()
        except StoreError as error:
            self._stop(str(error))
            return
        self._refill()
        if self._outstanding > 0:
            raise DontCloseSpider

    def _stop(self, error: str) -> None:
        self._error, self._stopped = error, True
        engine = self.crawler.engine
        if engine is not None:
            engine.close_spider(self, "store_failed")

    def closed(self, reason: str) -> None:
        """Scrapy calls this when the spider has closed; the report is the only truth about how it went."""
        try:
            self._sink.flush()
        except Exception as error:  # noqa: BLE001 (whatever it is, the report must be written)
            self._error = str(error)
        outcomes = dict(sorted(self._sink.outcomes.items()))
        requested = outcomes.pop("requested", 0)
        if reason == "finished" and requested != sum(outcomes.values()) and self._error is None:
            self._error = f"{requested} requests but {sum(outcomes.values())} outcomes; report this"
        report = {
            "source": self._spec.source.id,
            "finished": reason == "finished" and self._error is None,
            "reason": reason,
            "error": self._error,
            "notes": [*self._discovery.notes, *sorted(self._resting), *sorted(self._limits)],
            "gaps": self._discovery.gaps() if reason == "finished" else [],
            "passed_over": dict(sorted(self._discovery.passed_over.items())),
            "limited": bool(self._limits) or (self._spec.max_pages or sys.maxsize) <= self._pages,
            "requests": requested,
            "outcomes": outcomes,
        }
        write_report(self._spec.report, report)
