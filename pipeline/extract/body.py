"""The text of an article page in paragraphs: furniture out, then trafilatura, then what still is not the story's."""

from __future__ import annotations

import copy
import re

from lxml import html
from trafilatura import bare_extraction

from pipeline.extract.blocks import container_lines
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
    "//script[not(@type='application/ld+json')] | //style | //noscript | //form | //nav | //aside | //iframe"
    " | //figcaption | //footer | //button"
)
_MARKER = re.compile(r"^\s*(?:[-*•]\s+|\|\s*)|\s*\|\s*$")
"""How trafilatura marks list items and table rows in plain text."""


def without_furniture(tree: html.HtmlElement) -> html.HtmlElement:
    """A copy of the tree without navigation, captions, share and comment boxes, related headlines."""
    tree = copy.deepcopy(tree)
    for element in tree.xpath(_NO_TEXT):
        if element.tag not in ("form", "aside", "footer") or not _holds_story(element):
            _drop(element)
    for element in tree.xpath("//body//*[@class or @id]"):
        names = f"{element.get('class', '')} {element.get('id', '')}"
        if element.tag in _INLINE or _KEEP.search(names):
            continue
        aside = _ASIDE.search(names) is not None
        if aside and _has_paragraphs(element):
            element.attrib.pop("class", None)  # trafilatura, too, judges such boxes by their names
            element.attrib.pop("id", None)
        elif (aside or _FURNITURE.search(names)) and not _holds_story(element):
            _drop(element)
    return tree


def article_paragraphs(tree: html.HtmlElement, title: str | None) -> list[str]:
    """Paragraphs of the story on a page whose furniture was taken out; the headline is not repeated among them."""
    lines = [line.text for line in container_lines(tree, named=True)]
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


def _holds_story(element: html.HtmlElement) -> bool:
    """A wrapper with a misleading name still holds the story when much of the page's running text is inside."""
    if any(_KEEP.search(str(name)) for name in element.xpath(".//@class | .//@itemprop")):
        return True
    words = _running_words(element)
    if words < 100:
        return False
    body = element.getroottree().find(".//body")
    return body is None or words > _running_words(body) / 2


def _has_paragraphs(element: html.HtmlElement) -> bool:
    return sum(_running_words(paragraph) for paragraph in element.iter("p") if _running_words(paragraph) > 8) >= 80


def _running_words(element: html.HtmlElement) -> int:
    """Words outside of links."""
    return len(element.text_content().split()) - sum(len(link.text_content().split()) for link in element.iter("a"))


def _drop(element: html.HtmlElement) -> None:
    if element.getparent() is not None:
        element.drop_tree()
