"""Pages of a blog that list its posts, also by month: the last resort when its API and its feed are shut."""

from __future__ import annotations

from datetime import timedelta

from pipeline.discover.listing import Listed, Listing, link_of, parse_html
from pipeline.discover.pages import parse_listing_page
from pipeline.models import Window, utc_now

__all__ = ["archive_months", "parse_archive_page"]

_TITLES = (
    "entry-title", "post-title", "wp-block-post-title", "read-more-link", "more-link", "post-card-title", "card-title",
)  # fmt: skip
_OLDER = ("blog-pager-older-link", "wp-block-query-pagination-next", "nextpostslink", "nav-previous")
_MAX_MONTHS = 1_200


def archive_months(window: Window) -> list[tuple[int, int]]:
    """(year, month) of the archives that may hold texts of a window; the latest first.

    A day is added at both ends, for a blog files its texts by its own zone.
    """
    first, last = window.start - timedelta(days=1), min(window.end, utc_now().date()) + timedelta(days=1)
    count = (last.year - first.year) * 12 + last.month - first.month + 1
    numbers = (last.year * 12 + last.month - 1 - back for back in range(min(max(count, 1), _MAX_MONTHS)))
    return [(number // 12, number % 12 + 1) for number in numbers]


def parse_archive_page(body: bytes, url: str, *, encoding: str | None) -> Listing:
    """Posts of an archive page by the links in their headlines, and the address of its next, older page."""
    tree = parse_html(body, encoding)
    if tree is None:
        return Listing()
    headlines = " or ".join(f"contains(concat(' ', normalize-space(@class), ' '), ' {name} ')" for name in _TITLES)
    links = tree.xpath(
        f"//*[self::h1 or self::h2 or self::h3 or self::h4 or self::a or self::div][{headlines}]"
        "/descendant-or-self::a/@href | //a[@rel='bookmark']/@href"
    )
    found = dict.fromkeys(address for link in links if (address := link_of(str(link), url)) is not None)
    generic = parse_listing_page(body, url, encoding=encoding, every_link=False)
    texts = tuple(map(Listed, found)) or generic.texts
    classes = " or ".join(f"contains(concat(' ', normalize-space(@class), ' '), ' {name} ')" for name in _OLDER)
    older = tree.xpath(f"//*[{classes}]/descendant-or-self::a/@href")
    following = [address for link in older[:1] if (address := link_of(str(link), url)) is not None]
    return Listing(texts, tuple(following) or generic.more)
