"""All forum engines, and which of them made a page."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from lxml import html

from pipeline.forums.discourse import Discourse, page_of_api
from pipeline.forums.engine import ForumEngine
from pipeline.forums.generic import Generic
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


def engine_of(
    tree: html.HtmlElement, *, source: bytes | None = None, board_at: datetime | None = None, url: str | None = None
) -> ForumEngine | None:
    """The engine that made the page, or None.

    Args:
        tree: the page.
        source: its bytes, where known and in an encoding with ASCII in it; most pages of no board then cost a search.
        board_at: only for a source that is declared a forum: aware time of the visit in the board's time zone. Boards
            of unknown systems are then read by their structure; elsewhere comments below an article pass for a thread.
        url: the page's address.
    """
    known = next((engine for engine in _ENGINES if engine.is_signed(tree)), None) or next(
        (engine for engine in _likely(source) if engine.recognises(tree)), None
    )
    if known is not None or board_at is None:
        return known
    generic = Generic(board_at, url)
    return generic if generic.recognises(tree) else None


def _likely(source: bytes | None) -> Iterable[MarkupEngine]:
    """Engines that may have made an unsigned page; none of them says in its data that it is an article of a paper."""
    if source is None:
        return _ENGINES
    return () if b'"NewsArticle"' in source else (engine for engine in _ENGINES if engine.leaves_trace(source))


def api_url(engine: ForumEngine, tree: html.HtmlElement, url: str) -> str | None:
    """The address whose answer for programs says the same as a page, where the system has such answers."""
    return _DISCOURSE.api_url(tree, url) if engine is _DISCOURSE else None


def page_url(url: str) -> str | None:
    """The page to read instead when the address of an answer for programs is refused; None for other addresses."""
    return _DISCOURSE.page_url(url)
