import errno
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.errors import ConfigError, ConflictError, CorruptDataError, StoreError
from pipeline.models import Story
from pipeline.settings import Settings
from pipeline.store.objects import FolderStore, open_store
from pipeline.store.schemas import arrow_schema, to_arrow
from pipeline.store.tables import any_of, append, delta_version, read_table, replace_partitions, rewind
from pipeline.store.versions import latest_version
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


def test_rows_land_on_the_version_they_were_decided_on_or_not_at_all(store: FolderStore) -> None:
    one = append(store, "stories", to_arrow(Story, [story("a", "2026-10")]), base=-1, runs=["r1"])
    two = append(store, "stories", to_arrow(Story, [story("b", "2026-11")]), base=one, runs=["r2"])
    with pytest.raises(ConflictError):
        append(store, "stories", to_arrow(Story, [story("c", "2026-11")]), base=one, runs=["r3"])
    assert story_names(store, two) == ["a", "b"]
    assert story_names(store, one) == ["a"]
    assert append(store, "stories", to_arrow(Story, []), base=two, runs=["r4"]) == two


def test_partitions_are_replaced_whole(store: FolderStore) -> None:
    rows = [story("a", "2026-10"), story("b", "2026-11")]
    one = replace_partitions(store, "stories", to_arrow(Story, rows), base=-1, runs=[], months=["2026-10", "2026-11"])
    rows = [story("c", "2026-11")]
    two = replace_partitions(store, "stories", to_arrow(Story, rows), base=one, runs=[], months=["2026-11"])
    assert story_names(store, two) == ["a", "c"]
    gone = replace_partitions(store, "stories", to_arrow(Story, []), base=two, runs=[], months=["2026-10"])
    assert story_names(store, gone) == ["c"]


def test_rows_of_a_publisher_that_died_vanish(store: FolderStore) -> None:
    one = append(store, "stories", to_arrow(Story, [story("a", "2026-10")]), base=-1, runs=["r1"])
    append(store, "stories", to_arrow(Story, [story("stray", "2026-10")]), base=one, runs=["dead"])
    base = rewind(store, "stories", one)
    assert story_names(
        store, append(store, "stories", to_arrow(Story, [story("b", "2026-10")]), base=base, runs=["r2"])
    ) == [
        "a",
        "b",
    ]
    assert rewind(store, "stories", delta_version(store, "stories")) == delta_version(store, "stories")
    assert story_names(store, rewind(store, "stories", -1)) == []


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
        f"s = FolderStore(Path({str(tmp_path)!r})); v = append(s, 'stories', to_arrow(Story, []), base=-1, runs=['r']);"
        "read_table(s, 'stories', v)"
    )
    for _ in range(3):
        subprocess.run([sys.executable, "-c", code.replace("base=-1", "base=delta_version(s, 'stories')")], check=True)
