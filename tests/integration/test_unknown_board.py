"""A board of a system that nobody knows is collected from its front page: forums, threads, posts, and again."""
# ruff: noqa: E501  (elements of markup are easier to read when they are not broken)

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from tests.support.commands import copydesk, copydesk_json, declare
from tests.support.site import Site
from tests.support.unknown_boards import Said, said

MENU = (
    '<ul class="menu"><li><a href="/hall">Hall</a></li><li><a href="/people">People</a></li><li><a href="/login">Log in</a></li>'
    '<li><a href="/hall/search">Search</a></li><li><a href="/feed.rss">Feed</a></li><li><a href="/hall?order=new">Newest</a></li>'
    "</ul>"
)  # fmt: skip
ROOMS = {2: "Workshop", 5: "Kitchen garden"}
# Number, title, room, posts by page.
TALKS: dict[int, tuple[str, int, list[Sequence[Said]]]] = {
    number: (title, room, [model[:6], model[6:]] if len(model) > 6 else [model])
    for number, title, room, model in (
        (41, "Kettle with a leaky valve", 2, said(41, 9)),
        (42, "Which rafter for a low shed", 2, said(42, 4)),
        (43, "Sharpening an old spindle", 2, said(43, 1)),
        (44, "Turnips in heavy soil", 5, said(44, 8)),
        (45, "Barley after clover", 5, said(45, 3)),
    )
}


def slug(number: int) -> str:
    """Path of a talk."""
    return f"/hall/talk/{number}-{TALKS[number][0].lower().replace(' ', '-')}"


def page(title: str, body: str) -> bytes:
    """A page of the board."""
    return (
        f"<html><head><title>{title} | The Hall</title></head><body>{MENU}<h1>{title}</h1>{body}</body></html>".encode()
    )


def shown(at: datetime) -> str:
    """A time as the board writes it."""
    return f"{at:%d. %b %Y, %H:%M}"


def posts(number: int, which: int) -> bytes:
    """One page of a talk."""
    title, room, pages = TALKS[number]
    items = "".join(
        f'<section class="say" id="say{one.number}"><aside><a href="/people/{one.author.lower()}">{one.author}</a><br>42 says<br>'
        f'since 11. Feb 2019</aside><div><p class="when">{shown(one.at)} <a href="{slug(number)}#say{one.number}">link</a></p>'
        + (f"<blockquote>{one.quoted[0]} wrote:<br>{one.quoted[1]}</blockquote>" if one.quoted else "")
        + f'<div class="words">{"".join(f"<p>{line}</p>" for line in one.lines)}</div><p><a href="/hall/answer/{one.number}">'
        f'Answer</a> <a href="/hall/report/{one.number}">Report</a></p></div></section>'
        for one in pages[which - 1]
    )
    pager = "".join(
        f" <b>{n}</b> " if n == which else f' <a href="{slug(number)}?part={n}">{n}</a> '
        for n in range(1, len(pages) + 1)
    )
    return page(title, f'<a href="/hall/room/{room}">{ROOMS[room]}</a>{items}<div class="parts">{pager}</div>')


def serve(site: Site) -> None:
    """Put the whole board on the site; a room's list has two talks a page."""
    rows = "".join(
        f'<tr><td><a href="/hall/room/{room}">{name}</a><br>All about it, and what else comes to mind.</td><td>12</td><td>240</td>'
        f"<td>{shown(max(pages[-1][-1].at for _, where, pages in TALKS.values() if where == room))}<br>by"
        f' <a href="/people/ilze">Ilze</a></td></tr>'
        for room, name in ROOMS.items()
    )
    site.pages["/hall"] = page(
        "The Hall", f"<table><tr><th>Room</th><th>Talks</th><th>Says</th><th>Last</th></tr>{rows}</table>"
    )
    for room, name in ROOMS.items():
        talks = [number for number, (_, where, _) in TALKS.items() if where == room]
        parts = [talks[start : start + 2] for start in range(0, len(talks), 2)]
        for which, some in enumerate(parts, 1):
            lines = "".join(
                f'<tr><td><a href="{slug(number)}">{TALKS[number][0]}</a></td><td><a href="/people/ilze">Ilze</a></td>'
                f"<td>{sum(map(len, TALKS[number][2])) - 1}</td><td>{shown(TALKS[number][2][-1][-1].at)}</td></tr>"
                for number in some
            )
            pager = "".join(
                f" <b>{n}</b> " if n == which else f' <a href="/hall/room/{room}?part={n}">{n}</a> '
                for n in range(1, len(parts) + 1)
            )
            path = f"/hall/room/{room}" + (f"?part={which}" if which > 1 else "")
            heads = f'<tr><th><a href="/hall/room/{room}?sort=title">Talk</a></th><th>By</th><th>Answers</th><th>Last</th></tr>'
            site.pages[path] = page(name, f"<table>{heads}{lines}</table><div>{pager}</div>")
    for number, (_, _, pages) in TALKS.items():
        for which in range(1, len(pages) + 1):
            site.pages[slug(number) + (f"?part={which}" if which > 1 else "")] = posts(number, which)


def test_an_unknown_board_is_collected_and_only_what_changed_is_asked_again(tmp_path: Path, site: Site) -> None:
    serve(site)
    declare(tmp_path, "hall", site.declaration("hall", kind="forum", entry="forum", path="/hall"))
    done = copydesk(tmp_path, "collect", "--no-prefect")
    assert done.returncode == 0, done.stderr
    exported = tmp_path / "documents.jsonl"
    assert (
        copydesk(
            tmp_path, "corpus", "export", "--table", "documents", "--format", "jsonl", "-o", str(exported)
        ).returncode
        == 0
    )
    rows = [json.loads(line) for line in exported.read_text("utf-8").splitlines()]
    assert {row["kind"] for row in rows} == {"post"}
    by_id = {int(row["post_id"]): row for row in rows}
    for number, (title, _, pages) in TALKS.items():
        threads = set()
        for one in (post for part in pages for post in part):
            row = by_id.pop(one.number)
            threads.add(row["thread_id"])
            assert row["text"] == "\n\n".join(one.lines)
            assert row["authors"] == [one.author]
            assert abs(moment(row["published_at"]) - one.at) < timedelta(minutes=1)
            assert [(quote["author"], quote["text"]) for quote in row["quotes"]] == ([one.quoted] if one.quoted else [])
            assert row["title"] == title
        assert len(threads) == 1, f"talk {number} is one thread"
    assert not by_id
    asked = {path for path, _ in site.asked}
    assert not {path for path in asked if re.search("people|login|search|feed|order=|sort=|answer|report", path)}

    site.asked.clear()
    title, room, pages = TALKS[45]
    TALKS[45] = (title, room, [[*pages[0], said(45, 4)[-1]]])
    serve(site)
    assert copydesk(tmp_path, "collect", "--no-prefect").returncode == 0
    talks = {path for path, _ in site.asked if "/talk/" in path}
    assert talks == {slug(45)}
    assert copydesk_json(tmp_path, "corpus", "info")["documents"] == len(rows) + 1


def test_a_board_that_has_feeds_of_its_threads_is_proposed_as_a_forum(tmp_path: Path, site: Site) -> None:
    site.pages.clear()
    serve(site)
    for path in list(site.pages):  # addresses as many boards have them
        page = site.pages.pop(path)
        assert isinstance(page, bytes)
        named = page.replace(b"/talk/", b"/topic/").replace(b"/room/", b"/forum/")
        site.pages[path.replace("/talk/", "/topic/").replace("/room/", "/forum/")] = named
    items = "".join(
        f"<item><title>{title}</title><link>{site.base}{slug(number).replace('/talk/', '/topic/')}</link></item>"
        for number, (title, _, _) in TALKS.items()
    )
    site.pages["/feed.rss"] = f"<rss version='2.0'><channel><title>The Hall</title>{items}</channel></rss>".encode()
    told = b'<link rel="alternate" type="application/rss+xml" href="/feed.rss"></head>'
    home = site.pages["/hall"]
    assert isinstance(home, bytes)
    site.pages["/"] = site.pages["/hall"] = home.replace(b"</head>", told)
    done = copydesk(tmp_path, "sources", "add", site.base, "--allow-private", "--id", "hall")
    assert done.returncode == 0, done.stderr
    declared = tomllib.loads((tmp_path / "seeds" / "hall.toml").read_text("utf-8"))
    assert (declared["kind"], [one["kind"] for one in declared["entry"]]) == ("forum", ["forum"])


def moment(text: str) -> datetime:
    """A time as the export writes it."""
    return datetime.fromisoformat(text)
