"""Pages of a thread that are no longer its end are looked at again while they are fresh: edits and deletions."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.board_markups import BOARDS
from tests.support.boards import Board, Said, Topic
from tests.support.commands import copydesk, copydesk_json, declare
from tests.support.site import Site, serving

A_PAGE = 3
NOW = datetime.now(UTC).replace(second=0, microsecond=0)
WORDS = "Between the roses and the wall nothing grew that summer but the quiet plan of a neighbour number {}."


def topic(number: int, title: str, newest: datetime, count: int) -> Topic:
    posts = [
        Said(100 * number + place, place, f"Ada {place}", newest - timedelta(minutes=10 * (count - place)),
             WORDS.format(100 * number + place))
        for place in range(1, count + 1)
    ]  # fmt: skip
    return Topic(number, title, tuple(posts))


def publish(site: Site, board: Board, threads: list[Topic]) -> None:
    pages = {"/": board.index_page(), board.forum_path(1): board.forum_page(threads, 1, more=False)}
    for one in threads:
        for page, start in enumerate(range(0, len(one.posts), A_PAGE), 1):
            posts, more = one.posts[start : start + A_PAGE], start + A_PAGE < len(one.posts)
            pages[board.thread_path(one, page)] = board.thread_page(one, posts, page, more=more)
    site.pages |= {path: text.encode() for path, text in pages.items()}


def collect(folder: Path, site: Site) -> list[str]:
    """Paths that a collect asked."""
    site.asked.clear()
    done = copydesk(folder, "collect", "--no-prefect", timeout=300)
    assert done.returncode == 0, done.stderr
    return [path for path, _ in site.asked]


def documents(folder: Path) -> dict[str, dict[str, Any]]:
    done = copydesk(folder, "corpus", "export", "--table", "documents", "-o", "documents.jsonl")
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in (folder / "documents.jsonl").read_text("utf-8").splitlines()]
    return {row["post_id"]: row for row in rows}


def pass_a_day(folder: Path) -> None:
    """Make addresses due that are to be looked at again within the next two days."""
    with closing(sqlite3.connect(folder / "data" / "state.db")) as state, state:
        until = (NOW + timedelta(days=2)).strftime("%Y-%m-%d %H:%M:%S")
        state.execute("UPDATE urls SET next_due_at = '2020-01-01 00:00:00.000000' WHERE next_due_at < ?", (until,))


@pytest.mark.parametrize("name", ["xenforo2", "smf21"])
def test_an_edit_and_a_deletion_on_an_earlier_page_of_a_fresh_thread_are_noticed(tmp_path: Path, name: str) -> None:
    site, board = Site("127.0.62.1"), BOARDS[name]
    fresh = topic(1, "Mulch or not", NOW - timedelta(hours=2), 7)
    old = topic(2, "Late frost", NOW - timedelta(days=40), 5)
    with serving(site):
        publish(site, board, [fresh, old])
        declare(tmp_path, "board", site.declaration("board", kind="forum", entry="forum", path="/"))
        collect(tmp_path, site)
        first = documents(tmp_path)
        assert len(first) == 12
        assert not [
            path for path in collect(tmp_path, site) if path in {board.thread_path(fresh, page) for page in (1, 2)}
        ]
        edited = replace(fresh.posts[0], text="On second thought nothing grows there at all, said the neighbour.")
        left = (edited, *fresh.posts[2:])  # the second post is gone, and those behind it move up
        publish(site, board, [replace(fresh, posts=left), old])
        pass_a_day(tmp_path)
        asked = collect(tmp_path, site)
        assert board.thread_path(fresh, 1) in asked
        assert board.thread_path(old, 1) not in asked, "what has not changed for long is left alone"
        outcomes = copydesk_json(tmp_path, "report")["outcomes"]
        noticed = [(one["reason"], one["count"]) for one in outcomes if one["stage"] == "publish"]
        assert noticed == [("post_gone", 1)]
        second = documents(tmp_path)
        assert second.keys() == first.keys()
        assert second["101"]["text"] == edited.text
        assert second["101"]["revision"] == 2
        assert {key: row["id"] for key, row in second.items()} == {key: row["id"] for key, row in first.items()}
        assert not [path for path in collect(tmp_path, site) if path == board.thread_path(fresh, 1)]
