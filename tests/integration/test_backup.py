"""Backup and restore: one moment of store and state, in another place, and back; nothing is lost on the way."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support.commands import copydesk, copydesk_json, declare, environment, started
from tests.support.pages import article, paragraphs
from tests.support.processes import kill
from tests.support.s3_servers import moto_server
from tests.support.site import Site

pytestmark = pytest.mark.slow


@pytest.fixture
def corpus(tmp_path: Path, site: Site) -> Path:
    """A folder with a corpus of the site's five stories, and its declaration."""
    declare(tmp_path, "site", site.declaration("site"))
    done = copydesk(tmp_path, "collect", "--no-prefect")
    assert done.returncode == 0, done.stderr
    return tmp_path


def blobs(place: Path) -> int:
    return sum(1 for path in (place / "blobs").rglob("*") if path.is_file() and not path.name.startswith("."))


def digest(folder: Path, **variables: str) -> str:
    return str(copydesk_json(folder, "corpus", "digest", variables=variables)["digest"])


def test_a_backup_is_restored_with_its_state(corpus: Path, site: Site) -> None:
    place, there = corpus / "kept", {"COPYDESK_STORE": f"file:{corpus / 'again'}"}
    first = copydesk_json(corpus, "backup", str(place))
    assert (first["version"], first["copied_bytes"] > first["total_bytes"] > 0) == (1, True)
    wanted = digest(corpus)
    again = copydesk_json(corpus, "backup", str(place))
    assert again["copied_bytes"] < first["copied_bytes"] / 5  # the state alone: it tells of a lease
    site.pages["/story-6/"] = article("Story number 6", paragraphs(6))
    site.sitemap(*[path for path in site.pages if path != "/sitemap.xml"])
    assert copydesk(corpus, "collect", "--no-prefect").returncode == 0
    restored = copydesk_json(corpus, "restore", str(place), variables=there)
    assert (restored["version"], restored["objects"]) == (1, again["objects"])
    assert (digest(corpus, **there), digest(corpus) == wanted) == (wanted, False)
    assert copydesk(corpus, "corpus", "verify", variables=there).returncode == 0
    site.asked.clear()
    done = copydesk(corpus, "collect", "--no-prefect", variables=there)
    assert done.returncode == 0, done.stderr
    assert {path for path, status in site.asked if status == 200} & set(site.pages) == {"/story-6/", "/sitemap.xml"}
    assert digest(corpus, **there) == digest(corpus)
    refused = copydesk(corpus, "restore", str(place), variables=there)
    assert (refused.returncode, "knows runs already" in refused.stderr) == (4, True)


def test_a_backup_and_a_restore_that_are_killed_are_run_again(corpus: Path) -> None:
    for number in range(150):  # enough objects for both to be under way when they are killed
        path = corpus / "data" / "exports" / "many" / f"{number}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{number}\n" * 100)
    place, again = corpus / "kept", corpus / "again"
    kill_midway(corpus, again, place, "backup")
    assert copydesk_json(corpus, "backup", str(place), "--list") == []  # half of one is none
    nothing = copydesk(corpus, "restore", str(place), variables={"COPYDESK_STORE": f"file:{again}"})
    assert (nothing.returncode, "no backup at" in nothing.stderr) == (4, True)
    made = copydesk_json(corpus, "backup", str(place))
    assert copydesk_json(corpus, "backup", str(place), "--list") == [made["backup"]]
    kill_midway(corpus, again, place, "restore")
    there = {"COPYDESK_STORE": f"file:{again}"}
    assert copydesk(corpus, "corpus", "info", variables=there).returncode == 4  # no version before all of it is there
    copydesk_json(corpus, "restore", str(place), variables=there)
    assert digest(corpus, **there) == digest(corpus)
    assert copydesk(corpus, "corpus", "verify", variables=there).returncode == 0
    assert copydesk_json(corpus, "runs", "list", variables=there) == copydesk_json(corpus, "runs", "list")


def kill_midway(folder: Path, again: Path, place: Path, command: str) -> None:
    """Kill a backup, or a restore into another folder, once it has written some objects."""
    makes = place if command == "backup" else again
    grows = place / "blobs" if command == "backup" else again / "exports" / "many"
    last = "backups/*.json" if command == "backup" else "tables/_versions/*"
    variables = {} if command == "backup" else {"COPYDESK_STORE": f"file:{again}"}
    for _ in range(3):  # it may be quicker than what is to kill it
        with started(folder, command, str(place), variables=variables) as running:
            while running.poll() is None and len(list(grows.rglob("*"))) < 20:
                pass
            killed = kill(running.pid)
            running.wait()
        if killed and not list(makes.glob(last)):
            return
        shutil.rmtree(makes)
    pytest.fail("it ended three times before it could be killed")


def test_old_backups_go_with_what_only_they_name(corpus: Path, site: Site) -> None:
    place = corpus / "kept"
    first = copydesk_json(corpus, "backup", str(place))
    for page in ("/story-6/", "/story-7/"):
        site.pages[page] = article(page, paragraphs(len(site.pages)))
        site.sitemap(*[path for path in site.pages if path != "/sitemap.xml"])
        assert copydesk(corpus, "collect", "--no-prefect").returncode == 0
    copydesk_json(corpus, "corpus", "takedown", "--source", "site", "--reason", "a test")
    before = blobs(place)
    newest = copydesk_json(corpus, "backup", str(place), "--keep", "1")
    assert newest["removed"] == [first["backup"]]
    assert blobs(place) != before
    there = {"COPYDESK_STORE": f"file:{corpus / 'again'}"}
    copydesk_json(corpus, "restore", str(place), variables=there)
    assert (digest(corpus, **there), copydesk_json(corpus, "corpus", "info", variables=there)["documents"]) == (
        digest(corpus), 0,
    )  # fmt: skip
    gone = copydesk(corpus, "restore", str(place), "--backup", first["backup"])
    assert (gone.returncode, newest["backup"] in gone.stderr) == (4, True)


def test_a_damaged_backup_is_told(corpus: Path) -> None:
    place = corpus / "kept"
    copydesk_json(corpus, "backup", str(place))
    largest = max(
        (path for path in (place / "blobs").rglob("*") if path.is_file()), key=lambda path: path.stat().st_size
    )
    largest.write_bytes(b"x" * largest.stat().st_size)
    done = copydesk(corpus, "restore", str(place), variables={"COPYDESK_STORE": f"file:{corpus / 'again'}"})
    assert (done.returncode, "is not what was written" in done.stderr) == (1, True)
    inside = copydesk(corpus, "backup", str(corpus / "data" / "kept"))
    assert (inside.returncode, "lies inside the store" in inside.stderr) == (4, True)


def test_a_backup_of_a_folder_is_restored_into_s3(corpus: Path) -> None:
    with moto_server() as server:
        bucket = server.bucket()
        copydesk_json(corpus, "backup", f"s3://{bucket}/kept", variables=server.environment)
        there = server.environment | {
            "COPYDESK_STORE": f"s3://{bucket}/corpus", "COPYDESK_DATA": str(corpus / "elsewhere"),
        }  # fmt: skip
        assert environment(corpus, **there)["COPYDESK_STORE"].startswith("s3:")
        copydesk_json(corpus, "restore", f"s3://{bucket}/kept", variables=there)
        assert digest(corpus, **there) == digest(corpus)
        assert copydesk(corpus, "corpus", "verify", variables=there).returncode == 0
