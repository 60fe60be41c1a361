"""The text of an article page in paragraphs: furniture out, then trafilatura, then what still is not the story's."""

from __future__ import annotations

import re
from functools import lru_cache

from lxml import etree, html
from trafilatura import bare_extraction

from pipeline.extract.blocks import Container
from pipeline.models import normalised_headline

__all__ = ["article_paragraphs", "without_furniture"]

_FURNITURE = re.compile(
    r"(?i)(^|[\s_-])(share|sharing|shares|social|sharedaddy|addtoany|newsletter|subscribe|signup|outbrain|taboola|"
    r"comments?|respond|disqus|cookie\w*|consent|breadcrumbs?|post-?navigation|nav-?links|pagination|pager|blog-pager|"
    r"author-?box|author-?bio|about-?author|byline|post-?meta|entry-?meta|tags?-?links|cat-?links|tag-?cloud|"
    r"wp-caption-text|caption|tr-caption|imagecaption|(?:photo|image|img|media|picture)-?credits?|advert\w*|ad-?slot|sponsored|paywall|print-?only|toolbar|"
    r"post-?footer|post-?share)([\s_-]|$)"
)
_ASIDE = re.compile(
    r"(?i)(^|[\s_-])(related|recommend\w*|read-?more|more-?articles|more-?stories|also-?read|promo|widget|sidebar|"
    r"jp-relatedposts)([\s_-]|$)"
)
"""Boxes of links, mostly; one with paragraphs of its own belongs to the page's text."""
_KEEP = re.compile(
    r"(?i)(entry-content|post-content|article-body|articlebody|post-body|td-post-content|single-post|hentry|wp-site-blocks)"
)
_BOILERPLATE = re.compile(
    r"(?i)^(?:[›»>]*\s*subscribe\b.{0,60}|"
    r"(?:source|via)\s*:?\s*(?:read (?:the )?full (?:article|story)|click here|link)\.?|"
    r"read (?:more|also|next|the (?:full|rest).{0,60}|full (?:article|story).{0,40})\s*[:.…>»]*|"
    r"to read the rest of .{0,80}|(?:also )?read(?: more| also| next)?\s*:.{0,160}|see also\s*:.{0,160}|"
    r"related\s*:.{0,160}|"
    r"advertisement|continue reading.{0,80}|share (?:this|on).{0,80}|follow us on.{0,100}|"
    r"click (?:here|on the link).{0,80}|sign up (?:for|to).{0,120}|leave a (?:reply|comment)|"
    r"no comments:?|post a comment)$"
)


_INLINE = frozenset(("a", "b", "em", "i", "mark", "span", "strong"))
_NO_TEXT = (
    "style noscript nav iframe figcaption button meta link svg picture source video audio canvas object input select"
    " textarea template"
).split()
_NAMED = etree.XPath("//body//*[@class or @id or @itemprop]")
_DROPPED = "copydesk-dropped"
_MAX_NAME = 1_000
_MARKER = re.compile(r"^\s*(?:[-*•]\s+|\|\s*)|\s*\|\s*$")
"""How trafilatura marks list items and table rows in plain text."""


def without_furniture(tree: html.HtmlElement) -> html.HtmlElement:
    """The tree, out of which navigation, captions, share and comment boxes and related headlines were taken."""
    for script in tree.iter("script"):
        if script.get("type") != "application/ld+json":
            script.tag = "style"
    etree.strip_elements(tree, *_NO_TEXT, with_tail=False)
    boxes = _Boxes(tree)
    boxes.judge_by_tag()
    boxes.judge_by_name()
    return tree


class _Boxes:
    """Judges the boxes of a page; one that is out is marked, to be taken out with all others at once.

    No element is looked at more often than it is deep: pages may have a million of them.
    """

    def __init__(self, tree: html.HtmlElement) -> None:
        self._tree = tree
        self._marked: list[html.HtmlElement] = []
        self._words: int | None = None
        self._holders: set[html.HtmlElement] = set()
        self._boxes: list[tuple[html.HtmlElement, str]] = []
        for element in _NAMED(tree):
            classes, name = _name(element, "class"), _name(element, "id")
            role = _role(classes)
            if "story" in (role, _role(_name(element, "itemprop"))):
                self._add_holders(element)
            role = _role(f"{classes} {name}") if name else role
            if role in ("aside", "furniture") and element.tag not in _INLINE:
                self._boxes.append((element, role))

    def _add_holders(self, element: html.HtmlElement | None) -> None:
        while element is not None and element not in self._holders:
            self._holders.add(element)
            element = element.getparent()

    def judge_by_tag(self) -> None:
        for element in list(self._tree.iter("form", "aside", "footer")):
            self._mark_without_story(element)
        self._take_out()

    def judge_by_name(self) -> None:
        for element, role in self._boxes:
            if role == "aside" and _has_paragraphs(element):
                element.attrib.pop("class", None)  # trafilatura, too, judges such boxes by their names
                element.attrib.pop("id", None)
            else:
                self._mark_without_story(element)
        self._take_out()

    def _mark_without_story(self, element: html.HtmlElement) -> None:
        """A wrapper with a misleading name still holds the story when much of the running text is inside."""
        if element in self._holders or any(above.tag == _DROPPED for above in element.iterancestors()):
            return
        if len(element.text_content().split()) >= 100:
            words = _running_words(element)
            if words >= 100 and 2 * words > self._words_of_page():
                return
        element.tag = _DROPPED
        self._marked.append(element)

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


def _name(element: html.HtmlElement, attribute: str) -> str:
    return str(element.get(attribute, ""))[:_MAX_NAME]


@lru_cache(maxsize=16_384)
def _role(names: str) -> str:
    """What the names of an element say: `story`, `aside`, `furniture` or nothing."""
    if _KEEP.search(names):
        return "story"
    if _ASIDE.search(names):
        return "aside"
    return "furniture" if _FURNITURE.search(names) else ""


def article_paragraphs(tree: html.HtmlElement, container: Container, title: str | None) -> list[str]:
    """Paragraphs of the story on a page whose furniture was taken out; the headline is not repeated among them."""
    lines = [line.text for line in container.lines] if container.named else []
    paragraphs = _by_trafilatura(tree, title)
    # Where a page has no paragraphs in its markup, trafilatura may miss most of a story whose place is plain.
    if _word_count(paragraphs) < 0.5 * _word_count(lines):
        return trimmed(lines, title)
    return paragraphs


def _word_count(texts: list[str]) -> int:
    return sum(len(text.split()) for text in texts)


def _by_trafilatura(tree: html.HtmlElement, title: str | None) -> list[str]:
    found = bare_extraction(tree, fast=True, include_comments=False, include_tables=True, with_metadata=False)
    if found is None or isinstance(found, dict) or not found.text:
        return []
    lines = (" ".join(_MARKER.sub("", line).split()) for line in found.text.split("\n"))
    return trimmed([line for line in lines if line], title)


def trimmed(paragraphs: list[str], title: str | None) -> list[str]:
    """Paragraphs without boilerplate lines and without the headline at their head."""
    kept = [text for text in paragraphs if not _BOILERPLATE.match(text)]
    headline = normalised_headline(title or "")
    while kept and headline and normalised_headline(kept[0]) in (headline, ""):
        kept.pop(0)
    return kept


def _has_paragraphs(element: html.HtmlElement) -> bool:
    counts = (_running_words(paragraph) for paragraph in element.iter("p"))
    return sum(count for count in counts if count > 8) >= 80


def _running_words(element: html.HtmlElement) -> int:
    """Words outside of links."""
    return len(element.text_content().split()) - sum(len(link.text_content().split()) for link in element.iter("a"))
