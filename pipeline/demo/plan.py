"""What exists in the press world before any text is written: stories, pieces, pages, threads."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, TypeAlias

from pipeline.demo.outlets import Outlet

Change: TypeAlias = Literal[
    "verbatim", "light", "heavy", "truncated", "teaser", "comment", "paste", "crosspost"
]  # the names used in the truth
POSTS_A_PAGE: Final = 10


@dataclass(frozen=True, slots=True)
class Story:
    """A text somebody wrote first. `event` is the number of the story that it updates (its own without one)."""

    number: int
    event: int
    desk: str
    at: datetime
    origin: int
    template: str | None = None
    series: int = 0

    @property
    def key(self) -> str:
        return f"s{self.number:06d}"

    @property
    def related_to(self) -> str | None:
        return None if self.event == self.number else f"s{self.event:06d}"


@dataclass(frozen=True, slots=True)
class Piece:
    """One printing of a story by an outlet; `change` is None where it was written."""

    number: int
    story: Story
    outlet: int
    change: Change | None
    at: datetime
    in_digest: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """An article or digest page; `path` is unique on its host."""

    outlet: int
    path: str
    title: str
    at: datetime
    modified_at: datetime | None
    pieces: tuple[Piece, ...]
    digest: bool
    position: int


@dataclass(frozen=True, slots=True)
class Post:
    """A forum post: its own words, or a pasted story (`change` says how), or the same words as `twin`."""

    number: int
    thread: int
    author: int
    at: datetime
    story: Story | None = None
    change: Change | None = None
    quoted: "Post | None" = None
    twin: "Post | None" = None

    @property
    def key(self) -> str:
        source = self.twin or self
        return source.story.key if source.story else f"p{source.number:06d}"


@dataclass(frozen=True, slots=True)
class Thread:
    number: int
    node: int
    title: str
    slug: str
    posts: tuple[Post, ...]

    @property
    def path(self) -> str:
        return f"/threads/{self.slug}.{self.number}/"


@dataclass(frozen=True, slots=True)
class Plan:
    """The world without its texts: `pages` by outlet, newest first; `home` maps a story to the page it appeared on."""

    seed: int
    now: datetime
    outlets: tuple[Outlet, ...]
    pages: tuple[tuple[Page, ...], ...]
    threads: tuple[Thread, ...]
    home: dict[int, Page]

    def page_counts(self) -> dict[str, int]:
        """Pages by kind: article, digest, thread (every page of a thread counts)."""
        digests = sum(page.digest for own in self.pages for page in own)
        articles = sum(map(len, self.pages)) - digests
        threads = sum(-(-len(thread.posts) // POSTS_A_PAGE) for thread in self.threads)
        return {"article": articles, "digest": digests, "thread": threads}
