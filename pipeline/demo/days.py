"""Draws what a day brings: news and copies, edits, posts and deletions; `copydesk demo clock` lets it happen."""

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Final, get_args

from pipeline.demo.desks import DESKS
from pipeline.demo.draft import (
    ARTICLE_CHANGES,
    COPIERS,
    Desk,
    draw_digests,
    draw_origin,
    draw_page,
    draw_post,
    draw_thread,
)
from pipeline.demo.plan import (
    POSTS_A_PAGE,
    Ahead,
    Change,
    Edit,
    Happening,
    Page,
    PageEdit,
    Piece,
    Plan,
    Post,
    Removal,
    Story,
    Thread,
    moment_of,
)

_DAY: Final = timedelta(days=1)
_CHANGES: Final[tuple[Change, ...]] = get_args(Change)
_EDITS: Final[tuple[Edit, ...]] = get_args(Edit)
_DATED: Final = (0, 1, 2, 7, 8, 9, 10, 11)  # outlets whose listings tell when a page was modified
_NEWEST: Final = 40


def draw_day(plan: Plan, start: datetime) -> Plan:
    """The plan with the day from `start` drawn: a function of seed, size, day and the state at its start."""
    rng = Random(f"{plan.seed}/day/{plan.size}/{plan.ahead.days}")
    taken = [set(shelf.positions) for shelf in plan.shelves]
    desk = Desk(plan.seed, start + _DAY, plan.outlets, rng, plan.ahead.pieces, plan.ahead.posts, taken)
    desk.publish([page.pieces[0].story for page in plan.home])
    found: list[Happening] = [*_published(desk, plan, start), *_edits(desk, plan, start)]
    found += [*_forum(desk, plan, start), *_removals(desk, plan, start)]
    ahead = Ahead(desk.pieces, desk.posts, plan.ahead.days + 1, tuple(sorted(found, key=moment_of)))
    return replace(plan, ahead=ahead)


def _some(plan: Plan, share: float, least: int) -> int:
    return max(least, round(share * plan.size))


def _published(desk: Desk, plan: Plan, start: datetime) -> list[Page]:
    """New stories and updates, their copies, late copies of what is older, and digests."""
    old = len(desk.stories)
    fresh = _stories(desk, plan, start)
    desk.publish(fresh)
    printed: list[tuple[Piece, ...]] = [(desk.piece(story, story.origin, None, story.at),) for story in fresh]
    printed += _copies(desk, _some(plan, 0.012, 8), lambda: desk.rng.choice(fresh))
    printed += _copies(desk, _some(plan, 0.004, 3), lambda: desk.stories[desk.rng.randrange(old)])
    printed += draw_digests(desk, _some(plan, 0.003, 2), start + timedelta(hours=6))
    return [replace(draw_page(desk, pieces), modified_at=None) for pieces in printed]


def _stories(desk: Desk, plan: Plan, start: datetime) -> list[Story]:
    """News and updates of earlier stories, numbered on in the order of time."""
    rng, known = desk.rng, len(desk.stories)
    times = sorted(
        desk.moment(start + timedelta(minutes=5), desk.now - timedelta(hours=2)) for _ in range(_some(plan, 0.012, 6))
    )
    fresh: list[Story] = []
    for at in times:
        number = known + len(fresh)
        story = Story(number, number, rng.choice(tuple(DESKS)), at, draw_origin(rng))
        if len(fresh) % 6 == 1:
            told = _told(desk, at)
            story = replace(story, event=told.number, desk=told.desk, origin=told.origin)
        fresh.append(story)
    return fresh


def _told(desk: Desk, at: datetime) -> Story:
    """An earlier story that can have an update: hours old, no report, no update itself."""
    high = bisect_left(desk.times, at - timedelta(hours=3))
    while True:
        story = desk.stories[desk.rng.randrange(max(0, high - 200), high)]
        if story.template is None and story.related_to is None:
            return story


def _copies(desk: Desk, count: int, choose: Callable[[], Story]) -> list[tuple[Piece, ...]]:
    """Copies of chosen stories on other hosts, each kind of change before any comes again."""
    rng, start, ran = desk.rng, desk.now - _DAY, set[tuple[int, int]]()
    made: list[tuple[Piece, ...]] = []
    while len(made) < count:
        story, outlet = choose(), rng.choices(range(len(COPIERS)), COPIERS)[0]
        if outlet == story.origin or (story.number, outlet) in ran:
            continue
        ran.add((story.number, outlet))
        change = _CHANGES[len(made)] if len(made) < 6 else rng.choices(_CHANGES, ARTICLE_CHANGES)[0]
        lag = timedelta(minutes=4 + int(rng.expovariate(1 / 240)))
        at = min(desk.now - timedelta(seconds=rng.randint(60, 1200)), max(story.at, start) + lag)
        piece = desk.piece(story, outlet, "verbatim" if story.template else change, at)
        made.append((piece,))
    return made


def _edits(desk: Desk, plan: Plan, start: datetime) -> list[PageEdit]:
    """Edits of dated pages; every fourth hits a story's origin that others have copied."""
    rng, found = desk.rng, dict[tuple[int, int], PageEdit]()
    count = _some(plan, 0.006, 6)
    for _ in range(50 * count):
        page = _any_page(rng, plan) if len(found) % 4 else _copied(rng, plan)
        if page is not None and (page.outlet, page.position) not in found:
            at, piece = desk.moment(start + timedelta(minutes=5), desk.now), rng.randrange(len(page.pieces))
            edit = PageEdit(at, page.outlet, page.position, piece, _EDITS[len(found) % len(_EDITS)])
            found[page.outlet, page.position] = edit
        if len(found) == count:
            break
    return list(found.values())


def _any_page(rng: Random, plan: Plan) -> Page | None:
    pages = plan.shelves[rng.choice(_DATED)].pages
    end = min(len(pages), _NEWEST) if rng.random() < 0.5 else len(pages)
    return pages[rng.randrange(end)] if pages else None


def _copied(rng: Random, plan: Plan) -> Page | None:
    """The page of origin, as it stands, of a story that some page copies."""
    pages = rng.choice(plan.shelves[:-1]).pages
    piece = pages[rng.randrange(len(pages))].pieces[0] if pages else None
    if piece is None or piece.change is None or piece.story.template:
        return None
    home = plan.home[piece.story.number]
    return plan.shelves[home.outlet].find(home.path) if home.outlet in _DATED else None


def _forum(desk: Desk, plan: Plan, start: datetime) -> list[Thread | Post]:
    """New threads with answers, and answers in old threads: the first of them fills its page and begins the next."""
    rng, threads = desk.rng, plan.threads
    desk.recent = [p for thread in threads[-6:] for p in thread.posts if p.twin is None and p.quoted is None]
    found: list[Thread | Post] = []
    opened = sorted(desk.moment(start, desk.now - timedelta(hours=1)) for _ in range(_some(plan, 0.001, 1)))
    for number, at in enumerate(opened, threads[-1].number + 1):
        thread = draw_thread(desk, draw_post(desk, number, at, ()))
        found += [thread, *_answers(desk, thread, _times(desk, at, rng.randint(2, 6)))]
    crossed = rng.choice(threads)
    found += _answers(desk, crossed, _times(desk, start, POSTS_A_PAGE + 1 - len(crossed.posts) % POSTS_A_PAGE))
    for index in rng.sample(range(len(threads)), k=min(len(threads), _some(plan, 0.004, 2))):
        if threads[index] is not crossed:
            found += _answers(desk, threads[index], _times(desk, start, rng.randint(1, 4)))
    return found


def _times(desk: Desk, start: datetime, count: int) -> list[datetime]:
    return sorted(desk.moment(start + timedelta(minutes=1), desk.now) for _ in range(count))


def _answers(desk: Desk, thread: Thread, times: list[datetime]) -> list[Post]:
    """Posts at the end of a thread, the first of them with a pasted article."""
    posts = list(thread.posts)
    for index, at in enumerate(times):
        posts.append(draw_post(desk, thread.number, at, posts, pasted=index == 0))
    return posts[len(thread.posts) :]


def _removals(desk: Desk, plan: Plan, start: datetime) -> list[Removal]:
    """Deletions of posts that stood at the day's start; the opening post of a thread stays."""
    found: dict[int, Removal] = {}
    for _ in range(_some(plan, 0.001, 2)):
        thread = desk.rng.choice(plan.threads)
        if len(thread.posts) > 3:
            post = desk.rng.choice(thread.posts[1:])
            at = desk.moment(start + timedelta(minutes=1), desk.now)
            found[post.number] = Removal(at, thread.number, post.number)
    return list(found.values())
