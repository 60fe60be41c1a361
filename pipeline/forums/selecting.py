"""Finding elements by CSS selectors, each compiled once, and what they show."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from cssselect import HTMLTranslator
from lxml import etree, html

__all__ = ["any_of", "at_the_top", "attribute", "each_of", "every", "exists", "first", "text_of"]

_TEXT_LIMIT = 2000
_TOP = {"html": "/", "body": "/html/", "meta": "/html/*/"}
_XPATH = ("./", "//", "(")


@cache
def _compiled(selector: str, prefix: str) -> etree.XPath:
    if selector.startswith(_XPATH):
        return etree.XPath(selector)
    return etree.XPath(HTMLTranslator().css_to_xpath(selector, prefix=prefix))


def every(element: html.HtmlElement, *selectors: str) -> list[html.HtmlElement]:
    """All elements below that the first selector with a match finds, in the page's order.

    A selector is CSS, or XPath when it begins with `./`, `//` or `(`.
    """
    for selector in selectors:
        if found := _compiled(selector, ".//")(element):
            return list(found)
    return []


@cache
def _together(selectors: tuple[str, ...]) -> etree.XPath:
    paths = [one if one.startswith(_XPATH) else HTMLTranslator().css_to_xpath(one, prefix=".//") for one in selectors]
    return etree.XPath(" | ".join(paths))


def any_of(element: html.HtmlElement, selectors: tuple[str, ...]) -> list[html.HtmlElement]:
    """All elements below that any of the selectors finds, in the page's order."""
    return list(_together(selectors)(element)) if selectors else []


def each_of(element: html.HtmlElement, selectors: tuple[str, ...]) -> list[html.HtmlElement]:
    """Like `any_of` by selector, for whole pages: libxml2 joins two long results in quadratic time."""
    return list(dict.fromkeys(one for selector in selectors for one in _compiled(selector, ".//")(element)))


def first(element: html.HtmlElement, *selectors: str) -> html.HtmlElement | None:
    """The first element of `every`."""
    return next(iter(every(element, *selectors)), None)


def exists(tree: html.HtmlElement, selectors: tuple[str, ...]) -> bool:
    """Whether the page that an element belongs to has a match of any selector."""
    return any(_compiled(selector, "//")(tree) for selector in selectors)


def at_the_top(tree: html.HtmlElement, selectors: tuple[str, ...]) -> bool:
    """Whether the page's root, its body, or a meta element of either matches any selector."""
    return any(_compiled(selector, _TOP[selector.partition("[")[0][:4]])(tree) for selector in selectors)


def text_of(element: html.HtmlElement | None) -> str | None:
    """An element's text in one line, at most 2,000 characters; None when there is none."""
    if element is None:
        return None
    return " ".join("".join(_strings(element)).split()) or None


def _strings(element: html.HtmlElement) -> Iterator[str]:
    left = _TEXT_LIMIT
    for text in element.itertext():
        yield str(text)[:left]
        left -= len(text)
        if left <= 0:
            return


def attribute(element: html.HtmlElement, name: str, *selectors: str) -> str | None:
    """The first non-empty value of an attribute among the elements that the selectors find, in their order."""
    for selector in selectors:
        for found in every(element, selector):
            if value := str(found.get(name) or "").strip():
                return value
    return None
