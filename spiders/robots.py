"""robots.txt (RFC 9309) and TDM reservations: fetched once a day for all crawls of an origin, obeyed by each."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from protego import Protego
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http.request import NO_CALLBACK

from pipeline.models import utc_now
from pipeline.sources.reservation import Reservations, parse_reservations
from pipeline.store.hosts import Hosts, Rules
from spiders.answers import host_key
from spiders.refusals import Refused

__all__ = ["SiteRules", "distance_s"]

_FRESH = timedelta(days=1)
_STALE = timedelta(days=30)
_MOST_BYTES = 500 * 2**10
_PRIORITY = 1_000
_LONGEST_DELAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class _Parsed:
    robots: Any
    reservations: Reservations


class SiteRules:
    """Downloader middleware: asks an origin for its rules before anything else, and keeps to them.

    No file (4xx) allows everything. A server that fails (5xx, 429, no answer) allows nothing until it answers, except
    by rules of ours that are less than 30 days old.

    Raises:
        Refused: `robots_forbidden`, `robots_unreachable` or `tdm_reserved`.
    """

    def __init__(self, crawler: Crawler, *, agent: str, obey_tdm: bool) -> None:
        self._crawler = crawler
        self._agent = agent
        self._obey_tdm = obey_tdm
        self._known: dict[str, asyncio.Future[_Parsed]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> SiteRules:
        settings = crawler.settings
        agent = settings["USER_AGENT"].partition("/")[0].strip()  # the product's name is what robots.txt files name
        return cls(crawler, agent=agent, obey_tdm=settings.getbool("COPYDESK_OBEY_TDM"))

    async def process_request(self, request: Request) -> None:
        if request.meta.get("dont_obey_robotstxt"):
            return
        parts = urlsplit(request.url)
        host = host_key(request.url)
        rules = await self._of(f"{parts.scheme}://{host}")
        if not rules.robots.can_fetch(request.url, self._agent):
            raise Refused("robots_forbidden", f"robots.txt of {host} forbids {parts.path}")
        request.meta["crawl_delay"] = self._delay_s(rules)
        reserved = rules.reservations.reserves(request.url)
        if reserved and self._obey_tdm:
            raise Refused("tdm_reserved", f"{host} reserves {parts.path} against text and data mining")
        request.meta["tdm"] = reserved

    def _delay_s(self, rules: _Parsed) -> float:
        return distance_s(rules.robots, self._agent)

    async def _of(self, origin: str) -> _Parsed:
        if origin not in self._known:
            self._known[origin] = asyncio.ensure_future(self._read(origin))
        return await asyncio.shield(self._known[origin])

    async def _read(self, origin: str) -> _Parsed:
        kept = self._hosts.rules(origin)
        if kept is None or utc_now() - kept.fetched_at > _FRESH:
            try:
                kept = Rules(*await self._ask(origin, kept), utc_now())
                self._hosts.keep_rules(origin, kept)
            except Refused as refused:
                if refused.outcome != "robots_unreachable" or kept is None or utc_now() - kept.fetched_at > _STALE:
                    raise
        return _parsed(kept)

    async def _ask(self, origin: str, kept: Rules | None) -> tuple[bytes, bytes]:
        robots = await self._get(f"{origin}/robots.txt", 0.0 if kept is None else self._delay_s(_parsed(kept)))
        rules = _parsed(Rules(robots, b"", utc_now()))
        delay_s = self._delay_s(rules)
        if delay_s > 0:
            self._hosts.hold(host_key(origin), delay_s)  # the distance counts from robots.txt on
        where = f"{origin}/.well-known/tdmrep.json"
        allowed = rules.robots.can_fetch(where, self._agent)
        try:
            return robots, await self._get(where, delay_s) if allowed else b""
        except Refused as refused:
            if refused.outcome != "robots_unreachable":
                raise
            return robots, b"" if kept is None else kept.tdm  # the protocol: what cannot be had reserves nothing

    async def _get(self, url: str, delay_s: float) -> bytes:
        """The body of a file of rules; empty where there is none."""
        engine = self._crawler.engine
        meta = {"dont_obey_robotstxt": True, "crawl_delay": delay_s}
        request = Request(url, priority=_PRIORITY, meta=meta, callback=NO_CALLBACK)
        try:
            response = await engine.download_async(request)
        except Refused:
            raise
        except IgnoreRequest:
            return b""  # redirects without an end count as no file
        except Exception as error:  # whatever failed, the file was not had
            raise Refused("robots_unreachable", f"{url} cannot be had ({error}), so nothing is asked there") from error
        if response.status == 429 or response.status >= 500:
            raise Refused("robots_unreachable", f"{url} answers {response.status}, so nothing is asked there")
        if response.status != 200:
            return b""
        whole = len(response.body) <= _MOST_BYTES
        return response.body if whole else response.body[:_MOST_BYTES].rpartition(b"\n")[0]

    @property
    def _hosts(self) -> Hosts:
        return self._crawler.spider.hosts  # type: ignore[union-attr,no-any-return]  # there is one while requests are made


def distance_s(robots: Protego, agent: str) -> float:
    """Seconds between two requests that a robots.txt asks for, by Crawl-delay or by Request-rate; a day at most."""
    rate = robots.request_rate(agent)
    asked = max(float(robots.crawl_delay(agent) or 0), rate.seconds / rate.requests if rate and rate.requests else 0.0)
    return min(asked, _LONGEST_DELAY_S)


def _parsed(rules: Rules) -> _Parsed:
    text = rules.robots.decode("utf-8-sig", "replace")
    try:
        robots = Protego.parse(text)
    except ValueError:
        robots = Protego.parse("")
    return _Parsed(robots, parse_reservations(rules.tdm))
