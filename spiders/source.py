"""The one spider: asks a declared source's entry points, then what they list, as the frontier says."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from datetime import datetime
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
from pipeline.sources.declaration import CRAWLED, Entry, EntryKind
from pipeline.sources.urls import normalise_url
from pipeline.store.frontier import Due, Found, Frontier, Settled, url_key
from spiders.answers import exchange_of, retry_at, validators_of, web_address, write_report
from spiders.entries import Reading, next_step, read_entry, start_urls
from spiders.sink import Sink
from spiders.spec import CrawlSpec

__all__ = ["SourceSpider"]

_LOG = logging.getLogger(__name__)
_AHEAD = 32


class SourceSpider(scrapy.Spider):
    """Crawls one source in one run; every address taken from the frontier is settled with one outcome."""

    name = "source"

    def __init__(self, spec: CrawlSpec, frontier: Frontier, sink: Sink) -> None:
        super().__init__()
        self._spec = spec
        self._frontier = frontier
        self._sink = sink
        self._entries: set[str] = set()
        self._outstanding = 0
        self._requests = 0
        self._pages = 0
        self._error: str | None = None
        self._notes: list[str] = []
        self._stopped = False
        self._started_at = utc_now()  # what was fetched since is not asked again, however often it is named

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> SourceSpider:
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.idle, signals.spider_idle)
        crawler.signals.connect(spider.robots_parsed, signals.robots_parsed)
        return spider

    async def start(self) -> AsyncIterator[Request]:
        self._frontier.recover(path.name for path in self._spec.spool.glob("*.warc.gz"))
        for number, entry in enumerate(self._spec.source.entry):
            if entry.kind not in CRAWLED:
                continue
            url, *others = start_urls(entry, self._spec.window)
            key = url_key(normalise_url(url))
            self._entries |= {key, *(url_key(normalise_url(other)) for other in others)}
            in_full = number in self._spec.in_full
            etag, last_modified = (None, None) if in_full else self._frontier.validators(key)
            request = self._request(Due(url, key, f"index:{number}", etag, last_modified))
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
            if response.status == 304:
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
        refused = isinstance(failure.value, IgnoreRequest)
        outcome = "refused" if refused else "network_error"
        log = _LOG.info if refused else _LOG.warning
        log("%s %s: %s", outcome, due.url, failure.getErrorMessage())
        following = next_step(self._entry(due), self._spec.window, due.url) if refused else None
        if due.role.startswith("index") and (not refused or due.key in self._entries) and following is None:
            self._error = f"{due.url}: {failure.getErrorMessage().strip()}"
        try:
            found = self._found([Listed(following)], due.role, due.url, again=True) if following else []
            self._settle(due, outcome, status=403 if refused else None, found=found)
        except StoreError as error:
            self._stop(str(error))
        finally:
            self._ended()

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
        if due.role.startswith("index") and outcome == "http_error":
            self._error = f"{due.url}: HTTP status {status}"
        ended = Settled(key=due.key, url=due.url, role=due.role, outcome=outcome, status=status, fetched_at=utc_now())
        self._sink.settle(replace(ended, retry_at=again_at, found=tuple(found)))

    def _keep(self, response: Response, due: Due) -> None:
        entry = self._entry(due)
        reading = self._read(entry, response, due)
        fallback = reading.instead if due.key in self._entries else None
        if fallback is None and response.status != 200 and not reading.empty:
            past_the_end = due.key not in self._entries and response.status in (400, 404, 410)
            outcome = "end_of_pages" if past_the_end else "http_error"
            self._settle(due, outcome, status=response.status, again_at=retry_at(response))
            return
        if fallback is not None:
            found = self._found([Listed(fallback)], due.role, response.url, again=True)
            reading = Reading(reading.listing, itself=due.role)
        else:
            found = self._all_found(entry, reading, due, response.url)
        role = due.role if reading.itself in ("index", due.role) else reading.itself
        place = self._sink.archive(exchange_of(response, "index" if role.startswith("index") else role, due))
        # A list of lists that change by themselves is asked for in full each time.
        in_full = fallback is not None or bool(reading.listing.parts)
        etag, last_modified = (None, None) if in_full else validators_of(response)
        first = Settled(
            key=due.key, url=due.url, role=role, outcome="fetched", status=response.status, fetched_at=utc_now(),
            etag=etag, last_modified=last_modified, spool_file=place[0], spool_end=place[1], found=tuple(found),
        )  # fmt: skip
        final = url_key(normalise_url(response.url))  # a redirect's target need not be asked for again
        moved = [replace(first, key=final, url=response.url, found=())] if final != due.key else []
        self._sink.outcomes["fetched"] += 1
        self._sink.settle(first, *moved, now=bool(found))

    def _read(self, entry: Entry, response: Response, due: Due) -> Reading:
        if due.role == "page":
            return Reading(Listing(), itself="page")
        return read_entry(entry, response, self._spec.window, asked=due.url)

    def _entry(self, due: Due) -> Entry:
        entries = self._spec.source.entry
        if due.role.startswith("index:"):
            return entries[min(int(due.role.partition(":")[2]), len(entries) - 1)]
        return next((entry for entry in entries if entry.kind == "forum"), entries[0])

    def _all_found(self, entry: Entry, reading: Reading, due: Due, base: str) -> list[Found]:
        texts = [one for one in self._found(reading.listing.texts, reading.role, base) if entry.wants(one.url)]
        pages = [Listed(url) for url in reading.listing.more]
        if reading.itself.startswith("thread"):
            return self._found(pages, "thread", base, again=True)
        more = self._found(pages, due.role, base, again=True)
        parts = self._found([Listed(url) for url in reading.listing.parts], due.role, base, again=True)
        unseen = [replace(one, since=None) for one in more]  # the next page counts when it was never asked
        if due.key in self._entries and not (texts or more or parts) and reading.itself == "index":
            self._notes.append(_nothing_found(entry, base, len(reading.listing.texts)))
        if not self._frontier.any_new([*texts, *unseen]):
            return texts + parts
        return texts + more + parts

    def _found(self, listed: Iterable[Listed], role: str, base: str, *, again: bool = False) -> list[Found]:
        """Addresses that can be asked for; what is no web address is left out."""
        found = []
        for one in listed:
            url = web_address(one.url, base)
            if url is not None:
                hint = None if again else one.modified_at
                since = self._started_at if again or (role == "thread" and hint is None) else None
                found.append(Found(url, url_key(normalise_url(url)), role, one.listed_at, hint, since, again))
        return found

    def _ended(self) -> None:
        self._outstanding -= 1
        if self._outstanding < _AHEAD // 2:
            self._refill()

    def _refill(self) -> None:
        if self._stopped:
            return
        engine = self.crawler.engine
        limit = min(_AHEAD, self._spec.crawl.max_pages - self._requests)
        if limit <= 0:
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

    def robots_parsed(self, robotparser: Any, request: Request) -> None:
        """Apply Crawl-delay to the host's slot."""
        delay = robotparser.crawl_delay(self._spec.crawl.user_agent)
        engine = self.crawler.engine
        if delay and engine is not None:
            downloader = engine.downloader
            slot = downloader.slots.get(downloader.get_slot_key(request))
            if slot is not None:
                slot.delay = max(slot.delay, float(delay))

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
            "notes": self._notes,
            "limited": self._spec.max_pages is not None and self._pages >= self._spec.max_pages,
            "requests": requested,
            "outcomes": outcomes,
        }
        write_report(self._spec.report, report)


def _nothing_found(entry: Entry, url: str, listed: int) -> str:
    """What to tell a person whose entry point names no text."""
    if listed:
        return f"{url} lists {listed} addresses, and include/exclude leave none of them"
    hints = {
        EntryKind.LISTING: "; no link looks like a story (a date, a number or four words in its path): set `include`",
        EntryKind.FORUM: "; no thread of a forum system that is known was seen",
    }
    return f"{url} names no texts{hints.get(entry.kind, '')}"
