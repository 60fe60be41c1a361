import errno
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from pipeline.errors import ConfigError, ConflictError, CorruptDataError, StoreError
from pipeline.models import Story
from pipeline.settings import Settings
from pipeline.store.objects import FolderStore, open_store
from pipeline.store.schemas import arrow_schema, to_arrow
from pipeline.store.tables import any_of, live_files, read_table
from pipeline.store.versions import latest_version
from pipeline.store.writing import CHECKPOINTS, MOST_IDS, TableWriter
from tests.support.corpora import story, story_names

NOW = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "store")


def test_a_key_cannot_leave_the_store(store: FolderStore) -> None:
    with pytest.raises(StoreError, match="leaves the store"):
        store.put("../outside", b"x")


def test_an_unknown_kind_of_store_is_a_configuration_error() -> None:
    with pytest.raises(ConfigError, match="ftp://x"):
        open_store(Settings.model_validate({"store": "ftp://x"}))


def test_a_damaged_version_file_is_told(store: FolderStore) -> None:
    store.put("tables/_versions/00000001.json", b"{")
    with pytest.raises(CorruptDataError, match=r"00000001\.json"):
        latest_version(store)


def rows_of(*stories: Story) -> pa.Table:
    return to_arrow(Story, stories)


def test_rows_land_on_the_version_they_were_decided_on_or_not_at_all(store: FolderStore) -> None:
    writer = TableWriter(store, "stories", -1)
    one = writer.append(rows_of(story("a", "2026-10")), runs=["r1"])
    stale = TableWriter(store, "stories", one)
    two = writer.append(rows_of(story("b", "2026-11")), runs=["r2"])
    with pytest.raises(ConflictError):
        stale.append(rows_of(story("c", "2026-11")), runs=["r3"])
    assert story_names(store, two) == ["a", "b"]
    assert story_names(store, one) == ["a"]
    assert writer.append(rows_of(), runs=["r4"]) == two


def test_stories_change_and_the_files_of_others_stay(store: FolderStore) -> None:
    writer = TableWriter(store, "stories", -1)
    writer.append(rows_of(story("a", "2026-10"), story("b", "2026-11")), runs=["r1"])
    two = writer.append(rows_of(story("c", "2026-11"), story("d", "2026-11")), runs=["r2"])
    three = writer.replace(
        rows_of(story("c", "2026-10", 3), story("e", "2026-12", 3)),
        version=3,
        former=["c"],
        months=["2026-11"],
        runs=[],
    )
    assert story_names(store, three) == ["a", "b", "c", "d", "e"]
    assert months_of(store, three) == {"a": "2026-10", "b": "2026-11", "c": "2026-10", "d": "2026-11", "e": "2026-12"}
    kept = live_files(store, "stories", two).keys() & live_files(store, "stories", three).keys()
    assert len(kept) == 2  # those of a and b; that of c and d was written anew
    gone = writer.replace(rows_of(), version=4, former=["a", "c"], months=["2026-10"], runs=[])
    assert story_names(store, gone) == ["b", "d", "e"]


def test_any_number_of_ids_is_deleted(store: FolderStore) -> None:
    writer = TableWriter(store, "stories", -1)
    names = [f"{number:032x}" for number in range(3 * MOST_IDS)]
    writer.append(rows_of(*(story(name, "2026-10") for name in (*names, "stays"))), runs=[])
    assert story_names(store, writer.delete(["id"], names)) == ["stays"]


def months_of(store: FolderStore, version: int) -> dict[str, str]:
    rows = read_table(store, "stories", version, columns=["story_id", "month"]).to_pylist()
    return {row["story_id"]: row["month"] for row in rows}


def test_rows_of_a_publisher_that_died_vanish(store: FolderStore) -> None:
    one = TableWriter(store, "stories", -1).append(rows_of(story("a", "2026-10")), runs=["r1"])
    TableWriter(store, "stories", one).append(rows_of(story("stray", "2026-10")), runs=["dead"])
    two = TableWriter(store, "stories", one).append(rows_of(story("b", "2026-10")), runs=["r2"])
    assert story_names(store, two) == ["a", "b"]
    assert TableWriter(store, "stories", two).version == two
    assert story_names(store, TableWriter(store, "stories", -1).version) == []


def test_a_log_is_read_from_its_last_checkpoint(store: FolderStore) -> None:
    writer = TableWriter(store, "stories", -1)
    for number in range(CHECKPOINTS + 1):
        writer.append(rows_of(story(f"{number}", "2026-10")), runs=[])
    assert any(key.endswith(".checkpoint.parquet") for key in store.keys("tables/stories/_delta_log/"))
    assert len(story_names(store, writer.version)) == CHECKPOINTS + 1


@pytest.mark.parametrize("told", [False, True])
def test_kept_versions_stay_readable_and_files_that_none_needs_go(store: FolderStore, told: bool) -> None:
    writer = TableWriter(store, "stories", -1)
    ends = [
        writer.replace(rows_of(story("a", "2026-10", n)), version=n, former=["a"], months=["2026-10"], runs=[])
        for n in (1, 2, 3)
    ]
    added = [live_files(store, "stories", end).keys() for end in ends]
    keep = ends[1:]
    end = writer.compact(keep=keep, keep_days=0, added=added[2] if told else None)
    assert [read_table(store, "stories", one)["version"].to_pylist() for one in (*keep, end)] == [[2], [3], [3]]
    assert not any(store.exists(key) for key in added[0])
    end = writer.compact(keep=[end], keep_days=0, added=set() if told else None)
    assert not any(store.exists(key) for key in added[1])
    assert story_names(store, end) == ["a"]


def test_conditions_are_quoted() -> None:
    assert any_of("id", ["b", "a'; DROP", "b"]) == "id IN ('a''; DROP', 'b')"
    assert any_of("id", []) == "FALSE"


def test_an_empty_corpus_reads_as_empty_tables(store: FolderStore) -> None:
    assert read_table(store, "stories", -1).schema == arrow_schema(Story)


def test_a_full_disk_is_one_clear_error_and_leaves_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("needs the right to mount a tmpfs")
    try:
        small = FolderStore(folder)
        small.put("fits", b"x" * 1000)
        with pytest.raises(StoreError, match=r"No space left.*free some space") as caught:
            small.put("too/large", b"x" * 2**21)
        assert isinstance(caught.value.__cause__, OSError)
        assert caught.value.__cause__.errno == errno.ENOSPC
        assert list(small.keys("")) == ["fits"]
    finally:
        subprocess.run(["umount", folder], check=True)


def test_a_process_that_read_and_wrote_tables_ends_well(tmp_path: Path) -> None:
    """With deltalake 1.6 some ways of reading make a process abort at exit."""
    code = (
        "from pathlib import Path; from pipeline.models import Story; from pipeline.store.objects import FolderStore;"
        "from pipeline.store.schemas import to_arrow; from pipeline.store.tables import *;"
        "from pipeline.store.writing import TableWriter;"
        f"s = FolderStore(Path({str(tmp_path)!r})); w = TableWriter(s, 'stories', delta_version(s, 'stories'));"
        "read_table(s, 'stories', w.append(to_arrow(Story, []), runs=['r']))"
    )
    for _ in range(3):
        subprocess.run([sys.executable, "-c", code], check=True)
