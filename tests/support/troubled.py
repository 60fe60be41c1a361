"""Pages that misbehave, by name: each is what a server may do to a crawler, in good faith or bad."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from itertools import count
from threading import Event

from tests.support.pages import article, paragraphs
from tests.support.wire import Asked, Page, Wire, answer

__all__ = ["STORY", "bomb", "deep", "entities", "good", "troubles"]

_CLOSE = "Connection: close"
STORY = article("A story that is here", paragraphs(77))
_UTF16 = STORY.decode().replace("utf-8", "utf-16").encode("utf-16")


def good(number: int) -> bytes:
    """The answer with an article."""
    return answer(article(f"Good story {number}", paragraphs(number)), kind="text/html; charset=utf-8")


def bomb(gigabytes: int, *, raw: bool = False) -> bytes:
    """A gzip stream (with `raw` a zlib one) of about a megabyte a gigabyte that it unpacks to."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 15 if raw else 31)
    head = packer.compress(b"<p>") + packer.flush(zlib.Z_FULL_FLUSH)
    zeros = packer.compress(bytes(16 * 2**20)) + packer.flush(zlib.Z_FULL_FLUSH)
    return head + zeros * (64 * gigabytes)  # after a full flush a stream can be repeated; its end is missing


def deep(tag: str, levels: int) -> bytes:
    """Elements one in the other."""
    return f"<{tag}>".encode() * levels + b"x" + f"</{tag}>".encode() * levels


def entities(element: str) -> bytes:
    """XML whose entities unpack to a billion words, and that asks for a file of the machine."""
    steps = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    return (
        f'<?xml version="1.0"?><!DOCTYPE {element} [<!ENTITY a0 "word">{steps}<!ENTITY file SYSTEM "file:///etc/passwd">]>'
        f"<{element}><channel><title>&a9;</title></channel><url><loc>&file;</loc></url><item><link>&file;</link></item>"
        f"</{element}>"
    ).encode()


def _stall(closing: Event, *first: bytes) -> Page:
    def pieces(_: Asked) -> Iterator[bytes]:
        yield from first
        closing.wait()

    return pieces


def _for_ever(closing: Event, first: bytes, piece: bytes, *, pause_s: float = 0) -> Page:
    def pieces(_: Asked) -> Iterator[bytes]:
        yield first
        while not closing.wait(pause_s):
            yield piece

    return pieces


def _changing() -> Page:
    numbers = count()
    return lambda _: answer(STORY, 200, f'ETag: "{next(numbers)}"')


def _unchanged(field: str, asks: str) -> Page:
    value = field.partition(": ")[2]

    def page(asked: Asked) -> bytes:
        return answer(b"", "304 Same", field) if asked.headers.get(asks) == value else answer(STORY, 200, field)

    return page


def _hop(asked: Asked) -> bytes:
    left = int(asked.path.rpartition("=")[2])
    return answer("", 302, f"Location: /hop?left={left - 1}") if left else answer(STORY)


def _wants_cookie(asked: Asked) -> bytes:
    return answer(STORY) if "cookie" in asked.headers else answer("", 302, "Location: /cookie", "Set-Cookie: a=b")


def troubles(wire: Wire) -> dict[str, Page]:
    """Pages by name, with `hop`, which redirects lead to. Those that never end do so when the server does."""
    closing = wire.closing
    head = answer(STORY).partition(b"\r\n\r\n")[0]
    no_length = answer("", 200, _CLOSE).replace(b"Content-Length: 0\r\n", b"")
    packed, lines = gzip.compress(STORY), STORY.decode()
    return {
        "drop": lambda _: b"",
        "drop-in-head": b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Ty",
        "drop-in-body": answer(STORY[:900], 200, f"Content-Length: {len(STORY)}", _CLOSE),
        "drop-in-chunk": answer(b"200\r\nhalf a chunk", 200, "Transfer-Encoding: chunked", _CLOSE),
        "stall": _stall(closing),
        "stall-in-body": _stall(closing, head + b"\r\n\r\n" + STORY[:900]),
        "drip-in-body": _for_ever(closing, no_length, b"x", pause_s=0.05),
        "drip-in-head": _for_ever(closing, b"HTTP/1.1 200 OK\r\n", b"X-Field: x\r\n", pause_s=0.05),
        "length-too-long": answer(STORY, 200, f"Content-Length: {len(STORY) + 100}", _CLOSE),
        "length-too-short": answer(STORY + answer("smuggled"), 200, f"Content-Length: {len(STORY)}"),
        "length-no-number": answer(STORY, 200, "Content-Length: many", _CLOSE),
        "length-negative": answer(STORY, 200, "Content-Length: -5", _CLOSE),
        "length-twice": answer(STORY, 200, f"Content-Length: {len(STORY)}", "Content-Length: 3", _CLOSE),
        "length-none": no_length + STORY,
        "endless-body": _for_ever(closing, no_length, b"<p>more</p>" * 5_000),
        "endless-head": _for_ever(closing, b"HTTP/1.1 200 OK\r\n", b"X-Field: " + b"x" * 50_000 + b"\r\n"),
        "announced-huge": _stall(closing, answer("", 200, f"Content-Length: {10**12}")),
        "charset-unknown": answer(STORY, kind="text/html; charset=klingon-8"),
        "charset-wrong": answer(STORY, kind="text/html; charset=ascii"),
        "charset-utf-16": answer(_UTF16, kind="text/html; charset=utf-16"),
        "nul-bytes": answer(STORY.replace(b" ", b" \0")),
        "binary": answer(bytes(range(256)) * 64),
        "empty": answer(b""),
        "deep-html": answer(deep("div", 100_000)),
        "redirect-loop": answer("", 302, "Location: /redirect-loop"),
        "redirects-5": answer("", 302, "Location: /hop?left=4"),
        "redirects-6": answer("", 302, "Location: /hop?left=5"),
        "redirect-to-file": answer("", 302, "Location: file:///etc/passwd"),
        "redirect-to-data": answer("", 302, "Location: data:text/html,x"),
        "redirect-to-ftp": answer("", 302, "Location: ftp://127.0.0.1/x"),
        "redirect-to-nothing": answer("", 302),
        "redirect-broken": answer("", 302, "Location: http://[bad/"),
        "refresh-loop": answer('<meta http-equiv="refresh" content="0; url=/refresh-loop">'),
        "hop": _hop,
        "429-seconds": answer("", 429, "Retry-After: 3600"),
        "429-date": answer("", 429, "Retry-After: Wed, 01 Jan 2098 00:00:00 GMT"),
        "429-huge": answer("", 429, f"Retry-After: {'9' * 400}"),
        "429-garbage": answer("", 429, "Retry-After: in a while"),
        "429-odd-digits": answer("", 429, "Retry-After: \xb2\xb3"),
        "429": answer("", 429),
        "503-seconds": answer("", 503, "Retry-After: 3600"),
        "500": answer("", 500),
        "changing-etag": _changing(),
        "weak-etag": _unchanged('ETag: W/"weak"', "if-none-match"),
        "last-modified": _unchanged("Last-Modified: Wed, 01 Jul 2026 00:00:00 GMT", "if-modified-since"),
        "gzip": answer(packed, 200, "Content-Encoding: gzip"),
        "gzip-cut": answer(packed[: len(packed) // 2], 200, "Content-Encoding: gzip"),
        "gzip-none": answer(STORY, 200, "Content-Encoding: gzip"),
        "gzip-twice": answer(gzip.compress(packed), 200, "Content-Encoding: gzip, gzip"),
        "gzip-hundred-times": answer(packed, 200, f"Content-Encoding: {', '.join(['gzip'] * 100)}"),
        "gzip-bomb": answer(bomb(1), 200, "Content-Encoding: gzip"),
        "deflate": answer(zlib.compress(STORY), 200, "Content-Encoding: deflate"),
        "deflate-bomb": answer(bomb(1, raw=True), 200, "Content-Encoding: deflate"),
        "brotli-none": answer(STORY, 200, "Content-Encoding: br"),
        "encoding-unknown": answer(STORY, 200, "Content-Encoding: squeezed"),
        "header-long": answer(STORY, 200, f"X-Long: {'x' * 15_000}"),
        "header-too-long": answer(STORY, 200, f"X-Long: {'x' * 100_000}"),
        "headers-many": answer(STORY, 200, *(f"X-{number}: y" for number in range(5_000))),
        "header-injection": answer(
            STORY, 200, "ETag: a%0d%0aSet-Cookie: b", "X-Odd: a\rX-Other: b", "no colon", ": no name"
        ),
        "header-not-ascii": answer(STORY, 200, "ETag: \xe9\xff", "Last-Modified: \xfc", "Retry-After: \xb2"),
        "http-0.9": STORY + b"\r\nConnection: close",
        "status-odd": answer(STORY, "299 Well"),
        "status-no-number": answer(STORY, "abc", _CLOSE),
        "status-999": answer(STORY, 999),
        "100-then-200": b"HTTP/1.1 100 Continue\r\n\r\n" + good(100),
        "103-then-200": b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + good(103),
        "101-unasked": answer("", "101 Switching", _CLOSE),
        "204": answer("", "204 Nothing"),
        "206": answer(STORY[:900], 206, f"Content-Range: bytes 0-899/{len(STORY)}"),
        "304-unasked": answer("", "304 Same"),
        "cookie": _wants_cookie,
        "lines-lf-only": answer(STORY).replace(b"\r\n", b"\n"),
        "text-of-lines": answer(lines.replace("<p>", "\r\n" * 50_000)),
    }
