"""Ask an entry point of a source once, and say whether it works: what it lists, or why it lists nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urljoin

from lxml import html

from pipeline.discover import blogger, feeds, pages, sitemaps, wordpress
from pipeline.discover.listing import Listed, Listing, parse_html
from pipeline.discover.site import Shape, encoding_of, shape_of
from pipeline.forums.engine import ForumEngine
from pipeline.forums.registry import engine_of
from pipeline.models import utc_now
from pipeline.sources.declaration import COLLECTED, CRAWLED, Entry, EntryKind
from pipeline.stages.asking import Answer, Asker

__all__ = ["EntryState", "board_engine", "entry_state", "tree_of"]

_PARTS = 2
_LIKELY_PART = re.compile(r"(?i)news|post|article|stor(y|ies)|artikel|noticia|beitrag")


@dataclass(frozen=True, slots=True)
class EntryState:
    """What an entry point listed; `problem` says why it does not work, `note` what else a person should know.

    Addresses of `texts` are absolute; `parts` counts the further listings that it names. `last_resort`: the texts are
    those that a page for people links to.
    """

    kind: EntryKind
    url: str
    texts: tuple[Listed, ...] = ()
    parts: int = 0
    problem: str | None = None
    note: str = ""
    last_resort: bool = False

    @property
    def newest(self) -> datetime | None:
        """Time of the newest text, where times are listed."""
        return max((time for one in self.texts if (time := one.listed_at or one.modified_at)), default=None)


def entry_state(asker: Asker, entry: Entry) -> EntryState:
    """Ask an entry point, and where it needs one, a listing that it names."""
    if entry.kind not in CRAWLED:
        why = "it is read from files" if entry.kind in COLLECTED else "it is for backfills"
        return EntryState(entry.kind, entry.url, note=f"not asked: {why}")
    state = _LOOKS[entry.kind](asker, entry)
    wanted = tuple(one for one in state.texts if entry.wants(one.url))
    if state.texts and not wanted:
        problem = f"include/exclude leave none of the {len(state.texts)} addresses that it names"
        return replace(state, texts=(), problem=problem)
    return replace(state, texts=wanted)


def tree_of(answer: Answer) -> html.HtmlElement | None:
    """The tree of a page that was asked."""
    return parse_html(answer.body, _encoding(answer)) if answer.ok else None


def board_engine(tree: html.HtmlElement, answer: Answer) -> ForumEngine | None:
    """The engine for a page of a site that is a forum, or may be declared one."""
    return engine_of(tree, board_at=utc_now(), url=answer.final_url) if answer.ok else None


def _state(entry: Entry, answer: Answer, listing: Listing, nothing: str = "it names no texts") -> EntryState:
    if not answer.ok:
        return EntryState(entry.kind, entry.url, problem=answer.why)
    texts = tuple(replace(one, url=_absolute(answer.final_url, one.url)) for one in listing.texts)
    return EntryState(entry.kind, entry.url, texts, len(listing.parts), problem=None if texts else nothing)


def _absolute(base: str, url: str) -> str:
    try:
        return urljoin(base, url.strip())
    except ValueError:
        return url


def _feed(asker: Asker, entry: Entry) -> EntryState:
    answer = asker.ask_one(entry.url)
    if answer.ok and not feeds.is_feed(answer.body):
        return EntryState(entry.kind, entry.url, problem=f"it is not a feed but {_what(answer)}")
    return _state(entry, answer, feeds.parse_feed(answer.body), "the feed is empty")


def _sitemap(asker: Asker, entry: Entry) -> EntryState:
    answer = asker.ask_one(entry.url)
    if answer.ok and shape_of(answer.body, answer.content_type) is not Shape.SITEMAP:
        return EntryState(entry.kind, entry.url, problem=f"it is not a sitemap but {_what(answer)}")
    listing = sitemaps.parse_sitemap(answer.body)
    likely = [part for part in listing.parts if _LIKELY_PART.search(part)] or list(listing.parts)
    texts = list(listing.texts)
    # Numbered parts grow at the end, dated ones at either.
    for part in list(dict.fromkeys([*likely[:1], *likely[-1:]]))[:_PARTS] if not texts else ():
        further = asker.ask_one(_absolute(answer.final_url, part))
        texts += sitemaps.parse_sitemap(further.body).texts if further.ok else ()
    nothing = f"none of the {len(listing.parts)} sitemaps it names could be read" if listing.parts else "it is empty"
    return _state(entry, answer, replace(listing, texts=tuple(texts)), nothing)


def _wordpress(asker: Asker, entry: Entry) -> EntryState:
    def read(answer: Answer, step: str) -> Listing | None:
        return wordpress.parse_step(answer.body, answer.final_url, step=step, encoding=_encoding(answer), total_pages=1)

    return _climb(asker, entry, wordpress.ladder(entry.url), read, wordpress.is_feed_step)


def _blogger(asker: Asker, entry: Entry) -> EntryState:
    def read(answer: Answer, step: str) -> Listing | None:
        return blogger.parse_step(answer.body, answer.final_url, step=step, encoding=_encoding(answer))

    return _climb(asker, entry, blogger.ladder(entry.url), read, blogger.is_feed_step)


def _encoding(answer: Answer) -> str | None:
    return encoding_of(answer.body, answer.content_type)


def _climb(
    asker: Asker,
    entry: Entry,
    steps: list[str],
    read: Callable[[Answer, str], Listing | None],
    is_feed: Callable[[str], bool],
) -> EntryState:
    """The first step of a blog's ladder that lists something."""
    problems = []
    for number, step in enumerate(steps):
        answer = asker.ask_one(step)
        listing = read(answer, step) if answer.ok else None
        if listing is not None and listing.texts:
            last = number == len(steps) - 1
            how = "by its feed" if is_feed(step) else "by its pages" if last else ""
            return replace(_state(entry, answer, listing), note=how, last_resort=last)
        said = answer.why if not answer.ok else "no posts" if listing is not None else f"it is {_what(answer)}"
        problems.append(said)
        if answer.problem not in (None, "robots"):
            break
    return EntryState(entry.kind, entry.url, problem="; ".join(dict.fromkeys(problems)))


def _listing(asker: Asker, entry: Entry) -> EntryState:
    answer = asker.ask_one(entry.url)
    every = entry.include is not None
    found = pages.parse_listing_page(answer.body, answer.final_url, encoding=_encoding(answer), every_link=every)
    state = _state(entry, answer, found, "no link looks like a story (a date, a number or four words): set `include`")
    return replace(state, last_resort=True)


def _forum(asker: Asker, entry: Entry) -> EntryState:
    answer = asker.ask_one(entry.url)
    tree = tree_of(answer)
    engine = board_engine(tree, answer) if tree is not None else None
    if tree is None or engine is None:
        return _state(entry, answer, Listing(), "no forum system that is known made this page")
    if engine.is_thread(tree):
        return replace(_state(entry, answer, Listing((Listed(answer.final_url),))), note=f"a thread of {engine.name}")
    listing, forums, name = Listing(), engine.forum_links(tree, answer.final_url), engine.name
    for page in (answer, *map(asker.ask_one, forums[:3])):
        tree = tree_of(page)
        engine = board_engine(tree, page) if tree is not None else None
        links = engine.thread_links(tree, page.final_url, utc_now()) if tree is not None and engine is not None else []
        listing = Listing(tuple(Listed(one.url, None, one.last_post_at) for one in links), parts=tuple(forums))
        if links:
            break
    nothing = f"no threads in its {len(forums)} forums" if forums else "no thread is named"
    return replace(_state(entry, answer, listing, nothing), note=name)


def _what(answer: Answer) -> str:
    shape = shape_of(answer.body, answer.content_type)
    words = {Shape.FEED: "a feed", Shape.SITEMAP: "a sitemap", Shape.PAGE: "an HTML page"}
    return words.get(shape, f"{answer.content_type.partition(';')[0] or 'something else'}")


_LOOKS: Mapping[EntryKind, Callable[[Asker, Entry], EntryState]] = {
    EntryKind.FEED: _feed,
    EntryKind.SITEMAP: _sitemap,
    EntryKind.WORDPRESS: _wordpress,
    EntryKind.BLOGGER: _blogger,
    EntryKind.LISTING: _listing,
    EntryKind.FORUM: _forum,
}
