"""A loopback server that writes its answers byte by byte, and notes every request with the moment it came."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import pairwise
from urllib.parse import urlsplit

__all__ = ["Asked", "Page", "Wire", "answer", "listening"]

_LONGEST_HEAD = 2**16


@dataclass(frozen=True, slots=True)
class Asked:
    """A request; `at` is the monotonic time when its head was complete, `headers` have lower-cased names."""

    path: str
    at: float
    headers: Mapping[str, str]


Page = bytes | Callable[[Asked], bytes | Iterable[bytes]]
"""What is written to a request: all of it, as bytes, or a function that gives it, whole or piece by piece."""


def answer(body: bytes | str = b"", status: int | str = 200, *fields: str, kind: str = "text/html") -> bytes:
    """A whole HTTP answer; `fields` are header lines, of which `Content-Length` is left out when one of them is it."""
    raw = body.encode() if isinstance(body, str) else body
    status = f"{status} Said" if isinstance(status, int) else status
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", *fields]
    if not any(field.lower().startswith(("content-length:", "transfer-encoding:")) for field in fields):
        lines.append(f"Content-Length: {len(raw)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + raw


class Wire:
    """A server on one loopback address, with pages by path (with or without its query).

    The connection stays open after an answer, but for one that says `Connection: close`, or that is empty. `closing`
    is set when the server ends: answers that never end wait for it.
    """

    def __init__(self, address: str, *, port: int = 0) -> None:
        self.address, self.port = address, port
        self.pages: dict[str, Page] = {}
        self.asked: list[Asked] = []
        self.connections = 0
        self.closing = threading.Event()
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []

    @property
    def base(self) -> str:
        host = f"[{self.address}]" if ":" in self.address else self.address
        return f"http://{host}:{self.port}"

    def paths(self) -> list[str]:
        """What was asked for, in order."""
        return [one.path for one in self.asked]

    def gaps(self, *, but: str | None = None) -> list[float]:
        """Seconds between one request and the next, without those for the path `but`."""
        moments = sorted(one.at for one in self.asked if one.path != but)
        return [later - earlier for earlier, later in pairwise(moments)]

    def sitemap(self, *urls: str, path: str = "/sitemap.xml") -> None:
        """List addresses, or paths of this server, in a sitemap."""
        places = "".join(f"<url><loc>{self.base if url[:1] == '/' else ''}{url}</loc></url>" for url in urls)
        body = f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{places}</urlset>'
        self.pages[path] = answer(body, kind="application/xml")

    def start(self) -> None:
        family = socket.AF_INET6 if ":" in self.address else socket.AF_INET
        self._listener = socket.create_server((self.address, self.port), family=family, backlog=128)
        self.port = self._listener.getsockname()[1]
        self._begin(self._accept)

    def stop(self) -> None:
        self.closing.set()
        for one in (self._listener, *self._open):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)
        self._listener.close()

    def _begin(self, work: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while not self.closing.is_set():
                connection, _ = self._listener.accept()
                self.connections += 1
                self._open.add(connection)
                self._begin(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            while (asked := _read(connection)) is not None:
                self.asked.append(asked)
                if not self._write(connection, asked):
                    break
        self._open.discard(connection)

    def _write(self, connection: socket.socket, asked: Asked) -> bool:
        """Write the answer; whether the connection stays open."""
        missing = answer("<html><body><p>not here</p></body></html>", 404)
        page = self.pages.get(asked.path, self.pages.get(urlsplit(asked.path).path, missing))
        said = page(asked) if callable(page) else page
        first = b""
        for piece in [said] if isinstance(said, bytes) else said:
            first = first or piece
            connection.sendall(piece)
        return first != b"" and b"\r\nConnection: close" not in first


def _read(connection: socket.socket) -> Asked | None:
    """The head of the next request; None when the other side has gone."""
    head = b""
    while b"\r\n\r\n" not in head and len(head) < _LONGEST_HEAD:
        piece = connection.recv(_LONGEST_HEAD)
        if not piece:
            return None
        head += piece
    at = time.monotonic()
    first, *lines = head.decode("latin-1").partition("\r\n\r\n")[0].split("\r\n")
    fields = (line.partition(":") for line in lines)
    return Asked(first.split(" ")[1], at, {name.strip().lower(): value.strip() for name, _, value in fields})


@contextmanager
def listening(*wires: Wire) -> Iterator[None]:
    """Serve while the block runs."""
    for wire in wires:
        wire.start()
    try:
        yield
    finally:
        for wire in wires:
            wire.stop()
