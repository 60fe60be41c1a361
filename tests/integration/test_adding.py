"""`copydesk sources add`: sites of several systems are asked, understood and declared; what is declared collects."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.commands import copydesk, copydesk_json
from tests.support.platforms import Blogger, WordPress, XenForo, add_static_site
from tests.support.site import Site, serving

_MOST_REQUESTS = 25 + 1  # Scrapy asks robots.txt for itself


def added(folder: Path, url: str) -> dict[str, Any]:
    """Add a site on loopback and read the declaration that was written."""
    done = copydesk(folder, "sources", "add", url, "--allow-private")
    assert done.returncode == 0, done.stdout + done.stderr
    (path,) = (folder / "seeds").glob("*.toml")
    declaration = tomllib.loads(path.read_text("utf-8"))
    assert declaration["id"] == path.stem
    assert declaration["allow_private"] is True
    return declaration


def collected(folder: Path) -> int:
    """Documents after a collect that nothing slows down."""
    (path,) = (folder / "seeds").glob("*.toml")
    path.write_text(path.read_text("utf-8") + "\n[politeness]\ndelay_s = 0.0\n", "utf-8")
    done = copydesk(folder, "collect", "--no-prefect", COPYDESK_CRAWL__MAX_PAGES="80")
    assert done.returncode == 0, done.stderr
    return int(copydesk_json(folder, "corpus", "info")["documents"])


def entries(declaration: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one["kind"], one["url"]) for one in declaration["entry"]]


def test_a_wordpress_is_named_placed_and_collected(tmp_path: Path) -> None:
    with serving(site := WordPress("127.0.51.1")):
        declaration = added(tmp_path, site.base)
        assert entries(declaration) == [("wordpress", site.home)]
        assert (declaration["id"], declaration["name"]) == ("the-gazette", "The Gazette")
        assert (declaration["language"], declaration["timezone"]) == ("en", "Europe/Lisbon")
        assert sum(site.asked.values()) <= 10, "one listing and two posts say enough"
        assert collected(tmp_path) == site.posts


def test_a_wordpress_in_a_folder_without_permalinks_is_found_from_a_post(tmp_path: Path) -> None:
    with serving(site := WordPress("127.0.51.2", folder="/blog", pretty=False)):
        declaration = added(tmp_path, site.link(3))
        assert declaration["homepage"] == site.home
        assert entries(declaration) == [("wordpress", f"{site.home}index.php?rest_route=/")]
        assert collected(tmp_path) == site.posts


@pytest.mark.parametrize(("feeds", "how"), [(200, "by its feed"), (403, "by its pages")])
def test_a_wordpress_whose_api_is_shut_is_read_by_what_is_left(tmp_path: Path, feeds: int, how: str) -> None:
    with serving(site := WordPress("127.0.51.3", folder="/blog", rest=401, feeds=feeds)):
        declaration = added(tmp_path, f"{site.base}/blog")
        assert entries(declaration) == [("wordpress", site.home)]
        checked = copydesk(tmp_path, "sources", "check", "--json")
        assert how in checked.stdout, checked.stderr
        assert collected(tmp_path) == site.posts
        assert (f"{site.folder}/wp-json/", 401) not in site.asked


@pytest.mark.parametrize("feeds", [200, 403])
def test_days_of_a_wordpress_without_an_api_are_backfilled_by_months(tmp_path: Path, feeds: int) -> None:
    with serving(site := WordPress("127.0.51.4", rest=404, feeds=feeds, pretty=False, posts=40)):
        added(tmp_path, site.base)
        (path,) = (tmp_path / "seeds").glob("*.toml")
        path.write_text(path.read_text("utf-8") + "\n[politeness]\ndelay_s = 0.0\n", "utf-8")
        site.asked.clear()
        days = ("--from", "2026-09-20", "--to", "2026-10-10")
        done = copydesk(tmp_path, "backfill", path.stem, *days, "--no-prefect", COPYDESK_CRAWL__MAX_PAGES="80")
        assert done.returncode == 0, done.stderr
        within = [one for one in range(1, 41) if "2026-09-20" <= f"{site.time(one):%Y-%m-%d}" <= "2026-10-10"]
        assert int(copydesk_json(tmp_path, "corpus", "info")["documents"]) == len(within)
        assert any("m=202609" in path for path, _ in site.asked)
        assert ("/?p=40", 200) not in site.asked, "a post of November is not asked"


@pytest.mark.parametrize("private", [False, True])
def test_a_blogger_whose_feed_is_cut_short_or_private(tmp_path: Path, private: bool) -> None:
    with serving(site := Blogger("127.0.51.5", private=private)):
        assert entries(added(tmp_path, site.base)) == [("blogger", f"{site.base}/")]
        assert collected(tmp_path) == site.posts


def test_one_of_twin_feeds_and_the_stories_of_the_sitemap(tmp_path: Path) -> None:
    with serving(site := Site("127.0.51.6")):
        add_static_site(site)
        done = copydesk(tmp_path, "sources", "add", site.base, "--allow-private", "--json")
        assert done.returncode == 0, done.stderr
        declaration = tomllib.loads((tmp_path / "seeds" / "static-herald.toml").read_text("utf-8"))
        assert entries(declaration) == [("feed", f"{site.base}/rss.xml"), ("sitemap", f"{site.base}/map.xml")]
        assert declaration["entry"][1]["include"] == r"/\d{4}/\d{1,2}/", "else /about and the tag pages come in"
        assert '"why_not": "HTTP 404"' in done.stdout, "the feed that is gone is told"
        assert "c.xml" not in done.stdout, "comments are no texts"
        assert '"words": ' in done.stdout
        assert sum(site.asked.values()) <= _MOST_REQUESTS
        assert collected(tmp_path) == 6


@pytest.mark.parametrize("path", ["/board/threads/ship-2.2/", "/board/forums/harbour.1/", "/board/"])
def test_a_board_is_found_from_any_of_its_pages(tmp_path: Path, path: str) -> None:
    with serving(site := XenForo("127.0.51.7")):
        declaration = added(tmp_path, site.base + path)
        assert (declaration["kind"], declaration["name"]) == ("forum", "Dock Talk")
        assert entries(declaration) == [("forum", f"{site.base}/board/")]
        if path == "/board/":
            tried = copydesk(tmp_path, "sources", "try", "dock-talk", "--pages", "1")
            assert tried.returncode == 0, tried.stderr
            assert tried.stdout.count("post  Ship") == 2


@pytest.fixture
def bare() -> Iterator[Site]:
    """A site of one page that lists nothing."""
    site = Site("127.0.51.8", pages={"/": b"<html><body><p>Under construction.</p></body></html>"})
    with serving(site):
        yield site


def test_a_site_that_lists_nothing_is_not_declared(tmp_path: Path, bare: Site) -> None:
    done = copydesk(tmp_path, "sources", "add", bare.base, "--allow-private")
    assert done.returncode == 3
    assert "/sitemap.xml: HTTP 404" in done.stderr
    assert "/feed/: HTTP 404" in done.stderr
    assert not list(tmp_path.rglob("*.toml"))
    assert sum(bare.asked.values()) <= _MOST_REQUESTS


def test_a_robots_txt_that_refuses_is_told_and_obeyed(tmp_path: Path, bare: Site) -> None:
    bare.pages["/robots.txt"] = (200, {"Content-Type": "text/plain"}, b"User-agent: *\nDisallow: /\n")
    done = copydesk(tmp_path, "sources", "add", bare.base, "--allow-private")
    assert (done.returncode, "robots.txt" in done.stderr) == (3, True), done.stderr
    assert {path for path, _ in bare.asked} == {"/robots.txt"}


def test_a_private_address_needs_a_word(tmp_path: Path, bare: Site) -> None:
    done = copydesk(tmp_path, "sources", "add", bare.base)
    assert (done.returncode, "--allow-private" in done.stderr) == (4, True), done.stderr
    assert not bare.asked


def test_redirects_lead_to_the_home_and_nothing_is_overwritten(tmp_path: Path, bare: Site) -> None:
    with serving(site := WordPress("127.0.51.9")):
        bare.pages["/"] = (301, {"Location": site.home}, b"")
        assert added(tmp_path, bare.base)["homepage"] == site.home
        before = (tmp_path / "seeds" / "the-gazette.toml").read_text("utf-8")
        for more in ((), ("--id", "the-gazette")):
            again = copydesk(tmp_path, "sources", "add", site.base, "--allow-private", *more)
            assert (again.returncode, "the-gazette" in again.stderr) == (4, True), again.stderr
        dry = copydesk(tmp_path, "sources", "add", site.base, "--allow-private", "--id", "other", "--dry-run")
        assert (dry.returncode, 'id = "other"' in dry.stdout) == (0, True), dry.stderr
        assert [one.name for one in (tmp_path / "seeds").iterdir()] == ["the-gazette.toml"]
        assert (tmp_path / "seeds" / "the-gazette.toml").read_text("utf-8") == before
