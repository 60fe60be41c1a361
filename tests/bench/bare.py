"""`python -m tests.bench.bare BASE`: a Scrapy spider with nothing on, as people write it first."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from typing import Any

import scrapy
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.http import Response

__all__ = ["BareSpider"]


class BareSpider(scrapy.Spider):
    """Asks for the sitemaps, then for every page that they name."""

    name = "bare"

    def parse(self, response: Response) -> Iterator[scrapy.Request]:
        for url in re.findall(r"<loc>([^<]+)</loc>", response.text):
            yield scrapy.Request(url, callback=self.parse if url.endswith(".xml") else self.page)

    def page(self, response: Response) -> None:
        self.crawler.stats.inc_value("bytes_seen", len(response.body))


def main(base: str) -> None:
    """Crawl with Scrapy's defaults, at the same concurrency as ours."""
    settings: dict[str, Any] = {
        "LOG_LEVEL": "WARNING", "CONCURRENT_REQUESTS": 16, "CONCURRENT_REQUESTS_PER_DOMAIN": 16, "DOWNLOAD_DELAY": 0,
        "TELNETCONSOLE_ENABLED": False, "REMOTE_CONTROL_ENABLED": False,
    }  # fmt: skip
    process = AsyncCrawlerProcess(settings)
    process.crawl(BareSpider, start_urls=[f"{base}/sitemap.xml"])
    process.start()


if __name__ == "__main__":
    main(sys.argv[1])
