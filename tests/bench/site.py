"""`python -m tests.bench.site PORT PAGES WORDS LOG`: a site of generated pages, served fast."""

from __future__ import annotations

import random
import sys
from pathlib import Path
from typing import IO, Any

import uvicorn

__all__ = ["SiteOfPages"]

_IN_A_SITEMAP = 10_000


class SiteOfPages:
    """An ASGI application: `/sitemap.xml`, which names sitemaps of 10,000 pages each, and `/2026/story-<n>/`."""

    def __init__(self, base: str, pages: int, words: int, log: IO[bytes]) -> None:
        self._log = log
        dice = random.Random(7)
        self._words = ["".join(dice.choices("abcdefghijklmnoprstuvw", k=dice.randint(2, 10))) for _ in range(4_000)]
        self._base, self._pages, self._paragraphs = base, pages, max(1, words // 80)

    async def __call__(self, scope: Any, _: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        self._log.write(f"{scope['path']}\n".encode())
        status, mime, body = self._answer(scope["path"])
        headers = [(b"content-type", mime), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _answer(self, path: str) -> tuple[int, bytes, bytes]:
        if path == "/sitemap.xml":
            parts = range(0, self._pages, _IN_A_SITEMAP)
            return 200, b"application/xml", _sitemap("sitemap", [f"{self._base}/part-{start}.xml" for start in parts])
        if path.startswith("/part-"):
            start = int(path.removeprefix("/part-").removesuffix(".xml"))
            numbers = range(start, min(start + _IN_A_SITEMAP, self._pages))
            urls = [f"{self._base}/2026/story-{number}/" for number in numbers]
            return 200, b"application/xml", _sitemap("url", urls)
        if path.startswith("/2026/"):
            return 200, b"text/html; charset=utf-8", self._page(path).encode()
        return 404, b"text/plain", b"not here"

    def _page(self, path: str) -> str:
        dice = random.Random(path)
        paragraphs = (f"<p>{' '.join(dice.choices(self._words, k=80))}.</p>" for _ in range(self._paragraphs))
        return f"<!DOCTYPE html><html><head><title>{path}</title></head><body><article>{''.join(paragraphs)}</article>"


def _sitemap(name: str, urls: list[str]) -> bytes:
    places = "".join(f"<{name}><loc>{url}</loc></{name}>" for url in urls)
    return f'<{name}set xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{places}</{name}set>'.encode()


def main(port: int, pages: int, words: int, log: str) -> None:
    """Serve until the process is told to stop."""
    with Path(log).open("ab", buffering=0) as file:
        _serve(port, SiteOfPages(f"http://127.0.60.1:{port}", pages, words, file))


def _serve(port: int, app: SiteOfPages) -> None:
    config = uvicorn.Config(app, host="127.0.60.1", port=port, log_level="warning", lifespan="off", access_log=False)
    server = uvicorn.Server(config)
    started = server.startup

    async def startup(sockets: Any = None) -> None:
        await started(sockets)
        sys.stdout.write("listening\n")
        sys.stdout.flush()

    server.startup = startup  # type: ignore[method-assign]
    server.run()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
