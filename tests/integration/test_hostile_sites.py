"""Sites that are gone, refuse, ask for patience or lie cost their own source only."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.commands import copydesk, copydesk_json, declare
from tests.support.pages import article, paragraphs
from tests.support.site import Site


def test_an_unreachable_source_fails_alone(tmp_path: Path, site: Site) -> None:
    declare(tmp_path, "good", site.declaration("good"))
    gone = Site("127.0.50.2", port=1)
    declare(tmp_path, "gone", gone.declaration("gone"))
    done = copydesk(tmp_path, "collect", "--no-prefect", COPYDESK_CRAWL__RETRIES="0")
    assert done.returncode == 3
    assert "gone: http://127.0.50.2:1/sitemap.xml" in done.stderr
    info = copydesk_json(tmp_path, "corpus", "info")
    assert (info["documents"], [one["source"] for one in info["sources"]]) == (5, ["good"])


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


def test_a_server_that_asks_for_patience_is_left_alone(tmp_path: Path, site: Site) -> None:
    site.pages["/story-3/"] = (503, {"Retry-After": "3600"}, b"later")
    declare(tmp_path, "site", site.declaration("site"))
    assert copydesk(tmp_path, "collect", "--no-prefect").returncode == 0
    asked = dict(site.asked)
    assert site.asked["/story-3/", 503] == 1
    again = copydesk(tmp_path, "collect", "--no-prefect")
    assert (again.returncode, "is left alone until" in again.stderr) == (3, True)
    assert dict(site.asked) == asked, "nothing of the host is asked before the time that it named"
    with closing(sqlite3.connect(tmp_path / "data" / "state.db")) as state, state:  # an hour later
        state.execute("UPDATE hosts SET resting_until = NULL")
        state.execute("UPDATE urls SET next_due_at = NULL")
    site.pages["/story-3/"] = article("Story number 3", paragraphs(3))
    assert copydesk(tmp_path, "collect", "--no-prefect").returncode == 0
    assert copydesk_json(tmp_path, "corpus", "info")["documents"] == 5


@pytest.mark.parametrize("patience", ["0", "Thu, 01 Jan 1970 00:00:00 GMT"])
def test_a_server_that_is_busy_and_asks_for_no_patience_ends_the_crawl_all_the_same(
    tmp_path: Path, site: Site, patience: str
) -> None:
    site.pages["/story-3/"] = (503, {"Retry-After": patience}, b"now")
    declare(tmp_path, "site", site.declaration("site"))
    done = copydesk(tmp_path, "collect", "--no-prefect", COPYDESK_CRAWL__MAX_PAGES="60")
    assert done.returncode == 0, done.stderr
    assert site.asked["/story-3/", 503] == 1
    assert copydesk_json(tmp_path, "corpus", "info")["documents"] == 4
