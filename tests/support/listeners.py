"""A webhook and a mail server on loopback that keep what they are sent."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

__all__ = ["Listeners", "listening"]


@dataclass
class Listeners:
    """What came: JSON bodies of the webhook, and mails as they were sent. `fail` makes the webhook answer 500."""

    hook: str = ""
    mail: str = ""
    hooked: list[dict[str, Any]] = field(default_factory=list)
    mailed: list[str] = field(default_factory=list)
    fail: bool = False

    def said(self, words: str) -> bool:
        """Whether the webhook was told something with these words."""
        return any(words in f"{one['title']}\n{one['message']}" for one in self.hooked)


@contextmanager
def listening() -> Iterator[Listeners]:
    """Both servers on free ports while the block runs; `hook` and `mail` are their addresses as Apprise writes them."""
    found = Listeners()
    web = ThreadingHTTPServer(("127.0.0.1", 0), _hook(found))
    post = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _mail(found))
    post.daemon_threads = web.daemon_threads = True
    for server in (web, post):
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    found.hook = f"json://127.0.0.1:{web.server_address[1]}/alerts"
    found.mail = f"mailto://127.0.0.1:{post.server_address[1]}?from=desk@example.org&to=op@example.org&mode=insecure"
    try:
        yield found
    finally:
        for server in (web, post):
            server.shutdown()
            server.server_close()


def _hook(found: Listeners) -> type[BaseHTTPRequestHandler]:
    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if not found.fail:
                found.hooked.append(json.loads(body))
            self.send_response(500 if found.fail else 200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing."""

    return Hook


def _mail(found: Listeners) -> type[socketserver.StreamRequestHandler]:
    class Mail(socketserver.StreamRequestHandler):
        """As much of SMTP (RFC 5321) as one mail takes."""

        def handle(self) -> None:
            self._say("220 ready")
            for line in iter(self.rfile.readline, b""):
                word = line.split()[0].upper() if line.strip() else b""
                if word == b"DATA":
                    self._say("354 go on")
                    lines = list(iter(self.rfile.readline, b".\r\n"))
                    found.mailed.append(b"".join(lines).decode())
                self._say("221 bye" if word == b"QUIT" else "250 ok")
                if word == b"QUIT":
                    return

        def _say(self, text: str) -> None:
            self.wfile.write(f"{text}\r\n".encode())

    return Mail
