"""XenForo 1 and 2 (xenforo.com): `<html id="XenForo">` and `<html id="XF">`, posts with `data-author`."""

from __future__ import annotations

import re

from lxml import html

from pipeline.forums.markup import MarkupEngine
from pipeline.forums.quotes import QuoteRules

__all__ = ["XenForo1", "XenForo2"]

_SLUG = re.compile(r"(threads/)[^/?#&]*\.(?=\d+/)")
_THREAD = re.compile(r"[^#]*?[/?]threads/[^/?#&]+")


class _XenForo(MarkupEngine):
    slug = _SLUG

    def thread_of(self, url: str) -> str | None:
        match = _THREAD.match(url)
        return match[0] + "/" if match else None

    def author_of(self, element: html.HtmlElement) -> str | None:
        return str(element.get("data-author") or "").strip() or super().author_of(element)


class XenForo2(_XenForo):
    """Reads XenForo 2.0 to 2.3."""

    name = "xenforo2"
    signed = ("html#XF",)
    post = ("article.message[data-author][data-content^='post-']",)
    body = ("div.bbWrapper", ".bbWrapper")
    not_text = (
        ".bbCodeBlock-expandLink",
        ".js-selectToQuoteEnd",
        ".message-signature",
        ".message-lastEdit",
        ".bbImageWrapper",
        ".bbCodeBlock--unfurl",
        ".bbCodeBlock--code .bbCodeBlock-title",
        ".bbCodeSpoiler-button",
        ".attachmentList",
    )
    quotes = QuoteRules(
        ("blockquote.bbCodeBlock--quote",),
        head=".bbCodeBlock-title",
        text=(".bbCodeBlock-expandContent", ".bbCodeBlock-content"),
        names=("data-quote",),
        ids=("data-source",),
    )
    author = (".message-name",)
    author_link = (".message-name a",)
    when = (".message-attribution time", "time")
    edited = (".message-lastEdit time",)
    permalink = (
        ".message-attribution a[href*='post-']",
        ".message-attribution a[href*='/posts/']",
        "a[href*='/post-']",
    )
    number = (".message-attribution a", ".message-attribution li")
    heading = ("h1.p-title-value",)
    not_heading = ".label, .label-append"
    forum = (".node--forum .node-title a",)
    row = (".structItem--thread",)
    thread = (".structItem-title a[href*='threads/']",)
    last_post = (".structItem-cell--latest time",)
    following = ("a.pageNav-jump--next", "link[rel='next']")

    def post_id(self, element: html.HtmlElement) -> str | None:
        return str(element.get("data-content", "")).partition("post-")[2] or None


class XenForo1(_XenForo):
    """Reads XenForo 1.0 to 1.5."""

    name = "xenforo1"
    signed = ("html#XenForo",)
    post = ("li.message[id^='post-']",)
    body = (".messageText",)
    not_text = (
        ".messageTextEndMarker",
        ".quoteExpand",
        ".bbCodeSpoilerButton",
        ".attachedFiles",
        ".bbCodeCode .type",
    )
    quotes = QuoteRules(
        (".bbCodeQuote",), head=".attribution", text=(".quote", ".quoteContainer"), names=("data-author",)
    )
    author = (".userText .username", ".username.author")
    author_link = (".userText a.username", "a.username.author")
    when = (".messageMeta .DateTime", ".datePermalink", ".DateTime")
    edited = (".editDate .DateTime",)
    permalink = ("a.datePermalink", "a.postNumber")
    number = (".postNumber",)
    heading = (".titleBar h1", "h1")
    not_heading = ".prefix, .Popup"
    forum = (
        "li.node.forum .nodeTitle a",
        ".forumNodeInfo .nodeTitle a",
    )
    row = ("li.discussionListItem",)
    thread = (".title a.PreviewTooltip", ".title a[href*='threads/']")
    last_post = (".lastPostInfo .DateTime", ".lastPost .DateTime")
    following = ("link[rel='next']",)
    current = (".PageNav a.currentPage",)
