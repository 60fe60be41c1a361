"""A corpus that an older Copydesk made is read, added to, and mended as it is written to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import deltalake
import pyarrow as pa
import pytest

from pipeline.corpus.digest import corpus_digest
from pipeline.corpus.reader import open_corpus
from pipeline.errors import ConfigError
from pipeline.models import SCHEMA_VERSION
from pipeline.stages.context import Context
from pipeline.stages.maintain import maintain
from pipeline.stages.publish import publish
from pipeline.stages.verify import verify
from pipeline.store import writing
from pipeline.store.versions import latest_version
from tests.support.corpora import document, stage
from tests.support.pages import paragraphs


def make_old(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    """Publish as schema 1 did.

    `stories` lacks its two newer columns, version files tell no sums and no schema, and there is a table of signatures.
    """
    real = deltalake.write_deltalake

    def without(target: Any, rows: Any, **more: Any) -> None:
        lost = [name for name in ("spread_hours", "revisions") if name in rows.schema.names]
        real(target, rows.drop_columns(lost) if lost else rows, **more)

    with monkeypatch.context() as patch:
        patch.setattr(writing, "write_deltalake", without)
        stage(context.store, "r1", [document("a" * 32, paragraphs(1), 1), document("b" * 32, paragraphs(2), 1)])
        publish(context)
    path = version_file(context)
    body = json.loads(path.read_text("utf-8"))
    real(f"{context.store.table_root}/tables/signatures", pa.table({"id": ["a" * 32], "minhash": [b"1234"]}))
    body["tables"]["signatures"] = 0
    path.write_text(json.dumps({key: body[key] for key in body if key not in ("files", "schema_version")}), "utf-8")


def version_file(context: Context) -> Path:
    return Path(context.store.table_root) / "tables" / "_versions" / "00000001.json"


def columns_of(context: Context) -> set[str]:
    table = deltalake.DeltaTable(f"{context.store.table_root}/tables/stories")
    return {field.name for field in table.schema().fields}


def test_old_tables_are_read_and_migrated(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    make_old(context, monkeypatch)
    assert "revisions" not in columns_of(context)
    old = open_corpus(context.store)
    assert old.pinned.schema_version == 1
    assert old.stories()["revisions"].to_pylist() == [None, None]
    assert (old.story_of("a" * 32) is not None, verify(context.store).findings) == (True, ())
    digest = corpus_digest(old)
    stage(context.store, "r2", [document("c" * 32, paragraphs(1), 2)])
    assert publish(context).collapsed == 1
    new = open_corpus(context.store)
    assert (new.version, new.pinned.schema_version) == (2, SCHEMA_VERSION)
    assert sorted(new.stories()["revisions"].to_pylist(), key=str) == [2, None]
    assert "revisions" in columns_of(context)
    assert corpus_digest(open_corpus(context.store, version=1)) == digest
    assert verify(context.store).findings == ()


def test_maintenance_migrates_too_and_changes_no_row(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    make_old(context, monkeypatch)
    before = corpus_digest(open_corpus(context.store))
    assert maintain(context).version == 2
    assert "revisions" in columns_of(context)
    assert corpus_digest(open_corpus(context.store)) == before


def test_a_table_that_is_kept_no_more_goes_once_the_newest_version_is_without_it(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_old(context, monkeypatch)
    stage(context.store, "r2", [document("c" * 32, paragraphs(3), 2)])
    publish(context)
    assert any(context.store.keys("tables/signatures/"))  # the version before may still be in use
    assert "signatures" not in open_corpus(context.store).pinned.tables
    assert verify(context.store).findings == ()
    maintain(context)
    assert not any(context.store.keys("tables/signatures/"))
    assert verify(context.store).findings == ()
    assert open_corpus(context.store, version=1).stories().num_rows == 2


def test_a_corpus_of_a_newer_copydesk_is_refused(context: Context) -> None:
    stage(context.store, "r1", [document("a" * 32, paragraphs(1), 1)])
    publish(context)
    path = version_file(context)
    body = json.loads(path.read_text("utf-8")) | {"schema_version": 99, "of_later_times": 1}
    path.write_text(json.dumps(body), "utf-8")
    with pytest.raises(ConfigError, match=r"schema 99.*install a newer"):
        latest_version(context.store)
