"""A page's elements and texts as flat arrays in document order, so that any subtree is a range."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import accumulate

from lxml import etree, html

from pipeline.forums.shapes import absolute

__all__ = ["Outline", "Piece", "class_words", "within"]

_SKIP = frozenset("script style template select textarea svg iframe head object audio video datalist button".split())
_STATE = frozenset(
    "odd even first last alt new unread read active current hot locked sticky pinned own op even-post".split()
)
_MAX_NODES = 400_000
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Piece:
    """A text inside one element, with white space collapsed; `owner` and `link` are numbers of elements, or -1."""

    text: str
    owner: int
    link: int
    tail: bool  # after a child of its owner


@dataclass(slots=True)
class Outline:
    """Elements by number in document order.

    A subtree of element `i` is the elements `i` to `end[i]` (exclusive) and the pieces `first[i]` to `last[i]`.
    """

    nodes: list[html.HtmlElement] = field(default_factory=list)
    parent: list[int] = field(default_factory=list)
    end: list[int] = field(default_factory=list)
    first: list[int] = field(default_factory=list)
    last: list[int] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)
    chars: list[int] = field(default_factory=list)  # running sum of characters outside links
    shape: list[str] = field(default_factory=list)  # tag and telling class words
    base: str = ""  # what the page says its links are relative to

    @classmethod
    def of(cls, tree: html.HtmlElement) -> Outline:
        """Read the tree in one pass; of a page with more than 400,000 elements only the first are read."""
        made = cls()
        _walk(tree, made)
        made.chars = [0, *accumulate(0 if one.link >= 0 else len(one.text) for one in made.pieces)]
        made.base = next((str(node.get("href")) for node in tree.iter("base") if node.get("href")), "")
        return made

    def tag(self, node: int) -> str:
        """Tag of an element."""
        return str(self.nodes[node].tag)

    def children(self, node: int) -> Iterator[int]:
        """Child elements."""
        child = node + 1
        while child < self.end[node]:
            yield child
            child = self.end[child]

    def plain_chars(self, start: int, stop: int) -> int:
        """Characters outside links in the pieces `[start, stop)`."""
        return self.chars[stop] - self.chars[start]

    def text(self, node: int, limit: int = 400) -> str:
        """The beginning of a subtree's text."""
        found, length = [], 0
        for one in self.pieces[self.first[node] : self.last[node]]:
            found.append(one.text)
            length += len(one.text) + 1
            if length > limit:
                break
        return " ".join(found)[:limit]

    def place(self, node: int) -> str:
        """The element's shape below those of its parent and its parent's parent, by tags."""
        above = self.parent[node]
        far = self.parent[above] if above >= 0 else -1
        return f"{self.tag(far) if far >= 0 else ''}/{self.tag(above) if above >= 0 else ''}/{self.shape[node]}"

    def joined(self, url: str, href: str) -> str | None:
        """The web address that a link on the page at `url` means; None when it is none."""
        return absolute(absolute(url, self.base) or url if self.base else url, href)

    def holds(self, node: int, inner: int) -> bool:
        """Whether a subtree has the element."""
        return node <= inner < self.end[node]


def class_words(node: html.HtmlElement) -> list[str]:
    """Words of an element's classes and of the letters of its id, in lower case, without duplicates."""
    text = re.sub(r"([a-z])([A-Z])", r"\1 \2", f"{node.get('class') or ''} {node.get('id') or ''}"[:300])
    return list(dict.fromkeys(word.lower() for word in _WORD.findall(text)))


def within(ordered: list[int], start: int, stop: int) -> int:
    """How many of the ordered numbers lie in `[start, stop)`."""
    return bisect_left(ordered, stop) - bisect_left(ordered, start)


def _walk(tree: html.HtmlElement, made: Outline) -> None:
    open_nodes, links, skipped = [-1], [-1], 0
    for event, node in etree.iterwalk(tree, events=("start", "end", "comment", "pi")):
        if event == "start":
            if skipped or node.tag in _SKIP or len(made.nodes) >= _MAX_NODES:
                skipped += 1
                continue
            _enter(made, node, open_nodes[-1])
            open_nodes.append(len(made.nodes) - 1)
            links.append(open_nodes[-1] if node.tag == "a" and node.get("href") else links[-1])
            _say(made, node.text, open_nodes[-1], links[-1], tail=False)
            continue
        if event == "end" and not skipped:
            number = open_nodes.pop()
            links.pop()
            made.end[number], made.last[number] = len(made.nodes), len(made.pieces)
        elif event == "end":
            skipped -= 1
        if not skipped and open_nodes[-1] >= 0:
            _say(made, node.tail, open_nodes[-1], links[-1], tail=True)


def _enter(made: Outline, node: html.HtmlElement, parent: int) -> None:
    made.nodes.append(node)
    made.parent.append(parent)
    made.end.append(0)
    made.first.append(len(made.pieces))
    made.last.append(0)
    made.shape.append(_shape(node))


def _shape(node: html.HtmlElement) -> str:
    names = (node.get("class") or "").split()
    if not names:
        return str(node.tag)
    telling = sorted({name for name in names[:12] if name not in _STATE and not any(one.isdigit() for one in name)})
    return f"{node.tag}.{'.'.join(telling)}" if telling else str(node.tag)


def _say(made: Outline, text: str | None, owner: int, link: int, *, tail: bool) -> None:
    words = (text or "").replace("\u200b", "").split()
    if words:
        made.pieces.append(Piece(" ".join(words), owner, link, tail))
