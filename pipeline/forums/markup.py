"""The common part of the engines: a forum system told by the selectors of its pages."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator
from datetime import datetime
from urllib.parse import urldefrag

from lxml import html

from pipeline.forums.addresses import base_of, canonical_of, joined
from pipeline.forums.engine import Post, ThreadLink
from pipeline.forums.moments import exact_moment, month_comes_first, shown, shown_moment
from pipeline.forums.quotes import QuoteRules, read_quotes
from pipeline.forums.selecting import any_of, at_the_top, attribute, each_of, every, exists, first, text_of
from pipeline.forums.text import block_text

__all__ = ["MarkupEngine"]

_PAGERS = 10
_SEARCHED = 2**17
"""Bytes at either end of a page in which it names its system, if not in its head then at a post or below them."""
_NUMBER = re.compile(r"#?\s*(\d[\d.,\u202f]*)\s*")


class MarkupEngine(ABC):
    """A forum engine whose answers are selectors; several selectors are tried in order until one finds something.

    A system's module sets the selectors and overrides a method only where its markup cannot be told so.
    """

    name = ""
    signed: tuple[str, ...] = ()
    """What the system writes on the root, the body or a meta element of its pages."""
    made_by: tuple[str, ...] = ()
    """Any match elsewhere says that the system made the page."""
    traces: tuple[str, ...] = ()
    """Every page with such a match has one of these in its source, be it by chance."""
    post: tuple[str, ...] = ()
    body: tuple[str, ...] = ()
    """Where a post's text is; what looks like a post and has none is no post."""
    not_text: tuple[str, ...] = ()
    """Inside the body, and no words of the author: captions, buttons, notes on edits."""
    quotes = QuoteRules(("blockquote",))
    author: tuple[str, ...] = ()
    author_link: tuple[str, ...] = ()
    when: tuple[str, ...] = ()
    edited: tuple[str, ...] = ()
    """Where a post says when it was changed."""
    permalink: tuple[str, ...] = ()
    number: tuple[str, ...] = ()
    heading: tuple[str, ...] = ()
    not_heading = ""
    forum: tuple[str, ...] = ()
    row: tuple[str, ...] = ()
    """One thread in an index, with its link and the time of its last post."""
    thread: tuple[str, ...] = ()
    last_post: tuple[str, ...] = ()
    following: tuple[str, ...] = ("link[rel='next']", "a[rel='next']")
    current: tuple[str, ...] = ()
    """The present page's number in a pager, where the next page's link comes after it and says nothing of itself."""
    slug: re.Pattern[str] | None = None
    """What of a thread's address its title gives, after the group 1, where a number beside it names the thread."""
    month_first: bool | None = None
    """How the system writes `04/05/2020` by default."""

    def recognises(self, tree: html.HtmlElement) -> bool:
        return self.is_signed(tree) or exists(tree, self.made_by)

    def leaves_trace(self, source: bytes) -> bool:
        """Whether a page with this source may be the system's, so that a look at its markup is worth the time."""
        end = max(_SEARCHED, len(source) - _SEARCHED)
        return any(
            source.find(trace.encode(), 0, _SEARCHED) >= 0 or source.find(trace.encode(), end) >= 0
            for trace in self.traces
        )

    def is_signed(self, tree: html.HtmlElement) -> bool:
        """Whether the page says at first sight that the system made it."""
        return at_the_top(tree, self.signed)

    def is_thread(self, tree: html.HtmlElement) -> bool:
        return any(first(post, *self.body) is not None for post in every(tree, *self.post)[:5])

    def forum_links(self, tree: html.HtmlElement, url: str) -> list[str]:
        base = base_of(tree, url)
        links = (joined(base, link.get("href")) for link in each_of(tree, self.forum))
        return list(dict.fromkeys(urldefrag(link).url for link in links if link))

    def thread_links(self, tree: html.HtmlElement, url: str, now: datetime) -> list[ThreadLink]:
        base, found = base_of(tree, url), dict[str, ThreadLink]()
        rows = every(tree, *self.row)
        times = self._moments([first(row, *self.last_post) for row in rows], now)
        for row, at in zip(rows, times, strict=True):
            link = joined(base, attribute(row, "href", *self.thread))
            address = self.thread_of(link) if link else None
            if address is not None:
                found.setdefault(address, ThreadLink(address, at))
        return list(found.values())

    def next_page(self, tree: html.HtmlElement, url: str) -> str | None:
        base, here = base_of(tree, url), self.thread_of(url)
        for link in [*every(tree, *self.following), *self._after_current(tree)]:
            address = joined(base, link.get("href"))
            if address is None or urldefrag(address).url in (url, urldefrag(url).url):
                continue
            other = self.thread_of(address)
            if here is None or other is None or here == other:
                return urldefrag(address).url
        return None

    def _after_current(self, tree: html.HtmlElement) -> Iterator[html.HtmlElement]:
        for number in every(tree, *self.current)[:_PAGERS]:
            shown, after = text_of(number) or "", number.getnext()
            for _ in range(_PAGERS):
                link = first(after, "a[href]") if after is not None and after.tag in ("li", "td") else after
                if link is not None and link.tag == "a":
                    text = text_of(link) or ""
                    if shown.isdecimal() and (not text.isdecimal() or int(text) == int(shown) + 1):
                        yield link
                    break
                after = after.getnext() if after is not None else None

    @abstractmethod
    def thread_of(self, url: str) -> str | None:
        """Address of the first page of the thread that an address names; None when it names none."""

    def thread_url(self, tree: html.HtmlElement, url: str) -> str:
        for address in (*canonical_of(tree, url), url, *self._own_links(tree, url)):
            if (found := self.thread_of(address)) is not None:
                return found
        return urldefrag(url).url

    def thread_key(self, tree: html.HtmlElement, url: str) -> str:
        address = self.thread_url(tree, url)
        return self.slug.sub(r"\1", address, count=1) if self.slug is not None else address

    def _own_links(self, tree: html.HtmlElement, url: str) -> list[str]:
        """Links on a thread's page that name it, for addresses that name only a post."""
        base = base_of(tree, url)
        heading = first(tree, *self.heading)
        links = [] if heading is None else [heading, *heading.iterancestors("a"), *every(heading, "a[href]")]
        return [address for link in links if (address := joined(base, link.get("href")))]

    def title(self, tree: html.HtmlElement) -> str | None:
        heading = first(tree, *self.heading)
        if heading is None:
            return None
        if heading.tag in ("meta", "title"):
            return " ".join((heading.get("content") or heading.text or "").split()) or None
        aside = set(every(heading, self.not_heading)) if self.not_heading else set[html.HtmlElement]()
        return " ".join(block_text(heading, aside).split()) or None

    def posts(self, tree: html.HtmlElement, url: str, now: datetime) -> list[Post]:
        base, elements = base_of(tree, url), every(tree, *self.post)
        found = [(one, body) for one in elements if (body := self.body_of(one)) is not None]
        times = self._moments([first(one, *self.when) for one, _ in found], now)
        edits = self._moments([first(one, *self.edited) for one, _ in found], now)
        posts = []
        for (element, body), at, edited_at in zip(found, times, edits, strict=True):
            aside = set(any_of(body, self.not_text))
            quotes, parts, labels = read_quotes(body, self.quotes, now, aside)
            link = attribute(element, "href", *self.permalink)
            person = attribute(element, "href", *(self.author_link or self.author))
            text = _without_lines(self.own_text(block_text(body, aside | parts)), labels)
            posts.append(
                Post(
                    post_id=self.post_id(element),
                    permalink=joined(base, link) if link else None,
                    author=self.author_of(element),
                    author_url=joined(base, person),
                    posted_at=at,
                    edited_at=edited_at if at is None or edited_at is None or edited_at >= at else None,
                    position=self.position(element),
                    text=text,
                    quotes=quotes,
                    shown=self.own_text(block_text(body, aside)) if quotes else text,
                )
            )
        return posts

    def body_of(self, element: html.HtmlElement) -> html.HtmlElement | None:
        """The element with a post's text; None when there is none."""
        return first(element, *self.body)

    def own_text(self, text: str) -> str:
        """The text of a post without what cannot be told from it by elements."""
        return text

    def post_id(self, element: html.HtmlElement) -> str | None:
        """The system's own id of a post."""
        match = re.search(r"(\d+)$", str(element.get("id") or ""))
        return match[1] if match else None

    def author_of(self, element: html.HtmlElement) -> str | None:
        """The name of a post's author."""
        return next((name for one in self.author if (name := text_of(first(element, one)))), None)

    def position(self, element: html.HtmlElement) -> int | None:
        """A post's place in the thread, counted from 1, where it is shown."""
        for one in self.number:
            for shows in every(element, one):
                if match := _NUMBER.fullmatch(text_of(shows) or ""):
                    return int(re.sub(r"\D", "", match[1])) or None
        return None

    def _moments(self, elements: list[html.HtmlElement | None], now: datetime) -> list[datetime | None]:
        """The time that each element tells; numeric dates are read as the page as a whole writes them."""
        exact = [exact_moment(one, now) if one is not None else None for one in elements]
        told = [
            shown(one, now) if at is None and one is not None else None for one, at in zip(elements, exact, strict=True)
        ]
        texts = [text for text in told if text is not None]
        if not texts:
            return exact
        element = next(one for one in elements if one is not None)
        language = str(element.getroottree().getroot().get("lang") or "en").lower()
        usual = self.month_first if language in ("en", "en-us") else None
        order = month_comes_first(texts, now, usual=usual)
        return [
            at if text is None else shown_moment(text, now, month_first=order)
            for text, at in zip(told, exact, strict=True)
        ]


def _without_lines(text: str, lines: Collection[str]) -> str:
    return "\n\n".join(one for one in text.split("\n\n") if one not in lines) if lines else text
