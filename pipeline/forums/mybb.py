"""MyBB (mybb.com) 1.4 to 1.8."""

from __future__ import annotations

import re

from lxml import html

from pipeline.forums.markup import MarkupEngine
from pipeline.forums.quotes import QuoteRules
from pipeline.forums.selecting import first

__all__ = ["MyBB"]

_QUERY = re.compile(r"([^?#]*?showthread\.php)\?(?:[^#]*?[&;])?tid=(\d+)")
_NUMBERED = re.compile(r"([^?#]*?/thread-\d+)(?:-[^/?#]*)?\.html")
_NAMED = re.compile(r"([^?#]*?/Thread-[^/?#]+)")


class MyBB(MarkupEngine):
    """Reads the default theme, its classic and its horizontal post layout."""

    name = "mybb"
    traces = ("jscripts/", "cache/themes/", "pid_", '"tid_')
    made_by = (
        ".post_body[id^='pid_']",
        "script[src*='jscripts/general.js'], script[src*='jscripts/thread.js']",
        "link[href*='cache/themes/theme'], link[href*='cache/themes/global.css']",
        "span[id^='tid_'].subject_new, span[id^='tid_'].subject_old",
    )
    post = (
        "div.post[id^='post_']",
        "//table[starts-with(@id, 'post_') and .//*[starts-with(@id, 'pid_')]]",
        "//*[starts-with(@id, 'pid_') and contains(@class, 'post_body')]/ancestor::table[2]",
    )
    body = (".post_body[id^='pid_']", ".post_body", "[id^='pid_']")
    not_text = (
        ".post_edit",
        ".signature",
        ".codeblock .title",
        ".codeblock > .title",
        ".mycode_quote_toggle",
        ".attachments",
        "fieldset",
    )
    quotes = QuoteRules(("blockquote",), head="cite")
    author = (
        ".author_information .largetext",
        ".author_information strong a",
        ".largetext",
        ".post_author strong a",
        "td strong a[href*='profile'], td strong a[href*='user-']",
    )
    author_link = (
        ".author_information .largetext a",
        ".largetext a",
        ".author_information a",
        "a[href*='action=profile'], a[href*='user-']",
    )
    when = (
        ".post_head .post_date",
        ".post_date",
        "td.tcat .smalltext",
        "td.tcat",
        ".//td[contains(@style, 'nowrap')]",
        ".smalltext",
    )
    edited = (".post_edit",)
    permalink = (".post_head a[href*='#pid']", "strong a[href*='#pid']", "a[href*='#pid']")
    number = (".post_head a[href*='#pid']", "a[href*='#pid']")
    heading = (
        ".navigation .active",
        ".//td[@class='thead']//strong[not(a)]",
        "td.thead strong",
    )
    forum = (
        "td.trow1 > strong > a[href*='forumdisplay.php?fid=']",
        "td.trow2 > strong > a[href*='forumdisplay.php?fid=']",
        "td.trow1 > strong > a[href*='forum-']",
        "td.trow2 > strong > a[href*='forum-']",
        "td.trow1 > strong > a[href*='Forum-']",
        "td.trow2 > strong > a[href*='Forum-']",
        ".subforums a",
        "td > strong > a[href*='forumdisplay.php?fid=']",
    )
    row = ("//tr[.//*[starts-with(@id, 'tid_')]]", "tr.inline_row")
    thread = ("[id^='tid_'] a[href*='hread']", "[class*='subject_'] a[href*='hread']")
    last_post = (".lastpost", ".//td[last()]")
    following = ("a.pagination_next", "link[rel='next']", "a[rel='next']")
    month_first = True

    def thread_of(self, url: str) -> str | None:
        if match := _QUERY.match(url):
            return f"{match[1]}?tid={match[2]}"
        if match := _NUMBERED.match(url):
            return f"{match[1]}.html"
        named = _NAMED.match(url)
        return named[1] if named else None

    def post_id(self, element: html.HtmlElement) -> str | None:
        body = first(element, *self.body)
        match = re.search(r"(\d+)$", str(element.get("id") or "")) or re.search(
            r"(\d+)$", str(body.get("id") or "") if body is not None else ""
        )
        return match[1] if match else None
