"""`python -m flows.server`: the Prefect server, with a policy that keeps its pages on this machine.

Prefect 3.8's pages call an analytics host before they read the setting that should stop them, and load parts of their
documentation from others; the Content-Security-Policy makes a browser drop such calls before they leave. Beside its
pages stand those about our runs, `/reports/<run>.html`, and the measures, `/metrics`. Host, port and the rest come from
the PREFECT_SERVER_* variables, as with `prefect server start`.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from prefect.server.api.server import create_app
from prefect.server.database.configurations import AioSqliteConfiguration
from prefect.server.database.dependencies import provide_database_interface, temporary_database_config
from prefect.settings import get_current_settings
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from flows.pages import OurPages

__all__ = ["main"]

# The pages have style attributes, and draw graphs in workers made of blobs that compile functions.
_POLICY = (
    "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; connect-src 'self'; form-action 'self'; "
    "base-uri 'self'; object-src 'none'; frame-ancestors 'none'"
)
_HEADERS = [
    (b"content-security-policy", _POLICY.encode()),
    (b"referrer-policy", b"same-origin"),
    (b"x-dns-prefetch-control", b"off"),
]


class _StayHome:
    """ASGI middleware: the policy on every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_policy(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *_HEADERS]
            await send(message)

        await self._app(scope, receive, with_policy if scope["type"] == "http" else send)


class _Queued(AioSqliteConfiguration):
    """SQLite whose transactions wait for one another.

    Prefect begins most of them as readers. One that turns writer after another has written cannot wait any more: SQLite
    refuses it at once, whatever its timeout, and the server answers 503. As writers from their begin on they queue.
    """

    @asynccontextmanager
    async def begin_transaction(self, session: Any, *_: Any, **__: Any) -> AsyncGenerator[Any]:
        async with super().begin_transaction(session, with_for_update=True) as transaction:
            yield transaction


def main() -> None:
    """Serve until SIGINT or SIGTERM; migrations and the background services start with the app."""
    settings = get_current_settings().server
    database = provide_database_interface().database_config
    if isinstance(database, AioSqliteConfiguration):
        database = _Queued(database.connection_url)
    app = create_app(final=True)
    app.add_middleware(OurPages)
    app.add_middleware(_StayHome)
    with temporary_database_config(database):
        uvicorn.run(
            app,
            host=str(settings.api.host),
            port=settings.api.port,
            timeout_keep_alive=settings.api.keepalive_timeout,
            ws_ping_interval=settings.api.websocket_ping_interval,
            ws_ping_timeout=settings.api.websocket_ping_timeout,
            log_level=str(settings.logging_level).lower(),
        )


if __name__ == "__main__":
    main()
