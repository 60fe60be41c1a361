"""Links of an index page by the kind of their addresses, and what the words of a kind suggest."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from urllib.parse import urlsplit

from pipeline.forums.marks import Marks, is_profile
from pipeline.forums.outline import Outline, class_words, within
from pipeline.forums.pager import is_turning
from pipeline.forums.shapes import (
    FORUM_WORDS,
    THREAD_WORDS,
    absolute,
    followed,
    skeleton,
    without_page,
    words_in,
)
from pipeline.forums.splitter import top_of

__all__ = ["LinkGroup", "link_groups"]

_MAX_LINKS = 8_000
_CHROME = frozenset(
    "breadcrumb breadcrumbs crumbs crumb navbar menu footer pagination pager pagelinks nav toolbar linktree".split()
)
_NO_TITLE = re.compile(
    r"(?i)^\W*(?:last post|letzter beitrag|go to.*|view(?: the)? (?:last|latest|first).*|first unread|neu(?:este|"
    r"er).*|rss|feed|"
    r"mark.*read|new topic|new thread|neues thema|reply|read more|weiterlesen|more|all|home|top|login|register)\W*$"
)


@dataclass(slots=True)
class LinkGroup:
    """Links with addresses of one kind, one an address, with their rows."""

    shape: str
    links: list[tuple[int, str, str]]  # element, address, text
    tops: list[int]
    hint: str = ""


def link_groups(outline: Outline, marks: Marks, url: str) -> list[LinkGroup]:
    """All links of a page that a crawl may follow, by kind, with a hint where the kind's words tell it."""
    host, here = urlsplit(url).netloc.removeprefix("www."), absolute(url, "")
    first, times = without_page(here or url), sorted(one.node for one in marks.times)
    best: dict[str, tuple[int, str, str]] = {}
    for number, node in enumerate(outline.nodes):
        href = node.get("href") if node.tag == "a" else None
        if not href or href.startswith("#") or len(best) > _MAX_LINKS or is_profile(href):
            continue
        text = outline.text(number, 120) or (node.get("title") or "")[:120]
        if not _is_title(text) or is_turning(text) or within(times, number, outline.end[number]):
            continue
        to = outline.joined(url, href)
        if to is None or len(text) <= len(best.get(to, (0, "", ""))[2]) or to == here or without_page(to) == first:
            continue
        if urlsplit(to).netloc.removeprefix("www.") == host and followed(to) and not _in_chrome(outline, number):
            best[to] = (number, to, text)
    kinds: dict[str, list[tuple[int, str, str]]] = defaultdict(list)
    for link in best.values():
        kinds[skeleton(link[1])].append(link)
    made = []
    for shape, links in _merged(kinds).items():
        ordered = sorted(links)
        nodes = [node for node, _, _ in ordered]
        made.append(LinkGroup(shape, ordered, [_top(outline, nodes, node) for node in nodes]))
    _give_hints(made, url)
    return made


def _merged(kinds: dict[str, list[tuple[int, str, str]]]) -> dict[str, list[tuple[int, str, str]]]:
    """Kinds of one address each that differ in the last word of the path are one kind: slugs of a single word."""
    merged: dict[str, list[tuple[int, str, str]]] = defaultdict(list)
    by_parent = Counter(
        shape.rpartition("/")[0] for shape, links in kinds.items() if len(links) == 1 and "#" not in shape
    )
    slugs = {shape: slug for shape, links in kinds.items() if (slug := _slug_shape(shape, links))}
    like = Counter(slugs.values())
    for shape, links in kinds.items():
        parent = shape.rpartition("/")[0]
        single = len(links) == 1 and "#" not in shape and shape.endswith("?") and by_parent[parent] >= 3
        slug = slugs.get(shape)
        if slug is not None and like[slug] + len(kinds.get(slug, ())) >= 3:
            merged[slug].extend(links)
        else:
            merged[f"{parent}/*?" if single else shape].extend(links)
    return merged


def _slug_shape(shape: str, links: list[tuple[int, str, str]]) -> str | None:
    """The shape of slugs, for a few addresses that end with one word, as `/12/frost/`, or count, as `/off-topic-4/`."""
    match = re.fullmatch(r"(.*/)[a-z_]+(#\*)?((?:\.\w+)?\?)", shape)
    if match is None or len(links) > 2:
        return None
    *above, last = urlsplit(links[0][1]).path.lower().strip("/").split("/")
    words = re.findall(r"[^\W\d_]+", last)
    if match[2]:
        titled = len(words) > 1 or words[0] not in THREAD_WORDS | FORUM_WORDS
    else:
        titled = bool(above) and above[-1].isdigit()
    return f"{match[1]}*{match[3]}" if titled else None


def _is_title(text: str) -> bool:
    return len(text) > 1 and any(one.isalpha() for one in text) and not _NO_TITLE.match(text)


def _in_chrome(outline: Outline, node: int) -> bool:
    for _ in range(5):
        if node < 0:
            return False
        if outline.tag(node) in ("nav", "footer") or any(word in _CHROME for word in class_words(outline.nodes[node])):
            return True
        node = outline.parent[node]
    return False


def _top(outline: Outline, nodes: list[int], node: int) -> int:
    if len(nodes) > 1:
        return top_of(outline, nodes, node)
    for _ in range(6):
        if outline.tag(node) in ("tr", "li", "dl", "article") or outline.parent[node] < 0:
            return node
        node = outline.parent[node]
    return node


def _give_hints(groups: list[LinkGroup], url: str) -> None:
    """Say what a kind's words suggest; words that all kinds share, such as the board's own folder, say nothing."""
    folder = urlsplit(url).path.lower().strip("/").partition("/")[0]
    words = {group.shape: words_in(group.shape) for group in groups}
    many = [words[group.shape] for group in groups if len(group.links) > 1]
    common = set.intersection(*many) if len(many) > 1 else set()
    for group in groups:
        if "#" not in group.shape and "*" not in group.shape:
            continue
        telling = words[group.shape] - common
        if group.shape.startswith(f"/{folder}/") and not re.search(r"\d", folder):
            telling -= {"forum"} if group.shape.count("forum") == 1 else set()
        if telling & THREAD_WORDS:
            group.hint = "thread"
        elif telling & FORUM_WORDS:
            group.hint = "forum"
