"""The main job on the demo world: through the scheduled flow, scored against its truth, and a second time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipeline.corpus.reader import open_corpus
from pipeline.demo.world import build_world
from pipeline.store.objects import FolderStore
from tests.eval.__main__ import demo_rows
from tests.eval.demo_world import DemoScore, score_demo
from tests.support.commands import copydesk, copydesk_json

pytestmark = pytest.mark.slow

PORT = 8799


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("demo")
    done = copydesk(folder, "demo", "run", "--pages", "150", "--port", str(PORT), timeout=280)
    assert done.returncode == 0, done.stderr
    return folder, done.stdout


@pytest.fixture(scope="module")
def score(collected: tuple[Path, str]) -> DemoScore:
    folder, _ = collected
    return score_demo(open_corpus(FolderStore(folder / "data")), folder / "data" / "demo" / "truth.jsonl")


def test_it_prints_sources_stories_and_where_to_look_next(collected: tuple[Path, str]) -> None:
    folder, printed = collected
    for outlet in build_world(pages=150, port=PORT).outlets:
        assert outlet.source in printed
    info = copydesk_json(folder, "corpus", "info")
    assert f"{info['documents']} documents, {info['stories']} stories" in printed
    assert "copydesk corpus info" in printed


def test_everything_is_found_and_every_score_is_above_its_floor(score: DemoScore) -> None:
    assert score.extra == 0
    below = {name: value for name, value, floor in demo_rows(score) if floor is not None and not _holds(value, floor)}
    assert below == {}, score.problems[:10]


def _holds(value: float, floor: float) -> bool:
    return value <= -floor if str(floor).startswith("-") else value >= floor


def test_a_second_run_fetches_no_page_and_changes_nothing(collected: tuple[Path, str]) -> None:
    folder, _ = collected
    before = copydesk_json(folder, "corpus", "digest")
    again = copydesk(folder, "demo", "run", "--pages", "150", "--port", str(PORT), timeout=280)
    assert again.returncode == 0, again.stderr
    assert copydesk_json(folder, "corpus", "digest") == before
    newest = copydesk_json(folder, "report")
    assert {source: chunk["pages"] for source, chunk in newest["sources"].items()} == dict.fromkeys(
        newest["sources"], 0
    )
    assert (newest["report"] or {"documents": 0})["documents"] == 0


def test_stories_and_documents_can_be_shown_and_exported(collected: tuple[Path, str]) -> None:
    import polars as pl
    import pyarrow.parquet as pq

    folder, _ = collected
    stories = pl.scan_delta(str(folder / "data" / "tables" / "stories")).collect()
    assert stories.height == copydesk_json(folder, "corpus", "info")["stories"]
    biggest: dict[str, Any] = stories.sort(pl.col("copies").list.len(), descending=True).row(0, named=True)
    shown = copydesk_json(folder, "corpus", "show", biggest["story_id"])
    assert len(shown["story"]["copies"]) == len(biggest["copies"]) > 2
    compared = copydesk_json(folder, "corpus", "show", biggest["story_id"], "--diff")["copies"]
    assert {one["id"] for one in compared} == {copy["id"] for copy in biggest["copies"]} - {biggest["id"]}
    assert all(one["matched"] for one in compared)
    member = copydesk_json(folder, "corpus", "show", biggest["copies"][-1]["id"])
    assert member["story"]["story_id"] == biggest["story_id"]
    for form in ("parquet", "csv", "jsonl", "jsonl.zst"):
        done = copydesk(folder, "corpus", "export", "--format", form, "-o", f"stories.{form}")
        assert done.returncode == 0, done.stderr
    assert pq.read_table(folder / "stories.parquet").num_rows == stories.height
    assert len((folder / "stories.jsonl").read_text("utf-8").splitlines()) == stories.height
    assert pl.read_csv(folder / "stories.csv").height == stories.height
    assert pl.read_ndjson(folder / "stories.jsonl.zst").height == stories.height
    refused = copydesk(folder, "corpus", "show", "f" * 32)
    assert refused.returncode == 4
