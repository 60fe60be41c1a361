"""A forward proxy on loopback that logs every host that is asked for, and blocks nothing."""

from __future__ import annotations

import ipaddress
import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

__all__ = ["ForwardProxy", "logging_proxy"]


class ForwardProxy(ThreadingHTTPServer):
    """`asked` holds (method, host, port) of every request."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[tuple[str, str, int]] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def outside(self) -> set[str]:
        """Hosts beyond loopback that were asked for."""
        return {host for _, host, _ in self.asked if not _is_loopback(host)}


@contextmanager
def logging_proxy() -> Iterator[ForwardProxy]:
    """Serve a proxy while the block runs."""
    proxy = ForwardProxy()
    threading.Thread(target=proxy.serve_forever, daemon=True).start()
    try:
        yield proxy
    finally:
        proxy.shutdown()
        proxy.server_close()


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: ForwardProxy

    def do_CONNECT(self) -> None:
        host, _, port = self.path.rpartition(":")
        self.server.asked.append((self.command, host.strip("[]"), int(port)))
        upstream = self._open(host.strip("[]"), int(port))
        if upstream is not None:
            with upstream:
                self.send_response_only(200, "Connection established")
                self.end_headers()
                self._pump(upstream)

    def _forward(self) -> None:
        url = urlsplit(self.path)
        host, port = url.hostname or "", url.port or 80
        self.server.asked.append((self.command, host, port))
        upstream = self._open(host, port)
        if upstream is None:
            return
        target = (url.path or "/") + (f"?{url.query}" if url.query else "")
        dropped = {"proxy-connection", "connection", "keep-alive"}
        lines = [f"{name}: {value}" for name, value in self.headers.items() if name.lower() not in dropped]
        head = "\r\n".join([f"{self.command} {target} HTTP/1.1", *lines, "Connection: close", "", ""])
        with upstream:
            upstream.sendall(head.encode("latin-1") + self.rfile.read(int(self.headers.get("Content-Length") or 0)))
            while data := upstream.recv(65536):
                self.wfile.write(data)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = _forward  # noqa: N815 (http.server's names)

    def _open(self, host: str, port: int) -> socket.socket | None:
        self.close_connection = True
        try:
            return socket.create_connection((host, port), 10)
        except (OSError, AssertionError) as error:  # the suite's own fence raises the latter
            self.send_error(502, type(error).__name__)
            return None

    def _pump(self, upstream: socket.socket) -> None:
        """Both ways until either side ends."""
        pair = {self.connection: upstream, upstream: self.connection}
        while True:
            ready, _, _ = select.select(list(pair), [], [], 300)
            for side in ready:
                data = side.recv(65536)
                if not data:
                    return
                pair[side].sendall(data)
            if not ready:
                return

    def handle(self) -> None:
        try:
            super().handle()
        except OSError:
            self.close_connection = True  # one of the two gave up

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""
