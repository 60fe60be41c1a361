"""Text of a post's markup: blocks and line breaks become lines, paragraphs are kept apart by an empty line."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from itertools import count

from lxml import html

__all__ = ["block_text"]

_BLOCKS = frozenset(
    "address article aside blockquote dd div dl dt figure footer form h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre "
    "section table tbody td tfoot th thead tr ul".split()
)
_SKIP = frozenset(("script", "style", "noscript", "template", "button", "svg", "iframe"))
_BREAK = "\x00"  # cannot stand in a page's text
_ITEM = "\x01"  # likewise; before an item's number
_EMPTY_ITEM = re.compile(r"\x01\d+\. (?=[\s\x00]*(?:\x01|\Z))")
_NUMBER = re.compile(r"\x01(\d+\. )[\s\x00]*")
_INVISIBLE = re.compile("[\u200b\u200e\u200f\u2060\ufeff]")


def block_text(element: html.HtmlElement, without: Collection[html.HtmlElement] = ()) -> str:
    """Text in paragraphs joined by an empty line; single line breaks inside a paragraph also part paragraphs.

    Items of ordered lists begin with their numbers, which browsers show and no text holds.

    Args:
        element: what is read.
        without: elements below that are left out with all they hold; each ends a line.
    """
    text = _INVISIBLE.sub("", "".join(_pieces(element, without)))
    lines = _NUMBER.sub(r"\1", _EMPTY_ITEM.sub("", text)).split(_BREAK)
    return "\n\n".join(line for raw in lines if (line := " ".join(raw.split())))


def _pieces(element: html.HtmlElement, without: Collection[html.HtmlElement]) -> Iterator[str]:
    stack: list[tuple[html.HtmlElement, bool]] = [(element, False)]
    numbers: dict[html.HtmlElement, int] = {}
    while stack:
        node, done = stack.pop()
        tag = node.tag
        if not done and isinstance(tag, str) and tag not in _SKIP:
            if node is not element and node in without:
                yield _BREAK if tag in _BLOCKS else " "
            else:
                if tag in _BLOCKS or tag == "br":
                    yield _BREAK
                if tag == "ol":
                    numbers.update(zip(node.iterchildren("li"), _numbers(node), strict=False))
                elif node in numbers:
                    yield f"{_ITEM}{numbers.pop(node)}. "
                yield node.text or ""
                if len(node):  # most have none, and need no second visit
                    stack.append((node, True))
                    stack.extend((child, False) for child in reversed(node))
                    continue
        if tag in _BLOCKS or (tag == "cite" and _is_headline(node)):
            yield _BREAK
        if node is not element:
            yield node.tail or ""


def _is_headline(node: html.HtmlElement) -> bool:
    """Whether a `cite` says at the start of a quote whom it is from; it stands on a line of its own."""
    above = node.getparent()
    return above is not None and node.getprevious() is None and not (above.text or "").strip()


def _numbers(ordered: html.HtmlElement) -> Iterator[int]:
    start = str(ordered.get("start") or "1")
    lettered = str(ordered.get("type") or "1") != "1"
    return iter(()) if lettered else count(int(start) if start.isascii() and start.isdigit() and len(start) < 6 else 1)
