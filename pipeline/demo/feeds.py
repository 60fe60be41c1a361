"""Feeds, sitemaps and the WordPress API of the press world."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from xml.sax.saxutils import escape, quoteattr

from pipeline.demo import press, wordpress
from pipeline.demo.markup import Site, section, tags
from pipeline.demo.plan import Page

NEWEST = 40
WORDPRESS_PAGE = 20
SITEMAP = 10_000  # addresses in a file; the format allows 50,000
_PART = re.compile(r"(\d{4}-\d\d)(?:-(\d{1,4}))?")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)
_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'


def number(query: Mapping[str, str], name: str, default: int) -> int:
    """A positive number of the query; -1 where there is something else."""
    text = query.get(name, str(default))
    return int(text) if text.isdecimal() and len(text) < 10 and int(text) > 0 else -1


def moment(text: str) -> datetime | None:
    """A date and time of a query, UTC where it names no zone, 1970 at the earliest; None when it is none."""
    try:
        at = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        return None
    return max(_EPOCH, at if at.tzinfo else at.replace(tzinfo=UTC))


def rss(site: Site, pages: Sequence[Page], *, full: bool) -> str:
    """RSS 2.0; with `full` the items carry their content."""
    outlet = site.outlet
    items = "".join(_item(site, page, full=full) for page in pages)
    return (
        f'{_XML}<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom"><channel>\n'
        f"<title>{escape(outlet.name)}</title><link>{outlet.base}/</link>"
        f"<description>{escape(outlet.name)}</description>"
        f"<lastBuildDate>{format_datetime(site.updated_at)}</lastBuildDate><language>en</language>\n"
        f"{items}</channel></rss>\n"
    )


def _item(site: Site, page: Page, *, full: bool) -> str:
    written = site.written(page)[0]
    url = escape(site.url(page))
    summary = " ".join(written.paragraphs[0].split()[:40])
    content = f"<content:encoded><![CDATA[{wordpress.content(site, page)}]]></content:encoded>" if full else ""
    creator = f"<dc:creator>{escape(written.byline)}</dc:creator>" if written.byline else ""
    return (
        f"<item><title>{escape(page.title)}</title><link>{url}</link>{creator}"
        f"<pubDate>{format_datetime(page.at)}</pubDate>"
        f"<category>{section(page).title()}</category>"
        f'<guid isPermaLink="false">{site.outlet.base}/?p={page.pieces[0].number}</guid>'
        f"<description>{escape(summary)} [&#8230;]</description>{content}</item>\n"
    )


def atom(site: Site, pages: Sequence[Page]) -> str:
    """The newest stories of a newspaper, as summaries."""
    entries = "".join(
        f"<entry><id>{escape(site.url(page))}</id><title>{escape(page.title)}</title>"
        f"<link href={quoteattr(site.url(page))}/>"
        f"<published>{page.at.isoformat()}</published><updated>{page.changed_at.isoformat()}</updated>"
        f"<summary>{escape(site.written(page)[0].paragraphs[0][:240])}</summary></entry>\n"
        for page in pages
    )
    return (
        f'{_XML}<feed xmlns="http://www.w3.org/2005/Atom"><id>{site.outlet.base}/</id>'
        f"<title>{escape(site.outlet.name)}</title>"
        f"<updated>{site.updated_at.isoformat()}</updated>\n{entries}</feed>\n"
    )


def blogger(site: Site, query: Mapping[str, str]) -> str:
    """Blogger's post feed: `start-index` from 1, `published-min` inclusive, `published-max` exclusive."""
    low, high = moment(query.get("published-min", "")), moment(query.get("published-max", ""))
    first, end = site.published(low and low - _TICK, high and high - _TICK)
    start, size = max(1, number(query, "start-index", 1)), min(150, max(1, number(query, "max-results", 25)))
    shown = site.pages[first + start - 1 : min(end, first + start - 1 + size)]
    feed = f"{site.outlet.base}/feeds/posts/default"
    window = "".join(f"&{name}={query[name]}" for name in ("published-min", "published-max") if name in query)
    following = f"{feed}?start-index={start + size}&max-results={size}{window}"
    more = (
        f"<link rel='next' type='application/atom+xml' href={quoteattr(following)}/>"
        if start - 1 + size < end - first
        else ""
    )
    return (
        f"{_XML}<feed xmlns='http://www.w3.org/2005/Atom' xmlns:openSearch='http://a9.com/-/spec/opensearchrss/1.0/'>"
        f"<id>tag:blogger.com,1999:blog-{9000 + site.outlet.index}</id><updated>{site.updated_at.isoformat()}</updated>"
        f"<title type='text'>{escape(site.outlet.name)}</title><generator version='7.00'>Blogger</generator>"
        f"<link rel='alternate' type='text/html' href='{site.outlet.base}/'/>{more}"
        f"<openSearch:totalResults>{end - first}</openSearch:totalResults>"
        f"<openSearch:startIndex>{start}</openSearch:startIndex>"
        f"<openSearch:itemsPerPage>{size}</openSearch:itemsPerPage>\n"
        f"{''.join(_blog_entry(site, page) for page in shown)}</feed>\n"
    )


def _blog_entry(site: Site, page: Page) -> str:
    poster = site.written(page)[0].authors
    return (
        f"<entry><id>tag:blogger.com,1999:blog-{9000 + site.outlet.index}.post-{page.pieces[0].number}</id>"
        f"<published>{page.at.isoformat()}</published><updated>{page.changed_at.isoformat()}</updated>"
        f"<title type='text'>{escape(page.title)}</title>"
        f"<content type='html'>{escape(press.blog_content(site, page))}</content>"
        f"<link rel='alternate' type='text/html' href={quoteattr(site.url(page))} title={quoteattr(page.title)}/>"
        f"<author><name>{escape(poster[0] if poster else site.outlet.name)}</name></author></entry>\n"
    )


def sitemap_index(site: Site) -> str:
    base, shelf, rows = site.outlet.base, site.shelf, []
    if site.outlet.platform == "newspaper":
        rows.append(("news", site.updated_at))
    for month, (first, end) in _months(site).items():
        changed_at = shelf.months.get(month, shelf.drawn_at)
        parts = range(-(-(end - first) // SITEMAP), 0, -1)
        rows += [(f"{month}-{part}" if part > 1 else month, changed_at) for part in parts]
    text = "".join(
        f"<sitemap><loc>{base}/sitemap-{name}.xml</loc><lastmod>{at.isoformat()}</lastmod></sitemap>\n"
        for name, at in rows
    )
    return f'{_XML}<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{text}</sitemapindex>\n'


def _months(site: Site) -> dict[str, tuple[int, int]]:
    """The places, first and end, of the pages of each month, the newest first."""
    found, first = {}, 0
    while first < len(site.pages):
        at = site.pages[first].at
        end = site.published(at.replace(day=1, hour=0, minute=0, second=0, microsecond=0) - _TICK, None)[1]
        found[f"{at:%Y-%m}"] = (first, end)
        first = end
    return found


def sitemap(site: Site, name: str) -> tuple[str, datetime] | None:
    """A part of a month, the oldest first (`2026-10`, `2026-10-2`), or `news`, and when it changed."""
    news = name == "news" and site.outlet.platform == "newspaper"
    pages = site.pages[:NEWEST] if news else _part(site, name)
    if not pages:
        return None
    rows = "".join(
        f"<url><loc>{escape(site.url(page))}</loc><lastmod>{page.changed_at.isoformat()}</lastmod>"
        f"{_news_tags(site, page) if news else ''}</url>\n"
        for page in pages
    )
    spaces = ' xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"' if news else ""
    text = f'{_XML}<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"{spaces}>\n{rows}</urlset>\n'
    since = (page.changed_at for page in pages if page.changed_at > site.plan.now)
    return text, max(since, default=site.shelf.drawn_at)


def _part(site: Site, name: str) -> tuple[Page, ...]:
    found = _PART.fullmatch(name)
    first, end = _months(site).get(found[1], (0, 0)) if found else (0, 0)
    end -= (int(found[2] or 1) - 1) * SITEMAP if found else 0
    return site.pages[max(first, end - SITEMAP) : end] if first < end else ()


def _news_tags(site: Site, page: Page) -> str:
    publication = f"<news:name>{escape(site.outlet.name)}</news:name><news:language>en</news:language>"
    return (
        f"<news:news><news:publication>{publication}</news:publication>"
        f"<news:publication_date>{page.at.isoformat()}</news:publication_date>"
        f"<news:title>{escape(page.title)}</news:title></news:news>"
    )


def wp_index(site: Site) -> str:
    """`/wp-json/`: who answers, and that it has posts."""
    return json.dumps(
        {"name": site.outlet.name, "url": site.outlet.base, "namespaces": ["wp/v2"], "routes": {"/wp/v2/posts": {}}}
    )


def wp_posts(site: Site, query: Mapping[str, str]) -> tuple[int, dict[str, str], str]:
    """`/wp-json/wp/v2/posts`: status, the X-WP headers and the JSON; `after` and `before` are exclusive."""
    size, page = number(query, "per_page", 10), number(query, "page", 1)
    bounds = {name: moment(query[name]) for name in ("after", "before") if name in query}
    if not 1 <= size <= 100 or page < 1 or None in bounds.values():
        return 400, {}, _problem("rest_invalid_param", "Invalid parameter(s)")
    after, before = bounds.get("after"), bounds.get("before")
    first, end = site.published(after, before and before - _TICK)
    last = -(-(end - first) // size)
    if page > max(1, last):
        return 400, {}, _problem("rest_post_invalid_page_number", "The page number is larger than the number of pages.")
    start = first + (page - 1) * size
    posts = [_wp_post(site, post) for post in site.pages[start : min(end, start + size)]]
    return 200, {"X-WP-Total": str(end - first), "X-WP-TotalPages": str(last)}, json.dumps(posts, ensure_ascii=False)


def _problem(code: str, message: str) -> str:
    return json.dumps({"code": code, "message": message, "data": {"status": 400}})


def _wp_post(site: Site, page: Page) -> dict[str, object]:
    published, modified = (at.replace(tzinfo=None).isoformat() for at in (page.at, page.changed_at))
    summary = " ".join(site.written(page)[0].paragraphs[0].split()[:40])
    return {
        "id": page.pieces[0].number,
        "date": published,
        "date_gmt": published,
        "modified": modified,
        "modified_gmt": modified,
        "slug": page.path.strip("/").rpartition("/")[2],
        "status": "publish",
        "type": "post",
        "link": site.url(page),
        "title": {"rendered": escape(page.title)},
        "content": {"rendered": wordpress.content(site, page), "protected": False},
        "excerpt": {"rendered": f"<p>{escape(summary)} [&hellip;]</p>\n", "protected": False},
        "author": 1 + page.pieces[0].number % 9,
        "categories": [1 + len(section(page))],
        "tags": [len(tag) for tag in tags(page)],
    }
