"""Who wrote each of a page's posts: by what all have in the same place."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass

from pipeline.forums.marks import Marks, Time
from pipeline.forums.outline import Outline, class_words
from pipeline.forums.splitter import Unit, depth_into, inside, node_of

__all__ = ["Author", "authors_of", "heads_of"]

_NAME_MAX = 60
_AUTHOR_WORDS = frozenset(
    "author user username name nick nickname poster member autor creator usuario utente byline mem".split()
)
_LABEL = re.compile(
    r"(?i)^\W*(?:re:.*|reply|quote|zitat|zitieren|antworten|profile?|profil|pm|www|homepage|report|melden|like|"
    r"share|edit|posts?|"
    r"beitr[aä]ge|joined|registered|location|from|offline|online|email|e-mail|permalink|link|top|up|nach oben|"
    r"view profile|private message|(?:re)?posted(?: by| on)?|by|von|on|am|original poster|message|messages|"
    r"author|autor|topic|thread|privacy|contact(?: us)?|terms|imprint|impressum|datenschutz|home|board index|search|"
    r"members|register|log ?in|help|faq|\d+(?:st|nd|rd|th)?|#\d+)\W*$"
)
_RANK = re.compile(r"(?i)^(?:.* )?(?:member|moderator|administrator|admin|newbie|guest|mitglied|gast|user)$")
_BY = re.compile(
    r"(?i)\b(?:by|von|par|por|door|av|af|di|da|przez|от|автор)\b:?\s+([^\s,|»•·][^,|»•·\n]{0,40}?)"
    r"\s*(?:$|[,|»•·(\[]|\s(?:on|am|at|le|el|il|op|den|dnia|в)\s|\s[-–—]\s|\s\d)"
)


@dataclass(frozen=True, slots=True)
class Author:
    """An author's name, where it stands, and the address of the profile."""

    name: str
    node: int
    url: str | None


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
        [node for node in inside(outline, unit, marks.profiles, int) if _is_name(outline.text(node, 100))]
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
        first = sum(depth_into(outline, units[number], node) for number, node in found.items()) / len(found)
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
            found |= {one.node for one in inside(outline, unit, marks.times, node_of) if one.at == time.at}
        if author is not None:
            links = inside(outline, unit, marks.profiles, int)
            found |= {node for node in links if outline.text(node, 100).strip(" :»«|,") == author.name}
        heads.append(frozenset(found))
    return heads
