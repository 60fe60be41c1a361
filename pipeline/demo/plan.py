"""What exists in the press world before any text is written: stories, pieces, pages, threads."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal, TypeAlias

from pipeline.demo.outlets import Outlet

Change: TypeAlias = Literal[
    "verbatim", "light", "heavy", "truncated", "teaser", "comment", "paste", "crosspost"
]  # the names used in the truth
Edit: TypeAlias = Literal["reworded", "paragraph", "number"]
POSTS_A_PAGE: Final = 10
SHOWN: Final = 30  # pages that a home or section page lists


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
    """One printing of a story by an outlet; `change` is None where it was written, `edits` came after printing."""

    number: int
    story: Story
    outlet: int
    change: Change | None
    at: datetime
    in_digest: bool = False
    edits: tuple[Edit, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """An article or digest page; `path` is unique on its host, `position` counts down: 0 is the base's newest page."""

    outlet: int
    path: str
    title: str
    at: datetime
    modified_at: datetime | None
    pieces: tuple[Piece, ...]
    digest: bool
    position: int

    @property
    def changed_at(self) -> datetime:
        return self.modified_at or self.at

    @property
    def edited(self) -> bool:
        return any(piece.edits for piece in self.pieces)


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
    """`removed` were deleted; each of `changes` says when and from which place of the thread on it changed."""

    number: int
    node: int
    title: str
    slug: str
    posts: tuple[Post, ...]
    removed: tuple[Post, ...] = ()
    changes: tuple[tuple[datetime, int], ...] = ()

    @property
    def path(self) -> str:
        return f"/threads/{self.slug}.{self.number}/"

    def changed_at(self, page: int) -> datetime | None:
        """When the page of that number (from 1) changed last; None when it stands as it was drawn."""
        return max((at for at, start in self.changes if start < page * POSTS_A_PAGE), default=None)


@dataclass(frozen=True, slots=True)
class Shelf:
    """An outlet's pages, newest first; `stock` are those of the base, the only ones that furniture links to."""

    stock: tuple[Page, ...]
    pages: tuple[Page, ...]
    positions: dict[str, int]
    drawn_at: datetime  # the last change of the base
    months: dict[str, datetime] = field(default_factory=dict)  # the last change since then of a month's pages

    @property
    def updated_at(self) -> datetime:
        return max(self.months.values(), default=self.drawn_at)

    def find(self, path: str) -> Page | None:
        position = self.positions.get(path)
        return None if position is None else self.pages[position + len(self.pages) - len(self.stock)]


@dataclass(frozen=True, slots=True)
class Board:
    """A forum's threads, the last answered first."""

    threads: tuple[Thread, ...]
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class PageEdit:
    """The outlet changes the text of one of a page's pieces."""

    at: datetime
    outlet: int
    position: int
    piece: int
    edit: Edit


@dataclass(frozen=True, slots=True)
class Removal:
    """The forum's team deletes a post."""

    at: datetime
    thread: int
    post: int


Happening: TypeAlias = Page | PageEdit | Thread | Post | Removal


@dataclass(frozen=True, slots=True)
class Ahead:
    """Where drawing goes on: days drawn, numbers used, and what is drawn and has not happened yet."""

    pieces: int
    posts: int
    days: int = 0
    happenings: tuple[Happening, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """The world without its texts at `moment`; its base was drawn for `now`; `home` has each story's page of origin."""

    seed: int
    size: int
    now: datetime
    moment: datetime
    outlets: tuple[Outlet, ...]
    shelves: tuple[Shelf, ...]
    threads: tuple[Thread, ...]
    boards: tuple[Board, ...]
    home: tuple[Page, ...]
    ahead: Ahead

    def thread(self, number: int) -> Thread | None:
        at = number - self.threads[0].number
        return self.threads[at] if 0 <= at < len(self.threads) else None

    def page_counts(self) -> dict[str, int]:
        """Pages by kind: article, digest, thread (every page of a thread counts)."""
        digests = sum(page.digest for shelf in self.shelves for page in shelf.pages)
        articles = sum(len(shelf.pages) for shelf in self.shelves) - digests
        threads = sum(-(-len(thread.posts) // POSTS_A_PAGE) for thread in self.threads)
        return {"article": articles, "digest": digests, "thread": threads}


def boards(threads: Sequence[Thread], nodes: int, now: datetime) -> tuple[Board, ...]:
    """The threads by node; `now` is when a board changed that nothing changed since."""
    made: list[Board] = []
    for node in range(nodes):
        own = sorted((t for t in threads if t.node == node), key=lambda t: t.posts[-1].at, reverse=True)
        made.append(Board(tuple(own), max((at for t in own for at, _ in t.changes), default=now)))
    return tuple(made)


def moment_of(happening: Happening) -> datetime:
    return happening.posts[0].at if isinstance(happening, Thread) else happening.at
