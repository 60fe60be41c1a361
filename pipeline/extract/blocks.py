"""The running text of a page's main container as lines, where markup has no paragraphs to speak of."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from lxml import etree, html

__all__ = ["Container", "Line", "find_container", "lines_of"]

_NAMES = frozenset("post-body entry-content td-post-content article-body post-content wp-block-post-content".split())
_BREAKS = frozenset(
    "p div h1 h2 h3 h4 h5 h6 li ul ol blockquote section article table tbody tr td pre main header dl dd dt figure"
    " hr br".split()
)
_BOLD = frozenset("b strong h1 h2 h3 h4 h5 h6".split())
_Piece = tuple[str, bool, bool, bool]
"""Text with what is around it: bold, linked, within the page's h1."""


@dataclass(frozen=True, slots=True)
class Line:
    """A block of text; `heading` when all of it is bold or a heading, `first` when it is the page's h1."""

    text: str
    heading: bool
    first: bool = False


@dataclass(frozen=True, slots=True)
class Container:
    """The lines of the element that holds most of the text; `named` when a known class or `articleBody` names it."""

    lines: list[Line]
    named: bool


def find_container(tree: html.HtmlElement) -> Container:
    """The main container of a page without furniture: a named one, else an `article` or `main`; maybe without lines."""
    named = [element for element in tree.iter("*") if _is_named(element)]
    containers = named or list(tree.iter("article", "main"))
    return Container(lines_of(max(containers, key=_weight)) if containers else [], bool(named))


def _is_named(element: html.HtmlElement) -> bool:
    name = element.get("class")
    return (name is not None and _is_known(name)) or element.get("itemprop") == "articleBody"


@lru_cache(maxsize=8192)
def _is_known(names: str) -> bool:
    return not _NAMES.isdisjoint(names.split())


def _weight(element: html.HtmlElement) -> tuple[int, int]:
    """Most text first; of containers with (nearly) the same text, the innermost."""
    depth = sum(1 for _ in element.iterancestors())
    return (len(element.text_content()) // 400, depth)


def lines_of(container: html.HtmlElement) -> list[Line]:
    """Blocks of text of an element in order, parted at block elements and line breaks."""
    lines: list[Line] = []
    pieces: list[_Piece] = []
    marks = [(False, False, False)]  # bold, linked, first: of the elements around, the container's own last
    for event, element in etree.iterwalk(container, events=("start", "end")):
        if element.tag in _BREAKS:
            _close(pieces, lines)
        if event == "start":
            bold, linked, first = marks[-1]
            tag = element.tag
            marks.append((bold or tag in _BOLD, linked or tag == "a", first or tag == "h1"))
            text = None if tag == "script" else element.text
        else:
            marks.pop()
            text = element.tail if element is not container else None
        if text:
            pieces.append((text, *marks[-1]))
    _close(pieces, lines)
    return lines


def _close(pieces: list[_Piece], lines: list[Line]) -> None:
    """Make a line of the pieces, if they have any text, and begin another."""
    if not pieces:
        return
    text = " ".join("".join(piece[0] for piece in pieces).replace("\xa0", " ").split())
    if text:
        words = [marks for text, *marks in pieces if text.strip()]
        # A line that is nothing but a link leads away: it is no headline of this page.
        heading = all(bold for bold, _, _ in words) and not all(linked for _, linked, _ in words)
        lines.append(Line(text, heading, all(first for _, _, first in words)))
    pieces.clear()
