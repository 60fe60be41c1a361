"""What publishing notices of posts: numbers that two threads share, posts that are changed, and posts that are gone."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline.corpus.reader import open_corpus
from pipeline.models import Document, Kind, Quote, Window, post_id_of, thread_id_of
from pipeline.settings import Settings
from pipeline.stages.context import Context
from pipeline.stages.publish import publish
from tests.support.commands import copydesk_json
from tests.support.corpora import START, document, stage
from tests.support.pages import paragraphs

SOURCE = "board"


def post(thread: str, number: int, run: str, *, day: int = 1, text: int = 0, page: int = 1) -> Document:
    """A post that its board numbers, written in the hour of its number."""
    url = f"http://board.example/{thread}"
    name = post_id_of(SOURCE, str(number), thread_id="", position=0)
    begun = START - timedelta(days=100 if thread == "kettles" else 50)
    return replace(
        document(name, paragraphs(text or 10 * number + len(thread)), day, Kind.POST),
        source=SOURCE, url=f"{url}#{number}", page_url=f"{url}?page={page}", post_id=str(number), position=number,
        thread_id=thread_id_of(SOURCE, url), run_id=run, authors=(f"Ann {number}",),
        published_at=begun + timedelta(hours=number),
    )  # fmt: skip


def published(
    context: Context, run: str, posts: Sequence[Document], *, window: Window | None = None
) -> list[tuple[str, str, str, str, int]]:
    """Publish a run; gives what its account says of publishing."""
    context.runs.start(run, kind="collect", sources=(SOURCE,), window=window)
    stage(context.store, run, posts)
    assert publish(context).runs == (run,)
    return [row for row in context.runs.counts(run) if row[1] == "publish"]


def posts_of(context: Context) -> dict[str, list[str]]:
    """Texts of the corpus's posts by the place of their thread and number."""
    found: dict[str, list[str]] = {}
    for row in open_corpus(context.store).documents().to_pylist():
        found.setdefault(row["url"].rpartition("/")[2], []).append(row["text"])
    return found


def noticed_in(context: Context, run: str) -> list[dict[str, Any]]:
    keys = [key for key in context.store.keys(f"reports/{run}/") if "/publish-" in key]
    return [one for key in keys for one in json.loads(context.store.get(key))["noticed"]]


@pytest.mark.parametrize("together", [True, False])
def test_posts_of_two_threads_with_one_number_are_both_kept_and_counted(context: Context, together: bool) -> None:
    kettles = [post("kettles", number, "r1") for number in (1, 2, 3)]
    lamps = [post("lamps", number, "r1", day=2) for number in (1, 2, 3)]
    if together:
        said = published(context, "r1", [*lamps, *kettles])
    else:
        assert published(context, "r0", [replace(one, run_id="r0") for one in kettles]) == []
        said = published(context, "r1", lamps)
    assert said == [(SOURCE, "publish", "noticed", "id_clash", 3)]
    assert [one["url"] for one in noticed_in(context, "r1")] == [one.url for one in lamps]
    assert posts_of(context) == {one.url.rpartition("/")[2]: [one.text] for one in (*kettles, *lamps)}
    again = [replace(one, run_id="r2", fetched_at=START + timedelta(days=9)) for one in lamps]
    assert published(context, "r2", again) == [(SOURCE, "publish", "noticed", "id_clash", 3)]
    assert len(open_corpus(context.store).revisions(columns=["id"]).to_pylist()) == 6, "the same posts as before"


def test_a_post_that_moved_to_another_thread_is_the_same_post(context: Context) -> None:
    before = post("kettles", 1, "r1")
    published(context, "r1", [before])
    moved = replace(before, thread_id="f" * 32, run_id="r2", text="Edited.", text_sha256="0" * 64)
    assert published(context, "r2", [replace(moved, fetched_at=START + timedelta(days=2))]) == []
    rows = open_corpus(context.store).revisions(columns=["revision"]).to_pylist()
    assert sorted(row["revision"] for row in rows) == [1, 2]


def test_a_changed_post_is_a_revision_and_one_that_is_gone_is_told_once(context: Context, tmp_path: Path) -> None:
    thread = [post("kettles", number, "r1") for number in (1, 2, 3, 4)]
    assert published(context, "r1", thread) == []
    edited = post("kettles", 3, "r2", day=2, text=77)
    again = [replace(one, run_id="r2", fetched_at=edited.fetched_at) for one in (thread[0], edited, thread[3])]
    assert published(context, "r2", again) == [(SOURCE, "publish", "noticed", "post_gone", 1)]
    assert [(one["reason"], one["url"]) for one in noticed_in(context, "r2")] == [("post_gone", thread[1].url)]
    later = [replace(one, run_id="r3", fetched_at=START + timedelta(days=3)) for one in again]
    assert published(context, "r3", later) == []
    texts = posts_of(context)
    assert texts["kettles#2"] == [thread[1].text], "what is gone from the board stays in the corpus"
    assert texts["kettles#3"] == [edited.text]


def test_the_last_post_may_be_gone_but_not_those_that_a_window_leaves_out(context: Context) -> None:
    thread = [post("kettles", number, "r1") for number in (1, 2, 3)]
    published(context, "r1", thread)
    for run, window in (("r2", Window(date(2026, 6, 1), date(2026, 6, 30))), ("r3", None)):
        left = [replace(one, run_id=run, fetched_at=START + timedelta(days=int(run[1:]))) for one in thread[:2]]
        said = published(context, run, left, window=window)
        assert said == ([] if window else [(SOURCE, "publish", "noticed", "post_gone", 1)])


def test_a_post_that_pastes_an_article_in_a_box_says_which_story_it_holds(context: Context, settings: Settings) -> None:
    article = replace(document("a" * 32, paragraphs(5, 6), 1), agency="Northwire")
    first, second, plain = (post("kettles", number, "r1", text=40 + number) for number in (1, 2, 3))
    pasted = Quote(None, None, article.text)
    quoted = Quote("Ann 3", "3", plain.text)
    published(
        context, "r1", [article, replace(first, quotes=(pasted,)), replace(second, quotes=(quoted, pasted)), plain]
    )
    opened = open_corpus(context.store)
    pairs = {(row["a"], row["b"]): row["relation"] for row in opened.relations().to_pylist()}
    assert pairs == {(first.id, article.id): "contains", (second.id, article.id): "contains"}
    assert all(len(story["copies"]) == 1 for story in opened.stories().to_pylist()), "each keeps its own words"
    shown = copydesk_json(settings.data_dir.parent, "corpus", "show", first.id)
    assert [(one["title"], one["agency"], one["url"]) for one in shown["holds"]] == [
        (article.title, "Northwire", article.url)
    ]
    shutil.rmtree(settings.data_dir / "index")  # built anew, it knows what posts paste
    late = replace(document("b" * 32, [*paragraphs(5, 6), *paragraphs(9, 1)], 2), run_id="r2")
    published(context, "r2", [late])
    assert {
        (row["a"], row["b"])
        for row in open_corpus(context.store).relations().to_pylist()
        if row["relation"] == "contains"
    } == {(one.id, other) for one in (first, second) for other in (article.id, late.id)}


def test_posts_on_other_pages_and_at_the_edges_of_one_are_not_gone(context: Context) -> None:
    thread = [post("kettles", number, "r1", page=1 + number // 4) for number in range(1, 8)]
    published(context, "r1", thread)
    shown = [replace(one, run_id="r2", fetched_at=START + timedelta(days=2)) for one in thread[1:3]]
    assert published(context, "r2", shown) == []
    older = [replace(one, run_id="r3", fetched_at=START) for one in (thread[0], thread[2])]
    assert published(context, "r3", older) == [], "an older capture says nothing of what came since"
