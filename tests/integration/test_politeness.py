"""What a site asks of crawlers is kept, in a crawl, in crawls side by side and in the next: counted on the server."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.commands import copydesk, copydesk_json, declare
from tests.support.crawls import Crawl, crawl, source, state
from tests.support.pages import article, paragraphs
from tests.support.processes import wait_until
from tests.support.site import Site
from tests.support.troubled import good
from tests.support.wire import Asked, Page, Wire, answer, listening

TEXT = "text/plain"
RULES = ["/robots.txt", "/.well-known/tdmrep.json"]
STORIES = [f"/story-{number}/" for number in range(1, 6)]


@pytest.fixture
def wire() -> Iterator[Wire]:
    """A site of five stories, listed in its sitemap."""
    with listening(one := Wire("127.0.81.1")):
        one.pages |= {path: good(number) for number, path in enumerate(STORIES, 1)}
        one.sitemap(*STORIES)
        yield one


def declared(wire: Wire, name: str = "site", **more: Any) -> dict[str, Any]:
    return source(name, ("sitemap", f"{wire.base}/sitemap.xml"), **more)


def robots(wire: Wire, *lines: str) -> None:
    wire.pages["/robots.txt"] = answer("\n".join(lines), kind=TEXT)


def best_of_three(folder: Path, least_gap: Callable[[Path], float], enough: float) -> float:
    """The least distance of the best of three crawls: with too much to do a request is held up on its way."""
    gaps: list[float] = []
    while len(gaps) < 3 and max(gaps, default=0) < enough:
        (each := folder / str(len(gaps))).mkdir()
        gaps.append(least_gap(each))
    return max(gaps)


def due(folder: Path) -> int:
    """Addresses that a later crawl asks for."""
    query = "SELECT count(*) FROM urls WHERE state = 'due' AND next_due_at IS NOT NULL AND role = 'page'"
    return int(state(folder, query)[0][0])


NUMBERED = {1, 2, 3, 4, 5}
RULED: dict[str, tuple[list[str], set[int]]] = {
    "star": (["User-agent: *", "Disallow: /story-1/"], {1}),
    "token": (["User-agent: *", "Disallow: /", "", "User-agent: Copydesk", "Disallow: /story-2/"], {2}),
    "shared": (["User-agent: copydesk", "User-agent: b", "Disallow: /story-2/", "User-agent: *", "Disallow: /"], {2}),
    "other": (["User-agent: Othercopydesk", "Disallow: /"], set()),
    "longest": (["User-agent: *", "Disallow: /story-", "Allow: /story-3/"], {1, 2, 4, 5}),
    "wildcard": (["User-agent: *", "Disallow: /*-4/$"], {4}),
    "escaped": (["User-agent: *", "Disallow: /%73tory-5/"], {5}),
    "marked": (["\ufeffUser-agent: *", "Disallow: /story-1/"], {1}),
    "megabyte": (["User-agent: *", "Disallow: /story-1/", *(f"Disallow: /a/{n}/" for n in range(60_000))], {1}),
    "garbage": (["\0\xff", "<html>", "User-agent: *", "Disallow: /story-2/", f"Disallow: /*/{'a*' * 5_000}"], {2}),
    "all": (["User-agent: *", "Disallow: /"], NUMBERED),
}
ABSENT = ("200 Empty", "403", "404", "410", "301")


def test_what_robots_txt_forbids_is_never_asked(tmp_path: Path, wire: Wire) -> None:
    hosts = {name: Wire(f"127.0.82.{number}") for number, name in enumerate((*RULED, *ABSENT), 1)}
    with listening(*hosts.values()):
        for name, host in hosts.items():
            host.pages |= {path: good(1) for path in STORIES}
            if name in RULED:
                robots(host, *RULED[name][0])
            else:  # whatever stands in what is no file of rules, or one without rules
                body = "" if name.startswith("200") else "User-agent: *\nDisallow: /"
                host.pages["/robots.txt"] = answer(body, f"{name} Said", "Location: /robots.txt", kind=TEXT)
        wire.sitemap(*(host.base + path for host in hosts.values() for path in STORIES))
        crawled = crawl(tmp_path, declared(wire), timeout_s=30)
    for name, host in hosts.items():
        forbidden = RULED[name][1] if name in RULED else set()
        asked = {number for number, path in enumerate(STORIES, 1) if path in host.paths()}
        assert asked == NUMBERED - forbidden, name
        assert host.paths()[0] == "/robots.txt", "the rules come first"
        assert host.paths().count("/robots.txt") == (6 if name == "301" else 1), name
    assert crawled.report["outcomes"]["robots_forbidden"] == sum(len(forbidden) for _, forbidden in RULED.values())
    assert crawled.adds_up()


def test_a_redirect_does_not_lead_around_robots_txt(tmp_path: Path, wire: Wire) -> None:
    with listening(other := Wire("127.0.81.2")):
        other.pages["/open/"] = good(7)
        robots(other, "User-agent: *", "Disallow: /closed/")
        robots(wire, "User-agent: *", "Disallow: /closed/")
        wire.pages["/story-1/"] = answer("", 302, "Location: /closed/here")
        wire.pages["/story-2/"] = answer("", 302, f"Location: {other.base}/closed/there")
        wire.pages["/story-3/"] = answer("", 302, f"Location: {other.base}/open/")
        wire.pages["/story-4/"] = answer('<meta http-equiv="refresh" content="0; url=/closed/meta">')
        crawled = crawl(tmp_path, declared(wire))
    assert crawled.report["outcomes"] == {"fetched": 3, "robots_forbidden": 3}
    assert not [path for path in (*wire.paths(), *other.paths()) if "closed" in path]
    assert other.paths() == [*RULES, "/open/"]


def _no_answer(wire: Wire) -> Page:
    def page(_: Asked) -> Iterator[bytes]:
        wire.closing.wait()
        yield b""

    return page


def test_where_robots_txt_cannot_be_had_nothing_is_asked_and_nothing_lost(tmp_path: Path, wire: Wire) -> None:
    hosts = {name: Wire(f"127.0.83.{number}") for number, name in enumerate("500 503 429 stall drop".split(), 1)}
    with listening(*hosts.values()):
        for name, host in hosts.items():
            said: dict[str, Page] = {"stall": _no_answer(host), "drop": b""}
            host.pages |= {path: good(1) for path in STORIES}
            host.pages["/robots.txt"] = said[name] if name in said else answer("", int(name))
        wire.sitemap(*(host.base + path for host in hosts.values() for path in STORIES), "/story-1/")
        crawled = crawl(tmp_path, declared(wire), timeout_s=5)
        assert {path for host in hosts.values() for path in host.paths()} == {"/robots.txt"}
        assert crawled.report["outcomes"] == {"fetched": 2, "robots_unreachable": 25}
        assert crawled.adds_up()
        assert due(tmp_path) == 25
        _hours_pass(tmp_path, 1)
        for host in hosts.values():
            del host.pages["/robots.txt"]
        assert crawl(tmp_path, declared(wire), run="later").report["outcomes"] == {"fetched": 26}


def _hours_pass(folder: Path, hours: int) -> None:
    """Let time pass in the state database."""
    for table, column in (("urls", "next_due_at"), ("hosts", "resting_until"), ("hosts", "robots_fetched_at")):
        change = f"UPDATE {table} SET {column} = strftime('%Y-%m-%d %H:%M:%f000', {column}, ?)"
        state(folder, change, f"-{hours} hours")


def test_a_robots_txt_elsewhere_is_followed(tmp_path: Path, wire: Wire) -> None:
    with listening(other := Wire("127.0.81.4")):
        wire.pages["/robots.txt"] = answer("", 301, "Location: /robots")
        wire.pages["/robots"] = answer("", 302, f"Location: {other.base}/rules/robots.txt")
        other.pages["/rules/robots.txt"] = answer("User-agent: *\nDisallow: /story-3/", kind=TEXT)
        other.pages["/robots.txt"] = answer("User-agent: *\nDisallow: /", kind=TEXT)
        crawled = crawl(tmp_path, declared(wire))
    assert crawled.report["outcomes"] == {"fetched": 5, "robots_forbidden": 1}
    assert other.paths() == ["/rules/robots.txt"]


def test_rules_are_asked_for_once_a_day(tmp_path: Path, wire: Wire) -> None:
    robots(wire, "User-agent: *", "Disallow: /story-1/")
    crawl(tmp_path, declared(wire))
    crawl(tmp_path, declared(wire, "other"), run="second")
    assert [wire.paths().count(path) for path in RULES] == [1, 1]
    assert "/story-1/" not in wire.paths()
    _hours_pass(tmp_path, 25)
    robots(wire, "User-agent: *", "Disallow: /story-2/")
    crawl(tmp_path, declared(wire), run="third")
    assert [wire.paths().count(path) for path in RULES] == [2, 2]
    assert "/story-1/" in wire.paths(), "what was forbidden yesterday is asked when it is allowed today"


def test_yesterdays_rules_hold_while_todays_cannot_be_had(tmp_path: Path, wire: Wire) -> None:
    robots(wire, "User-agent: *", "Disallow: /story-1/")
    crawl(tmp_path, declared(wire))
    wire.pages["/robots.txt"] = answer("", 500)
    _hours_pass(tmp_path, 25)
    assert crawl(tmp_path, declared(wire, "other"), run="second").report["outcomes"]["fetched"] == 5
    assert "/story-1/" not in wire.paths()
    asked = len(wire.asked)
    _hours_pass(tmp_path, 31 * 24)
    crawled = crawl(tmp_path, declared(wire, "third"), run="third")
    assert crawled.report["outcomes"] == {"robots_unreachable": 1}, "but not for ever"
    assert len(wire.asked) == asked + 1
    assert "robots.txt answers 500" in crawled.report["error"]


@pytest.mark.parametrize("whose", ["robots", "declaration"])
def test_two_crawls_side_by_side_keep_the_distance(tmp_path: Path, wire: Wire, whose: str) -> None:
    delay_s = 2.0
    if whose == "robots":
        robots(wire, "User-agent: *", f"Crawl-delay: {delay_s}")
    wire.sitemap(*STORIES[:3], path="/one.xml")
    wire.sitemap(*STORIES[3:], path="/other.xml")
    own = {"delay_s": 0 if whose == "robots" else delay_s}
    sources = [source(name, ("sitemap", f"{wire.base}/{name}.xml"), **own) for name in ("one", "other")]

    def least_gap(folder: Path) -> float:
        wire.asked.clear()
        for one in [Crawl(folder, each, timeout_s=30) for each in sources]:
            assert set(one.ended().report["outcomes"]) == {"fetched"}
        assert set(STORIES) < set(wire.paths())
        # Before robots.txt has come nobody knows what it asks for.
        return min(wire.gaps(but="/robots.txt" if whose == "robots" else None))

    assert best_of_three(tmp_path, least_gap, 0.95 * delay_s) >= 0.95 * delay_s


@pytest.mark.parametrize("asked", ["Crawl-delay: 1", "Request-rate: 2/2s"])
def test_the_distance_counts_from_robots_txt_on(tmp_path: Path, wire: Wire, asked: str) -> None:
    robots(wire, "User-agent: *", asked)
    wire.sitemap(*STORIES[:2])

    def least_gap(folder: Path) -> float:
        wire.asked.clear()
        crawl(folder, declared(wire, delay_s=0.1))
        assert len(wire.asked) == 5
        return min(wire.gaps())

    assert best_of_three(tmp_path, least_gap, 0.95) >= 0.95


def test_a_host_that_wants_days_between_two_requests_holds_nobody_up(tmp_path: Path, wire: Wire) -> None:
    robots(wire, "User-agent: *", "Crawl-delay: 1e300")
    with listening(front := Wire("127.0.81.5")):
        front.sitemap(*(wire.base + path for path in STORIES), front.base + "/own/")
        front.pages["/own/"] = good(9)
        crawled = crawl(tmp_path, declared(front))
    assert wire.paths() == ["/robots.txt"]
    assert crawled.report["outcomes"] == {"fetched": 2, "host_resting": 5}
    assert due(tmp_path) == 5


def test_retry_after_holds_for_the_host_in_every_crawl(tmp_path: Path, wire: Wire) -> None:
    """Two crawls of one host; when it has asked for patience neither asks it again, nor does a later crawl."""
    late = (datetime.now(UTC) + timedelta(hours=2)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    paths = [f"/page-{number}/" for number in range(40)]
    wire.pages |= dict.fromkeys(paths, good(3))
    wire.pages["/page-19/"] = wire.pages["/page-20/"] = answer("", 503, f"Retry-After: {late}")
    wire.sitemap(*paths[:20], path="/one.xml")
    wire.sitemap(*paths[20:], path="/other.xml")
    entries = {name: source(name, ("sitemap", f"{wire.base}/{name}.xml"), delay_s=0.3) for name in ("one", "other")}
    crawls = [Crawl(tmp_path, one, timeout_s=30) for one in entries.values()]
    ended = [one.ended() for one in crawls]
    told = next(number for number, path in enumerate(wire.paths()) if path in ("/page-19/", "/page-20/"))
    asked = len(wire.asked)
    assert told >= asked - 2, "after it the host is left alone, but for what the other crawl was about to ask"
    rested = [one for one in ended if one.report["outcomes"].get("host_resting")]
    assert rested
    assert all("is left alone until" in one.report["notes"][0] for one in rested)
    again = crawl(tmp_path, entries["one"], run="later")
    assert again.report["outcomes"] == {"host_resting": 1}
    assert len(wire.asked) == asked
    _hours_pass(tmp_path, 3)
    wire.pages["/page-19/"] = wire.pages["/page-20/"] = good(4)
    for name, one in entries.items():
        crawl(tmp_path, one, run=f"after-{name}")
    assert set(paths) < set(wire.paths()), "nothing was lost"


def test_a_short_retry_after_is_waited_out(tmp_path: Path, wire: Wire) -> None:
    said = iter([answer("", 429, "Retry-After: 3")])
    wire.pages["/robots.txt"] = answer("User-agent: *\nDisallow: /none/", kind=TEXT)
    wire.sitemap("/busy/", *STORIES)
    wire.pages["/busy/"] = lambda _: next(said, good(9))
    one = declared(wire, delay_s=0.2) | {"politeness": {"delay_s": 0.2, "concurrency": 1}}
    crawled = crawl(tmp_path, one)
    busy = wire.paths().index("/busy/")
    after = wire.asked[busy + 1 :]
    assert crawled.report["outcomes"] == {"fetched": 6, "http_error": 1}
    assert not after or after[0].at - wire.asked[busy].at >= 2.9


def test_a_host_that_fails_ten_times_in_a_row_is_left_alone(tmp_path: Path, wire: Wire) -> None:
    with listening(ill := Wire("127.0.81.6")):
        paths = [f"/{number}/" for number in range(40)]
        ill.pages |= {path: answer("", 500) for path in paths}
        robots(ill, "User-agent: *", "Disallow: /none/")
        wire.sitemap(*STORIES, *(ill.base + path for path in paths))
        one = declared(wire) | {"politeness": {"delay_s": 0, "concurrency": 1}}
        crawled = crawl(tmp_path, one)
        failed = crawled.report["outcomes"]["http_error"]
        assert 10 <= failed <= 12, "one or two are on their way when the tenth has failed"
        assert crawled.report["outcomes"] == {"fetched": 6, "http_error": failed, "host_resting": 40 - failed}
        assert len(set(paths) & set(ill.paths())) == failed
        assert any(f"127.0.81.6:{ill.port} is left alone until" in note for note in crawled.report["notes"])
        _hours_pass(tmp_path, 1)
        ill.asked.clear()
        crawl(tmp_path, one, run="later")
        assert 1 <= len(ill.asked) <= 3, "one failure more, and it rests again"
        ill.pages |= {path: good(3) for path in paths}
        _hours_pass(tmp_path, 30 * 24)
        assert crawl(tmp_path, one, run="well").outcomes[f"{ill.base}/7/"] == "fetched"


def test_no_more_requests_are_under_way_at_once_than_declared(tmp_path: Path, wire: Wire) -> None:
    lock, under_way, most = threading.Lock(), set[str](), 0

    def slow(asked: Asked) -> bytes:
        nonlocal most
        with lock:
            under_way.add(asked.path)
            most = max(most, len(under_way))
        wire.closing.wait(0.1)
        with lock:
            under_way.discard(asked.path)
        return good(4)

    paths = [f"/slow-{number}/" for number in range(20)]
    wire.pages |= dict.fromkeys(paths, slow)
    wire.sitemap(*paths)
    one = declared(wire) | {"politeness": {"delay_s": 0, "concurrency": 3}}
    assert crawl(tmp_path, one, timeout_s=30).report["outcomes"] == {"fetched": 21}
    assert most == 3


def test_we_say_who_we_are(tmp_path: Path, wire: Wire) -> None:
    agent = "Copydesk/0.1 (+https://copydesk.example/about; desk@copydesk.example)"
    crawl(tmp_path, declared(wire), user_agent=agent)
    assert {one.headers["user-agent"] for one in wire.asked} == {agent}
    assert not [one for one in wire.asked if {"cookie", "referer", "authorization"} & one.headers.keys()]


def test_a_crawl_that_waits_ends_when_it_is_told_to_and_loses_nothing(tmp_path: Path, wire: Wire) -> None:
    robots(wire, "User-agent: *", "Crawl-delay: 120")
    waiting = Crawl(tmp_path, declared(wire), timeout_s=30)
    wait_until(lambda: state(tmp_path, "SELECT 1 FROM hosts WHERE next_allowed_at IS NOT NULL"))
    told = time.monotonic()
    waiting.stop()
    crawled = waiting.ended()
    assert time.monotonic() - told < 45
    assert crawled.report["reason"] == "shutdown"
    robots(wire, "User-agent: *", "Disallow: /none/")
    state(tmp_path, "UPDATE hosts SET next_allowed_at = NULL")
    assert crawl(tmp_path, declared(wire), run="again").report["outcomes"] == {"fetched": 6}


def test_a_crawl_that_waits_for_its_pages_ends_when_it_is_told_to_and_loses_nothing(tmp_path: Path, wire: Wire) -> None:
    crawl(tmp_path, declared(wire, "other"))
    state(
        tmp_path, "UPDATE hosts SET robots = ? WHERE robots_fetched_at IS NOT NULL", b"User-agent: *\nCrawl-delay: 90"
    )
    waiting = Crawl(tmp_path, declared(wire), run="second", timeout_s=30)
    wait_until(lambda: state(tmp_path, "SELECT 1 FROM urls WHERE source = 'site' AND state = 'in_flight'"))
    told = time.monotonic()
    waiting.stop()
    crawled = waiting.ended()
    assert time.monotonic() - told < 45
    assert crawled.report["outcomes"] == {"fetched": 1, "stopped": 5}
    state(tmp_path, "UPDATE hosts SET robots = ?, next_allowed_at = NULL", b"")
    again = crawl(tmp_path, declared(wire), run="third")
    assert sum(again.outcomes[wire.base + path] == "fetched" for path in STORIES) == 5


RESERVED = [
    {"location": "/file/open/*", "tdm-reservation": 0},
    {"location": "/file/", "tdm-reservation": 1, "tdm-policy": "https://example.org/policy"},
    {"location": "/*/kept$", "tdm-reservation": 1},
    {"location": "/open", "tdm-reservation": "no"},
]
KEPT = {"/meta/": True, "/header/": True, "/file/a": True, "/news/kept": True}
OPEN = {"/file/open/b": False, "/news/kept/on": None, "/open": False, "/said-0/": False}


def thread(number: int, head: str = "") -> str:
    """A forum page with a thread of three posts."""
    posts = "".join(
        f'<article class="message" data-author="Reader {n}" data-content="post-{number}{n}"><div class="bbWrapper">'
        f"{' '.join(paragraphs(number * 10 + n, 2))}</div></article>"
        for n in range(3)
    )
    return f'<html id="XF"><head>{head}</head><body><h1 class="p-title-value">Thread {number}</h1>{posts}</body></html>'


@pytest.mark.parametrize("obey", [True, False])
def test_what_is_reserved_against_mining_is_not_kept(tmp_path: Path, wire: Wire, obey: bool) -> None:
    wire.pages |= {path: good(number) for number, path in enumerate((*KEPT, *OPEN), 60)}
    wire.pages["/.well-known/tdmrep.json"] = answer(json.dumps(RESERVED), kind="application/json")
    wire.pages["/header/"] = answer(article("In the header", paragraphs(50)), 200, "TDM-Reservation: 1")
    meta = '<meta name="tdm-reservation" content="1">'
    wire.pages["/meta/"] = answer(article("In the page", paragraphs(51), head=meta))
    wire.pages["/said-0/"] = answer(article("Said no", paragraphs(52)), 200, "tdm-reservation: 0")
    wire.sitemap(*KEPT, *OPEN)
    row = '<div class="structItem--thread"><div class="structItem-title"><a href="/threads/t.{}/">t</a></div></div>'
    links = "".join(row.format(number) for number in range(1, 4))
    wire.pages["/forum/"] = answer(f'<html id="XF"><body>{links}</body></html>')
    wire.pages["/threads/t.1/"] = answer(thread(1), 200, "TDM-Reservation: 1")
    wire.pages["/threads/t.2/"] = answer(thread(2, meta))
    wire.pages["/threads/t.3/"] = answer(thread(3))
    politeness = f"obey_tdm = {str(obey).lower()}\n"
    site = Site(wire.address, wire.port)
    declare(tmp_path, "news", site.declaration("news", more=politeness))
    forum = site.declaration("forum", kind="forum", entry="forum", path="/forum/", more=politeness)
    declare(tmp_path, "forum", forum)
    done = copydesk(tmp_path, "collect", "--no-prefect")
    assert done.returncode == 0, done.stderr
    exported = tmp_path / "documents.jsonl"
    assert copydesk(tmp_path, *f"corpus export --table documents --format jsonl -o {exported}".split()).returncode == 0
    rows = [json.loads(line) for line in exported.read_text("utf-8").splitlines()]
    tdm = {row["url"].removeprefix(wire.base): row["tdm"] for row in rows if row["source"] == "news"}
    posts = [row["tdm"] for row in rows if row["source"] == "forum"]
    report = copydesk_json(tmp_path, "report")
    asked = {path for path in wire.paths() if path in KEPT}
    if obey:
        assert tdm == OPEN
        assert posts == [None] * 3
        assert asked == {"/meta/", "/header/"}, "what the file reserves is not even asked for"
        assert report["sources"]["news"]["fetched"]["tdm_reserved"] == 2
        reserved = [(one["source"], one["count"]) for one in report["outcomes"] if one["reason"] == "tdm_reserved"]
        assert sorted(reserved) == [("forum", 2), ("news", 2)]
    else:
        assert tdm == OPEN | KEPT
        assert sorted(posts, key=str) == [None] * 3 + [True] * 6
