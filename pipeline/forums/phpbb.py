"""phpBB (phpbb.com): 3.0 to 3.3 with prosilver or subsilver2 and what derives from them, and 2.0 with subSilver."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from lxml import html

from pipeline.forums.engine import Post
from pipeline.forums.markup import MarkupEngine
from pipeline.forums.quotes import QuoteRules
from pipeline.forums.selecting import every, first

__all__ = ["PhpBB"]

_SLUG = re.compile(r"(/)[^/?#]*-(?=(?:t|topic)-?\d+\.html$)")
_THREAD = re.compile(r"([^?#]*?viewtopic\.php)\?(?:[^#]*?[&;])?t=(\d+)")
_NAMED = re.compile(r"([^?#]*?[-/](?:t|topic)-?(\d+))(?:-\d+)?\.html")
_START = re.compile(r"[?&;]start=(\d+)")
_UNDERLINE = re.compile(r"(?:^|\n\n)_{10,}(?:\n\n|$)[\s\S]*\Z")
_USER = "a[class^='username'], span[class^='username']"


class PhpBB(MarkupEngine):
    """Reads phpBB 3 and 2."""

    name = "phpbb"
    slug = _SLUG
    signed = ("body#phpbb",)
    traces = ("viewtopic", "viewforum", "postbody")
    made_by = (
        "div.post[id^='p'] > .inner > .postbody",
        "a.topictitle[href*='viewtopic'], a.forumtitle[href*='viewforum'], a.forumlink[href*='viewforum']",
        "table.tablebg b.postauthor",
        "//td/span[@class='postbody']",
    )
    post = (
        "div.post:not(.search)",
        "//table[contains(@class, 'tablebg') and (./tr | ./tbody/tr)//b[@class='postauthor']]",
        "//span[@class='name'][a[@name]]/ancestor::tr[1]",
    )
    body = (
        "div.content",
        "div.postbody",
        "//td[./span[@class='postbody']]",
    )
    not_text = (
        ".signature",
        ".notice",
        ".attachbox",
        ".inline-attachment",
        "dl.file",
        "dl.thumbnail",
        "dl.codebox > dt",
        ".codebox > p",
        "div.codetitle",
        ".attachtitle",
        ".attachcontent",
        "span.gensmall",
        ".edited",
        ".posthilit-none",
        ".rules",
    )
    quotes = QuoteRules(
        ("blockquote", "div.quotecontent", ".//table[.//td[@class='quote']]"),
        head="cite, span.genmed",
        head_before="quotetitle",
        text=("td.quote",),
        name=("a[href*='memberlist']", "a[href*='profile']"),
    )
    author = (
        f"p.author :is({_USER})",
        "p.author strong a",
        "p.author strong",
        "p.author a[href*='viewprofile']",
        f".postprofile dt :is({_USER})",
        f".postprofile :is({_USER})",
        ".postprofile dt a:last-of-type",
        ".postprofile strong",
        "b.postauthor",
        "span.name b",
    )
    author_link = (
        "p.author a[href*='viewprofile']",
        "p.author a[class^='username']",
        ".postprofile dt a[class^='username']",
        ".postprofile a[href*='viewprofile']",
        "a[href*='viewprofile']",
    )
    when = (
        "p.author time",
        "p.author",
        "time",
        "td.gensmall div[style*='right']",
        "td.gensmall",
        ".//a[img]/following-sibling::span[@class='postdetails']",
    )
    edited = ("div.notice", ".edited")
    permalink = (
        "p.author a[href*='#p']",
        "a[href*='viewtopic.php?p=']",
        "h3 a[href*='#p']",
        "a[href*='#p']",
        "a[href*='viewtopic.php'][href*='#']",
    )
    number = (".post-buttons a", "p.author a")
    heading = (
        ".topic-title a",
        ".topic-title",
        "#page-body h2 a[href*='viewtopic']",
        "#pageheader h2 a",
        "h2 a[href*='viewtopic']",
        "h1 a[href*='viewtopic']",
        "a.maintitle",
        "a.titles",
    )
    not_heading = ".topictags, .label, .prefix"
    forum = (
        "a.forumtitle",
        "a.forumlink",
        "a.subforum",
    )
    row = ("//li[.//a[contains(@class, 'topictitle')]]", "//a[contains(@class, 'topictitle')]/ancestor::tr[1]")
    thread = ("a.topictitle[href*='t=']", "a.topictitle")
    last_post = ("dd.lastpost", ".lastpost", ".//td[last()]")
    following = (
        "link[rel='next']",
        ".pagination a[rel='next'], .pagination .next a, .action-bar .next a",
        "a.right-box.right, a.right-box",
    )
    current = (".pagination strong", ".pagination li.active", ".gensmall b", ".nav b")

    def thread_of(self, url: str) -> str | None:
        if match := _THREAD.match(url):
            return f"{match[1]}?t={match[2]}"
        named = _NAMED.match(url)
        return f"{named[1]}.html" if named else None

    def post_id(self, element: html.HtmlElement) -> str | None:
        for name in self._names(element):
            if match := re.fullmatch(r"(?:p|post_content|profile|post-?)?(\d+)", str(name or "")):
                return match[1]
        return None

    def _names(self, element: html.HtmlElement) -> Iterator[str | None]:
        yield element.get("id")
        for one in every(element, "a[id], a[name]"):
            yield one.get("id") or one.get("name")
        for one in every(element, "[id^='post_content'], [id^='profile']"):
            yield one.get("id")

    def own_text(self, text: str) -> str:
        return _UNDERLINE.sub("", text)

    def posts(self, tree: html.HtmlElement, url: str, now: datetime) -> list[Post]:
        match = _START.search(url)  # the pages show no numbers, but where they start
        before = int(match[1]) if match and len(match[1]) < 8 else 0
        found = super().posts(tree, url, now)
        return [replace(one, position=one.position or before + order) for order, one in enumerate(found, 1)]

    def body_of(self, element: html.HtmlElement) -> html.HtmlElement | None:
        if element.tag == "tr":
            cell = first(element, "td span.postbody")
            return cell.getparent() if cell is not None else None
        return super().body_of(element)
