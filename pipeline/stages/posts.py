"""What publishing notices of posts: ids that two threads share, and posts that their page shows no more."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from pipeline.models import Document, Kind, post_id_of
from pipeline.sources.urls import normalise_url
from pipeline.stages.base import Base, KnownPost

__all__ = ["Noticed", "named_apart", "posts_gone"]

_ONE_POST = timedelta(days=1)  # how far two readings of one post's time may be apart
_Place = tuple[datetime, int]


@dataclass(frozen=True, slots=True)
class Noticed:
    """A finding about a post: `id_clash` or `post_gone`, in the run whose page brought it to light."""

    run_id: str
    source: str
    reason: str
    id: str
    url: str


def named_apart(base: Base, staged: Sequence[Document]) -> tuple[list[Document], list[Noticed]]:
    """Give posts an id of their own whose board's number names another post of another thread.

    Such numbers count within their threads only. The post that was known first keeps the id; so does one that merely
    moved to another thread, which is told by its time.

    Returns:
        All documents in their order, and what was renamed.
    """
    numbered = [one for one in staged if one.kind is Kind.POST and one.post_id and one.thread_id]
    first = {name: history[0] for name, history in base.revisions({one.id for one in numbered}).items() if history}
    new_ids: dict[tuple[str, str], str] = {}
    for one in sorted(numbered, key=lambda post: (post.fetched_at, post.thread_id or "", post.position or 0)):
        if _is_another(one, first.setdefault(one.id, one)):
            name = post_id_of(one.source, f"{one.thread_id}:{one.post_id}", thread_id="", position=0)
            new_ids[one.id, one.thread_id or ""] = name
    documents, noticed = [], []
    for document in staged:
        name = new_ids.get((document.id, document.thread_id or ""), document.id)
        if name != document.id:
            noticed.append(Noticed(document.run_id, document.source, "id_clash", name, document.url))
        documents.append(document if name == document.id else replace(document, id=name))
    return documents, noticed


def _is_another(one: Document, other: Document) -> bool:
    if one.thread_id == other.thread_id:
        return False
    if one.published_at is None or other.published_at is None:
        return one.authors != other.authors
    if one.authors and other.authors and one.authors != other.authors:
        return True
    return abs(one.published_at - other.published_at) > _ONE_POST


def posts_gone(base: Base, staged: Iterable[Document]) -> list[Noticed]:
    """Posts of the corpus that a newer capture of their page lacks behind a post that it still shows.

    Only behind one, because a post that vanishes moves those after it towards the beginning of the thread.
    """
    pages: dict[tuple[str, str], list[Document]] = defaultdict(list)
    for one in staged:
        if one.kind is Kind.POST and one.thread_id:
            pages[one.thread_id, normalise_url(one.page_url)].append(one)
    shown = {post.id for posts in pages.values() for post in posts}
    known: dict[tuple[str, str], list[KnownPost]] = defaultdict(list)
    for post in base.posts_of({thread for thread, _ in pages}):
        if post.id not in shown:
            known[post.thread_id, normalise_url(post.page_url)].append(post)
    gone = []
    for page, posts in sorted(pages.items()):
        places = [_place(one.published_at, one.position) for one in posts]
        for post in known.get(page, ()):
            newer = all(post.fetched_at < one.fetched_at for one in posts)
            if newer and min(places) < _place(post.published_at, post.position):
                gone.append(Noticed(posts[0].run_id, posts[0].source, "post_gone", post.id, post.url))
    return gone


def _place(at: datetime | None, position: int | None) -> _Place:
    return (at or datetime.min.replace(tzinfo=UTC), position or 0)
