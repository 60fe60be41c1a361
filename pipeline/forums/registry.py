"""All forum engines, and which of them made a page."""

from __future__ import annotations

from lxml import html

from pipeline.forums.engine import ForumEngine
from pipeline.forums.xenforo2 import XenForo2

__all__ = ["engine_of", "engines"]


def engines() -> tuple[ForumEngine, ...]:
    """All engines, the most certain to recognise first."""
    return (XenForo2(),)


def engine_of(tree: html.HtmlElement) -> ForumEngine | None:
    """The engine that made the page, or None."""
    return next((engine for engine in engines() if engine.recognises(tree)), None)
