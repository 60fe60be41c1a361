"""SMF, Simple Machines Forum (simplemachines.org), 1.1 to 2.1."""

from __future__ import annotations

import re

from lxml import html

from pipeline.forums.markup import MarkupEngine
from pipeline.forums.quotes import QuoteRules
from pipeline.forums.selecting import every, first, text_of

__all__ = ["SMF"]

_THREAD = re.compile(r"([^#]*?)(?:\?(?:[^#]*?[;&])?topic=(\d+)|[?/]topic,(\d+))")
_REPLY = re.compile(r"#\s*(\d+)")


class SMF(MarkupEngine):
    """Reads the default themes (Core, Babylon, Curve) and those made of them."""

    name = "smf"
    traces = ("_theme_url", "smf_scripturl", "msg_")
    made_by = (
        "#forumposts .post .inner[id^='msg_'], .post_wrapper .post .inner[id^='msg_']",
        "//script[contains(., 'smf_theme_url') or contains(., 'smf_scripturl') or contains(., 'elk_theme_url')]",
        "#messageindex span[id^='msg_'] a[href*='topic']",
    )
    post = (
        "//div[contains(concat(' ', @class, ' '), ' post_wrapper ') and .//*[starts-with(@id, 'subject_')]]",
        "//*[starts-with(@id, 'subject_')]/ancestor::table[2]",
    )
    body = (".post .inner", "div.post", ".inner[id^='msg_']")
    not_text = (
        ".smalltext.modified",
        ".codeheader",
        ".codeoperation",
        ".bbc_code_operation",
        ".attachments",
        ".signature",
    )
    quotes = QuoteRules(
        ("blockquote, div.quote",),
        head="cite",
        head_before="quoteheader",
    )
    author = (
        ".poster h4 a[href*='profile']",
        ".poster h4",
        ".poster a[href*='profile']",
        "td b a[href*='profile']",
        "td > b",
    )
    author_link = (".poster h4 a[href*='profile']", "td b a[href*='profile']")
    when = (
        ".postinfo a.smalltext",
        ".keyinfo .smalltext",
        "[id^='subject_'] + .smalltext",
        ".keyinfo",
    )
    edited = (".modified",)
    permalink = ("[id^='subject_'] a", ".postinfo a")
    heading = (
        ".navigate_section li.last a span, .navigate_section li.last a",
        "h2.display_title",
        "meta[property='og:title']",
        "title",
    )
    forum = (
        "a.subject[href*='board']",
        ".children a[href*='board']:not([href*='action='])",
        "a[name^='b'][href*='board']",
        ".//td[contains(@class, 'windowbg')]//b/a[contains(@href, 'board')]",
    )
    row = (
        "#topic_container > div",
        "//tr[.//span[starts-with(@id, 'msg_')]]",
        "//tr[td[contains(@class, 'windowbg')]//a[contains(@href, 'topic')] and not(.//tr)]",
    )
    thread = ("span[id^='msg_'] a[href*='topic']", "td.subject a[href*='topic']", "a[href*='topic']")
    last_post = (".lastpost", ".//td[last()]")
    following = ()  # its rel=next is another thread
    current = (".pagelinks strong", ".pagelinks .current_page", ".pagesection .current_page", "td.middletext b")
    month_first = True

    def thread_of(self, url: str) -> str | None:
        match = _THREAD.match(url)
        if match is None:
            return None
        return f"{match[1]}?topic={match[2]}.0" if match[2] else f"{match[1]}{url[match.end(1)]}topic,{match[3]}.0.html"

    def post_id(self, element: html.HtmlElement) -> str | None:
        for one in every(element, "[id^='subject_']"):
            match = re.search(r"(\d+)$", str(one.get("id")))
            return match[1] if match else None
        return None

    def position(self, element: html.HtmlElement) -> int | None:
        shown = text_of(first(element, ".page_number")) or ""
        if match := _REPLY.search(shown):
            return int(match[1][:8]) + 1  # the first answer is number 1 here
        reply = _REPLY.search(text_of(first(element, ".keyinfo .smalltext", "[id^='subject_'] + .smalltext")) or "")
        if reply:
            return int(reply[1][:8]) + 1
        return None
