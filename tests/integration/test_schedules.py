"""Schedules: they fire, a person's pause outlives a restart, a source that was removed stops."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.support.commands import copydesk_json, declare
from tests.support.orchestra import Up, up
from tests.support.pages import article, paragraphs
from tests.support.processes import wait_until
from tests.support.site import Site, serving

pytestmark = pytest.mark.slow


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site("127.0.44.1")
    with serving(site):
        site.pages["/a"] = article("Only", paragraphs(1))
        site.sitemap("/a")
        yield site


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


def test_schedules_fire_pauses_stay_and_removed_sources_stop(tmp_path: Path, site: Site) -> None:
    declare(tmp_path, "alpha", site.declaration("alpha", schedule="* * * * *"))
    for name in ("beta", "gamma", "delta"):
        declare(tmp_path, name, site.declaration(name))
    with up(tmp_path) as running:
        assert running.schedules() == dict.fromkeys(("alpha", "beta", "gamma", "delta"), True)
        offered = running.deployment("backfill")["parameter_openapi_schema"]["definitions"]["BackfillForm"]
        assert offered["properties"]["sources"]["items"]["enum"] == ["alpha", "beta", "delta", "gamma"]
        running.pause("beta")
        (tmp_path / "seeds" / "gamma.toml").unlink()
        declare(tmp_path, "delta", site.declaration("delta", more="enabled = false\n"))
        run_now(running, "sync")
        assert running.schedules() == {"alpha": True, "beta": False}
        declare(tmp_path, "delta", site.declaration("delta"))
        run_now(running, "sync")
        assert running.schedules() == {"alpha": True, "beta": False, "delta": True}
        ask_at_once(running)
        run_now(running, "maintain")
        wait_until(lambda: completed(running, "collect", by_itself=True), seconds=150)
        wait_until(lambda: completed(running, "publish"))
        assert copydesk_json(tmp_path, "corpus", "info")["documents"] == 1
        reports = [running.artifacts(run["id"]).get("report") for run in running.runs("collect")]
        link = re.search(r"\[The page about run (\S+)\]\((\S+)\)", next(filter(None, reports)))
        assert link is not None
        assert link[2] == f"{running.base}/reports/{link[1]}.html"
        with urlopen(link[2], timeout=60) as answer:
            assert f"Run {link[1]}" in answer.read().decode()
    (tmp_path / "seeds" / "delta.toml").unlink()
    declare(tmp_path, "alpha", "id = 'alph")  # somebody was called away while writing
    with up(tmp_path) as running:
        assert running.schedules() == {"alpha": True, "beta": False}
