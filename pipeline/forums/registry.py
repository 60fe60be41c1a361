"""All forum engines, and which of them made a page."""

from __future__ import annotations

from datetime import datetime

from lxml import html

from pipeline.forums.engine import ForumEngine
from pipeline.forums.generic import Generic
from pipeline.forums.xenforo2 import XenForo2

__all__ = ["engine_of", "engines"]


def engines() -> tuple[ForumEngine, ...]:
    """All engines, the most certain to recognise first."""
    return (XenForo2(),)


def engine_of(
    tree: html.HtmlElement, *, board_at: datetime | None = None, url: str | None = None
) -> ForumEngine | None:
    """The engine that made the page, or None.

    Args:
        tree: the page.
        board_at: only for a source that is declared a forum: aware time of the visit in the board's time zone. Boards
            of unknown systems are then read by their structure; elsewhere comments below an article pass for a thread.
        url: the page's address.
    """
    known = next((engine for engine in engines() if engine.recognises(tree)), None)
    if known is not None or board_at is None:
        return known
    generic = Generic(board_at, url)
    return generic if generic.recognises(tree) else None
