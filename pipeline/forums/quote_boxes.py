"""Quotes on boards of unknown systems, told by what boxes are named and by the lines above them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from lxml import html

from pipeline.forums.outline import class_words
from pipeline.forums.text import block_text
from pipeline.models import Quote

__all__ = ["is_label", "is_quote", "label_above", "outer_quotes", "read_quotes"]

_MAX_NESTED = 8

_QUOTE_WORDS = frozenset("quote quotation blockquote zitat citat cite citation bbquote quotebox quoted".split())
_QUOTE_LABEL = re.compile(
    r"(?i)^\W*(?:(?:quote|zitat|cit(?:at|e|ation|azione|a|ação)|цитата|alıntı|idézet|lainaus|引用)(?:\s+(?:from|by|"
    r"von|de|di|от))?\s*:?"
    r"\s*(?P<after>[^:\n]{0,60}?)|(?:originally posted by|ursprünglich geschrieben von|posté par|message de|"
    r"publicado por)"
    r"\s*(?P<by>[^\n:]{0,60}?)|(?P<who>[^\n:]{1,60}?)\s+(?:wrote|said|schrieb|a écrit|écrit|escribió|escreveu|"
    r"ha scritto|"
    r"schreef|skrev|napisał(?:\(a\))?|написал(?:\(а\))?|пишет|"
    r"kirjoitti|yazdı|írta|wrote on .{4,40})(?:\s+in\s+[^\n]{1,120})?)\s*:?\W*$"
)


def is_label(line: str) -> bool:
    """Whether a line only says whom a quote is from."""
    return (
        len(line) < 90
        and _QUOTE_LABEL.match(line) is not None
        and (line.rstrip().endswith(":") or len(line) < 12 or " wrote on " in line)
    )


def label_above(element: html.HtmlElement) -> tuple[str, str] | None:
    """The line right above a quote that says whom it is from, and the name in it."""
    line = " ".join((_label_before(element) or "").split())
    match = _QUOTE_LABEL.match(line) if is_label(line) else None
    name = _name_in(match) if match else None
    return (line, name) if name else None


def is_quote(element: html.HtmlElement) -> bool:
    """Whether a box is named as a quote's, or stands below a line that says so."""
    if element.tag == "blockquote":
        return True
    if element.tag == "span":
        return bool(_QUOTE_WORDS & set(str(element.get("class") or "").lower().split()))
    if element.tag not in ("div", "table", "fieldset", "section", "aside", "dl", "dd", "td", "pre", "q"):
        return False
    return any(word in _QUOTE_WORDS for word in class_words(element)) or _after_label(element)


def _after_label(element: html.HtmlElement) -> bool:
    """A table or box after a line such as "Quote:"."""
    if element.tag not in ("table", "div", "fieldset"):
        return False
    own = next((one for text in islice(element.itertext(), 8) if (one := text.strip())), "")
    if len(own) < 80 and own.endswith(":") and _QUOTE_LABEL.match(own):
        return element.tag != "div" or (len(own) > 8 and not element.xpath("boolean(.//table | .//blockquote)"))
    before = element.getprevious()
    if before is None or len(before) > 3:
        return False
    text = _end_of(before)
    return 0 < len(text) < 80 and bool(_QUOTE_LABEL.match(text)) and text.endswith((":", "n"))


def outer_quotes(root: html.HtmlElement, without: set[html.HtmlElement]) -> Iterator[html.HtmlElement]:
    """Outermost quotes below the root."""
    stack = list(reversed(root))
    while stack:
        element = stack.pop()
        if not isinstance(element.tag, str) or element in without:
            continue
        if is_quote(element):
            yield element
        else:
            stack.extend(reversed(element))


def read_quotes(element: html.HtmlElement, without: set[html.HtmlElement]) -> list[Quote]:
    """The quote in a box, and after it those inside it, each with its own words only."""
    quotes: list[Quote] = []
    waiting = [(element, 0)]
    while waiting:
        box, depth = waiting.pop()
        lines, labels, inner = _quoted_lines(box, without)
        quotes.append(_quote(box, lines, labels))
        if depth < _MAX_NESTED:
            waiting.extend((one, depth + 1) for one in reversed(inner))
    return quotes


def _quote(element: html.HtmlElement, lines: list[str], labels: list[str]) -> Quote:
    author = _named(element)
    for label in (*labels, _label_before(element) or ""):
        match = _QUOTE_LABEL.match(label)
        author = author or (_name_in(match) if match else None)
    if author and lines and lines[0].strip(" :↑") == author:
        lines = lines[1:]
    source = re.search(r"(?:#|post|p=|pid=|/)\D{0,6}(\d{2,})\D*$", _source(element))
    return Quote(author, source[1] if source else None, "\n\n".join(lines))


def _quoted_lines(
    element: html.HtmlElement, without: set[html.HtmlElement]
) -> tuple[list[str], list[str], list[html.HtmlElement]]:
    """The quoted lines, the labels above, and quotes inside; boxes that only hold a box are opened."""
    labels: list[str] = []
    kind = element.tag, element.get("class")
    for _ in range(4):
        # A box inside a quote whose class speaks of quotes is mostly a part of it.
        inner = outer_quotes(element, without)
        nested = [one for one in inner if one.tag == "blockquote" or (one.tag, one.get("class")) == kind]
        apart = without | set(nested) | set(element.iter("cite"))
        lines = [line for line in block_text(element, apart).split("\n\n") if line]
        while lines and len(lines[0]) < 120 and _QUOTE_LABEL.match(lines[0].rstrip("↑ ")):
            labels.append(lines.pop(0).rstrip("↑ "))
        opened = len(nested) == 1 and (nested[0].tag == "blockquote") > (element.tag == "blockquote")
        if len(nested) != 1 or sum(map(len, lines)) > (160 if opened else 60):
            break
        element, nested = nested[0], []
    return lines, labels, nested


def _name_in(match: re.Match[str]) -> str | None:
    return next((one.strip(" :@") for one in match.groupdict().values() if one and one.strip(" :@")), None)


def _named(element: html.HtmlElement) -> str | None:
    for name in ("data-author", "data-quote", "data-username", "data-ipsquote-username"):
        if value := (element.get(name) or "").strip():
            return value
    for cite in element.iter("cite"):
        text = " ".join(cite.text_content().split())
        match = _QUOTE_LABEL.match(text)
        return ((_name_in(match) if match else text.strip(" :")) or "")[:80] or None
    return None


def _label_before(element: html.HtmlElement) -> str | None:
    before, parent = element.getprevious(), element.getparent()
    for _ in range(2):
        if before is not None and before.tag == "br" and not (before.tail or "").strip():
            before = before.getprevious()
    if before is not None:
        return _end_of(before)
    return (parent.text or "").strip() if parent is not None else None


def _end_of(before: html.HtmlElement) -> str:
    """What is read last before the element that follows; a comment is not read."""
    words = before.text_content().split() if isinstance(before.tag, str) else []
    return (before.tail or "").strip() or " ".join(words[:14])


def _source(element: html.HtmlElement) -> str:
    links = element.xpath(".//cite//a/@href")
    return str(element.get("cite") or element.get("data-source") or (links[0] if links else ""))[-80:]
