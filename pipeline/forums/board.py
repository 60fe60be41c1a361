"""What an index page lists, told by structure: rows of links with addresses of one kind, counters and times."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from pipeline.forums.board_links import LinkGroup, link_groups
from pipeline.forums.marks import Marks
from pipeline.forums.outline import Outline, within
from pipeline.forums.shapes import THREAD_WORDS, numbers_in, words_in

__all__ = ["Row", "Rows", "rows_of"]


@dataclass(frozen=True, slots=True)
class Row:
    """One row of an index: the address and text of its link, and the latest time it shows."""

    url: str
    text: str
    node: int
    top: int
    latest: datetime | None
    sure: bool  # its address says what it is


@dataclass(frozen=True, slots=True)
class Rows:
    """What an index lists."""

    threads: tuple[Row, ...]
    forums: tuple[Row, ...]


def rows_of(outline: Outline, marks: Marks, url: str) -> Rows:
    """Threads and forums that a page lists.

    Links in the same rows, say the title and the last page of a thread, are one list, named by the first in the row.
    """
    groups = link_groups(outline, marks, url)
    threads: list[Row] = []
    forums: list[Row] = []
    for primary, others in _lists(outline, groups):
        kind = _kind(outline, marks, primary, others)
        if kind == "thread":
            threads.extend(_rows(outline, marks, primary))
        elif kind == "forum":
            forums.extend(_rows(outline, marks, primary))
    taken = {row.url for row in threads}
    return Rows(tuple(threads), tuple(row for row in forums if row.url not in taken))


def _lists(outline: Outline, groups: list[LinkGroup]) -> list[tuple[LinkGroup, list[LinkGroup]]]:
    """Each list's first kind of link with the other kinds in the same rows."""
    owner: dict[int, LinkGroup] = {}
    lists: dict[int, tuple[LinkGroup, list[LinkGroup]]] = {}
    ordered = sorted(groups, key=lambda group: (-_weight(group), group.links[0][0]))
    for group in ordered:
        shared = Counter(id(owner[row]) for node, _, _ in group.links if (row := _owned(outline, owner, node)) >= 0)
        known, count = shared.most_common(1)[0] if shared else (0, 0)
        if 2 * count > len(group.links):
            lists[known][1].append(group)
            continue
        lists[id(group)] = (group, [])
        for top in group.tops:
            owner.setdefault(top, group)
    return [_first_in_row(primary, others) for primary, others in lists.values()]


def _weight(group: LinkGroup) -> float:
    variable = "#" in group.shape or "*" in group.shape
    return len(group.links) * (1.5 if group.hint else 1.0) * (1.0 if variable else 0.3)


def _owned(outline: Outline, owner: dict[int, LinkGroup], node: int) -> int:
    for _ in range(12):
        if node < 0:
            return -1
        if node in owner:
            return node
        node = outline.parent[node]
    return -1


def _first_in_row(primary: LinkGroup, others: list[LinkGroup]) -> tuple[LinkGroup, list[LinkGroup]]:
    for other in list(others):
        if 10 * len(other.links) < 6 * len(primary.links) or not other.hint:
            continue
        starts = sorted(node for node, _, _ in other.links)
        before = sum(
            within(starts, top, node) > 0 for (node, _, _), top in zip(primary.links, primary.tops, strict=True)
        )
        if 2 * before > len(primary.links):
            return other, [one for one in (primary, *others) if one is not other]
    return primary, others


def _kind(outline: Outline, marks: Marks, primary: LinkGroup, others: list[LinkGroup]) -> str:
    """`thread`, `forum` or nothing."""
    told = _told_share(outline, marks, primary)
    inner = [other for other in others if 2 * len(other.links) >= len(primary.links) and not _variants(other, primary)]
    if "#" not in primary.shape and "*" not in primary.shape:
        return ""
    if primary.hint == "forum":
        return "forum" if told >= 0.5 else ""
    if primary.hint == "thread":
        return "forum" if any(other.hint == "thread" for other in inner) and _no_time_own(primary, inner) else "thread"
    if told < 0.6 or (len(primary.links) < 2 and not _like_row(outline, marks, primary)):
        return ""
    if any(other.hint == "thread" or not other.hint for other in inner) or _hold_threads(outline, primary):
        return "forum"
    return "thread"


def _hold_threads(outline: Outline, group: LinkGroup) -> bool:
    """Whether most rows have a link, be it an icon, to something below their own address that is named a thread."""
    held = 0
    for (_, url, _), top in zip(group.links, group.tops, strict=True):
        own = urlsplit(url).path.rstrip("/") + "/"
        hrefs = (str(outline.nodes[node].get("href") or "") for node in range(top, outline.end[top]))
        paths = (href.partition("?")[0].partition(own) for href in hrefs if own in href)
        held += any(set(rest.lower().split("/")) & THREAD_WORDS for _, _, rest in paths)
    return 2 * held > len(group.links)


def _like_row(outline: Outline, marks: Marks, group: LinkGroup) -> bool:
    """Whether the only link of its kind stands in a row of a list with a time, a count and little else."""
    top = group.tops[0]
    pieces = outline.pieces[outline.first[top] : outline.last[top]]
    timed = any(top <= one.node < outline.end[top] and not one.other for one in marks.times)
    counted = any(re.fullmatch(r"[\d.,]{1,9}", piece.text) for piece in pieces)
    short = outline.plain_chars(outline.first[top], outline.last[top]) < 120
    return outline.tag(top) in ("tr", "li") and timed and counted and short and len(group.links[0][2].split()) > 1


def _no_time_own(primary: LinkGroup, inner: list[LinkGroup]) -> bool:
    """A list whose rows name another thread each lists forums, even if its addresses speak of topics."""
    return any(
        len(set(words_in(other.shape)) & THREAD_WORDS) > len(words_in(primary.shape) & THREAD_WORDS) for other in inner
    )


def _variants(other: LinkGroup, primary: LinkGroup) -> bool:
    """Whether addresses of one kind lead into the texts of the other: they hold the same numbers."""
    known = {number for _, url, _ in primary.links for number in numbers_in(url)[:3]}
    same = sum(any(number in known for number in numbers_in(url)) for _, url, _ in other.links)
    slugs = {urlsplit(url).path.rstrip("/") for _, url, _ in primary.links}
    inside = sum(any(urlsplit(url).path.startswith(f"{slug}/") for slug in slugs) for _, url, _ in other.links[:50])
    titles = {text for _, _, text in other.links} - {text for _, _, text in primary.links}
    if 10 * len(titles) >= 6 * len(other.links) and len(titles) > 1:
        return False  # they have titles of their own
    return 2 * same > len(other.links) or 2 * inside > min(50, len(other.links))


def _told_share(outline: Outline, marks: Marks, group: LinkGroup) -> float:
    """Share of the rows that show a time, a count or a description."""
    times = sorted(one.node for one in marks.times)
    told = 0
    for top in group.tops:
        pieces = outline.pieces[outline.first[top] : outline.last[top]]
        counts = any(re.fullmatch(r"[\d.,  ]{1,9}[kK]?(?:\s\w+)?", piece.text) for piece in pieces[:40])
        plain = outline.plain_chars(outline.first[top], outline.last[top]) > 24
        told += bool(within(times, top, outline.end[top])) or counts or plain
    return told / len(group.tops)


def _rows(outline: Outline, marks: Marks, group: LinkGroup) -> list[Row]:
    nodes = [one.node for one in marks.times]
    rows = []
    for (node, url, text), top, end in zip(group.links, group.tops, _ends(outline, group.tops), strict=True):
        low, high = bisect_left(nodes, top), bisect_left(nodes, end)
        latest = max((one.at for one in marks.times[low:high] if not one.other), default=None)
        rows.append(Row(url, text, node, top, latest if high - low <= 12 else None, bool(group.hint)))
    return rows


def _ends(outline: Outline, tops: list[int]) -> list[int]:
    """Where rows end: what stands after a row's element is still the row's, up to the next below the same parent."""
    ends: list[int] = []
    beside = False
    for top, after in zip(tops, [*tops[1:], -1], strict=True):
        above, end = outline.parent[top], outline.end[top]
        if after > top and outline.parent[after] == above:
            beside = after > end
            end = after
        elif beside and above >= 0 and end < outline.end[above]:
            end = outline.end[end]
        ends.append(end)
    return ends
