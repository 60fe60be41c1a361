"""Which of the entry points that were found a declaration should have. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from pipeline.sources.declaration import EntryKind
from pipeline.sources.urls import normalise_url
from pipeline.stages.entrypoints import EntryState
from pipeline.stages.samples import Sample

__all__ = ["Candidate", "choose", "page_filter"]

_MAX_FEEDS = 3
_SAME = 0.5
"""Share of the smaller feed's texts from which on two feeds are taken for one."""
_FURNITURE = re.compile(r"/(tags?|categor(?:y|ies)|authors?|topics?|search|page)/")
_DATED = r"/\d{4}/\d{1,2}/"


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entry point that was found, how, and what a text of it gives; `why_not` says why it was not chosen."""

    state: EntryState
    how: str
    sample: Sample | None = None
    chosen: bool = False
    why_not: str = ""
    include: str | None = None
    exclude: str | None = None

    @property
    def works(self) -> bool:
        """Whether it lists texts, and one that was tried is a document."""
        return self.state.problem is None and self.sample is not None and self.sample.problem is None


def choose(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Mark those that a declaration should have: what lists the most recent texts, and what lists all of them."""
    made: list[Candidate] = []
    for one in candidates:
        why_not = _why_not(one, [other for other in made if other.chosen])
        if why_not:
            made.append(replace(one, why_not=why_not))
            continue
        filters = _filters(one, made)
        made.append(replace(one, chosen=True, include=filters[0], exclude=filters[1]))
    return made


def _why_not(one: Candidate, chosen: Sequence[Candidate]) -> str:
    if one.state.problem is not None:
        return one.state.problem
    if one.sample is None or one.sample.problem is not None:
        return f"a text of it gives no document: {one.sample.problem}" if one.sample else "it names no text of the site"
    kinds = [other.state.kind for other in chosen]
    complete = {EntryKind.WORDPRESS, EntryKind.BLOGGER, EntryKind.FORUM} & set(kinds)
    if complete:
        return f"the {next(iter(complete))} entry has its texts"
    if one.state.kind is EntryKind.SITEMAP and EntryKind.SITEMAP in kinds:
        return "another sitemap is taken"
    if one.state.last_resort and kinds:
        return "not needed"
    feeds = [other for other in chosen if other.state.kind is EntryKind.FEED]
    if one.state.kind is EntryKind.FEED and (twin := next((f for f in feeds if _overlap(one, f) >= _SAME), None)):
        return f"the same texts as {urlsplit(twin.state.url).path or '/'}"
    return "enough feeds are taken" if one.state.kind is EntryKind.FEED and len(feeds) >= _MAX_FEEDS else ""


def _overlap(one: Candidate, other: Candidate) -> float:
    first, second = ({normalise_url(text.url) for text in each.state.texts} for each in (one, other))
    return len(first & second) / max(1, min(len(first), len(second)))


def _filters(one: Candidate, made: Iterable[Candidate]) -> tuple[str | None, str | None]:
    if one.state.kind is not EntryKind.SITEMAP:
        return None, None
    fed = [text.url for other in made if other.chosen for text in other.state.texts]
    return page_filter([text.url for text in one.state.texts], fed)


def page_filter(listed: Sequence[str], texts: Sequence[str]) -> tuple[str | None, str | None]:
    """(include, exclude) for a sitemap, which lists pages of every kind.

    Args:
        listed: addresses that the sitemap names.
        texts: addresses that are known to be texts, from a feed.

    Returns:
        A pattern that all known texts have and some other pages lack; else one of the pages that only list others.
    """
    for pattern in (_DATED, *_folders(texts)):
        hits = sum(re.search(pattern, url) is not None for url in listed)
        if len(texts) >= 3 and 0 < hits < len(listed) and all(re.search(pattern, url) for url in texts):
            return pattern, None
    furniture = any(_FURNITURE.search(urlsplit(url).path) for url in listed)
    return None, _FURNITURE.pattern if furniture and not any(_FURNITURE.search(url) for url in texts) else None


def _folders(texts: Sequence[str]) -> list[str]:
    """The first folder of the addresses, where all have the same."""
    names = {
        (urlsplit(url).netloc, *urlsplit(url).path.split("/")[1:2])
        for url in texts
        if urlsplit(url).path.count("/") > 1
    }
    return [f"//{re.escape(one[0])}/{re.escape(one[1])}/" for one in names] if len(names) == 1 else []
