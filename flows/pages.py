"""Pages of ours beside Prefect's: those about runs, and the measures that Prometheus asks for.

Prefect's own check of the password covers its API alone; these ask for it themselves, as a browser expects it.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hmac
import re
import threading
import time
from collections.abc import Iterable

from fastapi.responses import PlainTextResponse, Response
from prefect.settings import get_current_settings
from starlette.types import ASGIApp, Receive, Scope, Send

from pipeline.errors import ConfigError, CopydeskError
from pipeline.settings import load_settings

__all__ = ["OurPages"]

_REPORT = re.compile(r"/reports/([0-9A-Za-z-]{1,64})\.html")
# The page forbids itself everything; a browser that did not know that would still give it no script and no origin.
_HEADERS = {"content-security-policy": "sandbox", "x-content-type-options": "nosniff", "cache-control": "no-cache"}
_MEASURES_S = 10.0


class OurPages:
    """ASGI middleware: answers for `/reports/<run>.html` and `/metrics`, everything else goes on."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._lock = threading.Lock()
        self._measured: tuple[float, bytes] = (0.0, b"")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            await self._app(scope, receive, send)
            return
        report = _REPORT.fullmatch(scope["path"])
        if not report and scope["path"] != "/metrics":
            await self._app(scope, receive, send)
            return
        if not _knows_password(scope["headers"]):
            asking = _HEADERS | {"www-authenticate": 'Basic realm="Copydesk"'}
            response: Response = PlainTextResponse("user name `copydesk` and its password are needed", 401, asking)
        elif report:
            response = await asyncio.to_thread(_report, report[1])
        else:
            response = await asyncio.to_thread(self._measures)
        await response(scope, receive, send)

    def _measures(self) -> Response:
        """The measures, counted again when they are some seconds old."""
        from pipeline.stages.context import open_context
        from pipeline.stages.measures import exposition

        with self._lock:
            try:
                if time.monotonic() - self._measured[0] > _MEASURES_S or not self._measured[1]:
                    with open_context(load_settings().settings) as context:
                        self._measured = (time.monotonic(), exposition(context))
            except CopydeskError as error:
                return PlainTextResponse(str(error), 503, _HEADERS)
            return Response(self._measured[1], 200, _HEADERS, "text/plain; version=0.0.4; charset=utf-8")


def _report(run_id: str) -> Response:
    # The server starts without what reads the corpus; most never give a page.
    from pipeline.stages.context import open_context
    from pipeline.stages.report import run_page

    try:
        with open_context(load_settings().settings) as context:
            return Response(run_page(context, run_id), 200, _HEADERS, "text/html; charset=utf-8")
    except ConfigError as error:
        return PlainTextResponse(str(error), 404, _HEADERS)
    except CopydeskError as error:
        return PlainTextResponse(str(error), 503, _HEADERS)


def _knows_password(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    secret = get_current_settings().server.api.auth_string
    if secret is None:
        return True
    given = next((value for name, value in headers if name == b"authorization"), b"")
    scheme, _, encoded = given.partition(b" ")
    try:
        decoded = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        return False
    return scheme.lower() == b"basic" and hmac.compare_digest(decoded, secret.get_secret_value().encode())
