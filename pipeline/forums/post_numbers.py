"""Under which number and address each of a page's posts stands."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import pairwise
from urllib.parse import urlsplit

from pipeline.forums.marks import Marks
from pipeline.forums.outline import Outline
from pipeline.forums.pager import first_page
from pipeline.forums.shapes import numbers_in
from pipeline.forums.splitter import Unit, inside, node_of

__all__ = ["Numbered", "numbers_of"]

_GAPS = 2  # numbers a post, where some posts are gone
_MAX_PAGE = 100  # posts on a page of a thread, at most
_POSITION = re.compile(
    r"^\W{0,3}(?:#|nr\.?|no\.?|post|beitrag|reply|message|antwort)?\s?#?\s?([\d.,]{1,9})\W{0,3}$", re.IGNORECASE
)
_POST_WORDS = frozenset("p post msg message comment c reply pid entry beitrag m elcomment postid messageid".split())
_IN_LINK = re.compile(
    r"(?i)(?:#|[?&;/](?:p|pid|post|postid|post_id|posts|comment|message|msg|m|id)[=/-]?)[a-z_-]*?(\d{1,12})(?=$|"
    r"[/?&#;.])"
)


@dataclass(frozen=True, slots=True)
class Numbered:
    """A post's id, its address, and its place in the thread."""

    post_id: str | None
    permalink: str | None
    position: int | None


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
    rising = all(one < other for one, other in pairwise(numbers))
    # Posts that were deleted leave gaps.
    if len(numbers) < len(digits) or not rising or numbers[-1] - numbers[0] >= _GAPS * len(numbers):
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
        for one in inside(outline, unit, marks.ids, node_of, before=before):
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
    for node in range(unit.roots[0], outline.end[unit.roots[-1]]):
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


def _linked(outline: Outline, url: str, href: str) -> str | None:
    """An absolute address with its fragment."""
    to, fragment = outline.joined(url, href), href.partition("#")[2]
    return f"{to}#{fragment}" if to and fragment else to
