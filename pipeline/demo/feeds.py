"""Feeds, sitemaps and the WordPress API of the press world."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from xml.sax.saxutils import escape, quoteattr

from pipeline.demo import press, wordpress
from pipeline.demo.markup import Site, section, tags
from pipeline.demo.plan import Page

NEWEST = 40
WORDPRESS_PAGE = 20
_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'


def number(query: Mapping[str, str], name: str, default: int) -> int:
    """A positive number of the query; -1 where there is something else."""
    text = query.get(name, str(default))
    return int(text) if text.isdecimal() and len(text) < 10 and int(text) > 0 else -1


def moment(text: str) -> datetime | None:
    """A date and time of a query, UTC where it names no zone; None when it is none."""
    try:
        at = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


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
        f"<published>{page.at.isoformat()}</published><updated>{(page.modified_at or page.at).isoformat()}</updated>"
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
    pages = [page for page in site.pages if (low is None or page.at >= low) and (high is None or page.at < high)]
    start, size = max(1, number(query, "start-index", 1)), min(150, max(1, number(query, "max-results", 25)))
    shown = pages[start - 1 : start - 1 + size]
    feed = f"{site.outlet.base}/feeds/posts/default"
    window = "".join(f"&{name}={query[name]}" for name in ("published-min", "published-max") if name in query)
    following = f"{feed}?start-index={start + size}&max-results={size}{window}"
    more = (
        f"<link rel='next' type='application/atom+xml' href={quoteattr(following)}/>"
        if start - 1 + size < len(pages)
        else ""
    )
    return (
        f"{_XML}<feed xmlns='http://www.w3.org/2005/Atom' xmlns:openSearch='http://a9.com/-/spec/opensearchrss/1.0/'>"
        f"<id>tag:blogger.com,1999:blog-{9000 + site.outlet.index}</id><updated>{site.updated_at.isoformat()}</updated>"
        f"<title type='text'>{escape(site.outlet.name)}</title><generator version='7.00'>Blogger</generator>"
        f"<link rel='alternate' type='text/html' href='{site.outlet.base}/'/>{more}"
        f"<openSearch:totalResults>{len(pages)}</openSearch:totalResults>"
        f"<openSearch:startIndex>{start}</openSearch:startIndex>"
        f"<openSearch:itemsPerPage>{size}</openSearch:itemsPerPage>\n"
        f"{''.join(_blog_entry(site, page) for page in shown)}</feed>\n"
    )


def _blog_entry(site: Site, page: Page) -> str:
    poster = site.written(page)[0].authors
    return (
        f"<entry><id>tag:blogger.com,1999:blog-{9000 + site.outlet.index}.post-{page.pieces[0].number}</id>"
        f"<published>{page.at.isoformat()}</published><updated>{(page.modified_at or page.at).isoformat()}</updated>"
        f"<title type='text'>{escape(page.title)}</title>"
        f"<content type='html'>{escape(press.blog_content(site, page))}</content>"
        f"<link rel='alternate' type='text/html' href={quoteattr(site.url(page))} title={quoteattr(page.title)}/>"
        f"<author><name>{escape(poster[0] if poster else site.outlet.name)}</name></author></entry>\n"
    )


def sitemap_index(site: Site) -> str:
    base = site.outlet.base
    months = sorted({f"{page.at:%Y-%m}" for page in site.pages}, reverse=True)
    names = ["news", *months] if site.outlet.platform == "newspaper" else months
    rows = "".join(
        f"<sitemap><loc>{base}/sitemap-{name}.xml</loc><lastmod>{site.updated_at.isoformat()}</lastmod></sitemap>\n"
        for name in names
    )
    return f'{_XML}<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{rows}</sitemapindex>\n'


def sitemap(site: Site, name: str) -> str | None:
    """The pages of a month (`2026-10`), or `news`: the newest, with news tags."""
    news = name == "news"
    pages = site.pages[:NEWEST] if news else [page for page in site.pages if f"{page.at:%Y-%m}" == name]
    if not pages or (news and site.outlet.platform != "newspaper"):
        return None
    rows = "".join(
        f"<url><loc>{escape(site.url(page))}</loc><lastmod>{(page.modified_at or page.at).isoformat()}</lastmod>"
        f"{_news_tags(site, page) if news else ''}</url>\n"
        for page in pages
    )
    spaces = ' xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"' if news else ""
    return f'{_XML}<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"{spaces}>\n{rows}</urlset>\n'


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
    found = [p for p in site.pages if (after is None or p.at > after) and (before is None or p.at < before)]
    last = -(-len(found) // size)
    if page > max(1, last):
        return 400, {}, _problem("rest_post_invalid_page_number", "The page number is larger than the number of pages.")
    posts = [_wp_post(site, post) for post in found[(page - 1) * size : page * size]]
    return 200, {"X-WP-Total": str(len(found)), "X-WP-TotalPages": str(last)}, json.dumps(posts, ensure_ascii=False)


def _problem(code: str, message: str) -> str:
    return json.dumps({"code": code, "message": message, "data": {"status": 400}})


def _wp_post(site: Site, page: Page) -> dict[str, object]:
    published, modified = (at.replace(tzinfo=None).isoformat() for at in (page.at, page.modified_at or page.at))
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
