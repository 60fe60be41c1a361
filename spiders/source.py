"""The one spider: asks a declared source's entry points, then what they list, as the frontier says."""

from __future__ import annotations

import logging
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterable
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
from pipeline.forums.registry import page_url
from pipeline.models import utc_now
from pipeline.sources.declaration import Entry, EntryKind
from pipeline.store.frontier import Due, Found, Frontier, Settled
from pipeline.store.hosts import Hosts
from spiders.answers import exchange_of, retry_at, validators_of, write_report
from spiders.discovery import Discovery
from spiders.entries import Reading, next_step, read_entry, start_urls
from spiders.imported import Imported
from spiders.refusals import HostResting, Refused, in_short, outcome_of
from spiders.replay import asked_for, copy_of
from spiders.sink import Sink
from spiders.spec import CrawlSpec

__all__ = ["SourceSpider"]

_LOG = logging.getLogger(__name__)
_AHEAD = 32
_AGAIN_AFTER_REFUSAL = timedelta(days=1)
"""When a refused address is looked at again: rules are kept that long."""
_FRESH = timedelta(days=2)
_MOST_RESTING = 3 * _AHEAD


class SourceSpider(scrapy.Spider):
    """Crawls one source in one run; every address taken from the frontier is settled with one outcome."""

    name = "source"

    def __init__(self, spec: CrawlSpec, frontier: Frontier, hosts: Hosts, sink: Sink, imported: Imported) -> None:
        super().__init__()
        self.hosts = hosts
        self._spec = spec
        self._frontier = frontier
        self._sink = sink
        self._entries: set[str] = set()
        self._outstanding = 0
        self._requests = 0
        self._pages = imported.pages
        self._error = imported.error
        self._resting: Counter[str] = Counter()
        self._stopped = False
        self._discovery = Discovery(spec, frontier)
        self._discovery.notes += imported.notes
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
            if entry.kind not in self._spec.kinds:
                continue
            url, *others = start_urls(entry, self._spec.days)
            key = self._discovery.key(url)
            self._entries |= {key, *map(self._discovery.key, others)}
            in_full = number in self._spec.in_full
            visit = self._frontier.last_visit(key)
            etag, last_modified = (None, None) if in_full else (visit.etag, visit.last_modified)
            due = Due(url, key, self._spec.lane.listing(number), etag, last_modified)
            self._discovery.begin(due, visit.fetched_at)
            request = self._request(due)
            if request is not None:
                yield request

    def _request(self, due: Due) -> Request | None:
        """A request for an address; one that cannot even be asked for is settled at once."""
        url, more = asked_for(due)
        headers = {"If-None-Match": due.etag, "If-Modified-Since": due.last_modified, **more}
        self._requests += 1
        self._pages += not due.role.startswith("index")
        self._sink.outcomes["requested"] += 1
        try:
            request = Request(
                url,
                headers={name: value for name, value in headers.items() if value},
                callback=self._answered,
                errback=self._failed,
                dont_filter=True,  # the frontier already knows each address once
                cb_kwargs={"due": due},
                meta=self._meta(due),
            )
        except ValueError:
            self._settle(due, "bad_url", status=400)
            return None
        self._outstanding += 1
        return request

    def _meta(self, due: Due) -> dict[str, Any]:
        """Marks requests for the browser: texts, and listings that people read."""
        pages = not due.role.startswith("index") or self._entry(due).kind in (EntryKind.LISTING, EntryKind.FORUM)
        if not self._spec.source.javascript or not pages:
            return {}
        from spiders.browser import rendered

        return rendered()

    def _answered(self, response: Response, due: Due) -> None:
        try:
            if response.status == 304 and (due.etag or due.last_modified):  # else nothing was had before
                self._settle(due, "not_modified", status=304)
            elif due.role.startswith("capture:") and response.status in (200, 206):
                self._keep_copy(response, due)
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
        following = self._following(due, outcome) if refused else None
        if due.role.startswith("index") and (not refused or due.key in self._entries) and following is None:
            self._error = f"{due.url}: {said}"
        kept = isinstance(error, Refused) and outcome != "robots_unreachable"
        again_at = utc_now() + _AGAIN_AFTER_REFUSAL if kept else None
        if isinstance(error, HostResting):
            again_at = error.until
            self._resting[str(error)] += 1
        found = self._discovery.found([Listed(following)], due.role, due.url, again=True) if following else []
        try:
            self._settle(due, outcome, again_at=again_at, found=found)
        except StoreError as error:
            self._stop(str(error))
        finally:
            self._ended()

    def _following(self, due: Due, outcome: str) -> str | None:
        """What to ask in place of an address that was refused."""
        if outcome in ("host_resting", "stopped", "robots_unreachable"):
            return None
        step = next_step(self._entry(due), self._spec.days, due.url)
        return step or (page_url(due.url) if outcome == "robots_forbidden" else None)  # it may be for programs alone

    def _settle(
        self,
        due: Due,
        outcome: str,
        *,
        status: int | None = None,
        again_at: datetime | None = None,
        found: Iterable[Found] = (),
    ) -> None:
        self._sink.outcomes[outcome] += 1
        if outcome == "stopped":
            return  # it stays in flight, so the next crawl asks for it
        if due.role.startswith("index") and outcome == "http_error":
            self._error = f"{due.url}: HTTP status {status}"
        ended = Settled(key=due.key, url=due.url, role=due.role, outcome=outcome, status=status, fetched_at=utc_now())
        if outcome == "not_modified":
            ended = replace(ended, revisit_at=self._revisit_at(due), visits=due.visits + 1)
        ended = replace(ended, retry_at=again_at, found=tuple(found))
        self._sink.settle(ended, now=bool(ended.found))

    def _keep(self, response: Response, due: Due) -> None:
        entry = self._entry(due)
        reading = self._read(entry, response, due)
        if due.role.startswith("thread") and (reading.listing.texts or reading.listing.parts):
            due = replace(due, role=f"index:{self._spec.source.entry.index(entry)}")  # named as a thread, it lists them
        fallback = reading.otherwise or (reading.instead if due.key in self._entries else None)
        if fallback is None and response.status != 200 and not (reading.empty and reading.listing.parts):
            past_the_end = reading.empty or (due.key not in self._entries and response.status in (400, 404, 410))
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
            revisit_at=self._revisit_at(due, reading.latest), visits=due.visits + 1,
        )  # fmt: skip
        # A redirect's target need not be asked for again.
        final = due.key if response.url == due.url else self._discovery.key(response.url)
        target = replace(first, key=final, url=response.url, found=(), revisit_at=None)
        moved = [target] if final != due.key else []
        self._sink.outcomes["fetched"] += 1
        self._sink.settle(first, *moved, now=bool(found))

    def _revisit_at(self, due: Due, latest: datetime | None = None) -> datetime | None:
        """When to look whether a page changed: its listing may not tell of edits, and those come early.

        A thread's page is looked at again so many days after the `latest` of its posts, however often it was asked
        for the sake of new ones.
        """
        days, now = self._spec.source.revisit_days, utc_now()
        if latest is not None:
            return next((at for one in sorted(days) if (at := min(latest, now) + timedelta(days=one)) > now), None)
        fresh = due.listed_at is not None and now - due.listed_at < _FRESH
        if due.role != "page" or due.visits >= len(days) or not (fresh or due.visits):
            return None
        return now + timedelta(days=days[due.visits])

    def _keep_copy(self, response: Response, due: Due) -> None:
        """Archive a copy from another archive under its page's own address."""
        exchange = copy_of(response, due, self._spec.source.homepage, self._spec.crawl.max_bytes)
        if exchange is None:
            self._settle(due, "no_copy", status=404)
            return
        place = self._sink.archive(exchange)
        self._sink.outcomes["fetched"] += 1
        self._sink.settle(
            Settled(
                key=due.key, url=due.url, role=due.role, outcome="fetched", status=200, fetched_at=utc_now(),
                spool_file=place[0], spool_end=place[1],
            )
        )  # fmt: skip

    def _read(self, entry: Entry, response: Response, due: Due) -> Reading:
        if due.role == "page":
            return Reading(Listing(), itself="page")
        return read_entry(entry, response, self._spec.days, asked=due.url)

    def _entry(self, due: Due) -> Entry:
        entries = self._spec.source.entry
        if due.role.startswith("index:"):
            return entries[min(int(due.role.rpartition(":")[2]), len(entries) - 1)]
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
                pages if pages > 0 else limit, window=self._spec.days, listings_only=pages <= 0
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
        ended = sum(outcomes.values()) - outcomes.get("imported", 0)
        if reason == "finished" and requested != ended and self._error is None:
            self._error = f"{requested} requests but {ended} outcomes; report this"
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
