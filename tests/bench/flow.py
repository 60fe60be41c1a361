"""Orchestration measured: what Prefect costs beside the same stages run bare, and its server with a month of runs."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import threading
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pipeline.settings import load_settings
from pipeline.stages.running import analyse_server
from tests.bench.crawl import served_pages
from tests.support.commands import declare, environment, started
from tests.support.orchestra import up
from tests.support.processes import children, wait_until
from tests.support.s3_servers import free_port
from tests.support.site import Site

__all__ = ["end_to_end", "month_of_runs", "orchestration_share", "tasks"]

_PAGES = int(os.environ.get("COPYDESK_TEST_FLOW_PAGES") or 10_000)
_PAIRS = 5
_TICKS = os.sysconf("SC_CLK_TCK")
_SOURCES, _DAYS, _ASKED = 200, 30, 40


@cache
def _backfills() -> list[dict[str, float]]:
    """Backfills of the same site in pairs, one through a server that is up already and one bare, in turn."""
    with served_pages(_PAGES, words=600) as base, TemporaryDirectory() as name:
        return [_pair(base, Path(name, str(number)), bare_first=number % 2 == 0) for number in range(_PAIRS)]


def _pair(base: str, folder: Path, *, bare_first: bool) -> dict[str, float]:
    """CPU and wall seconds of both, and how many tasks one thousand documents made."""
    host, _, port = base.removeprefix("http://").partition(":")
    today = datetime.now(UTC).date()
    command = ("backfill", "site", "--from", str(today - timedelta(1)), "--to", str(today + timedelta(1)))
    found = dict[str, float]()
    for way in (_bare, _by_prefect) if bare_first else (_by_prefect, _bare):
        here = folder / way.__name__
        here.mkdir(parents=True)
        declare(here, "site", Site(host, int(port)).declaration("site"))
        found |= way(here, command)
        assert _documents(here) == _PAGES
    return found


def _bare(folder: Path, command: tuple[str, ...]) -> dict[str, float]:
    start = time.monotonic()
    with started(folder, *command, "--no-prefect") as running, _counted(running.pid) as taken:
        assert running.wait() == 0
        wall = time.monotonic() - start
    return {"bare_cpu": sum(taken.values()), "bare_wall": wall}


def _by_prefect(folder: Path, command: tuple[str, ...]) -> dict[str, float]:
    with up(folder) as running:
        start = time.monotonic()
        with _counted(running.process.pid) as taken:
            subprocess.run(
                [sys.executable, "-m", "pipeline.cli", *command], check=True, cwd=folder, env=environment(folder),
                stdout=subprocess.DEVNULL,
            )  # fmt: skip
            wall = time.monotonic() - start
        tasks = running.ask("/task_runs/count", {})
    return {"cpu": sum(taken.values()), "wall": wall, "tasks": 1000 * tasks / _PAGES}


def orchestration_share() -> dict[str, Any]:
    """The part of all CPU that the same stages run bare do not take; the command that waits is not counted."""
    return _of_pairs("share", lambda pair: (pair["cpu"] - pair["bare_cpu"]) / pair["cpu"], "cpu", "bare_cpu")


def tasks() -> dict[str, Any]:
    """Task runs of Prefect for a thousand documents."""
    return _of_pairs("tasks", lambda pair: pair["tasks"])


def end_to_end() -> dict[str, Any]:
    """Wall seconds of the stages run bare over those through Prefect, from the command to its end."""
    return _of_pairs("ratio", lambda pair: pair["bare_wall"] / pair["wall"], "wall", "bare_wall")


def _of_pairs(unit: str, value: Callable[[dict[str, float]], float], *seconds: str) -> dict[str, Any]:
    """The median of a measure over all pairs, all of its values, and the medians of what it is made of."""
    pairs = _backfills()
    values = sorted(round(value(pair), 3) for pair in pairs)
    medians = {f"{name}_s": round(statistics.median(pair[name] for pair in pairs), 1) for name in seconds}
    return {
        "value": statistics.median(values), "unit": unit, "runs": len(pairs), "pages": _PAGES, "values": values,
        **medians,
    }  # fmt: skip


def _documents(folder: Path) -> int:
    command = [sys.executable, "-m", "pipeline.cli", "corpus", "info", "--json"]
    done = subprocess.run(command, check=True, cwd=folder, env=environment(folder), capture_output=True, text=True)
    return int(json.loads(done.stdout)["documents"])


@contextmanager
def _counted(pid: int) -> Iterator[dict[int, float]]:
    """CPU seconds that a process and all below it take while the block runs, by process, looked at four times a second.

    What processes report of their children leaves out those that nobody waits for, such as extraction's.
    """
    taken: dict[int, float] = {}
    before = {one: _own_cpu(one) for one in (pid, *(child for child, _ in children(pid)))}
    ending = threading.Event()

    def look() -> None:
        while True:
            for one in (pid, *(child for child, _ in children(pid))):
                taken[one] = max(taken.get(one, 0.0), _own_cpu(one) - before.get(one, 0.0))
            if ending.wait(0.25):
                return

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield taken
    finally:
        ending.set()
        thread.join()


def _own_cpu(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / _TICKS


def month_of_runs() -> dict[str, Any]:
    """The 95th percentile of the server's answers with a month of hourly runs over 200 sources, over an empty one's."""
    with TemporaryDirectory() as name, ExitStack() as stack:
        empty, full = Path(name, "empty"), Path(name, "full")
        empty.mkdir()
        declare(empty, "site", Site("127.0.60.9", 80).declaration("site"))
        with up(empty) as running:
            deployment = running.deployment("collect")["id"]
            run = running.start("collect")
            running.ended(run)
            wait_until(lambda: running.ask("/task_runs/count", {}))
        shutil.copytree(empty, full)
        rows = _load_month(full / "data" / "prefect" / "prefect.db", run)
        analyse_server(load_settings({"store": f"file:{full / 'data'}"}).settings)  # as `maintain` does
        servers = {folder.name: stack.enter_context(_server(folder)) for folder in (empty, full)}
        seconds: dict[str, list[float]] = {"empty": [], "full": []}
        for number in range(_ASKED):
            for which in ("empty", "full"):  # side by side, so that a busy machine is busy for both
                seconds[which] += [_ask(servers[which], *one) for one in _questions(deployment)] if number else []
    p95 = {which: statistics.quantiles(some, n=20)[-1] for which, some in seconds.items()}
    value = round(p95["full"] / p95["empty"], 2)
    return {"value": value, "unit": "ratio", "runs": _ASKED - 1, "rows": rows, "p95_ms": round(1000 * p95["full"])}


def _questions(deployment: str) -> list[tuple[str, Any]]:
    """What the pages of the UI and our watcher ask."""
    week = (datetime.now(UTC) - timedelta(days=7)).isoformat()
    recent = {"expected_start_time": {"after_": week}}
    return [
        ("/flow_runs/filter", {"sort": "START_TIME_DESC", "limit": 50}),
        ("/flow_runs/filter", {"flow_runs": recent, "sort": "EXPECTED_START_TIME_DESC", "limit": 200}),
        ("/flow_runs/filter", {"deployments": {"id": {"any_": [deployment]}}, "limit": 50}),
        ("/flow_runs/filter", {"flow_runs": {"state": {"type": {"any_": ["FAILED", "CRASHED"]}}}, "limit": 50}),
        ("/flow_runs/filter", {"flow_runs": {"state": {"type": {"any_": ["RUNNING"]}}}, "limit": 50}),
        ("/deployments/filter", {"limit": 50}),
        ("/flows/filter", {"limit": 50}),
        ("/artifacts/latest/filter", {"limit": 50}),
    ]


def _ask(base: str, path: str, body: Any) -> float:
    request = urllib.request.Request(
        f"{base}/api{path}", json.dumps(body).encode(), {"content-type": "application/json"}
    )
    start = time.monotonic()
    with urllib.request.urlopen(request, timeout=120) as answer:
        answer.read()
    return time.monotonic() - start


@contextmanager
def _server(folder: Path) -> Iterator[str]:
    """A server alone on the database of a folder, with its vacuum asleep."""
    port, home = free_port(), folder / "data" / "prefect"
    more = {
        "PREFECT_HOME": str(home), "PREFECT_SERVER_API_HOST": "127.0.0.1", "PREFECT_SERVER_API_PORT": str(port),
        "PREFECT_API_URL": f"http://127.0.0.1:{port}/api", "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_UI_STATIC_DIRECTORY": str(home / "ui"), "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "false",
        "PREFECT_SERVER_SERVICES_SCHEDULER_ENABLED": "false",
    }  # fmt: skip
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen([sys.executable, "-m", "flows.server"], env=environment(folder, **more), stderr=log)
    try:
        base = f"http://127.0.0.1:{port}"
        wait_until(lambda: _answers(base), seconds=240)
        yield base
    finally:
        server.terminate()
        server.wait(60)


def _answers(base: str) -> bool:
    try:
        with urllib.request.urlopen(f"{base}/api/health", timeout=5):
            return True
    except OSError:
        return False


def _load_month(database: Path, run_id: str) -> int:
    """Copy one flow run, with what belongs to it, to every hour of a month for every source; gives the rows.

    One in twenty failed, as the run itself did; the others completed.
    """
    with closing(sqlite3.connect(database, timeout=60)) as db, db:
        rows = 0
        run = _rows(db, "flow_run", "id", run_id)[0]
        state = _rows(db, "flow_run_state", "id", run["state_id"])[0]
        jobs = _rows(db, "task_run", "flow_run_id", run_id)
        logs = _rows(db, "log", "flow_run_id", run_id)
        for hour in range(_DAYS * 24):
            at = str(datetime.now(UTC).replace(tzinfo=None) - timedelta(hours=hour))
            made: dict[str, list[dict[str, Any]]] = {"flow_run": [], "flow_run_state": [], "task_run": [], "log": []}
            for number in range(_SOURCES):
                own, its_state = str(uuid.uuid4()), str(uuid.uuid4())
                times = dict.fromkeys(
                    ("expected_start_time", "start_time", "end_time", "state_timestamp", "created"), at
                )
                kind = ("FAILED", "Failed") if number % 20 == 0 else ("COMPLETED", "Completed")
                as_run = dict(zip(("state_type", "state_name"), kind, strict=True))
                as_state = dict(zip(("type", "name"), kind, strict=True))
                made["flow_run"].append(
                    run | times | as_run | {"id": own, "state_id": its_state, "idempotency_key": own}
                )
                made["flow_run_state"].append(state | as_state | {"id": its_state, "flow_run_id": own, "timestamp": at})
                for job in jobs:
                    made["task_run"].append(job | {"id": str(uuid.uuid4()), "flow_run_id": own, "created": at})
                for line in logs:
                    made["log"].append(line | {"id": str(uuid.uuid4()), "flow_run_id": own, "timestamp": at})
            for table, some in made.items():
                rows += _insert(db, table, some)
        return rows


def _rows(db: sqlite3.Connection, table: str, column: str, value: str) -> list[dict[str, Any]]:
    found = db.execute(f"SELECT * FROM {table} WHERE {column} = ?", (value,))
    names = [one[0] for one in found.description]
    return [dict(zip(names, row, strict=True)) for row in found]


def _insert(db: sqlite3.Connection, table: str, rows: list[dict[str, Any]]) -> int:
    if rows:
        names = list(rows[0])
        marks = ", ".join("?" * len(names))
        db.executemany(
            f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})", [tuple(row.values()) for row in rows]
        )
    return len(rows)
