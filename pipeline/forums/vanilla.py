"""Vanilla Forums (vanillaforums.com): `body.Vanilla`, an opening discussion and its comments."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

from lxml import html

from pipeline.forums.engine import Post
from pipeline.forums.markup import MarkupEngine
from pipeline.forums.quotes import QuoteRules

__all__ = ["Vanilla"]

_SLUG = re.compile(r"(discussion/\d+)/[^/?#&]*$")
_THREAD = re.compile(r"([^?#]*?[/?](?:p=/)?discussion/\d+(?:/(?!p\d+(?:[/?#]|$))[^/?#&]+)?)")
_PAGE = re.compile(r"/p(\d+)/?(?:[?#]|$)")


class Vanilla(MarkupEngine):
    """Reads Vanilla 2 and 3, and the hosted versions that show the same markup."""

    name = "vanilla"
    slug = _SLUG
    signed = ("body.Vanilla", "body[id^='vanilla_discussion']", "body[id^='vanilla_categor']")
    post = (
        ".ItemDiscussion[id^='Discussion_'], .ItemComment[id^='Comment_']",
        "li[id^='Comment_'], div[id^='Discussion_']",
    )
    body = ("div.Message", ".Message")
    not_text = (
        ".Reactions",
        ".Signature",
        ".UserSignature",
        ".DateUpdated",
        ".embedExternal:not(.embedQuote)",
        ".Attachments",
        ".PostAttachments",
        ".Spoiler > .SpoilerTitle",
        ".AttachFileWrapper",
    )
    quotes = QuoteRules(
        ("blockquote, .embedQuote",),
        head=".QuoteAuthor, .embedQuote-header, .blockquote-author",
        text=(".QuoteText", ".embedQuote-content", ".blockquote-content"),
        name=(".embedQuote-userName", "a"),
        names=("rel",),
    )
    author = (".Author .Username", ".Author a[href*='profile']", ".Username", ".Author")
    author_link = (".Author a.Username", ".Author a[href*='profile']", "a.Username")
    when = (".DateCreated time", ".DateCreated", ".CommentMeta time, .DiscussionMeta time")
    edited = (".DateUpdated",)
    permalink = (".DateCreated a.Permalink", "a.Permalink", ".DateCreated a")
    heading = ("#Item_0 h1", ".PageTitle h1", "h1.HomepageTitle, h1")
    not_heading = ".Tag, .Options"
    forum = (
        ".CategoryList .ItemContent > .TitleWrap a",
        ".CategoryList li.Item.Category .Title",
        "li.Category .TitleWrap a",
        "td.CategoryName h2 a",
        "td.CategoryName h3 a",
        ".CategoryName-Title a",
        ".ChildCategories a",
        ".CategoryBox h2 a[href*='categories/']",
        "a.ItemLink[href*='categories/']",
    )
    row = ("li.ItemDiscussion, tr.ItemDiscussion", "li.Item[id^='Discussion_'], tr.Item[id^='Discussion_']")
    thread = (".Title a[href*='discussion/'], a.Title[href*='discussion/']", "a[href*='discussion/']")
    last_post = (
        ".LastCommentDate time",
        ".LastUser time, .LastUser .CommentDate",
        ".MItem.LastCommentDate",
        ".LastUser",
        ".CommentDate",
        "time",
    )
    following = ("link[rel='next']", "a.Next[rel='next'], a.Next", "a[rel='next']")

    def thread_of(self, url: str) -> str | None:
        match = _THREAD.match(url)
        return match[1] if match and "/discussion/comment" not in match[1] else None

    def post_id(self, element: html.HtmlElement) -> str | None:
        kind, _, number = str(element.get("id") or "").partition("_")
        # Discussions and comments are numbered apart.
        return f"discussion-{number}" if kind == "Discussion" and number else number or None

    def posts(self, tree: html.HtmlElement, url: str, now: datetime) -> list[Post]:
        found = super().posts(tree, url, now)
        page = _PAGE.search(url)
        if page and page[1] != "1":
            return found  # the number of comments a page is a setting, so places are not known here
        return [replace(one, position=order) for order, one in enumerate(found, 1)]
