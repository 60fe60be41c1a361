"""Files from the web that are too large for a page's memory: asked as politely and as guarded as pages are."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urljoin

import urllib3
from protego import Protego
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from pipeline.errors import FetchError
from pipeline.settings import CrawlSettings
from pipeline.store.hosts import Hosts
from spiders.answers import host_key
from spiders.guard import is_public
from spiders.robots import distance_s

__all__ = ["Download", "Downloads"]

_PAUSES_S = (1.0, 5.0)


class Downloads:
    """Streams files; one at a time, robots.txt obeyed, and from public addresses alone unless it is allowed.

    Raises:
        FetchError: a file cannot be had.
    """

    def __init__(self, crawl: CrawlSettings, hosts: Hosts, *, delay_s: float, allow_private: bool) -> None:
        self._agent = crawl.user_agent
        self._product = self._agent.partition("/")[0].strip()
        self._hosts = hosts
        self._delay_s = delay_s
        self._robots: dict[str, Protego | None] = {}
        timeout = urllib3.Timeout(connect=crawl.timeout_s, read=crawl.timeout_s)
        retries = urllib3.Retry(crawl.retries, redirect=crawl.max_redirects, status_forcelist=(429, 500, 502, 503, 504))
        self._pool = urllib3.PoolManager(
            headers={"User-Agent": self._agent, "Accept-Encoding": "identity"},
            timeout=timeout, retries=retries, ssl_context=ssl.create_default_context(),
        )  # fmt: skip
        if not allow_private:
            self._pool.pool_classes_by_scheme = {"http": _GuardedPool, "https": _GuardedSecurePool}

    @contextmanager
    def open(self, url: str) -> Iterator[Download]:
        """A file as it comes; where the connection breaks off it is asked for the rest."""
        if not self._allowed(url):
            raise FetchError(f"{url} is closed to robots by its host's robots.txt; ask the host, or fetch it yourself")
        delay_s = max(self._delay_s, self._crawl_delay(url))
        if delay_s > 0:
            self._turn(url, delay_s)
        download = Download(self._pool, url)
        try:
            yield download
        finally:
            download.close()

    def _turn(self, url: str, delay_s: float) -> None:
        host = host_key(url)
        while (turn := self._hosts.claim(host, delay_s)).wait_s > 0:
            if turn.resting_until is not None:
                raise FetchError(f"{host} asked to be left alone until {turn.resting_until:%Y-%m-%d %H:%M} UTC")
            time.sleep(turn.wait_s)

    def _allowed(self, url: str) -> bool:
        host = urljoin(url, "/")
        if host not in self._robots:
            self._robots[host] = self._rules(urljoin(host, "robots.txt"))
        rules = self._robots[host]
        return rules is None or rules.can_fetch(url, self._product)

    def _crawl_delay(self, url: str) -> float:
        rules = self._robots[urljoin(url, "/")]
        return distance_s(rules, self._product) if rules is not None else 0.0

    def _rules(self, url: str) -> Protego | None:
        """What robots.txt says; one that is not there forbids nothing, one that cannot be had forbids everything."""
        try:
            answer = self._pool.request("GET", url, preload_content=False)
            try:
                text = answer.read(512 * 1024).decode("utf-8", "replace")
            finally:
                answer.release_conn()
        except (HTTPError, OSError) as error:
            raise FetchError(f"{url} cannot be had ({error}), so nothing is asked there; run again later") from error
        if answer.status == 429 or answer.status >= 500:
            raise FetchError(f"{url} answers {answer.status}, so nothing is asked there; run again later")
        return Protego.parse(text) if answer.status == 200 else None


class Download:
    """The bytes of one file in order."""

    def __init__(self, pool: urllib3.PoolManager, url: str) -> None:
        self._pool = pool
        self._url = url
        self._offset = 0
        self._answer = self._ask()

    def read(self, size: int = -1, /) -> bytes:
        """Up to `size` bytes; none at the end.

        Raises:
            FetchError: it breaks off again and again.
        """
        for pause_s in (*_PAUSES_S, None):
            try:
                data = self._answer.read(size if size > 0 else 2**16)
            except (HTTPError, OSError) as error:
                if pause_s is None:
                    raise FetchError(f"{self._url} breaks off at byte {self._offset}: {error}; run again") from error
                time.sleep(pause_s)
                self.close()
                self._answer = self._ask()
            else:
                self._offset += len(data)
                return data
        raise AssertionError

    def close(self) -> None:
        """Leave the connection."""
        self._answer.close()

    def _ask(self) -> urllib3.BaseHTTPResponse:
        headers = dict(self._pool.headers) | ({"Range": f"bytes={self._offset}-"} if self._offset else {})
        try:
            answer = self._pool.request("GET", self._url, headers=headers, preload_content=False, decode_content=False)
        except (HTTPError, OSError) as error:
            raise FetchError(f"{self._url} cannot be fetched: {error}; check the address, then run again") from error
        wanted = 206 if self._offset else 200
        if answer.status != wanted:
            answer.close()
            raise FetchError(f"{self._url}: HTTP status {answer.status}; check the address, or run again later")
        return answer


def _check_peer(connection: HTTPConnection) -> None:
    """Close a connection that leads to an address which is not public, before anything is asked."""
    assert connection.sock is not None
    address = str(connection.sock.getpeername()[0])
    if not is_public(address):
        connection.close()
        raise FetchError(
            f"{connection.host} is a private address; set allow_private = true in the declaration to allow it"
        )


class _GuardedConnection(HTTPConnection):
    def connect(self) -> None:
        super().connect()
        _check_peer(self)


class _GuardedSecureConnection(HTTPSConnection):
    def connect(self) -> None:
        super().connect()
        _check_peer(self)


class _GuardedPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _GuardedConnection


class _GuardedSecurePool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _GuardedSecureConnection
