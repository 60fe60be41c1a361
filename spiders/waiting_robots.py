"""Scrapy's robots.txt middleware, for several requests at once."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.robotstxt import RobotParser

__all__ = ["WaitingRobots"]


class WaitingRobots(RobotsTxtMiddleware):
    """Lets the requests to a host wait in a row until its robots.txt is there.

    In Scrapy 2.19 they share one Deferred, whose value only the first of those who wait is given: the third request
    of three that start together, and every one after it, goes out as if there were no robots.txt.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def robot_parser(self, request: Request) -> RobotParser | None:
        async with self._turns[urlsplit(request.url).netloc]:
            return await super().robot_parser(request)
