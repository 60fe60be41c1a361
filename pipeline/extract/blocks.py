"""The running text of a page's main container as lines, where markup has no paragraphs to speak of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lxml import html

from pipeline.extract.page import class_test

__all__ = ["Line", "container_lines", "lines_of"]

_CONTAINERS = ("post-body", "entry-content", "td-post-content", "article-body", "post-content", "wp-block-post-content")
_NAMED = "//*[@itemprop='articleBody' or @class and (" + " or ".join(map(class_test, _CONTAINERS)) + ")]"
_BLOCKS = frozenset(
    "p div h1 h2 h3 h4 h5 h6 li ul ol blockquote section article table tbody tr td pre main header dl dd dt figure"
    " hr".split()
)
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))


@dataclass(frozen=True, slots=True)
class Line:
    """A block of text; `heading` when all of it is bold or a heading, `first` when it is the page's h1."""

    text: str
    heading: bool
    first: bool = False


def container_lines(tree: html.HtmlElement, *, named: bool) -> list[Line]:
    """Lines of the container that holds most of the text; empty without one.

    Args:
        tree: a page without furniture.
        named: only containers that a known class or `articleBody` names, else `article` and `main` too.
    """
    containers = tree.xpath(_NAMED) or ([] if named else tree.xpath("//article | //main"))
    return lines_of(max(containers, key=_weight)) if containers else []


def _weight(element: html.HtmlElement) -> tuple[int, int]:
    """Most text first; of containers with (nearly) the same text, the innermost."""
    depth = sum(1 for _ in element.iterancestors())
    return (len(element.text_content()) // 400, depth)


def lines_of(container: html.HtmlElement) -> list[Line]:
    """Blocks of text of an element in order, parted at block elements and line breaks."""
    return list(_lines(container))


def _lines(container: html.HtmlElement) -> Iterator[Line]:
    pieces: list[_Piece] = []
    for piece in _pieces(container, bold=False, linked=False):
        if piece.breaks:
            yield from _line(pieces)
            pieces = []
        elif piece.text:
            pieces.append(piece)
    yield from _line(pieces)


def _line(pieces: list[_Piece]) -> Iterator[Line]:
    text = " ".join("".join(piece.text for piece in pieces).replace("\xa0", " ").split())
    if text:
        words = [piece for piece in pieces if piece.text.strip()]
        # A line that is nothing but a link leads away: it is no headline of this page.
        heading = all(piece.bold for piece in words) and not all(piece.linked for piece in words)
        yield Line(text, heading, all(piece.first for piece in words))


@dataclass(frozen=True, slots=True)
class _Piece:
    text: str
    bold: bool = False
    linked: bool = False
    first: bool = False
    breaks: bool = False


def _pieces(element: html.HtmlElement, *, bold: bool, linked: bool, first: bool = False) -> Iterator[_Piece]:
    block = element.tag in _BLOCKS or element.tag == "br"
    if block:
        yield _Piece("", breaks=True)
    inner_bold = bold or element.tag in ("b", "strong") or element.tag in _HEADINGS
    inner_linked = linked or element.tag == "a"
    first = first or element.tag == "h1"
    yield _Piece(element.text or "", inner_bold, inner_linked, first)
    for child in element:
        if child.tag not in ("script", "style", "figcaption"):
            yield from _pieces(child, bold=inner_bold, linked=inner_linked, first=first)
        yield _Piece(child.tail or "", inner_bold, inner_linked, first)
    if block:
        yield _Piece("", breaks=True)
