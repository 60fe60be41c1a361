"""One contract for every store: a folder, moto, and Ceph's gateway."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pipeline.archive.seal import _put
from pipeline.archive.spool import Exchange, Spool
from pipeline.corpus.export.select import Selection
from pipeline.corpus.reader import open_corpus
from pipeline.errors import ConflictError, StoreError
from pipeline.models import Story, utc_now
from pipeline.settings import Settings
from pipeline.stages.context import open_context
from pipeline.stages.export import export, snapshot
from pipeline.stages.publish import publish
from pipeline.stages.takedown import take_down
from pipeline.stages.verify import verify
from pipeline.store.objects import ObjectStore, open_store
from pipeline.store.probe import check_conditional_puts, count_winners
from pipeline.store.schemas import to_arrow
from pipeline.store.tables import delta_version, read_table
from pipeline.store.versions import CorpusVersion, latest_version, put_version, versions_after
from pipeline.store.writing import TableWriter
from tests.support.corpora import document, stage, story, story_names
from tests.support.pages import paragraphs
from tests.support.s3_servers import ceph_server, moto_server

pytestmark = pytest.mark.slow
NOW = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture(scope="module", params=["folder", "moto", "ceph"])
def opened(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], ObjectStore]]:
    """Opens a store of a kind below a prefix."""
    folder = tmp_path_factory.mktemp("store")
    with ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        if request.param == "folder":
            yield lambda prefix: open_store(Settings.model_validate({"store": f"file:{folder / prefix}"}))
            return
        server = stack.enter_context(moto_server() if request.param == "moto" else ceph_server(folder))
        for name, value in server.environment.items():
            patch.setenv(name, value)
        bucket = server.bucket()
        yield lambda prefix: open_store(server.settings(f"s3://{bucket}/{prefix}"))


@pytest.fixture(scope="module")
def store(opened: Callable[[str], ObjectStore]) -> ObjectStore:
    return opened("some/prefix")


def test_an_object_is_put_once(store: ObjectStore) -> None:
    store.put("once/a", b"one")
    store.put("once/a", b"one")
    with pytest.raises(ConflictError, match="once/a"):
        store.put("once/a", b"two")
    assert store.get("once/a") == b"one"
    store.put("once/empty", b"")
    assert store.get("once/empty") == b""


def test_what_is_not_there_is_a_key_error(store: ObjectStore) -> None:
    assert not store.exists("not/there")
    for read in (store.get, lambda key: store.get_range(key, 0, 1), lambda key: store.fetch(key).__enter__()):
        with pytest.raises(KeyError):
            read("not/there")
    store.delete("not/there")


def test_objects_are_deleted(store: ObjectStore) -> None:
    store.put("gone/a", b"x")
    assert store.exists("gone/a")
    store.delete("gone/a")
    assert not store.exists("gone/a")
    store.put("gone/a", b"another")
    assert store.get("gone/a") == b"another"


def test_ranges_end_with_the_object(store: ObjectStore) -> None:
    store.put("range/a", b"0123456789")
    wanted = {(0, 4): b"0123", (6, 2): b"67", (8, 100): b"89", (10, 5): b"", (50, 5): b"", (3, 0): b""}
    assert {key: store.get_range("range/a", *key) for key in wanted} == wanted


def test_files_go_in_and_come_out(store: ObjectStore, tmp_path: Path) -> None:
    path = tmp_path / "large.bin"
    path.write_bytes(hashlib.sha256(b"seed").digest() * 400_000)
    store.put_file("file/large", path)
    store.put_file("file/large", path)
    with store.fetch("file/large") as copy:
        assert hashlib.sha256(copy.read_bytes()).digest() == hashlib.sha256(path.read_bytes()).digest()
    path.write_bytes(b"other")
    with pytest.raises(ConflictError):
        store.put_file("file/large", path)


def test_keys_are_listed_sorted_and_whole(store: ObjectStore) -> None:
    names = sorted([*(f"list/{number:04d}" for number in range(1_100)), "list/ä ö+&=?%20", "list/Z", "list/sub/x"])
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda name: store.put(name, b"x"), names))
    store.put("listed-elsewhere", b"x")
    assert list(store.keys("list/")) == names
    assert list(store.keys("list/00")) == [name for name in names if name.startswith("list/00")]
    assert list(store.keys("list/", after="list/1098")) == [name for name in names if name > "list/1098"]
    assert list(store.keys("nothing/")) == []
    assert store.get("list/ä ö+&=?%20") == b"x"


def test_of_racing_writers_exactly_one_wins(store: ObjectStore) -> None:
    check_conditional_puts(store)
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(lambda _: count_winners(store), range(20))) == [1] * 20
    assert list(store.keys("probe/")) == []


def test_versions_are_the_fence(store: ObjectStore) -> None:
    assert latest_version(store) is None
    for number in (1, 2, 10):
        put_version(store, CorpusVersion(number, NOW, {"documents": number}, (f"run{number}",)))
    with pytest.raises(ConflictError):
        put_version(store, CorpusVersion(10, NOW, {"documents": 99}))
    newest = latest_version(store)
    assert newest is not None
    assert (newest.version, newest.runs) == (10, ("run10",))
    assert [one.version for one in versions_after(store, 1)] == [2, 10]


def test_tables_are_written_read_and_rewound(store: ObjectStore) -> None:
    rows = [story("a", "2026-10"), story("b", "2026-11")]
    writer = TableWriter(store, "stories", -1)
    one = writer.append(to_arrow(Story, rows), runs=["r1"])
    stale = TableWriter(store, "stories", one)
    two = writer.replace(
        to_arrow(Story, [story("c", "2026-11", 2)]), version=2, former=["b"], months=["2026-11"], runs=["r2"]
    )
    with pytest.raises(ConflictError):
        stale.append(to_arrow(Story, rows), runs=["r3"])
    assert (story_names(store, one), story_names(store, two)) == (["a", "b"], ["a", "c"])
    assert story_names(store, TableWriter(store, "stories", one).version) == ["a", "b"]
    assert story_names(store, delta_version(store, "stories")) == ["a", "b"]
    with pytest.raises(StoreError, match="stories"):
        read_table(store, "stories", 99)


@pytest.mark.filterwarnings("ignore:Unclosed file <tempfile.SpooledTemporaryFile:ResourceWarning")  # warcio's buffers
def test_a_corpus_is_verified_exported_and_taken_down(opened: Callable[[str], ObjectStore], tmp_path: Path) -> None:
    store = opened("a/corpus")
    with Spool(tmp_path, "r1", software="test") as spool:
        for name in ("secret", "other"):
            headers = [("Content-Type", "text/html")]
            spool.write(Exchange(f"http://h/{name}", "page", utc_now(), 200, headers, f"the {name} page".encode()))
    _put(next(tmp_path.glob("*.warc.gz")), source="s", store=store)
    gone, stays = (document(f"{number:032x}", paragraphs(number), number) for number in (1, 2))
    gone = replace(gone, url="http://h/secret", page_url="http://h/secret")
    with open_context(Settings.model_validate({"store": f"file:{tmp_path / 'state'}", "seeds": tmp_path})) as local:
        context = replace(local, store=store)
        stage(store, "r1", [gone, stays])
        publish(context)
        snapshot(open_corpus(store), tmp_path / "work")
        assert verify(store).findings == ()
        take_down(context, "id", gone.id, reason="asked")
        found = verify(store)
        assert (found.findings, found.checked["archives"], found.checked["snapshots"]) == ((), 1, 0)
    done = export(open_corpus(store), Selection(), form="parquet", path=tmp_path / "stories.parquet")
    assert (done.rows, pq.read_table(tmp_path / "stories.parquet")["id"].to_pylist()) == (1, [stays.id])
    (warc,) = (key for key in store.keys("raw/") if key.endswith(".warc.gz"))
    text = gzip.decompress(store.get(warc))
    assert (b"the secret page" in text, b"the other page" in text) == (False, True)
