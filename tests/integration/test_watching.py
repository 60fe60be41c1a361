"""`copydesk up` left alone: it tells people what is wrong, by webhook and e-mail, and when it is over."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from email import message_from_string, policy
from pathlib import Path
from threading import Event

import pytest

from flows.watcher import watching
from pipeline.models import utc_now
from pipeline.settings import Settings
from tests.support.commands import copydesk, copydesk_json, declare, environment
from tests.support.listeners import Listeners, listening
from tests.support.orchestra import Up, up
from tests.support.pages import article, paragraphs
from tests.support.processes import children, kill, processes, wait_until
from tests.support.s3_servers import free_port
from tests.support.site import Site, serving

pytestmark = pytest.mark.slow

EXPECT = "[expect]\ndocuments_per_day = {min = 3}\n"
SLOW = "delay_s = 2.0"
WATCH = """
from threading import Event
from flows.watcher import watching
from pipeline.settings import load_settings
watching(load_settings().settings, Event()).join()
"""


@pytest.fixture
def sites() -> Iterator[tuple[Site, Site]]:
    """Two sites: one of which something is expected, and one that takes minutes."""
    daily, slow = Site("127.0.52.1"), Site("127.0.52.2")
    with serving(daily, slow):
        daily.pages["/0"] = article("Story 0", paragraphs(0))
        slow.pages |= {f"/{n}": article(f"Story {n}", paragraphs(50 + n)) for n in range(60)}
        for site in (daily, slow):
            site.sitemap(*site.pages)
        yield daily, slow


@pytest.fixture
def listeners() -> Iterator[Listeners]:
    with listening() as found:
        yield found


def shift_runs(folder: Path, **by: float) -> None:
    """Make all runs older."""
    with closing(sqlite3.connect(folder / "data" / "state.db")) as state, state:
        for run_id, started in state.execute("SELECT run_id, started_at FROM runs").fetchall():
            earlier = str(utc_now().fromisoformat(started) - timedelta(**by))
            state.execute("UPDATE runs SET started_at = ? WHERE run_id = ?", (earlier, run_id))


def engine_of(running: Up, run_id: str) -> int:
    """The process of a flow run, which started the crawls of it."""
    mine = processes(f"PREFECT__FLOW_RUN_ID={run_id}", where="environ")
    found = [pid for pid, line in children(running.process.pid) if pid in mine and "prefect" in line]
    assert len(found) == 1, [line for pid, line in children(running.process.pid) if pid in mine]
    return found[0]


def test_each_trouble_is_told_once_and_so_is_its_end(
    tmp_path: Path, sites: tuple[Site, Site], listeners: Listeners
) -> None:
    daily, slow = sites
    declare(tmp_path, "daily", daily.declaration("daily") + EXPECT)
    declare(tmp_path, "slow", slow.declaration("slow").replace("delay_s = 0.0", SLOW))
    nothing = b'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"></urlset>'
    daily.pages["/nothing.xml"] = (200, {"Content-Type": "application/xml"}, nothing)
    declare(tmp_path, "mute", daily.declaration("mute", path="/nothing.xml"))
    gone = Site("127.0.52.3", free_port())
    declare(tmp_path, "gone", gone.declaration("gone"))
    assert copydesk(tmp_path, "collect", "--no-prefect", "daily", "mute").returncode == 0
    shift_runs(tmp_path, days=8)
    assert copydesk(tmp_path, "collect", "--no-prefect", "daily", "mute").returncode == 0
    health = {one["source"]: one for one in copydesk_json_of_any(tmp_path)}
    assert (health["daily"]["visits"], health["mute"]["state"], health["gone"]["state"]) == (2, "silent", "idle")
    variables = {
        "COPYDESK_ALERTS__TO": f"{listeners.hook} {listeners.mail}", "COPYDESK_ALERTS__EVERY_S": "0.5",
        "COPYDESK_ALERTS__STUCK_MINUTES": "0.05", "COPYDESK_ALERTS__DISK_FREE_MB": str(10**12),
    }  # fmt: skip
    with up(tmp_path, **variables) as running:
        wait_until(lambda: listeners.said("disk, data folder:"))
        failed = running.start("collect", "gone")
        stuck = running.start("collect", "slow")
        wait_until(lambda: listeners.said("stuck, collect slow"))
        assert running.ended(failed)["state_type"] == "FAILED"
        wait_until(lambda: listeners.said("run, collect gone: Failed"))
        wait_until(lambda: slow.asked.total() > 2)
        assert kill(engine_of(running, stuck))
        assert running.ended(stuck)["state_type"] == "CRASHED"
        wait_until(lambda: listeners.said("run, collect slow: Crashed") and listeners.said("over: stuck, collect slow"))
        wait_until(lambda: not crawls_below(tmp_path))
        seen, cancelled = slow.asked.total(), running.start("collect", "slow")
        wait_until(lambda: slow.asked.total() > seen + 2)
        running.ask(f"/flow_runs/{cancelled}/set_state", {"state": {"type": "CANCELLING"}})
        assert running.ended(cancelled)["state_type"] == "CANCELLED"
        wait_until(lambda: not crawls_below(tmp_path))
        assert copydesk_json(tmp_path, "corpus", "info")["version"] == 1  # nothing of it is published
        (tmp_path / "data" / "tables").rename(tmp_path / "unmounted")
        wait_until(lambda: listeners.said("store, store:"))
        (tmp_path / "unmounted").rename(tmp_path / "data" / "tables")
        wait_until(lambda: listeners.said("over: store, store:"))
        with urllib.request.urlopen(f"{running.base}/metrics", timeout=60) as answer:
            measures = answer.read().decode()
        assert 'copydesk_alerts{kind="disk"} 1.0' in measures
        assert 'copydesk_source_documents_24h{source="daily"} 0.0' in measures
        assert "copydesk_corpus_version 1.0" in measures
        events = running.ask("/events/filter", {"filter": {"event": {"prefix": ["copydesk.alert"]}}})["events"]
        assert {one["event"] for one in events} >= {"copydesk.alert.disk", "copydesk.alert.run"}
        assert collected_too_little(tmp_path, daily) == 5
    told = [line for one in listeners.hooked for line in one["message"].splitlines()]
    assert len(told) == len(set(told)), "each is told once"
    assert any("silent, mute" in line for line in told)
    assert any("expectation, daily" in line for line in told)
    mails = "\n".join(text_of(one) for one in listeners.mailed)
    assert all(words in mails for words in ("disk, data folder", "run, collect gone", "store, store"))


def collected_too_little(folder: Path, daily: Site) -> int:
    """Collect one text by the server where three are expected; gives the command's exit code."""
    daily.pages["/1"] = article("Story 1", paragraphs(1))
    daily.sitemap("/0", "/1")
    done = copydesk(folder, "collect", "daily")
    assert "is held: daily" in done.stderr
    return done.returncode


def text_of(mail: str) -> str:
    body = message_from_string(mail, policy=policy.default).get_body(("plain", "html"))
    assert body is not None
    return str(body.get_content())


def copydesk_json_of_any(folder: Path) -> list[dict[str, object]]:
    done = copydesk(folder, "sources", "health", "--json")
    assert done.returncode in (0, 3), done.stderr
    return list(json.loads(done.stdout))


def crawls_below(folder: Path) -> list[int]:
    return processes(f"{folder}/data/work")


def test_a_killed_up_leaves_nothing_running_and_the_next_one_catches_up_without_a_stampede(
    tmp_path: Path, sites: tuple[Site, Site]
) -> None:
    daily, slow = sites
    for name in ("one", "two", "three"):
        declare(tmp_path, name, daily.declaration(name, schedule="daily"))
    declare(tmp_path, "paused", daily.declaration("paused", schedule="daily"))
    declare(tmp_path, "slow", slow.declaration("slow", schedule="daily").replace("delay_s = 0.0", SLOW))
    assert copydesk(tmp_path, "collect", "--no-prefect", "one", "two", "three", "paused").returncode == 0
    home = f"PREFECT_HOME={tmp_path}"
    with up(tmp_path) as running:
        running.pause("paused")
        left = running.start("collect", "slow")
        wait_until(lambda: slow.asked.total() > 2)
        second = copydesk(tmp_path, "up", "--port", "0")
        assert (second.returncode, "runs for" in second.stderr) == (4, True)
        (runner,) = [pid for pid, line in children(running.process.pid) if "flows.serve " in f"{line} "]
        assert kill(runner)
        running.process.wait(60)
        wait_until(lambda: not processes(home, where="environ") and not crawls_below(tmp_path))
    shift_runs(tmp_path, days=2)
    declare(tmp_path, "slow", slow.declaration("slow", schedule="daily"))  # it need not take long a second time
    password = {"COPYDESK_PREFECT__HOST": "0.0.0.0", "COPYDESK_PREFECT__PASSWORD": "correct-horse-battery"}
    with up(tmp_path, **password) as running:
        assert running.ask(f"/flow_runs/{left}")["state_type"] in ("CRASHED", "CANCELLED")
        (caught,) = [one for one in running.runs("collect") if "catch-up" in one["tags"]]
        assert sorted(caught["parameters"]["sources"]) == ["one", "slow", "three", "two"]
        assert [one for one in running.runs("collect") if one["state_type"] == "SCHEDULED" and late(one)] == []
        assert {name for name, active in running.schedules().items() if not active} == {"paused"}
        for path in ("/api/admin/version", "/metrics", "/reports/nope.html"):
            with pytest.raises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(f"{running.base}{path}", timeout=60)
            refused.value.close()
            assert refused.value.code == 401
        done = copydesk(tmp_path, "collect", "paused", variables=password)
        assert done.returncode == 0, done.stderr
    refused_up = copydesk(tmp_path, "up", variables={"COPYDESK_PREFECT__HOST": "0.0.0.0"})
    assert (refused_up.returncode, "COPYDESK_PREFECT__PASSWORD" in refused_up.stderr) == (4, True)


def late(run: dict[str, str]) -> bool:
    return utc_now().fromisoformat(run["expected_start_time"]) < utc_now() - timedelta(minutes=5)


def test_alerts_are_sent_by_command_too_and_tried_again(tmp_path: Path, site: Site, listeners: Listeners) -> None:
    declare(tmp_path, "site", site.declaration("site"))
    variables = {"COPYDESK_ALERTS__TO": listeners.hook, "COPYDESK_ALERTS__DISK_FREE_MB": str(10**12)}
    listeners.fail = True
    assert copydesk(tmp_path, "alerts", "--look", variables=variables).returncode == 3
    listeners.fail = False
    assert [one["kind"] for one in copydesk_json(tmp_path, "alerts", "--look", variables=variables)] == ["disk"]
    assert copydesk(tmp_path, "alerts", "--look", variables=variables).returncode == 0
    assert len(listeners.hooked) == 1
    assert copydesk(tmp_path, "alerts", "--test", variables=variables).returncode == 0
    assert listeners.said("This is a test")
    secret = {"COPYDESK_ALERTS__TO": "nonsense://user:hidden@host"}
    wrong = copydesk(tmp_path, "alerts", "--test", variables=secret)
    assert (wrong.returncode, "nonsense://" in wrong.stderr, "hidden" in wrong.stderr) == (4, True, False)
    assert "hidden" not in copydesk(tmp_path, "config", "show", variables=secret).stdout


def test_what_keeps_the_watcher_from_looking_is_told_as_what_it_is(tmp_path: Path, listeners: Listeners) -> None:
    """First the state database is none, then no server answers."""
    state = broken_state(tmp_path)
    variables = {
        "COPYDESK_ALERTS__TO": listeners.hook, "COPYDESK_ALERTS__EVERY_S": "0.1",
        "PREFECT_API_URL": f"http://127.0.0.1:{free_port()}/api", "PREFECT_CLIENT_MAX_RETRIES": "0",
    }  # fmt: skip
    with subprocess.Popen([sys.executable, "-c", WATCH], env=environment(tmp_path, **variables)) as watcher:
        try:
            wait_until(lambda: listeners.said("state database"))
            assert not listeners.said("server, Prefect")
            state.unlink()
            wait_until(lambda: listeners.said("server, Prefect: it does not answer"))
        finally:
            watcher.kill()


def test_an_alert_that_cannot_be_sent_does_not_end_the_watching(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    broken_state(tmp_path)
    alerts = {"to": "nonsense://nowhere", "every_s": 0.05}
    settings = Settings.model_validate({"store": f"file:{tmp_path / 'data'}", "seeds": tmp_path, "alerts": alerts})
    ending = Event()
    watcher = watching(settings, ending)
    wait_until(lambda: "could not be sent" in caplog.text)
    told = len(caplog.records)
    wait_until(lambda: len(caplog.records) > told)
    ending.set()
    watcher.join()


def broken_state(folder: Path) -> Path:
    """A state database that is none."""
    state = folder / "data" / "state.db"
    state.parent.mkdir()
    state.write_bytes(b"nothing that SQLite wrote" * 100)
    return state
