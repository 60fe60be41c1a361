"""Every forum engine on pages in its system's default markup."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from lxml import html

from pipeline.forums.engine import ForumEngine
from pipeline.forums.registry import engine_of, engines, page_of_api
from tests.support.board_markups import BOARDS
from tests.support.board_markups_other import OTHER_BOARDS
from tests.support.boards import Board, Said, Topic, discourse_list, discourse_topic

SITE = "https://board.example"
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
QUOTED = "Mulch keeps the water in the ground."
POSTS = (
    Said(101, 1, "Ada Moss", datetime(2026, 10, 5, 14, 7, tzinfo=UTC), "How deep should mulch lie on clay?"),
    Said(102, 2, "Bo", datetime(2026, 10, 6, 9, 30, tzinfo=UTC), "Two inches, not more.", ("Ada Moss", 101, QUOTED)),
    Said(103, 3, "Cy 2011", datetime(2026, 10, 28, 23, 59, tzinfo=UTC), "Mine lies deeper.<br><br>It does no harm."),
)
TOPIC = Topic(1, "Mulch or not", POSTS)
OTHER = Topic(7, "Late frost", (Said(90, 1, "Dee", datetime(2026, 9, 30, 8, 15, tzinfo=UTC), "It came again."),))

EVERY = BOARDS | OTHER_BOARDS
boards = pytest.mark.parametrize("board", [pytest.param(one, id=name) for name, one in EVERY.items()])


def tree_of(text: str) -> html.HtmlElement:
    return html.document_fromstring(text)


def engine_for(board: Board, tree: html.HtmlElement) -> ForumEngine:
    engine = engine_of(tree)
    assert engine is engine_of(tree, source=html.tostring(tree))  # what is looked for first in the bytes is there
    assert engine is not None
    assert engine.name == board.name
    return engine


@boards
def test_a_thread_page(board: Board) -> None:
    url = SITE + board.thread_path(TOPIC, 1)
    tree = tree_of(board.thread_page(TOPIC, POSTS, 1, more=True))
    engine = engine_for(board, tree)
    assert engine.is_thread(tree)
    assert engine.title(tree) == "Mulch or not"
    assert engine.next_page(tree, url) == SITE + board.thread_path(TOPIC, 2)
    assert engine.thread_url(tree, url) == url
    posts = engine.posts(tree, url, NOW)
    assert [one.post_id for one in posts] == [board.post_id(TOPIC, one) for one in POSTS]
    assert [one.author for one in posts] == [one.author for one in POSTS]
    assert all(one.author_url and one.author_url.startswith(SITE) for one in posts)
    seconds = [one.posted_at.replace(second=0) for one in posts if one.posted_at]
    assert seconds == [one.at for one in POSTS]
    assert [one.position or order for order, one in enumerate(posts, 1)] == [1, 2, 3]
    assert all(one.permalink and one.permalink.startswith(SITE) for one in posts)
    assert [one.text for one in posts] == [
        "How deep should mulch lie on clay?",
        "Two inches, not more.",
        "Mine lies deeper.\n\nIt does no harm.",
    ]
    assert [one.quotes for one in posts[::2]] == [(), ()]
    quote, *inner = posts[1].quotes
    assert quote.text == QUOTED
    assert [one.text for one in inner] in ([], ["deep words"])  # not all systems keep quotes inside quotes
    assert all(one.author in ("Zed", None) for one in inner)
    where = [posts[1].shown.index(words) for words in (QUOTED, *(one.text for one in inner), "Two inches, not more.")]
    assert where == sorted(where)
    assert quote.author == "Ada Moss"
    if "{number}" in board.quote:  # some name nobody's post
        assert (quote.post_id or "").endswith("101")


@pytest.mark.parametrize(
    ("name", "before", "note"),
    [
        ("xenforo2", "Last edited", 'Last edited: <time datetime="2026-10-06T10:30:00+0000">x</time>'),
        ("phpbb3", "Last edited by Ann", "Last edited by Ann on 06 Oct 2026, 10:30, edited 1 time in total."),
        ("smf21", "Last Edit: May", "Last Edit: October 06, 2026, 10:30:00 am by Ann, May"),
    ],
)
def test_a_post_tells_when_it_was_changed(name: str, before: str, note: str) -> None:
    page = EVERY[name].thread_page(TOPIC, POSTS[:2], 1, more=False)
    assert before in page
    tree = tree_of(page.replace(before, note))
    posts = engine_for(EVERY[name], tree).posts(tree, SITE, NOW)
    assert [one.edited_at for one in posts] == [datetime(2026, 10, 6, 10, 30, tzinfo=UTC)] * 2
    assert [one.text for one in posts] == [one.text for one in POSTS[:2]]


@pytest.mark.parametrize(
    "body",
    [
        "<p>Bo Reed wrote:</p>{}<p>So it is.</p>",
        "Bo Reed wrote:<br>{}So it is.",
        "<p>So it is.</p><div>Bo Reed schrieb:</div>{}",
        "So it is.<br>Quote from Bo Reed:{}",
    ],
)
def test_a_line_that_names_whom_a_quote_is_from_belongs_to_it_wherever_it_stands(body: str) -> None:
    quote = (
        '<blockquote class="bbCodeBlock--quote"><div class="bbCodeBlock-content">Clay holds water.</div></blockquote>'
    )
    post = replace(POSTS[0], text=body.format(quote))
    tree = tree_of(BOARDS["xenforo2"].thread_page(TOPIC, [post], 1, more=False))
    (found,) = engine_for(BOARDS["xenforo2"], tree).posts(tree, SITE, NOW)
    assert found.text == "So it is."
    assert [(one.author, one.text) for one in found.quotes] == [("Bo Reed", "Clay holds water.")]
    assert "Bo Reed" in found.shown


def test_numbers_of_lists_are_words_of_a_post() -> None:
    lists = (
        "Do so:<ol><li>Dig</li><li></li><li><p>Water <b>well</b></p></li></ol>"
        "<ol start=4><li>Wait</li></ol><ul><li>or not</li></ul>"
    )
    post = replace(POSTS[0], text=lists)
    tree = tree_of(BOARDS["xenforo2"].thread_page(TOPIC, [post], 1, more=False))
    (found,) = engine_for(BOARDS["xenforo2"], tree).posts(tree, SITE, NOW)
    assert found.text.split("\n\n") == ["Do so:", "1. Dig", "3. Water well", "4. Wait", "or not"]


@boards
def test_the_last_page_of_a_thread(board: Board) -> None:
    url = SITE + board.thread_path(TOPIC, 2)
    tree = tree_of(board.thread_page(TOPIC, POSTS[2:], 2, more=False))
    engine = engine_for(board, tree)
    assert engine.next_page(tree, url) is None
    assert engine.thread_url(tree, url) == SITE + board.thread_path(TOPIC, 1)


@boards
def test_indexes(board: Board) -> None:
    tree = tree_of(board.index_page())
    engine = engine_for(board, tree)
    assert not engine.is_thread(tree)
    assert len(engine.forum_links(tree, f"{SITE}/")) == 1
    if board.name != "discourse":
        assert engine.forum_links(tree, f"{SITE}/") == [SITE + board.forum_path(1)]
    assert engine.thread_links(tree, f"{SITE}/", NOW) == []
    url = SITE + board.forum_path(1)
    tree = tree_of(board.forum_page([TOPIC, OTHER], 1, more=True))
    engine = engine_for(board, tree)
    assert not engine.is_thread(tree)
    links = engine.thread_links(tree, url, NOW)
    assert [one.url for one in links] == [SITE + board.thread_path(one, 1) for one in (TOPIC, OTHER)]
    times = [one.last_post_at.replace(second=0) for one in links if one.last_post_at]
    assert times == [POSTS[-1].at, OTHER.posts[-1].at]
    assert engine.next_page(tree, url) == SITE + board.forum_path(2)
    assert engine.forum_links(tree, url) == []


@boards
def test_only_its_own_engine_knows_a_page(board: Board) -> None:
    for page in (board.index_page(), board.thread_page(TOPIC, POSTS, 1, more=True)):
        tree = tree_of(page)
        assert [one.name for one in engines() if one.recognises(tree)] == [board.name]


@pytest.mark.parametrize(
    "words",
    [
        "<p>The town moved its board from phpBB to vBulletin, XenForo and Discourse.</p>",
        '<article class="message"><div class="post"><p>A blog post</p></div></article>',
        '<div class="comments"><article id="comment-5"><blockquote>said</blockquote></article></div>',
        '<div class="post" id="post-12"><div class="content"><p>A story</p></div></div>',
        '<a href="https://www.phpbb.com/">phpBB</a> <a href="/viewtopic.php?t=5">Discuss this story</a>',
    ],
)
def test_an_article_is_of_no_engine(words: str) -> None:
    page = f'<html><head><meta name="generator" content="WordPress 6"></head><body><h1>Story</h1>{words}</body></html>'
    assert engine_of(tree_of(page)) is None


@pytest.mark.parametrize(
    ("board", "one", "same"),
    [
        ("phpbb3", "/viewtopic.php?f=2&t=5&sid=0e26c5b6c7cd9b067a6a5dc32896eebb#p9", "/viewtopic.php?t=5"),
        ("phpbb3", "/viewtopic.php?t=5&start=30", "/viewtopic.php?t=5"),
        ("phpbb3", "/viewtopic.php?p=101#p101", "/viewtopic.php?t=1"),
        ("phpbb3", "/old-roses-t5-15.html", "/old-roses-t5.html"),
        ("vbulletin3", "/showthread.php?s=0e26c5b6c7cd9b067a6a5dc32896eebb&t=5&page=3", "/showthread.php?t=5"),
        ("vbulletin4", "/showthread.php?5-Old-roses/page4&p=9#post9", "/showthread.php?5-Old-roses"),
        ("vbulletin4", "/threads/5-Old-roses/page2?p=9", "/threads/5-Old-roses"),
        ("vbulletin4", "/showthread.php?p=101#post101", "/threads/1-mulch-or-not"),
        ("smf20", "/index.php?topic=5.msg77#msg77", "/index.php?topic=5.0"),
        ("smf20", "/index.php/topic,5.20.html", "/index.php/topic,5.0.html"),
        ("mybb18", "/showthread.php?tid=5&pid=9#pid9", "/showthread.php?tid=5"),
        ("mybb18", "/thread-5-page-2.html", "/thread-5.html"),
        ("vanilla", "/discussion/5/old-roses/p3", "/discussion/5/old-roses"),
        ("invision4", "/topic/5-old-roses/?page=2&tab=comments#comment-9", "/topic/5-old-roses/"),
        ("invision4", "/index.php?showtopic=5&st=20", "/index.php?showtopic=5"),
        ("woltlab5", "/index.php?thread/5-old-roses/&pageNo=2", "/index.php?thread/5-old-roses/"),
        ("discourse", "/t/old-roses/5/12", "/t/old-roses/5"),
        ("discourse", "/t/old-roses/5.json?page=2", "/t/old-roses/5"),
        ("xenforo1", "/threads/old-roses.5/page-3#post-9", "/threads/old-roses.5/"),
        ("xenforo2", "/index.php?threads/old-roses.5/post-9", "/index.php?threads/old-roses.5/"),
    ],
)
def test_addresses_of_one_thread(board: str, one: str, same: str) -> None:
    # Pages whose heading does not name the thread tell nothing but their address.
    known = "p=101" in one
    page = BOARDS[board].thread_page(TOPIC if known else Topic(5, "x", POSTS), POSTS, 1, more=False)
    tree = tree_of(page)
    engine = engine_for(BOARDS[board], tree)
    assert engine.thread_url(tree, SITE + one) == SITE + same


@pytest.mark.parametrize(
    ("board", "same"),
    [
        ("xenforo2", ("/threads/old-roses.5/", "/threads/5/page-2", "/threads/new-roses.5/page-9#post-3")),
        ("xenforo1", ("/index.php?threads/old-roses.5/", "/index.php?threads/5/page-2")),
        ("phpbb3", ("/old-roses-t5.html", "/new-roses-t5-15.html")),
        ("vbulletin4", ("/showthread.php?5-Old-roses", "/showthread.php?5-New-roses/page4", "/showthread.php?5")),
        ("vbulletin4", ("/threads/5-Old-roses", "/threads/5-New-roses/page2?p=9")),
        ("vbulletin3", ("/garden/5-old-roses.html", "/garden/5-new-roses.html")),
        ("invision4", ("/topic/5-old-roses/", "/topic/5/?page=2", "/topic/5-new-roses/page/3/")),
        ("woltlab5", ("/index.php?thread/5-old-roses/", "/index.php?thread/5-new-roses/&pageNo=2")),
        ("vanilla", ("/discussion/5/old-roses", "/discussion/5/new-roses/p3", "/discussion/5")),
        ("discourse", ("/t/old-roses/5", "/t/new-roses/5/12", "/t/5.json?page=2")),
    ],
)
def test_a_thread_keeps_its_key_when_its_title_changes(board: str, same: tuple[str, ...]) -> None:
    tree = tree_of(BOARDS[board].thread_page(Topic(5, "x", POSTS), POSTS, 1, more=False))
    engine = engine_for(BOARDS[board], tree)
    keys = {engine.thread_key(tree, SITE + path).rstrip("/") for path in same}
    assert len(keys) == 1
    assert engine.thread_key(tree, SITE + same[0].replace("5", "6")).rstrip("/") not in keys


def test_a_canonical_link_names_the_thread() -> None:
    page = BOARDS["xenforo2"].thread_page(TOPIC, POSTS, 1, more=False)
    link = f'<head><link rel="canonical" href="{SITE}/threads/mulch-or-not.1/page-2"></head>'
    tree = tree_of(page.replace("<body>", f"{link}<body>"))
    assert (
        engine_for(BOARDS["xenforo2"], tree).thread_url(tree, f"{SITE}/threads/1/page-2")
        == f"{SITE}/threads/mulch-or-not.1/"
    )
    tree = tree_of(page.replace("<body>", f"{link.replace('board.', 'other.')}<body>"))
    assert engine_for(BOARDS["xenforo2"], tree).thread_url(tree, f"{SITE}/threads/1/page-2") == f"{SITE}/threads/1/"


@pytest.mark.parametrize(
    ("shown", "at"),
    [
        ("Yesterday, 10:05 AM", datetime(2026, 11, 19, 10, 5, tzinfo=UTC)),
        ("3 hours ago", datetime(2026, 11, 20, 9, 0, tzinfo=UTC)),
        ("23. Apr 2020, 09:16", datetime(2020, 4, 23, 9, 16, tzinfo=UTC)),
        ("Vor 2 Stunden", datetime(2026, 11, 20, 10, 0, tzinfo=UTC)),
        ("25-09-2026, 04:50 PM", datetime(2026, 9, 25, 16, 50, tzinfo=UTC)),
    ],
)
def test_times_that_boards_show(shown: str, at: datetime) -> None:
    board = BOARDS["vbulletin3"]
    page = board.thread_page(TOPIC, POSTS[:1], 1, more=False).replace("10-05-2026, 02:07 PM", shown)
    tree = tree_of(page)
    (post,) = engine_for(board, tree).posts(tree, SITE, NOW)
    assert post.posted_at == at


def test_numeric_dates_are_read_as_the_page_writes_them() -> None:
    board = BOARDS["vbulletin3"]
    page = board.thread_page(TOPIC, POSTS, 1, more=False)
    page = page.replace("10-05-2026", "05-10-2026").replace("10-06-2026", "06-10-2026").replace("10-28", "28-10")
    tree = tree_of(page)
    posts = engine_for(board, tree).posts(tree, SITE, NOW)
    assert [one.posted_at for one in posts] == [one.at for one in POSTS]


def test_a_date_that_would_come_tells_how_the_page_writes_them() -> None:
    board = BOARDS["mybb18"]
    page = board.thread_page(TOPIC, POSTS[:2], 1, more=False)  # 10-05 and 10-06
    for now, month in ((datetime(2026, 11, 20, tzinfo=UTC), 10), (datetime(2026, 6, 20, tzinfo=UTC), 5)):
        posts = engine_for(board, tree_of(page)).posts(tree_of(page), SITE, now)
        assert posts[0].posted_at is not None
        assert posts[0].posted_at.month == month


def test_discourse_tells_the_same_by_its_api() -> None:
    board, url = BOARDS["discourse"], f"{SITE}/t/mulch-or-not/1.json"
    tree = page_of_api(discourse_topic(TOPIC, POSTS[:2]), url)
    assert tree is not None
    engine = engine_for(board, tree)
    page = tree_of(board.thread_page(TOPIC, POSTS[:2], 1, more=True))
    assert engine.posts(tree, url, NOW) == engine.posts(page, SITE + board.thread_path(TOPIC, 1), NOW)
    assert engine.title(tree) == "Mulch or not"
    assert engine.thread_url(tree, url) == f"{SITE}/t/mulch-or-not/1"
    assert engine.next_page(tree, url) == f"{url}?page=2"
    last = page_of_api(discourse_topic(TOPIC, POSTS[2:]), f"{url}?page=2")
    assert last is not None
    assert engine.next_page(last, f"{url}?page=2") is None
    latest = page_of_api(discourse_list([TOPIC, OTHER], "/latest?no_definitions=true&page=1"), f"{SITE}/latest.json")
    assert latest is not None
    assert not engine.is_thread(latest)
    links = engine.thread_links(latest, f"{SITE}/latest.json", NOW)
    assert [(one.url, one.last_post_at) for one in links] == [
        (url, POSTS[-1].at),
        (f"{SITE}/t/late-frost/7.json", OTHER.posts[-1].at),
    ]
    assert engine.next_page(latest, f"{SITE}/latest.json") == f"{SITE}/latest.json?no_definitions=true&page=1"


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{}", b"null", b'{"post_stream": 5}', b'{"post_stream": {"posts": 5}}', b"[" * 100_000, b"\xff\xfe",
     b'{"topic_list": {"topics": [5, null]}}', b'{"post_stream": {"posts": [{"cooked": "\\u0000<b", "username": 5}]}}'],
)  # fmt: skip
def test_odd_answers_of_an_api_raise_nothing(body: bytes) -> None:
    tree = page_of_api(body, f"{SITE}/t/x/1.json")
    if tree is not None:
        engine = engine_of(tree)
        assert engine is not None
        engine.posts(tree, SITE, NOW)
        engine.thread_links(tree, SITE, NOW)


@boards
def test_pages_cut_anywhere_raise_nothing(board: Board) -> None:
    page = board.thread_page(TOPIC, POSTS, 1, more=True) + board.forum_page([TOPIC], 1, more=True)
    for end in range(90, len(page), 97):
        tree = tree_of(page[:end])
        for engine in engines():
            engine.recognises(tree)
            engine.is_thread(tree)
            engine.posts(tree, SITE, NOW)
            engine.thread_links(tree, SITE, NOW)
            engine.forum_links(tree, SITE)
            engine.next_page(tree, SITE)
            engine.thread_url(tree, SITE)
            engine.title(tree)


@boards
def test_pages_without_end_take_time_in_proportion(board: Board) -> None:
    crowd = "<b>1</b><strong>1</strong><a class='title'>1</a><span class='current_page'>1</span><td>1</td>"

    def seconds(count: int) -> float:
        body = f'<div class="pagination pagelinks gensmall nav PageNav">{crowd * count}</div>'
        page = board.page.format(
            body=body + board.thread_page(TOPIC, POSTS, 1, more=False), kind="thread", following=""
        )
        tree = tree_of(page)
        engine = engine_for(board, tree)
        begun = time.process_time()
        engine.is_thread(tree)
        engine.next_page(tree, SITE)
        engine.forum_links(tree, SITE)
        engine.thread_links(tree, SITE, NOW)
        return time.process_time() - begun

    seconds(100)  # what is compiled once
    assert seconds(10_000) < 20 * seconds(1_000) + 1
