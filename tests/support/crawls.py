"""Running a crawl child by itself: its spec, its report, what it left in the state database, what it cost."""

from __future__ import annotations

import json
import re
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.settings import Settings
from pipeline.sources.declaration import Source
from pipeline.store.database import open_database
from tests.support.commands import environment

__all__ = ["Crawl", "Crawled", "crawl", "source", "state", "write_spec"]


def source(name: str, *entries: tuple[str, str], delay_s: float = 0, **more: Any) -> dict[str, Any]:
    """A declaration of entries (kind, address), which may lead to private addresses unless `more` says otherwise."""
    forum = any(kind == "forum" for kind, _ in entries)
    return {
        "id": name, "name": name.title(), "kind": "forum" if forum else "news", "homepage": "http://example.org/",
        "allow_private": True, "politeness": {"delay_s": delay_s, "concurrency": 4},
        "entry": [{"kind": kind, "url": url} for kind, url in entries],
    } | more  # fmt: skip


@dataclass(frozen=True, slots=True)
class Crawled:
    """How a crawl ended. `outcomes`: those of its addresses so far; `peak_bytes`: the most memory it had."""

    report: dict[str, Any]
    outcomes: dict[str, str]
    log: str
    seconds: float
    peak_bytes: int

    def adds_up(self) -> bool:
        """Whether each request has one outcome."""
        return bool(self.report["requests"] == sum(self.report["outcomes"].values()) > 0)


class Crawl:
    """A crawl under way in a process of its own, with its state and spool below a folder that crawls may share.

    Args:
        folder: where its files are.
        declared: as `source` gives it.
        run: id of the run.
        before: a command that the crawl's own is appended to.
        settings: of `crawl`; small ones by default.
    """

    def __init__(
        self,
        folder: Path,
        declared: Mapping[str, Any],
        *,
        run: str = "run",
        before: Sequence[str] = (),
        **settings: Any,
    ) -> None:
        self._folder, self._name = folder, str(declared["id"])
        limits = {"timeout_s": 30, "retries": 0, "max_bytes": 2 * 2**20, "concurrency": 32} | settings
        spec = write_spec(folder, declared, limits, run=run)
        self._work = spec.parent
        command = [*before, sys.executable, "-m", "spiders.run", str(spec)]
        with (self._work / "log").open("wb") as log:
            self._begun = time.monotonic()
            self.child = subprocess.Popen(command, stdout=log, stderr=log, env=environment(folder), cwd=folder)

    def stop(self) -> None:
        """Ask it to end, as a stage does."""
        self.child.send_signal(signal.SIGTERM)

    def ended(self, *, timeout: float = 180) -> Crawled:
        """Wait for its end; one that does not come in time is killed, and fails the test."""
        timer = threading.Timer(timeout, self.child.kill)
        timer.start()
        peak_bytes = 0
        while self.child.poll() is None:
            peak_bytes = max(peak_bytes, _peak_bytes(self.child.pid))
            time.sleep(0.02)
        timer.cancel()
        seconds = time.monotonic() - self._begun
        log = (self._work / "log").read_text("utf-8", "replace")
        assert self.child.returncode == 0, f"ended with {self.child.returncode} after {seconds:.1f} s: {log[-2000:]}"
        report = json.loads((self._work / "report.json").read_text("utf-8"))
        rows = state(self._folder, "SELECT url, outcome FROM urls WHERE source = ?", self._name)
        return Crawled(report, dict(rows), log, seconds, peak_bytes)


def write_spec(folder: Path, declared: Mapping[str, Any], settings: Mapping[str, Any], *, run: str = "run") -> Path:
    """Write what a crawl child reads, beside which it leaves its report; the state database has its tables after it.

    Args:
        folder: of `Crawl`.
        declared: as `source` gives it.
        settings: of `crawl`.
        run: id of the run.
    """
    work = folder / run / str(declared["id"])
    work.mkdir(parents=True)
    url = state_url(folder)
    spec = {
        "run_id": run, "source": Source.model_validate(declared).model_dump(mode="json"), "state_url": url,
        "crawl": Settings.model_validate({"crawl": settings}).crawl.model_dump(), "host": "here",
        "spool": str(folder / "spool" / work.name), "report": str(work / "report.json"),
    }  # fmt: skip
    (work / "spec.json").write_text(json.dumps(spec), "utf-8")
    with open_database(url):
        pass  # two crawls that start at once find its tables
    return work / "spec.json"


def _peak_bytes(process: int) -> int:
    """The most memory that a process has had so far, of its own program: rusage counts the parent's that it was forked
    from too. 0 once it has ended."""
    status = Path(f"/proc/{process}/status").read_text("ascii", "replace")
    found = re.search(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)
    return int(found[1]) * 1024 if found else 0


def crawl(folder: Path, declared: Mapping[str, Any], *, timeout: float = 180, **settings: Any) -> Crawled:
    """Crawl a source once, to its end."""
    return Crawl(folder, declared, **settings).ended(timeout=timeout)


def state_url(folder: Path) -> str:
    """Where the state database of a folder's crawls is."""
    return f"sqlite:///{folder / 'state.db'}"


def state(folder: Path, query: str, *values: Any) -> list[tuple[Any, ...]]:
    """Ask, or change, the state database of a folder's crawls."""
    with closing(sqlite3.connect(folder / "state.db", timeout=30)) as database, database:
        rows: Iterable[tuple[Any, ...]] = database.execute(query, values)
        return list(rows)
