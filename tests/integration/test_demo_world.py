"""The main job on the demo world: through the scheduled flow, scored against its truth, and a second time."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline.archive.read import read_captures
from pipeline.archive.spool import Exchange, Spool
from pipeline.corpus.reader import open_corpus
from pipeline.demo.world import build_world
from pipeline.store.objects import FolderStore
from tests.eval.__main__ import demo_rows
from tests.eval.demo_world import DemoScore, score_demo
from tests.support.commands import copydesk, copydesk_json
from tests.support.pywb import archive_server

# warcio leaves its buffers to be closed by the garbage collector.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:Unclosed file <tempfile.SpooledTemporaryFile:ResourceWarning"),
]

PORT = 8799


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("demo")
    done = copydesk(folder, "demo", "run", "--pages", "150", "--port", str(PORT))
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
    again = copydesk(folder, "demo", "run", "--pages", "150", "--port", str(PORT))
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
    changes = copydesk_json(folder, "corpus", "changes", "--since", "0", "-o", "changes.jsonl")
    assert changes["counts"] == {"added": stories.height}
    lines = [json.loads(line) for line in (folder / "changes.jsonl").read_text("utf-8").splitlines()]
    assert {line["story"]["story_id"]: line["story"]["text"] for line in lines} == dict(
        stories.select("story_id", "text").iter_rows()
    )
    assert copydesk(folder, "corpus", "changes", "--since", "99").returncode == 4
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


@pytest.mark.parametrize("source", ["demo-northwire", "demo-clippings"])
def test_a_web_archive_of_it_gives_exactly_the_texts_of_a_window(
    collected: tuple[Path, str], tmp_path: Path, source: str
) -> None:
    folder, _ = collected
    texts = [one for one in documents(folder) if one["source"] == source]
    days = sorted({day(one) for one in texts})
    first, last = days[len(days) // 3], days[2 * len(days) // 3]
    wanted = {(one["id"], one["url"], one["text"]) for one in texts if first <= day(one) <= last}
    assert 0 < len(wanted) < len(texts)
    warcs = archived(folder, source, tmp_path / "archive", {one["page_url"]: one["published_at"] for one in texts})
    (tmp_path / "seeds").mkdir()
    shutil.copy(folder / "data" / "demo" / "seeds" / f"{source}.toml", tmp_path / "seeds")
    with archive_server(tmp_path / "pywb", warcs) as address:
        server = {"COPYDESK_ARCHIVES__CDX": f"{address}cdx", "COPYDESK_ARCHIVES__REPLAY": address}
        way = ("--method", "wayback", "--from", str(first), "--to", str(last), "--no-prefect")
        done = copydesk_json(tmp_path, "backfill", source, *way, variables=server)
    assert {chunk["problem"] for chunk in done["chunks"]} == {""}
    assert {(one["id"], one["url"], one["text"]) for one in documents(tmp_path)} == wanted


def documents(folder: Path) -> list[dict[str, Any]]:
    done = copydesk(folder, "corpus", "export", "--table", "documents", "--format", "jsonl", "-o", "documents.jsonl")
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in (folder / "documents.jsonl").read_text("utf-8").splitlines()]


def day(document: dict[str, Any]) -> date:
    return datetime.fromisoformat(document["published_at"]).date()


def archived(folder: Path, source: str, to: Path, published: dict[str, str]) -> list[Path]:
    """WARC files of another crawler, which came by an hour after each page was published, and took listings too."""
    with Spool(to, "others", software="another crawler") as spool:
        for path in sorted((folder / "data" / "raw" / f"source={source}").rglob("*.warc.gz")):
            for one in read_captures(path, path.name):
                url, moment = one.capture.url, one.capture.fetched_at
                if url in published:
                    moment = datetime.fromisoformat(published[url]).astimezone(UTC) + timedelta(hours=1)
                headers = [("Content-Type", one.headers.get("content-type", "text/html"))]
                spool.write(Exchange(url, "page", moment, one.capture.status, headers, one.body))
    return sorted(to.glob("*.warc.gz"))
