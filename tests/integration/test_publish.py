"""Publishing beside local state that is not the corpus's own: nothing is overlooked and nothing published twice."""

from __future__ import annotations

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import lmdb
import pytest

import pipeline.stages.publish as publish_stage
from pipeline.corpus.reader import open_corpus
from pipeline.errors import BusyError
from pipeline.models import RunState
from pipeline.settings import Settings
from pipeline.stages.context import Context, open_context
from pipeline.stages.publish import publish
from pipeline.stages.report import report_key
from pipeline.stages.takedown import take_down
from pipeline.stages.verify import verify
from pipeline.store.leases import hold
from pipeline.store.objects import ObjectStore
from pipeline.store.versions import CorpusVersion, latest_version, put_version
from pipeline.store.writing import MOST_IDS
from tests.support.commands import copydesk
from tests.support.corpora import START, document, stage
from tests.support.pages import paragraphs


def publish_one(context: Context, run: str, name: str, text: int) -> tuple[int, int]:
    """Publish a run of one document; gives how many stories it added, and how many texts it collapsed."""
    stage(context.store, run, [document(name * 32, paragraphs(text), 1)])
    published = publish(context)
    assert published.runs == (run,)
    return published.stories_added, published.collapsed


def index_of(context: Context) -> Path:
    return context.settings.data_dir / "index" / "candidates" / "data.mdb"


def of_another_store(context: Context, _: Path, folder: Path) -> None:
    other = context.settings.model_copy(update={"store": f"file:{folder / 'other'}"})
    with open_context(other) as opened:
        assert publish_one(opened, "o1", "d", 7) == publish_one(opened, "o2", "e", 8) == (1, 0)
        shutil.copy(index_of(opened), index_of(context))


def of_another_version(context: Context, former: Path, _: Path) -> None:
    shutil.copy(former, index_of(context))


def of_another_format(context: Context, _: Path, __: Path) -> None:
    with closing(lmdb.open(str(index_of(context).parent), max_dbs=4)) as index:
        for name in (b"keys", b"state"):
            database = index.open_db(name)
            with index.begin(write=True) as writing:
                writing.drop(database, delete=False)
        with index.begin(write=True, db=database) as writing:
            writing.put(b"format", b"0/words/none")


def broken(context: Context, _: Path, __: Path) -> None:
    index_of(context).write_bytes(b"no database" * 1000)


@pytest.mark.parametrize("change", [of_another_store, of_another_version, of_another_format, broken])
def test_a_candidate_index_that_is_not_this_corpus_s_is_built_anew(
    context: Context, tmp_path: Path, change: object
) -> None:
    assert publish_one(context, "r1", "a", 1) == (1, 0)
    former = shutil.copy(index_of(context), tmp_path / "former.db")
    assert publish_one(context, "r2", "b", 2) == (1, 0)
    assert callable(change)
    change(context, former, tmp_path)
    assert publish_one(context, "r3", "c", 2) == (0, 1), "a copy of the text of r2"


def test_what_a_lost_state_database_knew_is_not_published_again(settings: Settings) -> None:
    with open_context(settings) as context:
        assert publish_one(context, "r1", "a", 1) == (1, 0)
    for part in settings.data_dir.glob("state.db*"):
        part.unlink()
    with open_context(settings) as context:
        for _ in range(2):
            assert publish(context).runs == ()
        run = context.runs.get("r1")
        assert run is not None
        assert (run.state, run.published_version) == (RunState.PUBLISHED, 1)
        assert publish_one(context, "r2", "b", 1) == (0, 1)


@pytest.mark.parametrize(("known", "found"), [(1, 1), (2, 1), (2, 3)])
def test_a_state_database_that_knew_another_corpus_publishes_nothing_twice(
    settings: Settings, tmp_path: Path, known: int, found: int
) -> None:
    other = settings.model_copy(update={"store": f"file:{tmp_path / 'other'}"})
    for one, versions, letter in ((settings, known, "r"), (other, found, "o")):
        with open_context(one) as context:
            for number in range(versions):
                publish_one(context, f"{letter}{number}", str(number), number)
    with open_context(other.model_copy(update={"state": settings.state_url})) as context:
        for _ in range(2):
            assert publish(context).runs == ()
        newest = latest_version(context.store)
        assert newest is not None
        assert newest.version == found


def test_of_two_publishers_at_once_the_stale_one_loses_and_decides_again(
    context: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two machines with state databases of their own: no lease keeps them apart, the version file does."""
    publish_one(context, "r0", "a", 1)
    stage(context.store, "r1", [document("b" * 32, paragraphs(1), 2), document("c" * 32, paragraphs(2), 2)])
    others: list[Any] = []

    def late(store: ObjectStore, version: CorpusVersion) -> None:
        """The other publisher is quicker, by one run that was staged meanwhile."""
        if not others:
            stage(context.store, "r2", [document("d" * 32, paragraphs(2), 3)])
            others.append(None)
            done = copydesk(tmp_path, "publish", "--json", COPYDESK_DATA=str(tmp_path / "elsewhere"))
            assert done.returncode == 0, done.stderr
            others[0] = json.loads(done.stdout)
            stage(context.store, "r3", [document("e" * 32, paragraphs(1), 4)])
        put_version(store, version)

    monkeypatch.setattr(publish_stage, "put_version", late)
    published = publish(context)
    assert (others[0]["version"], others[0]["runs"]) == (2, ["r1", "r2"])
    assert (published.version, published.runs, published.collapsed) == (3, ("r3",), 1)
    corpus = open_corpus(context.store)
    members = sorted(sorted(copy["id"][0] for copy in copies) for copies in corpus.stories()["copies"].to_pylist())
    assert members == [["a", "b", "e"], ["c", "d"]]
    assert corpus.revisions().num_rows == 5
    assert {context.runs.get(run).state for run in ("r0", "r1", "r2", "r3")} == {RunState.PUBLISHED}  # type: ignore[union-attr]


def test_a_publisher_waits_for_another_and_takes_what_was_staged_meanwhile(context: Context) -> None:
    stage(context.store, "r0", [document("a" * 32, paragraphs(1), 1)])
    with ThreadPoolExecutor(1) as pool:
        with hold(context.database, "corpus"):
            with pytest.raises(BusyError, match="corpus is held"):
                publish(context)
            waiting = pool.submit(publish, context, wait_s=60)
            stage(context.store, "r1", [document("b" * 32, paragraphs(2), 1)])
        assert waiting.result(60).runs == ("r0", "r1")


def test_a_backlog_that_is_too_much_at_once_becomes_several_versions(
    context: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once = context.settings.model_copy(update={"store": f"file:{tmp_path / 'other'}"})
    with open_context(at_once) as other:
        done = []
        for each in (context, other):
            for run in range(5):
                some = [document(f"{10 * run + at:032x}", paragraphs(5 * at + run % 3), run) for at in range(2)]
                stage(each.store, f"r{run}", some)
            done.append(publish(each))
            monkeypatch.setattr(publish_stage, "_MOST", 4)
        whole, parts = done
        assert (whole.version, parts.version) == (1, 3)
        assert replace(parts, version=1, stories_changed=0) == whole
        assert (whole.runs, whole.documents, whole.collapsed) == (tuple(f"r{run}" for run in range(5)), 10, 4)
        assert members_of(context) == members_of(other)
        assert len(members_of(context)) == 6
        for each in (context, other):
            assert all(each.store.exists(report_key(f"r{run}")) for run in range(5))
            assert verify(each.store).findings == ()


def test_very_many_copies_stay_one_story_when_the_first_is_put_right_or_goes(context: Context) -> None:
    copies = [document(f"{at:032x}", paragraphs(1), 1) for at in range(1, 71)]
    stage(context.store, "r1", copies[:60])
    publish(context)
    stage(context.store, "r2", copies[60:])
    publish(context)
    assert len(members_of(context)) == 1
    stage(context.store, "r3", [replace(copies[0], title="Put right", fetched_at=START + timedelta(days=9))])
    assert publish(context).documents == 1
    assert [len(one) for one in members_of(context)] == [70]
    take_down(context, "id", copies[0].id, reason="asked")
    assert [len(one) for one in members_of(context)] == [69]


def members_of(context: Context) -> list[list[str]]:
    return sorted(sorted(copy.id for copy in one.copies) for one in open_corpus(context.store).stories_after(0))


def test_very_many_changed_stories_are_written_month_by_month(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage(context.store, "r1", [document(f"{n:032x}", paragraphs(n), n) for n in range(1, 7)])
    publish(context)
    monkeypatch.setattr("pipeline.stages.publish.MOST_IDS", 1)
    stage(context.store, "r2", [document(f"{n + 16:032x}", paragraphs(n), 9) for n in range(1, 4)])
    assert publish(context).collapsed == 3
    stories = open_corpus(context.store).stories()
    assert sorted(map(len, stories["copies"].to_pylist())) == [1, 1, 1, 2, 2, 2]
    assert verify(context.store).findings == ()


@pytest.mark.parametrize("most", [MOST_IDS, 0])
def test_many_changed_stories_leave_what_few_leave(
    context: Context, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    """With no ids allowed in a condition, each change is one of "very many" stories."""
    monkeypatch.setattr(publish_stage, "MOST_IDS", most)
    far = replace(document("d" * 32, paragraphs(4), 1), published_at=datetime(1990, 1, 1, tzinfo=UTC))
    stage(context.store, "r1", [document(name * 32, paragraphs(text), 1) for text, name in enumerate("abc")] + [far])
    publish(context)
    stage(context.store, "r2", [document("e" * 32, paragraphs(0), 2), document("f" * 32, paragraphs(1), 3)])
    publish(context)
    stories = open_corpus(context.store).stories().to_pylist()
    members = [("".join(sorted(copy["id"][0] for copy in row["copies"])), row["version"]) for row in stories]
    assert sorted(members) == [("ae", 2), ("bf", 2), ("c", 1), ("d", 1)]
    assert verify(context.store).findings == ()
