"""Boards of invented systems, in the markups of different times: pages of threads and indexes made from one model."""
# ruff: noqa: E501  (elements of markup are easier to read when they are not broken)

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import escape

__all__ = ["BOARDS", "Board", "Listed", "Said", "said"]

_NAMES = "Orsolya Benedikt Tamsin Wulfric Ilze Caradoc Mirela Thorben Quenby Anselm Jorunn Peverell".split()
_WORDS = (
    "valve gasket copper lantern meadow thistle walnut harbour pebble anvil ribbon cellar turnip saddle kettle mortar "
    "spindle clover barley ferret hinge rafter tallow bramble cobble dray furrow gable hamper jute"
).split()


@dataclass(frozen=True, slots=True)
class Said:
    """A post of the model; `quoted` is the name and text of what it answers."""

    number: int
    author: str
    at: datetime
    lines: tuple[str, ...]
    quoted: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """A row of an index: a thread or a forum."""

    number: int
    title: str
    author: str
    at: datetime
    replies: int


@dataclass(frozen=True, slots=True)
class Board:
    """One markup. Functions take what to show, the page's number and the number of pages."""

    thread: Callable[[str, Sequence[Said], int, int], str]
    index: Callable[[str, Sequence[Listed], int, int], str]
    at: tuple[str, str]  # paths of the thread and of the index, first pages
    following: tuple[str, str]  # and of the pages after them
    dated: bool = True
    names_quoted: bool = True


def said(seed: int, count: int, *, first: int = 1) -> list[Said]:
    """Posts with words that no two share in order; every third answers with a quote, some are very short."""
    dice = random.Random(seed)

    def sentence() -> str:
        return " ".join(dice.choice(_WORDS) for _ in range(dice.randint(5, 16))).capitalize() + "."

    posts: list[Said] = []
    at = datetime(2024, 3, 2, 9, 14, tzinfo=UTC) + timedelta(days=seed)
    for number in range(count):
        at += timedelta(minutes=dice.randint(7, 3000))
        lines = tuple(sentence() for _ in range(1 if number % 4 == 2 else dice.randint(2, 4)))
        author = _NAMES[(dice.randint(0, 7) + number) % len(_NAMES)]
        quoted = (posts[-1].author, posts[-1].lines[0]) if number % 3 == 2 else None
        posts.append(Said(1000 * seed + first + number, author, at, lines, quoted))
    return posts


def _page(title: str, body: str, head: str = "") -> str:
    return (
        f"<!doctype html><html><head><meta charset='utf-8'><title>{escape(title)} - The Hollow Board</title>{head}</head>"
        f"<body>{body}</body></html>"
    )


_TOP = (
    '<div id="menu"><a href="/index">Board index</a> | <a href="/search">Search</a> | <a href="/memberlist">Members</a> | '
    '<a href="/register">Register</a> | <a href="/login">Log in</a></div><p>It is now Sun Mar 30, 2025 10:15 pm</p>'
)
_END = '<div id="end">Powered by Hollow 3.1 <a href="/privacy">Privacy</a> <a href="/contact">Contact us</a></div>'


def _br(one: Said) -> str:
    return "<br>\n<br>\n".join(one.lines)


def _ps(one: Said) -> str:
    return "".join(f"<p>{line}</p>" for line in one.lines)


# Tables with colours in place of classes, of about 2002.
def _table_thread(title: str, posts: Sequence[Said], page: int, pages: int) -> str:
    rows = []
    for one in posts:
        quote = ""
        if one.quoted:
            quote = (
                f'<table width="90%" align="center"><tr><td><span><b>{one.quoted[0]} wrote:</b></span></td></tr>'
                f'<tr><td bgcolor="#fafafa">{one.quoted[1]}</td></tr></table><br>'
            )
        rows.append(
            f'<tr><td width="150" valign="top" bgcolor="#efefef"><a name="{one.number}"></a><b>{one.author}</b><br>'
            f"<font size=1>Apprentice<br><br>Joined: 11 Feb 2003<br>Posts: {one.number % 97}<br>Location: Mill Lane</font></td>"
            f'<td valign="top" bgcolor="#efefef"><table width="100%"><tr><td><a href="viewtopic.php?p={one.number}#{one.number}">'
            f'<img src="p.gif" alt="Post"></a><font size=1>Posted: {one.at:%a %b %d, %Y %I:%M %p} &nbsp; Post subject: {title}'
            f'</font></td><td align="right"><a href="posting.php?mode=quote&amp;p={one.number}"><img alt="Reply with quote">'
            f'</a></td></tr><tr><td colspan="2"><hr></td></tr><tr><td colspan="2"><font size=2>{quote}{_br(one)}</font>'
            f"<font size=2><br>_________________<br>Measure twice, says {one.author}.</font></td></tr></table></td></tr>"
            f'<tr><td bgcolor="#dddddd"><a href="#top">Back to top</a></td><td bgcolor="#dddddd">'
            f'<a href="profile.php?mode=viewprofile&amp;u={len(one.author)}">Profile</a> <a href="privmsg.php?u=2">PM</a></td></tr>'
            f'<tr><td colspan="2" height="1" bgcolor="#cccccc"><img src="spacer.gif" alt=""></td></tr>'
        )
    pager = " ".join(
        f"<b>{n}</b>" if n == page else f'<a href="viewtopic.php?t=7&amp;start={(n - 1) * 15}">{n}</a>'
        for n in range(1, pages + 1)
    )
    return _page(
        title,
        f'{_TOP}<a href="viewforum.php?f=2">Workshop</a><h2><a href="viewtopic.php?t=7">{title}</a></h2>Goto page {pager}'
        f'<table width="100%" border="0" cellpadding="3"><tr><th>Author</th><th>Message</th></tr>{"".join(rows)}</table>{_END}',
    )


def _table_index(title: str, rows: Sequence[Listed], page: int, pages: int) -> str:
    lines = "".join(
        f'<tr><td><img src="folder.gif" alt="No new posts"></td><td><a href="viewtopic.php?t={one.number}">{one.title}</a>'
        f'<br>[ Goto page: <a href="viewtopic.php?t={one.number}&amp;start=0">1</a>, '
        f'<a href="viewtopic.php?t={one.number}&amp;start=15">2</a> ]</td><td>{one.replies}</td>'
        f'<td><a href="profile.php?mode=viewprofile&amp;u=9">{one.author}</a></td><td>{one.replies * 7}</td>'
        f'<td>{one.at:%a %b %d, %Y %I:%M %p}<br><a href="profile.php?mode=viewprofile&amp;u=4">{one.author}</a> '
        f'<a href="viewtopic.php?p={one.number * 10}#{one.number * 10}"><img alt="View latest post"></a></td></tr>'
        for one in rows
    )
    pager = " ".join(
        f"<b>{n}</b>" if n == page else f'<a href="viewforum.php?f=2&amp;start={(n - 1) * 50}">{n}</a>'
        for n in range(1, pages + 1)
    )
    return _page(
        title,
        f'{_TOP}<h2>{title}</h2><table><tr><th colspan=2><a href="viewforum.php?f=2&amp;sort=title">Topics</a></th>'
        f"<th>Replies</th><th>Author</th><th>Views</th><th>Last Post</th></tr>{lines}</table>Goto page {pager}{_END}",
    )


# Boxes inside boxes, with classes that say little.
def _boxes_thread(title: str, posts: Sequence[Said], page: int, pages: int) -> str:
    rows = "".join(
        f'<div class="bx" id="m{one.number}"><div class="hd"><span class="w">{one.author}</span> '
        f'<span class="d">{one.at:%d.%m.%Y, %H:%M}</span> <a href="/thema/7-kessel?m={one.number}#m{one.number}">#{i}</a></div>'
        f'<div class="tx">'
        + (
            f'<div class="zitat"><b>Zitat von {one.quoted[0]}:</b><div>{one.quoted[1]}</div></div>'
            if one.quoted
            else ""
        )
        + f'{_ps(one)}</div><div class="ft"><a href="/melden/{one.number}">Melden</a> <a href="/zitieren/{one.number}">Zitieren'
        f"</a> {one.number % 5} Leuten gefällt das</div></div>"
        for i, one in enumerate(posts, 1 + (page - 1) * 20)
    )
    more = f'<a href="/thema/7-kessel?seite={page + 1}">Weiter</a>' if page < pages else ""
    return _page(
        title,
        f'{_TOP}<div class="m"><h1>{title}</h1><div class="l">{rows}</div><div class="n">{more}</div></div>{_END}',
    )


def _boxes_index(title: str, rows: Sequence[Listed], page: int, pages: int) -> str:
    lines = "".join(
        f'<div class="z"><div class="a"><a href="/thema/{one.number}-{one.title.lower().replace(" ", "-")}">{one.title}</a>'
        f'<small>von {one.author}</small></div><div class="b">{one.replies} Antworten</div>'
        f'<div class="c">{one.at:%d.%m.%Y, %H:%M}</div></div>'
        for one in rows
    )
    more = f'<a href="/brett/3?seite={page + 1}">Weiter</a>' if page < pages else ""
    return _page(
        title,
        f'{_TOP}<h1>{title}</h1><div class="l">{lines}</div><a href="/brett/3?order=asc">Sortieren</a>{more}{_END}',
    )


# A list whose items are posts.
def _list_thread(title: str, posts: Sequence[Said], page: int, pages: int) -> str:
    rows = "".join(
        f'<li id="reply_{one.number}" class="{"odd" if i % 2 else "even"}"><img alt="" src="/a/{one.author}.png">'
        f'<a class="by" href="/people/{one.author.lower()}">{one.author}</a> <em>{(one.at):%B %d, %Y at %H:%M}</em>'
        + (f"<blockquote><p><b>{one.quoted[0]} wrote:</b></p><p>{one.quoted[1]}</p></blockquote>" if one.quoted else "")
        + f'<div>{_ps(one)}</div><a href="/reply/{one.number}">Reply</a></li>'
        for i, one in enumerate(posts)
    )
    more = f'<a rel="next" href="/discussion/7/kettle/p{page + 1}">Next »</a>' if page < pages else ""
    return _page(title, f"{_TOP}<h1>{title}</h1><ol>{rows}</ol>{more}{_END}")


def _list_index(title: str, rows: Sequence[Listed], page: int, pages: int) -> str:
    lines = "".join(
        f'<li><h3><a href="/discussion/{one.number}/{one.title.lower().replace(" ", "-")}">{one.title}</a></h3>'
        f'<span><a href="/people/{one.author.lower()}">{one.author}</a> · {one.replies} replies · {one.at:%B %d, %Y}</span></li>'
        for one in rows
    )
    more = f'<a rel="next" href="/discussions/p{page + 1}">Next »</a>' if page < pages else ""
    return _page(title, f"{_TOP}<h1>{title}</h1><ul>{lines}</ul>{more}{_END}")


# Articles of HTML5, times in attributes, answers inside what they answer.
def _articles_thread(title: str, posts: Sequence[Said], page: int, pages: int) -> str:
    def article(one: Said, inner: str) -> str:
        quote = f"<blockquote><cite>{one.quoted[0]}</cite>{one.quoted[1]}</blockquote>" if one.quoted else ""
        return (
            f'<article id="c-{one.number}"><header><a rel="author" href="/u/{one.author.lower()}">{one.author}</a> '
            f'<a href="/t/kettle/7#c-{one.number}"><time datetime="{one.at.isoformat()}">some days ago</time></a></header>'
            f'<div class="body">{quote}{_ps(one)}</div><footer><button>Like</button></footer>{inner}</article>'
        )

    html, rest = "", list(posts)
    while rest:
        some, rest = rest[:3], rest[3:]
        inner = ""
        for one in reversed(some[1:]):
            inner = f"<section>{article(one, inner)}</section>"
        html += article(some[0], inner)
    more = f'<link rel="next" href="/t/kettle/7?page={page + 1}">' if page < pages else ""
    return _page(title, f"{_TOP}<main><h1>{title}</h1>{html}</main>{_END}", more)


def _articles_index(title: str, rows: Sequence[Listed], page: int, pages: int) -> str:
    lines = "".join(
        f'<article><h2><a href="/t/{one.title.lower().replace(" ", "-")}/{one.number}">{one.title}</a></h2>'
        f'<a href="/u/{one.author.lower()}">{one.author}</a><p>Opening words of {one.title} that a reader may like.</p>'
        f'<time datetime="{one.at.isoformat()}">days ago</time> <b>{one.replies}</b></article>'
        for one in rows
    )
    more = f'<link rel="next" href="/c/workshop/3?page={page + 1}">' if page < pages else ""
    return _page(title, f"{_TOP}<main><h1>{title}</h1>{lines}</main>{_END}", more)


# A definition list: who and when, then what.
def _terms_thread(title: str, posts: Sequence[Said], page: int, pages: int) -> str:
    rows = "".join(
        f'<dt><a name="p{one.number}"></a><strong>{one.author}</strong>, le {one.at:%d/%m/%Y à %Hh%M}</dt><dd>'
        + (f"<blockquote>{one.quoted[0]} a écrit :<br>{one.quoted[1]}</blockquote>" if one.quoted else "")
        + f"{_br(one)}</dd>"
        for one in posts
    )
    pager = "".join(
        f" <b>{n}</b> " if n == page else f' <a href="sujet-7-{n}.html">{n}</a> ' for n in range(1, pages + 1)
    )
    return _page(title, f"{_TOP}<h1>{title}</h1><dl>{rows}</dl><p>Pages : {pager}</p>{_END}")


def _terms_index(title: str, rows: Sequence[Listed], page: int, pages: int) -> str:
    lines = "".join(
        f'<dt><a href="sujet-{one.number}-1.html">{one.title}</a></dt><dd>par {one.author}, {one.replies} réponses, '
        f"dernier message le {one.at:%d/%m/%Y à %Hh%M}</dd>"
        for one in rows
    )
    pager = "".join(
        f" <b>{n}</b> " if n == page else f' <a href="forum-3-{n}.html">{n}</a> ' for n in range(1, pages + 1)
    )
    return _page(title, f"{_TOP}<h1>{title}</h1><dl>{lines}</dl><p>Pages : {pager}</p>{_END}")


# Components of a board made with JavaScript, as its server renders them.
def _components_thread(title: str, posts: Sequence[Said], page: int, pages: int) -> str:
    rows = "".join(
        f'<li component="post" data-index="{i}" data-pid="{one.number}" data-username="{one.author}">'
        f'<a component="post/anchor" id="{i}"></a><div class="post-header"><small><a href="/user/{one.author.lower()}" '
        f'class="username">{one.author}</a></small><span class="group">Regulars</span> <small><a class="permalink" '
        f'href="/post/{one.number}"><span class="timeago" title="{one.at.isoformat()}"></span></a></small></div>'
        f'<div class="content" component="post/content">'
        + (
            f'<blockquote><p><a href="/user/x">@{one.quoted[0]}</a> said in <a href="/post/3">{title}</a>:</p>'
            f"<p>{one.quoted[1]}</p></blockquote>"
            if one.quoted
            else ""
        )
        + f'{_ps(one)}</div><div class="post-footer"><a href="#">Reply</a> <a href="#">Quote</a> '
        f'<span class="votes">{one.number % 9}</span></div></li>'
        for i, one in enumerate(posts, (page - 1) * 20)
    )
    more = f'<link rel="next" href="/topic/7/kettle?page={page + 1}">' if page < pages else ""
    return _page(title, f'{_TOP}<h1 component="topic/title">{title}</h1><ul component="topic">{rows}</ul>{_END}', more)


def _components_index(title: str, rows: Sequence[Listed], page: int, pages: int) -> str:
    lines = "".join(
        f'<li component="category/topic" data-tid="{one.number}"><a href="/user/{one.author.lower()}"><img alt=""></a>'
        f'<h3 component="topic/header"><a href="/topic/{one.number}/{one.title.lower().replace(" ", "-")}">{one.title}</a></h3>'
        f'<small><a href="/topic/{one.number}/{one.title.lower().replace(" ", "-")}"><span class="timeago" '
        f'title="{one.at.isoformat()}"></span></a></small><div class="stats"><span>{one.replies}</span><small>Posts</small>'
        f'</div><div class="last"><a href="/topic/{one.number}/{one.title.lower().replace(" ", "-")}/{one.replies}">'
        f'<span class="timeago" title="{one.at.isoformat()}"></span></a></div></li>'
        for one in rows
    )
    more = f'<link rel="next" href="/category/3/workshop?page={page + 1}">' if page < pages else ""
    return _page(title, f"{_TOP}<h1>{title}</h1><ul>{lines}</ul>{_END}", more)


# What a board made with JavaScript leaves for readers without it: no times at all.
def _bare_thread(title: str, posts: Sequence[Said], page: int, pages: int) -> str:
    rows = "".join(
        f'<div><h3>{one.author}</h3><div class="Post-body">'
        + (f"<blockquote><p>{one.quoted[1]}</p></blockquote>" if one.quoted else "")
        + f"{_ps(one)}</div></div><hr>"
        for one in posts
    )
    more = f'<a href="/d/7-kettle?page={page + 1}">Next Page &raquo;</a>' if page < pages else ""
    return _page(
        title,
        f'<div id="app"></div><noscript id="content"><div class="container"><h1>{title}</h1><div>{rows}</div>{more}</div>'
        "</noscript><script>app.boot()</script>",
    )


def _bare_index(title: str, rows: Sequence[Listed], page: int, pages: int) -> str:
    lines = "".join(
        f'<li><a href="/d/{one.number}-{one.title.lower().replace(" ", "-")}">{one.title}</a></li>' for one in rows
    )
    more = f'<a href="/all?page={page + 1}">Next Page &raquo;</a>' if page < pages else ""
    return _page(title, f'<noscript><div class="container"><h1>{title}</h1><ul>{lines}</ul>{more}</div></noscript>')


# A plugin of a blog: the head of a post beside its body.
def _plugin_thread(title: str, posts: Sequence[Said], page: int, pages: int) -> str:
    rows = "".join(
        f'<li><div id="post-{one.number}" class="bbp-reply-header"><div class="bbp-meta"><span class="bbp-reply-post-date">'
        f'{one.at:%B %d, %Y} at {one.at:%I:%M %p}</span><a href="/forums/topic/kettle/#post-{one.number}" class="permalink">'
        f'#{one.number}</a></div></div><div class="post-{one.number} reply"><div class="bbp-reply-author">'
        f'<a href="/forums/users/{one.author.lower()}/" title="View {one.author}&#039;s profile"><img alt=""></a>'
        f'<a href="/forums/users/{one.author.lower()}/" class="name">{one.author}</a><div class="role">Participant</div></div>'
        f'<div class="bbp-reply-content">'
        + (f"<blockquote>{one.quoted[1]}</blockquote>" if one.quoted else "")
        + f"{_ps(one)}</div></div></li>"
        for one in posts
    )
    pager = "".join(
        f'<span class="current">{n}</span>' if n == page else f'<a href="/forums/topic/kettle/page/{n}/">{n}</a>'
        for n in range(1, pages + 1)
    )
    return _page(
        title,
        f'{_TOP}<h1>{title}</h1><div class="crumb"><a href="/forums/">Forums</a> › <a href="/forums/forum/workshop/">Workshop'
        f'</a></div><ul id="replies"><li class="h"><div>Author</div><div>Posts</div></li><li><ul>{rows}</ul></li></ul>'
        f'<div class="pages">{pager}</div><aside><h3>Recent topics</h3><ul><li><a href="/forums/topic/other/">Other</a></li>'
        f"</ul></aside>{_END}",
    )


def _plugin_index(title: str, rows: Sequence[Listed], page: int, pages: int) -> str:
    lines = "".join(
        f'<ul class="topic"><li><a class="permalink" href="/forums/topic/{one.title.lower().replace(" ", "-")}/">{one.title}</a>'
        f'<p>Started by: <a href="/forums/users/{one.author.lower()}/">{one.author}</a></p></li><li>{one.replies}</li>'
        f'<li><a href="/forums/topic/{one.title.lower().replace(" ", "-")}/#post-{one.number}">{one.at:%d %B %Y, %H:%M}</a></li>'
        "</ul>"
        for one in rows
    )
    pager = "".join(
        f'<span class="current">{n}</span>' if n == page else f'<a href="/forums/forum/workshop/page/{n}/">{n}</a>'
        for n in range(1, pages + 1)
    )
    return _page(title, f'{_TOP}<h1>{title}</h1><div>{lines}</div><div class="pages">{pager}</div>{_END}')


# Three rows of a table a post: head, body, buttons.
def _rows_thread(title: str, posts: Sequence[Said], page: int, pages: int) -> str:
    rows = "".join(
        f'<tr class="head"><td colspan="2"><a name="msg_{one.number}">Re: {title}</a> [message #{one.number}] '
        f"{one.at:%a, %d %B %Y %H:%M}</td></tr>"
        f'<tr class="text"><td class="who"><a href="index.php?t=usrinfo&amp;id={len(one.author)}">{one.author}</a><br>'
        f'Messages: {one.number % 83}<br>Registered: May 2011</td><td class="msg">'
        + (
            f"<cite>{one.quoted[0]} wrote on Mon, 01 April 2024 10:10</cite><blockquote>{one.quoted[1]}</blockquote>"
            if one.quoted
            else ""
        )
        + f'{_br(one)}</td></tr><tr class="tools"><td colspan="2"><a href="index.php?t=report&amp;msg_id={one.number}">Report'
        f'</a> <a href="index.php?t=post&amp;reply_to={one.number}">Reply</a></td></tr>'
        for one in posts
    )
    more = f'<a href="index.php?t=msg&amp;th=7&amp;start={page * 40}">&gt;</a>' if page < pages else ""
    return _page(title, f'{_TOP}<h1>{title}</h1><table class="thread">{rows}</table><div>Pages: {more}</div>{_END}')


def _rows_index(title: str, rows: Sequence[Listed], page: int, pages: int) -> str:
    lines = "".join(
        f'<tr><td>•</td><td><a href="index.php?t=msg&amp;th={one.number}&amp;start=0">{one.title}</a></td>'
        f"<td>{one.replies}</td><td>{one.replies * 5}</td><td>{one.at:%a, %d %B %Y %H:%M}<br>By: "
        f'<a href="index.php?t=usrinfo&amp;id=3">{one.author}</a> <a href="index.php?t=msg&amp;goto={one.number * 9}'
        f'#msg_{one.number * 9}">last</a></td></tr>'
        for one in rows
    )
    more = f'<a href="index.php?t=thread&amp;frm_id=3&amp;start={page * 40}">&gt;</a>' if page < pages else ""
    return _page(title, f"{_TOP}<h1>{title}</h1><table>{lines}</table><div>Pages: {more}</div>{_END}")


# Headings and paragraphs one after another, with nothing around a post.
def _flat_thread(title: str, posts: Sequence[Said], page: int, pages: int) -> str:
    rows = "".join(
        f'<h4 id="n{one.number}">{one.author} <small>{one.at:%Y-%m-%d %H:%M}</small></h4>'
        + (f'<div class="quote"><i>{one.quoted[0]} schrieb:</i><br>{one.quoted[1]}</div>' if one.quoted else "")
        + f"{_ps(one)}<hr>"
        for one in posts
    )
    pager = "".join(f" [{n}] " if n == page else f' <a href="read.pl?7,{n}">{n}</a> ' for n in range(1, pages + 1))
    return _page(title, f"{_TOP}<h1>{title}</h1>{rows}<p>{pager}</p>{_END}")


def _flat_index(title: str, rows: Sequence[Listed], page: int, pages: int) -> str:
    lines = "".join(
        f'<p><a href="read.pl?{one.number},1">{one.title}</a> {one.author} <small>{one.at:%Y-%m-%d %H:%M}</small> '
        f"({one.replies})</p>"
        for one in rows
    )
    pager = "".join(f" [{n}] " if n == page else f' <a href="list.pl?3,{n}">{n}</a> ' for n in range(1, pages + 1))
    return _page(title, f"{_TOP}<h1>{title}</h1>{lines}<p>{pager}</p>{_END}")


BOARDS: Mapping[str, Board] = {
    "table": Board(
        _table_thread,
        _table_index,
        ("/viewtopic.php?t=7", "/viewforum.php?f=2"),
        ("/viewtopic.php?t=7&start=15", "/viewforum.php?f=2&start=50"),
    ),
    "boxes": Board(
        _boxes_thread,
        _boxes_index,
        ("/thema/7-kessel", "/brett/3"),
        ("/thema/7-kessel?seite=2", "/brett/3?seite=2"),
    ),
    "list": Board(
        _list_thread,
        _list_index,
        ("/discussion/7/kettle", "/discussions"),
        ("/discussion/7/kettle/p2", "/discussions/p2"),
    ),
    "articles": Board(
        _articles_thread,
        _articles_index,
        ("/t/kettle/7", "/c/workshop/3"),
        ("/t/kettle/7?page=2", "/c/workshop/3?page=2"),
    ),
    "terms": Board(
        _terms_thread, _terms_index, ("/sujet-7-1.html", "/forum-3-1.html"), ("/sujet-7-2.html", "/forum-3-2.html")
    ),
    "components": Board(
        _components_thread,
        _components_index,
        ("/topic/7/kettle", "/category/3/workshop"),
        ("/topic/7/kettle?page=2", "/category/3/workshop?page=2"),
    ),
    "bare": Board(
        _bare_thread,
        _bare_index,
        ("/d/7-kettle", "/all"),
        ("/d/7-kettle?page=2", "/all?page=2"),
        dated=False,
        names_quoted=False,
    ),
    "plugin": Board(
        _plugin_thread,
        _plugin_index,
        ("/forums/topic/kettle/", "/forums/forum/workshop/"),
        ("/forums/topic/kettle/page/2/", "/forums/forum/workshop/page/2/"),
        names_quoted=False,
    ),
    "rows": Board(
        _rows_thread,
        _rows_index,
        ("/index.php?t=msg&th=7&start=0", "/index.php?t=thread&frm_id=3"),
        ("/index.php?t=msg&th=7&start=40", "/index.php?t=thread&frm_id=3&start=40"),
    ),
    "flat": Board(_flat_thread, _flat_index, ("/read.pl?7,1", "/list.pl?3,1"), ("/read.pl?7,2", "/list.pl?3,2")),
}
