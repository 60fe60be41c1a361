"""Sites as common systems make them: WordPress in its installations, Blogger, a XenForo 2 board, a site with feeds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from urllib.parse import parse_qsl, urlsplit

from tests.support.pages import paragraphs
from tests.support.site import Site

__all__ = ["Blogger", "WordPress", "XenForo", "add_static_site", "rss"]

XML = {"Content-Type": "application/rss+xml; charset=utf-8"}
HTML = {"Content-Type": "text/html; charset=utf-8"}
LATEST = datetime(2026, 11, 20, 8, tzinfo=UTC)
_Answer = bytes | tuple[int, Mapping[str, str], bytes] | None


def rss(items: list[tuple[str, datetime]], *, title: str, home: str) -> bytes:
    """An RSS 2.0 feed of (address, time)."""
    parts = "".join(
        f"<item><title>t</title><link>{url}</link><pubDate>{format_datetime(at)}</pubDate></item>" for url, at in items
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>{title}</title><link>{home}</link>'
        f"<language>en-GB</language>{parts}</channel></rss>"
    ).encode()


def _article(title: str, seed: int, at: datetime, *, head: str = "") -> bytes:
    body = "".join(f"<p>{text}</p>" for text in paragraphs(seed))
    return (
        f'<!doctype html><html lang="en-GB"><head><title>{title} – Site</title>{head}'
        '<meta property="og:type" content="article">'
        f'<meta property="article:published_time" content="{at.isoformat()}"></head>'
        '<body><header class="site-header"><p>The daily paper</p></header>'
        f'<article><h1 class="entry-title">{title}</h1><div class="entry-content">{body}</div></article></body></html>'
    ).encode()


@dataclass
class WordPress(Site):
    """A WordPress of so many posts, two days apart.

    `folder`: where it is installed, as `/blog`. `pretty`: permalinks with words; without, `/wp-json/` and `/feed/` show
    the front page. `rest`, `feeds`: the status that the API and the feeds answer with.
    """

    folder: str = ""
    pretty: bool = True
    rest: int = 200
    feeds: int = 200
    posts: int = 14
    per_page: int = 5

    @property
    def home(self) -> str:
        return f"{self.base}{self.folder}/"

    def time(self, number: int) -> datetime:
        return LATEST - timedelta(days=2 * (self.posts - number))

    def link(self, number: int) -> str:
        return (
            f"{self.home}{self.time(number):%Y/%m/%d}/a-story-{number}/" if self.pretty else f"{self.home}?p={number}"
        )

    def find(self, path: str) -> _Answer:
        parts, query = urlsplit(path), dict(parse_qsl(urlsplit(path).query))
        if self.folder and parts.path == self.folder:
            return 301, {"Location": self.home}, b""
        if not parts.path.startswith(f"{self.folder}/"):
            return super().find(path)
        inner = parts.path.removeprefix(self.folder).replace("/index.php", "")
        if "rest_route" in query or (self.pretty and inner.startswith("/wp-json/")):
            return self._api(query.get("rest_route") or inner.removeprefix("/wp-json"), query)
        if query.get("feed") == "rss2" or (self.pretty and inner == "/feed/"):
            return self._feed(query)
        if "p" in query and not self.pretty:
            return self._post(int(query["p"]))
        if inner in ("/", "/wp-json/", "/wp-json/wp/v2/posts", "/feed/"):
            return self._front(query)
        numbers = [
            number for number in range(1, self.posts + 1) if self.pretty and urlsplit(self.link(number)).path == path
        ]
        return self._post(numbers[0]) if numbers else super().find(path)

    def _head(self) -> str:
        root = f"{self.home}wp-json/" if self.pretty else f"{self.home}index.php?rest_route=/"
        feed = f"{self.home}feed/" if self.pretty else f"{self.home}?feed=rss2"
        comments = f"{self.home}comments/feed/" if self.pretty else f"{self.home}?feed=comments-rss2"
        return (
            f'<meta name="generator" content="WordPress 6.8"><link rel="https://api.w.org/" href="{root}">'
            f'<link rel="alternate" type="application/rss+xml" title="Gazette &raquo; Feed" href="{feed}">'
            f'<link rel="alternate" type="application/rss+xml" title="Gazette &raquo; Comments Feed" href="{comments}">'
        )

    def _months(self, query: Mapping[str, str]) -> list[int]:
        newest_first = range(self.posts, 0, -1)
        return [one for one in newest_first if query.get("m", "") in f"{self.time(one):%Y%m}"]

    def _api(self, route: str, query: Mapping[str, str]) -> _Answer:
        kind = {"Content-Type": "application/json"}
        if self.rest != 200:
            return self.rest, kind, b'{"code":"rest_forbidden"}'
        if route == "/":
            facts = {"name": "The Gazette", "home": self.home.rstrip("/"), "timezone_string": "Europe/Lisbon"}
            return 200, kind, json.dumps(facts).encode()
        found, size, page = self._months({}), int(query["per_page"]), int(query["page"])
        posts = [
            {"link": self.link(one), "date_gmt": f"{self.time(one):%Y-%m-%dT%H:%M:%S}"}
            for one in found[(page - 1) * size : page * size]
        ]
        return 200, kind | {"X-WP-TotalPages": str(-(-len(found) // size))}, json.dumps(posts).encode()

    def _feed(self, query: Mapping[str, str]) -> _Answer:
        found, page = self._months(query), int(query.get("paged", 1))
        shown = found[(page - 1) * self.per_page : page * self.per_page]
        body = rss([(self.link(one), self.time(one)) for one in shown], title="The Gazette", home=self.home)
        return (404 if page > 1 and not shown else self.feeds), XML if self.feeds == 200 else HTML, body

    def _front(self, query: Mapping[str, str]) -> _Answer:
        found, page = self._months(query), int(query.get("paged", 1))
        shown = found[(page - 1) * self.per_page : page * self.per_page]
        if not shown:
            return 404, HTML, b"<html><body><p>Nothing here</p></body></html>"
        posts = "".join(f'<h2 class="entry-title"><a href="{self.link(one)}">Story {one}</a></h2>' for one in shown)
        month = f"&amp;m={query['m']}" if "m" in query else ""
        older = f'<a class="wp-block-query-pagination-next" href="{self.home}?paged={page + 1}{month}">Older</a>'
        head = f"{self._head()}<title>The Gazette</title>"
        body = f'<!doctype html><html lang="en-GB"><head>{head}</head><body>{posts}{older}</body></html>'
        return 200, HTML, body.encode()

    def _post(self, number: int) -> _Answer:
        if not 1 <= number <= self.posts:
            return None
        return 200, HTML, _article(f"Story {number}", number, self.time(number), head=self._head())


@dataclass
class Blogger(Site):
    """A blog of Blogger with so many posts; a page of its feed holds `cap`, a private feed is not there."""

    private: bool = False
    posts: int = 9
    cap: int = 4

    def time(self, number: int) -> datetime:
        return LATEST - timedelta(days=3 * (self.posts - number))

    def link(self, number: int) -> str:
        return f"{self.base}/{self.time(number):%Y/%m}/story-{number}.html"

    def find(self, path: str) -> _Answer:
        parts, query = urlsplit(path), dict(parse_qsl(urlsplit(path).query))
        newest_first = list(range(self.posts, 0, -1))
        feed = f'type="application/atom+xml" title="Quill - Atom" href="{self.base}/feeds/posts/default"'
        head = f'<meta content="blogger" name="generator"><link rel="alternate" {feed}>'
        for number in newest_first:
            if parts.path == urlsplit(self.link(number)).path:
                return 200, HTML, _article(f"Story {number}", number, self.time(number), head=head)
        if parts.path == "/feeds/posts/default":
            return (404, HTML, b"") if self.private else (200, XML, self._feed(newest_first, query))
        in_month = [one for one in newest_first if parts.path in ("/", f"/{self.time(one):%Y/%m}/")]
        if not in_month:
            return super().find(path)
        posts = "".join(f'<h3 class="post-title entry-title"><a href="{self.link(one)}">S</a></h3>' for one in in_month)
        return 200, HTML, f'<html dir="ltr"><head><title>Quill</title>{head}</head><body>{posts}</body></html>'.encode()

    def _feed(self, numbers: list[int], query: Mapping[str, str]) -> bytes:
        start = int(query.get("start-index", 1))
        shown = numbers[start - 1 : start - 1 + min(self.cap, int(query.get("max-results", 25)))]
        entries = "".join(
            f"<entry><title>S</title><link rel='alternate' type='text/html' href='{self.link(one)}'/>"
            f"<published>{self.time(one).isoformat()}</published></entry>"
            for one in shown
        )
        return (
            "<?xml version='1.0' encoding='UTF-8'?><feed xmlns='http://www.w3.org/2005/Atom' "
            "xmlns:openSearch='http://a9.com/-/spec/opensearchrss/1.0/'><title>Quill</title>"
            f"<openSearch:totalResults>{len(numbers)}</openSearch:totalResults>{entries}</feed>"
        ).encode()


@dataclass
class XenForo(Site):
    """A XenForo 2 board with one forum of three threads, in a sub-folder."""

    def find(self, path: str) -> _Answer:
        crumbs = '<ul class="p-breadcrumbs"><li><a href="/board/">Forums</a></li></ul>'
        if path == "/board/":
            link = '<a href="/board/forums/harbour.1/">Harbour</a>'
            inner = f'<div class="node node--forum"><h3 class="node-title">{link}</h3></div>'
        elif path == "/board/forums/harbour.1/":
            inner = crumbs + "".join(
                '<div class="structItem structItem--thread"><div class="structItem-title">'
                f'<a href="/board/threads/ship-{one}.{one}/">Ship {one}</a></div><div class="structItem-cell '
                f'structItem-cell--latest"><time datetime="2026-11-1{one}T09:00:00+0000">x</time></div></div>'
                for one in (1, 2, 3)
            )
        elif path.startswith("/board/threads/ship-") and path[-2] in "123":
            inner = f'<h1 class="p-title-value">Ship {path[-2]}</h1>{crumbs}' + "".join(
                f'<article class="message message--post" data-author="keel{post}" data-content="post-{path[-2]}{post}">'
                '<header class="message-attribution"><time datetime="2026-11-10T09:00:00+0000">x</time></header>'
                f'<div class="bbWrapper">{paragraphs(int(path[-2]) * 10 + post)[0]}</div></article>'
                for post in (1, 2)
            )
        else:
            return super().find(path)
        head = '<title>Dock Talk</title><meta property="og:site_name" content="Dock Talk">'
        return (
            200,
            HTML,
            f'<!doctype html><html id="XF" lang="en-US"><head>{head}</head><body>{inner}</body></html>'.encode(),
        )


def add_static_site(site: Site, *, stories: int = 6) -> None:
    """A site with RSS and the same as Atom, a feed of comments, a feed that is gone, and a sitemap with tag pages."""
    links = [
        (f"{site.base}/2026/11/1{one}/the-{one}-story.html", LATEST - timedelta(days=one))
        for one in range(1, stories + 1)
    ]
    for number, (url, at) in enumerate(links, 1):
        site.pages[urlsplit(url).path] = _article(f"Story {number}", number, at)
    atom = "".join(f"<entry><link href='{url}'/><updated>{at.isoformat()}</updated></entry>" for url, at in links)
    kinds = (
        ("rss", "rss.xml", "News"),
        ("atom", "atom.xml", "News"),
        ("rss", "c.xml", "Comments"),
        ("rss", "gone.xml", "Old"),
    )
    head = "".join(
        f'<link rel="alternate" type="application/{kind}+xml" title="{title}" href="/{name}">'
        for kind, name, title in kinds
    )
    head += "<title>Static Herald | News</title>"
    menu = '<nav><a href="/about">About</a></nav>'
    site.pages |= {
        "/": f'<html lang="en"><head>{head}</head><body>{menu}</body></html>'.encode(),
        "/rss.xml": (200, XML, rss(links, title="Static Herald", home=f"{site.base}/")),
        "/atom.xml": (200, XML, f"<feed xmlns='http://www.w3.org/2005/Atom'><title>S</title>{atom}</feed>".encode()),
        "/c.xml": (200, XML, rss(links, title="Comments", home=f"{site.base}/")),
        "/robots.txt": (200, {"Content-Type": "text/plain"}, f"User-agent: *\nSitemap: {site.base}/map.xml\n".encode()),
    }
    site.sitemap("/about", "/tag/ships/", *(urlsplit(url).path for url, _ in links))
    site.pages["/map.xml"] = site.pages.pop("/sitemap.xml")
