"""The press world moves on: a collect brings only the new, edits become revisions, stories keep their ids.

The world's clock is weeks behind ours, as that of a real site may be.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pipeline.corpus.reader import Corpus, open_corpus
from pipeline.store.objects import FolderStore
from tests.eval.demo_world import score_demo
from tests.support.commands import copydesk, copydesk_json
from tests.support.orchestra import served_world

pytestmark = pytest.mark.slow

PORT = 8813


@dataclass(frozen=True)
class Moment:
    """The corpus after a collect, what the world said of itself, and the run's report."""

    corpus: Corpus
    truth: list[dict[str, Any]]
    report: dict[str, Any]

    @property
    def stories(self) -> dict[str, str]:
        """Story id of every document."""
        rows = self.corpus.stories().to_pylist()
        return {copy["id"]: row["story_id"] for row in rows for copy in row["copies"]}

    @property
    def pages(self) -> int:
        return sum(chunk["pages"] for chunk in self.report["sources"].values())


def tell(folder: Path) -> Path:
    told = copydesk(folder, "demo", "truth", "--port", str(PORT))
    assert told.returncode == 0, told.stderr
    path = folder / "truth.jsonl"
    path.write_text(told.stdout)
    return path


def collect(folder: Path) -> Moment:
    done = copydesk(folder, "collect", "--no-prefect")
    assert done.returncode == 0, done.stderr
    truth = [json.loads(line) for line in tell(folder).read_text().splitlines()]
    return Moment(open_corpus(FolderStore(folder / "data")), truth, copydesk_json(folder, "report"))


def key(row: dict[str, Any]) -> tuple[object, ...]:
    return (row["source"], row["url"], row["post_id"] or row["title"])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("living")
    with served_world(folder, pages=120, port=PORT):
        yield folder


@pytest.fixture(scope="module")
def moments(folder: Path) -> tuple[Moment, Moment]:
    before = collect(folder)
    moved = copydesk_json(folder, "demo", "clock", "--advance", "1d", "--port", str(PORT))
    assert moved["now"] > before.truth[0]["published_at"]
    return before, collect(folder)


def test_everything_of_both_days_is_found_with_its_present_text(moments: tuple[Moment, Moment], folder: Path) -> None:
    score = score_demo(moments[1].corpus, folder / "truth.jsonl")
    assert (score.found, score.extra) == (score.expected, 0), score.problems[:10]
    assert (score.texts, score.titles, score.dates) == (1.0, 1.0, 1.0), score.problems[:10]
    assert score.pairs.precision == 1.0
    assert score.pairs.recall >= 0.97, score.problems  # a copy of a text before its edit may be further from it


def test_only_the_new_and_the_changed_is_fetched_and_stored(moments: tuple[Moment, Moment]) -> None:
    before, after = moments
    old, new = ({key(row): row for row in one.truth if not row["deleted"]} for one in moments)
    added = new.keys() - old.keys()
    edited = {name for name in new.keys() & old.keys() if new[name]["revision"] > old[name]["revision"]}
    removed = {key(row) for row in after.truth if row["deleted"]}
    assert added
    assert edited
    assert removed
    revisions = [one.corpus.revisions(columns=["id", "revision"]).to_pylist() for one in moments]
    assert len(revisions[0]) == len({row["id"] for row in revisions[0]}) == len(old)
    assert len(revisions[1]) == len(revisions[0]) + len(added) + len(edited)
    assert sum(row["revision"] == 2 for row in revisions[1]) == len(edited)
    touched = {row["url"] for name, row in new.items() if name in added | edited}
    touched |= {row["url"] for row in after.truth if row["deleted"]}
    assert after.pages <= 2 * len(touched) < before.pages  # a thread that grows over the end of a page costs two


def test_a_deleted_post_stays_once_in_the_corpus(moments: tuple[Moment, Moment]) -> None:
    gone = {str(row["post_id"]) for row in moments[1].truth if row["deleted"]}
    posts = [row["post_id"] for row in moments[1].corpus.documents().to_pylist() if row["kind"] == "post"]
    assert gone <= set(posts)
    assert len(posts) == len(set(posts))
    noticed = [one["count"] for one in moments[1].report["outcomes"] if one["reason"] == "post_gone"]
    assert (
        0 < sum(noticed) <= len(gone)
    )  # by the world's clock no page is fresh, so only ends of threads are asked again


def test_stories_keep_their_ids(moments: tuple[Moment, Moment]) -> None:
    before, after = (one.stories for one in moments)
    edited = {
        row["id"] for row in moments[1].corpus.revisions(columns=["id", "revision"]).to_pylist() if row["revision"] > 1
    }
    by_story: dict[str, set[str]] = {}
    for document, story in before.items():
        by_story.setdefault(story, set()).add(document)
    calm = {document for members in by_story.values() if not members & edited for document in members}
    assert len(calm) > len(before) / 2
    assert {document: after[document] for document in calm} == {document: before[document] for document in calm}
    gained = {after[document] for document in after.keys() - before.keys()} & set(before.values())
    assert gained  # late copies joined stories of the day before


def test_failing_hosts_cost_time_and_no_text(moments: tuple[Moment, Moment], folder: Path) -> None:
    copydesk_json(folder, "demo", "clock", "--advance", "1d", "--port", str(PORT))
    troubles = {
        "demo-northwire": ("slow", "--seconds", "0.2", "--share", "0.5"),
        "demo-harbor-ledger": ("error", "--first", "4"),
        "demo-fen-report": ("drop", "--share", "0.5"),
        "demo-brass-gazette": ("partial", "--share", "0.5"),
        "demo-valley-courier": ("hang", "--share", "0.5"),
    }
    for source, (kind, *how) in troubles.items():
        done = copydesk(folder, "demo", "trouble", source, kind, *how, "--port", str(PORT))
        assert done.returncode == 0, done.stderr
    patience = {"COPYDESK_CRAWL__TIMEOUT_S": "2", "COPYDESK_CRAWL__RETRIES": "1"}
    assert copydesk(folder, "collect", "--no-prefect", variables=patience).returncode in (0, 3)
    assert copydesk(folder, "demo", "trouble", "--clear", "--port", str(PORT)).returncode == 0
    with closing(sqlite3.connect(folder / "data" / "state.db")) as state, state:
        state.execute("UPDATE urls SET next_due_at = NULL")  # as if the pauses after the failures were over
    after = collect(folder)
    score = score_demo(after.corpus, folder / "truth.jsonl")
    assert (score.found, score.extra, score.texts) == (score.expected, 0, 1.0), score.problems[:10]
