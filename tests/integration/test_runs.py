"""Runs that a person decides about: held for a breached expectation, published all the same, or discarded."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline.models import utc_now
from tests.support.commands import copydesk, copydesk_json, declare
from tests.support.pages import article, paragraphs
from tests.support.site import Site, serving

pytestmark = pytest.mark.slow

EXPECT = "[expect]\ndocuments_per_day = {min = 3}\n"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A source of which three texts a day are expected, with a first run of eight days ago."""
    site = Site("127.0.46.1")
    with serving(site):
        site.pages["/0"] = article("Story 0", paragraphs(0))
        site.sitemap("/0")
        declare(tmp_path, "daily", site.declaration("daily") + EXPECT)
        assert copydesk(tmp_path, "collect", "--no-prefect").returncode == 0  # nothing is expected of the first days
        with closing(sqlite3.connect(tmp_path / "data" / "state.db")) as state, state:
            state.execute("UPDATE runs SET started_at = ?", [str((utc_now() - timedelta(days=8)).replace(tzinfo=None))])
        yield site


def grow(site: Site, *numbers: int) -> None:
    for number in numbers:
        site.pages[f"/{number}"] = article(f"Story {number}", paragraphs(number))
    site.sitemap(*(path for path in site.pages if path != "/sitemap.xml"))


def held(folder: Path, site: Site) -> str:
    """Collect one text where three are expected; gives the run, which is held."""
    grow(site, 1)
    done = copydesk(folder, "collect", "--no-prefect")
    assert done.returncode == 5, done.stderr
    assert "is held: daily: 1 documents in the last 24 hours, at least 3 expected" in done.stderr
    newest = copydesk_json(folder, "runs", "list")[0]
    assert (newest["state"], newest["documents"]) == ("held", 1)
    assert copydesk_json(folder, "corpus", "info")["documents"] == 1
    return str(newest["run"])


def doctor(folder: Path, check: str) -> list[dict[str, Any]]:
    return [one for one in copydesk_json(folder, "doctor") if one["check"] == check]


def test_a_day_with_too_little_is_held_until_a_person_publishes_it(tmp_path: Path, site: Site) -> None:
    run = held(tmp_path, site)
    assert run in doctor(tmp_path, "held run")[0]["found"]
    assert "at least 3" in doctor(tmp_path, "alert")[0]["found"]
    assert copydesk(tmp_path, "publish").returncode == 0
    assert copydesk_json(tmp_path, "corpus", "info")["documents"] == 1
    for without in ((), ("--force",), ("--reason", "a holiday")):
        refused = copydesk(tmp_path, "runs", "publish", run, *without)
        assert refused.returncode == 5
        assert "--force --reason" in refused.stderr
    done = copydesk(tmp_path, "runs", "publish", run, "--force", "--reason", "a holiday")
    assert done.returncode == 0, done.stderr
    assert copydesk_json(tmp_path, "corpus", "info")["documents"] == 2
    shown = copydesk_json(tmp_path, "runs", "show", run)
    assert (shown["state"], shown["reason"].endswith("a holiday")) == ("published", True)
    assert doctor(tmp_path, "held run") == []


def test_a_discarded_run_is_never_published_and_its_pages_stay(tmp_path: Path, site: Site) -> None:
    run = held(tmp_path, site)
    pages = sorted((tmp_path / "data" / "raw").rglob("*.warc.gz"))
    assert copydesk(tmp_path, "runs", "discard", run).returncode == 2  # a reason is asked for
    done = copydesk(tmp_path, "runs", "discard", run, "--reason", "a broken page")
    assert done.returncode == 0, done.stderr
    late = copydesk(tmp_path, "runs", "publish", run, "--force", "--reason", "no")
    assert (late.returncode, "is discarded" in late.stderr) == (4, True)
    grow(site, 2, 3, 4)
    assert copydesk(tmp_path, "collect", "--no-prefect").returncode == 0  # a good day: the alert is over
    assert doctor(tmp_path, "alert") == []
    assert copydesk_json(tmp_path, "corpus", "info")["documents"] == 4
    assert set(pages) <= set((tmp_path / "data" / "raw").rglob("*.warc.gz"))


def test_a_held_run_stays_held_when_the_state_database_is_lost(tmp_path: Path, site: Site) -> None:
    held(tmp_path, site)
    for part in (tmp_path / "data").glob("state.db*"):
        part.unlink()
    assert copydesk(tmp_path, "publish").returncode == 0
    assert copydesk_json(tmp_path, "corpus", "info")["documents"] == 1


def test_unknown_and_published_runs_are_told(tmp_path: Path, site: Site) -> None:
    published = copydesk_json(tmp_path, "runs", "list")[0]["run"]
    for command in (("publish",), ("discard", "--reason", "x")):
        for run, words in (("nope", "no run nope"), (published, "is published")):
            done = copydesk(tmp_path, "runs", command[0], run, *command[1:])
            assert (done.returncode, words in done.stderr) == (4, True), done.stderr
