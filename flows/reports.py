"""The pages about runs, as the UI's server gives them: where they are, and the answer to who asks for one."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

from fastapi.responses import PlainTextResponse, Response
from prefect.settings import get_current_settings

from pipeline.errors import ConfigError, CopydeskError
from pipeline.settings import load_settings

__all__ = ["ReportPages", "report_link"]

_PATH = re.compile(r"/reports/([0-9A-Za-z-]{1,64})\.html")
# The page forbids itself everything; a browser that did not know that would still give it no script and no origin.
_HEADERS = {"content-security-policy": "sandbox", "x-content-type-options": "nosniff", "cache-control": "no-cache"}

_Message: TypeAlias = MutableMapping[str, Any]  # ASGI's own types
_Receive: TypeAlias = Callable[[], Awaitable[_Message]]
_Send: TypeAlias = Callable[[_Message], Awaitable[None]]


def report_link(run_id: str) -> str:
    """Markdown: the page about a run on the server that this flow run belongs to."""
    base = (get_current_settings().api.url or "").removesuffix("/api")
    return f"[The page about run {run_id}]({base}/reports/{run_id}.html)"


class ReportPages:
    """ASGI middleware: answers for `/reports/<run>.html`, everything else goes on."""

    def __init__(self, app: Callable[[_Message, _Receive, _Send], Awaitable[None]]) -> None:
        self._app = app

    async def __call__(self, scope: _Message, receive: _Receive, send: _Send) -> None:
        asked = scope["type"] == "http" and scope["method"] in ("GET", "HEAD") and _PATH.fullmatch(scope["path"])
        if not asked:
            await self._app(scope, receive, send)
            return
        response = await asyncio.to_thread(_answer, asked[1])
        await response(scope, receive, send)


def _answer(run_id: str) -> Response:
    if get_current_settings().server.api.auth_string is not None:  # Prefect's own check covers its API alone
        text = f"this server asks for a password: use `copydesk report {run_id} -o FILE`"
        return PlainTextResponse(text, 403, _HEADERS)
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
