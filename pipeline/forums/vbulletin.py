"""vBulletin (vbulletin.com) 3, 4 and 5."""

from __future__ import annotations

import re

from lxml import html

from pipeline.forums.addresses import base_of, joined
from pipeline.forums.markup import MarkupEngine
from pipeline.forums.quotes import QuoteRules
from pipeline.forums.selecting import every

__all__ = ["VBulletin"]

_SLUG = re.compile(r"((?:showthread\.php\?|/)\d+)-[^/?#&]*?(?=(?:\.html)?$)")
_QUERY = re.compile(r"([^?#]*?showthread\.php)\?(?:[^#]*?[&;])?(?:t=(\d+)|(\d+)(-[^/?#&]*)?)")
_PATH = re.compile(r"([^?#]*/(?:threads?/)?\d+-[^/?#]+?)(?:\.html|/page-?\d+)?/?(?:[?#].*)?$")
_PLAIN = re.compile(r"([^?#]*?/(?:[^/?#]+-)?\d+)(?:/(?:index\d+\.html|page-?\d+/?)?)?(?:[?#].*)?$")
_HTML = re.compile(r"([^?#]*/(?:t?\d+-[^/?#]+|[^/?#]+-t?\d+))\.html")
_SAYS_THREAD = re.compile(r"(?:printthread|showthread|newreply|sendmessage|subscription)\.php\?(?:[^#]*?[&;])?t=(\d+)")


class VBulletin(MarkupEngine):
    """Reads vBulletin 3.5 to 5.7 and 6."""

    name = "vbulletin"
    slug = _SLUG
    signed = ("html#vbulletin_html", "body#vb-page-body", "meta[name='generator'][content^='vBulletin']")
    traces = ("post_message_", "vbulletin", "td_threadtitle_")
    made_by = (
        "div[id^='post_message_']",
        "script[src*='clientscript/vbulletin'], script[src*='vbulletin_global.js']",
        "table#threadslist td[id^='td_threadtitle_']",
    )
    post = (
        "li[id^='post_']",
        "li.b-post[data-node-id]",
        "li.list-item[data-node-id]",
        "//table[starts-with(@id, 'post') and .//div[starts-with(@id, 'post_message_')]]",
        "//div[starts-with(@id, 'edit') and .//div[starts-with(@id, 'post_message_')]]",
        "//div[starts-with(@id, 'post_message_')]/ancestor::table[1]",
    )
    body = (
        "[id^='post_message_'] .postcontent",
        "[id^='post_message_']",
        ".js-post__content-text",
        ".post-content-text",
        ".postcontent",
    )
    not_text = (
        ".bbcode_description",
        ".after_content",
        ".signature",
        ".postfoot",
        ".h-hide",
        ".b-post__footer",
        ".attachments",
        ".post-signature",
        "fieldset.fieldset",
        ".lastedited",
        ".//div[@class='smallfont'][following-sibling::*[self::pre or self::div[@class='alt2']]]",
    )
    quotes = QuoteRules(
        (
            ".bbcode_container:has(.bbcode_quote)",
            ".bbcode_quote",
            ".//div[div[@class='smallfont'] and table//td[contains(@class, 'alt2')] and not(.//pre)]",
        ),
        head=".bbcode_postedby, td.alt2 > div:first-child",
        text=(".bbcode_quote .message", ".quote_container", "td.alt2 > div:nth-child(2)", "td.alt2"),
        name=("strong",),
    )
    author = (
        ".username_container .username",
        ".b-userinfo [itemprop='name']",
        ".b-userinfo__details .author a",
        ".author a",
        ".author strong",
        "a.bigusername",
        "[id^='postmenu_']",
        ".username",
    )
    author_link = (
        ".username_container a.username",
        ".b-userinfo .author a",
        ".author a",
        "a.bigusername",
        "a[href*='member'][href*='u='], a[href*='members/'], a[href*='member.php?']:not([href*='?s='])",
    )
    when = (
        ".postdate",
        ".b-post__timestamp",
        ".post-date",
        "time",
        "td.thead:first-child",
        ".thead",
        ".tcat",
    )
    edited = (".lastedited", ".b-post__edit", ".smallfont em")
    permalink = (
        "a.postcounter",
        "a.b-post__count",
        "a.post-count",
        "a[id^='postcount'][href]",
        "a[href*='#post']",
    )
    number = ("a.postcounter", "a.b-post__count", "a.post-count", "a[id^='postcount']")
    heading = (
        "#pagetitle .threadtitle",
        ".b-module h1.main-title",
        "h1.main-title",
        "h1 .threadtitle",
        "#pagetitle h1",
        "td.navbar strong",
        ".navbar strong",
        "h1",
    )
    not_heading = ".prefix, .js-prefix, .b-icon"
    forum = (
        ".forumbit_post .forumtitle a",
        ".forumbit_post .subforum a",
        "tr.forum-item a.forum-title",
        ".subforum-list a",
        ".//td[starts-with(@id, 'f')]//a[strong and contains(@href, 'forum')]",
        ".//td[starts-with(@id, 'f')]/div[1]/a[strong]",
    )
    row = (
        "li.threadbit",
        "tr.topic-item[data-node-id], tr.topic-item",
        "//tr[td[starts-with(@id, 'td_threadtitle_')]]",
    )
    thread = (
        "a.title[id^='thread_title_'], .threadtitle a.title",
        "a.topic-title",
        "a[id^='thread_title_']",
    )
    last_post = (
        ".threadlastpost",
        ".cell-lastpost .post-date",
        ".cell-lastpost",
        "td.alt2[title]",
        ".//td[.//span[@class='time']]",
    )
    following = ("link[rel='next']", "a[rel='next']", "a.js-pagenav-next-button")
    current = (".pagenav td.alt2",)
    month_first = True

    def thread_of(self, url: str) -> str | None:
        if match := _QUERY.match(url):
            return f"{match[1]}?t={match[2]}" if match[2] else f"{match[1]}?{match[3]}{match[4] or ''}"
        if named := _HTML.match(url):
            return f"{named[1]}.html"
        if ".php" in url.partition("?")[0]:
            return None
        path = _PATH.match(url) or _PLAIN.match(url)
        return path[1] if path else None

    def thread_url(self, tree: html.HtmlElement, url: str) -> str:
        address = super().thread_url(tree, url)
        first = re.sub(r"-(?:page-?)?\d{1,4}\.html$", ".html", address)
        base = base_of(tree, url)
        if first != address and any(joined(base, one.get("href")) == first for one in every(tree, "a[href$='.html']")):
            return first  # search-friendly addresses: the pages of `12-name.html` are `12-name-2.html`
        return address

    def post_id(self, element: html.HtmlElement) -> str | None:
        if node := element.get("data-node-id"):
            return str(node)
        inner = every(element, "[id^='post_message_']")
        match = re.search(r"(\d+)$", str((inner[0] if inner else element).get("id") or ""))
        return match[1] if match else None

    def _own_links(self, tree: html.HtmlElement, url: str) -> list[str]:
        base, found = base_of(tree, url), super()._own_links(tree, url)
        for link in every(tree, "a[href*='t=']"):
            if (match := _SAYS_THREAD.search(link.get("href"))) and (
                page := joined(base, f"showthread.php?t={match[1]}")
            ):
                found.append(page)
        return found
