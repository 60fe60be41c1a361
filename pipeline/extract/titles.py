"""The headline of an article: what JSON-LD, OpenGraph, the page's title and its headings agree on.

Each of them may carry more than the headline: the site's name, a section, a kicker, words for search engines. A text
that others repeat with something of that kind around it is the headline.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from urllib.parse import urlsplit

from lxml import html

from pipeline.extract.declared import Declared, plain
from pipeline.models import normalised_headline

__all__ = ["Titles", "read_titles", "site_names"]

_SPLIT = re.compile(r"\s+[|–—·•»«›‹:~/\\-]+\s+|\s*[|｜：»«›‹]\s*|:\s+|\s+::\s+|_(?=\S+$)|[【〖]")
_TAIL = re.compile(r"(?<=.{20})\s*[|｜]\s*[^|｜]{1,30}$")
"""Where no heading tells: a short last part behind a bar is a name of the site or of a section."""
_TITLED = {"h2": "entry-title", "h3": "post-title"}
"""Headings that are the page's where they have this class."""
_KICKER = re.compile(
    r"(?i)(^|[\s_-])(kicker|over-?line|top-?line|eyebrow|dachzeile|spitzmarke|antetitulo|ante-?title|sur-?titre|"
    r"occhiello|rubric\w*|badge|label|premium|paywall|flag|tag|category|section|prefix|icon|share|"
    r"(?:screen-reader|visually-?hidden|sr-only)(?:-text)?)([\s_-]|$)"
)
_MAX_HEADINGS = 12
_MIN_CHARS = 8
_WEIGHTS = {"ld": 1.0, "name": 0.5, "og": 1.0, "title": 1.0, "heading": 1.0}


@dataclass(frozen=True, slots=True)
class Titles:
    """The headline, and all texts of the page that stand for it (normalised, for telling where it is repeated)."""

    headline: str | None
    variants: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Candidate:
    kind: str
    text: str
    key: str


def read_titles(tree: html.HtmlElement, declared: Declared, site: str) -> Titles:
    """The headline of a page of the site with this name ('' where unknown)."""
    sites = site_names(declared, site)
    given = list(_candidates(tree, declared, sites))
    if not given:
        return Titles(None, frozenset())
    candidates = [one for one in given if one.key not in sites] or given
    # A heading counts once, and only the one that fits what is declared: others head boxes of the page.
    scores: dict[str, float] = {}
    for one in candidates:
        if one.key not in scores:
            scores[one.key] = _support(one, candidates)
    best = max(scores.values())
    winners = [one for one in candidates if scores[one.key] >= best - 0.01]
    order = ("heading", "ld", "og", "title", "name")
    # As much speaks for each of these: a shorter form is most often made for cards and search engines.
    won = min(winners, key=lambda one: (-len(one.key), order.index(one.kind))).key
    spelt = min((one for one in winners if one.key == won), key=lambda one: ("ld", "og", *order).index(one.kind))
    variants = {one.key for one in given}
    alone = all(one.kind != "heading" for one in candidates)
    return Titles(_TAIL.sub("", spelt.text) if alone else spelt.text, frozenset(variants - {""}))


def _candidates(tree: html.HtmlElement, declared: Declared, sites: set[str]) -> Iterable[_Candidate]:
    said = (
        ("ld", declared.text("headline")),
        ("name", declared.text("name")),
        ("og", declared.first("og:title") or declared.first("twitter:title", "dc.title", "dcterms.title", "title")),
        ("title", plain(" ".join(text for title in tree.findall("head/title")[:1] for text in title.itertext()))),
    )
    for kind, text in said:
        if text and (bare := _without_site(text, sites)):
            yield _Candidate(kind, bare, normalised_headline(bare))
    for element in islice(filter(_is_heading, tree.iter("*")), _MAX_HEADINGS):
        for text in dict.fromkeys((plain(element.text_content()), plain(_without_kicker(element)))):
            if text and len(text) < 500:
                yield _Candidate("heading", text, normalised_headline(text))


def _is_heading(element: html.HtmlElement) -> bool:
    tag = element.tag
    if tag == "h1" or element.get("itemprop") == "headline":
        return True
    return tag in _TITLED and _TITLED[tag] in element.get("class", "").split()


def _support(one: _Candidate, candidates: Sequence[_Candidate]) -> float:
    """How much speaks for a headline: others that are the same, or that hold it with something short around it."""
    heard: dict[str, float] = {}
    for other in candidates:
        weight = _WEIGHTS[other.kind]
        if other.key == one.key:
            share = 1.0
        elif other.kind == "heading" or (one.kind != "heading" and len(one.text) < _MIN_CHARS):
            continue
        elif _extends(other.text, one.text, head=True):
            share = 0.6
        elif _extends(other.text, one.text, head=False):
            share = 0.5
        else:
            continue
        heard[other.kind] = max(heard.get(other.kind, 0.0), weight * share)
    return sum(heard.values())


def _extends(longer: str, headline: str, *, head: bool) -> bool:
    """Whether `longer` is the headline with a separator and less than its own length after it (`head`), or before."""
    if not len(headline) < len(longer) < 2 * len(headline) + 30:
        return False
    if head:
        return longer.startswith(headline) and _SPLIT.match(longer, len(headline)) is not None
    rest = longer.removesuffix(headline)
    return rest != longer and (found := list(_SPLIT.finditer(rest))) != [] and found[-1].end() == len(rest)


def _without_kicker(element: html.HtmlElement) -> str:
    parts = [element.text or ""]
    for child in element:
        names = f"{child.get('class', '')} {child.get('id', '')}"
        if child.tag in ("style", "script", "svg", "button"):
            pass
        elif not _KICKER.search(names):
            parts.append(child.text_content())
        parts.append(f" {child.tail or ''}" if child.tag == "br" else child.tail or "")
    return "".join(parts)


def site_names(declared: Declared, site: str) -> set[str]:
    """Names of the site, normalised: as declared, as it calls itself, and its host with and without the ending."""
    publishers = declared.texts("publisher")
    names = {site, declared.first("og:site_name", "application-name", "al:android:app_name") or "", *publishers}
    names |= {one.removeprefix("The ") for one in names} | {f"The {one}" for one in names if one}
    for address in (declared.canonical_url, declared.first("og:url")):
        host = (urlsplit(address).hostname or "") if address and "[" not in address else ""
        host = host.removeprefix("www.")
        names |= {host, host.rpartition(".")[0]}
        names |= {label for label in host.split(".") if len(label) > 4}
    return {normalised_headline(name) for name in names} - {""}


def _without_site(title: str, sites: set[str]) -> str:
    """A title without the names of the site before or after it."""
    for _ in range(3):
        cuts = list(_SPLIT.finditer(title))
        if cuts and normalised_headline(title[cuts[-1].end() :].rstrip("】〗")) in sites:
            title = title[: cuts[-1].start()].rstrip()
        elif cuts and normalised_headline(title[: cuts[0].start()]) in sites:
            title = title[cuts[0].end() :].lstrip()
        else:
            return title
    return title
