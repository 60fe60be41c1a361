"""Extraction measured against trafilatura on the same pages, and its workers against themselves.

Both get the same bytes and begin with them: each finds the encoding and parses. Ours gives documents with all
metadata, or posts; trafilatura gives text alone, by its defaults. CPU time of one process counts; after a try of each
the two take turns, and the median of five turns is told. Each keeps from page to page what it keeps in use.
"""

from __future__ import annotations

import gzip
import json
import os
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from itertools import cycle, islice
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import trafilatura

from pipeline.demo.world import build_world
from pipeline.errors import ExtractError
from pipeline.extract.documents import extract_page
from pipeline.extract.page import Page, SourceFacts, parse
from pipeline.extract.sandbox import PageJob, extract_all
from pipeline.forums.registry import engine_of
from tests.bench.furniture import furnished
from tests.support.processes import children

__all__ = ["article_pages", "extract_speedup", "memory_over_pages", "ours", "posts_of", "theirs", "thread_pages"]

_NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
_FACTS = SourceFacts(source="bench")


def article_pages() -> tuple[list[Page], dict[str, int]]:
    """Article pages, and how many of them are of which make."""
    return _pages("article", ("articles-text", "articles-metadata"))


def thread_pages() -> tuple[list[Page], dict[str, int]]:
    """Pages of threads, and how many of them are of which make."""
    return _pages("post", ("forums",))


def _pages(kind: str, real: tuple[str, ...]) -> tuple[list[Page], dict[str, int]]:
    """A hundred pages of the demo world in furniture, and the real ones where COPYDESK_TEST_EVAL names their folder."""
    made = [Page(url, body, _NOW, {"content-type": "text/html; charset=utf-8"}) for url, body in _demo(kind)]
    folder = os.environ.get("COPYDESK_TEST_EVAL") or ""
    found = [page for name in real for page in _real(Path(folder, name))] if folder else []
    return [*made, *found], {"demo": len(made), "real": len(found)}


def _demo(kind: str) -> Iterator[tuple[str, bytes]]:
    world = build_world(pages=600)
    pages = dict.fromkeys(str(row["url"]).partition("#")[0] for row in world.truth() if row["kind"] == kind)
    for number, url in enumerate(islice(pages, 100)):
        parts = urlsplit(url)
        body = world.respond(parts.hostname or "", parts.path, parts.query, {}).body
        yield url, furnished(body, number)


def _real(folder: Path) -> Iterator[Page]:
    rows = json.loads((folder / "gold.json").read_text("utf-8"))
    for row in rows if isinstance(rows, list) else rows.values():
        body = gzip.decompress((folder / row["file"]).read_bytes())
        yield Page(row["url"], body, _NOW, {"content-type": "text/html"})


def ours(pages: list[Page]) -> None:
    """Documents with all metadata."""
    for page in pages:
        with suppress(ExtractError):
            extract_page(page, _FACTS, url=page.url, run_id="bench")


def theirs(pages: list[Page]) -> None:
    """Text alone, by trafilatura's defaults."""
    for page in pages:
        trafilatura.extract(page.body)


def posts_of(pages: list[Page]) -> None:
    """Posts, with author, time and quotes; nothing for boards of unknown systems."""
    for page in pages:
        tree = parse(page)
        engine = engine_of(tree, source=page.body, url=page.url)
        if engine is not None:
            engine.posts(tree, page.url, _NOW)


def extract_speedup(pages: list[Page], *, runs: int = 3) -> dict[str, Any]:
    """Wall time of one worker over that of two, on 600 pages; on a busy machine it says nothing."""
    pairs = [(_wall(pages, 1), _wall(pages, 2)) for _ in range(runs)]
    value = statistics.median(one / two for one, two in pairs)
    load = round(os.getloadavg()[0], 1)
    return {"value": round(value, 3), "unit": "ratio", "runs": runs, "cores": os.cpu_count(), "load": load}


def _wall(pages: list[Page], workers: int) -> float:
    results = extract_all(_jobs(pages, 600), workers=workers, timeout_s=60.0, memory_mb=1024)
    next(results)  # the workers are there
    start = time.perf_counter()
    for _ in results:
        pass
    return time.perf_counter() - start


def _jobs(pages: list[Page], count: int) -> Iterator[PageJob]:
    for number, page in enumerate(islice(cycle(pages), count)):
        yield PageJob(number, page, _FACTS, f"{page.url}#{number}", "bench")


def memory_over_pages(pages: list[Page], *, count: int = 20_000) -> dict[str, Any]:
    """Memory (MiB, shared pages shared out) of this process and its workers: the peak, and that of the first tenth."""
    seen: list[float] = []
    done = 0
    marks: list[int] = []
    with _sampled(seen):
        for done, _ in enumerate(extract_all(_jobs(pages, count), workers=2, timeout_s=60.0, memory_mb=1024), 1):
            if done == count // 10:
                marks.append(len(seen))
    if done != count:
        raise RuntimeError(f"{done} results for {count} pages")
    early = max(seen[: max(1, *marks)])
    return {"value": round(max(seen), 1), "unit": "MiB", "early": round(early, 1), "cores": os.cpu_count()}


@contextmanager
def _sampled(seen: list[float]) -> Iterator[None]:
    over = threading.Event()

    def sample() -> None:
        while not over.wait(1.0):
            seen.append(sum(_memory_mb(pid) for pid in (os.getpid(), *(pid for pid, _ in children(os.getpid())))))

    thread = threading.Thread(target=sample, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _memory_mb(process: int) -> float:
    with suppress(OSError):
        for line in Path(f"/proc/{process}/smaps_rollup").read_text("ascii").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 2**10
    return 0.0
