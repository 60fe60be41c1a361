"""The addresses that an entry point of each kind begins with."""

from __future__ import annotations

from pipeline.discover import blogger, cdx, wordpress
from pipeline.models import Window

__all__ = ["addresses"]


def addresses(kind: str, url: str, window: Window | None, *, server: str | None = None, match: str = "") -> list[str]:
    """Addresses of an entry's first listing, the best first: the others are asked when those before them fail.

    Args:
        kind: the entry's kind, as declared.
        url: the entry's address.
        window: days of the texts; for other archives, days on which the copies were made.
        server: of other archives, what answers for them.
        match: as CDX servers call it: `prefix`, `host`, `domain`.
    """
    if kind == "wordpress":
        return wordpress.ladder(url, window)
    if kind == "blogger":
        return blogger.ladder(url, window)
    if kind == "wayback" and server:
        return [cdx.query_url(server, url, match=match, window=window)]
    if kind == "commoncrawl" and server:
        return [f"{server}collinfo.json"]
    return [url]
