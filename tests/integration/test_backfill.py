"""Backfills: the days of the texts, chunks that are done once, limits, stored pages read again; nothing is lost."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.commands import copydesk, copydesk_json, declare, started
from tests.support.pages import article, paragraphs
from tests.support.processes import wait_until
from tests.support.site import Site, serving

pytestmark = pytest.mark.slow

DAYS = ("2026-10-01", "2026-10-08", "2026-10-09", "2026-10-20")


@pytest.fixture
def site() -> Iterator[Site]:
    """Four stories whose sitemap tells no dates: only the pages do."""
    site = Site("127.0.45.1")
    with serving(site):
        for number, day in enumerate(DAYS):
            site.pages[f"/{day}"] = article(f"Of {day}", paragraphs(number), published=f"{day}T23:59:59+00:00")
        site.sitemap(*(f"/{day}" for day in DAYS))
        yield site


def backfill(folder: Path, *arguments: str, start: str = DAYS[1], end: str = DAYS[2]) -> Any:
    return copydesk_json(folder, "backfill", "daily", "--from", start, "--to", end, "--no-prefect", *arguments)


def titles(folder: Path) -> set[str]:
    done = copydesk(folder, "corpus", "export", "--table", "documents", "--format", "csv", "-o", "all.csv")
    assert done.returncode == 0, done.stderr
    import polars as pl

    return set(pl.read_csv(folder / "all.csv")["title"].to_list())


def test_only_texts_of_the_days_come_in_and_the_others_are_not_lost(tmp_path: Path, site: Site) -> None:
    declare(tmp_path, "daily", site.declaration("daily"))
    plan = backfill(tmp_path, "--dry-run")
    assert [(chunk["from"], chunk["to"], chunk["state"]) for chunk in plan["chunks"]] == [(DAYS[1], DAYS[2], "to do")]
    assert sum(site.asked.values()) == 0
    done = backfill(tmp_path)
    assert done["version"] == 1
    assert titles(tmp_path) == {"Of 2026-10-08", "Of 2026-10-09"}
    report = copydesk_json(tmp_path, "report")
    assert report["report"]["outcomes"]["rejected:outside_window"] == 2
    assert report["kind"] == "backfill"
    assert copydesk(tmp_path, "collect", "--no-prefect").returncode == 0
    assert titles(tmp_path) == {f"Of {day}" for day in DAYS}


def test_a_chunk_that_is_done_is_not_done_again(tmp_path: Path, site: Site) -> None:
    declare(tmp_path, "daily", site.declaration("daily"))
    first = backfill(tmp_path, "--chunk-days", "5", start=DAYS[0], end=DAYS[3])
    assert [chunk["from"] for chunk in first["chunks"]] == ["2026-10-01", "2026-10-06", "2026-10-11", "2026-10-16"]
    assert sum(chunk["pages"] for chunk in first["chunks"]) == len(DAYS)  # each page is asked for once in all
    before = sum(site.asked.values())
    again = backfill(tmp_path, "--chunk-days", "5", "--id", first["backfill_id"], start=DAYS[0], end=DAYS[3])
    assert again["chunks"] == []
    assert sum(site.asked.values()) == before
    plan = backfill(
        tmp_path, "--chunk-days", "5", "--id", first["backfill_id"], "--dry-run", start=DAYS[0], end=DAYS[3]
    )
    assert {chunk["state"] for chunk in plan["chunks"]} == {"done"}


def test_a_chunk_that_failed_is_taken_again_by_the_same_backfill(tmp_path: Path, site: Site) -> None:
    declare(tmp_path, "daily", site.declaration("daily"))
    listing, site.pages["/sitemap.xml"] = site.pages["/sitemap.xml"], (503, {}, b"")
    failed = copydesk(
        tmp_path, "backfill", "daily", "--from", DAYS[0], "--to", DAYS[3], "--chunk-days", "30", "--no-prefect",
        "--id", "bf-mine", "--json", COPYDESK_CRAWL__RETRIES="0",
    )  # fmt: skip
    assert failed.returncode == 3, failed.stderr
    site.pages["/sitemap.xml"] = listing
    again = backfill(tmp_path, "--chunk-days", "30", "--id", "bf-mine", start=DAYS[0], end=DAYS[3])
    assert [chunk["problem"] for chunk in again["chunks"]] == [""]
    assert titles(tmp_path) == {f"Of {day}" for day in DAYS}


def test_a_limit_counts_pages_of_a_source_over_all_chunks(tmp_path: Path, site: Site) -> None:
    declare(tmp_path, "daily", site.declaration("daily"))
    done = backfill(tmp_path, "--chunk-days", "5", "--limit", "3", start=DAYS[0], end=DAYS[3])
    assert sum(chunk["pages"] for chunk in done["chunks"]) == 3
    assert {chunk["state"] for chunk in done["chunks"]} == {"stopped at the limit"}
    assert len(titles(tmp_path)) == 3
    more = ("--chunk-days", "5", "--id", done["backfill_id"], "--limit", "10")
    assert {chunk["state"] for chunk in backfill(tmp_path, *more, start=DAYS[0], end=DAYS[3])["chunks"]} == {"done"}
    assert titles(tmp_path) == {f"Of {day}" for day in DAYS}


def test_another_backfill_fetches_what_the_first_left_out(tmp_path: Path, site: Site) -> None:
    declare(tmp_path, "daily", site.declaration("daily"))
    backfill(tmp_path)
    backfill(tmp_path, start=DAYS[3], end=DAYS[3])
    assert titles(tmp_path) == {"Of 2026-10-08", "Of 2026-10-09", "Of 2026-10-20"}


def test_stored_pages_are_read_again_without_asking_the_site(tmp_path: Path, site: Site) -> None:
    declare(tmp_path, "daily", site.declaration("daily"))
    backfill(tmp_path)
    asked = sum(site.asked.values())
    done = backfill(tmp_path, "--method", "reprocess", start=DAYS[0], end=DAYS[3])
    assert sum(site.asked.values()) == asked
    assert titles(tmp_path) == {f"Of {day}" for day in DAYS}
    assert copydesk_json(tmp_path, "corpus", "info")["revisions"] == len(DAYS)
    assert [chunk["pages"] for chunk in done["chunks"]] == [len(DAYS)]


def test_wrong_requests_are_one_clear_error(tmp_path: Path, site: Site) -> None:
    declare(tmp_path, "daily", site.declaration("daily"))
    turned = copydesk(tmp_path, "backfill", "daily", "--from", "2026-10-02", "--to", "2026-10-01", "--no-prefect")
    assert (turned.returncode, "swap the two dates" in turned.stderr) == (2, True)
    backfill(tmp_path, "--id", "mine", start=DAYS[0], end=DAYS[0])
    wrong_id = ("backfill", "daily", "--from", DAYS[1], "--to", DAYS[1], "--no-prefect", "--id")
    for name, words in (("mine", "is over 2026-10-01 to 2026-10-01 by site"), ("a/b", "use up to 64 letters")):
        other = copydesk(tmp_path, *wrong_id, name)
        assert (other.returncode, words in other.stderr) == (4, True), other.stderr
    huge = copydesk(
        tmp_path, *wrong_id[:2], "--from", "1000-01-01", "--to", "9999-12-31", "--chunk-days", "1", "--dry-run"
    )
    assert (huge.returncode, "more than 10000" in huge.stderr) == (4, True), huge.stderr
    unknown = copydesk(tmp_path, "backfill", "weekly", "--from", "2026-10-01", "--to", "2026-10-01", "--no-prefect")
    assert (unknown.returncode, "unknown source weekly" in unknown.stderr) == (4, True)


def test_an_interrupt_stops_after_the_chunks_under_way(tmp_path: Path, site: Site) -> None:
    declare(tmp_path, "daily", site.declaration("daily").replace("delay_s = 0.0", "delay_s = 1.0"))
    days = ("--from", DAYS[0], "--to", DAYS[3], "--chunk-days", "1", "--id", "bf")
    log = tmp_path / "log"
    with started(tmp_path, "backfill", "daily", *days, "--no-prefect", log=log) as running:
        wait_until(lambda: "crawling daily" in log.read_text())
        running.send_signal(signal.SIGINT)
        assert running.wait(120) == 130
    assert "go on with --id bf" in log.read_text()
    assert log.read_text().count("crawling daily") < 20
    declare(tmp_path, "daily", site.declaration("daily"))
    backfill(tmp_path, "--chunk-days", "10", "--id", "bf", start=DAYS[0], end=DAYS[3])
    assert titles(tmp_path) == {f"Of {day}" for day in DAYS}
