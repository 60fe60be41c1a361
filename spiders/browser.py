"""Pages that only scripts fill: rendered by Chromium through scrapy-playwright, an optional extra, by declaration."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadCancelledError
from scrapy.http import Response

from pipeline.errors import ConfigError
from spiders.guard import is_public
from spiders.pace import Paced

try:
    from playwright.async_api import TimeoutError as PlaywrightTimeoutError
    from scrapy_playwright.handler import ScrapyPlaywrightDownloadHandler
    from scrapy_playwright.page import PageMethod
except ImportError:
    raise ConfigError(
        "javascript = true needs a missing package: run `pip install copydesk[javascript]`, and install Chromium"
    ) from None

if TYPE_CHECKING:
    from playwright.async_api import Page, Request
    from scrapy import Request as ScrapyRequest

__all__ = ["BrowserHandler", "Refusing", "browser_settings", "rendered"]

_NOT_TEXT = ("image", "media", "font", "stylesheet")
_CALM_MS = 5_000


class BrowserHandler(Paced, ScrapyPlaywrightDownloadHandler):  # type: ignore[misc]  # untyped upstream
    """scrapy-playwright's handler with our pace and our limit on a page's size."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._most_bytes = crawler.settings.getint("DOWNLOAD_MAXSIZE")

    async def download_request(self, request: ScrapyRequest) -> Response:
        response: Response = await super().download_request(request)
        if len(response.body) > self._most_bytes:
            raise DownloadCancelledError(f"{request.url}: the rendered page has more than {self._most_bytes} bytes")
        return response


class Refusing:
    """Says which requests of a page are not made: for pictures and the like, and to addresses that are not public."""

    def __init__(self, *, allow_private: bool) -> None:
        self._allow_private = allow_private

    async def __call__(self, request: Request) -> bool:
        parts = urlsplit(request.url)
        if request.resource_type in _NOT_TEXT or parts.scheme not in ("http", "https", "data", "blob"):
            return True
        if self._allow_private or parts.scheme in ("data", "blob"):
            return False
        try:
            answers = await asyncio.get_running_loop().getaddrinfo(parts.hostname, None, type=socket.SOCK_STREAM)
        except OSError:
            return True
        return not all(is_public(str(answer[4][0])) for answer in answers)


def browser_settings(*, allow_private: bool, timeout_s: float, user_agent: str) -> dict[str, Any]:
    """Scrapy's settings for a crawl whose pages a browser renders."""
    # Chromium's sandbox does not work for root, as in most containers.
    arguments = ["--disable-gpu", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    launch: dict[str, Any] = {"args": arguments}
    system = shutil.which("chromium") or shutil.which("google-chrome")
    if system is not None:  # else the one that `playwright install chromium` fetched
        launch["executable_path"] = system
    return {
        "DOWNLOAD_HANDLERS": {"http": "spiders.browser.BrowserHandler", "https": "spiders.browser.BrowserHandler"},
        "PLAYWRIGHT_LAUNCH_OPTIONS": launch,
        "PLAYWRIGHT_CONTEXTS": {"default": {"user_agent": user_agent, "service_workers": "block"}},
        "PLAYWRIGHT_ABORT_REQUEST": Refusing(allow_private=allow_private),
        "PLAYWRIGHT_DEFAULT_NAVIGATION_TIMEOUT": timeout_s * 1000,
        "PLAYWRIGHT_MAX_PAGES_PER_CONTEXT": 4,
    }


def rendered() -> dict[str, Any]:
    """What marks a request for the browser: its page is taken when its network has become calm."""
    return {"playwright": True, "playwright_page_methods": [PageMethod(_become_calm)]}


async def _become_calm(page: Page) -> None:
    with suppress(PlaywrightTimeoutError):  # some pages never are; what is there by then is taken
        await page.wait_for_load_state("networkidle", timeout=_CALM_MS)
