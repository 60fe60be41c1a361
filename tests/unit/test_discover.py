"""Listings of every kind, also broken ones: what they name, and where they go on."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, date, datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml import html

from pipeline.discover import blogger, feeds, pages, sitemaps, wordpress
from pipeline.discover.listing import Listed, plain_bytes
from pipeline.forums.registry import engine_of
from pipeline.models import Window, utc_now

TIME = datetime(2026, 10, 30, 8, tzinfo=UTC)
ITEM = "<item><link>http://h/a</link><pubDate>Fri, 30 Oct 2026 08:00:00 GMT</pubDate></item>"

FEEDS = {
    "rss": f"<rss version='2.0'><channel>{ITEM}</channel></rss>",
    "rss, cut off": f"<rss version='2.0'><channel>{ITEM}<item><link>http://h/b",
    "rss, undeclared entity": f"<rss version='2.0'><channel><title>a &nbsp; b</title>{ITEM}</channel></rss>",
    "atom": "<feed xmlns='http://www.w3.org/2005/Atom'><entry><link rel='alternate' href='http://h/a'/>"
    "<published>2026-10-30T08:00:00Z</published></entry></feed>",
    "rdf": "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/' "
    "xmlns:dc='http://purl.org/dc/elements/1.1/'><item><link>http://h/a</link><dc:date>2026-10-30T08:00:00Z</dc:date></item></rdf:RDF>",
    "json": json.dumps({"items": [{"url": "http://h/a", "date_published": "2026-10-30T09:00:00+01:00"}]}),
}


@pytest.mark.parametrize("name", sorted(FEEDS))
def test_feeds(name: str) -> None:
    texts = feeds.parse_feed(FEEDS[name].encode()).texts
    assert (texts[0].url, texts[0].listed_at) == ("http://h/a", TIME)


_BLOGGER_FEED = "http://h/feeds/posts/default?start-index=1"


@settings(max_examples=50)
@given(st.one_of(st.binary(max_size=400), st.text(max_size=200).map(str.encode)))
@example(b"<:")  # a tag without a name
def test_no_listing_raises(body: bytes) -> None:
    for text in (
        body,
        b"<rss><channel><item><link>" + body,
        b"{" + body,
        b"<urlset><url><loc>" + body,
        b"\x1f\x8b" + body,
    ):
        feeds.parse_feed(text)
        sitemaps.parse_sitemap(text)
        wordpress.parse_api_page(text, "http://h/?page=1", total_pages=2)
        blogger.parse_step(text, _BLOGGER_FEED, step=_BLOGGER_FEED, encoding=None)
        pages.parse_listing_page(text, "http://h/", encoding=None, every_link=True)


def test_sitemaps_indexes_news_tags_and_gzip() -> None:
    news = (
        "<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9' xmlns:news='http://www.google.com/schemas/sitemap-news/0.9'>"
        "<url><loc>http://h/a</loc><lastmod>2026-10-31</lastmod><news:news><news:publication_date>2026-10-30T08:00:00Z"
        "</news:publication_date></news:news></url></urlset>"
    )
    for body in (news.encode(), gzip.compress(news.encode())):
        found = sitemaps.parse_sitemap(body)
        assert found.texts == (Listed("http://h/a", TIME, datetime(2026, 10, 31, 23, 59, 59, tzinfo=UTC)),)
    index = (
        b"<sitemapindex xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'><sitemap><loc>http://h/new.xml</loc><lastmod>2026-10-01"
        b"</lastmod></sitemap><sitemap><loc>http://h/old.xml</loc><lastmod>2020-01-01</lastmod></sitemap></sitemapindex>"
    )
    assert sitemaps.parse_sitemap(index).parts == ("http://h/new.xml", "http://h/old.xml")
    window = Window(date(2026, 9, 1), date(2026, 9, 30))
    assert sitemaps.parse_sitemap(index, window=window).parts == ("http://h/new.xml",)
    changed = b"<urlset><url><loc>http://h/2026/09/05/a</loc><lastmod>2026-10-31</lastmod></url></urlset>"
    (edited,) = sitemaps.parse_sitemap(changed, window=window).texts
    assert edited.listed_at == datetime(2026, 9, 5, tzinfo=UTC), "of its day, though it was changed since"
    assert [one.url for one in sitemaps.parse_sitemap(b"http://h/1\nhttp://h/2\n").texts] == [
        "http://h/1",
        "http://h/2",
    ]


def test_a_decompression_bomb_is_cut() -> None:
    assert len(plain_bytes(gzip.compress(b"\0" * 200 * 2**20))) <= 100 * 2**20


def test_entities_are_not_resolved() -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><urlset><url><loc>http://h/&a;</loc></url></urlset>'
    assert all("root" not in one.url for one in sitemaps.parse_sitemap(bomb).texts)


def test_wordpress_pages_by_its_api_then_by_its_feed() -> None:
    posts = json.dumps(
        [{"link": "http://h/a", "date_gmt": "2026-10-30T08:00:00", "modified_gmt": "2026-10-30T09:00:00"}]
    ).encode()
    found = wordpress.parse_api_page(posts, wordpress.api_url("http://h/"), total_pages=3)
    assert found is not None
    assert found.texts[0].listed_at == TIME
    assert "page=2" in found.more[0]
    last = wordpress.parse_api_page(posts, found.more[0].replace("page=2", "page=3"), total_pages=3)
    assert last is not None
    assert last.more == ()
    assert wordpress.parse_api_page(b"<html>", "http://h/", total_pages=1) is None
    for body, more in ((FEEDS["rss"].encode(), ("http://h/feed/?paged=2",)), (b"<rss/>", ())):
        listing = wordpress.parse_step(body, "http://h/feed/", step="http://h/feed/", encoding=None)
        assert listing is not None
        assert listing.more == more
    home = b"<html><body>home</body></html>"
    assert wordpress.parse_step(home, "http://h/feed/", step="http://h/feed/", encoding=None) is None
    archive = b"<html><body><h2 class='entry-title'><a href='/told/'>Told</a></h2></body></html>"
    listing = wordpress.parse_step(archive, "http://h/", step="http://h/", encoding=None)
    assert listing is not None
    assert [one.url for one in listing.texts] == ["http://h/told/"]


def test_blogger_goes_on_while_pages_are_full() -> None:
    url = blogger.feed_url("http://h/", window=Window(date(2026, 10, 1), date(2026, 10, 2)))
    assert "published-min=2026-10-01" in url
    feed = FEEDS["rss"].encode()
    told = feed.replace(b"<channel>", b"<channel><openSearch:totalResults>4</openSearch:totalResults>")
    for body, size, more in ((feed, 1, True), (feed, 9, False), (told, 9, True)):
        asked = f"http://h/feeds/posts/default?max-results={size}&start-index=1"
        found = blogger.parse_step(body, asked, step=asked, encoding=None)
        assert found is not None
        following = (f"http://h/feeds/posts/default?max-results={size}&start-index=2",)
        assert found.more == (following if more else ())
    assert blogger.parse_step(b"<html></html>", url, step=url, encoding=None) is None


def test_listing_pages_name_stories_on_their_own_host() -> None:
    stories = ["http://h/2026/10/30/a-story", "http://h/the-council-reopens-the-harbour.html"]
    others = ["/tag/bridges", "http://other/2026/10/30/b", "/about", "/i.jpg"]
    links = "".join(f'<a href="{href}">x</a>' for href in [*stories, *others])
    body = f'{links}<a rel="next" href="?p=2">n</a>'.encode()
    found = pages.parse_listing_page(body, "http://h/news", encoding="utf-8", every_link=False)
    assert [one.url for one in found.texts] == stories
    assert found.more == ("http://h/news?p=2",)


def test_a_forum_index_names_its_threads_and_their_last_posts() -> None:
    tree = html.fromstring(
        '<html id="XF"><body><div class="structItem structItem--thread"><div class="structItem-title">'
        '<a href="/forums/x.1/?prefix=2">P</a>'
        '<a href="/threads/one.5/unread">One</a></div><div class="structItem-cell structItem-cell--latest">'
        '<time datetime="2026-10-30T09:00:00+0100">x</time></div></div>'
        '<a class="pageNav-jump pageNav-jump--next" href="/forums/x.1/page-2">Next</a></body></html>'
    )
    engine = engine_of(tree)
    assert engine is not None
    assert [(one.url, one.last_post_at) for one in engine.thread_links(tree, "http://f/forums/x.1/", utc_now())] == [
        ("http://f/threads/one.5/", TIME)
    ]
    assert engine.next_page(tree, "http://f/forums/x.1/") == "http://f/forums/x.1/page-2"
    assert not engine.is_thread(tree)
    assert engine_of(html.fromstring("<html><body>plain</body></html>")) is None
