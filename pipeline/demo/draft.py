"""Draws up the plan: who writes which story when, who copies it how, and what the forum says."""

import gc
import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import accumulate
from random import Random
from typing import Final, get_args

from pipeline.demo import texts
from pipeline.demo.desks import DESKS
from pipeline.demo.outlets import FORUM_NODES, Outlet
from pipeline.demo.plan import POSTS_A_PAGE, SHOWN, Ahead, Change, Page, Piece, Plan, Post, Shelf, Story, Thread, boards
from pipeline.demo.reports import REPORTS

DAYS: Final = 14
_CHANGES: Final[tuple[Change, ...]] = get_args(Change)
_ORIGINS: Final = (55, 14, 14, 3, 3, 3, 3, 2, 2, 2, 0, 0, 0)
COPIERS: Final = (0, 5, 5, 9, 9, 9, 9, 8, 8, 8, 2, 2, 0)
ARTICLE_CHANGES: Final = (19, 13, 12, 29, 20, 7, 0, 0)
_DIGEST_CHANGES: Final = (38, 10, 0, 34, 18, 0, 0, 0)


@dataclass(slots=True)
class Desk:
    """The state while drafting up to `now`; everything random comes from `rng`, in one order."""

    seed: int
    now: datetime
    outlets: tuple[Outlet, ...]
    rng: Random
    pieces: int = 0
    posts: int = 0
    taken: list[set[str]] = field(default_factory=list)
    stories: list[Story] = field(default_factory=list)
    times: list[datetime] = field(default_factory=list)
    recent: list[Post] = field(default_factory=list)
    heads: dict[tuple[int, int], str] = field(default_factory=dict)

    def moment(self, start: datetime, end: datetime) -> datetime:
        return start + timedelta(seconds=int(self.rng.random() * (end - start).total_seconds()))

    def piece(
        self, story: Story, outlet: int, change: Change | None, at: datetime, *, in_digest: bool = False
    ) -> Piece:
        self.pieces += 1
        return Piece(self.pieces, story, outlet, change, at, in_digest)

    def publish(self, stories: list[Story]) -> None:
        """Makes the stories, in the order of time, known to those who copy and paste."""
        self.stories += stories
        self.times += [story.at for story in stories]

    def headline(self, piece: Piece) -> str:
        key = (piece.story.number, piece.number if texts.writes_headline(piece) else 0)
        if key not in self.heads:
            self.heads[key] = texts.piece_headline(self.seed, piece)
        return self.heads[key]


@contextmanager
def _uncollected() -> Iterator[None]:
    """No garbage collection meanwhile: drawing makes no cycles, and walking a large plan takes a third of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


@_uncollected()
def draw_plan(*, seed: int, pages: int, now: datetime, outlets: tuple[Outlet, ...]) -> Plan:
    """Draws the base: the world at `now`."""
    desk = Desk(seed, now, outlets, Random(f"{seed}/plan/{pages}"), taken=[set() for _ in outlets])
    thread_pages, digests, originals = max(3, round(0.08 * pages)), max(2, round(0.06 * pages)), round(0.4 * pages)
    stories = _stories(desk, originals)
    desk.publish(stories)
    singles = [desk.piece(story, story.origin, None, story.at) for story in stories]
    singles += _copies(desk, stories, pages - thread_pages - digests - originals)
    for piece in sorted(singles, key=lambda piece: piece.story.event):
        desk.headline(piece)  # in this order each event's names are drawn once
    drafts = [draw_page(desk, (piece,)) for piece in singles]
    drafts += [draw_page(desk, pieces) for pieces in draw_digests(desk, digests, stories[0].at + timedelta(days=1))]
    shelves = tuple(_shelf(drafts, outlet, now) for outlet in outlets)
    home = {p.pieces[0].story.number: p for p in drafts if p.pieces[0].change is None and not p.digest}
    threads = _threads(desk, thread_pages)
    places = boards(threads, len(FORUM_NODES), now)
    origins = tuple(home[number] for number in range(len(stories)))
    ahead = Ahead(desk.pieces, desk.posts)
    return Plan(seed, pages, now, now, outlets, shelves, threads, places, origins, ahead)


def _shelf(drafts: list[Page], outlet: Outlet, now: datetime) -> Shelf:
    own = sorted((page for page in drafts if page.outlet == outlet.index), key=lambda page: page.at, reverse=True)
    pages = tuple(replace(page, position=index) for index, page in enumerate(own))
    updated_at = max((page.changed_at for page in pages[:SHOWN]), default=now)
    return Shelf(pages, pages, {page.path: page.position for page in pages}, updated_at)


def _stories(desk: Desk, count: int) -> list[Story]:
    """News, their updates and templated reports, numbered in the order of time."""
    rng, end = desk.rng, desk.now - timedelta(minutes=40)
    updates, reports = round(0.08 * count), round(0.135 * count)
    news = [
        Story(index, index, rng.choice(tuple(DESKS)), desk.moment(end - timedelta(days=DAYS), end), draw_origin(rng))
        for index in range(count - updates - reports)
    ]
    drafts = news + _updates(desk, news, updates, end) + _reports(desk, reports, end)
    ordered = sorted(drafts, key=lambda story: (story.at, story.number))
    numbers = {story.number: index for index, story in enumerate(ordered)}
    return [replace(story, number=numbers[story.number], event=numbers[story.event]) for story in ordered]


def draw_origin(rng: Random) -> int:
    return rng.choices(range(len(_ORIGINS)), _ORIGINS)[0]


def _updates(desk: Desk, news: list[Story], count: int, end: datetime) -> list[Story]:
    early = [story for story in news if story.at < end - timedelta(hours=8)]
    chosen = desk.rng.sample(early, k=min(count, len(early)))
    later = [(story, min(end, story.at + timedelta(hours=3, minutes=desk.rng.randint(0, 1500)))) for story in chosen]
    return [replace(story, number=len(news) + index, at=at) for index, (story, at) in enumerate(later)]


def _reports(desk: Desk, count: int, end: datetime) -> list[Story]:
    """Series of at most ten daily reports, each series with one outlet."""
    series = max(min(4, count), -(-count // 10))
    found: list[Story] = []
    for index in range(series):
        template = list(REPORTS)[index % len(REPORTS)]
        origin = (1, 3, 2, 7, 0, 4, 8, 5, 9, 6)[index % 10]
        size = count // series + (index < count % series)
        last = (end - timedelta(days=desk.rng.randint(0, DAYS - size))).replace(
            minute=desk.rng.randint(0, 59), second=0
        )
        for back in range(size):
            number = 10_000_000 + len(found)
            found.append(
                Story(number, number, "culture", last - timedelta(days=back, hours=3), origin, template, index)
            )
    return found


def _copies(desk: Desk, stories: list[Story], count: int) -> list[Piece]:
    """Copies on other hosts: a few stories run everywhere, many nowhere."""
    rng, names = desk.rng, _CHANGES
    weights = list(accumulate(rng.paretovariate(1.4) * _appeal(story) for story in stories))
    ran = {(story.number, story.origin) for story in stories}
    made: list[Piece] = []
    while len(made) < count:
        story = rng.choices(stories, cum_weights=weights)[0]
        outlet = rng.choices(range(len(COPIERS)), COPIERS)[0]
        if (story.number, outlet) in ran and (rng.random() < 0.98 or outlet == story.origin):
            continue
        ran.add((story.number, outlet))
        change: Change = "verbatim" if story.template else rng.choices(names, ARTICLE_CHANGES)[0]
        lag = timedelta(minutes=4 + int(rng.expovariate(1 / 300)))
        at = min(desk.now - timedelta(seconds=rng.randint(60, 1200)), story.at + lag)
        made.append(desk.piece(story, outlet, change, at))
    return made


def _appeal(story: Story) -> float:
    return 0.25 if story.template else 3.0 if story.origin == 0 else 1.0


def draw_digests(desk: Desk, count: int, start: datetime) -> list[tuple[Piece, ...]]:
    """Digests of fresh stories, published between `start` and the desk's time."""
    rng, names, stories, times = desk.rng, _CHANGES, desk.stories, desk.times
    made: list[tuple[Piece, ...]] = []
    for index in range(count):
        at = desk.moment(start, desk.now - timedelta(minutes=5))
        high = max(5, bisect_left(times, at - timedelta(minutes=5)))
        low = max(0, min(high - 12, bisect_left(times, at - timedelta(hours=30))))
        at = max(at, times[high - 1] + timedelta(minutes=2))
        fresh = [story for story in stories[low : min(high, low + 400)] if not story.template]
        chosen = rng.sample(fresh, k=min(len(fresh), rng.randint(2, 5)))
        changes = [rng.choices(names, _DIGEST_CHANGES)[0] for _ in chosen]
        made.append(
            tuple(desk.piece(s, 10 + index % 2, c, at, in_digest=True) for s, c in zip(chosen, changes, strict=True))
        )
    return made


def draw_page(desk: Desk, pieces: tuple[Piece, ...]) -> Page:
    first, rng = pieces[0], desk.rng
    title = f"{rng.choice(('Notes', 'Clippings', 'Reading'))} for {first.at:%A} {first.at.day} {first.at:%B}"
    title = desk.headline(first) if not first.in_digest or rng.random() < 0.6 else title
    later = first.at + timedelta(minutes=rng.randint(9, 500))
    modified = later if rng.random() < 0.25 and later < desk.now else None
    path = _path(desk.outlets[first.outlet], first, slugify(title))
    while path in desk.taken[first.outlet]:
        path = _path(desk.outlets[first.outlet], first, f"{slugify(title)}-{rng.randint(2, 9_999_999)}")
    desk.taken[first.outlet].add(path)
    return Page(first.outlet, path, title, first.at, modified, pieces, first.in_digest, 0)


def slugify(title: str) -> str:
    return "-".join(re.findall(r"[a-z0-9]+", title.lower())[:9]) or "untitled"


def _path(outlet: Outlet, piece: Piece, slug: str) -> str:
    match outlet.platform, outlet.variant:
        case "agency", _:
            return f"/wire/{piece.at:%Y/%m/%d}/{slug}-nw{piece.number}"
        case "newspaper", 0:
            return f"/{piece.story.desk}/{slug}-{100_000 + piece.number}.html"
        case "newspaper", _:
            return f"/news/{100_000 + piece.number}/{slug}/"
        case "wordpress-b", _:
            return f"/{piece.at:%Y/%m/%d}/{slug}/"
        case "blogger", _:
            return f"/{piece.at:%Y/%m}/{slug}.html"
    return f"/{slug}/"


def _threads(desk: Desk, pages: int) -> tuple[Thread, ...]:
    threads: list[Thread] = []
    while pages > 0:
        size = min(pages, desk.rng.choices((1, 2, 3, 4), (5, 3, 2, 1))[0])
        pages -= size
        number = 40 + len(threads)
        posts = _posts(desk, number, (size - 1) * POSTS_A_PAGE + desk.rng.randint(3, POSTS_A_PAGE))
        desk.recent = [*desk.recent, *(post for post in posts if post.twin is None and post.quoted is None)][-60:]
        threads.append(replace(draw_thread(desk, posts[0]), posts=tuple(posts)))
    return tuple(threads)


def draw_thread(desk: Desk, opener: Post) -> Thread:
    number = 20_000_000 + opener.thread
    title = texts.headline(desk.seed, opener.story or Story(number, number, "transport", opener.at, 0))
    return Thread(opener.thread, desk.rng.randrange(len(FORUM_NODES)), title, slugify(title), (opener,))


def _posts(desk: Desk, thread: int, count: int) -> list[Post]:
    opened = desk.moment(desk.times[0] + timedelta(days=1), desk.now - timedelta(hours=6))
    moments = sorted(desk.moment(opened, min(desk.now, opened + timedelta(days=5))) for _ in range(count))
    posts: list[Post] = []
    for at in moments:
        posts.append(draw_post(desk, thread, at, posts))
    return posts


def draw_post(desk: Desk, thread: int, at: datetime, before: Sequence[Post], *, pasted: bool = False) -> Post:
    """The next post of a thread; the desk chooses its kind unless it must be `pasted`."""
    rng = desk.rng
    desk.posts += 1
    post = Post(1000 + desk.posts, thread, rng.randrange(25 + 5 * len(desk.stories) // 100), at)
    kind = rng.choices(("chat", "quote", "paste", "crosspost"), (48, 24, 24, 4) if before else (50, 0, 50, 0))[0]
    older = [other for other in desk.recent if other.at < at]
    if pasted or kind == "paste":
        high = bisect_left(desk.times, at)
        story = desk.stories[rng.randrange(max(0, high - 40), high)]
        change: Change = "paste" if story.template or rng.random() < 0.6 else "truncated"
        return replace(post, story=story, change=change)
    if kind == "quote":
        return replace(post, quoted=rng.choice(before))
    if kind == "crosspost" and older:
        twin = rng.choice(older)
        return replace(post, author=twin.author, change="crosspost", twin=twin)
    return post
