"""Schedules: they fire, a person's pause outlives a restart, a source that was removed stops."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from urllib.request import urlopen

import pytest
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import FlowRunFilter

from flows.flow_runs import all_runs
from pipeline.models import utc_now
from tests.support.commands import copydesk_json, declare, module, started
from tests.support.orchestra import Up, up
from tests.support.pages import article, paragraphs
from tests.support.processes import children, kill, wait_until
from tests.support.site import Site, serving

pytestmark = pytest.mark.slow


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site("127.0.44.1")
    with serving(site):
        site.pages["/a"] = article("Only", paragraphs(1))
        site.sitemap("/a")
        yield site


@pytest.fixture
def slow() -> Iterator[Site]:
    """Six stories of a month ago, a second apart, that nobody collects by schedule."""
    site = Site("127.0.44.2")
    with serving(site):
        for day in range(1, 7):
            published = f"2026-10-{day:02}T12:00:00+00:00"
            site.pages[f"/{day}"] = article(f"Of day {day}", paragraphs(10 + day), published=published)
        site.sitemap(*site.pages)
        yield site


def of_another_user(folder: Path) -> str:
    """A folder for temporary files where Prefect's name for those of its runners is taken, as by another user."""
    folder.mkdir()
    (folder / "runner_storage").touch()
    return str(folder)


def run_now(running: Up, name: str) -> None:
    assert running.ended(running.start(name))["state_type"] == "COMPLETED"


def completed(running: Up, name: str, *, by_itself: bool = False) -> bool:
    """Whether a run of a deployment completed; `by_itself`: one that a schedule started."""
    runs = [run for run in running.runs(name) if run["auto_scheduled"] or not by_itself]
    return any(run["state_type"] == "COMPLETED" for run in runs)


def ask_at_once(running: Up) -> None:
    """Dozens of calls that read and then write, all at once; none may be told to come again."""
    flow = running.ask("/flows/", {"name": "nobody-runs-it"})
    wanted = {"name": "nobody-runs-it", "flow_id": flow["id"], "enforce_parameter_schema": False}
    deployment = running.ask("/deployments/", wanted)["id"]

    def one(_: int) -> None:
        run = running.ask(f"/deployments/{deployment}/create_flow_run", {})["id"]
        for state in ("PENDING", "RUNNING", "COMPLETED"):
            running.ask(f"/flow_runs/{run}/set_state", {"state": {"type": state}})

    with ThreadPoolExecutor(12) as threads:
        list(threads.map(one, range(24)))
    running.ask(f"/deployments/{deployment}", method="DELETE")


def has_index_by_start(folder: Path) -> bool:
    """Whether the server's database has what the UI's lists of runs are sorted by."""
    with closing(sqlite3.connect(folder / "data" / "prefect" / "prefect.db")) as database:
        plan = "EXPLAIN QUERY PLAN SELECT id FROM flow_run ORDER BY coalesce(start_time, expected_start_time) DESC"
        return any("USING INDEX" in row[3] for row in database.execute(plan))


def all_at_once(running: Up) -> set[str]:
    return {run["id"] for run in running.ask("/flow_runs/filter", {"limit": 200})}


def read_by_fives(running: Up) -> set[str]:
    with SyncPrefectClient(f"{running.base}/api") as client:
        found = [str(run.id) for run in all_runs(client, FlowRunFilter(), page=5)]
    assert len(found) == len(set(found)) > 24
    return set(found)


def backfill_without_its_server(folder: Path, running: Up, slow: Site) -> None:
    """The server is killed while the first of two chunks is fetched, and away when it is done."""
    days = ("--from", "2026-10-01", "--to", "2026-10-06", "--chunk-days", "3")
    with started(folder, "backfill", "past", *days) as backfill:
        wait_until(lambda: any(slow.asked[f"/{day}", 200] for day in range(1, 7)))
        (server,) = [pid for pid, line in children(running.process.pid) if "flows.server" in line]
        assert kill(server)
        assert backfill.wait(240) == 0
    assert "it is started again" in running.log.read_text()
    run = running.runs("backfill")[0]
    assert (run["state_type"], run["run_count"]) == ("COMPLETED", 1)
    found = running.artifacts(run["id"])
    assert found["progress"] == 100.0
    assert sum(row["documents"] for row in found["yield"]) == 6
    assert {path: slow.asked[path, 200] for path in slow.pages if path[1:].isdigit()} == {
        f"/{n}": 1 for n in range(1, 7)
    }


def plan_a_publish(running: Up) -> None:
    """What somebody asks for in the UI with "run later": it publishes nothing before its day."""
    state = {"type": "SCHEDULED", "state_details": {"scheduled_time": str(utc_now() + timedelta(days=1))}}
    running.ask(f"/deployments/{running.deployment('publish')['id']}/create_flow_run", {"state": state})


def leave_unbegun(running: Up) -> None:
    """What a start that was to collect one time leaves when it is killed: its flow run, due in a moment."""
    state = {"type": "SCHEDULED", "state_details": {"scheduled_time": str(utc_now() + timedelta(seconds=20))}}
    collect = running.deployment("collect")["id"]
    running.ask(f"/deployments/{collect}/create_flow_run", {"tags": ["once"], "state": state})


def collects(folder: Path) -> Counter[str]:
    """How many runs of `collect` there are in each kind of state, read after the server has ended."""
    with closing(sqlite3.connect(folder / "data" / "prefect" / "prefect.db")) as database:
        query = (
            "SELECT r.state_type FROM flow_run r JOIN deployment d ON d.id = r.deployment_id WHERE d.name = 'collect'"
        )
        return Counter(row[0] for row in database.execute(query))


def test_schedules_fire_pauses_stay_and_removed_sources_stop(tmp_path: Path, site: Site, slow: Site) -> None:
    past = slow.declaration("past", more="enabled = false\n")
    declare(tmp_path, "past", past.replace("delay_s = 0.0", "delay_s = 1.0"))
    declare(tmp_path, "alpha", site.declaration("alpha", schedule="* * * * *"))
    for name in ("beta", "gamma", "delta"):
        declare(tmp_path, name, site.declaration(name))
    with up(tmp_path, TMPDIR=of_another_user(tmp_path / "tmp")) as running:
        assert running.schedules() == dict.fromkeys(("alpha", "beta", "gamma", "delta"), True)
        offered = running.deployment("backfill")["parameter_openapi_schema"]["definitions"]["BackfillForm"]
        assert offered["properties"]["sources"]["items"]["enum"] == ["alpha", "beta", "delta", "gamma", "past"]
        assert running.deployment("sync")["schedules"] == []
        running.pause("beta")
        (tmp_path / "seeds" / "gamma.toml").unlink()
        declare(tmp_path, "delta", site.declaration("delta", more="enabled = false\n"))
        wait_until(lambda: running.schedules() == {"alpha": True, "beta": False})  # nobody has to ask for it
        declare(tmp_path, "delta", site.declaration("delta"))
        run_now(running, "sync")
        assert running.schedules() == {"alpha": True, "beta": False, "delta": True}
        ask_at_once(running)
        before, found, after = all_at_once(running), read_by_fives(running), all_at_once(running)
        assert before <= found <= after  # a schedule may have planned one more in between
        plan_a_publish(running)
        run_now(running, "maintain")
        assert has_index_by_start(tmp_path)
        wait_until(lambda: completed(running, "collect", by_itself=True), seconds=150)
        wait_until(lambda: completed(running, "publish"))
        assert copydesk_json(tmp_path, "corpus", "info")["documents"] == 1
        reports = [running.artifacts(run["id"]).get("report") for run in running.runs("collect")]
        link = re.search(r"\[The page about run (\S+)\]\((\S+)\)", next(filter(None, reports)))
        assert link is not None
        assert link[2] == f"{running.base}/reports/{link[1]}.html"
        with urlopen(link[2], timeout=60) as answer:
            assert f"Run {link[1]}" in answer.read().decode()
        backfill_without_its_server(tmp_path, running, slow)
        assert copydesk_json(tmp_path, "corpus", "info")["documents"] == 7
    (tmp_path / "seeds" / "delta.toml").unlink()
    declare(tmp_path, "alpha", "id = 'alph")  # somebody was called away while writing
    with up(tmp_path) as running:
        assert running.schedules() == {"alpha": True, "beta": False}
        leave_unbegun(running)
    declare(tmp_path, "alpha", site.declaration("alpha", schedule="* * * * *"))
    had = collects(tmp_path)
    done = module(tmp_path, "flows.serve", "--once")
    assert done.returncode == 0, done.stderr
    ended = collects(tmp_path)
    assert (ended["COMPLETED"] - had["COMPLETED"], ended["SCHEDULED"]) == (1, 0)
