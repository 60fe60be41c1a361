"""The text of an article in paragraphs: trafilatura on a page without furniture, then what still is not the story's."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from functools import cache

from lxml import html
from trafilatura import bare_extraction
from trafilatura.settings import Extractor

from pipeline.extract.blocks import Container, Line, lines_of
from pipeline.extract.containers import densest_container, weight_of
from pipeline.extract.lines import story_lines, trimmed, without_head

__all__ = ["article_paragraphs"]

_MARKER = re.compile(r"^\s*(?:[-*•]\s+|\|\s*)|\s*\|\s*$")
"""How trafilatura marks list items and table rows in plain text."""
_MARKS = ("-", "*", "•", "|")


def article_paragraphs(
    tree: html.HtmlElement,
    container: Container,
    title: str | None,
    titles: Collection[str] = (),
    authors: Sequence[str] = (),
) -> list[str]:
    """Paragraphs of the story on a page whose furniture was taken out; what its head says is not repeated among them.

    Args:
        tree: without furniture.
        container: the main one of the tree.
        title: the headline.
        titles: all forms of the headline on the page, normalised.
        authors: as the document names them.
    """
    paragraphs = _by_trafilatura(tree)
    # Where a page has no paragraphs in its markup, trafilatura may miss most of a story whose place is plain.
    if container.named and _misses_most(paragraphs, container.lines):
        paragraphs = [line.text for line in container.lines]
    # No element holds more words than the page: most often that is answer enough.
    if 2 * _weight(paragraphs) < weight_of(" ".join(tree.itertext())) and (found := densest_container(tree)):
        lines = lines_of(found[0])
        if _misses_most(paragraphs, lines):
            paragraphs = [line.text for line in lines]
    return without_head(story_lines(trimmed(paragraphs, title)), titles, authors)


def _misses_most(paragraphs: list[str], lines: list[Line]) -> bool:
    return 2 * _weight(paragraphs) < _weight([line.text for line in lines])


def _weight(texts: list[str]) -> int:
    return sum(map(weight_of, texts))


@cache
def _options() -> Extractor:
    """Made once: trafilatura else reads its file of settings for every page."""
    return Extractor(output_format="python", fast=True, comments=False, tables=True, with_metadata=False)


def _by_trafilatura(tree: html.HtmlElement) -> list[str]:
    found = bare_extraction(tree, options=_options())
    if found is None or isinstance(found, dict) or not found.text:
        return []
    lines = (" ".join(_unmarked(line)) for line in found.text.split("\n"))
    return [line for line in lines if line]


def _unmarked(line: str) -> list[str]:
    """Words of a line of plain text without the mark of a list item or a table row."""
    words = line.split()
    if words and (words[0].startswith(_MARKS) or words[-1].endswith("|")):
        return _MARKER.sub("", line).split()
    return words
