"""Moves a plan on: what happens after the base depends on seed, size and moment alone, never on the steps there."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from pipeline.demo.days import draw_day
from pipeline.demo.outlets import FORUM_NODES
from pipeline.demo.plan import (
    POSTS_A_PAGE,
    Happening,
    Page,
    PageEdit,
    Plan,
    Post,
    Removal,
    Shelf,
    Thread,
    boards,
    moment_of,
)

DAY = timedelta(days=1)
_FURTHEST = timedelta(days=366)


def move(plan: Plan, moment: datetime) -> Plan:
    """The plan at a later moment.

    A day is drawn from the state at its start, after all that happened before it: so steps do not matter.

    Raises:
        ValueError: `moment` has no time zone, is before the plan's, or more than a year after it.
    """
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no time zone: add one, for example +00:00")
    if moment < plan.moment:
        raise ValueError(f"the clock stands at {plan.moment.isoformat()} and cannot go back to {moment.isoformat()}")
    if moment - plan.moment > _FURTHEST:
        raise ValueError(f"{moment.isoformat()} is more than {_FURTHEST.days} days on: move in smaller steps")
    moment = moment.astimezone(UTC).replace(microsecond=0)
    while (start := plan.now + plan.ahead.days * DAY) < moment:
        plan = draw_day(_happen(plan, start), start)
    return replace(_happen(plan, moment), moment=moment)


def _happen(plan: Plan, until: datetime) -> Plan:
    """Lets all that was drawn for no later than `until` happen."""
    drawn = plan.ahead.happenings
    due = [one for one in drawn if moment_of(one) <= until]
    if not due:
        return plan
    state = _State(list(plan.threads), list(plan.home))
    for one in due:
        state.happen(plan, one)
    shelves = tuple(state.shelf(shelf, index) for index, shelf in enumerate(plan.shelves))
    places = boards(state.threads, len(FORUM_NODES), plan.now)
    ahead = replace(plan.ahead, happenings=drawn[len(due) :])
    threads, home = tuple(state.threads), tuple(state.home)
    return replace(plan, shelves=shelves, threads=threads, boards=places, home=home, ahead=ahead)


@dataclass(slots=True)
class _State:
    """The parts of a plan that change, while they do; `pages` holds touched outlets, the oldest page first."""

    threads: list[Thread]
    home: list[Page]
    pages: dict[int, list[Page]] = field(default_factory=dict)
    months: dict[int, dict[str, datetime]] = field(default_factory=dict)

    def happen(self, plan: Plan, one: Happening) -> None:
        match one:
            case Page():
                self._publish(plan, one)
            case PageEdit():
                self._edit(plan, one)
            case Thread():
                self.threads.append(replace(one, changes=((moment_of(one), 0),)))
            case Post():
                at = one.thread - self.threads[0].number
                self.threads[at] = _answered(self.threads[at], one)
            case Removal():
                at = one.thread - self.threads[0].number
                self.threads[at] = _removed(self.threads[at], one)

    def _open(self, shelf: Shelf, outlet: int) -> list[Page]:
        self.months.setdefault(outlet, dict(shelf.months))
        return self.pages.setdefault(outlet, list(reversed(shelf.pages)))

    def _publish(self, plan: Plan, page: Page) -> None:
        shelf = plan.shelves[page.outlet]
        pages = self._open(shelf, page.outlet)
        pages.append(replace(page, position=len(shelf.stock) - 1 - len(pages)))
        self.months[page.outlet][f"{page.at:%Y-%m}"] = page.at
        if page.pieces[0].change is None and not page.digest:
            self.home.append(page)

    def _edit(self, plan: Plan, edit: PageEdit) -> None:
        shelf = plan.shelves[edit.outlet]
        pages = self._open(shelf, edit.outlet)
        rank = len(shelf.stock) - 1 - edit.position
        page, pieces = pages[rank], list(pages[rank].pieces)
        pieces[edit.piece] = replace(pieces[edit.piece], edits=(*pieces[edit.piece].edits, edit.edit))
        pages[rank] = replace(page, pieces=tuple(pieces), modified_at=edit.at)
        self.months[edit.outlet][f"{page.at:%Y-%m}"] = edit.at

    def shelf(self, shelf: Shelf, outlet: int) -> Shelf:
        if outlet not in self.pages:
            return shelf
        pages = self.pages[outlet]
        fresh = {page.path: page.position for page in pages[len(shelf.pages) :]}
        positions = {**shelf.positions, **fresh} if fresh else shelf.positions
        return replace(shelf, pages=tuple(reversed(pages)), positions=positions, months=self.months[outlet])


def _pages(posts: int) -> int:
    return -(-posts // POSTS_A_PAGE)


def _changed(thread: Thread, posts: tuple[Post, ...], at: datetime, place: int) -> Thread:
    """The thread with other posts: what follows `place` moved; a page more or less changes every page's links."""
    start = place if _pages(len(posts)) == _pages(len(thread.posts)) else 0
    return replace(thread, posts=posts, changes=(*thread.changes, (at, start)))


def _answered(thread: Thread, post: Post) -> Thread:
    return _changed(thread, (*thread.posts, post), post.at, len(thread.posts))


def _removed(thread: Thread, removal: Removal) -> Thread:
    place = next(index for index, post in enumerate(thread.posts) if post.number == removal.post)
    posts = thread.posts[:place] + thread.posts[place + 1 :]
    return replace(_changed(thread, posts, removal.at, place), removed=(*thread.removed, thread.posts[place]))
