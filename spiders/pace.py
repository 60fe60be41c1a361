"""Pace: requests to a host keep their distance across all crawls, and a host that is in trouble is left alone."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from datetime import datetime, timedelta

from scrapy import Request
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response

from pipeline.models import utc_now
from pipeline.store.hosts import Hosts
from spiders.answers import host_key, retry_at
from spiders.refusals import HostResting, Refused

__all__ = ["HostCare", "Paced"]

_SHORT_REST_S = 20.0
_LONGEST_WAIT_S = 600.0
"""A host that wants more distance is asked once, and again by a later crawl."""
_LOOK_AGAIN_S = 5.0
_WITHOUT_A_TIME = timedelta(minutes=1)


async def _wait(crawler: Crawler, seconds: float) -> None:
    """Let time pass, but not beyond the moment when the crawl is told to stop."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        if not crawler.engine.running:
            raise Refused("stopped", "the crawl was told to stop")
        await asyncio.sleep(min(left, 0.5))


class Paced(HTTP11DownloadHandler):
    """A download handler that waits for the host's next free moment just before it sends.

    Raises:
        HostResting: the host has a rest, or wants a distance, that is too long to wait for.
        Refused: `stopped`, when the crawl is told to stop meanwhile.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._pool.retryAutomatically = False  # it would ask again at once, without distance
        self._delay_s = crawler.settings.getfloat("COPYDESK_DELAY_S")
        # Scrapy's own limit lets all pass that come in one turn of the loop, as those do that waited for robots.txt.
        at_once = crawler.settings.getint("CONCURRENT_REQUESTS_PER_DOMAIN")
        self._at_once: dict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(at_once))

    async def download_request(self, request: Request) -> Response:
        delay_s = max(self._delay_s, request.meta.get("crawl_delay", 0.0))
        host = host_key(request.url)
        async with self._at_once[host]:
            care = self._crawler.get_downloader_middleware(HostCare)
            if care is not None:
                await care.let_rest(host)
            if delay_s > 0:
                await self._turn(host, delay_s)
            return await super().download_request(request)

    async def _turn(self, host: str, delay_s: float) -> None:
        hosts: Hosts = self._crawler.spider.hosts  # type: ignore[union-attr]  # there is one by now
        while (turn := hosts.claim(host, delay_s)).wait_s > 0:
            longest = _LONGEST_WAIT_S if turn.resting_until is None else _SHORT_REST_S
            if turn.wait_s > longest:
                raise HostResting(host, utc_now() + timedelta(seconds=turn.wait_s))
            await _wait(self._crawler, turn.wait_s)


class HostCare:
    """Downloader middleware: Retry-After and failures in a row give a whole host a rest, in every crawl."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._looked: dict[str, tuple[float, datetime | None]] = {}
        self._failing: set[str] = set()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> HostCare:
        return cls(crawler)

    async def let_rest(self, host: str) -> None:
        """Wait until a host may be asked, just before it is: requests that wait for their turn were let in earlier.

        Raises:
            HostResting: the host has a rest that is too long to wait for.
        """
        until = self._resting(host)
        if until is None:
            return
        left_s = (until - utc_now()).total_seconds()
        if left_s > _SHORT_REST_S:
            raise HostResting(host, until)
        await _wait(self._crawler, left_s)

    def process_response(self, request: Request, response: Response) -> Response:
        host = host_key(request.url)
        if response.status in (429, 503):
            wanted = retry_at(response)
            if wanted is not None or response.status == 429:
                self._rest(host, wanted or utc_now() + _WITHOUT_A_TIME)
        if response.status >= 500:
            self._failed(host)
        elif host in self._failing:
            self._failing.discard(host)
            self._hosts.answered(host)
        return response

    def process_exception(self, request: Request, exception: Exception) -> None:
        if not isinstance(exception, IgnoreRequest):
            self._failed(host_key(request.url))

    def _resting(self, host: str) -> datetime | None:
        looked, until = self._looked.get(host, (0.0, None))
        if time.monotonic() - looked > _LOOK_AGAIN_S:
            until = self._hosts.resting_until(host)
            if host not in self._looked:
                self._failing.add(host)  # it may have failed in a crawl before
            self._looked[host] = (time.monotonic(), until)
        return until if until is not None and until > utc_now() else None

    def _failed(self, host: str) -> None:
        self._failing.add(host)
        until = self._hosts.failed(host)
        if until is not None:
            self._looked[host] = (time.monotonic(), until)

    def _rest(self, host: str, until: datetime) -> None:
        self._hosts.rest(host, until)
        self._looked[host] = (time.monotonic(), until)

    @property
    def _hosts(self) -> Hosts:
        return self._crawler.spider.hosts  # type: ignore[union-attr,no-any-return]  # there is one while requests are made
