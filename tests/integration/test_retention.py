"""Raw pages are removed by rule: by source, host and age; what is gone is told, and nothing else is touched."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.archive.index import read_index
from pipeline.archive.retention import GONE, expire
from pipeline.archive.seal import _put
from pipeline.archive.spool import Exchange, Spool
from pipeline.errors import BusyError, ConfigError
from pipeline.models import Window, utc_now
from pipeline.settings import Settings, load_settings
from pipeline.sources.declaration import Source
from pipeline.stages.collect import resume_dead_runs
from pipeline.stages.context import Context, open_context
from pipeline.stages.crawl import take_stored
from pipeline.stages.maintain import maintain
from pipeline.stages.release import discard_run
from pipeline.stages.verify import verify
from pipeline.store.alerts import Alerts
from pipeline.store.leases import hold

# warcio leaves its buffers to be closed by the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore:Unclosed file <tempfile.SpooledTemporaryFile:ResourceWarning")

RULES = ("kept * 9999", "* *.chat.example 5", "one * 30")
NOW = utc_now()


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    values = {"store": f"file:{tmp_path / 'data'}", "seeds": tmp_path, "maintain": {"raw_rules": RULES}}
    with open_context(Settings.model_validate(values)) as opened:
        yield opened


def archive(context: Context, folder: Path, source: str, run_id: str, pages: dict[str, int]) -> None:
    """Put an archive of a run into the store: addresses, and the days since each was captured."""
    with Spool(folder, run_id, software="test") as spool:
        for url, days in pages.items():
            spool.write(
                Exchange(url, "page", NOW - timedelta(days), 200, [("Content-Type", "text/html")], url.encode())
            )
    (path,) = folder.glob(f"{run_id}-*.warc.gz")
    _put(path, source=source, store=context.store)


def left(context: Context) -> set[str]:
    """Addresses in the indexes of the store."""
    indexes = [context.store.get(key).decode() for key in context.store.keys("raw/") if key.endswith(".cdxj")]
    return {line.split('"url": "')[1].split('"')[0] for index in indexes for line in index.splitlines()}


def test_pages_go_by_rule_and_what_is_gone_is_told(context: Context, tmp_path: Path) -> None:
    archive(context, tmp_path, "one", "r1", {"http://one.example/old": 40, "http://www.chat.example/old": 40})
    archive(context, tmp_path, "one", "r2", {"http://one.example/new": 20, "http://www.chat.example/new": 20})
    archive(context, tmp_path, "kept", "r3", {"http://www.chat.example/kept": 400})
    waiting = [key for key in context.store.keys("raw/source=one/") if key.endswith(".manifest.json")]
    assert expire(context.store, RULES, now=NOW, spared=lambda: waiting) == 0, "what was not extracted yet stays"
    assert expire(context.store, RULES, now=NOW, spared=lambda: {"r1", "r2"}) == 0
    assert len(left(context)) == 5
    assert maintain(context).archives_removed == 1
    assert left(context) == {"http://one.example/new", "http://www.chat.example/kept"}
    found = verify(context.store)
    assert (found.findings, found.checked["archives gone by rule"]) == ((), 1)
    assert maintain(context).archives_removed == 0

    source = Source.model_validate({"id": "one", "name": "One", "kind": "news", "homepage": "http://one.example/",
                                    "entry": [{"kind": "feed", "url": "http://one.example/rss"}]})  # fmt: skip
    context.runs.start("r9", kind="backfill", sources=["one"])
    days = Window((NOW - timedelta(100)).date(), NOW.date())
    report = take_stored(context, "r9", source, days)
    assert report.finished
    assert report.notes == (
        "1 archives of these days are gone by rule (maintain.raw_rules): their pages cannot be read again",
    )


def test_what_a_run_is_to_read_again_stays_until_it_has(context: Context, tmp_path: Path) -> None:
    """A run that reads stored pages again, whoever archived them; and one that cannot be finished is told of."""
    archive(context, tmp_path, "one", "r1", {"http://one.example/old": 40})
    source = Source.model_validate({"id": "one", "name": "One", "kind": "news", "homepage": "http://one.example/",
                                    "entry": [{"kind": "feed", "url": "http://one.example/rss"}]})  # fmt: skip
    days = Window((NOW - timedelta(100)).date(), NOW.date())
    with hold(context.database, "run:r9"):
        context.runs.start("r9", kind="backfill", sources=["one"])
        take_stored(context, "r9", source, days)
        assert maintain(context).archives_removed == 0
    (warc,) = (key for key in context.store.keys("raw/") if key.endswith(".warc.gz"))
    kept = context.store.get(warc)
    context.store.delete(warc)
    assert (maintain(context).archives_removed, maintain(context).runs_finished) == (0, 0)
    (alert,) = Alerts(context.database).opened("unfinished")
    assert (alert.about, warc in alert.message) == ("r9", True)
    context.store.put(warc, kept)
    assert maintain(context).archives_removed == 1
    assert Alerts(context.database).opened("unfinished") == []


def test_a_run_that_cannot_be_finished_can_be_discarded(context: Context, tmp_path: Path) -> None:
    archive(context, tmp_path, "one", "r1", {"http://one.example/new": 20})
    context.runs.start("r9", kind="backfill", sources=["one"])
    with hold(context.database, "run:r9"), pytest.raises(BusyError):
        discard_run(context, "r9", reason="its archive is gone")
    discard_run(context, "r9", reason="its archive is gone")
    assert resume_dead_runs(context) == []


def test_what_a_kill_left_of_an_archive_is_removed(context: Context, tmp_path: Path) -> None:
    archive(context, tmp_path, "kept", "r1", {"http://h/": 1})
    (manifest,) = (key for key in context.store.keys("raw/") if key.endswith(".manifest.json"))
    context.store.put(manifest.replace(".manifest.json", GONE), context.store.get(manifest))
    maintain(context)
    assert [key for key in context.store.keys("raw/") if not key.endswith(GONE)] == []


def test_an_address_with_spaces_in_an_index_stops_nothing(context: Context, tmp_path: Path) -> None:
    archive(context, tmp_path, "one", "r1", {"http://www.chat.example/a b?c d": 20, "http://one.example/new": 20})
    (key,) = (key for key in context.store.keys("raw/") if key.endswith(".cdxj"))
    assert all(len(line.split(b" ", 2)) == 3 for line in context.store.get(key).splitlines())
    assert read_index(context.store.get(key).replace(b"%20", b" "), key)[0].url == "http://www.chat.example/a b?c d"
    maintain(context)
    assert left(context) == {"http://one.example/new"}
    assert verify(context.store).findings == ()


@pytest.mark.parametrize("ending", [".warc.gz", ".manifest.json", ".cdxj"])
def test_a_kill_while_pages_were_blanked_is_mended_by_the_next_maintenance(
    context: Context, tmp_path: Path, ending: str
) -> None:
    archive(context, tmp_path, "one", "r1", {"http://one.example/new": 20, "http://www.chat.example/new": 20})
    (key,) = (key for key in context.store.keys("raw/") if key.endswith(ending))
    context.store.put(f"{key}.clean", context.store.get(key))
    context.store.delete(key)
    maintain(context)
    assert left(context) == {"http://one.example/new"}
    assert verify(context.store).findings == ()
    assert not [key for key in context.store.keys("raw/") if key.endswith(".clean")]


def test_rules_are_kept_for_child_processes_and_bad_ones_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "copydesk.toml").write_text('[maintain]\nraw_rules = ["* *.example.com 30"]\n')
    settings = load_settings(folder=tmp_path).settings
    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)
    assert load_settings(folder=tmp_path / "elsewhere").settings.maintain.raw_rules == ("* *.example.com 30",)
    monkeypatch.setenv("COPYDESK_MAINTAIN__RAW_RULES", '["30 days"]')
    with pytest.raises(ConfigError, match=r"maintain\.raw_rules"):
        load_settings(folder=tmp_path)
