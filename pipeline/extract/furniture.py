"""Taking out of a page what is not its story: navigation, captions, boxes to share and comment, other headlines."""

from __future__ import annotations

import copy
import re
from collections import Counter
from functools import lru_cache
from urllib.parse import urlsplit

from lxml import html

from pipeline.extract.containers import join_parts, weight_of

__all__ = ["without_furniture"]

_FURNITURE = re.compile(
    r"(?i)(^|[\s_-])(share|sharing|shares|social|sharedaddy|addtoany|teilen|compartir|partager|condividi|delen|"
    r"newsletters?|subscribe|subscription|signup|sign-?up|outbrain|taboola|"
    r"comments?|respond|disqus|kommentare?|comentarios?|commentaires|commenti|yorumlar|cookie\w*|consent|gdpr|"
    r"breadcrumbs?|post-?navigation|nav-?links|pagination|pager|blog-pager|"
    r"author-?box|author-?bio|about-?author|byline|post-?meta|entry-?meta|article-?meta|tags?-?links|tags?-?list|cat-?links|"
    r"tag-?cloud|reading-?time|wp-caption-text|caption|tr-caption|imagecaption|bildunterschrift|pie-?de-?foto|"
    r"(?:photo|image|img|media|picture)-?credits?|figcaption|advert\w*|ad-?slot|anzeige|werbung|publicidad|publicite|"
    r"sponsored|print-?only|print-?header|toolbar|post-?footer|post-?share|modal|popup|tooltip|screen-reader-text|"
    r"visually-?hidden|sr-only|skip-?link|login|paywall-?(?:box|offer|banner|message))([\s_-]|$)"
)
_ASIDE = re.compile(
    r"(?i)(^|[\s_-])(related|recommend\w*|read-?more|read-?also|read-?next|more-?articles|more-?stories|more-?news|"
    r"also-?read|promo|widget|sidebar|jp-relatedposts|latest|trending|most-?read|most-?popular|popular|teasers?|recirc\w*|"
    r"up-?next|you-?may|onward|lire-aussi|leia-mais|leia-tambem|leggi-anche|lee-tambien|te-puede|baca-juga|inline-article|"
    r"mehr-zum-thema|weiterlesen)([\s_-]|$)"
)
"""Boxes of links, mostly; one with paragraphs of its own belongs to the page's text."""
_KEEP = re.compile(
    r"(?i)(entry-content|post-content|article-body|articlebody|article-?content|article-?text|post-body|"
    r"td-post-content|single-post|hentry|wp-site-blocks|story-?body)"
)
_SUB_HEADING = re.compile(
    r"(?i)(^|[\s_-])(sub-?head\w*|cross-?head\w*|inter-?title|zwischen-?titel|intertitulo)([\s_-]|$)"
)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_INLINE = frozenset(("a", "b", "em", "i", "mark", "span", "strong"))
_TITLES = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_WRAPPERS = frozenset(("form", "aside", "footer", "nav"))
_NO_TEXT = (
    "//script[not(@type='application/ld+json')] | //style | //noscript | //form | //nav | //aside | //iframe"
    " | //figcaption | //footer | //button | //template | //dialog | //svg | //select | //textarea"
)
_HIDDEN = "//body//*[@hidden or contains(translate(@style, ' ', ''), 'display:none')]"
_LEADING_WORDS = 6
"""A teaser's label has at most as many words: `Read also:`."""
_LINK_WORDS = 4
_FEW = 25


def without_furniture(tree: html.HtmlElement, url: str = "") -> html.HtmlElement:
    """A copy of the tree of the page at this address without all that is not its story."""
    tree = copy.deepcopy(tree)
    for element in tree.xpath(_NO_TEXT):
        if element.tag in _WRAPPERS and _holds_story(element):
            element.tag = "div"  # trafilatura, too, judges by the tag
        else:
            _drop(element)
    for element in tree.xpath(_HIDDEN):
        if not _holds_story(element):
            _drop(element)
    usual = _usual_classes(tree)
    for element in tree.xpath("//body//*[@class or @id]"):
        if element.tag not in _INLINE and not (element.tag == "p" and element.get("class") in usual):
            _judge_by_name(element)
    _drop_teasers(tree, (urlsplit(url).hostname or "") if url and "[" not in url else "")
    join_parts(tree)
    return tree


@lru_cache(maxsize=8192)
def _kind_of(names: str) -> str:
    """What an element's class and id say: `aside`, `furniture`, `heading`, or nothing."""
    names = _CAMEL.sub("-", names)
    if _KEEP.search(names):
        return ""
    if _ASIDE.search(names):
        return "aside"
    return "furniture" if _FURNITURE.search(names) else "heading" if _SUB_HEADING.search(names) else ""


def _judge_by_name(element: html.HtmlElement) -> None:
    kind = _kind_of(f"{element.get('class', '')} {element.get('id', '')}")
    if not kind or (kind == "aside" and element.tag in _TITLES):
        return
    if kind == "aside" and _has_paragraphs(element):
        element.attrib.pop("class", None)  # trafilatura, too, judges such boxes by their names
        element.attrib.pop("id", None)
    elif kind == "heading":
        if element.tag == "div" and len(element) == 0:
            element.tag = "h3"
    elif not _holds_story(element):
        _drop(element)


def _usual_classes(tree: html.HtmlElement) -> set[str]:
    """Classes of paragraphs that hold most of the running text: no name makes these furniture."""
    words = Counter[str]()
    for one in tree.iter("p"):
        words[one.get("class") or ""] += _running_words(one)
    return {name for name, count in words.items() if name and count > words.total() / 2}


def _drop_teasers(tree: html.HtmlElement, host: str) -> None:
    """Drop headlines of other stories: links around headings, and blocks that are nothing but a link of the site."""
    for link in tree.xpath("//body//a[.//h2 or .//h3 or .//h4 or .//h5 or .//h6]"):
        if _is_internal(link, host):
            _drop(link)
    for block in tree.xpath(
        "//body//p[.//a] | //body//ul[.//a] | //body//ol[.//a] | //body//h4[.//a] | //body//h5[.//a]"
    ):
        if block.getparent() is None:
            continue
        if block.tag in ("ul", "ol"):
            items = block.findall("li")
            if items and all(_is_teaser(item, host) for item in items):
                _drop(block)
        elif _is_teaser(block, host):
            _drop(block)


def _is_teaser(block: html.HtmlElement, host: str) -> bool:
    """Whether a block is a headline that leads to another page of the site, perhaps after a label with a colon."""
    links = list(block.iter("a"))
    if not 1 <= len(links) <= 3 or not all(_is_internal(link, host) for link in links):
        return False
    linked = sum(len(link.text_content().split()) for link in links)
    text = block.text_content().split()
    label = text[: len(text) - linked]
    if linked < _LINK_WORDS or len(label) > _LEADING_WORDS or text[-1].endswith((".", "…", "。")):
        return False
    return not label or " ".join(label).rstrip("]»› ").endswith((":", "|", "–", "-"))


def _is_internal(link: html.HtmlElement, host: str) -> bool:
    address = (link.get("href") or "").strip()
    if not address or address.startswith(("#", "mailto:", "javascript:")) or not host:
        return False
    if not address.startswith(("http:", "https:", "//")):
        return True
    try:
        other = urlsplit(address).hostname or ""
    except ValueError:
        return False
    return other.split(".")[-2:] == host.split(".")[-2:]


def _holds_story(element: html.HtmlElement) -> bool:
    """A wrapper with a misleading name still holds the story when much of the page's running text is inside."""
    words = _running_words(element)
    if words < _FEW:
        return False
    if any(_KEEP.search(str(name)) for name in element.xpath(".//@class | .//@itemprop")):
        return True
    if words < 100:
        return False
    body = element.getroottree().find(".//body")
    return body is None or words > _running_words(body) / 2


def _has_paragraphs(element: html.HtmlElement) -> bool:
    return sum(_running_words(paragraph) for paragraph in element.iter("p") if _running_words(paragraph) > 8) >= 80


def _running_words(element: html.HtmlElement) -> int:
    """Words outside of links."""
    return weight_of(element.text_content()) - sum(weight_of(link.text_content()) for link in element.iter("a"))


def _drop(element: html.HtmlElement) -> None:
    if element.getparent() is not None:
        element.drop_tree()
