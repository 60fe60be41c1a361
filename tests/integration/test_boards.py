"""A small board of every system: all of it comes in, nothing is asked twice, and a thread goes on where it ended."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.board_markups import BOARDS
from tests.support.boards import Board, Said, Topic, discourse_list, discourse_topic
from tests.support.commands import copydesk, declare
from tests.support.site import Site, serving

A_PAGE = 3
FIRST = datetime(2026, 10, 1, 14, 7, tzinfo=UTC)
WORDS = "Between the roses and the wall nothing grew that summer but the quiet plan of a neighbour number {}."
QUOTED = "Nobody waters a wall, however dry the year."


def said(number: int, place: int) -> Said:
    quote = ("Ada", number - 1, QUOTED) if place == 2 else None
    name = ("Ada", "Bo", "Cy")[place % 3]
    return Said(number, place, name, FIRST + timedelta(days=number % 23, minutes=number), WORDS.format(number), quote)


def topics() -> list[Topic]:
    """Four threads; the first one has two pages."""
    titles = ("Mulch or not", "Late frost", "Old roses", "Slugs again")
    counts = (5, 2, 1, 2)
    return [
        Topic(number, title, tuple(said(number * 100 + place, place) for place in range(1, count + 1)))
        for number, (title, count) in enumerate(zip(titles, counts, strict=True), 1)
    ]


def publish(site: Site, board: Board, threads: list[Topic]) -> None:
    """Put the board's pages on the site: two pages of threads, and every page of each thread."""
    pages: dict[str, str] = {"/": board.index_page()}
    pages[board.forum_path(1)] = board.forum_page(threads[:A_PAGE], 1, more=True)
    pages[board.forum_path(2)] = board.forum_page(threads[A_PAGE:], 2, more=False)
    for topic in threads:
        for page, start in enumerate(range(0, len(topic.posts), A_PAGE), 1):
            posts = topic.posts[start : start + A_PAGE]
            more = start + A_PAGE < len(topic.posts)
            pages[board.thread_path(topic, page)] = board.thread_page(topic, posts, page, more=more)
    site.pages |= {path: text.encode() for path, text in pages.items()}


def publish_api(site: Site, threads: list[Topic]) -> None:
    """Put the answers for programs on the site, beside the pages."""
    kind = {"Content-Type": "application/json; charset=utf-8"}
    more = "/latest?no_definitions=true&page=1"
    answers = {
        "/latest.json": discourse_list(threads[:A_PAGE], more),
        "/latest.json?no_definitions=true&page=1": discourse_list(threads[A_PAGE:], None),
    }
    for topic in threads:
        for page, start in enumerate(range(0, len(topic.posts), A_PAGE), 1):
            path = f"/t/{topic.slug}/{topic.number}.json" + (f"?page={page}" if page > 1 else "")
            answers[path] = discourse_topic(topic, topic.posts[start : start + A_PAGE])
    site.pages |= {path: (200, kind, body) for path, body in answers.items()}


class World:
    """All boards at once: each collect asks all of them."""

    def __init__(self, folder: Path, sites: dict[str, Site]) -> None:
        self.folder, self.sites, self.threads = folder, sites, topics()
        self.asked: list[dict[str, Counter[tuple[str, int]]]] = []
        self.rows: list[dict[str, list[dict[str, Any]]]] = []

    def publish(self) -> None:
        for name, site in self.sites.items():
            publish(site, BOARDS[name.partition("-")[0]], self.threads)
            if name in ("discourse-api", "discourse-robots"):
                publish_api(site, self.threads)
            if name == "discourse-robots":
                site.pages["/robots.txt"] = (200, {"Content-Type": "text/plain"}, b"User-agent: *\nDisallow: /*.json\n")

    def collect(self) -> None:
        for site in self.sites.values():
            site.asked.clear()
        done = copydesk(self.folder, "collect", "--no-prefect")
        assert done.returncode == 0, done.stderr
        done = copydesk(self.folder, "corpus", "export", "--table", "documents", "-o", "documents.jsonl")
        assert done.returncode == 0, done.stderr
        rows = defaultdict(list)
        for line in (self.folder / "documents.jsonl").read_text("utf-8").splitlines():
            row = json.loads(line)
            rows[row["source"]].append(row)
        self.rows.append(rows)
        self.asked.append({name: Counter(site.asked) for name, site in self.sites.items()})


NAMES = [*BOARDS, "discourse-api", "discourse-robots"]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Collected three times: at first, again with nothing new, and after the first thread grew to three pages."""
    folder = tmp_path_factory.mktemp("boards")
    sites = {name: Site(f"127.0.61.{number}") for number, name in enumerate(NAMES, 1)}
    with ExitStack() as stack:
        stack.enter_context(serving(*sites.values()))
        one = World(folder, sites)
        one.publish()
        for name, site in sites.items():
            declare(folder, name, site.declaration(name, kind="forum", entry="forum", path="/"))
        one.collect()
        one.collect()
        first, *others = one.threads
        grown = tuple(
            replace(said(100 + place, place), at=datetime(2026, 11, 2, 8, place, tzinfo=UTC)) for place in (6, 7)
        )
        one.threads = [replace(first, posts=first.posts + grown), *others]
        one.publish()
        one.collect()
        yield one


every_board = pytest.mark.parametrize("name", NAMES)


def thread_pages(world: World, name: str, visit: int) -> list[str]:
    """Paths of thread pages that a visit asked, whatever the answer."""
    board, asked = BOARDS[name.partition("-")[0]], world.asked[visit][name]
    known = {board.thread_path(one, page) for one in world.threads for page in (1, 2, 3)}
    return sorted(path for path, _ in asked if path in known or path.startswith("/t/"))


@every_board
def test_the_whole_board_comes_in(world: World, name: str) -> None:
    rows = world.rows[0][name]
    wanted = {post.text: (topic, post) for topic in topics() for post in topic.posts}
    assert sorted(row["text"] for row in rows) == sorted(wanted)
    for row in rows:
        topic, post = wanted[row["text"]]
        assert row["authors"] == [post.author]
        assert datetime.fromisoformat(row["published_at"]).replace(second=0) == post.at
        assert row["post_id"] == BOARDS[name.partition("-")[0]].post_id(topic, post)
        assert row["title"] in (topic.title, "Mulch or not")
        quotes = [(one["author"], one["text"]) for one in row["quotes"] if one["text"] != "deep words"]  # in the quote
        assert quotes == ([("Ada", QUOTED)] if post.quote else [])
    assert len({row["thread_id"] for row in rows}) == 4
    assert {status for _, status in world.asked[0][name]} <= {200, 404}


@every_board
def test_a_second_visit_asks_no_thread(world: World, name: str) -> None:
    assert thread_pages(world, name, 1) == []
    assert sum(world.asked[1][name].values()) >= 1
    assert len(world.rows[1][name]) == 10


@every_board
def test_new_posts_are_asked_where_the_thread_ended(world: World, name: str) -> None:
    board, first = BOARDS[name.partition("-")[0]], world.threads[0]
    pages = [board.thread_path(first, 2), board.thread_path(first, 3)]
    if name == "discourse-api":
        pages = [f"/t/{first.slug}/1.json?page={page}" for page in (2, 3)]
    assert thread_pages(world, name, 2) == pages
    rows = world.rows[2][name]
    assert len(rows) == 12
    assert len({row["thread_id"] for row in rows}) == 4


def test_an_api_gives_the_documents_of_the_pages(world: World) -> None:
    def told(name: str) -> list[tuple[str, str, str]]:
        base = world.sites[name].base
        rows = world.rows[2][name]
        return sorted((row["post_id"], row["url"].removeprefix(base), row["text"]) for row in rows)

    assert told("discourse-api") == told("discourse")
    asked = world.asked[0]["discourse-api"]
    assert not [path for path, _ in asked if path.startswith("/t/") and ".json" not in path]
    assert ("/latest.json", 404) in world.asked[0]["discourse"]
    assert told("discourse-robots") == told("discourse")
    assert not [path for path, _ in world.asked[0]["discourse-robots"] if ".json" in path]


def test_further_pages_know_their_thread(world: World) -> None:
    with closing(sqlite3.connect(world.folder / "data" / "state.db")) as state:
        counts = dict(state.execute("SELECT source, count(*) FROM urls WHERE thread_key IS NOT NULL GROUP BY source"))
    assert counts == dict.fromkeys(NAMES, 2)
