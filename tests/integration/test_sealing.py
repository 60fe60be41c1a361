"""A spool file is sealed in many small steps; a kill between any two of them costs no record and stores none twice."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from pipeline.archive.read import read_captures
from pipeline.archive.spool import Exchange, Spool
from pipeline.models import utc_now
from pipeline.store.database import open_database
from pipeline.store.frontier import Found, Frontier, Settled
from pipeline.store.objects import FolderStore
from pipeline.store.runs import Runs
from tests.support.commands import module
from tests.support.kill_seal import seal_folder

# warcio leaves its buffers to be closed by the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore:Unclosed file <tempfile.SpooledTemporaryFile:ResourceWarning")

KNOWN = {f"http://h/{number}" for number in (1, 2, 4)}
"""Addresses whose records the state database knows."""
UNKNOWN = {f"http://h/{number}" for number in (3, 5)}
"""Addresses whose records were written when the crawl died, before the state changed."""


@pytest.fixture
def spooled(tmp_path: Path) -> Path:
    """What a crawl left that died: two spool files, the first with a half record, and one nobody knows of."""
    folder = tmp_path / "spooled"
    (folder / "store").mkdir(parents=True)
    with open_database(f"sqlite:///{folder / 'state.db'}") as database:
        frontier = Frontier(database, "s", run_id="r1", host="here")
        frontier.offer(Found(url, _key(url), "page") for url in sorted(KNOWN | UNKNOWN))
        frontier.take(10)
        for numbers in ((1, 2, 3), (4,), (5,)):
            with Spool(folder / "spool", "r1", software="test") as spool:
                places = {f"http://h/{number}": spool.write(_exchange(f"http://h/{number}")) for number in numbers}
            frontier.settle([_settled(url, place) for url, place in places.items() if url in KNOWN])
            if len(numbers) > 1:
                with (folder / "spool" / places["http://h/1"][0]).open("ab") as file:
                    file.write(b"\x1f\x8b\x08half a record")
    return folder


def _key(url: str) -> str:
    return url[-1] * 32


def _exchange(url: str) -> Exchange:
    return Exchange(url, "page", utc_now(), 200, [("Content-Type", "text/html")], url.encode())


def _settled(url: str, place: tuple[str, int]) -> Settled:
    return Settled(
        key=_key(url), url=url, role="page", outcome="fetched", status=200, spool_file=place[0], spool_end=place[1]
    )


def test_killed_at_any_step_and_sealed_again_every_record_is_stored_once(tmp_path: Path, spooled: Path) -> None:
    attempts = tmp_path / "attempts"
    done = module(tmp_path, "tests.support.kill_seal", str(spooled), str(attempts))
    assert done.returncode == 0, done.stderr
    folders = sorted(attempts.iterdir())
    assert len(folders) > 20, "a kill before each write"
    for folder in folders:
        seal_folder(folder, "r2")
        _check(folder)


def _check(folder: Path) -> None:
    store = FolderStore(folder / "store")
    assert list((folder / "spool").glob("*.warc.gz")) == [], folder
    warcs = [key for key in store.keys("raw/") if key.endswith(".warc.gz")]
    urls = Counter(one.capture.url for key in warcs for one in read_captures(store.get(key), key))
    assert urls == Counter(KNOWN), folder
    with open_database(f"sqlite:///{folder / 'state.db'}") as database:
        runs = Runs(database)
        manifests = sorted([*runs.manifests("r1"), *runs.manifests("r2")])
        assert Frontier(database, "s", run_id="r3", host="here").counts() == {"stored": 3, "in_flight": 2}, folder
    assert manifests == [key for key in store.keys("raw/") if key.endswith(".manifest.json")], folder
    assert len(manifests) == 2, folder
