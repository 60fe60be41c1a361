"""What an address is, what a page says of its site, and which entry points are taken: pure functions."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.discover import blogger, feeds, wordpress
from pipeline.discover.archives import archive_months, parse_archive_page
from pipeline.discover.listing import Listed
from pipeline.discover.site import PageClues, Shape, page_clues, robots_sitemaps, shape_of
from pipeline.models import Window
from pipeline.sources.declaration import EntryKind
from pipeline.sources.writing import declaration_text, new_source, source_id_of
from pipeline.stages.choosing import Candidate, choose, page_filter
from pipeline.stages.entrypoints import EntryState
from pipeline.stages.samples import Sample

TIME = datetime(2026, 10, 30, 8, tzinfo=UTC)
ITEM = "<item><link>http://h/a</link><pubDate>Fri, 30 Oct 2026 08:00:00 GMT</pubDate></item>"
RSS = f"<rss version='2.0'><channel><title>T</title>{ITEM}</channel></rss>"

BROKEN_FEEDS = {
    "blank lines before it": f"\n\n  <?xml version='1.0'?>{RSS}".encode(),
    "a warning before it": f"<br />\nWarning: x in y.php\n<?xml version='1.0' encoding='UTF-8'?>{RSS}".encode(),
    "gzip that no header tells of": gzip.compress(RSS.encode()),
    "a byte order mark": b"\xef\xbb\xbf" + RSS.encode(),
    "an entity of HTML": RSS.replace("T<", "T &nbsp;&eacute;<").encode(),
    "not well-formed": RSS.replace("</title>", "").encode(),
    "rss 0.91": RSS.replace("2.0", "0.91").encode(),
    "a guid in place of the link": RSS.replace("link>", "guid>").encode(),
    "a date of its own": RSS.replace("Fri, 30 Oct 2026 08:00:00 GMT", "2026-10-30T08:00:00Z").encode(),
    "atom 0.3": b"<feed version='0.3' xmlns='http://purl.org/atom/ns#'><entry><link rel='alternate' href='http://h/a'/>"
    b"<issued>2026-10-30T08:00:00Z</issued></entry></feed>",
    "xml:base": b"<feed xmlns='http://www.w3.org/2005/Atom' xml:base='http://h/'><entry><link href='a'/>"
    b"<published>2026-10-30T08:00:00Z</published></entry></feed>",
    "json with a mark": b"\xef\xbb\xbf"
    + json.dumps({"version": "1", "items": [{"url": "http://h/a", "date_published": "2026-10-30T08:00:00Z"}]}).encode(),
}


@pytest.mark.parametrize("name", sorted(BROKEN_FEEDS))
def test_broken_feeds_are_feeds(name: str) -> None:
    body = BROKEN_FEEDS[name]
    assert shape_of(body, "text/html") is Shape.FEED
    assert feeds.parse_feed(body).texts[0] == Listed("http://h/a", TIME, None)


def test_a_feed_tells_its_title_whatever_charset_it_claims() -> None:
    body = '<?xml version="1.0" encoding="us-ascii"?><rss><channel><title>Fährhaus</title><link>http://h/</link></channel></rss>'
    assert feeds.feed_head(body.encode()) == feeds.FeedHead("Fährhaus", "http://h/", None)


@pytest.mark.parametrize(
    ("body", "mime", "shape"),
    [
        (b"<html><body><rss></body></html>", "text/html", Shape.PAGE),
        (b"<?xml version='1.0'?><!DOCTYPE html><html></html>", "application/xhtml+xml", Shape.PAGE),
        (b"<?xml version='1.0'?><sitemapindex xmlns='x'/>", "", Shape.SITEMAP),
        (b"http://h/1\nhttp://h/2\n", "text/plain", Shape.SITEMAP),
        (b'{"code": "rest_forbidden"}', "application/json", Shape.OTHER),
        (b"%PDF-1.7", "application/pdf", Shape.OTHER),
        (b"", "", Shape.OTHER),
    ],
)
def test_shapes(body: bytes, mime: str, shape: Shape) -> None:
    assert shape_of(body, mime) is shape


@settings(max_examples=60)
@given(st.binary(max_size=300))
def test_no_page_raises(body: bytes) -> None:
    for text in (body, b"<html><head><link rel='alternate' type='application/rss+xml' href='" + body):
        shape_of(text, "text/html")
        page_clues(text, "http://h/x")
        feeds.feed_head(text)
        parse_archive_page(text, "http://h/", encoding=None)
        robots_sitemaps(text)


def test_clues_of_a_page() -> None:
    page = b"""<html lang="pt-BR"><head><base href="/blog/"><title>One story</title>
    <meta property="og:type" content="article"><meta property="og:site_name" content="The Quay">
    <link rel="alternate" type="application/rss+xml" title="Comments on One story" href="one/feed/">
    <link rel="alternate" type="application/atom+xml" href="atom.xml">
    <link rel="https://api.w.org/" href="?rest_route=/">
    </head><body><div class="breadcrumb"><a href="../blog/">Home</a></div><a href="feed/">RSS feed</a>
    <a href="http://other/feed/">RSS</a><a href="javascript:x">RSS</a></body></html>"""
    clues = page_clues(page, "http://h/blog/2026/10/one-story/")
    assert (clues.name, clues.language, clues.story, clues.wordpress) == ("The Quay", "pt", True, True)
    assert clues.feeds == ("http://h/blog/atom.xml", "http://h/blog/feed/")
    assert clues.comment_feeds == ("http://h/blog/one/feed/",)
    assert clues.api_root == "http://h/blog/?rest_route=/"
    assert "http://h/" in clues.homes
    assert page_clues(b"", "http://h/") == PageClues()
    assert not page_clues(b"<html><body>x</body></html>", "http://h/news/").story
    assert page_clues(b"<html><body>x</body></html>", "http://h/viewtopic.php?t=12").story


def test_robots_names_sitemaps() -> None:
    assert robots_sitemaps(b"User-agent: *\nSITEMAP :https://h/a.xml\nSitemap: /b\n") == ("https://h/a.xml",)


WINDOW = Window(date(2026, 1, 10), date(2026, 2, 27))


@pytest.mark.parametrize(
    ("url", "root", "api"),
    [
        ("http://h", "http://h/", "http://h/wp-json/"),
        ("http://h/blog", "http://h/blog/", "http://h/blog/wp-json/"),
        ("http://h/blog/index.php/wp-json/", "http://h/blog/", "http://h/blog/index.php/wp-json/"),
        ("http://h/blog/index.php?rest_route=/", "http://h/blog/", "http://h/blog/index.php?rest_route=/"),
        ("http://h/blog/feed/", "http://h/blog/", "http://h/blog/wp-json/"),
    ],
)
def test_a_wordpress_is_named_by_many_addresses(url: str, root: str, api: str) -> None:
    assert (wordpress.site_root(url), wordpress.api_root(url)) == (root, api)
    steps = wordpress.ladder(url)
    assert all(step.startswith(root) for step in steps)
    assert all(wordpress.is_api(step) for step in steps[:-3])
    assert [wordpress.is_feed_step(step) for step in steps[-3:]] == [True, True, False]
    assert wordpress.api_root(wordpress.api_url(url)).rstrip("/") == api.rstrip("/")


def test_months_of_a_window() -> None:
    assert archive_months(WINDOW) == [(2026, 2), (2026, 1)]
    steps = wordpress.ladder("http://h/", WINDOW)
    assert steps[-1] == "http://h/?m=202602"
    assert wordpress.earlier_months(steps[-1], WINDOW) == ("http://h/?m=202601",)
    assert wordpress.earlier_months("http://h/?m=202601", WINDOW) == ()
    assert wordpress.earlier_months(steps[-1], None) == ()
    steps = blogger.ladder("http://h", WINDOW)
    assert steps[-1] == "http://h/2026/02/"
    assert blogger.earlier_months(steps[-1], WINDOW) == ("http://h/2026/01/",)


def candidate(kind: EntryKind, url: str, texts: list[str], problem: str | None = None) -> Candidate:
    listed = tuple(Listed(one) for one in texts)
    return Candidate(EntryState(kind, url, listed, problem=problem), "found", Sample("http://h/a", words=99))


def test_the_choice_holds_no_list_twice() -> None:
    stories = [f"http://h/2026/10/{number}/" for number in range(4)]
    made = choose(
        [
            candidate(EntryKind.FEED, "http://h/gone", [], "HTTP 404"),
            candidate(EntryKind.FEED, "http://h/rss", stories),
            candidate(EntryKind.FEED, "http://h/atom", stories[1:]),
            candidate(EntryKind.FEED, "http://h/sport", ["http://h/2026/10/9/"]),
            candidate(EntryKind.SITEMAP, "http://h/map", [*stories, "http://h/about"]),
            candidate(EntryKind.SITEMAP, "http://h/map2", stories),
        ]
    )
    assert [one.state.url for one in made if one.chosen] == ["http://h/rss", "http://h/sport", "http://h/map"]
    assert made[4].include == r"/\d{4}/\d{1,2}/"
    assert made[2].why_not == "the same texts as /rss"
    blog = choose(
        [candidate(EntryKind.WORDPRESS, "http://h/", stories), candidate(EntryKind.FEED, "http://h/f", stories)]
    )
    assert [one.chosen for one in blog] == [True, False]


def test_filters_of_a_sitemap() -> None:
    news = [f"http://h/news/{number}" for number in range(3)]
    assert page_filter([*news, "http://h/jobs/1"], news) == ("//h/news/", None)
    assert page_filter(news, news) == (None, None), "a filter that filters nothing is none"
    include, exclude = page_filter(["http://h/a-story", "http://h/tag/x/"], [])
    assert include is None
    assert exclude is not None


def test_ids_from_addresses() -> None:
    cases = {
        "https://www.example-herald.co.uk/": "example-herald",
        "https://news.example.org/": "news-example",
        "https://example.com/blog/": "example-blog",
        "http://127.0.0.1:8080/forum/": "127-0-0-1-8080-forum",
    }
    for url, name in cases.items():
        assert source_id_of(url) == name
    assert source_id_of("http://127.0.0.1/", "Käse & Brot") == "kase-brot"
    assert source_id_of("https://example.com/", taken={"example", "example-2"}) == "example-3"


@settings(max_examples=100)
@given(st.text(min_size=1, max_size=40).filter(str.strip), st.sampled_from([r"/\d{4}/", "a'b\\d", 'q"\\w', ""]))
def test_a_declaration_reads_back_as_it_was(name: str, pattern: str) -> None:
    import tomllib

    entry = {"kind": "feed", "url": "http://h/", "include": pattern or None}
    source = new_source({"id": "x", "name": name, "kind": "news", "homepage": "http://h/", "entry": [entry]})
    read = tomllib.loads(declaration_text(source, {0: name}))
    assert read["name"] == name.encode("utf-8", "replace").decode()
    assert read["entry"][0].get("include") == (pattern or None)
