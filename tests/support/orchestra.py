"""`copydesk up` as a process, with the demo world to collect, and its server asked by HTTP."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.support.commands import environment, started
from tests.support.processes import wait_until

__all__ = ["Up", "served_world", "up"]

_FINAL = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}


@dataclass(frozen=True)
class Up:
    """A running `copydesk up`: its process, the address of the server, what it said, what opens it."""

    process: subprocess.Popen[bytes]
    base: str
    log: Path
    password: str = ""

    def ask(self, path: str, body: Any = None, *, method: str | None = None) -> Any:
        """Call the server's API."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"content-type": "application/json"}
        if self.password:
            headers["authorization"] = f"Basic {base64.b64encode(f'copydesk:{self.password}'.encode()).decode()}"
        request = urllib.request.Request(f"{self.base}/api{path}", data, headers, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def deployment(self, name: str) -> Any:
        """A deployment by its flow's name, which is its own."""
        return self.ask(f"/deployments/name/{name}/{name}")

    def schedules(self) -> dict[str, bool]:
        """Slug and activity of the schedules of `collect`."""
        return {one["slug"]: one["active"] for one in self.deployment("collect")["schedules"]}

    def pause(self, slug: str) -> None:
        """Switch a schedule of `collect` off, as the switch on the deployment's page does."""
        deployment = self.deployment("collect")
        schedule = next(one for one in deployment["schedules"] if one["slug"] == slug)
        self.ask(f"/deployments/{deployment['id']}/schedules/{schedule['id']}", {"active": False}, method="PATCH")

    def start(self, name: str, *sources: str) -> str:
        """Start a run of a deployment, over some sources or as it is declared; gives the run's id."""
        body = {"parameters": {"sources": sources}} if sources else {}
        return str(self.ask(f"/deployments/{self.deployment(name)['id']}/create_flow_run", body)["id"])

    def runs(self, deployment: str) -> list[Any]:
        """Flow runs of a deployment, the latest first."""
        chosen = {"deployments": {"name": {"any_": [deployment]}}, "sort": "EXPECTED_START_TIME_DESC", "limit": 100}
        return list(self.ask("/flow_runs/filter", chosen))

    def ended(self, run_id: str, *, seconds: float = 180) -> Any:
        """A flow run once it has ended."""
        found: dict[str, Any] = {}

        def over() -> bool:
            found.update(self.ask(f"/flow_runs/{run_id}"))
            return found["state_type"] in _FINAL

        wait_until(over, seconds=seconds)
        return found

    def artifacts(self, run_id: str) -> dict[str, Any]:
        """Artifacts of a flow run by key, tables as rows."""
        chosen = {"artifacts": {"flow_run_id": {"any_": [run_id]}}}
        found = {one["key"]: one for one in self.ask("/artifacts/filter", chosen) if one["key"]}
        return {key: json.loads(one["data"]) if one["type"] == "table" else one["data"] for key, one in found.items()}


@contextmanager
def served_world(folder: Path, *, pages: int = 60, port: int = 8765, now: str | None = None) -> Iterator[Path]:
    """A demo world on loopback; gives the folder of its declarations, of which none is due soon."""
    seeds = folder / "seeds"
    command = [sys.executable, "-m", "pipeline.cli", "demo", "serve", f"--pages={pages}", f"--port={port}"]
    command += [f"--seeds={seeds}", *([f"--now={now}"] if now else [])]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=folder, env=environment(folder)) as world:
        assert world.stdout is not None
        assert world.stdout.readline().strip() == "ready"
        _put_off(seeds)
        try:
            yield seeds
        finally:
            world.terminate()


def _put_off(seeds: Path) -> None:
    """Let each source be due in its own minute, twenty or more from now."""
    later = [at for after in range(20, 60) if (at := (datetime.now(UTC).minute + after) % 60)]
    for path, minute in zip(sorted(seeds.glob("*.toml")), later, strict=False):
        put_off = re.sub(r'(?m)^schedule = ".*"$', f'schedule = "{minute} * * * *"', path.read_text("utf-8"))
        path.write_text(put_off, "utf-8")


@contextmanager
def up(folder: Path, **variables: str) -> Iterator[Up]:
    """`copydesk up` in a folder, from the moment that it says where the UI is; stopped at the end by one signal."""
    log = folder / "up.log"
    with started(folder, "up", log=log, variables=variables) as process:
        wait_until(lambda: "The UI is at" in log.read_text() or process.poll() is not None, seconds=240)
        assert process.poll() is None, log.read_text()
        line = next(line for line in log.read_text().splitlines() if line.startswith("The UI is at"))
        yield Up(process, line.split()[4].removesuffix("/v2"), log, variables.get("COPYDESK_PREFECT__PASSWORD", ""))
