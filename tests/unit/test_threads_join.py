"""Pages of one thread give one thread without doubled posts, however it is cut into pages and addressed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pipeline.extract.documents import extract_page
from pipeline.extract.page import Page, SourceFacts
from pipeline.models import Document
from tests.support.board_markups import BOARDS
from tests.support.board_markups_other import OTHER_BOARDS
from tests.support.boards import Said, Topic
from tests.support.unknown_boards import BOARDS as UNKNOWN
from tests.support.unknown_boards import said

SITE = "https://board.example"
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
EVERY = BOARDS | OTHER_BOARDS
WORDS = "Between the roses and the wall nothing grew that summer, said neighbour number {}."
POSTS = tuple(
    Said(100 + place, place, f"Ada {place}", datetime(2026, 10, place, 14, 7, tzinfo=UTC), WORDS.format(place))
    for place in range(1, 8)
)


def documents(page: str, path: str) -> tuple[Document, ...]:
    facts, url = SourceFacts(source="board", forum=True), SITE + path
    return extract_page(Page(url, page.encode(), NOW), facts, url=url, run_id="r").documents


@pytest.mark.parametrize("name", EVERY)
def test_posts_keep_their_ids_when_pages_overlap_grow_and_change_their_size(name: str) -> None:
    board, topic = EVERY[name], Topic(1, "Mulch or not", POSTS)
    found: list[Document] = []
    for page, start, stop in ((1, 0, 3), (1, 0, 5), (2, 3, 6), (2, 5, 7)):
        text = board.thread_page(topic, POSTS[start:stop], page, more=stop < len(POSTS))
        found += documents(text, board.thread_path(topic, page))
    by_id = {one.id: one.text for one in found}
    assert sorted(by_id.values()) == [one.text for one in POSTS]
    assert len({one.thread_id for one in found}) == 1


@pytest.mark.parametrize(
    ("name", "paths"),
    [
        ("xenforo2", ("/threads/mulch-or-not.1/", "/threads/1/", "/threads/mulch-on-clay.1/#post-101")),
        ("phpbb3", ("/viewtopic.php?t=1", "/viewtopic.php?f=2&t=1&sid=0123456789abcdef0123456789abcdef")),
        ("vbulletin4", ("/threads/1-mulch-or-not", "/threads/1-mulch-on-clay?p=101#post101")),
        ("discourse", ("/t/mulch-or-not/1", "/t/1", "/t/mulch-on-clay/1/3")),
    ],
)
def test_addresses_with_and_without_a_title_name_one_thread(name: str, paths: tuple[str, ...]) -> None:
    page = EVERY[name].thread_page(Topic(1, "Mulch or not", POSTS), POSTS[:3], 1, more=False)
    found = [one for path in paths for one in documents(page, path)]
    assert len({one.id for one in found}) == 3
    assert len({one.thread_id for one in found}) == 1


@pytest.mark.parametrize("name", [name for name in UNKNOWN if name != "bare"])
def test_boards_of_unknown_systems_likewise(name: str) -> None:
    board, model = UNKNOWN[name], said(3, 9)
    cuts = ((0, 0, 5), (1, 4, 9), (1, 5, 9))
    paths = (board.at[0], board.following[0])
    found = [
        one
        for page, start, stop in cuts
        for one in documents(board.thread("Kettle", model[start:stop], page + 1, 2), paths[page])
    ]
    assert len({one.id for one in found}) == len(model)
    assert len({one.thread_id for one in found}) == 1
