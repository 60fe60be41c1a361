"""XenForo 2 (xenforo.com): `<html id="XF">`, posts as `article.message` with `data-author`."""

from __future__ import annotations

import copy
import re
from datetime import datetime
from urllib.parse import urljoin

from lxml import html

from pipeline.forums.engine import Post, ThreadLink
from pipeline.forums.text import block_text
from pipeline.models import Quote

__all__ = ["XenForo2"]

_CLASS = "contains(concat(' ', normalize-space(@class), ' '), ' {} ')"
_POSTS = f"//article[{_CLASS.format('message')} and @data-author and contains(@data-content, 'post-')]"
_BODY = f".//*[{_CLASS.format('bbWrapper')}]"
_QUOTE = f".//blockquote[{_CLASS.format('bbCodeBlock--quote')}]"
_NOT_TEXT = " | ".join(
    f".//*[{_CLASS.format(name)}]"
    for name in (
        "bbCodeBlock-expandLink",
        "js-selectToQuoteEnd",
        "message-signature",
        "message-lastEdit",
        "bbImageWrapper",
    )
)
_THREAD = re.compile(r"/threads/[^/?#]+/?")


class XenForo2:
    """Reads XenForo 2.0 to 2.3."""

    name = "xenforo2"

    def recognises(self, tree: html.HtmlElement) -> bool:
        return bool(tree.getroottree().getroot().get("id") == "XF")

    def is_thread(self, tree: html.HtmlElement) -> bool:
        return bool(tree.xpath(_POSTS))

    def forum_links(self, tree: html.HtmlElement, url: str) -> list[str]:
        links = tree.xpath(f"//*[{_CLASS.format('node--forum')}]//*[{_CLASS.format('node-title')}]//a/@href")
        return list(dict.fromkeys(urljoin(url, str(link)) for link in links))

    def thread_links(self, tree: html.HtmlElement, url: str) -> list[ThreadLink]:
        found: dict[str, ThreadLink] = {}
        for item in tree.xpath(f"//div[{_CLASS.format('structItem--thread')}]"):
            links = item.xpath(f".//div[{_CLASS.format('structItem-title')}]//a[contains(@href, '/threads/')]/@href")
            if not links:
                continue
            times = item.xpath(f".//div[{_CLASS.format('structItem-cell--latest')}]//time/@datetime")
            match = _THREAD.search(str(links[-1]))
            address = urljoin(url, str(links[-1])[: match.end()] if match else str(links[-1]))
            found.setdefault(address, ThreadLink(address, _time(times[-1]) if times else None))
        return list(found.values())

    def next_page(self, tree: html.HtmlElement, url: str) -> str | None:
        links = tree.xpath(f"//a[{_CLASS.format('pageNav-jump--next')}]/@href | //link[@rel='next']/@href")
        return urljoin(url, str(links[0])) if links else None

    def thread_url(self, tree: html.HtmlElement, url: str) -> str:
        match = _THREAD.search(url)
        return url[: match.end()].rstrip("/") + "/" if match else url

    def title(self, tree: html.HtmlElement) -> str | None:
        headings = tree.xpath(f"//h1[{_CLASS.format('p-title-value')}]")
        if not headings:
            return None
        heading = copy.deepcopy(headings[0])
        for label in heading.xpath(f".//*[{_CLASS.format('label')} or {_CLASS.format('label-append')}]"):
            label.drop_tree()
        return " ".join(heading.text_content().split()) or None

    def posts(self, tree: html.HtmlElement, url: str) -> list[Post]:
        return [post for article in tree.xpath(_POSTS) if (post := _post(article, url)) is not None]


def _post(article: html.HtmlElement, url: str) -> Post | None:
    bodies = article.xpath(_BODY)
    if not bodies:
        return None
    body = copy.deepcopy(bodies[0])
    body.tail = None
    for element in body.xpath(_NOT_TEXT):
        element.drop_tree()
    quotes = tuple(_quote(element) for element in body.xpath(_QUOTE) if not element.xpath("ancestor::blockquote"))
    for element in body.xpath(_QUOTE):
        if element.getparent() is not None:
            element.tail = f"\n{element.tail or ''}"
            element.drop_tree()
    head = article.xpath(f".//header[{_CLASS.format('message-attribution')}]")
    where = head[0] if head else article
    links = where.xpath(".//a[contains(@href, 'post-') or contains(@href, '/posts/')]/@href")
    numbers = [
        match[1] for text in where.xpath(".//a/text()") if (match := re.fullmatch(r"\s*#([\d,.]+)\s*", str(text)))
    ]
    times = where.xpath(".//time/@datetime")
    users = article.xpath(f".//*[{_CLASS.format('message-name')}]//a/@href")
    return Post(
        post_id=str(article.get("data-content", "")).partition("post-")[2] or None,
        permalink=urljoin(url, str(links[0])) if links else None,
        author=(article.get("data-author") or "").strip() or None,
        author_url=urljoin(url, str(users[0])) if users else None,
        posted_at=_time(times[0]) if times else None,
        position=int(re.sub(r"\D", "", numbers[-1])) if numbers else None,
        text=block_text(body),
        quotes=quotes,
    )


def _quote(element: html.HtmlElement) -> Quote:
    content = element.xpath(f".//*[{_CLASS.format('bbCodeBlock-content')}]")
    source = re.search(r"post:\s*(\d+)", element.get("data-source") or "")
    inner = copy.deepcopy(content[0] if content else element)
    inner.tail = None
    for nested in inner.xpath(f"{_QUOTE} | .//*[{_CLASS.format('bbCodeBlock-title')}]"):
        if nested.getparent() is not None:
            nested.drop_tree()
    return Quote((element.get("data-quote") or "").strip() or None, source[1] if source else None, block_text(inner))


def _time(text: object) -> datetime | None:
    from datetime import UTC

    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
