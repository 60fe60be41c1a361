"""Taking out of a page what is not its story: navigation, captions, boxes to share and comment, other headlines."""

from __future__ import annotations

import re
from collections import Counter
from enum import IntEnum
from functools import lru_cache
from urllib.parse import urlsplit

from lxml import etree, html

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
_BELOW_TITLE = ("h2", "h3", "h4", "h5", "h6")
_TITLES = frozenset(("h1", *_BELOW_TITLE))
_WRAPPERS = ("form", "aside", "footer", "nav")
_NO_TEXT = (
    "style noscript iframe figcaption button template dialog svg select textarea"
    " meta link source picture video audio canvas object embed input img"
).split()
_HIDES = re.compile(r"display\s*:\s*none")
_DROPPED = "copydesk-dropped"
_MAX_NAME = 500
_LEADING_WORDS = 6
"""A teaser's label has at most as many words: `Read also:`."""
_LINK_WORDS = 4
_FEW, _MUCH = 25, 100


def without_furniture(tree: html.HtmlElement, url: str = "") -> html.HtmlElement:
    """The tree of the page at this address, out of which all was taken that is not its story."""
    for script in list(tree.iter("script")):
        if script.get("type") != "application/ld+json":
            script.tag = "style"
    etree.strip_elements(tree, *_NO_TEXT, with_tail=False)
    boxes = _Boxes(tree)
    boxes.judge_by_tag()
    boxes.look()
    boxes.judge_hidden()
    boxes.judge_by_name()
    _drop_teasers(tree, (urlsplit(url).hostname or "") if url and "[" not in url else "")
    join_parts(tree)
    return tree


class _Boxes:
    """Judges the boxes of a page; one that is out is marked, to be taken out with all others at once.

    No element is looked at more often than it is deep: pages may have a million of them.
    """

    def __init__(self, tree: html.HtmlElement) -> None:
        self._tree = tree
        self._marked: list[html.HtmlElement] = []
        self._words: int | None = None
        self._named: list[tuple[html.HtmlElement, _Kind]] = []
        self._hidden: list[html.HtmlElement] = []

    def judge_by_tag(self) -> None:
        for element in list(self._tree.iter(*_WRAPPERS)):
            if not self._mark_without_story(element) and not _is_out(element):
                element.tag = "div"  # trafilatura, too, judges by the tag
        self._take_out()

    def look(self) -> None:
        """Note what attributes say of all boxes: one walk for all, since a walk costs more than a question."""
        body = self._tree.find(".//body")
        for element in () if body is None else body.iterdescendants("*"):
            name, identity = element.get("class"), element.get("id")
            if name or identity:
                kind = min(_kind_of((name or "")[:_MAX_NAME]), _kind_of((identity or "")[:_MAX_NAME]))
                if kind not in (_Kind.STORY, _Kind.NONE):
                    self._named.append((element, kind))
            style = element.get("style")
            if element.get("hidden") is not None or (style and "none" in style and _HIDES.search(style)):
                self._hidden.append(element)

    def judge_hidden(self) -> None:
        for element in self._hidden:
            self._mark_without_story(element)
        self._take_out()

    def judge_by_name(self) -> None:
        usual = _usual_classes(self._tree) if any(element.tag == "p" for element, _ in self._named) else ()
        for element, kind in self._named:
            if element.tag in _INLINE or (element.tag == "p" and element.get("class") in usual):
                continue
            if kind is _Kind.HEADING:
                if element.tag == "div" and len(element) == 0:
                    element.tag = "h3"
            elif kind is _Kind.FURNITURE:
                self._mark_without_story(element)
            elif element.tag not in _TITLES:
                self._judge_aside(element)
        self._take_out()

    def _judge_aside(self, element: html.HtmlElement) -> None:
        if _has_paragraphs(element):
            element.attrib.pop("class", None)  # trafilatura, too, judges such boxes by their names
            element.attrib.pop("id", None)
        else:
            self._mark_without_story(element)

    def _mark_without_story(self, element: html.HtmlElement) -> bool:
        """Mark a wrapper; one with a misleading name holds the story when much of the running text is inside."""
        if _is_out(element) or self._holds_story(element):
            return False
        element.tag = _DROPPED
        self._marked.append(element)
        return True

    def _holds_story(self, element: html.HtmlElement) -> bool:
        if weight_of(element.text_content()) < _FEW or (words := _running_words(element)) < _FEW:
            return False
        much = words >= _MUCH and 2 * words > self._words_of_page()
        return much or any(map(_is_named_story, element.iterdescendants("*")))

    def _words_of_page(self) -> int:
        """Running words of what is left of the page."""
        if self._words is None:
            body = self._tree.find(".//body")
            self._words = 0 if body is None else _running_words(body)
        while self._marked:
            self._words -= _running_words(self._marked.pop())
        return self._words

    def _take_out(self) -> None:
        etree.strip_elements(self._tree, _DROPPED, with_tail=False)
        if self._words is None:
            self._marked.clear()


def _is_out(element: html.HtmlElement) -> bool:
    """Whether something around the element is marked already, or it itself."""
    return element.tag == _DROPPED or any(above.tag == _DROPPED for above in element.iterancestors())


class _Kind(IntEnum):
    """What names say of a box; where they say several things, the first holds."""

    STORY = 0
    ASIDE = 1
    FURNITURE = 2
    HEADING = 3
    NONE = 4


def _is_named_story(element: html.HtmlElement) -> bool:
    return any(_keeps(names[:_MAX_NAME]) for names in (element.get("class"), element.get("itemprop")) if names)


@lru_cache(maxsize=16_384)
def _keeps(names: str) -> bool:
    return _KEEP.search(names) is not None


@lru_cache(maxsize=16_384)
def _kind_of(names: str) -> _Kind:
    """What a class or an id says; each of its words is judged once, since pages share words more than names."""
    return min(map(_kind_of_word, names.split()), default=_Kind.NONE)


@lru_cache(maxsize=16_384)
def _kind_of_word(word: str) -> _Kind:
    word = _CAMEL.sub("-", word)
    kinds = ((_Kind.STORY, _KEEP), (_Kind.ASIDE, _ASIDE), (_Kind.FURNITURE, _FURNITURE), (_Kind.HEADING, _SUB_HEADING))
    return next((kind for kind, names in kinds if names.search(word)), _Kind.NONE)


def _usual_classes(tree: html.HtmlElement) -> set[str]:
    """Classes of paragraphs that hold most of the running text: no name makes these furniture."""
    words = Counter[str]()
    for one in tree.iter("p"):
        words[one.get("class") or ""] += _running_words(one)
    return {name for name, count in words.items() if name and count > words.total() / 2}


def _drop_teasers(tree: html.HtmlElement, host: str) -> None:
    """Drop headlines of other stories: links around headings, and blocks that are nothing but a link of the site."""
    body = tree.find(".//body")
    if body is None:
        return
    headed = (link for heading in list(body.iter(*_BELOW_TITLE)) for link in heading.iterancestors("a"))
    for link in dict.fromkeys(headed):
        if _is_internal(link, host):
            _drop(link)
    for block in list(body.iter("p", "ul", "ol", "h4", "h5")):
        if block.getparent() is None or next(block.iter("a"), None) is None:
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


def _has_paragraphs(element: html.HtmlElement) -> bool:
    counts = (_running_words(paragraph) for paragraph in element.iter("p"))
    return sum(count for count in counts if count > 8) >= 80


def _running_words(element: html.HtmlElement) -> int:
    """Words outside of links."""
    return weight_of(element.text_content()) - sum(weight_of(link.text_content()) for link in element.iter("a"))


def _drop(element: html.HtmlElement) -> None:
    if element.getparent() is not None:
        element.drop_tree()
