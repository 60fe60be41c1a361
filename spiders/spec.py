"""The contract between a stage and its crawl child: the spec it is given and the report it leaves behind."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from pipeline.models import Window
from pipeline.settings import CrawlSettings, S3Settings
from pipeline.sources.declaration import ARCHIVED, CRAWLED, EntryKind, Source
from pipeline.store.frontier import Lane

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
    captured_start: date | None = None
    captured_end: date | None = None
    lane: Lane = Lane.LIVE
    s3: S3Settings = S3Settings()
    in_full: tuple[int, ...] = ()  # entries to ask for in full: their declaration changed

    @property
    def window(self) -> Window | None:
        """The window, when both days are given."""
        if self.window_start is None or self.window_end is None:
            return None
        return Window(self.window_start, self.window_end)

    @property
    def captured(self) -> Window | None:
        """Days on which copies of the window's texts were made, for archives."""
        if self.captured_start is None or self.captured_end is None:
            return None
        return Window(self.captured_start, self.captured_end)

    @property
    def days(self) -> Window | None:
        """The days that listings are asked for: of the texts, or of their copies."""
        return self.captured if self.lane else self.window

    @property
    def kinds(self) -> tuple[EntryKind, ...]:
        """Kinds of entry that this crawl asks."""
        return ARCHIVED if self.lane else CRAWLED

    def scrapy_settings(self) -> dict[str, Any]:
        """Scrapy's settings for this crawl; the reasons stand beside the values."""
        polite = self.source.politeness
        settings = {
            "USER_AGENT": self.crawl.user_agent,
            "DOWNLOAD_VERIFY_CERTIFICATES": True,
            "DOWNLOAD_TIMEOUT": self.crawl.timeout_s,
            "DOWNLOAD_MAXSIZE": self.crawl.max_bytes,
            "DOWNLOAD_WARNSIZE": 0,
            "DOWNLOAD_DELAY": 0,  # our handler keeps the distance, also to other crawls
            "CONCURRENT_REQUESTS": self.crawl.concurrency,
            "CONCURRENT_REQUESTS_PER_DOMAIN": polite.concurrency,
            "CONCURRENT_ITEMS": 1,  # our callback yields nothing, and Scrapy starts so many tasks for each answer
            "REDIRECT_MAX_TIMES": self.crawl.max_redirects,
            "RETRY_TIMES": self.crawl.retries,
            "COOKIES_ENABLED": False,
            "REFERER_ENABLED": False,
            "HTTPCACHE_ENABLED": False,
            "LOG_INSTALL_ROOT_HANDLER": False,
            "LOGSTATS_INTERVAL": 0,
            # Two of the usual ones run any Python sent to a local port, and loading them all is a tenth of the start.
            "EXTENSIONS_BASE": {},
            "EXTENSIONS": {"scrapy.extensions.closespider.CloseSpider": 0},
            "TWISTED_DNS_RESOLVER": "spiders.guard.GuardedResolver",
            "DOWNLOAD_HANDLERS": {"http": "spiders.pace.Paced", "https": "spiders.pace.Paced"},
            "DOWNLOADER_MIDDLEWARES": {
                "spiders.robots.SiteRules": 100,
                "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
                "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
                "scrapy.downloadermiddlewares.httpauth.HttpAuthMiddleware": None,
                "scrapy.downloadermiddlewares.retry.RetryMiddleware": None,
                "spiders.retry.PatientRetry": 550,
                "scrapy.downloadermiddlewares.stats.DownloaderStats": None,
                "spiders.pace.HostCare": 900,
                "spiders.guard.AddressGuard": 990,
            },
            "SPIDER_MIDDLEWARES": {
                # Every answer reaches the spider, so that every address ends in an outcome.
                "scrapy.spidermiddlewares.httperror.HttpErrorMiddleware": None,
                # The frontier keeps to length and depth.
                "scrapy.spidermiddlewares.urllength.UrlLengthMiddleware": None,
                "scrapy.spidermiddlewares.depth.DepthMiddleware": None,
            },
            "COPYDESK_ALLOW_PRIVATE": self.source.allow_private,
            "COPYDESK_DELAY_S": polite.delay_s,
            "COPYDESK_OBEY_TDM": self.source.obey_tdm,
        }
        if self.source.javascript:
            from spiders.browser import browser_settings

            crawl = self.crawl
            settings |= browser_settings(
                allow_private=self.source.allow_private, timeout_s=crawl.timeout_s, user_agent=crawl.user_agent
            )
        return settings
