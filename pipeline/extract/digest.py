"""Pages that carry several stories: found by their inner headlines, and split there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import html

from pipeline.extract.body import trimmed
from pipeline.extract.page import class_test
from pipeline.models import normalised_headline

__all__ = ["Section", "split_digest"]

_CONTAINERS = (
    f"//*[{class_test('post-body')}] | //*[{class_test('entry-content')}] | //*[{class_test('td-post-content')}]"
    f" | //*[@itemprop='articleBody'] | //*[{class_test('article-body')}] | //*[{class_test('post-content')}]"
    f" | //*[{class_test('wp-block-post-content')}] | //article | //main"
)
_BLOCKS = frozenset(
    "p div h1 h2 h3 h4 h5 h6 li ul ol blockquote section article table tbody tr td pre main header dl dd dt hr".split()
)
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_MIN_WORDS = 40
_STOP = frozenset(
    "a an the of in on at to for from by with and or as is are was were be been has have had it its his her their this "
    "that after over into not no new says said will would".split()
)
_DATELINE = re.compile(r"^[A-ZÀ-Þ][A-ZÀ-Þ .'’,-]{2,40}(?:, ?[A-Z][a-z]+\.? \d{1,2})?,? ?(?:[(/\[—–:-]|\.\s)")


@dataclass(frozen=True, slots=True)
class Section:
    """One story of a digest."""

    headline: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    heading: bool


def split_digest(tree: html.HtmlElement, title: str | None) -> list[Section]:
    """Stories of a digest page, in order; empty when the page is not a digest.

    Sub-headings of one article and headlines of several stories look alike. A headline is told from a sub-heading by
    what follows: a story's first paragraph opens with a dateline or takes up the words of its own headline.
    """
    containers = tree.xpath(_CONTAINERS)
    if not containers:
        return []
    lines = list(_lines(max(containers, key=_weight)))
    sections = _sections(lines, title)
    if len(sections) < 2 or any(sum(len(p.split()) for p in s.paragraphs) < _MIN_WORDS for s in sections):
        return []
    fitting = sum(1 for section in sections if _is_story(section))
    return sections if fitting >= max(2, round(0.75 * len(sections))) else []


def _weight(element: html.HtmlElement) -> tuple[int, int]:
    """Most text first; of containers with (nearly) the same text, the innermost."""
    depth = sum(1 for _ in element.iterancestors())
    return (len(element.text_content()) // 400, depth)


def _sections(lines: list[_Line], title: str | None) -> list[Section]:
    wanted = normalised_headline(title or "")
    headline, paragraphs = title or "", list[str]()
    found: list[tuple[str, list[str]]] = []
    for line in lines:
        if not (line.heading and _is_headline(line.text)):
            if normalised_headline(line.text) != wanted:
                paragraphs.append(line.text)
            continue
        if paragraphs or (found and normalised_headline(headline) != wanted):
            found.append((headline, paragraphs))
        headline, paragraphs = line.text, []
    found.append((headline, paragraphs))
    return [Section(head, tuple(trimmed(texts, head))) for head, texts in found if head and trimmed(texts, head)]


def _is_headline(text: str) -> bool:
    words = text.split()
    return 4 <= len(words) <= 30 and not text.endswith((".", ":", ";", ",")) and len(text) >= 20


def _is_story(section: Section) -> bool:
    first = next((text for text in section.paragraphs if len(text.split()) >= 8), "")
    if _DATELINE.match(first):
        return True
    headline = {word for word in normalised_headline(section.headline).split() if word not in _STOP and len(word) > 2}
    opening = normalised_headline(" ".join(section.paragraphs[:2]))
    stems = {word[:5] for word in opening.split()}
    return bool(headline) and sum(1 for word in headline if word[:5] in stems) >= 0.5 * len(headline)


def _lines(container: html.HtmlElement) -> Iterator[_Line]:
    """Blocks of text in order, parted at block elements and line breaks."""
    pieces: list[tuple[str, bool]] = []
    for text, bold, breaks in _runs(container, bold=False):
        if breaks:
            yield from _line(pieces)
            pieces = []
        elif text:
            pieces.append((text, bold))
    yield from _line(pieces)


def _line(pieces: list[tuple[str, bool]]) -> Iterator[_Line]:
    text = " ".join("".join(piece for piece, _ in pieces).replace("\xa0", " ").split())
    if text:
        yield _Line(text, all(bold for piece, bold in pieces if piece.strip()))


def _runs(element: html.HtmlElement, *, bold: bool) -> Iterator[tuple[str, bool, bool]]:
    """(text, is bold or a heading, is a break) of an element's content."""
    block = element.tag in _BLOCKS or element.tag == "br"
    if block:
        yield "", False, True
    bold = bold or element.tag in ("b", "strong") or element.tag in _HEADINGS
    yield element.text or "", bold, False
    for child in element:
        if isinstance(child.tag, str) and child.tag not in ("script", "style", "figcaption"):
            yield from _runs(child, bold=bold)
        yield child.tail or "", bold, False
    if block:
        yield "", False, True
