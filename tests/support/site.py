"""A small site on loopback whose pages a test writes; it counts what it was asked for."""

from __future__ import annotations

import hashlib
import re
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

__all__ = ["Site", "serving"]


@dataclass
class Site:
    """Pages by path: bytes, or (status, headers, bytes). `asked` counts requests by (path, status).

    A part of a page is given where a request asks for it by `Range`.
    """

    address: str
    port: int = 0
    pages: dict[str, bytes | tuple[int, Mapping[str, str], bytes]] = field(default_factory=dict)
    asked: Counter[tuple[str, int]] = field(default_factory=Counter)

    @property
    def base(self) -> str:
        return f"http://{self.address}:{self.port}"

    def find(self, path: str) -> bytes | tuple[int, Mapping[str, str], bytes] | None:
        """What stands at a path with its query; None for nothing."""
        return self.pages.get(path, self.pages.get(urlsplit(path).path))

    def sitemap(self, *paths: str) -> None:
        """List the paths in /sitemap.xml."""
        urls = "".join(f"<url><loc>{self.base}{path}</loc></url>" for path in paths)
        body = f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>'
        self.pages["/sitemap.xml"] = (200, {"Content-Type": "application/xml"}, body.encode())

    def declaration(
        self,
        name: str,
        *,
        kind: str = "news",
        entry: str = "sitemap",
        path: str = "/sitemap.xml",
        schedule: str = "0 0 29 2 *",
        more: str = "",
    ) -> str:
        """TOML that declares the site as a source; its schedule is so rare that no test sees it fire by itself."""
        return (
            f'id = "{name}"\nname = "{name.title()}"\nkind = "{kind}"\nhomepage = "{self.base}/"\n'
            f'allow_private = true\nschedule = "{schedule}"\n{more}'
            f'[[entry]]\nkind = "{entry}"\nurl = "{self.base}{path}"\n[politeness]\ndelay_s = 0.0\n'
        )


@contextmanager
def serving(*sites: Site) -> Iterator[None]:
    """Serve the sites, each on its own loopback address and a free port, while the block runs."""
    servers = []
    for site in sites:
        server = ThreadingHTTPServer((site.address, site.port), _handler(site))
        server.daemon_threads = True
        site.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        servers.append(server)
    try:
        yield
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()


def _handler(site: Site) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            found = site.find(self.path)
            status, headers, body = _answer(found, self.headers.get("If-None-Match"))
            if status == 200 and (wanted := re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))):
                start, end = int(wanted[1]), int(wanted[2] or len(body) - 1)
                status, body = 206, body[start : end + 1]
            site.asked[self.path, status] += 1
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing."""

    return Handler


def _answer(
    found: bytes | tuple[int, Mapping[str, str], bytes] | None, tag: str | None
) -> tuple[int, Mapping[str, str], bytes]:
    if found is None:
        return 404, {"Content-Type": "text/html"}, b"<html><body><p>not here</p></body></html>"
    status, headers, body = found if isinstance(found, tuple) else (200, {}, found)
    etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
    if status == 200 and tag == etag:
        return 304, {"ETag": etag}, b""
    return status, {"Content-Type": "text/html; charset=utf-8", "ETag": etag, **headers}, body
