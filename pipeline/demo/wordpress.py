"""The two WordPress looks: a newspaper theme with the visit's date on top, and a block theme."""

from html import escape

from pipeline.demo.markup import (
    Site,
    alternates,
    cookies,
    day,
    document,
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
from pipeline.demo.plan import Page
from pipeline.demo.texts import Written

_GENERATOR = '<meta name="generator" content="WordPress 6.7.2"/>\n'


def content(site: Site, page: Page) -> str:
    """The post's content as feed, API and page have it."""
    written = site.written(page)[0]
    if site.outlet.platform == "wordpress-a":
        subscribe = (
            '<p class="td-subscribe"><a href="#subscribe">Subscribe</a></p>\n' if site.outlet.variant == 0 else ""
        )
        return figure(page, "wp-caption aligncenter", "wp-caption-text") + paragraphs(written) + subscribe
    inserts = {0: figure(page, "wp-block-image size-large", "wp-element-caption")}
    if len(written.paragraphs) > 5 and page.pieces[0].number % 2:
        box = links(site.related(page, 2))
        inserts[3] = (
            f'<div class="related-box wp-block-group"><h4>Read also</h4><ul class="wp-block-list">{box}</ul></div>\n'
        )
    more = ""
    if page.pieces[0].change == "teaser":
        more = '<p class="more-link-wrap"><a class="more-link" rel="nofollow" href="#more">Continue reading</a></p>\n'
    return paragraphs(written, inserts=inserts, opening='<p class="wp-block-paragraph">') + more


def article(site: Site, page: Page) -> str:
    written = site.written(page)[0]
    render = _theme_a if site.outlet.platform == "wordpress-a" else _theme_b
    return render(site, page, written)


def _theme_a(site: Site, page: Page, written: Written) -> str:
    outlet, now = site.outlet, max(site.plan.now, page.at)
    author = f'<div class="td-post-author-name">By <a href="/author/desk/">{escape(written.byline)}</a></div>'
    shown = f'<time class="entry-date td-module-date" datetime="{page.at.isoformat()}">{day(page.at)}</time>'
    meta = (author if written.byline else "") + (
        f'<span class="td-post-date">{shown}</span>' if outlet.variant % 2 else ""
    )
    tagged = "".join(f'<li><a href="/tag/{escape(tag)}/">{escape(tag)}</a></li>' for tag in tags(page))
    body = f"""\
<div class="td-header-wrap"><div class="td-header-top-menu"><div class="td_data_time">{now:%A}, {day(now)}</div></div>
<a class="td-main-logo" href="/">{escape(outlet.name)}</a><nav class="td-main-menu">{navigation()}</nav></div>
<article id="post-{page.pieces[0].number}" class="post type-post status-publish"><div class="td-post-header">
<ul class="td-category"><li><a href="/section/{section(page)}/">{section(page).title()}</a></li></ul>
<header class="td-post-title"><h1 class="entry-title">{escape(page.title)}</h1>
<div class="td-module-meta-info">{meta}</div></header></div>
<div class="td-post-sharing-top">{share()}</div>
<div class="td-post-content tagdiv-type">
{content(site, page)}</div>
<footer><div class="td-post-source-tags"><ul class="td-tags"><li>TAGS</li>{tagged}</ul></div>
{newsroom(outlet)}</footer></article>
<div class="comments" id="comments"><div class="comment-respond" id="respond"><h3 id="reply-title">LEAVE A COMMENT</h3>
<form action="/wp-comments-post.php" method="post"><textarea name="comment"></textarea>
<div class="td-warning-comment">A comment needs some words.</div>
<div class="td-warning-author">A name is needed here.</div>
</form></div></div>
<div class="td_block_related_posts"><h4>More Articles</h4><ul>{links(site.related(page))}</ul></div>
<aside class="td-sidebar"><h4>Latest</h4><ul>{links(site.shelf.stock[:6])}</ul></aside>
<div class="td-footer-wrapper"><p>{escape(outlet.name)} is printed nowhere.</p></div>{cookies()}
"""
    head = _GENERATOR + open_graph(site, page, times=True) + alternates(site)
    return document(
        title=f"{page.title} | {outlet.name}", head=head, body=body, body_class="single single-post td-standard-pack"
    )


def _theme_b(site: Site, page: Page, written: Written) -> str:
    outlet = site.outlet
    older, newer = site.neighbours(page)
    name = f'by <span class="author vcard">{escape(written.byline)}</span>' if written.byline else ""
    updated = (
        f' <time class="updated" datetime="{page.modified_at.isoformat()}">updated</time>' if page.modified_at else ""
    )
    previous = f'<a rel="prev" href="{older.path}">Previous: {escape(older.title)}</a>' if older else ""
    following = f'<a rel="next" href="{newer.path}">Next: {escape(newer.title)}</a>' if newer else ""
    tagged = ", ".join(f'<a rel="tag" href="/tag/{escape(tag)}/">{escape(tag)}</a>' for tag in tags(page))
    body = f"""\
<header class="wp-block-template-part site-header"><p class="site-title"><a href="/">{escape(outlet.name)}</a></p>
<nav class="wp-block-navigation">{navigation()}</nav></header>
<main class="wp-block-group"><article id="post-{page.pieces[0].number}" class="post type-post hentry">
<header class="entry-header"><h1 class="entry-title wp-block-post-title">{escape(page.title)}</h1>
<div class="entry-meta"><time class="entry-date published" datetime="{page.at.isoformat()}">{day(page.at)}</time>
{updated} <span class="byline">{name}</span>
<span class="cat-links"><a href="/section/{section(page)}/">{section(page).title()}</a></span></div></header>
<div class="entry-content wp-block-post-content">
{content(site, page)}{share()}{newsletter(outlet)}</div>
<footer class="entry-footer">Filed under {tagged}{newsroom(outlet) if outlet.variant == 1 else ""}</footer></article>
<nav class="navigation post-navigation"><div class="nav-links">{previous} {following}</div></nav>
<div id="comments" class="wp-block-comments"><h3>Leave a reply</h3>
<form action="/wp-comments-post.php" method="post"></form></div></main>
<aside class="widget-area"><section class="widget widget_recent_entries"><h2>Recent posts</h2>
<ul>{links(site.shelf.stock[:5])}</ul></section></aside>
<footer class="wp-block-template-part">Made with blocks by {escape(outlet.name)}.</footer>{cookies()}
"""
    head = _GENERATOR + open_graph(site, page, times=outlet.variant != 2) + alternates(site)
    return document(
        title=f"{page.title} – {outlet.name}", head=head, body=body, body_class="single wp-embed-responsive"
    )
