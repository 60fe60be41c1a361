"""`python -m spiders.fetch SPEC`: ask a few addresses as a crawl would, and leave the answers in a folder."""

from __future__ import annotations

import atexit
import gc
import json
import logging
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import scrapy
from pydantic import BaseModel, ConfigDict
from scrapy import Request
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from twisted.python.failure import Failure

from pipeline.lifeline import die_with_stage
from pipeline.logs import setup_logging
from pipeline.settings import CrawlSettings
from pipeline.sources.declaration import Source
from pipeline.store.database import open_database
from pipeline.store.hosts import Hosts
from spiders.answers import web_address, write_report
from spiders.refusals import in_short, outcome_of
from spiders.spec import CrawlSpec

__all__ = ["FetchSpec", "main"]

_REFUSALS = {"robots_forbidden": "robots", "refused": "private"}
_SAYINGS = {
    "no_such_host": ("unreachable", "the name of the host is not known"),
    "timeout": ("timeout", "no answer in time"),
    "too_large": ("too_large", "the answer is too large"),
}


class FetchSpec(BaseModel):
    """What to ask; `source` gives the politeness. Answers go to `folder`: answers.json, and a file a body."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: Source
    crawl: CrawlSettings
    state_url: str
    urls: tuple[str, ...]
    folder: Path
    time_s: float

    def scrapy_settings(self) -> dict[str, Any]:
        """Those of a crawl of the source, and an end."""
        crawl = CrawlSpec(
            run_id="fetch", source=self.source, crawl=self.crawl, state_url=self.state_url, host="",
            spool=self.folder, report=self.folder / "report.json",
        )  # fmt: skip
        return crawl.scrapy_settings() | {"CLOSESPIDER_TIMEOUT": self.time_s}


class FetchSpider(scrapy.Spider):
    """Asks each address once, in order."""

    name = "fetch"

    def __init__(self, spec: FetchSpec, hosts: Hosts) -> None:
        super().__init__()
        self.hosts = hosts
        self._spec = spec
        self._answers: dict[str, dict[str, Any]] = {}

    async def start(self) -> AsyncIterator[Request]:
        for number, url in enumerate(self._spec.urls):
            address = web_address(url, url)
            if address is None:
                self._answers[url] = {"problem": "bad_url", "detail": "not an address that can be asked"}
                continue
            yield Request(
                address,
                callback=self._answered,
                errback=self._failed,
                dont_filter=True,
                priority=-number,
                cb_kwargs={"asked": url, "number": number},
                # A robots.txt may always be asked for (RFC 9309, 2.2).
                meta={"dont_obey_robotstxt": True} if urlsplit(address).path == "/robots.txt" else {},
            )

    def _answered(self, response: Response, asked: str, number: int) -> None:
        body = self._spec.folder / f"{number}.body"
        body.write_bytes(response.body)
        headers = {
            name.decode("latin-1").lower(): (values[-1] or b"").decode("latin-1")
            for name, values in response.headers.items()
        }
        self._answers[asked] = {
            "final_url": response.url, "status": response.status, "headers": headers, "body": body.name,
        }  # fmt: skip

    def _failed(self, failure: Failure) -> None:
        problem, detail = _problem(failure)
        request: Request = failure.request  # type: ignore[attr-defined]  # set by Scrapy
        self._answers[request.cb_kwargs["asked"]] = {"problem": problem, "detail": detail, "final_url": request.url}

    def closed(self, reason: str) -> None:
        """Scrapy calls this when the spider has closed."""
        write_report(self._spec.folder / "answers.json", self._answers)


def _problem(failure: Failure) -> tuple[str, str]:
    """(short word, sentence) for an address that gave no answer."""
    error = failure.value
    outcome, said = outcome_of(error), in_short(error)
    if isinstance(error, IgnoreRequest):
        return _REFUSALS.get(outcome, outcome), said
    if "certificate verify failed" in said.lower() or "ssl routines" in said.lower():
        return "certificate", f"the certificate or the encryption is not in order ({said[:120]})"
    plain = re.sub(r"<?twisted\.python\.failure\.Failure [\w.]+:?\s*|[<>\[\]]", "", said).strip()
    return _SAYINGS.get(outcome, ("unreachable", plain))


def main(spec_path: Path) -> None:
    """Ask the addresses of a spec."""
    from scrapy.crawler import AsyncCrawlerProcess

    die_with_stage()
    atexit.register(gc.freeze)  # a search for cycles at the end takes as long as the asking
    spec = FetchSpec.model_validate(json.loads(spec_path.read_text("utf-8")))
    setup_logging("ERROR")
    with open_database(spec.state_url) as database:
        process = AsyncCrawlerProcess(spec.scrapy_settings())
        logging.getLogger("scrapy").setLevel("ERROR")
        process.crawl(FetchSpider, spec=spec, hosts=Hosts(database))
        process.start()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
