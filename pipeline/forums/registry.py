"""All forum engines, and which of them made a page."""

from __future__ import annotations

from lxml import html

from pipeline.forums.discourse import Discourse, page_of_api
from pipeline.forums.engine import ForumEngine
from pipeline.forums.invision import Invision
from pipeline.forums.markup import MarkupEngine
from pipeline.forums.mybb import MyBB
from pipeline.forums.phpbb import PhpBB
from pipeline.forums.smf import SMF
from pipeline.forums.vanilla import Vanilla
from pipeline.forums.vbulletin import VBulletin
from pipeline.forums.woltlab import WoltLab
from pipeline.forums.xenforo import XenForo1, XenForo2

__all__ = ["api_url", "engine_of", "engines", "page_of_api", "page_url"]

_DISCOURSE = Discourse()
_ENGINES: tuple[MarkupEngine, ...] = (
    XenForo2(), XenForo1(), _DISCOURSE, Vanilla(), Invision(), WoltLab(), VBulletin(), MyBB(), SMF(), PhpBB(),
)  # fmt: skip


def engines() -> tuple[ForumEngine, ...]:
    """All engines, the most certain to recognise first."""
    return _ENGINES


def engine_of(tree: html.HtmlElement) -> ForumEngine | None:
    """The engine that made the page, or None."""
    signed = next((engine for engine in _ENGINES if engine.is_signed(tree)), None)
    return signed or next((engine for engine in _ENGINES if engine.recognises(tree)), None)


def api_url(engine: ForumEngine, tree: html.HtmlElement, url: str) -> str | None:
    """The address whose answer for programs says the same as a page, where the system has such answers."""
    return _DISCOURSE.api_url(tree, url) if engine is _DISCOURSE else None


def page_url(url: str) -> str | None:
    """The page to read instead when the address of an answer for programs is refused; None for other addresses."""
    return _DISCOURSE.page_url(url)
