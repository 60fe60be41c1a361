"""Killed, stopped or out of space, and run again: nothing is lost, nothing is doubled, nothing keeps running."""

from __future__ import annotations

import os
import random
import signal
import subprocess
from pathlib import Path

import pytest

from pipeline.models import RunState
from pipeline.settings import Settings
from pipeline.stages.archives import Share
from pipeline.stages.collect import crawl_one
from pipeline.stages.context import open_context, select_sources
from pipeline.stages.crawl import _run_child, _spec
from tests.support.commands import copydesk, copydesk_json, declare, started
from tests.support.pages import article, paragraphs
from tests.support.processes import children, kill, processes, wait_until
from tests.support.site import Site


def test_a_full_disk_loses_nothing(tmp_path: Path, site: Site) -> None:
    declare(tmp_path, "site", site.declaration("site"))
    small = tmp_path / "data"
    small.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", small], check=False, capture_output=True
    ).returncode:
        pytest.skip("needs the right to mount a tmpfs")
    try:
        filler = small / "filler"
        assert copydesk(tmp_path, "runs", "list").returncode == 0  # state database in place
        site.pages["/large/"] = article(
            "A large page", [*paragraphs(9), *[f"<!-- {random.Random(1).randbytes(400_000).hex()} -->"]]
        )
        site.sitemap(*[path for path in site.pages if path != "/sitemap.xml"])
        free = os.statvfs(small).f_bavail * os.statvfs(small).f_frsize
        filler.write_bytes(b"x" * (free - 300_000))
        done = copydesk(tmp_path, "collect", "--no-prefect")
        assert done.returncode in (1, 3)
        assert "free some space" in done.stderr or "database or disk is full" in done.stderr
        assert "Traceback" not in done.stderr
        subprocess.run(["mount", "-o", "remount,size=64m", small], check=True)
        filler.unlink()
        done = copydesk(tmp_path, "collect", "--no-prefect")
        assert done.returncode == 0, done.stderr
        assert copydesk_json(tmp_path, "corpus", "info")["documents"] == 6
    finally:
        subprocess.run(["umount", "-l", small], check=True)


def test_killing_everything_in_the_middle_loses_and_doubles_nothing(tmp_path: Path, site: Site) -> None:
    site.pages |= {f"/more-{number}/": article(f"More of {number}", paragraphs(100 + number)) for number in range(40)}
    site.sitemap(*[path for path in site.pages if path != "/sitemap.xml"])
    (tmp_path / "quiet").mkdir()
    declare(tmp_path / "quiet", "site", site.declaration("site"))
    assert copydesk(tmp_path / "quiet", "collect", "--no-prefect").returncode == 0
    wanted = copydesk_json(tmp_path / "quiet", "corpus", "digest")["digest"]
    slow = site.declaration("site").replace("delay_s = 0.0", "delay_s = 0.3")
    declare(tmp_path, "site", slow)
    site.asked.clear()
    with started(tmp_path, "collect", "--no-prefect") as killed:
        wait_until(lambda: asked_pages(site) >= 15)
        below = children(killed.pid)
        assert any("spiders.run" in line for _, line in below), "the crawl must be running"
        for pid in (killed.pid, *(pid for pid, _ in below)):
            kill(pid)
        killed.wait()
    declare(tmp_path, "site", site.declaration("site"))
    done = copydesk(tmp_path, "collect", "--no-prefect")
    assert done.returncode == 0, done.stderr
    assert copydesk_json(tmp_path, "corpus", "digest")["digest"] == wanted
    runs = copydesk_json(tmp_path, "runs", "list")
    assert {run["state"] for run in runs} <= {"published", "empty"}
    twice = [path for (path, status), count in site.asked.items() if status == 200 and count > 1 and "-" in path]
    assert len(twice) <= 32 + 8


def asked_pages(site: Site) -> int:
    return sum(count for (path, _), count in site.asked.items() if "-" in path)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_stopped_collect_leaves_no_crawl_behind_and_the_next_completes_it(
    tmp_path: Path, site: Site, number: int
) -> None:
    site.pages |= {f"/more-{n}/": article(f"More of {n}", paragraphs(100 + n)) for n in range(30)}
    site.sitemap(*[path for path in site.pages if path != "/sitemap.xml"])
    declare(tmp_path, "site", site.declaration("site").replace("delay_s = 0.0", "delay_s = 0.2"))
    with started(tmp_path, "collect", "--no-prefect") as running:
        wait_until(lambda: asked_pages(site) > 8)
        running.send_signal(number)
        running.wait(120)
    wait_until(lambda: not processes(str(tmp_path)))
    declare(tmp_path, "site", site.declaration("site"))
    assert copydesk(tmp_path, "collect", "--no-prefect").returncode == 0
    assert copydesk_json(tmp_path, "corpus", "info")["documents"] == 35


def test_a_collect_that_is_to_outlive_its_terminal_does(tmp_path: Path, site: Site) -> None:
    declare(tmp_path, "site", site.declaration("site").replace("delay_s = 0.0", "delay_s = 0.5"))
    with started(tmp_path, "collect", "--no-prefect", ignored=(signal.SIGHUP,)) as running:
        wait_until(lambda: asked_pages(site) > 1)
        running.send_signal(signal.SIGHUP)
        assert running.wait(120) == 0
    assert copydesk_json(tmp_path, "corpus", "info")["documents"] == 5


@pytest.mark.parametrize(
    ("number", "ignored"),
    [(signal.SIGINT, ()), (signal.SIGTERM, (signal.SIGINT,)), (signal.SIGHUP, ()), (signal.SIGKILL, ())],
    ids=["interrupted", "background", "its terminal is closed", "killed"],
)
def test_a_signal_to_up_alone_stops_everything_it_started(
    tmp_path: Path, site: Site, number: int, ignored: tuple[signal.Signals, ...]
) -> None:
    declare(tmp_path, "site", site.declaration("site"))
    log, home = tmp_path / "up.log", f"PREFECT_HOME={tmp_path}"
    with started(tmp_path, "up", log=log, ignored=ignored) as running:
        wait_until(lambda: "Schedules of 1 sources" in log.read_text() or running.poll() is not None, seconds=240)
        assert processes(home, where="environ")
        running.send_signal(number)
        assert running.wait(120) in ((-signal.SIGKILL,) if number == signal.SIGKILL else (0, 130))
        wait_until(lambda: not processes(home, where="environ"), seconds=120)


def test_a_crawl_whose_run_another_ended_leaves_its_pages_to_the_next(
    tmp_path: Path, site: Site, settings: Settings
) -> None:
    """Its lease ran out while the machine slept, say, and another collect finished what the run had by then."""
    declare(tmp_path, "site", site.declaration("site"))
    with open_context(settings) as context:
        context.runs.start("r1", kind="collect", sources=["site"])
        context.runs.set_state("r1", RunState.EMPTY)
        (source,) = select_sources(settings)
        assert "was ended by another process" in str(crawl_one(context, "r1", source))
        assert context.runs.manifests("r1") == []
    site.asked.clear()
    assert copydesk(tmp_path, "collect", "--no-prefect").returncode == 0
    assert copydesk_json(tmp_path, "corpus", "info")["documents"] == 5
    assert not [path for path, status in site.asked if status == 200 and "story" in path], "they were not asked again"


@pytest.mark.parametrize("lost", ["all of it", "half of it"])
def test_records_that_were_lost_with_the_spool_are_fetched_again(
    tmp_path: Path, site: Site, settings: Settings, lost: str
) -> None:
    declare(tmp_path, "site", site.declaration("site"))
    with open_context(settings) as context:  # a crawl whose parent dies before it seals
        context.runs.start("r1", kind="collect", sources=["site"])
        (source,), work = select_sources(settings), tmp_path / "work"
        assert _run_child(work, _spec(context, "r1", source, Share(), work))["finished"]
    (spooled,) = (tmp_path / "data" / "spool" / "site").glob("*.warc.gz")
    if lost == "all of it":
        spooled.unlink()
    else:
        os.truncate(spooled, spooled.stat().st_size // 2)
    site.asked.clear()
    done = copydesk(tmp_path, "collect", "--no-prefect")
    assert done.returncode == 0, done.stderr
    assert copydesk_json(tmp_path, "corpus", "info")["documents"] == 5
    again = sum(count for (path, status), count in site.asked.items() if "-" in path and status == 200)
    assert again == 5 if lost == "all of it" else 0 < again < 5


def test_a_lost_state_database_costs_requests_and_doubles_nothing(tmp_path: Path, site: Site) -> None:
    declare(tmp_path, "site", site.declaration("site"))
    assert copydesk(tmp_path, "collect", "--no-prefect").returncode == 0
    before, digest = (copydesk_json(tmp_path, "corpus", name) for name in ("info", "digest"))
    for part in (tmp_path / "data").glob("state.db*"):
        part.unlink()
    site.pages["/story-6/"] = article("Story number 6", paragraphs(6))
    done = copydesk(tmp_path, "publish")
    assert (done.returncode, done.stdout) == (0, "version 1: 0 runs, 0 new revisions\n")
    assert copydesk(tmp_path, "collect", "--no-prefect").returncode == 0
    assert copydesk_json(tmp_path, "corpus", "digest")["digest"] == digest["digest"]
    site.sitemap(*[path for path in site.pages if path != "/sitemap.xml"])
    assert copydesk(tmp_path, "collect", "--no-prefect").returncode == 0
    after = copydesk_json(tmp_path, "corpus", "info")
    for name in ("documents", "stories", "revisions"):
        assert after[name] == before[name] + 1, name
    runs = copydesk_json(tmp_path, "runs", "list")
    assert sorted(run["state"] for run in runs) == ["published", "published", "published"]
