"""The same source again: what changed at the site or in its declaration comes in, the rest stays as it is."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

from tests.support.commands import copydesk, copydesk_json, declare
from tests.support.pages import article, paragraphs
from tests.support.site import Site


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
        head='<meta name="author" content="Ann Lee and Bob Moe, Reuters">',
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
    assert zone["authors"][0] == zone["author_id"]
    assert (zone["agency"], zone["agency_evidence"]) == ("Reuters", "byline: Reuters")
    shown = (tmp_path / "documents.jsonl").read_text("utf-8")
    assert not [name for name in ("Ann", "Moe") if name in shown]


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


def test_a_fresh_page_is_looked_at_again_once_for_edits_that_no_listing_tells_of(tmp_path: Path, site: Site) -> None:
    _feed(site, *range(1, 6))
    declare(tmp_path, "site", site.declaration("site", entry="feed", path="/feed.xml"))
    assert copydesk(tmp_path, "collect", "--no-prefect").returncode == 0
    site.pages["/story-1/"] = article("Story number 1", [*paragraphs(1), *paragraphs(77, 1)])
    for day, answers in ((1, (1, 4)), (2, (0, 0))):  # the next day all five are asked: one changed; then none is
        _days_pass(tmp_path)
        site.asked.clear()
        assert copydesk(tmp_path, "collect", "--no-prefect").returncode == 0
        stories = {key: count for key, count in site.asked.items() if key[0].startswith("/story")}
        assert (stories.pop(("/story-1/", 200), 0), sum(stories.values())) == answers, day
        assert all(status == 304 for _, status in stories)
    info = copydesk_json(tmp_path, "corpus", "info")
    assert (info["documents"], info["revisions"]) == (5, 6)


def test_what_scrolled_out_of_a_feed_between_two_visits_is_reported_as_a_gap(tmp_path: Path, site: Site) -> None:
    _feed(site, 1, 2)
    declare(tmp_path, "site", site.declaration("site", entry="feed", path="/feed.xml"))
    done = copydesk(tmp_path, "collect", "--no-prefect")
    assert "may be missed" not in done.stderr
    _days_pass(tmp_path, 3)
    _feed(site, 2, 3)  # one is known: nothing was missed
    assert "may be missed" not in copydesk(tmp_path, "collect", "--no-prefect").stderr
    _days_pass(tmp_path, 3)
    _feed(site, 4, 5)
    done = copydesk(tmp_path, "collect", "--no-prefect")
    assert done.returncode == 0
    assert "all 2 texts it lists are new since" in done.stderr
    assert "a backfill of these days" in done.stderr
    doctor = copydesk_json(tmp_path, "doctor")
    assert any(row["check"] == "alert" and "gap, site" in row["found"] for row in doctor), doctor


def test_a_redirected_page_is_one_document_and_is_not_asked_again(tmp_path: Path, site: Site) -> None:
    site.pages["/old-name-of-story-1/"] = (301, {"Location": "/story-1/"}, b"")
    site.pages["/story-2/"] = article(
        "Story number 2", paragraphs(2), head=f'<link rel="canonical" href="{site.base}/two/">'
    )
    site.sitemap("/old-name-of-story-1/", "/story-1/?utm_source=feed", "/story-2/", "/story-2/amp/")
    site.pages["/story-2/amp/"] = site.pages["/story-2/"]
    declare(tmp_path, "site", site.declaration("site"))
    for _ in range(2):
        assert copydesk(tmp_path, "collect", "--no-prefect").returncode == 0
        assert copydesk_json(tmp_path, "corpus", "info")["documents"] == 2
    pages = {path: count for (path, _), count in site.asked.items() if "story" in path}
    assert all(count == 1 for count in pages.values()), pages


def _feed(site: Site, *numbers: int) -> None:
    when = format_datetime(datetime.now(UTC))
    items = "".join(f"<item><link>{site.base}/story-{n}/</link><pubDate>{when}</pubDate></item>" for n in numbers)
    body = f"<rss version='2.0'><channel><title>Site</title>{items}</channel></rss>".encode()
    site.pages["/feed.xml"] = (200, {"Content-Type": "application/rss+xml"}, body)


def _days_pass(folder: Path, days: int = 1) -> None:
    """Set back every time that the frontier knows."""
    with closing(sqlite3.connect(folder / "data" / "state.db")) as state, state:
        for column in ("fetched_at", "next_due_at"):
            rows = state.execute(f"SELECT url_key, {column} FROM urls WHERE {column} IS NOT NULL").fetchall()
            for key, text in rows:
                earlier = datetime.fromisoformat(text) - timedelta(days=days, minutes=1)
                state.execute(
                    f"UPDATE urls SET {column} = ? WHERE url_key = ?", (f"{earlier:%Y-%m-%d %H:%M:%S.%f}", key)
                )
