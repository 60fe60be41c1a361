"""Boards of unknown systems, read by structure alone."""
# ruff: noqa: E501  (elements of markup are easier to read when they are not broken)

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml import html

from pipeline.forums.generic import Generic
from pipeline.forums.registry import engine_of
from tests.support.pages import article, paragraphs
from tests.support.unknown_boards import BOARDS, Listed, Said, said

NOW = datetime(2025, 4, 1, tzinfo=UTC)
SITE = "http://board.test"
TITLE = "Kettle with a leaky valve"
ROWS = [
    Listed(40 + 3 * number, f"{one} trouble in the {where}", by, datetime(2025, 3, 1 + number, 10, 20, tzinfo=UTC), 3)
    for number, (one, where, by) in enumerate(
        [
            ("Gasket", "cellar", "Ilze"),
            ("Ribbon", "harbour", "Mirela"),
            ("Walnut", "meadow", "Anselm"),
            ("Copper", "rafter", "Jorunn"),
            ("Hinge", "anvil", "Ilze"),
            ("Lantern", "saddle", "Quenby"),
        ]
    )
]  # fmt: skip


def tree_of(page: str | bytes) -> html.HtmlElement:
    """A parsed page."""
    return html.document_fromstring(
        page.encode() if isinstance(page, str) else page, parser=html.HTMLParser(encoding="utf-8")
    )


@pytest.mark.parametrize("count", [12, 9, 2, 1])
@pytest.mark.parametrize("name", BOARDS)
def test_the_posts_of_a_thread_are_read(name: str, count: int) -> None:
    board, model = BOARDS[name], said(3, count)
    tree, url = tree_of(board.thread(TITLE, model, 1, 2)), SITE + board.at[0]
    engine = engine_of(tree, board_at=NOW)
    assert engine is not None
    assert engine.is_thread(tree)
    assert engine.title(tree) == TITLE
    posts = engine.posts(tree, url, NOW)
    assert [post.text for post in posts] == ["\n\n".join(one.lines) for one in model]
    assert [post.author for post in posts] == [one.author for one in model]
    for post, one in zip(posts, model, strict=True):
        if board.dated:
            assert post.posted_at is not None
            assert abs(post.posted_at - one.at) <= timedelta(minutes=1)
        assert [(quote.author, quote.text) for quote in post.quotes] == quotes(one, named=board.names_quoted)


@pytest.mark.parametrize("words", ["Ok, thanks!", "Yes, it does."])
@pytest.mark.parametrize("name", [name for name in BOARDS if name != "rows"])
def test_a_short_post_that_is_alone_takes_nothing_else_along(name: str, words: str) -> None:
    model = replace(said(3, 1)[0], lines=(words,), quoted=None)
    tree, url = tree_of(BOARDS[name].thread(TITLE, [model], 1, 1)), SITE + BOARDS[name].at[0]
    posts = Generic(NOW).posts(tree, url, NOW)
    assert [(post.text, post.author) for post in posts] == [(words, model.author)]


def quotes(one: Said, *, named: bool) -> list[tuple[str | None, str]]:
    """Quotes as they are to be read."""
    return [(one.quoted[0] if named else None, one.quoted[1])] if one.quoted else []


@pytest.mark.parametrize("name", [name for name in BOARDS if name != "bare"])
def test_posts_have_the_boards_own_ids(name: str) -> None:
    model = said(3, 9)
    board = BOARDS[name]
    tree = tree_of(board.thread(TITLE, model, 1, 1))
    assert [post.post_id for post in Generic(NOW).posts(tree, SITE + board.at[0], NOW)] == [
        str(one.number) for one in model
    ]


@pytest.mark.parametrize("name", BOARDS)
def test_the_threads_of_an_index_are_found_and_nothing_else(name: str) -> None:
    board = BOARDS[name]
    tree, url = tree_of(board.index("Workshop", ROWS, 1, 2)), SITE + board.at[1]
    engine = engine_of(tree, board_at=NOW)
    assert engine is not None
    assert not engine.is_thread(tree)
    links = engine.thread_links(tree, url, NOW)
    assert len({link.url for link in links}) == len(ROWS)
    assert engine.forum_links(tree, url) == []
    if board.dated:
        days = [link.last_post_at.date() for link in links if link.last_post_at]
        assert days == [row.at.date() for row in ROWS]


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("name", BOARDS)
def test_pages_are_turned_to_the_last_and_lead_back_to_the_first(name: str, which: int) -> None:
    board = BOARDS[name]

    def page(number: int) -> html.HtmlElement:
        text = board.index("Workshop", ROWS, number, 2) if which else board.thread(TITLE, said(3, 9), number, 2)
        return tree_of(text)

    first, second = SITE + board.at[which], SITE + board.following[which]
    assert Generic(NOW).next_page(page(1), first) == second
    assert Generic(NOW).next_page(page(2), second) is None
    if not which:
        assert Generic(NOW).thread_url(page(2), second) == Generic(NOW).thread_url(page(1), first)


def test_an_article_and_a_notice_are_no_threads() -> None:
    tree = tree_of(article("The harbour reopens", paragraphs(1)))
    assert not Generic(NOW).is_thread(tree)
    notice = tree_of(
        "<html><body><h1>Rules</h1><div><p>Be kind.</p><p>Post in the right forum.</p></div></body></html>"
    )
    assert not Generic(NOW).is_thread(notice)


def test_only_a_declared_forum_is_read_by_structure() -> None:
    tree = tree_of(BOARDS["boxes"].thread(TITLE, said(3, 9), 1, 1))
    assert engine_of(tree) is None


@settings(max_examples=60)
@given(st.sampled_from(list(BOARDS)), st.integers(0, 12_000), st.integers(0, 400), st.binary(max_size=40))
@example("boxes", 197, 170, b"\0")  # a comment right before a box
def test_cut_and_spoiled_pages_are_read_without_error(name: str, cut: int, gap: int, noise: bytes) -> None:
    page = BOARDS[name].thread(TITLE, said(5, 6), 1, 3).encode()
    everything(page[:cut] + noise + page[cut + gap :])


def everything(page: bytes) -> None:
    """Ask the engine all it can be asked."""
    tree = tree_of(page or b"<p>")
    url = f"{SITE}/thema/7"
    engine = Generic(NOW, url)
    engine.recognises(tree)
    engine.is_thread(tree)
    engine.posts(tree, url, NOW)
    engine.thread_links(tree, url, NOW)
    engine.forum_links(tree, url)
    engine.next_page(tree, url)
    engine.thread_url(tree, url)
    engine.title(tree)


TAGS = st.sampled_from("div p table tr td li ul dl dt dd blockquote span b a hr article section h3".split())
TEXTS = st.sampled_from(
    ["Ilze", "Mar 3, 2024 10:11 am", "Quote:", "3", "#4", "a longer text with several words in it", "", "<!-- -->"]
)
TREES = st.recursive(
    TEXTS,
    lambda inner: st.builds(
        lambda tag, parts, number: f"<{tag} id=p{number} href='/t/{number}' class=post>{''.join(parts)}</{tag}>",
        TAGS,
        st.lists(inner, max_size=5),
        st.integers(0, 99),
    ),
    max_leaves=60,
)


@settings(max_examples=150)
@given(TREES)
def test_no_tree_raises(page: str) -> None:
    everything(f"<html><body>{page}</body></html>".encode())


HUGE = {
    "deep": b"<div class=post>Ilze Mar 3, 2024 10:11 am<blockquote>" * 5_000,
    "wide": b"<div><a href=/user/7>Ilze</a> <i>Mar 3, 2024 10:11 am</i> words and words </div>" * 50_000,
    "siblings": b"<p>text" * 200_000,
    "links": b"".join(
        b"<tr><td><a href=/topic/%d>A title %d</a><td>12<td>2024-03-0%d" % (n, n, n % 9 + 1) for n in range(30_000)
    ),
    "quotes": b"<div id=p1>Ilze 2024-03-01 10:10 text</div><div id=p2>Ana 2024-03-01 10:20"
    + b"<blockquote>x wrote:<br>y</blockquote>" * 20_000,
    "one line": b"<div id=p1>Ilze 2024-03-01 10:10 " + b"word 12:30 " * 300_000 + b"</div>",
}  # fmt: skip


@pytest.mark.parametrize("name", HUGE)
def test_huge_pages_are_read_in_time(name: str) -> None:
    started = time.process_time()
    everything(b"<html><body>" + HUGE[name])
    assert time.process_time() - started < 25


def counted(first: int, count: int, *, page: int, pages: int) -> html.HtmlElement:
    """A page of a thread whose ids count its posts, with links that share a post, and an icon that turns the page."""
    posts = "".join(
        f'<div class="comment" id="c{number}"><div><a href="/user/{number % 4}/ana{number % 4}/">ana{number % 4}</a></div>'
        f'<div class="date" title="March 2, 2024, {number % 12 + 1}:11 a.m.">2 Mar</div><div class="text"><p>Words of post'
        f" {number} about a {'valve ' * (number % 5 + 1)}in the shed.</p></div><ul><li>"
        f'<a href="https://share.invalid/share?url=http%3A%2F%2Fboard.test%2Fcomment%2F{700 + number}%2Ffind%2F&amp;n={number}">'
        f"Elsewhere</a></li></ul></div>"
        for number in range(first, first + count)
    )
    turning = (
        f'<ul><li>Page {page} of {pages}</li><li><a href="?page={page + 1}"><i class="fa fa-chevron-right"></i></a></li>'
        f'<li><a href="?page={pages}">Last <i class="fa fa-chevron-right"></i></a></li></ul>'
        if page < pages
        else f"<ul><li>Page {page} of {pages}</li></ul>"
    )
    return tree_of(f"<html><head><title>{TITLE}</title></head><body><h1>{TITLE}</h1>{posts}{turning}</body></html>")


@pytest.mark.parametrize(("page", "first", "count"), [(1, 1, 20), (2, 21, 20), (3, 41, 7), (3, 41, 1), (1, 1, 1)])
def test_ids_that_count_the_posts_of_a_thread_are_positions(page: int, first: int, count: int) -> None:
    url = f"{SITE}/topic/30/kettle/" + (f"?page={page}" if page > 1 else "")
    posts = Generic(NOW, url).posts(counted(first, count, page=page, pages=3), url, NOW)
    assert [(post.post_id, post.position) for post in posts] == [(None, first + n) for n in range(count)]
    assert [post.permalink for post in posts] == [f"{url}#c{first + n}" for n in range(count)]


def test_a_post_that_is_deleted_changes_no_other() -> None:
    url = f"{SITE}/topic/30/kettle/"
    page = counted(1, 8, page=1, pages=1)
    (gone,) = page.xpath("//div[@id='c4']")
    gone.getparent().remove(gone)
    posts = Generic(NOW, url).posts(page, url, NOW)
    assert [(post.post_id, post.position) for post in posts] == [(None, n) for n in (1, 2, 3, 5, 6, 7, 8)]


def test_ids_of_the_board_that_follow_each_other_stay_ids() -> None:
    url = f"{SITE}/topic/30/kettle/"
    posts = Generic(NOW, url).posts(counted(4101, 5, page=1, pages=1), url, NOW)
    assert [post.post_id for post in posts] == [str(4101 + n) for n in range(5)]
    url += "?page=2"
    posts = Generic(NOW, url).posts(counted(4101, 5, page=2, pages=2), url, NOW)
    assert [post.post_id for post in posts] == [str(4101 + n) for n in range(5)]


def test_an_icon_turns_the_page_by_one() -> None:
    url = f"{SITE}/topic/30/kettle/"
    assert Generic(NOW, url).next_page(counted(1, 20, page=1, pages=4), url) == f"{url}?page=2"
    assert Generic(NOW, f"{url}?page=4").next_page(counted(61, 5, page=4, pages=4), f"{url}?page=4") is None


def test_the_way_to_the_forum_is_no_post_of_a_thread_with_one() -> None:
    way = "".join(
        f'<li><a href="{href}">{name}</a></li>'
        for href, name in (("/", "Forum index"), ("/forum/hall-1/", "Main hall"))
    )
    post = (
        '<div id="41" class="card post"><h4>Frost <a href="/forum/shed-2/topic/frost-8/?post=41#41">&#182;</a></h4><p><small>By: '
        '<a href="/member/profile/6/">Ilze</a> on March 4, 2024, 8:42 p.m.</small></p><div class="post-content"><p>Turnip and saw in '
        'the chimney.</p></div><div class="username"><a href="/member/profile/6/"><b>Ilze</b></a></div></div>'
    )  # fmt: skip
    url = f"{SITE}/forum/shed-2/topic/frost-8/"
    tree = tree_of(f"<html><body><div><ol>{way}<li>Frost</li></ol></div><h1>Frost</h1><div>{post}</div></body></html>")
    posts = Generic(NOW, url).posts(tree, url, NOW)
    assert [(post.author, post.text) for post in posts] == [("Ilze", "Turnip and saw in the chimney.")]
