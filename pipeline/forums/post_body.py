"""The body of each part that a page was split into: what differs from part to part, without what all parts repeat."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate, islice

from lxml import html

from pipeline.forums.outline import Outline, class_words
from pipeline.forums.splitter import Unit
from pipeline.forums.text import block_text
from pipeline.models import Quote

__all__ = ["Body", "bodies_of", "read_body"]

_KEY_SHARE = 0.7  # of the parts, in which an element must stand to be the body
_WHOLE = 0.97  # of the best element's text, with which an inner one is as good
_FURNITURE = frozenset(
    "signature sig edited lastedit editedby buttons actions toolbar share reactions likes liked rating "
    "attachmentinfo "
    "postbit_buttons controls toolbox sidebar userinfo avatar advertisement adsbygoogle".split()
)
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
_EDITED = re.compile(
    r"(?i)^\W{0,4}(?:this (?:post|message) (?:was|has been) )?(?:last )?(?:edited|modified|updated)\b.{0,140}$|"
    r"^\W{0,4}(?:zuletzt|beitrag|geändert|bearbeitet|modifié|dernière|última|editado|ultima|modificato|laatst|"
    r"senast|redigerad|"
    r"ostatnio|zmieniony|отредакт|последн|изменено|сообщение|muokattu|son düzenleme).{0,80}"
    r"(?:bearbeitet|geändert|editiert|modifi|edici|editad|modifica|bewerkt|gewijzigd|ändrad|redigera|edytowa|"
    r"zmienion|"
    r"отредакт|измен|редакт|muokattu|düzenle).{0,80}$"
)
_CONTAINERS = frozenset("div td article section blockquote dd li main aside font pre span".split())
_RULE = re.compile(r"^_{5,}$")


@dataclass(frozen=True, slots=True)
class Body:
    """Elements that hold a post's text, and those inside them that are no part of it."""

    roots: tuple[int, ...]
    without: frozenset[int]


@dataclass(slots=True)
class _Weights:
    """Running sum of what each text adds to a body: nothing where parts repeat it, little in labels."""

    sums: list[int]

    def of(self, outline: Outline, node: int) -> int:
        return self.sums[outline.last[node]] - self.sums[outline.first[node]]


def bodies_of(outline: Outline, units: list[Unit], heads: list[frozenset[int]]) -> list[Body]:
    """The body of each unit; `heads` are the elements that hold its author and time."""
    weights = _weigh(outline, units, heads)
    places = [_places(outline, unit) for unit in units]
    key = _best_place(outline, weights, places, heads)
    repeated = _repeated(outline, units)
    result = []
    for unit, place, head in zip(units, places, heads, strict=True):
        node = place.get(key) if key else None
        if node is None or _holds(outline, node, head):
            node = _fallback(outline, weights, place, head, unit)
        roots = (*_quotes_beside(outline, unit, node), node) if node is not None else unit.roots
        result.append(Body(roots, frozenset(_furniture(outline, roots, head, repeated))))
    return result


def _quotes_beside(outline: Outline, unit: Unit, node: int) -> Iterator[int]:
    """Quotes that stand before the body."""
    number = unit.roots[0]
    while number < node:
        if outline.end[number] <= node and _is_quote(outline.nodes[number]):
            yield number
            number = outline.end[number]
        else:
            number += 1


def _normal(text: str) -> str:
    return re.sub(r"\d+", "0", text.casefold())


def _weigh(outline: Outline, units: list[Unit], heads: list[frozenset[int]]) -> _Weights:
    seen = Counter(
        text for unit in units for text in {_normal(one.text) for one in outline.pieces[unit.start : unit.stop]}
    )
    owners = {node for head in heads for node in head}

    def weight(number: int) -> int:
        piece = outline.pieces[number]
        if seen[_normal(piece.text)] > 1 or piece.owner in owners:
            return 0
        return len(piece.text) if len(piece.text.split()) >= 4 else len(piece.text) * 2 // 5

    return _Weights([0, *accumulate(weight(number) for number in range(len(outline.pieces)))])


_Place = tuple[str, int]


def _places(outline: Outline, unit: Unit) -> dict[_Place, int]:
    """The unit's elements with text by shape and ordinal; the first of a shape has the ordinal 0."""
    counts: Counter[str] = Counter()
    found: dict[_Place, int] = {}
    for node in range(unit.roots[0], outline.end[unit.roots[-1]]):
        if (
            outline.last[node] > outline.first[node]
            and outline.tag(node) in _CONTAINERS
            and not _one_of_many(outline, node)
        ):
            shape = outline.place(node)
            if counts[shape] < 5:
                found[shape, counts[shape]] = node
            counts[shape] += 1
    return found


def _one_of_many(outline: Outline, node: int) -> bool:
    """A list's item or a phrase: its neighbours are as good a body."""
    above = outline.parent[node]
    if outline.tag(node) == "li":
        return (above >= 0 and outline.end[above] - above > 60) or (
            outline.tag(above) in ("ul", "ol") and not outline.nodes[node].get("id")
        )
    return (
        outline.tag(node) in ("span", "font")
        and above >= 0
        and outline.plain_chars(outline.first[above], outline.last[above])
        > 1.2 * max(1, outline.plain_chars(outline.first[node], outline.last[node]))
    )


def _holds(outline: Outline, node: int, head: frozenset[int]) -> bool:
    return any(outline.holds(node, one) for one in head)


def _best_place(
    outline: Outline, weights: _Weights, places: list[dict[_Place, int]], heads: list[frozenset[int]]
) -> _Place | None:
    """The place whose elements hold the most text and nothing of the heads; of equals the innermost."""
    sums: Counter[_Place] = Counter()
    counts: Counter[_Place] = Counter()
    with_head: Counter[_Place] = Counter()
    depth: dict[_Place, int] = {}
    for place, head in zip(places, heads, strict=True):
        for key, node in place.items():
            sums[key] += weights.of(outline, node)
            counts[key] += 1
            with_head[key] += _holds(outline, node, head)
            depth[key] = node - min(place.values())
    free = [key for key in sums if counts[key] >= _KEY_SHARE * len(places) and with_head[key] * 5 <= counts[key]]
    best = max((sums[key] for key in free), default=0)
    if best == 0:
        return None
    whole = max(sums.values())
    if best < 0.5 * whole and _spread(outline, weights, places, heads):
        return None
    indented = [
        key
        for key in free
        if key[0].rpartition("/")[2].startswith("blockquote")
        and counts[key] >= 0.9 * len(places)
        and sums[key] >= 0.6 * best
        and (len(places) > 1 or "content" in key[0])
    ]
    return max(indented or [key for key in free if sums[key] >= _WHOLE * best], key=lambda key: depth[key])


def _spread(outline: Outline, weights: _Weights, places: list[dict[_Place, int]], heads: list[frozenset[int]]) -> bool:
    """Whether most of the text stands beside author or time in one element, not below an element of its own."""
    direct = sums = 0
    for place, head in zip(places, heads, strict=True):
        nodes = list(place.values())
        free = [weights.of(outline, node) for node in nodes if not _holds(outline, node, head)]
        sums += max((weights.of(outline, node) for node in nodes), default=0)
        direct += max(free, default=0)
    return direct < 0.5 * sums


def _fallback(
    outline: Outline, weights: _Weights, place: dict[_Place, int], head: frozenset[int], unit: Unit
) -> int | None:
    """Of one unit alone the innermost element with nearly all text outside the head, if there is one."""
    free = [node for node in place.values() if not _holds(outline, node, head)]
    best = max((weights.of(outline, node) for node in free), default=0)
    whole = sum(weights.of(outline, root) for root in unit.roots)
    if best == 0 or best < 0.5 * whole:
        return None
    return max(node for node in free if weights.of(outline, node) >= _WHOLE * best)


def _repeated(outline: Outline, units: list[Unit]) -> set[str]:
    """Short texts of whole elements that half of the units have: buttons and labels."""
    if len(units) < 2:
        return set()
    seen: Counter[str] = Counter()
    for unit in units:
        texts = set()
        for node in range(unit.roots[0], outline.end[unit.roots[-1]]):
            if 0 < outline.last[node] - outline.first[node] <= 12:
                texts.add(_normal(outline.text(node, 160)))
        seen.update(texts)
    return {text for text, count in seen.items() if count >= max(2, len(units) / 2) and text}


def _furniture(outline: Outline, roots: tuple[int, ...], head: frozenset[int], repeated: set[str]) -> Iterator[int]:
    for root in roots:
        node = root
        while node < outline.end[root]:
            if node in head or (node not in roots and _is_furniture(outline, node, repeated)):
                yield node
                node = outline.end[node]
            else:
                node += 1


def _is_furniture(outline: Outline, node: int, repeated: set[str]) -> bool:
    words = class_words(outline.nodes[node])
    if any(word in _FURNITURE for word in words):
        return True
    few = 0 < outline.last[node] - outline.first[node] <= 12
    return few and _normal(outline.text(node, 160)) in repeated and not _is_quote(outline.nodes[node])


def read_body(outline: Outline, body: Body) -> tuple[str, tuple[Quote, ...]]:
    """A body's own text in paragraphs joined by an empty line, and what it quotes."""
    without = {outline.nodes[node] for node in body.without}
    quoted: list[html.HtmlElement] = []
    for root in body.roots:
        whole = root != body.roots[-1] and _is_quote(outline.nodes[root])
        quoted.extend([outline.nodes[root]] if whole else _quotes(outline.nodes[root], without))
    quotes = tuple(_quote(one, without) for one in quoted)
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
    return [line for line in lines if not _label_of_quote(line)]


def _label_of_quote(line: str) -> bool:
    return (
        len(line) < 90
        and _QUOTE_LABEL.match(line) is not None
        and (line.rstrip().endswith(":") or len(line) < 12 or " wrote on " in line)
    )


def _is_quote(element: html.HtmlElement) -> bool:
    if element.tag == "blockquote":
        return True
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
    text = (before.tail or "").strip() or " ".join(before.text_content().split()[:14])
    return 0 < len(text) < 80 and bool(_QUOTE_LABEL.match(text)) and text.endswith((":", "n"))


def _quotes(root: html.HtmlElement, without: set[html.HtmlElement]) -> Iterator[html.HtmlElement]:
    """Outermost quotes below the root."""
    stack = list(reversed(root))
    while stack:
        element = stack.pop()
        if not isinstance(element.tag, str) or element in without:
            continue
        if _is_quote(element):
            yield element
        else:
            stack.extend(reversed(element))


def _quote(element: html.HtmlElement, without: set[html.HtmlElement]) -> Quote:
    lines, labels = _quoted_lines(element, without)
    author = _named(element)
    for label in (*labels, _label_before(element) or ""):
        match = _QUOTE_LABEL.match(label)
        author = author or (_name_in(match) if match else None)
    if author and lines and lines[0].strip(" :↑") == author:
        lines = lines[1:]
    source = re.search(r"(?:#|post|p=|pid=|/)\D{0,6}(\d{2,})\D*$", _source(element))
    return Quote(author, source[1] if source else None, "\n\n".join(lines))


def _quoted_lines(element: html.HtmlElement, without: set[html.HtmlElement]) -> tuple[list[str], list[str]]:
    """The quoted lines without quotes inside them, and the labels above; boxes that only hold a box are opened."""
    labels: list[str] = []
    kind = element.tag, element.get("class")
    for _ in range(4):
        # A box inside a quote whose class speaks of quotes is mostly a part of it.
        nested = [
            one for one in _quotes(element, without) if one.tag == "blockquote" or (one.tag, one.get("class")) == kind
        ]
        apart = without | set(nested) | set(element.iter("cite"))
        lines = [line for line in block_text(element, apart).split("\n\n") if line]
        while lines and len(lines[0]) < 120 and _QUOTE_LABEL.match(lines[0].rstrip("↑ ")):
            labels.append(lines.pop(0).rstrip("↑ "))
        opened = len(nested) == 1 and (nested[0].tag == "blockquote") > (element.tag == "blockquote")
        if len(nested) != 1 or sum(map(len, lines)) > (160 if opened else 60):
            break
        element = nested[0]
    return lines, labels


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
    before = element.getprevious()
    parent = element.getparent()
    if before is not None:
        words = before.text_content().split() if isinstance(before.tag, str) else []
        return (before.tail or "").strip() or " ".join(words[:14])
    return (parent.text or "").strip() if parent is not None else None


def _source(element: html.HtmlElement) -> str:
    links = element.xpath(".//cite//a/@href")
    return str(element.get("cite") or element.get("data-source") or (links[0] if links else ""))[-80:]
