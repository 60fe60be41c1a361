"""Which elements of a page hold running text: the densest one, and a story that is laid out in several of a kind."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import lru_cache

from lxml import html

__all__ = ["count_words", "densest_container", "join_parts", "weight_of"]

_UNSPACED = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_WORD = re.compile(r"[^\W\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+")
_BODY = re.compile(r"(?i)body|article[\w-]*(?:text|content)|story[\w-]*(?:text|content)|(?:post|entry)-?content")
_HOLDERS = ("div", "section", "article", "main", "td")
_TEXTS = frozenset(("p", "li", "blockquote", "pre"))
_PART = 100
"""Words of running text that make a container a part of a story."""


def count_words(text: str) -> int:
    """Words of a text; of scripts without spaces, two signs are one."""
    words = len(_WORD.findall(text))
    return words if text.isascii() else words + len(_UNSPACED.findall(text)) // 2


def weight_of(text: str) -> int:
    """Like `count_words`, as fast as it can be told: for comparing elements."""
    return len(text.split()) + (0 if text.isascii() else len(_UNSPACED.findall(text)) // 2)


def _own_weight(element: html.HtmlElement) -> int:
    """Words that stand in the element itself or in paragraphs right inside of it; links do not count."""
    weight = weight_of(element.text or "")
    for child in element:
        weight += weight_of(child.tail or "")
        if child.tag in _TEXTS:
            linked = sum(weight_of(link.text_content()) for link in child.iter("a"))
            weight += max(0, weight_of(child.text_content()) - linked)
    return weight


def densest_container(tree: html.HtmlElement) -> tuple[html.HtmlElement, int] | None:
    """The element with most running text of its own, and how many words that is."""
    weighed = [(_own_weight(element), order, element) for order, element in enumerate(tree.iter(*_HOLDERS))]
    if not weighed:
        return None
    weight, _, element = max(weighed, key=lambda one: (one[0], -one[1]))
    return (element, weight) if weight else None


def join_parts(tree: html.HtmlElement) -> None:
    """Move all parts of a story into the first, where a page breaks it into containers of one kind (for adverts).

    Containers are of one kind when tag and class agree, and the class names a body; they must lie in one `article`, or
    on a page without any, and none may have a headline of its own: stories one below the other are not parts of one.
    """
    kinds: dict[tuple[str, str, html.HtmlElement | None], list[html.HtmlElement]] = defaultdict(list)
    articles = tree.find(".//article") is not None
    for element in tree.iter("div", "section"):
        name = element.get("class")
        if name and _names_body(name) and _own_weight(element) >= _PART:
            above = next(element.iterancestors("article"), None)
            if above is not None or not articles:
                kinds[(str(element.tag), name, above)].append(element)
    for parts in kinds.values():
        first, *others = parts
        known = frozenset(parts)
        if others and not any(part.find(".//h1") is not None or _nested(part, known) for part in parts):
            for part in others:
                if part.text and part.text.strip():
                    opening = html.Element("p")
                    opening.text, part.text = part.text, None
                    first.append(opening)
                for child in list(part):
                    first.append(child)


@lru_cache(maxsize=8192)
def _names_body(names: str) -> bool:
    return _BODY.search(names) is not None


def _nested(element: html.HtmlElement, parts: frozenset[html.HtmlElement]) -> bool:
    return any(above in parts for above in element.iterancestors())
