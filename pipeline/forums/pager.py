"""The links that lead through the pages of a thread or an index."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from pipeline.forums.outline import Outline, class_words
from pipeline.forums.shapes import absolute, without_page

__all__ = ["first_page", "is_turning", "next_page"]

_NEXT = re.compile(
    r"(?i)^\W*(?:next(?: page)?|weiter|nächste(?: seite)?|vor|suivante?s?(?: page)?|page suivante|siguientes?|"
    r"página siguiente|"
    r"próxim[ao](?: página)?|seguinte|successiv[ao]|avanti|pagina successiva|prossima|volgende(?: pagina)?|"
    r"nästa(?: sida)?|"
    r"næste|neste|seuraava|następna(?: strona)?|następny|dalej|další|ďalší|далее|вперёд|вперед|"
    r"следующая(?: страница)?|след\.?|"
    r"наступна|sonraki(?: sayfa)?|ileri|következő|înainte|următoarea|επόμενη|下一[页頁]|下页|次へ|次のページ|次|다음|"
    r"older(?: posts| topics| threads)?|ältere(?: beiträge)?|more(?: topics| threads)?)\W*$"
)
_ARROW = re.compile(r"^[\s›>→▶►⟩❯]*[›>→▶►⟩❯][\s›>→▶►⟩❯]*$|^»$")
_OTHER_THREAD = re.compile(
    r"(?i)next(?:newest|oldest)|(?:next|nächstes|suivant)[_ -]?(?:topic|thread|thema|sujet|unread)|goto=next|"
    r"view=next"
)
_BACK = re.compile(
    r"(?i)^\W*(?:prev(?:ious)?|back|zurück|précédente?|anterior|precedente|vorige|назад|first|last)\W*$|^[«‹<←]+$"
)
_PAGE_TAIL = re.compile(r"(?i)[/_.,;&?-]{0,2}[a-z]{0,8}[/=_-]?\d{0,6}/?")
_NUMBER = re.compile(r"^[\s\[(]*(\d{1,5})[\s\])]*$")
_SHOWN_NUMBER = re.compile(r"(?:^|[\s\[(])(\d{1,5})(?=$|[\s\])])")
_ICONS = frozenset(("chevron", "angle", "arrow", "caret"))
_NEXT_WORDS = frozenset(("next", "pagenext", "nextpage", "weiter", "suivant", "siguiente"))


@dataclass(frozen=True, slots=True)
class _Link:
    node: int
    url: str
    text: str


def next_page(outline: Outline, url: str) -> str | None:
    """The page after this one, or None on the last."""
    links = _links(outline, url)
    here = without_page(absolute(url, "") or url)
    ways = [one for one in links if one.url != (absolute(url, "") or url) and _same_list(one.url, here)]
    for one in ways:
        if "next" in (outline.nodes[one.node].get("rel") or "").lower().split() and outline.tag(one.node) == "a":
            return one.url
    for node in outline.nodes[0].iter("link") if outline.nodes else ():
        if "next" in (node.get("rel") or "").lower().split() and node.get("href"):
            return outline.joined(url, str(node.get("href")))
    numbered = _after_current(outline, url, ways)
    if numbered is not None:
        return numbered
    said = [
        one
        for one in ways
        if _says_next(outline, one) or (_shows_next(outline, one) and without_page(one.url) == here != one.url)
    ]
    return said[0].url if said else None


def is_turning(text: str) -> bool:
    """Whether a link's text only turns the page."""
    return bool(_NEXT.match(text) or _ARROW.match(text) or _NUMBER.match(text) or _BACK.match(text))


def _links(outline: Outline, url: str) -> list[_Link]:
    """Links that may turn the page."""
    found = []
    for number, node in enumerate(outline.nodes):
        href = node.get("href") if node.tag == "a" else None
        if not href or href.startswith("#") or _OTHER_THREAD.search(f"{href} {node.get('title') or ''}"):
            continue
        link = _Link(number, href, outline.text(number, 60))
        rel = (node.get("rel") or "").lower().split()
        shown = _says_next(outline, link) or _shows_next(outline, link)
        if not ("next" in rel or _NUMBER.match(link.text) or shown):
            continue
        if (to := outline.joined(url, href)) is not None:
            found.append(replace(link, url=to))
    return found


def _same_list(url: str, here: str) -> bool:
    """Whether two addresses can be pages of one list."""
    return _near(without_page(url), here)


def _says_next(outline: Outline, link: _Link) -> bool:
    node = outline.nodes[link.node]
    images = [str(image.get("alt") or "") for image in list(node.iter("img"))[:2]]
    said = [link.text, node.get("title") or "", node.get("aria-label") or "", *images]
    if any(_NEXT.match(text) for text in said if text) or _ARROW.match(link.text):
        return True
    words = class_words(node)
    above = outline.parent[link.node]
    words += class_words(outline.nodes[above]) if above >= 0 else []
    return bool(_NEXT_WORDS & set(words)) and not re.search(r"(?i)prev|last|disabled|topic|thread", " ".join(words))


def _shows_next(outline: Outline, link: _Link) -> bool:
    """Whether a link is nothing but the icon of one step to the right."""
    if link.text or outline.end[link.node] - link.node != 2:
        return False
    words = set(class_words(outline.nodes[link.node + 1]))
    return "right" in words and bool(_ICONS & words) and "double" not in words


def _after_current(outline: Outline, url: str, ways: list[_Link]) -> str | None:
    """Among links that are numbers, the one after the number that is no link, in the same row of numbers."""
    numbered = [(int(match[1]), one) for one in ways if (match := _NUMBER.match(one.text))]
    linked = {one.node for _, one in numbered}
    current = {number for number, one in numbered if one.url == url}
    plain: dict[int, set[int]] = {}
    for number, one in numbered:
        row = _row(outline, one.node)
        if row not in plain:
            plain[row] = set(_plain_numbers(outline, row, linked))
        if number > 1 and (number - 1 in plain[row] or number - 1 in current):
            return one.url
    return None


def _plain_numbers(outline: Outline, row: int, linked: set[int]) -> Iterator[int]:
    """Numbers in an element that are none of these links."""
    for piece in outline.pieces[outline.first[row] : outline.last[row]]:
        if piece.link not in linked and len(piece.text) < 24 and (match := _SHOWN_NUMBER.search(piece.text)):
            yield int(match[1])


def _row(outline: Outline, node: int) -> int:
    """The element that holds a row of page numbers: the nearest with several texts."""
    while outline.parent[node] >= 0 and outline.last[node] - outline.first[node] < 2:
        node = outline.parent[node]
    return node


def first_page(outline: Outline, url: str) -> str:
    """The address of the first page of the thread that a page is of."""
    here = absolute(url, "") or url
    links = _links(outline, url)
    keys = _page_keys(here, links)
    plain = without_page(here, keys)
    if plain != here:
        return plain
    # A page's number without a name, as in `/topic/12/3` or `topic=12.30`, is known by the link to page 1.
    numbered = {int(match[1]): one.url for one in links if (match := _NUMBER.match(one.text)) and _near(one.url, here)}
    first = numbered.get(1)
    if first is not None and first != here:
        return without_page(first, keys)
    return here


def _near(one: str, other: str) -> bool:
    """Whether addresses differ in one number at most, be it that only one of them has it."""
    first, second = re.split(r"\d+", one), re.split(r"\d+", other)
    if first == second:
        pairs = zip(re.findall(r"\d+", one), re.findall(r"\d+", other), strict=True)
        return len([1 for here, there in pairs if here != there]) <= 1
    short, long = sorted((one.rstrip("/"), other.rstrip("/")), key=len)
    stem, dot, suffix = short.rpartition(".")
    if "/" in suffix:
        stem, suffix = short, ""
    return any(
        long.startswith(start)
        and long.endswith(end)
        and bool(_PAGE_TAIL.fullmatch(long[len(start) : len(long) - len(end)]))
        for start, end in ((short, ""), (stem, dot + suffix))
        if len(start) + len(end) <= len(long)
    )


def _page_keys(here: str, links: list[_Link]) -> frozenset[str]:
    """Names of parameters in which links that are page numbers differ from this page's address."""
    keys = set()
    place, _, query = here.partition("?")
    own, counted = _parameters(query), any(map(str.isdigit, place))
    for one in links:
        other, _, query = one.url.partition("?")
        if other != place or not _NUMBER.match(one.text):
            continue
        theirs = _parameters(query)
        apart = {key for key in own.keys() | theirs.keys() if own.get(key) != theirs.get(key)}
        for key, value in theirs.items():
            named = len(theirs) > 1 or (value == one.text and counted)
            if value.isdigit() and named and apart <= {key}:
                keys.add(key.lower())
    return frozenset(keys)


def _parameters(query: str) -> dict[str, str]:
    return dict(part.partition("=")[::2] for part in re.split("[&;]", query))
