"""Pages of the agency, of the two newspapers and of the Blogger digests; home and section pages."""

import json
from collections.abc import Sequence
from datetime import timedelta, timezone
from html import escape

from pipeline.demo.markup import (
    Site,
    alternates,
    cookies,
    day,
    document,
    edited,
    figure,
    links,
    navigation,
    newsletter,
    newsroom,
    open_graph,
    paragraphs,
    section,
    share,
    tags,
)
from pipeline.demo.plan import SHOWN, Page
from pipeline.demo.texts import Written

_LOCAL = timezone(timedelta(hours=2))


def agency(site: Site, page: Page) -> str:
    written = site.written(page)[0]
    local = page.at.astimezone(_LOCAL)
    body = f"""\
<div id="masthead"><a href="/">{escape(site.outlet.name)}</a> <span>the wire of the coast</span>{navigation()}</div>
<div class="story-page"><div class="slug-line">{section(page).upper()} / NW{page.pieces[0].number}</div>
<h1 class="story-headline">{escape(page.title)}</h1>
<div class="story-info"><span class="story-by">{escape(written.byline)}</span>
<time itemprop="datePublished" datetime="{local.isoformat()}">{day(local)} {local:%H:%M}</time>{edited(page)}</div>
<div class="story-text" itemprop="articleBody">
{figure(page, "story-photo", "photo-caption")}{paragraphs(written)}</div>
{share()}<div class="story-keywords">{", ".join(tags(page))}</div>
<div class="rights">Reports of {escape(site.outlet.name)} are for subscribers of the wire.</div>
<div class="also-on-the-wire"><h3>Also on the wire</h3><ul>{links(site.related(page, 6))}</ul></div></div>
<div id="footer">Terms / Desk numbers / Corrections</div>{cookies()}
"""
    signed = f'<meta name="author" content="{escape(written.byline)}"/>\n' if written.authors else ""
    head = signed + open_graph(site, page, times=False) + alternates(site)
    return document(title=f"{page.title} - {site.outlet.name}", head=head, body=body, body_class="wire")


def newspaper(site: Site, page: Page) -> str:
    written = site.written(page)[0]
    first = site.outlet.variant == 0
    by = (
        f'<div class="byline">Written by <a href="/author/desk">{escape(written.byline)}</a></div>'
        if written.byline
        else ""
    )
    box = f'<div class="author-box"><h4>About the author</h4><p>{escape(written.byline or site.outlet.name)}</p></div>'
    shown = (
        f'<time datetime="{page.at.isoformat()}">{day(page.at)}</time>'
        if first
        else f'<span class="when">{day(page.at)}</span>'
    )
    body = f"""\
<div class="top"><a class="brand" href="/">{escape(site.outlet.name)}</a><nav>{navigation()}</nav></div>
<section class="content"><div class="category"><a href="/section/{section(page)}/">{section(page).title()}</a></div>
<h1>{escape(page.title)}</h1>{by}<div class="dateline">{shown}</div>
<div class="{"entry" if first else "article__body"}">
{paragraphs(written, inserts={1: figure(page, "picture", "picture__caption")})}</div>
{share()}{box}{newsroom(site.outlet) if first else newsletter(site.outlet)}</section>
<aside class="most-read"><h3>Most read</h3><ol>{links(site.related(page, 5))}</ol></aside>
<footer><a href="/about/">About {escape(site.outlet.name)}</a></footer>{cookies()}
"""
    head = open_graph(site, page, times=False) + _structured(site, page, written) + alternates(site)
    return document(title=f"{page.title} – {site.outlet.name}", head=head, body=body)


def _structured(site: Site, page: Page, written: Written) -> str:
    data: dict[str, object] = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": page.title,
        "datePublished": page.at.isoformat(),
        "dateModified": page.changed_at.isoformat(),
        "articleSection": section(page).title(),
        "keywords": tags(page),
        "mainEntityOfPage": site.url(page),
        "publisher": {"@type": "Organization", "name": site.outlet.name},
    }
    if written.authors:
        data["author"] = [{"@type": "Person", "name": name} for name in written.authors]
    elif written.agency:
        data["author"] = {"@type": "Organization", "name": written.agency}
    text = json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")
    return f'<script type="application/ld+json">{text}</script>\n'


def blog_content(site: Site, page: Page) -> str:
    """A Blogger post's body: one story, or several below headlines of their own."""
    written = site.written(page)
    style = page.pieces[0].number % 3
    parts: list[str] = []
    for item in written:
        if page.digest:
            heading = f"<b>{escape(item.headline)}</b>"
            parts.append(
                (
                    f"<div>{heading}</div><div><br/></div>\n",
                    f"<h2>{heading[3:-4]}</h2>\n",
                    f"<h3>{heading[3:-4]}</h3>\n",
                )[style]
            )
        parts += [f"<div>{escape(text)}</div><div><br/></div>\n" for text in item.paragraphs]
        parts += [f'<div class="source-credit"><i>{escape(item.credit_line)}</i></div>\n'] if item.credit_line else []
    return "".join(parts)


def blog(site: Site, page: Page) -> str:
    poster = site.written(page)[0].authors
    name = escape(poster[0] if poster else site.outlet.name)
    older, newer = site.neighbours(page)
    pager = (f"<a class='blog-pager-newer-link' href='{newer.path}'>Newer Post</a>" if newer else "") + (
        f"<a class='blog-pager-older-link' href='{older.path}'>Older Post</a>" if older else ""
    )
    body = f"""\
<div class='content'><header>\
<div class='titlewrapper'><h1 class='title'><a href='/'>{escape(site.outlet.name)}</a></h1></div></header>
<div class='main section' id='main'><div class='widget Blog' id='Blog1'><div class='blog-posts hfeed'>
<div class='date-outer'><h2 class='date-header'><span>{page.at:%A} {page.at.day} {page.at:%B %Y}</span></h2>
<div class='date-posts'><div class='post-outer'>
<div class='post hentry uncustomized-post-template' itemprop='blogPost' itemscope='itemscope'>
<h3 class='post-title entry-title' itemprop='name'>{escape(page.title)}</h3>
<div class='post-body entry-content' id='post-body-{page.pieces[0].number}' itemprop='articleBody'>
{blog_content(site, page)}<div style='clear: both;'></div></div>
<div class='post-footer'><span class='post-author vcard'>Posted by <span class='fn'>{name}</span></span>
<span class='post-timestamp'>at <a class='timestamp-link' href='{page.path}' rel='bookmark'><abbr class='published' \
itemprop='datePublished' title='{page.at.isoformat()}'>{page.at:%H:%M}</abbr></a></span>{edited(page)}
<div class='post-share-buttons'><a href='#'>Email This</a> <a href='#'>BlogThis!</a></div></div></div>
<div class='comments' id='comments'><h4>No comments:</h4>\
<p class='comment-footer'><a href='#'>Post a Comment</a></p></div>
</div></div></div></div><div class='blog-pager'>{pager}</div></div></div>
<aside><div class='widget BlogArchive'><h2>Blog Archive</h2><ul>{links(site.shelf.stock[:8])}</ul></div></aside></div>
"""
    head = "<meta content='blogger' name='generator'/>\n" + open_graph(site, page, times=False) + alternates(site)
    html = "<html class='v2' dir='ltr' lang='en' xmlns:b='http://www.google.com/2005/gml/b'>"
    return document(title=f"{site.outlet.name}: {page.title}", head=head, body=body, body_class="loading", html=html)


def listing(site: Site, pages: Sequence[Page], title: str) -> str:
    """A home or section page."""
    body = f"""\
<header><a class="brand" href="/">{escape(site.outlet.name)}</a><nav>{navigation()}</nav></header>
<main><h1>{escape(title)}</h1><ul class="headlines">{links(pages[:SHOWN])}</ul></main>
{newsletter(site.outlet)}{cookies()}
"""
    generator = "blogger" if site.outlet.platform == "blogger" else "WordPress 6.7.2"
    meta = (
        f'<meta name="generator" content="{generator}"/>\n'
        if site.outlet.platform not in {"agency", "newspaper"}
        else ""
    )
    return document(
        title=f"{title} | {site.outlet.name}", head=meta + alternates(site), body=body, body_class="home blog"
    )
