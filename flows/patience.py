"""Asking a server that may be away for a while: `copydesk up` starts one that died again."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from pipeline.errors import ConfigError

__all__ = ["patiently"]

_POLL_S = 1.0
_PATIENCE_S = 240.0
_Asked = ParamSpec("_Asked")
_Told = TypeVar("_Told")


def patiently(ask: Callable[_Asked, _Told], *arguments: _Asked.args, **more: _Asked.kwargs) -> _Told:
    """Ask the server something; one that does not answer is asked again, as Prefect's own clients do not at first.

    Raises:
        ConfigError: it did not come back.
    """
    import httpx

    deadline = time.monotonic() + _PATIENCE_S
    while True:
        try:
            return ask(*arguments, **more)
        except httpx.TransportError as error:
            if time.monotonic() > deadline:
                raise ConfigError(
                    f"the Prefect server at {os.environ['PREFECT_API_URL']} does not answer ({error}); "
                    "look at what `copydesk up` says, then try again"
                ) from None
            time.sleep(_POLL_S)
