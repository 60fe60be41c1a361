"""The Protocol of a forum engine, and what it reads from a page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from lxml import html

from pipeline.models import Quote

__all__ = ["ForumEngine", "Post", "ThreadLink"]


@dataclass(frozen=True, slots=True)
class Post:
    """One post as its page shows it; `position` counts from 1 over the whole thread where the engine says so.

    `text` are its author's own words, `shown` all words with the quotes at their places.
    """

    post_id: str | None
    permalink: str | None
    author: str | None
    author_url: str | None
    posted_at: datetime | None
    edited_at: datetime | None
    position: int | None
    text: str
    quotes: tuple[Quote, ...]
    shown: str


@dataclass(frozen=True, slots=True)
class ThreadLink:
    """A thread that a forum index names, and the time of its last post where shown."""

    url: str
    last_post_at: datetime | None


class ForumEngine(Protocol):
    """Reads the markup of one forum system. Functions never raise on a page of another system."""

    @property
    def name(self) -> str:
        """Short name, as in documents and reports."""
        ...

    def recognises(self, tree: html.HtmlElement) -> bool:
        """Whether this system made the page."""
        ...

    def is_thread(self, tree: html.HtmlElement) -> bool:
        """Whether the page shows posts of one thread."""
        ...

    def forum_links(self, tree: html.HtmlElement, url: str) -> list[str]:
        """Forums that a board's index, or a forum above them, names; not categories on the same page."""
        ...

    def thread_links(self, tree: html.HtmlElement, url: str, now: datetime) -> list[ThreadLink]:
        """Threads that a forum index names; `now` is the time of the capture, for times told from it."""
        ...

    def next_page(self, tree: html.HtmlElement, url: str) -> str | None:
        """Address of the next page of a thread or an index."""
        ...

    def thread_url(self, tree: html.HtmlElement, url: str) -> str:
        """Address of the thread's first page."""
        ...

    def thread_key(self, tree: html.HtmlElement, url: str) -> str:
        """What names the thread on its board: its address without words of its title, which may change."""
        ...

    def title(self, tree: html.HtmlElement) -> str | None:
        """Title of the thread."""
        ...

    def posts(self, tree: html.HtmlElement, url: str, now: datetime) -> list[Post]:
        """Posts of a thread page, in order; `now` is the time of the capture, in the site's zone."""
        ...
