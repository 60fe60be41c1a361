"""Crawling measured against a bare Scrapy spider on the same loopback site: requests a second of the client's CPU."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.support.crawls import source, write_spec

__all__ = ["crawl_cpu", "crawl_memory", "served_pages"]


@contextmanager
def served_pages(pages: int, *, words: int = 3_000, log: Path | None = None) -> Iterator[str]:
    """Serve sitemaps and pages of so many words in a process of its own; gives the site's address.

    Every path that is asked for gets a line in `log`.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.60.1", 0))
        port = probe.getsockname()[1]
    arguments = [str(port), str(pages), str(words), str(log or os.devnull)]
    server = subprocess.Popen([sys.executable, "-m", "tests.bench.site", *arguments], stdout=subprocess.PIPE)
    try:
        assert server.stdout is not None
        server.stdout.readline()  # it listens
        yield f"http://127.0.60.1:{port}"
    finally:
        server.terminate()
        server.wait()
        if server.stdout is not None:
            server.stdout.close()


def crawl_cpu(base: str) -> tuple[Callable[[], float], Callable[[], float]]:
    """(ours, bare Scrapy): each crawls the site once and gives its CPU seconds, user and system."""

    def ours() -> float:
        with TemporaryDirectory() as folder:
            return _cpu([sys.executable, "-m", "spiders.run", str(_spec(Path(folder), base))])

    def bare() -> float:
        return _cpu([sys.executable, "-m", "tests.bench.bare", base])

    return ours, bare


def crawl_memory(pages: int = 100_000) -> dict[str, Any]:
    """Resident memory (MiB) of one crawl of many small pages: its peak, and where it stood after a tenth of them."""
    with served_pages(pages, words=200) as base, TemporaryDirectory() as folder:
        spec = _spec(Path(folder), base)
        child = subprocess.Popen([sys.executable, "-m", "spiders.run", str(spec)])
        seen: list[float] = []
        while True:
            try:
                child.wait(timeout=1.0)
                break
            except subprocess.TimeoutExpired:
                seen.append(_resident_mb(child.pid))
        report = json.loads((spec.parent / "report.json").read_text("utf-8"))
        if not report["finished"] or report["outcomes"]["fetched"] < pages:
            raise RuntimeError(f"the crawl did not end well: {report}")
    early = max(seen[: max(1, len(seen) // 10)])
    return {"value": round(max(seen), 1), "unit": "MiB", "early": round(early, 1), "cores": os.cpu_count()}


def _resident_mb(process: int) -> float:
    pages = int(Path(f"/proc/{process}/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGESIZE") / 2**20


def _spec(folder: Path, base: str) -> Path:
    declared = source("bench", ("sitemap", f"{base}/sitemap.xml"), politeness={"delay_s": 0, "concurrency": 16})
    return write_spec(folder, declared, {"concurrency": 16})


def _cpu(command: list[str]) -> float:
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RuntimeError(f"{command} ended with {child.returncode}")
    return usage.ru_utime + usage.ru_stime
