"""A page as extraction sees it, decoded once, parsed once; and what comes out of it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime

from lxml import etree, html

from pipeline.errors import ExtractError
from pipeline.models import Document

__all__ = ["Extraction", "Page", "SourceFacts", "class_test", "parse"]

_CLASSES = etree.ElementDefaultClassLookup(
    element=html.HtmlElement,
    comment=html.HtmlComment,
    pi=html.HtmlProcessingInstruction,
    entity=html.HtmlEntity,
)
"""lxml.html asks a Python function for the class of every element, forms apart; all of ours are of one class."""

_CONTROLS = bytes(code for code in range(32) if code not in b"\t\n\r\f")
_REFERENCES = re.compile(
    rb"&#(?:0*(?:[0-8]|1[124-9]|2\d|3[01]|6553[45])(?!\d)|[xX]0*(?:[0-8bBcCeEfF]|1[\da-fA-F]|[fF]{3}[eEfF])(?![\da-fA-F]));?"
)
"""To characters that no XML can hold: libraries refuse to write a tree that has them."""


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """What a declaration tells extraction about a page's source; `boilerplate` are keys of lines its host repeats."""

    source: str = ""
    name: str = ""
    language: str | None = None
    agency: str | None = None
    known_agencies: tuple[str, ...] = ()
    min_words: int = 25
    obey_tdm: bool = True
    timezone: str = "UTC"
    pseudonym_salt: str | None = None
    forum: bool = False
    boilerplate: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Page:
    """One fetched page; `headers` have lower-cased names, `listed_at` is the listing's date, `tdm` the site's word."""

    url: str
    body: bytes
    fetched_at: datetime
    headers: dict[str, str] = field(default_factory=dict)
    listed_at: datetime | None = None
    tdm: bool | None = None


@dataclass(frozen=True, slots=True)
class Extraction:
    """Documents of a page. `reason` says what kind of page it was: `article`, `digest` or `thread`.

    `removed` are keys of lines that were taken out because the host repeats them.
    """

    reason: str
    documents: tuple[Document, ...]
    removed: tuple[str, ...] = ()


def class_test(name: str) -> str:
    """XPath condition that an element has a class of this name."""
    # The first part is for speed: few elements have the letters at all.
    return f"(contains(@class, '{name}') and contains(concat(' ', normalize-space(@class), ' '), ' {name} '))"


def _parser(encoding: str) -> html.HTMLParser:
    # Comments part a paragraph's text into pieces, of which trafilatura keeps the first.
    parser = html.HTMLParser(encoding=encoding, remove_comments=True, remove_pis=True)
    parser.set_element_class_lookup(_CLASSES)
    return parser


def parse(page: Page) -> html.HtmlElement:
    """The page's tree; for an answer that a board gives to programs, that of the page it stands for.

    Raises:
        ExtractError: `not_html`, `empty` or `too_deep`.
    """
    # The process that hands out pages reads none.
    from pipeline.extract.encoding import decoded
    from pipeline.forums.registry import page_of_api

    head = page.body[:1024].lstrip().lower()
    mime = page.headers.get("content-type", "").lower()
    if not page.body.strip():
        raise ExtractError("empty", "no bytes")
    if "json" in mime and (told := page_of_api(page.body, page.url)) is not None:
        return told
    wide = page.body[:2] in (b"\xff\xfe", b"\xfe\xff") or "utf-16" in mime
    if (b"\x00" in page.body[:4096] and not wide) or (
        "html" not in mime and mime and b"<html" not in head and b"<!doctype html" not in head
    ):
        raise ExtractError("not_html", mime or "binary bytes")
    text = _clean(decoded(page.body, page.headers.get("content-type")).lstrip("\ufeff\x00 \n\r\t"))
    try:
        # Bytes, since a text with an XML encoding declaration is refused as str.
        tree = html.document_fromstring(text, parser=_parser("utf-8"))
    except (etree.ParserError, ValueError) as error:
        raise ExtractError("not_html", str(error)) from None
    if tree.find(".//body") is None or not any(True for _ in tree.iter("p", "div", "article", "table", "li", "h1")):
        raise ExtractError("not_html", "no markup inside")
    return tree


def _clean(text: str) -> bytes:
    """The text in UTF-8, without what no XML can hold."""
    if "\ufffe" in text or "\uffff" in text:
        text = text.replace("\ufffe", "").replace("\uffff", "")
    data = text.encode("utf-8", "replace").replace(b"\f", b" ").translate(None, _CONTROLS)
    return _REFERENCES.sub(b"", data)
