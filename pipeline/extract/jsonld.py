"""JSON-LD of a page: all its nodes, references between them followed, and the article that the page is about."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from html import unescape
from typing import Any

from lxml import html

__all__ = ["Node", "article_of", "nodes_of", "texts_of"]

Node = dict[str, Any]
"""A JSON object as it stands on the page; whoever reads a value must look at its type."""

_ARTICLE_TYPES = re.compile(r"(?i)(article|posting|report|review|storyboard)$")
_MAX_NODES, _MAX_DEPTH, _MAX_CHARS = 400, 8, 2_000_000
_WRAPPING = re.compile(r"^\s*(?:<!--|(?://|/\*)?\s*<!\[CDATA\[(?:\s*\*/)?)|(?:-->|(?://|/\*)?\s*\]\]>(?:\s*\*/)?)\s*$")
_SPARE_COMMA = re.compile(r",(?=\s*[}\]])")
_BAD_ESCAPE = re.compile(r'\\(?!["\\/bfnrtu])')
_TAG = re.compile(r"<[^<>]{0,500}>")


def nodes_of(tree: html.HtmlElement) -> list[Node]:
    """All JSON objects of the page's JSON-LD in order, those inside of others too; at most 400."""
    found: list[Node] = []
    for script in tree.iter("script"):
        if "ld+json" in (script.get("type") or "").lower() and script.text and len(script.text) < _MAX_CHARS:
            for data in _loaded(script.text):
                _gather(data, found, 0)
    return found


def _loaded(text: str) -> Iterator[Any]:
    """The JSON of a script; what templates often break is mended first."""
    text = _WRAPPING.sub("", text).strip().rstrip(";")
    for repaired in (lambda one: one, _mended):
        try:
            yield json.loads(repaired(text), strict=False)
        except (ValueError, RecursionError):
            continue
        return


def _mended(text: str) -> str:
    return _BAD_ESCAPE.sub(r"\\\\", _SPARE_COMMA.sub("", text))


def _gather(data: Any, found: list[Node], depth: int) -> None:
    if depth > _MAX_DEPTH or len(found) >= _MAX_NODES:
        return
    if isinstance(data, dict):
        found.append(data)
        for value in data.values():
            if isinstance(value, dict | list):
                _gather(value, found, depth + 1)
    elif isinstance(data, list):
        for value in data:
            _gather(value, found, depth + 1)


def article_of(nodes: list[Node], *, is_here: Callable[[str], bool], is_headline: Callable[[str], bool]) -> Node:
    """The article that the page is about, not one that it links to; an empty node without one.

    Args:
        nodes: all of the page's.
        is_here: whether an address is the page's own.
        is_headline: whether a text is a headline that the page shows or declares elsewhere.
    """
    articles = [node for node in nodes if any(_ARTICLE_TYPES.search(kind) for kind in _kinds(node))]

    def fitness(node: Node) -> int:
        here = any(is_here(address) for key in ("url", "mainEntityOfPage", "@id") for address in _addresses(node, key))
        titled = any(is_headline(text) for text in texts_of(node, "headline") or texts_of(node, "name"))
        dated = "datePublished" in node or "author" in node
        return 4 * here + 2 * titled + dated

    ranked = sorted((-fitness(node), order) for order, node in enumerate(articles))
    return articles[ranked[0][1]] if ranked else {}


def _kinds(node: Node) -> list[str]:
    kinds = node.get("@type")
    return [str(kind) for kind in (kinds if isinstance(kinds, list) else [kinds])]


def _addresses(node: Node, key: str) -> list[str]:
    value = node.get(key)
    if isinstance(value, dict):
        return [str(value[name]) for name in ("@id", "url") if isinstance(value.get(name), str)]
    return [value] if isinstance(value, str) else []


def texts_of(node: Node, key: str, nodes: list[Node] | None = None) -> list[str]:
    """Values of a property as plain texts: of strings, of objects their names; `nodes` resolve an `@id`."""
    value = node.get(key)
    texts = []
    for one in value if isinstance(value, list) else [value]:
        item = one[0] if isinstance(one, list) and one else one
        text = _name(item, nodes or []) if isinstance(item, dict) else item
        if isinstance(text, str) and (plain := _plain(text)):
            texts.append(plain)
    return texts


def _name(item: Node, nodes: list[Node]) -> Any:
    same = [node for node in nodes if "@id" in item and node.get("@id") == item["@id"]]
    for node in (item, *same):
        name = node.get("name")
        if isinstance(name, list) and name:
            name = name[0]
        if name:
            return name
        if parts := [node[part] for part in ("givenName", "familyName") if isinstance(node.get(part), str)]:
            return " ".join(parts)
    return item.get("@value")


def _plain(text: str) -> str:
    """Text as a reader sees it: some pages put markup, or text escaped once too often, into their JSON."""
    return " ".join(unescape(_TAG.sub(" ", text) if "<" in text else text).replace("\xa0", " ").split())
