"""Text of a post's markup: blocks and line breaks become lines, paragraphs are kept apart by an empty line."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator

from lxml import html

__all__ = ["block_text"]

_BLOCKS = frozenset(
    "address article aside blockquote dd div dl dt figure footer form h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre "
    "section table tbody td tfoot th thead tr ul".split()
)
_SKIP = frozenset(("script", "style", "noscript", "template", "button", "svg", "iframe"))


def block_text(element: html.HtmlElement, without: Container[html.HtmlElement] = ()) -> str:
    """Text in paragraphs joined by an empty line; single line breaks inside a paragraph also part paragraphs.

    Elements `without` are left out with all that is in them.
    """
    lines = "".join(_pieces(element, without)).replace("\xa0", " ").replace("\u200b", "").split("\n")
    return "\n\n".join(line for raw in lines if (line := re.sub(r"\s+", " ", raw).strip()))


def _pieces(element: html.HtmlElement, without: Container[html.HtmlElement]) -> Iterator[str]:
    stack: list[tuple[html.HtmlElement, bool]] = [(element, False)]
    while stack:
        node, done = stack.pop()
        if done:
            if node.tag in _BLOCKS:
                yield "\n"
            if node is not element:
                yield _inline(node.tail)
            continue
        stack.append((node, True))
        if not isinstance(node.tag, str) or node.tag in _SKIP or node in without:
            continue
        if node.tag in _BLOCKS or node.tag == "br":
            yield "\n"
        yield _inline(node.text)
        stack.extend((child, False) for child in reversed(node))


def _inline(text: str | None) -> str:
    return re.sub(r"[ \t\r\n]+", " ", text or "")
