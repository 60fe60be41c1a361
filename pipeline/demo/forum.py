"""The XenForo 2 forum: index, listings and threads of ten posts a page."""

from datetime import datetime, timedelta, timezone
from html import escape
from random import Random

from pipeline.demo import texts
from pipeline.demo.markup import Site, cookies, document
from pipeline.demo.outlets import FORUM_NODES
from pipeline.demo.plan import POSTS_A_PAGE, Post, Thread

THREADS_A_PAGE = 20
_LOCAL = timezone(timedelta(hours=2))
_XF = '<html id="XF" lang="en-US" dir="LTR" data-app="public" data-template="{}">'
_QUOTED_WORDS = 60


def pages_of(count: int, size: int) -> int:
    return max(1, -(-count // size))


def _time(at: datetime) -> str:
    local = at.astimezone(_LOCAL)
    return f'<time class="u-dt" datetime="{local:%Y-%m-%dT%H:%M:%S%z}">{local:%b} {local.day}, {local:%Y}</time>'


def _pager(base: str, page: int, last: int) -> str:
    if last == 1:
        return ""
    items = "".join(
        f'<li class="pageNav-page{" pageNav-page--current" if number == page else ""}">'
        f'<a href="{base}{f"page-{number}" if number > 1 else ""}">{number}</a></li>'
        for number in range(1, last + 1)
        if number in {1, last} or abs(number - page) < 3
    )
    jump = f'<a href="{base}page-{page + 1}" class="pageNav-jump pageNav-jump--next">Next</a>' if page < last else ""
    return f'<nav class="pageNavWrapper"><div class="pageNav"><ul class="pageNav-main">{items}</ul>{jump}</div></nav>'


def _frame(site: Site, *, title: str, template: str, crumbs: str, body: str, head: str = "") -> str:
    html = f"""\
<div class="p-pageWrapper" id="top"><header class="p-header"><a href="/">{escape(site.outlet.name)}</a></header>
<nav class="p-nav"><a href="/">Forums</a> <a href="/search">Search</a> <a href="/about/">Help</a></nav>
<ul class="p-breadcrumbs"><li><a href="/">Home</a></li>{crumbs}</ul>
<div class="p-title"><h1 class="p-title-value">{escape(title)}</h1></div>
{body}<footer class="p-footer">Community platform by XenForo</footer>{cookies()}</div>
"""
    full = f"{title} | {site.outlet.name}"
    return document(title=full, head=head, body=html, html=_XF.format(template))


def index(site: Site) -> str:
    rows = "".join(
        f'<div class="node node--forum"><h3 class="node-title"><a href="/forums/{slug}.{number}/">'
        f"{slug.replace('-', ' ').title()}</a></h3></div>"
        for slug, number in FORUM_NODES
    )
    return _frame(
        site, title=site.outlet.name, template="forum_list", crumbs="", body=f'<div class="block">{rows}</div>'
    )


def listing(site: Site, node: int, page: int) -> str | None:
    """A page of a forum's threads, the last answered first."""
    slug, number = FORUM_NODES[node]
    threads = site.plan.boards[node].threads
    last = pages_of(len(threads), THREADS_A_PAGE)
    if not 1 <= page <= last:
        return None
    rows = "".join(_row(site, thread) for thread in threads[(page - 1) * THREADS_A_PAGE : page * THREADS_A_PAGE])
    base = f"/forums/{slug}.{number}/"
    body = f'<div class="block-outer">{_pager(base, page, last)}</div><div class="structItemContainer">{rows}</div>\n'
    return _frame(site, title=slug.replace("-", " ").title(), template="forum_view", crumbs="", body=body)


def _row(site: Site, thread: Thread) -> str:
    first, last = thread.posts[0], thread.posts[-1]
    starter = escape(texts.member(site.plan.seed, first.author))
    return f"""\
<div class="structItem structItem--thread js-threadListItem-{thread.number}" data-author="{starter}">
<div class="structItem-cell structItem-cell--main"><div class="structItem-title">\
<a href="{thread.path}">{escape(thread.title)}</a></div>
<ul class="structItem-parts"><li><a class="username">{starter}</a></li>\
<li class="structItem-startDate">{_time(first.at)}</li></ul></div>
<div class="structItem-cell structItem-cell--meta"><dl class="pairs">\
<dt>Replies</dt><dd>{len(thread.posts) - 1}</dd></dl></div>
<div class="structItem-cell structItem-cell--latest"><a href="{thread.path}latest">{_time(last.at)}</a></div></div>
"""


def thread(site: Site, found: Thread, page: int) -> str | None:
    last = pages_of(len(found.posts), POSTS_A_PAGE)
    if not 1 <= page <= last:
        return None
    start = (page - 1) * POSTS_A_PAGE
    posts = "".join(
        _post(site, found, post, start + i) for i, post in enumerate(found.posts[start : start + POSTS_A_PAGE])
    )
    slug, number = FORUM_NODES[found.node]
    crumbs = f'<li><a href="/forums/{slug}.{number}/">{slug.replace("-", " ").title()}</a></li>'
    starter = escape(texts.member(site.plan.seed, found.posts[0].author))
    pager = f'<div class="block-outer">{_pager(found.path, page, last)}</div>'
    body = f"""\
<div class="p-description"><ul class="listInline listInline--bullet">\
<li>Thread starter <a class="username u-concealed">{starter}</a></li>
<li>Start date {_time(found.posts[0].at)}</li></ul></div>
{pager}<div class="block block--messages" data-type="post"><div class="block-body js-replyNewMessageContainer">
{posts}</div></div>{pager}
"""
    canonical = f'<link rel="canonical" href="{site.outlet.base}{found.path}{f"page-{page}" if page > 1 else ""}"/>\n'
    return _frame(site, title=found.title, template="thread_view", crumbs=crumbs, body=body, head=canonical)


def _panel(seed: int, author: int) -> str:
    rng = Random(f"{seed}/panel/{author}")
    joined = datetime(rng.randint(2009, 2025), rng.randint(1, 12), rng.randint(1, 28), tzinfo=_LOCAL)
    pairs = {
        "Joined": f"{joined:%b} {joined.day}, {joined:%Y}",
        "Messages": f"{rng.randint(12, 9000):,}",
        "Reaction score": f"{rng.randint(0, 4000):,}",
    }
    rows = "".join(
        f'<dl class="pairs pairs--justified"><dt>{key}</dt><dd>{value}</dd></dl>' for key, value in pairs.items()
    )
    rank = rng.choice(("Member", "Senior Member", "Active Member", "New Member"))
    return f'<h5 class="userTitle message-userTitle">{rank}</h5><div class="message-userExtras">{rows}</div>'


def _quote(site: Site, post: Post) -> str:
    if post.quoted is None:
        return ""
    written = texts.write_post(site.plan.seed, post.quoted, site.plan.outlets)
    author = escape(texts.member(site.plan.seed, post.quoted.author))
    said = escape(" ".join(" ".join(written.paragraphs).split()[:_QUOTED_WORDS]))
    number = post.quoted.number
    return (
        f'<blockquote data-attributes="member: {post.quoted.author}" data-quote="{author}" '
        f'data-source="post: {number}" '
        'class="bbCodeBlock bbCodeBlock--expandable bbCodeBlock--quote js-expandWatch"><div class="bbCodeBlock-title">'
        f'<a href="/goto/post?id={number}" class="bbCodeBlock-sourceJump">{author} said:</a></div>'
        '<div class="bbCodeBlock-content"><div class="bbCodeBlock-expandContent js-expandContent">'
        f'{said}</div><div class="bbCodeBlock-expandLink js-expandLink">'
        '<a role="button" tabindex="0">Click to expand...</a>'
        "</div></div></blockquote>"
    )


def _post(site: Site, found: Thread, post: Post, position: int) -> str:
    seed = site.plan.seed
    name = escape(texts.member(seed, post.author))
    lines = texts.write_post(seed, post, site.plan.outlets).paragraphs
    text = "<br />\n<br />\n".join(escape(line) for line in lines)
    link = f"{found.path}post-{post.number}"
    edited = (
        f'<div class="message-lastEdit">Last edited: {_time(post.at + timedelta(minutes=9))}</div>'
        if post.number % 5 == 0
        else ""
    )
    signature = (
        f'<aside class="message-signature"><div class="bbWrapper">{name} - steady as the tide table</div></aside>'
    )
    return f"""\
<article class="message message--post js-post js-inlineModContainer" data-author="{name}" \
data-content="post-{post.number}" \
id="js-post-{post.number}"><span class="u-anchorTarget" id="post-{post.number}"></span><div class="message-inner">
<div class="message-cell message-cell--user"><section class="message-user"><h4 class="message-name">\
<a href="/members/m.{post.author}/" class="username">{name}</a></h4>{_panel(seed, post.author)}</section></div>
<div class="message-cell message-cell--main"><div class="message-main js-quickEditTarget">\
<header class="message-attribution message-attribution--split"><ul class="message-attribution-main listInline">\
<li class="u-concealed"><a href="{link}">{_time(post.at)}</a></li></ul>\
<ul class="message-attribution-opposite"><li><a href="{link}">#{position + 1}</a></li></ul></header>
<div class="message-content js-messageContent"><div class="message-userContent lbContainer">\
<article class="message-body js-selectToQuote"><div class="bbWrapper">{_quote(site, post)}{text}</div>\
<div class="js-selectToQuoteEnd">&nbsp;</div></article></div>{edited}</div>{signature if post.author % 3 == 0 else ""}
<footer class="message-footer"><div class="reactionsBar js-reactionsList"></div></footer></div></div></div></article>
"""
