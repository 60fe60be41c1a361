"""Backfills from other archives: a real pywb, and Common Crawl's files served on loopback."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pipeline.archive.spool import Exchange, Spool
from tests.support.commands import copydesk, copydesk_json, declare
from tests.support.pages import article, paragraphs
from tests.support.pywb import archive_server
from tests.support.site import Site, serving

# warcio leaves its buffers to be closed by the garbage collector.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:Unclosed file <tempfile.SpooledTemporaryFile:ResourceWarning"),
]

HTML = "text/html; charset=utf-8"
PUBLISHED = {number: datetime(2026, 9, number, 8, tzinfo=UTC) for number in range(1, 13)}
"""Twelve stories, one a day."""
CAPTURED = {number: datetime(2026, 9, min(30, number + 2 * (number % 4)), 20, tzinfo=UTC) for number in PUBLISHED}
"""Each was captured on its day, or some days later."""
WINDOW = ("--from", "2026-09-03", "--to", "2026-09-07")


@dataclass
class Press:
    """A site of twelve stories, and WARC files of what an archive has of it."""

    site: Site
    warcs: list[Path]


@pytest.fixture
def press(tmp_path: Path) -> Iterator[Press]:
    site = Site("127.0.46.1")
    with serving(site):
        for number, moment in PUBLISHED.items():
            site.pages[f"/story-{number}/"] = _story(number, moment)
        site.sitemap(*site.pages)
        site.pages["/"] = article("The front page", paragraphs(900))
        folder = tmp_path / "archive-of-others"
        with Spool(folder, "others", software="another crawler") as spool:
            for url, moment, status, mime, body in _captures(site):
                headers = [("Content-Type", mime), ("X-Archive-Src", "elsewhere")]
                spool.write(Exchange(url, "page", moment, status, headers, body))
        yield Press(site, list(folder.glob("*.warc.gz")))


def _story(number: int, moment: datetime) -> bytes:
    return article(f"Story number {number}", paragraphs(number), published=moment.isoformat())


def _captures(site: Site) -> Iterator[tuple[str, datetime, int, str, bytes]]:
    """What an archive has: each story, some twice, and much else."""
    base = site.base
    for number, moment in PUBLISHED.items():
        yield f"{base}/story-{number}/", CAPTURED[number], 200, HTML, _story(number, moment)
    yield f"{base}/story-4/?utm_source=x", datetime(2026, 9, 9, 1, tzinfo=UTC), 200, HTML, _story(4, PUBLISHED[4])
    yield f"{base}/story-5/", datetime(2026, 9, 20, tzinfo=UTC), 200, HTML, _story(5, PUBLISHED[5])
    early = article("Story number 6", paragraphs(606), published=PUBLISHED[6].isoformat())
    yield f"{base}/story-6/", datetime(2026, 9, 6, 9, tzinfo=UTC), 200, HTML, early
    yield f"{base}/", datetime(2026, 9, 5, tzinfo=UTC), 200, HTML, article("The front page", paragraphs(900))
    yield f"{base}/gone/", datetime(2026, 9, 5, tzinfo=UTC), 404, HTML, article("Gone", paragraphs(901))
    yield f"{base}/style.css", datetime(2026, 9, 5, tzinfo=UTC), 200, "text/css", b"p { margin: 0 }"
    other = f"http://127.0.46.9:{site.port}/story-3/"
    yield other, datetime(2026, 9, 5, tzinfo=UTC), 200, HTML, _story(3, PUBLISHED[3])


def documents(folder: Path) -> list[dict[str, Any]]:
    done = copydesk(folder, "corpus", "export", "--table", "documents", "--format", "jsonl", "-o", "all.jsonl")
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in (folder / "all.jsonl").read_text("utf-8").splitlines()]


def crawled(folder: Path, site: Site, *days: int) -> set[tuple[str, str, str]]:
    """(id, url, text) of the stories of some days as a crawl of the site itself gives them."""
    folder.mkdir()
    declare(folder, "press", site.declaration("press"))
    done = copydesk(folder, "collect", "--no-prefect")
    assert done.returncode == 0, done.stderr
    titles = {f"Story number {day}" for day in days}
    return {(one["id"], one["url"], one["text"]) for one in documents(folder) if one["title"] in titles}


def backfill(folder: Path, *arguments: str, **variables: str) -> Any:
    return copydesk_json(folder, "backfill", "press", "--no-prefect", *arguments, variables=variables)


def test_the_texts_of_the_window_come_from_a_web_archive_as_from_the_site(tmp_path: Path, press: Press) -> None:
    wanted = crawled(tmp_path / "direct", press.site, 3, 4, 5, 6, 7)
    assert len(wanted) == 5
    asked = sum(press.site.asked.values())
    declare(tmp_path, "press", press.site.declaration("press"))
    with archive_server(tmp_path / "pywb", press.warcs) as address:
        server = {"COPYDESK_ARCHIVES__CDX": f"{address}cdx", "COPYDESK_ARCHIVES__REPLAY": address}
        way = ("--method", "wayback", *WINDOW, "--chunk-days", "3", "--id", "bf")
        plan = backfill(tmp_path, *way, "--dry-run", **server)
        assert [chunk["from"] for chunk in plan["chunks"]] == ["2026-09-03", "2026-09-06"]
        assert f"{address}cdx?url=" in plan["chunks"][0]["asks"]
        assert not list((tmp_path / "data").glob("raw/**/*.warc.gz"))
        done = backfill(tmp_path, *way, **server)
        assert [chunk["problem"] for chunk in done["chunks"]] == ["", ""]
        planned = [chunk["requests"] for chunk in plan["chunks"]]
        assert [chunk["pages"] + 1 for chunk in done["chunks"]] == planned  # the copies, and one answer of the index
        mine = documents(tmp_path)
        assert {(one["id"], one["url"], one["text"]) for one in mine} == wanted
        captured = {one["title"]: datetime.fromisoformat(one["fetched_at"]) for one in mine}
        assert captured == {f"Story number {day}": CAPTURED[day] for day in (3, 4, 5, 6, 7)}
        assert copydesk_json(tmp_path, "corpus", "info")["revisions"] == 6  # story 6 as it was in the morning, too
        assert backfill(tmp_path, *way, **server)["chunks"] == []
        later = ("--method", "wayback", "--from", "2026-09-08", "--to", "2026-09-08")
        copies = backfill(tmp_path, *later, "--dry-run", **server)["chunks"][0]["requests"]
        backfill(tmp_path, *later, **server)
        assert copies < 12  # what is stored and of the former days is not asked again
    assert {one["title"] for one in documents(tmp_path)} == {f"Story number {day}" for day in range(3, 9)}
    assert sum(press.site.asked.values()) == asked, "the site itself is asked nothing"


def test_what_the_archive_cannot_give_is_asked_again(tmp_path: Path, press: Press) -> None:
    archive = Site("127.0.46.2")
    stamp = f"{CAPTURED[3]:%Y%m%d%H%M%S}"
    replay = f"/web/{stamp}id_/{press.site.base}/story-3/"
    rows = [["urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length"]]
    rows += [["k", stamp, f"{press.site.base}/story-3/", "text/html", "200", "ABC", "9"]]
    with serving(archive):
        archive.pages["/cdx/search/cdx"] = json.dumps([*rows, [], ["next+key"]]).encode()
        archive.pages[replay] = (503, {}, b"")
        entry = f'[[entry]]\nkind = "wayback"\nurl = "{press.site.base}/"\nserver = "{archive.base}/cdx/search/cdx"\n'
        text = press.site.declaration("press", more="").replace("[politeness]", f"{entry}[politeness]")
        declare(tmp_path, "press", text)
        way = ("backfill", "press", "--no-prefect", "--method", "wayback", *WINDOW, "--id", "bf", "--json")
        failed = copydesk(tmp_path, *way, COPYDESK_CRAWL__RETRIES="0")
        assert failed.returncode == 3, failed.stderr
        assert "could not give 1 copies just now" in failed.stdout
        queries = [path for path, _ in archive.asked if path.startswith("/cdx")]
        assert len(queries) == 2, "the key of the next page is followed, once"
        assert sum("resumeKey=next%2Bkey" in path for path in queries) == 1
        archive.pages[replay] = (200, {"X-Archive-Orig-Tdm-Reservation": "0"}, _story(3, PUBLISHED[3]))
        _pauses_end(tmp_path)
        assert copydesk(tmp_path, *way).returncode == 0
    assert [one["title"] for one in documents(tmp_path)] == ["Story number 3"]


def _pauses_end(folder: Path) -> None:
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(folder / "data" / "state.db")) as connection:
        connection.execute("UPDATE urls SET next_due_at = NULL")
        connection.commit()


def test_common_crawl_is_asked_for_parts_of_its_files(tmp_path: Path, press: Press) -> None:
    wanted = crawled(tmp_path / "direct", press.site, 3, 4, 5, 6, 7)
    common = Site("127.0.46.3")
    with serving(common):
        crawls = [
            {"id": "CC-MAIN-2026-37", "from": "2026-09-01T00:00:00", "to": "2026-09-30T00:00:00"},
            {"id": "CC-MAIN-2026-20", "from": "2026-05-01T00:00:00", "to": "2026-05-14T00:00:00"},
            {"id": "CC-MAIN-2026-41"},  # an older form: by its week
        ]
        common.pages["/collinfo.json"] = json.dumps(crawls).encode()
        lines = _index(press, common)
        common.pages["/CC-MAIN-2026-37-index"] = "\n".join(lines).encode()
        common.pages["/CC-MAIN-2026-41-index"] = (404, {}, b'{"message": "No Captures found for: 127.0.46.1/*"}')
        entry = f'[[entry]]\nkind = "commoncrawl"\nurl = "{press.site.base}/"\n'
        declare(tmp_path, "press", press.site.declaration("press").replace("[politeness]", f"{entry}[politeness]"))
        here = dict.fromkeys(_COMMON, f"{common.base}/")
        done = backfill(tmp_path, "--method", "common-crawl", *WINDOW, **here)
        assert [chunk["problem"] for chunk in done["chunks"]] == [""]
        assert {status for path, status in common.asked if path.startswith("/crawl-data/")} == {206}
        assert not any("2026-20" in path for path, _ in common.asked)
    assert {(one["id"], one["url"], one["text"]) for one in documents(tmp_path)} == wanted


_COMMON = ("COPYDESK_ARCHIVES__COMMON_CRAWL_INDEX", "COPYDESK_ARCHIVES__COMMON_CRAWL_DATA")


def _index(press: Press, common: Site) -> list[str]:
    """Common Crawl's lines about the WARC file, which is put among its files."""
    from pipeline.archive.read import read_captures

    lines = []
    for path in press.warcs:
        name = f"crawl-data/CC-MAIN-2026-37/{path.name}"
        common.pages[f"/{name}"] = (200, {"Content-Type": "application/octet-stream"}, path.read_bytes())
        for one in read_captures(path, path.name):
            capture = one.capture
            if not capture.url.startswith(press.site.base):
                continue
            row = {
                "url": capture.url, "mime": capture.mime, "status": str(capture.status), "filename": name,
                "digest": capture.payload_digest, "offset": str(capture.offset), "length": str(capture.length),
            }  # fmt: skip
            lines.append(f"{json.dumps(row | {'timestamp': f'{capture.fetched_at:%Y%m%d%H%M%S}'})}")
    return lines
