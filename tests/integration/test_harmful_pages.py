"""Pages made to break extraction: each costs one named outcome, and its neighbours nothing."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from pipeline.errors import ExtractError
from pipeline.extract.page import Extraction, Page, SourceFacts
from pipeline.extract.sandbox import PageJob, extract_all
from tests.support.pages import article, paragraphs
from tests.support.processes import children, wait_until

pytestmark = pytest.mark.slow

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
BAD = {"timeout", "memory", "crashed", "error", "not_html", "too_deep", "too_short", "no_title"}
HUGE = {
    "50 MB of text": b"<p>" + b"word " * 10_000_000,
    "a million tags": b"<p>x</p>" * 1_000_000,
    "a million boxes": b"<div class='share'>x</div>" * 1_000_000,
    "a million links": b"<a href=/x>y</a>" * 1_000_000,
    "one attribute of 20 MB": b"<p class='" + b"share " * 3_400_000 + b"'>text",
    "many attributes": b"<p " + b"".join(b"a%d=1 " % number for number in range(100_000)) + b">text",
    "20 MB without an end": b"<" * 20_000_000,
    "20 MB of entities": b"<p>" + b"&lt;" * 5_000_000,
    "20 MB of bytes of no encoding": bytes(range(128, 256)) * 160_000,
    "10 MB of one word": b"<p>" + b"a" * 10_000_000,
}


def job(key: int, body: bytes) -> PageJob:
    url = f"http://h/{key}"
    page = Page(url, b"<html><head><title>Told</title></head><body>" + body, NOW, {"content-type": "text/html"})
    return PageJob(key, page, SourceFacts(source="s"), url, "r")


def good(key: int) -> PageJob:
    return job(key, article(f"A good page {key}", paragraphs(key)))


@pytest.mark.timeout(600)
def test_huge_pages_cost_one_outcome_each() -> None:
    jobs = [one for key, body in enumerate(HUGE.values()) for one in (job(2 * key, body), good(2 * key + 1))]
    results = {one.key: result for one, result in extract_all(jobs, workers=2, timeout_s=20.0, memory_mb=768)}
    assert sorted(results) == list(range(2 * len(HUGE)))
    for key, result in results.items():
        if key % 2:
            assert isinstance(result, Extraction), f"{jobs[key].url}: {result}"
        elif isinstance(result, ExtractError):
            assert result.reason in BAD


def test_a_worker_that_somebody_kills_costs_no_page() -> None:
    def jobs() -> Iterator[PageJob]:
        for key in range(40):
            if key == 20:
                wait_until(lambda: len(workers()) > 1)
                for pid in workers()[1:]:  # the first is the server that forks them
                    os.kill(pid, signal.SIGKILL)
            yield good(key)

    def workers() -> list[int]:
        return sorted(pid for pid, line in children(os.getpid()) if "multiprocessing.forkserver" in line)

    results = [result for _, result in extract_all(jobs(), workers=2, timeout_s=30.0, memory_mb=512)]
    assert [type(result).__name__ for result in results] == ["Extraction"] * 40
