"""Why a request is not made: each reason is an outcome of its own."""

from __future__ import annotations

from datetime import datetime
from gzip import BadGzipFile

from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
)
from twisted.internet.error import ConnectError, ConnectionClosed

__all__ = ["HostResting", "Refused", "in_short", "outcome_of"]

_LONGEST_WORDS = 300


class Refused(IgnoreRequest):
    """A request that must not be made.

    Args:
        outcome: how the address ends: `refused`, `robots_forbidden`, `robots_unreachable`, `tdm_reserved`.
        message: for people.
    """

    def __init__(self, outcome: str, message: str) -> None:
        super().__init__(message)
        self.outcome = outcome


class HostResting(Refused):
    """The host asked to be left alone for a while, or failed too often."""

    def __init__(self, host: str, until: datetime) -> None:
        super().__init__("host_resting", f"{host} is left alone until {until:%Y-%m-%d %H:%M:%S} UTC")
        self.until = until


_BY_TYPE = {
    DownloadTimeoutError: "timeout",
    CannotResolveHostError: "no_such_host",
    DownloadCancelledError: "too_large",
    ResponseDataLossError: "cut_off",
    BadGzipFile: "unreadable",
    DownloadConnectionRefusedError: "network_error",
    DownloadFailedError: "network_error",
    ConnectError: "network_error",
    ConnectionClosed: "network_error",
    OSError: "network_error",
}


def outcome_of(error: BaseException | None) -> str:
    """The outcome of a request that brought no answer, or one that is not what its headers say."""
    if isinstance(error, Refused):
        return error.outcome
    if isinstance(error, IgnoreRequest):  # Scrapy's own; the words are all it tells
        return "too_large" if "decompression" in str(error) else "too_many_redirects"
    return next((name for kind, name in _BY_TYPE.items() if isinstance(error, kind)), "unreadable")


def in_short(error: BaseException | None) -> str:
    """An error in one line for people; some quote all that the server said."""
    words = " ".join(str(error).split())
    return words[:_LONGEST_WORDS] or type(error).__name__
