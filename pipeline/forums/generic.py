"""The engine of last resort: boards of unknown systems, read by structure alone.

It is only for sources that are declared a forum: a news page with comments looks like a thread.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from lxml import html

from pipeline.forums.board import Row, Rows, rows_of
from pipeline.forums.body_text import read_body
from pipeline.forums.engine import Post, ThreadLink
from pipeline.forums.lone import lone_post
from pipeline.forums.marks import Marks, find_marks
from pipeline.forums.outline import Outline, within
from pipeline.forums.pager import first_page, next_page
from pipeline.forums.post_authors import authors_of, heads_of
from pipeline.forums.post_body import bodies_of
from pipeline.forums.post_numbers import numbers_of
from pipeline.forums.post_times import times_of
from pipeline.forums.shapes import absolute, numbers_in, skeleton
from pipeline.forums.splitter import Unit, split

__all__ = ["Generic"]

_NOWHERE = "http://board.invalid/"
_MAX_ROW = 220  # characters outside links that a row of an index may well have
_MIN_UNTIMED = 20  # characters of a post that has no time where others have one
_MIN_PLAIN = 3  # characters of a post's text


@dataclass(frozen=True, slots=True)
class _Read:
    tree: html.HtmlElement
    url: str
    outline: Outline
    marks: Marks
    rows: Rows
    posts: tuple[Post, ...]


class Generic:
    """Reads pages of one source that is declared a forum.

    Args:
        now: aware time of the visit in the board's time zone, from which relative times are told.
        url: of the page, where known; asked about another one, it reads the page again.
    """

    name = "generic"

    def __init__(self, now: datetime, url: str | None = None) -> None:
        self._now = now
        self._url = url
        self._last: _Read | None = None

    def recognises(self, tree: html.HtmlElement) -> bool:
        read = self._read(tree)
        return bool(read.posts or read.rows.threads or read.rows.forums)

    def is_thread(self, tree: html.HtmlElement) -> bool:
        return bool(self._read(tree).posts)

    def forum_links(self, tree: html.HtmlElement, url: str) -> list[str]:
        read = self._read(tree, url)
        return [] if read.posts else [row.url for row in read.rows.forums]

    def thread_links(self, tree: html.HtmlElement, url: str, now: datetime) -> list[ThreadLink]:
        read = self._read(tree, url)
        return [] if read.posts else [ThreadLink(row.url, row.latest) for row in read.rows.threads]

    def next_page(self, tree: html.HtmlElement, url: str) -> str | None:
        return next_page(self._read(tree, url).outline, url)

    def thread_url(self, tree: html.HtmlElement, url: str) -> str:
        here = first_page(self._read(tree, url).outline, url)
        for link in tree.xpath("//link[@rel='canonical']/@href")[:1]:
            canonical = absolute(url, str(link))
            if canonical is not None and _same_thread(canonical, here):
                return first_page(Outline(), canonical)
        return here

    def thread_key(self, tree: html.HtmlElement, url: str) -> str:
        return self.thread_url(tree, url)

    def title(self, tree: html.HtmlElement) -> str | None:
        return _title(tree)

    def posts(self, tree: html.HtmlElement, url: str, now: datetime) -> list[Post]:
        return list(self._read(tree, url).posts)

    def _read(self, tree: html.HtmlElement, url: str | None = None) -> _Read:
        last = self._last
        if last is None or last.tree is not tree or (url is not None and last.url != url):
            last = self._last = self._read_anew(tree, url or self._url or _own_address(tree))
        return last

    def _read_anew(self, tree: html.HtmlElement, url: str) -> _Read:
        outline = Outline.of(tree)
        marks = find_marks(outline, self._now)
        rows = rows_of(outline, marks, url)
        units = split(outline, marks)
        posts = _posts(outline, marks, units, url) if units and not _is_index(outline, marks, units, rows) else []
        if len(posts) < 2 or _only_titles(posts, rows):  # what does not repeat is no thread's page, or its only post
            unit = _lone(outline, marks, rows)
            alone = _posts(outline, marks, [unit], url) if unit is not None else []
            posts = alone or ([] if _only_titles(posts, rows) else posts)
        return _Read(tree, url, outline, marks, rows, tuple(posts))


def _posts(outline: Outline, marks: Marks, units: list[Unit], url: str) -> list[Post]:
    times = times_of(outline, marks, units)
    authors = authors_of(outline, marks, units, times, url)
    numbers = numbers_of(outline, marks, units, url)
    bodies = bodies_of(outline, units, heads_of(outline, marks, units, authors, times))
    posts = []
    for author, time, number, body in zip(authors, times, numbers, bodies, strict=True):
        said = read_body(outline, body)
        if time is None and len(units) > 1 and (author is None or (any(times) and len(said.text) < _MIN_UNTIMED)):
            continue  # neither said by anyone nor at any time: an advertisement, a notice, a row of buttons
        posts.append(
            Post(
                post_id=number.post_id,
                permalink=number.permalink,
                author=author.name if author else None,
                author_url=author.url if author else None,
                posted_at=time.at if time else None,
                edited_at=None,
                position=number.position,
                text=said.text,
                quotes=said.quotes,
                shown=said.shown,
            )
        )
    return posts if any(len(post.text) >= _MIN_PLAIN or post.quotes for post in posts) else []


def _only_titles(posts: list[Post], rows: Rows) -> bool:
    """Whether the posts say nothing but titles of listed threads and counts: a list of one or two threads."""
    titles = {row.text for row in rows.threads if row.sure}
    if not titles:
        return False
    lines = ([line for line in post.text.split("\n\n") if line not in titles] for post in posts)
    return all(sum(sign.isalpha() for line in some for sign in line) < _MIN_PLAIN for some in lines)


def _lone(outline: Outline, marks: Marks, rows: Rows) -> Unit | None:
    """The only post of a page that is no index: a page that lists threads with their times is one."""
    listed = [*rows.threads, *rows.forums]
    if listed and 2 * sum(row.latest is not None for row in listed) >= len(listed):
        return None
    return lone_post(outline, marks, sorted(row.node for row in listed))


def _is_index(outline: Outline, marks: Marks, units: list[Unit], rows: Rows) -> bool:
    """Whether the page lists: its repeated parts, or its times, mostly stand in rows with titles of their own."""
    listed = sorted(
        (row.node, row.top, row.text)
        for row in (*rows.threads, *rows.forums)
        if row.sure or _is_row(outline, marks, row)
    )
    titles = [text for _, _, text in listed]
    if not listed or 10 * len(set(titles)) < 6 * len(titles):
        return False
    plain = sum(outline.plain_chars(outline.first[top], outline.last[top]) for _, top, _ in listed)
    if plain > max(12 * sum(map(len, titles)), _MAX_ROW * len(listed)):
        return False
    times = sorted(one.node for one in marks.times if not one.other)
    timed = [within(times, top, outline.end[top]) for _, top, _ in listed]
    in_rows = sum(timed) if 10 * sum(map(bool, timed)) >= 6 * len(timed) else 0
    nodes = [node for node, _, _ in listed]
    in_units = sum(bool(within(nodes, unit.roots[0], outline.end[unit.roots[-1]])) for unit in units)
    return 10 * in_rows > 6 * len(times) or 10 * in_units > 6 * len(units)


def _is_row(outline: Outline, marks: Marks, row: Row) -> bool:
    """Whether a row whose address says nothing has a title of several words, or counts; a member's name has neither."""
    if len(row.text.split()) > 1:
        return True
    pieces = outline.pieces[outline.first[row.top] : outline.last[row.top]]
    counts = sum(bool(re.fullmatch(r"[\d.,]{1,9}(?: \w{2,})?", piece.text)) for piece in pieces)
    return counts > 1 or (counts == 1 and within(marks.profiles, row.top, outline.end[row.top]) > 0)


def _own_address(tree: html.HtmlElement) -> str:
    for link in tree.xpath("//link[@rel='canonical']/@href | //meta[@property='og:url']/@content | //base/@href")[:3]:
        if (found := absolute(_NOWHERE, str(link))) is not None:
            return found
    return _NOWHERE


def _same_thread(canonical: str, here: str) -> bool:
    one, other = urlsplit(canonical), urlsplit(here)
    if one.netloc.removeprefix("www.") != other.netloc.removeprefix("www."):
        return False
    shared = set(numbers_in(canonical)) & set(numbers_in(here))
    return (one.path.rstrip("/") == other.path.rstrip("/") and one.query == other.query) or (
        bool(shared) and skeleton(canonical) == skeleton(here) and numbers_in(canonical)[:1] == numbers_in(here)[:1]
    )


def _title(tree: html.HtmlElement) -> str | None:
    """The heading that the page's title holds, else the longest part of the page's title."""
    whole = " ".join(" ".join(str(text) for text in tree.xpath("//head/title//text()")[:3]).split())
    for tag in ("h1", "h2", "h3", "h4"):
        for heading in tree.iter(tag):
            text = " ".join(heading.text_content().split())
            if 2 <= len(text) <= 300 and text.casefold() in whole.casefold():
                return text
    headings = [" ".join(one.text_content().split()) for one in tree.xpath("//h1")[:2]]
    if len(headings) == 1 and 2 <= len(headings[0]) <= 300:
        return headings[0]
    for named in tree.xpath("//meta[@property='og:title']/@content")[:1]:
        whole = " ".join(str(named).split()) or whole
    parts = [part for part in re.split(r"\s+[-|–—•·»«:]+\s+", whole) if part]
    return max(parts, key=len, default=None)
