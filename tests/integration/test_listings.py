"""Listings of several pages, some of which fail, come late, or stand beside another entry point."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from pipeline.discover.feeds import with_query
from pipeline.discover.wordpress import api_url
from tests.support.commands import copydesk, copydesk_json, declare
from tests.support.site import Site

JSON = {"Content-Type": "application/json"}


def collected(folder: Path, *, code: int = 0) -> str:
    """Collect once, with no second try of a request; gives what was said on stderr."""
    done = copydesk(folder, "collect", "--no-prefect", COPYDESK_CRAWL__RETRIES="0", COPYDESK_CRAWL__MAX_PAGES="60")
    assert done.returncode == code, done.stderr
    return done.stderr


def documents(folder: Path) -> int:
    """Documents in the corpus."""
    return int(copydesk_json(folder, "corpus", "info")["documents"])


def pauses_end(folder: Path) -> None:
    """Let the time pass after which failed addresses are asked again."""
    with closing(sqlite3.connect(folder / "data" / "state.db")) as state, state:
        state.execute(
            "UPDATE urls SET next_due_at = '2000-01-01 00:00:00.000000' WHERE next_due_at < datetime('now', '+1 day')"
        )


def page(*stories: int, following: str = "") -> bytes:
    """A listing page."""
    links = "".join(f'<a href="/story-{number}/">s</a>' for number in stories)
    return f'<html><body>{links}<a rel="next" href="{following}">more</a></body></html>'.encode()


def listings(site: Site, *paths: str) -> str:
    """A declaration with a listing at each path."""
    first, *others = (
        f'[[entry]]\nkind = "listing"\nurl = "{site.base}{path}"\ninclude = "/story-"\n' for path in paths
    )
    text = site.declaration("site", entry="listing", path=paths[0])
    return text[: text.index("[[entry]]")] + first + "".join(others) + text[text.index("[politeness]") :]


@pytest.mark.parametrize("failing", [1, 2])
def test_a_wordpress_page_that_fails_is_read_again(tmp_path: Path, site: Site, failing: int) -> None:
    first = api_url(f"{site.base}/")
    paths = [first.removeprefix(site.base), with_query(first, {"page": 2}).removeprefix(site.base)]
    for path, numbers in zip(paths, ((1, 2), (3, 4, 5)), strict=True):
        posts = [{"link": f"{site.base}/story-{number}/", "date_gmt": "2026-10-30T08:00:00"} for number in numbers]
        site.pages[path] = (200, JSON | {"X-WP-TotalPages": "2"}, json.dumps(posts).encode())
    failed, whole = paths[failing - 1], site.pages[paths[failing - 1]]
    site.pages[failed] = (503, JSON, b'{"code": "busy"}')
    declare(tmp_path, "site", site.declaration("site", entry="wordpress", path="/"))
    assert "HTTP status 503" in collected(tmp_path, code=3)
    assert ("/feed/", 404) not in site.asked, "busy is no reason to look for another listing"
    if failing == 2:
        assert documents(tmp_path) == 2, "what was listed came in"
    site.pages[failed] = whole
    pauses_end(tmp_path)
    collected(tmp_path)
    assert documents(tmp_path) == 5
    assert site.asked[paths[0], 200] == failing


def test_a_feed_that_names_a_listings_first_page_does_not_hide_the_others(tmp_path: Path, site: Site) -> None:
    items = [{"url": f"{site.base}/story-{number}/"} for number in (1, 2)]
    site.pages["/feed.json"] = (200, JSON, json.dumps({"items": items}).encode())
    site.pages |= {"/news/": page(1, 2, following="/news/2/"), "/news/2/": page(3, 4, 5)}
    feed = site.declaration("site", entry="feed", path="/feed.json")
    declare(tmp_path, "site", feed)
    collected(tmp_path)
    assert documents(tmp_path) == 2
    listing = f'[[entry]]\nkind = "listing"\nurl = "{site.base}/news/"\ninclude = "/story-"\n'
    declare(tmp_path, "site", feed.replace("[politeness]", f"{listing}[politeness]"))
    collected(tmp_path)
    assert documents(tmp_path) == 5


def test_a_missing_page_that_two_listings_go_on_with_is_asked_once(tmp_path: Path, site: Site) -> None:
    site.pages |= {
        "/news/": page(1, following="/older/"),
        "/sport/": page(2, following="/sport/2/"),
        "/sport/2/": page(3, following="/sport/3/"),
        "/sport/3/": page(4, following="/older/"),
    }
    declare(tmp_path, "site", listings(site, "/news/", "/sport/"))
    collected(tmp_path)
    assert site.asked["/older/", 404] == 1
    assert documents(tmp_path) == 4
    site.pages |= {"/sport/": page(5, following="/older/"), "/older/": page(1, 3, following="/sport/3/")}
    collected(tmp_path)
    assert site.asked["/older/", 200] == 1
    assert documents(tmp_path) == 5


def test_a_next_page_that_was_not_there_is_asked_again_when_a_listing_names_it_again(
    tmp_path: Path, site: Site
) -> None:
    site.pages["/news/"] = page(1, 2, following="/news/2/")
    declare(tmp_path, "site", listings(site, "/news/"))
    collected(tmp_path)
    assert site.asked["/news/2/", 404] == 1
    assert documents(tmp_path) == 2
    site.pages |= {"/news/": page(3, 1, following="/news/2/"), "/news/2/": page(2, 4, 5)}
    collected(tmp_path)
    assert documents(tmp_path) == 5
