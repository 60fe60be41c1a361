"""The contract between a stage and its crawl child: the spec it is given and the report it leaves behind."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from pipeline.models import Window
from pipeline.settings import CrawlSettings
from pipeline.sources.declaration import Source

__all__ = ["CrawlSpec"]


class CrawlSpec(BaseModel):
    """What one crawl child does; written as JSON by the stage."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    run_id: str
    source: Source
    crawl: CrawlSettings
    state_url: str
    host: str
    spool: Path
    report: Path
    window_start: date | None = None
    window_end: date | None = None
    max_pages: int | None = None
    in_full: tuple[int, ...] = ()  # entries to ask for in full: their declaration changed

    @property
    def window(self) -> Window | None:
        """The window, when both days are given."""
        if self.window_start is None or self.window_end is None:
            return None
        return Window(self.window_start, self.window_end)

    def scrapy_settings(self) -> dict[str, Any]:
        """Scrapy's settings for this crawl; the reasons stand beside the values."""
        polite = self.source.politeness
        return {
            "USER_AGENT": self.crawl.user_agent,
            "ROBOTSTXT_OBEY": True,
            "DOWNLOAD_VERIFY_CERTIFICATES": True,
            "DOWNLOAD_TIMEOUT": self.crawl.timeout_s,
            "DOWNLOAD_MAXSIZE": self.crawl.max_bytes,
            "DOWNLOAD_WARNSIZE": 0,
            "DOWNLOAD_DELAY": polite.delay_s,
            "RANDOMIZE_DOWNLOAD_DELAY": False,  # a Crawl-delay is a promise, not an average
            "CONCURRENT_REQUESTS": self.crawl.concurrency,
            "CONCURRENT_REQUESTS_PER_DOMAIN": polite.concurrency,
            "REDIRECT_MAX_TIMES": self.crawl.max_redirects,
            "RETRY_TIMES": self.crawl.retries,
            "COOKIES_ENABLED": False,
            "REFERER_ENABLED": False,
            "TELNETCONSOLE_ENABLED": False,
            "REMOTE_CONTROL_ENABLED": False,  # by default it runs any Python sent to a local port
            "HTTPCACHE_ENABLED": False,
            "LOG_LEVEL": "WARNING",
            "LOGSTATS_INTERVAL": 0,
            "DOWNLOADER_MIDDLEWARES": {
                "spiders.guard.AddressGuard": 50,
                "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
                "spiders.waiting_robots.WaitingRobots": 100,
                "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
                "scrapy.downloadermiddlewares.retry.RetryMiddleware": None,
                "spiders.retry.PatientRetry": 550,
            },
            # Every answer reaches the spider, so that every address ends in an outcome.
            "SPIDER_MIDDLEWARES": {"scrapy.spidermiddlewares.httperror.HttpErrorMiddleware": None},
        }
