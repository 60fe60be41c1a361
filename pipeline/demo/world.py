"""The press world: built from a seed, it answers requests as a pure function and tells the truth about its copies."""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from itertools import islice
from typing import Final
from urllib.parse import parse_qsl, unquote

from pipeline.demo import feeds, forum, press, truth, wordpress
from pipeline.demo.clock import move
from pipeline.demo.draft import draw_plan
from pipeline.demo.markup import Site, cookies, document, section
from pipeline.demo.outlets import FORUM_NODES, Outlet, declaration, roster
from pipeline.demo.plan import SHOWN, Page, Plan

__all__ = ["Outlet", "Reply", "World", "build_world"]

DEFAULT_NOW: Final = datetime(2026, 11, 1, 12, tzinfo=UTC)
_HTML: Final = "text/html; charset=utf-8"
_RSS: Final = "application/rss+xml; charset=utf-8"
_ATOM: Final = "application/atom+xml; charset=utf-8"
_XML: Final = "application/xml; charset=utf-8"
_JSON: Final = "application/json; charset=utf-8"
_TEXT: Final = "text/plain; charset=utf-8"
_FORUM: Final = re.compile(r"/forums/[a-z-]+\.(\d+)/(?:page-(\d+))?")
_THREAD: Final = re.compile(r"/threads/[^/]+\.(\d+)/(?:page-(\d+))?")
_MONTH: Final = re.compile(r"/sitemap-([a-z0-9-]+)\.xml")


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer; a 304 has no body."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class _Content:
    """What a path has: text, its type and when it last changed."""

    text: str
    type: str = _HTML
    changed_at: datetime | None = None
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class World:
    """Everything that the demo hosts serve at a moment. Texts are written when asked for: the plan alone is kept."""

    _plan: Plan

    @property
    def outlets(self) -> tuple[Outlet, ...]:
        return self._plan.outlets

    @property
    def seed(self) -> int:
        return self._plan.seed

    @property
    def pages(self) -> int:
        """The size that was asked for; `page_counts` says how many there are."""
        return self._plan.size

    @property
    def base_at(self) -> datetime:
        return self._plan.now

    @property
    def now(self) -> datetime:
        return self._plan.moment

    def moved(self, now: datetime) -> "World":
        """The same world at a later moment; this one stays as it is.

        Raises:
            ValueError: `now` has no time zone, is before this world's, or more than a year after it.
        """
        return World(move(self._plan, now))

    def truth(self) -> Iterator[truth.TruthRow]:
        """One row for each text that should have become a document: articles, digest items, posts."""
        return truth.rows(self._plan)

    def page_counts(self) -> dict[str, int]:
        """Pages by kind: article, digest, thread."""
        return self._plan.page_counts()

    def declarations(self, *, enabled: bool = True) -> dict[str, str]:
        """Source declarations: file name to TOML."""
        return {f"{outlet.source}.toml": declaration(outlet, enabled=enabled) for outlet in self.outlets}

    def respond(self, address: str, path: str, query: str, headers: Mapping[str, str]) -> Reply:
        """Answers a GET as the host at `address`; header names in any case."""
        outlet = next((outlet for outlet in self.outlets if outlet.address == address), None)
        content = None
        if outlet is not None:
            content = self._content(
                Site(self._plan, outlet), unquote(path), dict(parse_qsl(query, keep_blank_values=True))
            )
        if content is None:
            content = _Content(_not_found(path), status=404)
        return _reply(content, self._plan.now, {name.lower(): value for name, value in headers.items()})

    def _content(self, site: Site, path: str, query: Mapping[str, str]) -> _Content | None:
        page = site.shelf.find(path)
        if page is not None:
            return _Content(_render(site, page), changed_at=page.changed_at)
        common = _common(site, path)
        if common is not None:
            return common
        match site.outlet.platform:
            case "agency" | "newspaper":
                return _press_path(site, path)
            case "wordpress-a" | "wordpress-b":
                return _wordpress_path(site, path, query)
            case "blogger":
                known = path in {"/feeds/posts/default", "/atom.xml"}
                return _Content(feeds.blogger(site, query), _ATOM, site.updated_at) if known else None
        return _forum_path(site, path)


def build_world(*, seed: int = 7, pages: int = 300, port: int = 8765, now: datetime | None = None) -> World:
    """Draws up a world of about `pages` article, digest and thread pages.

    Raises:
        ValueError: for fewer than 60 pages, or a `now` without a time zone.
    """
    moment = DEFAULT_NOW if now is None else now
    if pages < 60:
        raise ValueError(f"pages is {pages}: a press world has at least 60")
    if moment.tzinfo is None:
        raise ValueError(f"now is {moment}: give it a time zone")
    outlets = roster(port)
    moment = moment.astimezone(UTC).replace(microsecond=0)
    return World(draw_plan(seed=seed, pages=pages, now=moment, outlets=outlets))


def _render(site: Site, page: Page) -> str:
    renderers: dict[str, Callable[[Site, Page], str]] = {
        "agency": press.agency,
        "newspaper": press.newspaper,
        "blogger": press.blog,
    }
    return renderers.get(site.outlet.platform, wordpress.article)(site, page)


def _common(site: Site, path: str) -> _Content | None:
    """What every host has: robots.txt, a home page, sections, an about page."""
    if path == "/robots.txt":
        return _Content(_robots(site), _TEXT)
    if path == "/about/":
        body = f"<main><h1>About {site.outlet.name}</h1><p>An outlet of an invented press world.</p></main>{cookies()}"
        return _Content(document(title=f"About {site.outlet.name}", head="", body=body))
    if site.outlet.platform == "xenforo":
        return None
    if path == "/":
        shown = site.pages[:SHOWN]
        changed_at = max([site.shelf.drawn_at, *(page.at for page in shown[:1])])
        return _Content(press.listing(site, shown, site.outlet.name), changed_at=changed_at)
    desk = re.fullmatch(r"/section/([a-z]+)/", path)
    pages = list(islice((page for page in site.pages if desk and section(page) == desk[1]), SHOWN))
    if not pages:
        return None
    return _Content(press.listing(site, pages, section(pages[0]).title()), changed_at=max(site.plan.now, pages[0].at))


def _robots(site: Site) -> str:
    lines = ["User-agent: *", "Disallow: /private/" if site.outlet.platform == "agency" else "Disallow: /search"]
    if site.outlet.source == "demo-valley-courier":
        lines.append("Crawl-delay: 0.05")
    if site.outlet.platform in {"agency", "newspaper"}:
        lines.append(f"Sitemap: {site.outlet.base}/sitemap.xml")
    return "\n".join(lines) + "\n"


def _press_path(site: Site, path: str) -> _Content | None:
    if path == "/rss.xml" and site.outlet.platform == "agency":
        return _Content(feeds.rss(site, site.pages[: feeds.NEWEST], full=False), _RSS, site.updated_at)
    if path == "/atom.xml" and site.outlet.platform == "newspaper":
        return _Content(feeds.atom(site, site.pages[: feeds.NEWEST]), _ATOM, site.updated_at)
    if path == "/sitemap.xml":
        return _Content(feeds.sitemap_index(site), _XML, site.updated_at)
    month = _MONTH.fullmatch(path)
    part = feeds.sitemap(site, month[1]) if month else None
    return _Content(part[0], _XML, part[1]) if part else None


def _wordpress_path(site: Site, path: str, query: Mapping[str, str]) -> _Content | None:
    if path == "/feed/":
        start = (feeds.number(query, "paged", 1) - 1) * feeds.WORDPRESS_PAGE
        pages = site.pages[start : start + feeds.WORDPRESS_PAGE] if start >= 0 else ()
        text = feeds.rss(site, pages, full=site.outlet.variant < 2)
        return _Content(text, _RSS, site.updated_at) if pages else None
    if path == "/wp-json/" and site.outlet.platform == "wordpress-b":
        return _Content(feeds.wp_index(site), _JSON)
    if path == "/wp-json/wp/v2/posts" and site.outlet.platform == "wordpress-b":
        status, headers, text = feeds.wp_posts(site, query)
        return _Content(text, _JSON, site.updated_at, status, tuple(headers.items()))
    return None


def _forum_path(site: Site, path: str) -> _Content | None:
    if path == "/":
        return _Content(forum.index(site))
    plan = site.plan
    if match := _FORUM.fullmatch(path):
        node = next((at for at, (_, number) in enumerate(FORUM_NODES) if str(number) == match[1]), None)
        text = forum.listing(site, node, int(match[2] or 1)) if node is not None else None
        return _Content(text, changed_at=plan.boards[node].changed_at) if text and node is not None else None
    if match := _THREAD.fullmatch(path):
        found, page = plan.thread(int(match[1])), int(match[2] or 1)
        text = forum.thread(site, found, page) if found else None
        return _Content(text, changed_at=found.changed_at(page)) if text and found else None
    return None


def _not_found(path: str) -> str:
    text = f"<main><h1>Not found</h1><p>There is no page at this address.</p></main><!-- {len(path)} -->"
    return document(title="Not found", head="", body=text, body_class="error404")


def _reply(content: _Content, now: datetime, request: Mapping[str, str]) -> Reply:
    body = content.text.encode()
    changed_at = content.changed_at or now
    headers = {"Content-Type": content.type, **dict(content.headers)}
    if content.status != 200:
        return Reply(content.status, headers, body)
    tag = f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
    headers |= {"ETag": tag, "Last-Modified": format_datetime(changed_at, usegmt=True)}
    if _unchanged(request, tag, changed_at):
        return Reply(304, headers, b"")
    return Reply(200, headers, body)


def _unchanged(request: Mapping[str, str], tag: str, changed_at: datetime) -> bool:
    if "if-none-match" in request:
        known = {part.strip().removeprefix("W/") for part in request["if-none-match"].split(",")}
        return tag in known or "*" in known
    try:
        since = parsedate_to_datetime(request.get("if-modified-since", ""))
    except ValueError:
        return False
    return changed_at <= (since if since.tzinfo else since.replace(tzinfo=UTC))
