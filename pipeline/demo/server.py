"""Serves the press world on loopback: one process, one socket an outlet and one to control it."""

import asyncio
import gc
import json
import math
import signal
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TypeAlias, cast

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from pipeline.demo.control import CONTROL, Served, answer
from pipeline.demo.troubles import Trouble
from pipeline.demo.world import Reply, World

__all__ = ["serve"]

_Message: TypeAlias = MutableMapping[str, Any]  # ASGI's own types
_Receive: TypeAlias = Callable[[], Awaitable[_Message]]
_Send: TypeAlias = Callable[[_Message], Awaitable[None]]
_LONGEST_BODY = 65_536  # bytes
_ROWS = 20  # rows of the truth that are written at once


def serve(world: World, *, on_ready: Callable[[], None] | None = None) -> None:
    """Answers on every outlet's address and on the control address until SIGTERM or SIGINT.

    `on_ready` is called when all of them listen.

    Raises:
        OSError: an address is taken or cannot be bound; the message names it.
    """
    sockets = _bind(world)
    gc.collect()
    gc.freeze()  # a large world would be walked again and again
    try:
        app = _App(Served(world))
        config = uvicorn.Config(
            app, lifespan="off", log_config=None, access_log=False, server_header=False, ws="none", http=_Protocol
        )
        server = _Server(config, app.leaving, on_ready)
        with _quiet_signals():
            asyncio.run(server.serve(sockets=sockets))
    finally:
        for bound in sockets:
            bound.close()


class _Protocol(H11Protocol):
    """Tells the application its connection, so that it can break it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        app = self.app

        async def connected(scope: Any, receive: Any, send: Any) -> None:
            scope["transport"] = transport
            await app(scope, receive, send)

        self.app = connected


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, leaving: asyncio.Event, on_ready: Callable[[], None] | None) -> None:
        super().__init__(config)
        self._leaving, self._on_ready = leaving, on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self._on_ready is not None:
            self._on_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._leaving.set()
        await super().shutdown(sockets=sockets)


@contextmanager
def _quiet_signals() -> Iterator[None]:
    """Swallows the signal that ended the server: uvicorn raises it again after its stop."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, lambda *_: None) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _bind(world: World) -> list[socket.socket]:
    sockets: list[socket.socket] = []
    port = world.outlets[0].port
    for address in (CONTROL, *(outlet.address for outlet in world.outlets)):
        bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # named: asyncio sets no delay
        sockets.append(bound)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind((address, port))
            bound.listen(256)
        except OSError as error:
            for opened in sockets:
                opened.close()
            where = f"{address}:{port}"
            raise OSError(error.errno, f"cannot listen on {where} ({error.strerror}); choose another port") from error
    return sockets


@dataclass(frozen=True, slots=True)
class _Call:
    """A request and the ways to answer it."""

    scope: _Message
    receive: _Receive
    send: _Send

    @property
    def method(self) -> str:
        return cast("str", self.scope["method"])

    @property
    def path(self) -> str:
        return cast("str", self.scope["path"])

    @property
    def query(self) -> str:
        return cast("bytes", self.scope["query_string"]).decode("latin-1")

    async def body(self) -> bytes:
        """The request's body, cut at 64 KiB."""
        body, more = b"", True
        while more and len(body) < _LONGEST_BODY:
            message = await self.receive()
            body += message.get("body", b"")
            more = bool(message.get("more_body"))
        return body

    async def start(self, reply: Reply) -> None:
        fields = [(name.lower().encode(), value.encode("latin-1")) for name, value in reply.headers.items()]
        if reply.status != 304:
            fields.append((b"content-length", str(len(reply.body)).encode()))
        await self.send({"type": "http.response.start", "status": reply.status, "headers": fields})

    async def answer(self, reply: Reply) -> None:
        await self.start(reply)
        await self.send({"type": "http.response.body", "body": b"" if self.method == "HEAD" else reply.body})

    async def gone(self) -> None:
        """Waits until the connection is closed, by either side."""
        while (await self.receive())["type"] != "http.disconnect":
            pass

    async def close(self) -> None:
        """Sends what was written and closes the connection, whatever was promised."""
        self.scope["transport"].close()
        await self.gone()


@dataclass(frozen=True, slots=True)
class _App:
    """The ASGI application of all addresses; `leaving` is set when the server stops."""

    served: Served
    leaving: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, scope: _Message, receive: _Receive, send: _Send) -> None:
        if scope["type"] != "http":
            return
        call = _Call(scope, receive, send)
        address = cast("str", scope["server"][0])
        if address != CONTROL:
            await self._outlet(call, address)
        elif (call.method, call.path) == ("GET", "/truth"):
            await self._truth(call)
        else:
            await call.answer(await answer(self.served, call.method, call.path, call.query, await call.body()))

    async def _outlet(self, call: _Call, address: str) -> None:
        source = next(outlet.source for outlet in self.served.world.outlets if outlet.address == address)
        if call.method not in {"GET", "HEAD"}:
            self.served.count(source, "405")
            await call.answer(Reply(405, {"Allow": "GET, HEAD"}, b""))
            return
        trouble = self.served.trouble(source, f"{call.path}?{call.query}")
        if trouble is not None and trouble.kind != "slow":
            self.served.count(source, "503" if trouble.kind == "error" else trouble.kind)
            await self._suffer(call, address, trouble)
            return
        if trouble is not None:
            await self._wait(self.leaving.wait(), trouble.seconds)
        raw = cast("list[tuple[bytes, bytes]]", call.scope["headers"])
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in raw}
        reply = self.served.world.respond(address, call.path, call.query, headers)
        self.served.count(source, str(reply.status))
        await call.answer(reply)

    async def _suffer(self, call: _Call, address: str, trouble: Trouble) -> None:
        match trouble.kind:
            case "error":
                headers = {"Content-Type": "text/plain; charset=utf-8", "Retry-After": str(math.ceil(trouble.seconds))}
                await call.answer(Reply(503, headers, b"The presses stand still.\n"))
                return
            case "partial":
                reply = self.served.world.respond(address, call.path, call.query, {})
                await call.start(reply)
                half = reply.body[: len(reply.body) // 2]
                await call.send({"type": "http.response.body", "body": half, "more_body": True})
            case "hang":
                gone, leaving = (asyncio.ensure_future(one) for one in (call.gone(), self.leaving.wait()))
                await asyncio.wait((gone, leaving), return_when=asyncio.FIRST_COMPLETED)
                gone.cancel()
                leaving.cancel()
        await call.close()

    async def _wait(self, event: Awaitable[object], seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(event, seconds)

    async def _truth(self, call: _Call) -> None:
        """Streams the truth of the moment of asking, written in a thread a few rows at a time."""
        await call.send(
            {
                "type": "http.response.start",
                "status": 200,
                "headers": [(b"content-type", b"application/x-ndjson; charset=utf-8")],
            }
        )
        rows = self.served.world.truth()
        await call.body()
        gone = asyncio.ensure_future(call.gone())
        while lines := await asyncio.to_thread(_lines, rows):
            if gone.done() or self.leaving.is_set():
                await call.close()
                return
            await call.send({"type": "http.response.body", "body": lines, "more_body": True})
        gone.cancel()
        await call.send({"type": "http.response.body", "body": b""})


def _lines(rows: Iterator[dict[str, object]]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in islice(rows, _ROWS)).encode()
