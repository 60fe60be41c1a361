"""Maintenance: fewer files, the same corpus; nothing that somebody needs is swept."""

from __future__ import annotations

import os
import time
from pathlib import Path

import deltalake
import pytest

from pipeline.corpus.digest import corpus_digest
from pipeline.corpus.reader import open_corpus
from pipeline.models import RunState
from pipeline.stages.context import Context
from pipeline.stages.maintain import maintain
from pipeline.stages.publish import publish
from tests.support.corpora import document, stage
from tests.support.pages import paragraphs


def publish_some(context: Context, count: int = 6) -> None:
    for number in range(count):
        name = f"{number + 1:x}" * 32
        stage(context.store, f"r{number}", [document(name, paragraphs(number), number)])
        publish(context)


def test_a_maintained_corpus_is_the_same_in_fewer_files(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    publish_some(context)
    before, version = corpus_digest(open_corpus(context.store)), open_corpus(context.store).version
    orphan = (
        Path(context.store.table_root) / "tables" / "documents" / "added_month=2026-10" / "of-a-dead-publisher.parquet"
    )
    orphan.parent.mkdir(exist_ok=True)
    orphan.write_bytes(b"x")
    os.utime(orphan, (0, 0))
    done = maintain(context)
    assert done.version == version + 1
    after = open_corpus(context.store)
    assert (after.version, corpus_digest(after)) == (version + 1, before)
    assert maintain(context).version is None  # nothing to do until something is published
    for table in ("documents", "relations", "story_changes"):
        assert len(deltalake.DeltaTable(f"{context.store.table_root}/tables/{table}").file_uris()) <= 1
    assert not orphan.exists()
    monkeypatch.setattr("pipeline.stages.candidates.sketches", None)  # the candidate index must not be built anew
    stage(context.store, "r9", [document("9" * 32, paragraphs(1), 9)])
    published = publish(context)
    assert (published.runs, published.collapsed) == (("r9",), 1)


def test_versions_of_the_last_days_stay_readable(context: Context) -> None:
    publish_some(context)
    digests = {number: corpus_digest(open_corpus(context.store, version=number)) for number in range(1, 7)}
    maintain(context)
    assert {number: corpus_digest(open_corpus(context.store, version=number)) for number in digests} == digests


def test_a_publisher_that_died_over_maintenance_is_undone(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    publish_some(context)
    before = corpus_digest(open_corpus(context.store))

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("pipeline.stages.maintain.put_version", die)
        with pytest.raises(KeyboardInterrupt):
            maintain(context)
    assert corpus_digest(open_corpus(context.store)) == before
    stage(context.store, "r9", [document("9" * 32, paragraphs(99), 9)])
    assert publish(context).documents == 1
    assert open_corpus(context.store).documents().num_rows == 7


def test_only_what_ended_long_ago_is_swept(context: Context) -> None:
    publish_some(context, 1)
    day = "20200101T000000Z"
    stage(context.store, f"{day}-waiting", [document("a" * 32, paragraphs(50), 1)])
    context.store.put(f"staged/{day}-half/part-0.parquet", b"half")
    for name, state in (("dead", RunState.CRAWLED), ("over", RunState.EMPTY)):
        context.runs.start(f"{day}-{name}", kind="collect", sources=[])
        context.runs.set_state(f"{day}-{name}", state)
        context.store.put(f"staged/{day}-{name}/part-0.parquet", b"x")
    work = context.settings.data_dir / "work"
    for name, age_s in (("old", 30 * 86_400), ("new", 0)):
        (work / name).mkdir(parents=True)
        os.utime(work / name, (time.time() - age_s,) * 2)
    done = maintain(context)
    swept = {key.split("/")[1] for key in context.store.keys("staged/")}
    assert f"{day}-half" not in swept
    assert {f"{day}-waiting", "r0"} <= swept
    assert (done.staged_swept, done.work_swept) == (1, 1)
    assert [path.name for path in work.iterdir()] == ["new"]
    assert Path(context.settings.data_dir / "index").exists()
