"""Who wrote an article: declared authors first, then the credit that the page shows.

A declared person counts most; a desk, the paper itself or a publisher only where the page shows no person's credit.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from lxml import html

from pipeline.extract.declared import Declared, plain
from pipeline.extract.jsonld import Node, texts_of
from pipeline.extract.names import split_names
from pipeline.extract.places import is_elsewhere
from pipeline.models import normalised_headline

__all__ = ["Credits", "read_credits"]

_META = (
    "article:author", "author", "byl", "byline", "parsely-author", "sailthru.author", "dc.creator", "dcterms.creator",
    "dc.contributor", "citation_author", "og:author", "og:article:author", "article.author", "cxenseparse:author",
    "creator", "vr:author", "lp.article:author", "content_author",
)  # fmt: skip
_WRITTEN_BY = re.compile(r"(?i)written by|author|verfasst|escrito|écrit|scritto|autor|geschreven|автор|yazar|作者")
_BYLINE = re.compile(
    r"(?i)by-?line|author(?!i[tsz])|autor(?!e?fresh)|auteur|(^|[\s_-])(writer|reporter|journalist|redakteur|redattore|"
    r"firma|contributor|penulis|yazar|skribent|posted-?by|post-?by|credits?|person-?link|signature)s?([\s_-]|$)"
)
_NOT_BYLINE = re.compile(
    r"(?i)bio|box|avatar|img|image|photo|picture|thumb|follow|social|descr|about|more|related|count|role|position|job|"
    r"function|icon|share|e-?mail|comment|media|caption|figure|updated|modified|source|login"
)
_BY_LINE = re.compile(
    r"(?i)^(?:(?:written|posted|reported|published) by|by|von|par|por|di|door|av|af|autor(?:es|in)?|texto|text|oleh|"
    r"penulis|yazan|autora|автор[ы]?|авторка|текст|author|reporter|γράφει|بقلم|كتب|מאת|文|記者|作者)"
    r"(?:\s*[:：]\s*|\s+)(\S.{1,110})$"
)
_AFTER_NAMES = re.compile(r",?\s(?:in|on|at|for|am|le|il|el|den|à)\s.*|\s*[·•|–—(].*|,?\s*\d.*")
_TAGS = ("h1", "a", "span", "div", "p", "li", "address", "strong", "b", "em", "i", "small", "cite", "td")
_SOURCE = re.compile(
    r"(?i)(^|[\s_-])(source|agency|agencia|agence|agentur|quelle|fuente|fonte|kaynak|newsource)([\s_-]|$)"
)
_PICTURE = re.compile(r"(?i)img|image|photo|picture|foto|bild|media|caption|video")
_SOURCE_META = (
    "source",
    "dc.source",
    "article:source",
    "agency",
    "article:agency",
    "cxenseparse:agency",
    "news_source",
)
_MAY_NAME_SOURCE = ("span", "div", "p", "li", "a")
_MAX_SOURCES = 6
_MAX_CREDIT = 160
_NEAR_HEADLINE = 150
"""Elements after the headline among which a line like `By Jane Doe` is its credit."""
_ENOUGH = 3
_SENTENCE_ENDS = (".", "!", "?", "…", ":")


@dataclass(frozen=True, slots=True)
class Credits:
    """Names of authors; the lines they were read from, and lines that name a source, may also name an agency."""

    authors: tuple[str, ...]
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Claim:
    lines: list[str]
    strong: bool = True
    shown: bool = False


def read_credits(tree: html.HtmlElement, declared: Declared, sites: set[str]) -> Credits:
    """Authors and sources of the page's article; `sites` are normalised names of the site itself."""
    found = _authors(tree, declared, sites)
    return Credits(found.authors, (*found.lines, *_sources(tree, declared)))


def _authors(tree: html.HtmlElement, declared: Declared, sites: set[str]) -> Credits:
    last: Credits | None = None
    for claim in _claims(tree, declared):
        names = _unique(name for line in claim.lines for name in split_names(line))
        people = [name for name in names if normalised_headline(name) not in sites]
        if people and claim.strong and (last is None or not claim.shown or any(map(_is_full, people))):
            return Credits(tuple(people), tuple(claim.lines))
        if names and (last is None or (people and not last.authors)):
            last = Credits(tuple(people or names[:1]), tuple(claim.lines))
    return last or Credits((), ())


def _is_full(name: str) -> bool:
    """Two words or more, or a script without spaces: initials do not outdo the paper's own credit."""
    return len(name.split()) > 1 or not name.isascii()


def _unique(names: Iterable[str]) -> list[str]:
    return list({normalised_headline(name): name for name in names}.values())


def _claims(tree: html.HtmlElement, declared: Declared) -> Iterator[_Claim]:
    yield from _linked(declared)
    for name in _META:
        yield _Claim(_people(declared.meta.get(name, ()), flip=name.startswith(("dc", "citation"))))
    for number in ("1", "2"):
        if _WRITTEN_BY.search(declared.first(f"twitter:label{number}") or ""):
            yield _Claim(declared.meta.get(f"twitter:data{number}", []))
    yield _Claim(_parsely(declared))
    yield from _shown(tree)


def _linked(declared: Declared) -> Iterator[_Claim]:
    for key in ("author", "creator"):
        value = declared.article.get(key)
        items = value if isinstance(value, list) else [value]
        bodies = [item for item in items if isinstance(item, dict) and "organization" in str(item.get("@type")).lower()]
        people: Node = {key: [item for item in items if not any(item is body for body in bodies)]}
        yield _Claim(texts_of(people, key, declared.nodes))
        yield _Claim(texts_of({key: bodies}, key, declared.nodes), strong=False)


def _people(values: Iterable[str], *, flip: bool) -> list[str]:
    """Values of a meta element; `Doe, Jane` of library catalogues is turned round."""
    lines = [value for value in dict.fromkeys(values) if not value.startswith(("http:", "https:"))]
    if flip:
        return [re.sub(r"^([^\W\d]+), ([^\W\d]+(?: \w\.?)?)$", r"\2 \1", line) for line in lines]
    return lines


def _parsely(declared: Declared) -> list[str]:
    try:
        page = json.loads(declared.first("parsely-page") or "null", strict=False)
    except (ValueError, RecursionError):
        return []
    return texts_of(page, "authors") or texts_of(page, "author") if isinstance(page, dict) else []


def _shown(tree: html.HtmlElement) -> Iterator[_Claim]:
    """Credits in the markup: marked as the author's, those after the headline first; then a line like `By Jane Doe`."""
    since, before, after = -1, list[_Claim](), list[_Claim]()
    by_line: _Claim | None = None
    places: dict[html.HtmlElement, bool] = {}
    for element in tree.iter(*_TAGS):
        if element.tag == "h1":
            since = 0
            continue
        since += since >= 0
        marked = _is_marked(element)
        near = by_line is None and 0 < since < _NEAR_HEADLINE and element.tag != "a"
        line = _credit_text(element) if marked or near else ""
        if not line or is_elsewhere(element, places):
            continue
        if marked:
            (after if since >= 0 else before).append(_Claim(_with_siblings(element, line), shown=True))
            if len(after) >= _ENOUGH:
                break
        elif (found := _BY_LINE.match(line)) and not line.endswith(_SENTENCE_ENDS):
            by_line = _Claim([_AFTER_NAMES.sub("", found[1])], shown=True)
    yield from (*after, *before[:_ENOUGH], *([by_line] if by_line else []))


def _is_marked(element: html.HtmlElement) -> bool:
    if element.get("rel") == "author" or element.get("itemprop") in ("author", "creator"):
        return True
    judged = [_judged(names) for names in (element.get("class"), element.get("id")) if names]
    return any(named for named, _ in judged) and not any(other for _, other in judged)


@lru_cache(maxsize=8192)
def _judged(names: str) -> tuple[bool, bool]:
    """Whether a class or id speaks of an author, and whether of something about one that is no credit."""
    words = [_judged_word(word) for word in names.split()]
    return any(named for named, _ in words), any(other for _, other in words)


@lru_cache(maxsize=8192)
def _judged_word(word: str) -> tuple[bool, bool]:
    return _BYLINE.search(word) is not None, _NOT_BYLINE.search(word) is not None


def _sources(tree: html.HtmlElement, declared: Declared) -> list[str]:
    """What the page calls the source of its text; the source of a picture is not that."""
    lines = [*declared.texts("sourceOrganization"), *declared.texts("creditText")]
    lines += [value for name in _SOURCE_META for value in declared.meta.get(name, ())]
    for element in tree.iter(*_MAY_NAME_SOURCE):
        if (names := element.get("class")) and _names_source(names) and len(lines) < _MAX_SOURCES:
            line = _credit_text(element)
            if line and next(element.iterancestors("figure", "figcaption"), None) is None and not is_elsewhere(element):
                lines.append(line)
    return lines


@lru_cache(maxsize=16_384)
def _names_source(names: str) -> bool:
    return _SOURCE.search(names) is not None and _PICTURE.search(names) is None


def _credit_text(element: html.HtmlElement) -> str:
    """The element's text when it is as short as a credit is; of marked links inside, only these."""
    texts: list[str] = []
    size = 0
    for piece in element.itertext():
        size += len(piece)
        if size > 4 * _MAX_CREDIT:
            return ""
        texts.append(piece)
    line = plain(" ".join(texts))
    return line if 1 < len(line) <= _MAX_CREDIT else ""


def _with_siblings(element: html.HtmlElement, line: str) -> list[str]:
    """The credit; where names are links or pieces of their own, these; with further ones of the same kind beside it."""
    inner = [plain(one.text_content()) for one in element.iter("a") if one is not element]
    lines = [one for one in inner if one] or [line]
    for other in element.itersiblings(element.tag):
        if other.get("class") == element.get("class") and len(lines) < 8 and (text := _credit_text(other)):
            lines.append(text)
    return lines
