"""What goes wrong costs one clear error or one counted outcome, the right exit code, and nothing else."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.commands import copydesk, copydesk_json, environment
from tests.support.pages import article, paragraphs
from tests.support.site import Site, serving


@pytest.fixture
def site() -> Iterator[Site]:
    one = Site("127.0.50.1")
    with serving(one):
        one.pages |= {
            f"/story-{number}/": article(f"Story number {number}", paragraphs(number)) for number in range(1, 6)
        }
        one.sitemap(*one.pages)
        yield one


def declare(folder: Path, name: str, text: str) -> None:
    (folder / "seeds").mkdir(exist_ok=True)
    (folder / "seeds" / f"{name}.toml").write_text(text, "utf-8")


def test_a_bad_declaration_stops_before_anything_is_asked(tmp_path: Path, site: Site) -> None:
    declare(tmp_path, "good", site.declaration("good"))
    declare(tmp_path, "bad", site.declaration("bad").replace('kind = "sitemap"', 'kind = "sitmap"'))
    done = copydesk(tmp_path, "collect", "--no-prefect")
    assert done.returncode == 4
    assert "bad.toml:7" in done.stderr
    assert "'sitemap'" in done.stderr
    assert "Traceback" not in done.stderr
    assert site.asked.total() == 0


def test_an_unknown_source_is_told_with_the_known_ones(tmp_path: Path, site: Site) -> None:
    declare(tmp_path, "good", site.declaration("good"))
    done = copydesk(tmp_path, "collect", "--no-prefect", "god")
    assert done.returncode == 4
    assert "unknown source god" in done.stderr
    assert "good" in done.stderr


def test_an_unreachable_source_fails_alone(tmp_path: Path, site: Site) -> None:
    declare(tmp_path, "good", site.declaration("good"))
    gone = Site("127.0.50.2", port=1)
    declare(tmp_path, "gone", gone.declaration("gone"))
    done = copydesk(tmp_path, "collect", "--no-prefect", COPYDESK_CRAWL__RETRIES="0")
    assert done.returncode == 3
    assert "gone: http://127.0.50.2:1/sitemap.xml" in done.stderr
    info = copydesk_json(tmp_path, "corpus", "info")
    assert (info["documents"], [one["source"] for one in info["sources"]]) == (5, ["good"])


def test_pages_of_random_bytes_are_counted_outcomes(tmp_path: Path, site: Site) -> None:
    dice = random.Random(4)
    site.pages |= {
        "/noise/": dice.randbytes(50_000),
        "/zeros/": b"\x00" * 10_000,
        "/empty/": b"",
        "/broken/": b"<html><body><p>" + dice.randbytes(3_000),
        "/deep/": b"<html><body>" + b"<div>" * 20_000 + b"text",
        "/picture/": (200, {"Content-Type": "image/png"}, b"\x89PNG\r\n\x1a\n" + dice.randbytes(2_000)),
        "/error/": (500, {}, b"<html><body>no</body></html>"),
    }
    site.sitemap(*[path for path in site.pages if path != "/sitemap.xml"])
    declare(tmp_path, "site", site.declaration("site"))
    done = copydesk(tmp_path, "collect", "--no-prefect", COPYDESK_CRAWL__RETRIES="0")
    assert done.returncode == 0, done.stderr
    report = copydesk_json(tmp_path, "report")
    assert report["report"]["documents"] == 5
    assert sum(report["report"]["outcomes"].values()) == report["report"]["captures"] == 12
    assert report["sources"]["site"]["fetched"]["http_error"] == 1
    assert sum(report["sources"]["site"]["fetched"].values()) == report["sources"]["site"]["requests"]
    assert "Traceback" not in done.stderr


def test_robots_are_obeyed_and_private_addresses_refused(tmp_path: Path, site: Site) -> None:
    site.pages["/robots.txt"] = (200, {"Content-Type": "text/plain"}, b"User-agent: *\nDisallow: /story-1/\n")
    declare(tmp_path, "polite", site.declaration("polite"))
    assert copydesk(tmp_path, "collect", "--no-prefect").returncode == 0
    assert ("/story-1/", 200) not in site.asked
    assert copydesk_json(tmp_path, "corpus", "info")["documents"] == 4
    site.asked.clear()
    declare(tmp_path, "private", site.declaration("private").replace("allow_private = true\n", ""))
    done = copydesk(tmp_path, "collect", "--no-prefect", "private")
    assert site.asked.total() == 0
    assert copydesk_json(tmp_path, "report")["sources"]["private"]["fetched"] == {"refused": 1}
    assert done.returncode == 3
    assert "allow_private" in done.stderr


def test_which_addresses_are_public() -> None:
    from spiders.guard import is_public

    for address in (
        "127.0.0.1",
        "10.1.2.3",
        "169.254.169.254",
        "::1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "fd00::1",
        "0.0.0.0",
        "2002:7f00:1::",
    ):
        assert not is_public(address), address
    assert is_public("93.184.216.34")
    assert is_public("2606:2800:220:1:248:1893:25c8:1946")
    assert not is_public("not an address")


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
    slow = site.declaration("site").replace("delay_s = 0.0", "delay_s = 0.05")
    declare(tmp_path, "site", slow)
    site.asked.clear()
    killed = subprocess.Popen(
        [sys.executable, "-m", "pipeline.cli", "collect", "--no-prefect"],
        env=environment(tmp_path), cwd=tmp_path, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while sum(count for (path, _), count in site.asked.items() if "-" in path) < 15 and time.monotonic() < deadline:
        time.sleep(0.05)
    children = [int(pid) for pid in Path(f"/proc/{killed.pid}/task/{killed.pid}/children").read_text().split()]
    threads = [
        int(pid) for path in Path(f"/proc/{killed.pid}/task").glob("*/children") for pid in path.read_text().split()
    ]
    assert set(children + threads), "the crawl must be running"
    for pid in {killed.pid, *children, *threads}:
        os.kill(pid, signal.SIGKILL)
    killed.wait()
    done = copydesk(tmp_path, "collect", "--no-prefect")
    assert done.returncode == 0, done.stderr
    assert copydesk_json(tmp_path, "corpus", "digest")["digest"] == wanted
    runs = copydesk_json(tmp_path, "runs", "list")
    assert {run["state"] for run in runs} <= {"published", "empty"}
    twice = [path for (path, status), count in site.asked.items() if status == 200 and count > 1 and "-" in path]
    assert len(twice) <= 32 + 8


def test_extract_and_dedup_work_without_a_store(tmp_path: Path) -> None:
    texts = paragraphs(1, 8)
    (tmp_path / "page.html").write_bytes(article("One page", texts))
    done = copydesk(tmp_path, "extract", "page.html", "--url", "http://example.org/one")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert (document["title"], document["text"]) == ("One page", "\n\n".join(texts))
    assert copydesk(tmp_path, "extract", "page.html").returncode == 4
    rows = [
        {"id": "whole", "text": "\n\n".join(texts), "published_at": "2026-10-01"},
        {"id": "cut", "text": "\n\n".join(texts[:2]), "source": "b"},
        {"id": "other", "text": "\n\n".join(paragraphs(2))},
    ]
    (tmp_path / "texts.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    done = copydesk(tmp_path, "dedup", "texts.jsonl", "-o", "out")
    assert done.returncode == 0, done.stderr
    assigned = {
        row["id"]: row for row in map(json.loads, (tmp_path / "out/assignments.jsonl").read_text().splitlines())
    }
    assert assigned["cut"]["story_id"] == assigned["whole"]["story_id"] != assigned["other"]["story_id"]
    assert assigned["whole"]["canonical"]
    assert assigned["cut"]["relation"] == "partial"
    (tmp_path / "texts.jsonl").write_text('{"id": "a", "text": "x"}\n{"id": "a", "text": "y"}\n')
    done = copydesk(tmp_path, "dedup", "texts.jsonl", "-o", "out")
    assert done.returncode == 4
    assert "texts.jsonl:2" in done.stderr
    assert not list((tmp_path).glob("data*")), "working alone must not make a store"


def test_help_is_quick_and_loads_no_big_package() -> None:
    code = (
        "import sys, runpy\nsys.argv = ['copydesk', '--help']\n"
        "try:\n    runpy.run_module('pipeline.cli', run_name='__main__')\nexcept SystemExit:\n    pass\n"
        "big = set('scrapy twisted boto3 datasketch prefect trafilatura pyarrow deltalake sqlalchemy numpy'.split())\n"
        "print(sorted(big & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stderr.strip() == "[]"
    assert "collect" in done.stdout


def collecting(folder: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "pipeline.cli", "collect", "--no-prefect"]
    return subprocess.Popen(
        command, env=environment(folder), cwd=folder, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )


def asked_pages(site: Site) -> int:
    return sum(count for (path, _), count in site.asked.items() if "-" in path)


def wait_until(condition: Callable[[], bool], *, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_stopped_collect_leaves_no_crawl_behind_and_the_next_completes_it(
    tmp_path: Path, site: Site, number: int
) -> None:
    site.pages |= {f"/more-{n}/": article(f"More of {n}", paragraphs(100 + n)) for n in range(30)}
    site.sitemap(*[path for path in site.pages if path != "/sitemap.xml"])
    declare(tmp_path, "site", site.declaration("site").replace("delay_s = 0.0", "delay_s = 0.2"))
    running = collecting(tmp_path)
    wait_until(lambda: asked_pages(site) > 8)
    running.send_signal(number)
    running.wait(60)
    spec = str(tmp_path)
    wait_until(lambda: not [one for one in Path("/proc").glob("[0-9]*") if spec in _command_line(one)])
    declare(tmp_path, "site", site.declaration("site"))
    assert copydesk(tmp_path, "collect", "--no-prefect").returncode == 0
    assert copydesk_json(tmp_path, "corpus", "info")["documents"] == 35


def _command_line(process: Path) -> str:
    try:
        return (process / "cmdline").read_bytes().decode("utf-8", "replace")
    except OSError:
        return ""


def test_hostile_listings_cost_an_outcome_and_never_hang(tmp_path: Path, site: Site) -> None:
    bad = (
        "<loc>/relative</loc>",
        "<loc>http://[bad/x</loc>",
        "<loc>javascript:alert(1)</loc>",
        "<loc>http://h:99999/</loc>",
    )
    good = f"<url><loc>{site.base}/story-1/</loc><lastmod>0001-01-01T00:00:00+02:00</lastmod></url>"
    urls = "".join(f"<url>{one}</url>" for one in bad)
    site.pages["/sitemap.xml"] = (
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{good}{urls}</urlset>'.encode()
    )
    feed = {
        "items": [
            {"url": "http://127.0.50.1:1/\ud800"},
            {"url": f"{site.base}/story-2/"},
            {"url": 5},
            7,
            {"url": "\x00"},
        ]
    }
    site.pages["/feed.json"] = (200, {"Content-Type": "application/json"}, json.dumps(feed).encode())
    declare(tmp_path, "maps", site.declaration("maps"))
    declare(tmp_path, "feed", site.declaration("feed", entry="feed", path="/feed.json"))
    done = copydesk(tmp_path, "collect", "--no-prefect", COPYDESK_CRAWL__RETRIES="0")
    assert "Traceback" not in done.stderr
    assert done.returncode == 0, done.stderr
    assert copydesk_json(tmp_path, "corpus", "info")["documents"] == 2


def test_odd_metadata_fails_nothing_and_nobody_else(tmp_path: Path, site: Site) -> None:
    site.pages |= {
        "/port/": article(
            "Odd port", paragraphs(21), head=f'<link rel="canonical" href="http://{site.address}:99999/x">'
        ),
        "/home/": article("Homeward", paragraphs(22), head='<link rel="canonical" href="/">'),
        "/image/": article("Odd image", paragraphs(23), head='<meta property="og:image" content="http://[x">'),
        "/keys/": article(
            "Odd keys",
            paragraphs(24),
            head='<script type="application/ld+json">{"@type":"NewsArticle","keywords":["\\ud800"]}</script>',
        ),
        "/one/": article("One claims", paragraphs(25), head='<link rel="canonical" href="/shared/">'),
        "/two/": article("Two claims", paragraphs(26), head='<link rel="canonical" href="/shared/">'),
    }
    site.sitemap(*[path for path in site.pages if path != "/sitemap.xml"])
    declare(tmp_path, "site", site.declaration("site"))
    done = copydesk(tmp_path, "collect", "--no-prefect")
    assert done.returncode == 0, done.stderr
    info = copydesk_json(tmp_path, "corpus", "info")
    assert (info["documents"], info["stories"]) == (11, 11)


def test_a_source_that_cannot_be_crawled_says_so(tmp_path: Path, site: Site) -> None:
    declare(tmp_path, "saved", site.declaration("saved", entry="files", path="/"))
    done = copydesk(tmp_path, "collect", "--no-prefect")
    assert done.returncode == 3
    assert "no entry that can be crawled" in done.stderr


def test_a_server_that_asks_for_patience_is_left_alone(tmp_path: Path, site: Site) -> None:
    site.pages["/story-3/"] = (503, {"Retry-After": "3600"}, b"later")
    declare(tmp_path, "site", site.declaration("site"))
    for _ in range(2):
        assert copydesk(tmp_path, "collect", "--no-prefect").returncode == 0
    assert site.asked["/story-3/", 503] == 1
    assert copydesk_json(tmp_path, "corpus", "info")["documents"] == 4


def test_edited_articles_become_revisions_and_stories_keep_their_ids(tmp_path: Path, site: Site) -> None:
    site.pages["/sitemap.xml"] = _sitemap(site, "2026-10-30T08:00:00Z")
    declare(tmp_path, "site", site.declaration("site"))
    assert copydesk(tmp_path, "collect", "--no-prefect").returncode == 0
    before = copydesk_json(tmp_path, "corpus", "info")
    site.pages["/story-1/"] = article("Story number 1", [*paragraphs(1), *paragraphs(77, 1)])
    site.pages["/sitemap.xml"] = _sitemap(site, "2099-01-01T00:00:00Z")
    assert copydesk(tmp_path, "collect", "--no-prefect").returncode == 0
    after = copydesk_json(tmp_path, "corpus", "info")
    assert (after["documents"], after["stories"], after["revisions"]) == (5, 5, before["revisions"] + 1)
    assert site.asked["/story-2/", 304] == 1
    copydesk(tmp_path, "corpus", "export", "-o", "stories.jsonl")
    stories = [json.loads(line) for line in (tmp_path / "stories.jsonl").read_text("utf-8").splitlines()]
    changed = next(one for one in stories if one["title"] == "Story number 1")
    assert changed["text"].endswith(paragraphs(77, 1)[0])
    assert (changed["since_version"], changed["version"]) == (1, 2)


def _sitemap(site: Site, modified: str) -> bytes:
    urls = "".join(f"<url><loc>{site.base}/story-{n}/</loc><lastmod>{modified}</lastmod></url>" for n in range(1, 6))
    return f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>'.encode()


def test_declared_patterns_zone_and_pseudonyms_take_effect(tmp_path: Path, site: Site) -> None:
    page = article(
        "Story in a zone",
        paragraphs(31),
        published="2026-10-30T08:00:00",
        head='<meta name="author" content="Ann Lee">',
    )
    site.pages["/story-zone/"] = page
    site.sitemap(*[path for path in site.pages if path != "/sitemap.xml"])
    text = site.declaration("site", more='timezone = "Asia/Tokyo"\nauthor_pseudonyms = true\n')
    text = text.replace("[politeness]", 'include = "story-(zone|[1-3])"\nexclude = "story-2"\n[politeness]')
    declare(tmp_path, "site", text)
    assert copydesk(tmp_path, "collect", "--no-prefect").returncode == 0
    copydesk(tmp_path, "corpus", "export", "--table", "documents", "-o", "documents.jsonl")
    rows = [json.loads(line) for line in (tmp_path / "documents.jsonl").read_text("utf-8").splitlines()]
    assert sorted(row["title"] for row in rows) == ["Story in a zone", "Story number 1", "Story number 3"]
    zone = next(row for row in rows if row["title"] == "Story in a zone")
    assert zone["published_at"] == "2026-10-29T23:00:00+00:00"
    assert zone["authors"] == [zone["author_id"]]
    assert "Ann" not in (tmp_path / "documents.jsonl").read_text("utf-8")


def test_a_mended_declaration_takes_effect_though_its_listing_did_not_change(tmp_path: Path, site: Site) -> None:
    site.pages["/"] = (
        b"<html><body>" + b"".join(b'<a href="/story-%d/">s</a>' % n for n in range(1, 6)) + b"</body></html>"
    )
    text = site.declaration("list", entry="listing", path="/")
    declare(tmp_path, "list", text)
    done = copydesk(tmp_path, "collect", "--no-prefect")
    assert done.returncode == 0
    assert "set `include`" in done.stderr
    declare(tmp_path, "list", text.replace("[politeness]", 'include = "/story-"\n[politeness]'))
    assert copydesk(tmp_path, "collect", "--no-prefect").returncode == 0
    assert copydesk_json(tmp_path, "corpus", "info")["documents"] == 5


def test_a_broken_line_does_not_cost_the_file_that_was_there(tmp_path: Path) -> None:
    (tmp_path / "out.jsonl").write_text("what was there")
    (tmp_path / "pages.jsonl").write_text('{"url": "http://h/a", "html": null}\n')
    done = copydesk(tmp_path, "extract", "pages.jsonl", "-o", "out.jsonl")
    assert done.returncode == 4
    assert "pages.jsonl:1" in done.stderr
    assert (tmp_path / "out.jsonl").read_text() == "what was there"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_to_up_alone_stops_everything_it_started(tmp_path: Path, site: Site, number: int) -> None:
    declare(tmp_path, "site", site.declaration("site"))
    log = tmp_path / "up.log"
    with log.open("wb") as out:
        running = subprocess.Popen(
            [sys.executable, "-m", "pipeline.cli", "up"],
            env=environment(tmp_path),
            cwd=tmp_path,
            stderr=out,
            stdout=out,
        )
    wait_until(lambda: "Schedules of 1 sources" in log.read_text() or running.poll() is not None, seconds=150)
    home = f"PREFECT_HOME={tmp_path}".encode()
    assert [one for one in Path("/proc").glob("[0-9]*") if home in _environment(one)]
    running.send_signal(number)
    running.wait(60)
    wait_until(lambda: not [one for one in Path("/proc").glob("[0-9]*") if home in _environment(one)], seconds=30)


def _environment(process: Path) -> bytes:
    try:
        return (process / "environ").read_bytes()
    except OSError:
        return b""
