"""The press world: built from a seed, it answers requests as a pure function and tells the truth about its copies."""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Final, TypeAlias
from urllib.parse import parse_qsl, unquote

from pipeline.demo import feeds, forum, press, texts, wordpress
from pipeline.demo.draft import draw_plan
from pipeline.demo.markup import SHOWN, Site, cookies, document
from pipeline.demo.outlets import FORUM_NODES, Outlet, declaration, roster
from pipeline.demo.plan import Page, Piece, Plan, Post, Thread

__all__ = ["Outlet", "Reply", "World", "build_world"]

TruthRow: TypeAlias = dict[str, object]
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
    """Everything that the demo hosts serve. Texts are written when asked for: the plan alone is kept."""

    outlets: tuple[Outlet, ...]
    _plan: Plan
    _pages: dict[tuple[int, str], Page]

    def truth(self) -> Iterator[TruthRow]:
        """One row for each text that should become a document: articles, digest items, posts."""
        for outlet in self.outlets:
            site = Site(self._plan, outlet)
            for page in site.pages:
                for ordinal, piece in enumerate(page.pieces):
                    yield _piece_row(site, page, piece, ordinal)
        board = Site(self._plan, self.outlets[-1])
        for thread in self._plan.threads:
            for ordinal, post in enumerate(thread.posts):
                yield _post_row(board, thread, post, ordinal)

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
        page = self._pages.get((site.outlet.index, path))
        if page is not None:
            return _Content(_render(site, page), changed_at=page.modified_at or page.at)
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
    plan = draw_plan(seed=seed, pages=pages, now=moment, outlets=outlets)
    return World(outlets, plan, {(page.outlet, page.path): page for own in plan.pages for page in own})


def _piece_row(site: Site, page: Page, piece: Piece, ordinal: int) -> TruthRow:
    written = texts.write_piece(site.plan.seed, piece, site.outlet)
    return {
        "source": site.outlet.source,
        "url": site.url(page),
        "kind": "digest_item" if page.digest else "article",
        "post_id": None,
        "ordinal": ordinal if page.digest else None,
        "title": written.headline,
        "authors": list(written.authors),
        "published_at": page.at.isoformat(),
        "agency": written.agency,
        "text": "\n\n".join(written.paragraphs),
        "story": piece.story.key,
        "original": piece.story.key if piece.change else None,
        "change": piece.change,
        "related_to": piece.story.related_to,
        "container": site.url(page) if page.digest else None,
        "template": piece.story.template,
    }


def _post_row(site: Site, thread: Thread, post: Post, ordinal: int) -> TruthRow:
    written = texts.write_post(site.plan.seed, post, site.plan.outlets)
    url = site.outlet.base + thread.path
    story = (post.twin or post).story
    return {
        "source": site.outlet.source,
        "url": url,
        "kind": "post",
        "post_id": str(post.number),
        "ordinal": ordinal,
        "title": None,
        "authors": list(written.authors),
        "published_at": post.at.isoformat(),
        "agency": written.agency,
        "text": "\n\n".join(written.paragraphs),
        "story": post.key,
        "original": post.key if post.change else None,
        "change": post.change,
        "related_to": story.related_to if story else None,
        "container": url,
        "template": story.template if story else None,
    }


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
        return _Content(press.listing(site, site.pages[:SHOWN], site.outlet.name), changed_at=site.updated_at)
    desk = re.fullmatch(r"/section/([a-z]+)/", path)
    pages = tuple(page for page in site.pages if desk and page.pieces[0].story.desk == desk[1])
    return _Content(press.listing(site, pages, pages[0].pieces[0].story.desk.title())) if pages else None


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
    text = feeds.sitemap(site, month[1]) if month else None
    return _Content(text, _XML, site.updated_at) if text else None


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
    text: str | None = None
    if match := _FORUM.fullmatch(path):
        nodes = [number for _, number in FORUM_NODES]
        text = forum.listing(site, nodes.index(int(match[1])), int(match[2] or 1)) if int(match[1]) in nodes else None
    elif match := _THREAD.fullmatch(path):
        at = int(match[1]) - site.plan.threads[0].number
        found = site.plan.threads[at] if 0 <= at < len(site.plan.threads) else None
        text = forum.thread(site, found, int(match[2] or 1)) if found else None
    return _Content(text) if text else None


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
