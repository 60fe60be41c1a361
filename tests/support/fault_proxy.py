"""An HTTP proxy on loopback in front of one server: it forwards, counts, and fails on demand."""

from __future__ import annotations

import contextlib
import http.client
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal
from urllib.parse import urlsplit

__all__ = ["Fault", "FaultProxy", "proxied"]


@dataclass
class Fault:
    """What to do to requests of a method whose path has some words.

    `refuse` answers 500 without asking the server; `lie` asks it and answers 500; `swallow` asks it and closes the
    connection without an answer; `mute` asks it and answers nothing until the client gives up; `cut` sends half the
    body of the answer.
    """

    kind: Literal["refuse", "lie", "swallow", "mute", "cut"]
    method: str = "PUT"
    words: str = ""
    times: int = 1


@dataclass
class FaultProxy:
    """A running proxy; `seen` counts requests by (method, status), `struck` those that a fault hit.

    With `drop_conditions` the server behind it looks like one that ignores `If-None-Match`.
    """

    upstream: str
    port: int = 0
    faults: list[Fault] = field(default_factory=list)
    seen: Counter[tuple[str, int]] = field(default_factory=Counter)
    struck: int = 0
    drop_conditions: bool = False
    stop: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def fault_for(self, method: str, path: str) -> Fault | None:
        """The fault that strikes this request, used up by it."""
        with self._lock:
            for fault in self.faults:
                if fault.times > 0 and fault.method == method and fault.words in path:
                    fault.times -= 1
                    self.struck += 1
                    return fault
        return None


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, proxy: FaultProxy) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.proxy = proxy


@contextmanager
def proxied(upstream: str) -> Iterator[FaultProxy]:
    """Serve a proxy in front of an `http://host:port`."""
    proxy = FaultProxy(upstream)
    server = _Server(proxy)
    proxy.port = int(server.server_address[1])
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield proxy
    finally:
        proxy.stop.set()
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def _forward(self) -> None:
        proxy = self.server.proxy
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fault = proxy.fault_for(self.command, self.path)
        if fault is not None and fault.kind == "refuse":
            self._answer(500, [], b"")
            return
        status, headers, answer = self._ask(body)
        if fault is None:
            self._answer(status, headers, answer)
        elif fault.kind == "lie":
            self._answer(500, [], b"")
        elif fault.kind == "cut":
            self._answer(status, headers, answer, sent=len(answer) // 2)
        else:
            if fault.kind == "mute":
                proxy.stop.wait()
            self.close_connection = True

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _forward  # noqa: N815 (the names that http.server calls)

    def _ask(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        target = urlsplit(self.server.proxy.upstream)
        dropped = {"expect", "connection"} | ({"if-none-match"} if self.server.proxy.drop_conditions else set())
        connection = http.client.HTTPConnection(target.hostname or "", target.port, timeout=60)
        try:
            # The Host header goes on as it came: it is part of the signature.
            connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() not in dropped:
                    connection.putheader(name, value)
            connection.endheaders(body or None)
            answer = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        except OSError:
            return 502, [], b""
        finally:
            connection.close()

    def _answer(self, status: int, headers: list[tuple[str, str]], body: bytes, *, sent: int | None = None) -> None:
        self.server.proxy.seen[self.command, status] += 1
        self.send_response_only(status)
        length = str(len(body))
        for name, value in headers:
            if name.lower() == "content-length":
                length = value  # that of a HEAD has no body
            elif name.lower() not in ("transfer-encoding", "connection"):
                self.send_header(name, value)
        if status not in (204, 304):
            self.send_header("Content-Length", length)
        self.end_headers()
        self.wfile.write(body if sent is None else body[:sent])
        self.close_connection = self.close_connection or sent is not None

    def handle(self) -> None:
        with contextlib.suppress(ConnectionError):  # the client gave up
            super().handle()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""
