"""A body's own words and what it quotes."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from lxml import html

from pipeline.forums.outline import Outline
from pipeline.forums.post_body import Body
from pipeline.forums.quote_boxes import is_label, is_quote, outer_quotes, read_quotes
from pipeline.forums.text import block_text
from pipeline.models import Quote

__all__ = ["BodyText", "read_body"]

_EDITED = re.compile(
    r"(?i)^\W{0,4}(?:this (?:post|message) (?:was|has been) )?(?:last )?(?:edited|modified|updated)\b.{0,140}$|"
    r"^\W{0,4}(?:zuletzt|beitrag|geändert|bearbeitet|modifié|dernière|última|editado|ultima|modificato|laatst|"
    r"senast|redigerad|"
    r"ostatnio|zmieniony|отредакт|последн|изменено|сообщение|muokattu|son düzenleme).{0,80}"
    r"(?:bearbeitet|geändert|editiert|modifi|edici|editad|modifica|bewerkt|gewijzigd|ändrad|redigera|edytowa|"
    r"zmienion|"
    r"отредакт|измен|редакт|muokattu|düzenle).{0,80}$"
)
_RULE = re.compile(r"^_{5,}$")


@dataclass(frozen=True, slots=True)
class BodyText:
    """Own words, what is quoted, and all words with the quotes at their places; empty lines part paragraphs."""

    text: str
    quotes: tuple[Quote, ...]
    shown: str


def read_body(outline: Outline, body: Body) -> BodyText:
    """Read what a body says."""
    without = {outline.nodes[node] for node in body.without}
    quoted: list[html.HtmlElement] = []
    for root in body.roots:
        whole = root != body.roots[-1] and is_quote(outline.nodes[root])
        quoted.extend([outline.nodes[root]] if whole else outer_quotes(outline.nodes[root], without))
    quotes = tuple(quote for one in quoted for quote in read_quotes(one, without) if quote.text)
    text = [line for line in _without_ends(_lines(outline, body, without.union(quoted))) if not is_label(line)]
    shown = _without_ends(_lines(outline, body, without)) if quoted else text
    return BodyText("\n\n".join(text), quotes, "\n\n".join(shown))


def _lines(outline: Outline, body: Body, without: Collection[html.HtmlElement]) -> list[str]:
    texts = []
    for root in body.roots:
        element = outline.nodes[root]
        if element in without:
            continue
        texts.append(block_text(element, without))
        if len(body.roots) > 1 and element.tail:
            texts.append(" ".join(element.tail.split()))
    return [line for text in texts for line in text.split("\n\n") if line]


def _without_ends(lines: list[str]) -> list[str]:
    """Without signature and remarks on editing."""
    for number, line in enumerate(lines):
        if number and _RULE.match(line) and len(lines) - number <= 8:
            lines = lines[:number]
            break
    while lines and len(lines[-1]) < 200 and _EDITED.match(lines[-1]) and re.search(r"\d", lines[-1]):
        lines = lines[:-1]
    return lines
