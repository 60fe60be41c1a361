"""Serves the press world on loopback: one process, one socket an outlet."""

import asyncio
import signal
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any, TypeAlias, cast

import uvicorn

from pipeline.demo.world import World

__all__ = ["serve"]

_Message: TypeAlias = MutableMapping[str, Any]  # ASGI's own types
_Receive: TypeAlias = Callable[[], Awaitable[_Message]]
_Send: TypeAlias = Callable[[_Message], Awaitable[None]]


def serve(world: World, *, on_ready: Callable[[], None] | None = None) -> None:
    """Answers on every outlet's address until SIGTERM or SIGINT; `on_ready` is called when all of them listen.

    Raises:
        OSError: an address is taken or cannot be bound; the message names it.
    """
    sockets = _bind(world)
    try:
        config = uvicorn.Config(
            _app(world), lifespan="off", log_config=None, access_log=False, server_header=False, ws="none"
        )
        server = _Server(config, on_ready)
        with _quiet_signals():
            asyncio.run(server.serve(sockets=sockets))
    finally:
        for bound in sockets:
            bound.close()


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None] | None) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self._on_ready is not None:
            self._on_ready()


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
    for outlet in world.outlets:
        bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        sockets.append(bound)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind((outlet.address, outlet.port))
            bound.listen(256)
        except OSError as error:
            for opened in sockets:
                opened.close()
            where = f"{outlet.address}:{outlet.port}"
            raise OSError(error.errno, f"cannot listen on {where} ({error.strerror}); choose another port") from error
    return sockets


def _app(world: World) -> Callable[[_Message, _Receive, _Send], Awaitable[None]]:
    async def app(scope: _Message, _receive: _Receive, send: _Send) -> None:
        if scope["type"] != "http":
            return
        method = cast("str", scope["method"])
        if method not in {"GET", "HEAD"}:
            await send({"type": "http.response.start", "status": 405, "headers": [(b"allow", b"GET, HEAD")]})
            await send({"type": "http.response.body", "body": b""})
            return
        raw = cast("list[tuple[bytes, bytes]]", scope["headers"])
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in raw}
        query = cast("bytes", scope["query_string"]).decode("latin-1")
        reply = world.respond(scope["server"][0], cast("str", scope["path"]), query, headers)
        fields = [(name.lower().encode(), value.encode("latin-1")) for name, value in reply.headers.items()]
        if reply.status != 304:
            fields.append((b"content-length", str(len(reply.body)).encode()))
        await send({"type": "http.response.start", "status": reply.status, "headers": fields})
        await send({"type": "http.response.body", "body": b"" if method == "HEAD" else reply.body})

    return app
