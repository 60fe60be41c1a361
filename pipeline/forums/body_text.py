"""A body's own words and what it quotes."""

from __future__ import annotations

import re

from lxml import html

from pipeline.forums.outline import Outline
from pipeline.forums.post_body import Body
from pipeline.forums.quote_boxes import is_label, is_quote, outer_quotes, read_quote
from pipeline.forums.text import block_text
from pipeline.models import Quote

__all__ = ["read_body"]

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


def read_body(outline: Outline, body: Body) -> tuple[str, tuple[Quote, ...]]:
    """A body's own text in paragraphs joined by an empty line, and what it quotes."""
    without = {outline.nodes[node] for node in body.without}
    quoted: list[html.HtmlElement] = []
    for root in body.roots:
        whole = root != body.roots[-1] and is_quote(outline.nodes[root])
        quoted.extend([outline.nodes[root]] if whole else outer_quotes(outline.nodes[root], without))
    quotes = tuple(read_quote(one, without) for one in quoted)
    without.update(quoted)
    texts = []
    for root in body.roots:
        element = outline.nodes[root]
        if element in without:
            continue
        texts.append(block_text(element, without))
        if len(body.roots) > 1 and element.tail:
            texts.append(" ".join(element.tail.split()))
    lines = _without_ends([line for text in texts for line in text.split("\n\n") if line])
    return "\n\n".join(lines), tuple(one for one in quotes if one.text)


def _without_ends(lines: list[str]) -> list[str]:
    """Without signature, remarks on editing, and the label of a quote that was taken out."""
    for number, line in enumerate(lines):
        if number and _RULE.match(line) and len(lines) - number <= 8:
            lines = lines[:number]
            break
    while lines and len(lines[-1]) < 200 and _EDITED.match(lines[-1]) and re.search(r"\d", lines[-1]):
        lines = lines[:-1]
    return [line for line in lines if not is_label(line)]
