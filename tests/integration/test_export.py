"""Exports: what was asked for, in every format, the same bytes after a kill."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import subprocess
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from warcio.archiveiterator import ArchiveIterator

import pipeline.corpus.export.folder as folders
from pipeline.corpus.export.select import Selection
from pipeline.corpus.reader import Corpus, open_corpus
from pipeline.errors import ConfigError
from pipeline.models import Document, Kind, Window
from pipeline.stages.context import Context
from pipeline.stages.export import ALL_FORMATS, export, snapshot
from pipeline.stages.publish import publish
from pipeline.stages.verify import verify
from pipeline.store.files import sum_of
from tests.support.commands import copydesk, copydesk_json
from tests.support.corpora import document, stage
from tests.support.pages import paragraphs

HOSTILE = 'Line\r\nbreak, "quotes" \x07 <b>'


@pytest.fixture
def corpus(context: Context) -> Corpus:
    """Six documents in five stories: 0 and 5 are copies of one text, 1 has two revisions."""
    stage(context.store, "r1", [one(number) for number in range(5)])
    publish(context)
    new = one(1, text=40)
    again = replace(new, fetched_at=one(9).fetched_at)
    stage(context.store, "r2", [again, one(5, text=0)])
    publish(context)
    return open_corpus(context.store)


def one(number: int, text: int | None = None) -> Document:
    made = document(f"{number:032x}", paragraphs(number if text is None else text), number)
    kind, language = (Kind.POST, "de") if number == 4 else (Kind.ARTICLE, "en")
    return replace(made, kind=kind, language=language, title=HOSTILE, source=f"s{number % 3}")


def ids(corpus: Corpus, folder: Path, **wanted: object) -> list[int]:
    path = folder / "some.jsonl"
    export(corpus, Selection(**wanted), form="jsonl", path=path)  # type: ignore[arg-type]
    return sorted(int(json.loads(line)["id"], 16) for line in path.read_text("utf-8").splitlines())


def test_filters_choose_rows(corpus: Corpus, tmp_path: Path) -> None:
    assert ids(corpus, tmp_path, table="documents") == [0, 1, 2, 3, 4, 5]
    assert ids(corpus, tmp_path, table="documents", sources=("s0",)) == [0, 3]
    assert ids(corpus, tmp_path, table="documents", kinds=("post",)) == [4]
    assert ids(corpus, tmp_path, table="documents", languages=("en",), sources=("s1",)) == [1]
    assert ids(corpus, tmp_path, table="documents", relations=("same",)) == [5]
    assert ids(corpus, tmp_path, table="documents", relations=("canonical",)) == [0, 1, 2, 3, 4]
    assert ids(corpus, tmp_path) == [0, 1, 2, 3, 4]
    assert ids(corpus, tmp_path, sources=("s2",)) == [0, 2], "story 0 has a copy of s2"
    assert ids(corpus, tmp_path, relations=("same",)) == [0]
    days = Window(date(2026, 10, 1), date(2026, 10, 1))
    assert ids(corpus, tmp_path, window=days) == [0, 1, 2, 3, 4]
    assert ids(corpus, tmp_path, window=Window(date(2026, 10, 2), date(2026, 12, 1))) == []


def test_only_the_current_revision_is_exported(corpus: Corpus, tmp_path: Path) -> None:
    export(corpus, Selection("documents"), form="parquet", path=tmp_path / "d.parquet")
    rows = pq.read_table(tmp_path / "d.parquet")
    assert {row["id"]: row["revision"] for row in rows.to_pylist()}[f"{1:032x}"] == 2
    ours = corpus.documents().sort_by("id")
    assert rows.sort_by("id").select(ours.column_names).equals(ours)
    assert rows["added"].equals(rows["added_at"])


def test_what_cannot_be_chosen_is_said(corpus: Corpus) -> None:
    wrongs: list[tuple[dict[str, Any], str]] = [
        ({"table": "pages"}, "documents, relations, stories"), ({"kinds": ("film",)}, "article"),
        ({"table": "relations", "sources": ("s1",)}, "--relation alone"),
    ]  # fmt: skip
    for wrong, word in wrongs:
        with pytest.raises(ConfigError, match=word):
            Selection(**wrong)


@pytest.mark.parametrize("form", [form for form in ALL_FORMATS if form not in ("huggingface", "warc.gz")])
def test_every_format_holds_every_row(corpus: Corpus, tmp_path: Path, form: str) -> None:
    path = tmp_path / f"stories.{form}"
    assert export(corpus, Selection(), form=form, path=path).rows == 5
    if form == "csv":
        rows = list(csv.DictReader(io.StringIO(path.read_bytes().decode(), newline="")))
    elif form == "parquet":
        rows = pl.read_parquet(path).to_dicts()
    else:
        opened = pa.input_stream(str(path), compression="zstd" if form.endswith("zst") else None)
        rows = [json.loads(line) for line in opened.read().decode().splitlines()]
    assert {row["title"] for row in rows} == {HOSTILE}
    assert {row["text"] for row in rows} == {row["text"] for row in corpus.stories().to_pylist()}


def test_texts_as_warc_records(corpus: Corpus, tmp_path: Path) -> None:
    path = tmp_path / "texts.warc.gz"
    assert copydesk_json(tmp_path, "corpus", "export", "-o", str(path))["rows"] == 5
    with path.open("rb") as file:
        records = [
            (one.rec_type, one.rec_headers["WARC-Target-URI"], one.content_stream().read().decode())
            for one in ArchiveIterator(file, check_digests="raise")
        ]
    assert [kind for kind, _, _ in records] == ["warcinfo", *["conversion"] * 5]
    assert {(url, text) for _, url, text in records[1:]} == {
        (row["url"], row["text"]) for row in corpus.stories().to_pylist()
    }
    with pytest.raises(ConfigError, match="no text"):
        export(corpus, Selection("relations"), form="warc.gz", path=tmp_path / "r.warc.gz")
    assert not list(tmp_path.glob("*r.warc.gz*"))


def files_of(folder: Path) -> dict[str, str]:
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in found}


@pytest.mark.parametrize("form", ALL_FORMATS)
def test_an_export_that_was_killed_ends_with_the_same_bytes(
    corpus: Corpus, tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, "_GROUP_BYTES", 1)  # a group a batch of rows, and a file a group
    monkeypatch.setattr("pipeline.store.scan._ROWS", 1)
    monkeypatch.setattr(folders, "_MB", 1)
    whole = export(corpus, Selection(), form=form, path=tmp_path / "whole", shard_mb=1)
    assert (whole.rows, whole.files) == (5, 5)
    for kills in range(1, 5):
        die_after(kills, monkeypatch, corpus, tmp_path / "killed", form)
        (next((tmp_path / "killed").rglob("stories-00000.*")).parent / ".stories-00009.tmp").write_bytes(b"half")
        if kills == 3:
            max((tmp_path / "killed").rglob("stories-0*")).write_bytes(b"torn")
        again = export(corpus, Selection(), form=form, path=tmp_path / "killed", shard_mb=1)
        assert again == whole
        for leftover in (tmp_path / "killed").rglob(".stories-00009.tmp"):
            leftover.unlink()
        assert files_of(tmp_path / "killed") == files_of(tmp_path / "whole")
        subprocess.run(["rm", "-r", tmp_path / "killed"], check=True)
    subprocess.run(["sha256sum", "-c", "--quiet", "files.sha256"], cwd=tmp_path / "whole", check=True)


def die_after(shards: int, monkeypatch: pytest.MonkeyPatch, corpus: Corpus, folder: Path, form: str) -> None:
    real = sum_of
    left = [shards]

    def dying(path: Path) -> object:
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        return real(path)

    monkeypatch.setattr(folders, "sum_of", dying)
    with pytest.raises(KeyboardInterrupt):
        export(corpus, Selection(), form=form, path=folder, shard_mb=1)
    monkeypatch.setattr(folders, "sum_of", real)


def test_an_export_goes_on_with_the_version_it_began_with(context: Context, corpus: Corpus, tmp_path: Path) -> None:
    first = copydesk_json(tmp_path, "corpus", "export", "--shard-mb", "1", "-o", "out", "--format", "parquet")
    stage(context.store, "r3", [one(8)])
    publish(context)
    again = copydesk_json(tmp_path, "corpus", "export", "--shard-mb", "1", "-o", "out", "--format", "parquet")
    assert first == again
    other = copydesk(
        tmp_path, "corpus", "export", "--shard-mb", "1", "-o", "out", "--format", "parquet", "--source", "s1"
    )
    assert (other.returncode, "another selection" in other.stderr) == (4, True)


def test_a_dataset_folder_tells_what_it_is(corpus: Corpus, tmp_path: Path) -> None:
    export(corpus, Selection("documents"), form="huggingface", path=tmp_path / "set")
    croissant = json.loads((tmp_path / "set/croissant.json").read_text("utf-8"))
    assert croissant["conformsTo"] == "http://mlcommons.org/croissant/1.1"
    formats = {one["encodingFormat"] for one in croissant["distribution"]}
    assert formats == {"application/x-parquet"}  # the only name by which mlcroissant reads records
    file = croissant["distribution"][0]
    data = (tmp_path / "set" / file["contentUrl"]).read_bytes()
    assert (file["sha256"], file["contentSize"]) == (hashlib.sha256(data).hexdigest(), f"{len(data)} B")
    fields = {field["name"].removeprefix("documents/") for field in croissant["recordSet"][0]["field"]}
    assert fields == set(pq.read_schema(tmp_path / "set" / file["contentUrl"]).names)
    card = (tmp_path / "set/README.md").read_text("utf-8")
    assert card.startswith("---\npretty_name:")
    assert "data/documents-*.parquet" in card


def test_a_snapshot_keeps_a_version_in_the_store(context: Context, corpus: Corpus, tmp_path: Path) -> None:
    prefix = snapshot(corpus, tmp_path / "work")
    kept = files_of(Path(context.store.table_root) / prefix)
    assert {"README.md", "croissant.json", "files.sha256", "data/stories-00000.parquet"} <= kept.keys()
    stage(context.store, "r3", [one(8)])
    publish(context)
    assert snapshot(open_corpus(context.store, corpus.version), tmp_path / "work") == prefix
    assert files_of(Path(context.store.table_root) / prefix) == kept
    assert verify(context.store).checked["snapshots"] == 1
    (Path(context.store.table_root) / prefix / "data/relations-00000.parquet").write_bytes(b"x")
    assert [one.thing for one in verify(context.store).findings] == [f"{prefix}/data/relations-00000.parquet"]
