"""Boards of invented people in the markup of a forum system, filled into templates (`board_markups`)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

__all__ = ["Board", "Said", "Topic", "discourse_list", "discourse_topic"]


@dataclass(frozen=True)
class Said:
    """One post; `quote` is (author, post id, text), `place` counts over the thread from 1."""

    id: int
    place: int
    author: str
    at: datetime
    text: str
    quote: tuple[str, int, str] | None = None


@dataclass(frozen=True)
class Topic:
    """A thread; its posts in order."""

    number: int
    title: str
    posts: tuple[Said, ...]

    @property
    def slug(self) -> str:
        return self.title.lower().replace(" ", "-")


@dataclass(frozen=True)
class Board:
    """Templates of a system. A path takes `number`, `slug` and `page`; `first` and `offset` tell of further pages.

    `page` is a whole page of `body`, with `following` (a template of the link `url`) where another page comes.
    """

    name: str
    forum_path: Callable[[int], str]
    thread_path: Callable[[Topic, int], str]
    page: str
    following: str
    index: str
    forum: str
    row: str
    thread: str
    post: str
    quote: str
    opening: str | None = None
    post_id: Callable[[Topic, Said], str] = field(default=lambda _, post: str(post.id))

    def index_page(self) -> str:
        """The board's index, which names one forum."""
        return self._page(self.index.format(forum=self.forum_path(1)), "index", None)

    def forum_page(self, topics: Iterable[Topic], page: int, *, more: bool) -> str:
        """One page of the forum's threads."""
        rows = "".join(self.row.format(**self._topic(one), **_times(one.posts[-1].at)) for one in topics)
        return self._page(self.forum.format(rows=rows), "forum", self.forum_path(page + 1) if more else None)

    def thread_page(self, topic: Topic, posts: Iterable[Said], page: int, *, more: bool) -> str:
        """One page of a thread's posts."""
        shown = "".join(self._post(topic, one) for one in posts)
        body = self.thread.format(posts=shown, **self._topic(topic))
        return self._page(body, "thread", self.thread_path(topic, page + 1) if more else None)

    def _post(self, topic: Topic, post: Said) -> str:
        quote = ""
        if post.quote is not None:
            name, number, text = post.quote
            quote = self.quote.format(name=name, number=number, text=text, path=self.thread_path(topic, 1))
        values = {"id": post.id, "place": post.place, "reply": post.place - 1, "author": post.author}
        template = self.opening if self.opening and post.place == 1 else self.post
        return template.format(**values, quote=quote, text=post.text, **self._topic(topic), **_times(post.at))

    def _topic(self, topic: Topic) -> dict[str, Any]:
        return {
            "number": topic.number, "title": topic.title, "slug": topic.slug, "path": self.thread_path(topic, 1),
        }  # fmt: skip

    def _page(self, body: str, kind: str, following: str | None) -> str:
        link = self.following.format(url=following) if following else ""
        return self.page.format(body=body, kind=kind, following=link)


def _times(at: datetime) -> dict[str, object]:
    return {
        "iso": at.isoformat(), "stamp": int(at.timestamp()), "us": at.strftime("%m-%d-%Y, %I:%M %p"),
        "day": at.strftime("%m-%d-%Y"), "clock": at.strftime("%I:%M %p"), "british": at.strftime("%d %b %Y, %H:%M"),
        "long": at.strftime("%B %d, %Y, %I:%M:%S %p"), "short": at.strftime("%b %d, %Y at %I:%M %p"),
    }  # fmt: skip


def discourse_topic(topic: Topic, posts: Iterable[Said]) -> bytes:
    """What Discourse answers for a page of a topic."""
    shown = [
        {
            "id": one.id, "post_number": one.place, "post_type": 1, "username": one.author,
            "created_at": one.at.isoformat(), "cooked": _cooked(topic, one),
        }
        for one in posts
    ]  # fmt: skip
    shown.append({"id": 9999, "post_number": 99, "post_type": 3, "username": "system", "cooked": "", "created_at": ""})
    ids = [one.id for one in topic.posts]
    if shown[-2]["id"] == ids[-1]:
        ids.append(9999)
    answer = {"id": topic.number, "slug": topic.slug, "title": topic.title}
    return json.dumps(answer | {"post_stream": {"posts": shown, "stream": ids}}).encode()


def _cooked(topic: Topic, post: Said) -> str:
    if post.quote is None:
        return f"<p>{post.text}</p>"
    name, number, text = post.quote
    return (
        f'<aside class="quote no-group" data-username="{name}" data-post="{number}" data-topic="{topic.number}">'
        f'<div class="title"><div class="quote-controls"></div>{name}:</div><blockquote><p>{text}</p></blockquote>'
        f'</aside><p>{post.text}</p><aside class="onebox"><h3>Somebody else\'s page</h3></aside>'
    )


def discourse_list(topics: Iterable[Topic], more: str | None) -> bytes:
    """What Discourse answers for a page of a list; `more` is the address of the next without `.json`."""
    rows = [
        {"id": one.number, "slug": one.slug, "title": one.title, "last_posted_at": one.posts[-1].at.isoformat()}
        for one in topics
    ]
    return json.dumps({"topic_list": {"topics": rows, "more_topics_url": more}}).encode()
