"""Large files from the web: a connection that breaks off is taken up where it was."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from pipeline.errors import FetchError
from pipeline.settings import CrawlSettings
from pipeline.store.database import open_database
from pipeline.store.hosts import Hosts
from spiders.download import Downloads

DATA = hashlib.sha256(b"seed").digest() * 40_000
_CRAWL = CrawlSettings.model_validate({"timeout_s": 5, "retries": 0})


class _Handler(BaseHTTPRequestHandler):
    """Breaks off after a third of what is left, at each of the first requests; `/never` always at once."""

    asked: list[str | None] = []  # noqa: RUF012 (a fresh class for each server)

    def do_GET(self) -> None:
        wanted = self.headers.get("Range")
        if self.path == "/robots.txt":
            self.send_error(404)
            return
        self.asked.append(wanted)
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
        rest = DATA[start:]
        self.send_response(206 if wanted else 200)
        self.send_header("Content-Length", str(len(rest)))
        self.end_headers()
        size = 100_000 if self.path == "/never" else len(rest) if len(self.asked) > 2 else len(rest) // 3
        self.wfile.write(rest[:size])
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[tuple[str, list[str | None]]]:
    asked: list[str | None] = []
    handler = type("Handler", (_Handler,), {"asked": asked})
    running = ThreadingHTTPServer(("127.0.48.1", 0), handler)
    threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    yield f"http://127.0.48.1:{running.server_address[1]}", asked
    running.shutdown()
    running.server_close()


@pytest.fixture
def downloads(tmp_path: Path) -> Iterator[Downloads]:
    with open_database(f"sqlite:///{tmp_path / 'state.db'}") as database:
        yield Downloads(_CRAWL, Hosts(database), delay_s=0, allow_private=True)


def test_what_breaks_off_is_asked_for_the_rest(downloads: Downloads, server: tuple[str, list[str | None]]) -> None:
    address, asked = server
    with downloads.open(f"{address}/file") as download:
        data = b"".join(iter(lambda: download.read(65_536), b""))
    assert data == DATA
    assert len(asked) == 3
    assert asked[0] is None
    assert all(one and one.startswith("bytes=") for one in asked[1:])


def test_what_is_not_there_is_one_clear_error(downloads: Downloads, server: tuple[str, list[str | None]]) -> None:
    address, _ = server
    with pytest.raises(FetchError, match=r"robots\.txt: HTTP status 404"), downloads.open(f"{address}/robots.txt"):
        pass
    with pytest.raises(FetchError, match="cannot be had"), downloads.open("http://127.0.48.2:1/x"):
        pass
