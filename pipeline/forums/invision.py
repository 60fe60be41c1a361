"""Invision Community (invisioncommunity.com) 4 and 5, and IP.Board 3."""

from __future__ import annotations

import re

from lxml import html

from pipeline.forums.markup import MarkupEngine
from pipeline.forums.quotes import QuoteRules

__all__ = ["Invision"]

_SLUG = re.compile(r"(topic/\d+)-[^/?#&]*")
_PATH = re.compile(r"([^#]*?[/?]topic/\d+[^/?#&]*)")
_QUERY = re.compile(r"([^?#]*)\?(?:[^#]*?[&;])?showtopic=(\d+)")


class Invision(MarkupEngine):
    """Reads topics of the forums application; its pages, downloads and galleries are no threads."""

    name = "invision"
    slug = _SLUG
    signed = ("body[data-pageapp='forums']", "body#ipboard_body")
    traces = ("elComment_",)
    made_by = (
        "body.ipsApp #elPostFeed, body.ipsApp .cTopic article[id^='elComment_']",
        "body.ipsApp article.cPost[id^='elComment_']",
    )
    post = ("article[id^='elComment_']", "div.post_block[id^='post_id_']")
    body = (
        "[data-role='commentContent']",
        ".cPost_contentWrap .ipsType_richText",
        ".ipsRichText",
        ".ipsType_richText",
        "div.post.entry-content",
        "[itemprop='commentText']",
    )
    not_text = (
        "[data-excludequote]",
        ".ipsItemControls",
        ".ipsEmbeddedVideo",
        ".ipsEmbedded",
        ".ipsEmbedded_headerArea",
        "p.edit",
        ".ipsSpoiler_header",
        ".ipsSpoiler > summary",
        ".signature",
        ".attachment_list",
        ".rating_mode",
        ".bbc_spoiler_show",
    )
    quotes = QuoteRules(
        ("blockquote.ipsQuote, blockquote.ipsBlockquote, .blockquote",),
        head=".ipsQuote_citation",
        head_before="citation",
        text=(".ipsQuote_contents", ".quote"),
        names=("data-ipsquote-username", "data-author"),
        ids=("data-ipsquote-contentcommentid", "data-cid"),
    )
    author = (
        ".cAuthorPane_author a[href*='profile']",
        "aside .cAuthorPane_author",
        ".cAuthorPane_author strong",
        ".cAuthorPane_author",
        ".ipsEntry__username",
        ".ipsComment_author .ipsUsername, .ipsUsername",
        ".author.vcard .fn",
        ".post_username",
        ".author.vcard",
        ".author",
    )
    author_link = (".cAuthorPane_author a", ".ipsEntry__username a", "a.ipsUsername", ".author a", "h3 a")
    when = (
        ".ipsComment_meta time",
        ".ipsEntry__header time",
        ".ipsEntry__date time",
        "time",
        "abbr.published",
        ".posted_info",
        ".post_date",
    )
    edited = ("[data-excludequote]", "p.edit")
    permalink = (
        ".ipsComment_meta a[href*='omment']",
        "a.ipsEntry__date",
        ".ipsEntry__header a[href*='omment']",
        ".post_id a",
        "a[rel='bookmark']",
        "a[href*='findComment'], a[href*='findpost']",
    )
    number = (".post_id a", ".post_id", ".ipsComment_meta a[data-role='shareComment']")
    heading = (
        "h1.ipsType_pageTitle",
        "h1.ipsPageHeader__title",
        ".ipsPageHeader h1",
        "h1.ipsType_pagetitle",
        "h1[itemprop='name']",
        "h1",
    )
    not_heading = ".ipsBadge, .ipsTag, .ipsTags, .ipsTag_prefix, .ipsBadges, .prefix, .ipsType_prefix"
    forum = (
        ".cForumRow .ipsDataItem_title a[href*='forum']",
        ".cForumRow .ipsDataItem_subList a[href*='forum']",
        ".cForumGrid a.cForumGrid__title-link",
        ".cForumGrid__title a",
        ".ipsData__item .ipsData__title a[href*='forum/']",
        "td.col_c_forum a[href*='forum']",
        "h4.forum_name a",
        "td.altrow h4 a[href*='showforum']",
    )
    row = (
        "li.ipsDataItem[data-rowid], .cTopicList .ipsDataItem, li.ipsDataItem",
        "li.ipsData__item",
        "//tr[.//a[contains(@class, 'topic_title')]]",
    )
    thread = (
        ".ipsDataItem_title a[href*='topic']",
        ".ipsData__title a[href*='topic']",
        "a.topic_title[href*='topic']",
    )
    last_post = (
        ".ipsDataItem_lastPoster time",
        ".ipsData__last time",
        ".ipsDataItem_lastPoster",
        ".ipsData__last",
        "ul.last_post",
        "td.col_f_post",
        ".lastpost",
    )
    following = ("link[rel='next']", ".ipsPagination_next:not(.ipsPagination_inactive) a", "a[rel='next']", "li.next a")

    def thread_of(self, url: str) -> str | None:
        if match := _QUERY.match(url):
            return f"{match[1]}?showtopic={match[2]}"
        path = _PATH.match(url)
        return path[1] + "/" if path else None

    def post_id(self, element: html.HtmlElement) -> str | None:
        match = re.search(r"(\d+)$", str(element.get("id") or ""))
        return match[1] if match else None
