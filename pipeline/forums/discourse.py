"""Discourse (discourse.org): its JSON answers, and the plain pages that it shows to visitors without JavaScript.

A JSON answer is turned into the markup of such a page, so that both are read by the same selectors and give the same
ids. Posts are named by topic and number (`505/3`), which both show.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from lxml import etree, html
from lxml.html.builder import E

from pipeline.forums.addresses import canonical_of
from pipeline.forums.engine import Post, ThreadLink
from pipeline.forums.markup import MarkupEngine
from pipeline.forums.quotes import QuoteRules
from pipeline.forums.selecting import first

__all__ = ["Discourse", "page_of_api"]

_SLUG = re.compile(r"(/t/)[^/?#]+/(?=\d+$)")
_TOPIC = re.compile(r"(https?://[^?#]*?)/t/(?:([^/?#.]*[^\d/?#.][^/?#.]*)/)?(\d+)(?:/\d+)?(?:\.json)?(?=[/?#]|$)")
_LIST = re.compile(r"(?i)/(?:latest|top|new|categories)/?$")
_MADE_OF_JSON = "data-made-of"
_BASE = re.compile(r"(https?://[^?#]*?)/(?:t|c|tag|latest|top|new|categories)(?:[/.?#]|$)")
_SMALL_ACTION = 3
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class Discourse(MarkupEngine):
    """Reads Discourse 1.8 and later."""

    name = "discourse"
    slug = _SLUG
    signed = ("meta[name='generator'][content^='Discourse']", f"html[{_MADE_OF_JSON}='discourse']")
    traces = ("crawler-post",)
    made_by = (".topic-body.crawler-post",)
    post = ("div.crawler-post", ".crawler-post", "div[itemtype$='DiscussionForumPosting'] > div[itemprop='comment']")
    body = ("div.post",)
    not_text = (
        "aside.onebox",
        ".lightbox-wrapper .meta",
        ".quote-controls",
        ".cooked-selection-barrier",
        ".poll .poll-info",
        "details > summary",
        ".discourse-local-date + .tooltip",
        "sup.footnote-ref",
        ".md-table-buttons",
        ".codeblock-buttons",
    )
    quotes = QuoteRules(
        ("aside.quote, blockquote",),
        head=".//div[contains(concat(' ', @class, ' '), ' title ') and not(.//a)]",  # a link names a topic
        text=("blockquote",),
        names=("data-username",),
        id_parts=("data-topic", "data-post"),
    )
    author = (".creator [itemprop='name']", ".creator a", ".creator")
    author_link = (".creator a",)
    when = ("meta[itemprop='datePublished']", "time.post-time", ".crawler-post-infos time", "time")
    edited = ("time[itemprop='dateModified']",)
    number = ("[itemprop='position']", ".post-number")
    heading = ("#topic-title h1 a", "#topic-title h1", "h1 a[href*='/t/']", "h1", "meta[property='og:title']")
    not_heading = ".badge-wrapper"
    forum = (
        ".category-list td.category h3 a",
        ".category-list .category a[href*='/c/']",
        ".category h2 a[href*='/c/']",
    )
    row = (".topic-list-item", ".topic-list [itemprop='itemListElement']")
    thread = ("a.title[href*='/t/']", "a[href*='/t/']")
    last_post = ("time", ".//td[last()]")

    def is_thread(self, tree: html.HtmlElement) -> bool:
        return first(tree, ".topic-list, .category-list") is None and super().is_thread(tree)

    def api_url(self, tree: html.HtmlElement, url: str) -> str | None:
        """The address whose JSON answer says the same as a page; None for what is JSON already."""
        root = tree.getroottree().getroot()
        if root.get(_MADE_OF_JSON):
            return None
        if topic := self.thread_of(url):
            return f"{topic}.json"
        parts = urlsplit(url)
        told = first(tree, "meta[name='discourse-base-uri']")
        base = str(told.get("content") or "").rstrip("/") if told is not None else ""
        category = "/c/" in parts.path
        path = parts.path.rstrip("/") if category or _LIST.search(parts.path) else f"{base}/latest"
        if path.endswith("/categories"):
            path = path.removesuffix("/categories") + "/latest"
        return urlunsplit((parts.scheme, parts.netloc, f"{path}.json", "", ""))

    def page_url(self, url: str) -> str | None:
        """The page to read where a JSON address is refused; another page than the one that led there."""
        parts = urlsplit(url)
        if not parts.path.endswith(".json"):
            return None
        query = dict(parse_qsl(parts.query)) | ({} if self.thread_of(url) else {"page": "0"})
        return urlunsplit((parts.scheme, parts.netloc, parts.path.removesuffix(".json"), urlencode(query), ""))

    def thread_of(self, url: str) -> str | None:
        match = _TOPIC.match(url)
        return f"{match[1]}/t/{match[2] or '-'}/{match[3]}" if match else None

    def thread_url(self, tree: html.HtmlElement, url: str) -> str:
        return next(
            (found for one in canonical_of(tree, url) if (found := self.thread_of(one))), self.thread_of(url) or url
        )

    def thread_links(self, tree: html.HtmlElement, url: str, now: datetime) -> list[ThreadLink]:
        found = super().thread_links(tree, url, now)
        if not tree.getroottree().getroot().get(_MADE_OF_JSON):
            return found
        return [ThreadLink(f"{one.url}.json", one.last_post_at) for one in found]

    def posts(self, tree: html.HtmlElement, url: str, now: datetime) -> list[Post]:
        address = self.thread_url(tree, url)
        topic = address.rpartition("/")[2]
        return [
            replace(one, post_id=f"{topic}/{one.position}", permalink=f"{address}/{one.position}")
            if one.position and topic.isdigit()
            else replace(one, post_id=None)
            for one in super().posts(tree, url, now)
        ]


def page_of_api(body: bytes, url: str) -> html.HtmlElement | None:
    """The page that a JSON answer of a Discourse stands for; None when it is no answer of one.

    Args:
        body: the answer.
        url: where it came from.
    """
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(data, dict):
        return None
    stream, topics = data.get("post_stream"), data.get("topic_list")
    base = match[1] if (match := _BASE.match(url)) else urljoin(url, "/").rstrip("/")
    if isinstance(stream, dict) and isinstance(stream.get("posts"), list):
        address = f"{base}/t/{_plain(data.get('slug')) or '-'}/{_plain(data.get('id'))}"
        parts: list[html.HtmlElement] = [E.h1(E.a(_plain(data.get("title")), href=address))]
        parts += [_post(post, base) for post in _dicts(stream["posts"]) if post.get("post_type") != _SMALL_ACTION]
        return _page(address, _next_posts(data, url), parts)
    if isinstance(topics, dict) and isinstance(topics.get("topics"), list):
        rows = [_row(topic, base) for topic in _dicts(topics["topics"])]
        more = urlsplit(urljoin(url, _plain(topics.get("more_topics_url")))) if topics.get("more_topics_url") else None
        following = None
        if more is not None:
            path = more.path if more.path.endswith(".json") else f"{more.path}.json"
            following = urlunsplit((more.scheme, more.netloc, path, more.query, ""))
        return _page(url, following, [E.table(*rows, {"class": "topic-list"})])
    return None


def _page(address: str, following: str | None, parts: list[html.HtmlElement]) -> html.HtmlElement:
    links = [E.link(rel="canonical", href=address)]
    if following is not None:
        links.append(E.link(rel="next", href=following))
    page: html.HtmlElement = E.html(E.head(*links), E.body(*parts), {_MADE_OF_JSON: "discourse"})
    return page


def _row(topic: dict[str, Any], base: str) -> html.HtmlElement:
    address = f"{base}/t/{_plain(topic.get('slug')) or '-'}/{_plain(topic.get('id'))}"
    at = _plain(topic.get("last_posted_at") or topic.get("created_at"))
    link = E.a(_plain(topic.get("title")), {"class": "title", "href": address})
    return E.tr(E.td(link), E.td(E.time(datetime=at)), {"class": "topic-list-item"})


def _post(post: dict[str, Any], base: str) -> html.HtmlElement:
    name = _plain(post.get("username"))
    user = E.a(E.span(name, itemprop="name"), href=f"{base}/u/{name}")
    number = E.span(_plain(post.get("post_number")), itemprop="position")
    times = [E.time({"class": "post-time", "datetime": _plain(post.get("created_at"))})]
    if isinstance(version := post.get("version"), int) and version > 1:
        times.append(E.time(itemprop="dateModified", datetime=_plain(post.get("updated_at"))))
    cooked = _plain(post.get("cooked"))
    try:
        text = html.fragment_fromstring(cooked, create_parent="div")
    except (etree.ParserError, ValueError):
        text = E.div(cooked)
    text.set("class", "post")
    return E.div(E.span(user, {"class": "creator"}), *times, number, text, {"class": "topic-body crawler-post"})


def _next_posts(data: dict[str, Any], url: str) -> str | None:
    """The next page of a topic, unless its last post is on this one."""
    posts, stream = list(_dicts(data["post_stream"]["posts"])), data["post_stream"].get("stream")
    if not posts:
        return None
    if isinstance(stream, list) and stream:
        ended = stream[-1] == posts[-1].get("id")
    else:  # very long topics come without the list of their posts
        last, highest = posts[-1].get("post_number"), data.get("highest_post_number")
        ended = not (isinstance(last, int) and isinstance(highest, int) and last < highest)
    if ended:
        return None
    parts = urlsplit(url)
    page = dict(parse_qsl(parts.query)).get("page", "1")
    number = int(page) + 1 if page.isascii() and page.isdigit() and len(page) < 7 else 2
    return urlunsplit((parts.scheme, parts.netloc, parts.path, f"page={max(2, number)}", ""))


def _dicts(values: list[Any]) -> Iterator[dict[str, Any]]:
    return (one for one in values if isinstance(one, dict))


def _plain(value: object) -> str:
    """A value as text that a tree can hold."""
    return _NOT_XML.sub("", str(value)) if isinstance(value, (str, int)) else ""
