"""WoltLab Suite Forum and Burning Board 4 (woltlab.com)."""

from __future__ import annotations

import re

from lxml import html

from pipeline.forums.markup import MarkupEngine
from pipeline.forums.quotes import QuoteRules

__all__ = ["WoltLab"]

_SLUG = re.compile(r"(thread/\d+)-[^/?#&]*")
_THREAD = re.compile(r"(?i)([^#]*?[/?]thread/\d+[^/?#&]*)")


class WoltLab(MarkupEngine):
    """Reads WoltLab Suite 3 to 6 and Burning Board 4."""

    name = "woltlab"
    slug = _SLUG
    signed = (
        "body[data-application='wbb']",
        "body[id^='tpl_wbb_']",
        "body#tplThread",
        "body#tplBoard",
        "body#tplBoardList",
    )
    traces = ("wbbThread", "wbbBoardList")
    made_by = (".wbbThreadPostList, .wbbBoardList, .wbbThreadList",)
    post = ("article.message[data-post-id]", "article[data-post-id]", ".wbbThreadPostList > li > article.message")
    body = (".messageText",)
    not_text = (
        ".messageSignature",
        ".messageFooterNotes",
        ".embeddedContent",
        ".codeBoxHeader",
        ".codeBox header",
        ".attachmentThumbnailList",
        ".attachmentFileList",
        ".jsSpoilerToggle",
        ".jsToggleSpoiler",
        ".spoilerBox header",
        ".unfurlUrlCardContainer",
        ".unfurlUrlCard",
        ".mediaBigCaption",
        ".bbcodeYoutube",
    )
    quotes = QuoteRules(
        ("blockquote.quoteBox, blockquote.container, woltlab-quote",),
        head=".quoteBoxTitle, header, .quoteBox__header",
        text=(".quoteBoxContent", ".quoteBox__content", ":scope > div"),
        names=("data-author", "author"),
        ids=("cite", "data-link"),
    )
    author = (
        ".messageSidebar .username [itemprop='name']",
        ".messageSidebar .username",
        ".messageAuthor .username",
        ".messageHeadline .username",
        ".messageHeader .username",
        "[itemprop='author'] [itemprop='name']",
    )
    author_link = (".messageSidebar a.username", ".messageSidebar .username a", ".username a", "a.username, a.userLink")
    when = (
        ".messagePublicationTime",
        ".messageHeader .permalink",
        ".messageHeader time",
        "meta[itemprop='datePublished']",
        "time",
    )
    edited = (".messageFooterNotes time", ".messageFooterNotes")
    permalink = (
        "a.messagePublicationTime",
        ".messageHeader a.permalink",
        "a.permalink",
        ".messageQuickOptions a[href*='post']",
    )
    number = (".messageQuickOptions a", ".messageQuickOptions li", ".messageHeader .messageNumber")
    heading = ("h1.contentTitle", ".contentHeaderTitle h1", ".boxHeadline h1", "h1")
    not_heading = ".badge, .label, .labelList"
    forum = (
        ".wbbBoardList .wbbBoard .containerHeadline h3 a",
        ".wbbBoardList .wbbBoardTitle a",
        ".wbbSubBoards a",
        ".wbbBoardList .wbbSubBoards a",
        ".wbbBoardNode__title a",
        ".wbbBoardNode a[href*='board/']",
        ".wbbBoardList .wbbBoard h3 a",
        ".wbbBoardList a.wbbBoardNode__link",
    )
    row = (".wbbThread[data-thread-id], .tabularListRow .wbbThread", "tr.wbbThread", "[data-thread-id]")
    thread = ("a.wbbTopicLink, a.messageGroupLink", ".columnSubject h3 a[href*='hread/']", "a[href*='hread/']")
    last_post = (".columnLastPost time, .columnLastPost woltlab-core-date-time", ".columnLastPost", "time")
    following = (
        "link[rel='next']",
        "nav.pagination a[rel='next'], .pageNavigation a[rel='next']",
        "li.skip a[rel='next']",
    )
    current = (".pagination li.active",)

    def thread_of(self, url: str) -> str | None:
        match = _THREAD.match(url)
        return match[1] + "/" if match else None

    def post_id(self, element: html.HtmlElement) -> str | None:
        if found := element.get("data-post-id"):
            return str(found)
        parent = element.getparent()
        return super().post_id(element if element.get("id") or parent is None else parent)
