"""Who wrote each of a page's posts, when, and under which number: by what all have in the same place."""

from __future__ import annotations

import itertools
import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urlsplit

from pipeline.forums.marks import Id, Marks, Time
from pipeline.forums.outline import Outline, class_words
from pipeline.forums.pager import first_page
from pipeline.forums.shapes import numbers_in
from pipeline.forums.splitter import Unit

__all__ = ["Author", "Numbered", "authors_of", "heads_of", "numbers_of", "times_of"]

_Mark = TypeVar("_Mark")
_NAME_MAX = 60
_MAX_PAGE = 100  # posts on a page of a thread, at most
_AUTHOR_WORDS = frozenset(
    "author user username name nick nickname poster member autor creator usuario utente byline mem".split()
)
_LABEL = re.compile(
    r"(?i)^\W*(?:re:.*|reply|quote|zitat|zitieren|antworten|profile?|profil|pm|www|homepage|report|melden|like|"
    r"share|edit|posts?|"
    r"beitr[aä]ge|joined|registered|location|from|offline|online|email|e-mail|permalink|link|top|up|nach oben|"
    r"view profile|private message|(?:re)?posted(?: by| on)?|by|von|on|am|original poster|message|messages|"
    r"author|autor|topic|thread|\d+(?:st|nd|rd|th)?|#\d+)\W*$"
)
_RANK = re.compile(r"(?i)^(?:.* )?(?:member|moderator|administrator|admin|newbie|guest|mitglied|gast|user)$")
_BY = re.compile(
    r"(?i)\b(?:by|von|par|por|door|av|af|di|da|przez|от|автор)\b:?\s+([^\s,|»•·][^,|»•·\n]{0,40}?)"
    r"\s*(?:$|[,|»•·(\[]|\s(?:on|am|at|le|el|il|op|den|dnia|в)\s|\s[-–—]\s|\s\d)"
)
_POSITION = re.compile(
    r"^\W{0,3}(?:#|nr\.?|no\.?|post|beitrag|reply|message|antwort)?\s?#?\s?([\d.,]{1,9})\W{0,3}$", re.IGNORECASE
)
_POST_WORDS = frozenset("p post msg message comment c reply pid entry beitrag m elcomment postid messageid".split())
_IN_LINK = re.compile(
    r"(?i)(?:#|[?&;/](?:p|pid|post|postid|post_id|posts|comment|message|msg|m|id)[=/-]?)[a-z_-]*?(\d{1,12})(?=$|"
    r"[/?&#;.])"
)


@dataclass(frozen=True, slots=True)
class Author:
    """An author's name, where it stands, and the address of the profile."""

    name: str
    node: int
    url: str | None


@dataclass(frozen=True, slots=True)
class Numbered:
    """A post's id, its address, and its place in the thread."""

    post_id: str | None
    permalink: str | None
    position: int | None


def times_of(outline: Outline, marks: Marks, units: list[Unit]) -> list[Time | None]:
    """The time of each unit: the kind of mark that most units have, that runs in order and that stands first."""
    kinds: dict[str, dict[int, Time]] = defaultdict(dict)
    for number, unit in enumerate(units):
        for time in _inside(outline, unit, marks.times, _node_of):
            if not time.other:
                kinds[outline.place(time.node)].setdefault(number, time)
    ranked = sorted(kinds.values(), key=lambda found: _time_rank(outline, units, found), reverse=True)
    result: list[Time | None] = [None] * len(units)
    for found in ranked:  # parts that lack the best kind take the next
        for number, time in found.items():
            result[number] = result[number] or time
    return result


def _time_rank(outline: Outline, units: list[Unit], found: dict[int, Time]) -> float:
    moments = [found[number].at for number in sorted(found)]
    steps = list(itertools.pairwise(moments))
    rising = sum(one <= other for one, other in steps) / len(steps) if steps else 1.0
    falling = sum(one >= other for one, other in steps) / len(steps) if steps else 1.0
    timed = sum(time.timed for time in found.values()) / len(found)
    first = sum(_depth_into(outline, units[number], time.node) for number, time in found.items()) / len(found)
    return 2 * len(found) / len(units) + 1.5 * max(rising, 0.9 * falling) + 0.6 * timed - 0.8 * first


def _depth_into(outline: Outline, unit: Unit, node: int) -> float:
    """How far into the unit's texts the element stands, from 0 to 1."""
    return (outline.first[node] - unit.start) / max(1, unit.stop - unit.start)


def authors_of(
    outline: Outline, marks: Marks, units: list[Unit], times: list[Time | None], url: str
) -> list[Author | None]:
    """The author of each unit: a link to a member's page, else a short text in the same place of all."""
    profiles = _named_links(outline, marks, units)
    best = _most_common_place(outline, units, profiles)
    timed = [one is not None for one, time in zip(best, times, strict=True) if time is not None]
    # Parts without a time, such as the way to the forum, need not have members.
    if sum(one is not None for one in best) < 0.6 * len(units) and not (timed and sum(timed) == len(timed)):
        others = _most_common_place(outline, units, _short_texts(outline, units, times))
        if sum(one is not None for one in others) > sum(one is not None for one in best):
            best = others
    return [
        _author(outline, node, url) if node is not None else _said_by(outline, unit, time)
        for node, unit, time in zip(best, units, times, strict=True)
    ]


def _named_links(outline: Outline, marks: Marks, units: list[Unit]) -> list[list[int]]:
    return [
        [node for node in _inside(outline, unit, marks.profiles, int) if _is_name(outline.text(node, 100))]
        for unit in units
    ]


def _short_texts(outline: Outline, units: list[Unit], times: list[Time | None]) -> list[list[int]]:
    found = []
    for unit, time in zip(units, times, strict=True):
        owners = []
        for number in range(unit.start, min(unit.stop, unit.start + 60)):
            piece = outline.pieces[number]
            whole = outline.first[piece.owner] == number
            other = piece.owner == (time.node if time else -1) or _RANK.match(piece.text)
            if whole and not other and _is_name(piece.text):
                owners.append(piece.owner)
        found.append(owners)
    return found


def _is_name(text: str) -> bool:
    if not text or len(text) > _NAME_MAX or not any(one.isalnum() for one in text):
        return False
    return not _LABEL.match(text) and not text.endswith((":", "...", "…")) and len(text.split()) <= 5


def _most_common_place(outline: Outline, units: list[Unit], candidates: list[list[int]]) -> list[int | None]:
    """Of each unit the candidate in the place that serves the most units; others fill in where it is empty."""
    kinds: dict[str, dict[int, int]] = defaultdict(dict)
    for number, nodes in enumerate(candidates):
        for node in nodes:
            kinds[outline.place(node)].setdefault(number, node)
    names = {place: {_name_at(outline, node) for node in found.values()} for place, found in kinds.items()}

    def rank(place: str) -> float:
        found = kinds[place]
        first = sum(_depth_into(outline, units[number], node) for number, node in found.items()) / len(found)
        told = any(word in _AUTHOR_WORDS for word in _words_around(outline, next(iter(found.values()))))
        varied = len(names[place]) / len(found)
        same = len(found) >= 3 and len(names[place]) == 1 and not told
        shown = (
            0.2
            if outline.tag(next(iter(found.values()))) in ("a", "b", "strong", "h3", "h4", "h5", "cite", "dt")
            else 0.0
        )
        return 2 * len(found) / len(units) + 0.6 * told + 0.4 * varied + shown - 0.8 * first - 1.5 * same

    result: list[int | None] = [None] * len(units)
    for place in sorted(kinds, key=rank, reverse=True):
        if 2 * len(kinds[place]) < len(units) and any(one is not None for one in result):
            usual = {outline.tag(one) for one in result if one is not None}
            if outline.tag(next(iter(kinds[place].values()))) not in usual:
                continue
        for number, node in kinds[place].items():
            if result[number] is None:
                result[number] = node
    return result


def _words_around(outline: Outline, node: int) -> list[str]:
    above = outline.parent[node]
    own = class_words(outline.nodes[node])
    rel = [str(outline.nodes[node].get("rel") or ""), str(outline.nodes[node].get("itemprop") or "")]
    return own + rel + (class_words(outline.nodes[above]) if above >= 0 else [])


def _author(outline: Outline, node: int, url: str) -> Author:
    element, link = outline.nodes[node], None
    for one in (element, *list(element.iter("a"))[:1], *list(element.iterancestors("a"))[:1]):
        if one.get("href"):
            link = outline.joined(url, str(one.get("href")))
            break
    return Author(_name_at(outline, node), node, link)


def _name_at(outline: Outline, node: int) -> str:
    """A link's text, or the first text of another element."""
    if outline.tag(node) == "a" or outline.last[node] - outline.first[node] == 1:
        return outline.text(node, 100).strip(" :»«|,")
    return outline.pieces[outline.first[node]].text.strip(" :»«|,")


def _said_by(outline: Outline, unit: Unit, time: Time | None) -> Author | None:
    """The name after "by" near the time."""
    if time is None:
        return None
    middle = outline.first[time.node]
    texts = [
        one.text
        for one in outline.pieces[max(unit.start, middle - 3) : min(unit.stop, middle + 3)]
        if len(one.text) < 120
    ]
    match = _BY.search(" ".join(texts))
    return Author(match[1].strip(), time.node, None) if match and _is_name(match[1]) else None


def heads_of(
    outline: Outline, marks: Marks, units: list[Unit], authors: list[Author | None], times: list[Time | None]
) -> list[frozenset[int]]:
    """The elements of each unit that say its author and time, each as often as they are said."""
    heads = []
    for unit, author, time in zip(units, authors, times, strict=True):
        found = {one.node for one in (author, time) if one is not None}
        if time is not None:
            found |= {one.node for one in _inside(outline, unit, marks.times, _node_of) if one.at == time.at}
        if author is not None:
            links = _inside(outline, unit, marks.profiles, int)
            found |= {node for node in links if outline.text(node, 100).strip(" :»«|,") == author.name}
        heads.append(frozenset(found))
    return heads


def _node_of(mark: Time | Id) -> int:
    return mark.node


def numbers_of(outline: Outline, marks: Marks, units: list[Unit], url: str) -> list[Numbered]:
    """Ids, permalinks and positions."""
    ids = _ids(outline, marks, units)
    positions = _positions(outline, units)
    counted = _counted(outline, [name[0] if name else None for name in ids], url)
    result = []
    for unit, name, position in zip(units, ids, positions, strict=True):
        digits = name[0] if name else None
        link = _permalink(outline, unit, digits, url)
        if digits is None and link is not None and (match := _IN_LINK.search(link)):
            digits = match[1] if "#" in link or "p=" in link else None
        if link is None and name is not None and name[1]:
            link = f"{url.partition('#')[0]}#{name[1]}"
        if counted and digits is not None:
            result.append(Numbered(None, link, int(digits)))
            continue
        shown = position if digits is None or str(position) != digits else None  # some boards show the id as "#123"
        result.append(Numbered(digits, link, shown))
    return result


def _counted(outline: Outline, digits: list[str | None], url: str) -> bool:
    """Whether ids only count the posts of their thread, as `c1`, `c2` and on the second page `c21`, `c22`.

    Another thread has the same, so that they name no post. It is told by where the page's first stands, which does
    not change when the thread grows.
    """
    numbers = [int(one) for one in digits if one is not None]
    if len(numbers) < len(digits) or numbers != list(range(numbers[0], numbers[0] + len(numbers))):
        return False
    before, first = numbers[0] - 1, numbers_in(first_page(outline, url))
    here = numbers_in(url)
    if here == first:
        return before == 0
    page = int(here[-1]) if len(here) > len(first) else 0
    if page < 1 or before < 1:
        return False
    size = before / (page - 1) if page > 1 else 0.0
    return before == page or (size.is_integer() and len(numbers) <= size <= _MAX_PAGE)


def _ids(outline: Outline, marks: Marks, units: list[Unit]) -> list[tuple[str, str | None] | None]:
    """Number and anchor of each unit, from the kind of id that most units have, each its own."""
    kinds: dict[str, dict[int, tuple[str, str | None]]] = defaultdict(dict)
    for number, unit in enumerate(units):
        before = 2 if number == 0 or units[number - 1].roots[-1] < unit.roots[0] - 2 else 0
        for one in _inside(outline, unit, marks.ids, _node_of, before=before):
            node = outline.nodes[one.node]
            kinds[one.prefix].setdefault(number, (one.digits, node.get("id") or node.get("name")))

    def rank(prefix: str) -> float:
        own = len({digits for digits, _ in kinds[prefix].values()})
        words = set(re.findall("[a-z]+", prefix))
        return (
            own / len(units)
            + (0.5 if words & _POST_WORDS else 0.0)
            - (0.7 if words & {"user", "uid", "sig", "vote"} else 0)
        )

    for prefix in sorted(kinds, key=rank, reverse=True)[:1]:
        if rank(prefix) >= 0.6:
            return [kinds[prefix].get(number) for number in range(len(units))]
    return [None] * len(units)


def _permalink(outline: Outline, unit: Unit, digits: str | None, url: str) -> str | None:
    shown: str | None = None
    for node in _nodes(outline, unit):
        element = outline.nodes[node]
        href = element.get("href") if element.tag == "a" else None
        if (
            not href
            or len(href) > 500
            or not _at_home(outline, url, href)
            or re.search(r"(?i)quote|reply|report|edit|posting|delete|vote|like|warn", href)
        ):
            continue
        if (
            digits is not None
            and re.search(rf"(?<!\d){digits}(?!\d)", href)
            and not re.search("(?i)user|member|profile", href)
        ):
            return _linked(outline, url, href)
        if shown is None and (_POSITION.match(outline.text(node, 30)) or "bookmark" in (element.get("rel") or "")):
            shown = _linked(outline, url, href)
    return shown


def _at_home(outline: Outline, url: str, href: str) -> bool:
    """Whether a link stays on the page's host: addresses that share a post hold its number too."""
    to = outline.joined(url, href)
    return to is not None and urlsplit(to).netloc.removeprefix("www.") == urlsplit(url).netloc.removeprefix("www.")


def _positions(outline: Outline, units: list[Unit]) -> list[int | None]:
    """Numbers that grow by one from unit to unit, in the same place of each."""
    kinds: dict[str, dict[int, int]] = defaultdict(dict)
    for number, unit in enumerate(units):
        for piece in outline.pieces[unit.start : min(unit.stop, unit.start + 80)]:
            if len(piece.text) < 16 and (match := _POSITION.match(piece.text)):
                digits = re.sub(r"\D", "", match[1])
                if digits and ("#" in piece.text or piece.link >= 0):
                    kinds[outline.place(piece.owner)].setdefault(number, int(digits))
    for found in sorted(kinds.values(), key=len, reverse=True):
        starts = Counter(value - number for number, value in found.items())
        start, agreeing = starts.most_common(1)[0]
        if start >= 0 and agreeing >= 0.7 * len(units) and (len(units) > 1 or start >= 1):
            return [found.get(number) for number in range(len(units))]
    return [None] * len(units)


def _inside(
    outline: Outline, unit: Unit, marks: Sequence[_Mark], node: Callable[[_Mark], int], *, before: int = 0
) -> Sequence[_Mark]:
    """Those of the ordered marks that stand in the unit, or up to `before` elements before it."""
    low, high = unit.roots[0] - before, outline.end[unit.roots[-1]]
    return marks[bisect_left(marks, low, key=node) : bisect_left(marks, high, key=node)]


def _nodes(outline: Outline, unit: Unit) -> range:
    return range(unit.roots[0], outline.end[unit.roots[-1]])


def _linked(outline: Outline, url: str, href: str) -> str | None:
    """An absolute address with its fragment."""
    to, fragment = outline.joined(url, href), href.partition("#")[2]
    return f"{to}#{fragment}" if to and fragment else to
