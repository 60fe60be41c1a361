"""Quotes in posts: whom they are from, and their own words without the quotes inside them."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from lxml import html

from pipeline.forums.quote_boxes import label_above
from pipeline.forums.selecting import every, first, text_of
from pipeline.forums.text import block_text
from pipeline.forums.times import find_when
from pipeline.models import Quote

__all__ = ["QuoteRules", "quoted_name", "read_quotes"]

_LEAD = re.compile(
    r"(?i)^\W*(?:quote from|quote by|schrieb|cita di|citazione di|"
    r"quote|quoting|originally posted by|posted by|zitat von|zitat|citation de|"
    r"citation|message de|envoyé par|cita de|cita|iniciado por|originariamente inviato da|citazione|citat fra|"
    r"citaat van|цитата от|цитата|cytat|alıntı)\b\s*:?\s*"
)
_SAYS = re.compile(
    r"(?i)\s*\(?(?:wrote|said|writes|says|schrieb|hat geschrieben|hat gesagt|schreef|skrev|kirjoitti|a écrit|a dit|"
    r"escribió|dijo|ha scritto|ha detto|escreveu|disse|написал(?:\(а\)|а)?|писал(?:\(а\)|а)?|сказал(?:\(а\)|а)?|"
    r"pisze|napisał(?:\(a\)|a)?|írta|napsal(?:\(a\)|a)?|yazdı)?\s*:?\s*$"
)
_BEFORE_TIME = re.compile(r"(?i)[\s,(«]*\b(?:on|am|le|el|il|op|em|den|в|dne|dnia|at|um)?[\s,]*$")
_EDGES = ' \t»«"“”↑()[]:,'
_ID = re.compile(
    r"(?:#p|#post-?|#msg|#comment[-_]|[?&;]p=|pid=|post[:/-]\s?|comment=|(?<![a-z])id=|msg=?)(\d+)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class QuoteRules:
    """Selectors of a system's quotes.

    `head` are the parts that say whom a quote is from; `head_before` is the class of such a part that stands before
    it. `text` is where the quoted words are, `name` and `names` (attributes) who said them, `ids` (attributes) where;
    `id_parts` are attributes that only together name the quoted post.
    """

    quote: tuple[str, ...]
    head: str = "cite"
    head_before: str | None = None
    text: tuple[str, ...] = ()
    name: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    id_parts: tuple[str, ...] = ()


def read_quotes(
    body: html.HtmlElement, rules: QuoteRules, now: datetime, not_text: Collection[html.HtmlElement]
) -> tuple[tuple[Quote, ...], set[html.HtmlElement], set[str]]:
    """Quotes of a post in the page's order, and all elements that belong to quotes and not to the post's own text.

    A quote inside a quote comes after the outer one, each with its own words only. Last come lines of the post's text
    that say whom a quote below them is from.
    """
    found = every(body, *rules.quote)
    if not found:
        return (), set(), set()
    inner = {one: first(one, *rules.text) for one in found}
    texts = {one for one in inner.values() if one is not None}
    found = [one for one in found if one not in texts]  # some systems build one quote of two boxes
    heads = {one: _heads(one, rules) for one in found}
    parts = set(inner).union(*(set(some) for some in heads.values()))
    without = parts.union(not_text)
    quotes, labels = [], set()
    for one in found:
        head = _own_head(one, heads[one], without)
        text = block_text(one if inner[one] is None else inner[one], without)
        name, source = _name(one, head, rules, now), _source(one, head, rules)
        if name is None and source is None and (label := label_above(one)) is not None:
            labels.add(label[0])
            name = label[1]
        quotes.append(Quote(name, source, text))
    return tuple(quotes), parts, labels


def _heads(element: html.HtmlElement, rules: QuoteRules) -> list[html.HtmlElement]:
    if rules.head_before is not None:
        before = element.getprevious()
        if before is not None and rules.head_before in str(before.get("class") or "").split():
            return [before]
    return every(element, rules.head)[:1]


def _own_head(
    element: html.HtmlElement, heads: list[html.HtmlElement], without: Collection[html.HtmlElement]
) -> html.HtmlElement | None:
    """A quote's head, unless it belongs to a quote inside this one."""
    return next((one for one in heads if not any(parent in without for parent in _between(one, element))), None)


def _between(inner: html.HtmlElement, outer: html.HtmlElement) -> list[html.HtmlElement]:
    chain: list[html.HtmlElement] = []
    for parent in inner.iterancestors():
        if parent is outer:
            return chain
        chain.append(parent)
    return []


def _name(element: html.HtmlElement, head: html.HtmlElement | None, rules: QuoteRules, now: datetime) -> str | None:
    for name in rules.names:
        if value := str(element.get(name) or "").split(", post:")[0].strip():
            return value
    if head is None:
        return None
    named = text_of(first(head, *rules.name)) if rules.name else None
    return named or quoted_name(text_of(head) or "", now)


def quoted_name(text: str, now: datetime) -> str | None:
    """The name in a line such as `Ann wrote:`, `Zitat von Ann` or `Quote from: Ann on May 3, 2020`."""
    text = text.partition("↑")[0]  # an arrow leads to the quoted post, and some show its time behind it
    when = find_when(text, now)
    parts = [text] if when is None else [_BEFORE_TIME.sub("", text[: when.start]), text[when.end :]]
    names = (_SAYS.sub("", _LEAD.sub("", part.strip(_EDGES))).strip(_EDGES) for part in parts)
    return next((name[:100] for name in names if name), None)


def _source(element: html.HtmlElement, head: html.HtmlElement | None, rules: QuoteRules) -> str | None:
    parts = [str(element.get(name) or "") for name in rules.id_parts]
    if parts and all(parts):
        return "/".join(parts)
    for name in rules.ids:
        value = str(element.get(name) or "")
        if match := re.search(r"\d+", value if "/" not in value else "") or _ID.search(value):
            return match[match.lastindex or 0]
    links = every(head, "a[href]") if head is not None else []
    if head is not None and head.tag == "a":
        links = [head, *links]
    for link in links:
        if match := _ID.search(str(link.get("href"))):
            return match[1]
    return None
