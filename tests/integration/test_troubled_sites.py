"""A server may misbehave in any way: each way costs its own page, by a name, and never time, memory or other pages."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.support.crawls import Crawled, crawl, source, state
from tests.support.troubled import STORY, bomb, deep, entities, good, troubles
from tests.support.wire import Asked, Page, Wire, answer, listening

MIB = 2**20
XML = "application/xml"
OUTCOMES = {
    "fetched": """
        length-too-short length-none charset-unknown charset-wrong charset-utf-16 nul-bytes binary empty deep-html
        redirects-5 changing-etag weak-etag last-modified gzip gzip-cut gzip-twice deflate encoding-unknown header-long
        headers-many header-not-ascii 100-then-200 103-then-200 lines-lf-only text-of-lines""",
    "network_error": """
        drop drop-in-head length-no-number length-negative length-twice endless-head header-too-long header-injection
        http-0.9 status-no-number 101-unasked""",
    "cut_off": "drop-in-body drop-in-chunk length-too-long",
    "timeout": "stall stall-in-body drip-in-body drip-in-head",
    "too_large": "endless-body announced-huge gzip-bomb deflate-bomb",
    "unreadable": "gzip-none gzip-hundred-times brotli-none redirect-broken",
    "too_many_redirects": "redirect-loop redirects-6 refresh-loop cookie",
    "http_error": """
        redirect-to-file redirect-to-data redirect-to-ftp redirect-to-nothing 429-seconds 429-date 429-huge 429-garbage
        429-odd-digits 429 503-seconds 500 status-odd status-999 204 206 304-unasked""",
}
EXPECTED = {name: outcome for outcome, names in OUTCOMES.items() for name in names.split()}
RESTS = {"429-seconds", "429-date", "429-huge", "429-garbage", "429-odd-digits", "429", "503-seconds"}


@pytest.fixture(scope="module")
def troubled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[str, Wire], Crawled]]:
    """One crawl of all troubles, each on a host of its own together with a good page."""
    folder = tmp_path_factory.mktemp("troubled")
    front = Wire("127.0.71.1")
    wires = {name: Wire(f"127.0.71.{number}") for number, name in enumerate(EXPECTED, 2)}
    with listening(front, *wires.values()):
        for name, wire in wires.items():
            pages = troubles(wire)
            wire.pages = {f"/{name}": pages[name], "/hop": pages["hop"], "/good": good(len(name))}
        front.sitemap(*(f"{wire.base}/{page}" for name, wire in wires.items() for page in (name, "good")))
        yield (
            folder,
            wires,
            crawl(folder, source("troubled", ("sitemap", f"{front.base}/sitemap.xml")), timeout_s=5),
        )


def test_every_trouble_has_its_outcome(troubled: tuple[Path, dict[str, Wire], Crawled]) -> None:
    _, wires, crawled = troubled
    assert set(troubles(next(iter(wires.values())))) == {*EXPECTED, "hop"}
    assert crawled.adds_up()
    assert (crawled.report["finished"], crawled.report["error"]) == (True, None)
    assert crawled.report["requests"] == 1 + 2 * len(EXPECTED)
    assert "Traceback" not in crawled.log
    assert max(map(len, crawled.log.split("\n"))) < 40_000


@pytest.mark.parametrize("trouble", EXPECTED)
def test_a_trouble_costs_its_own_page_alone(troubled: tuple[Path, dict[str, Wire], Crawled], trouble: str) -> None:
    _, wires, crawled = troubled
    wire = wires[trouble]
    assert crawled.outcomes[f"{wire.base}/{trouble}"] == EXPECTED[trouble]
    resting = ["host_resting"] if trouble in RESTS else []
    assert crawled.outcomes[f"{wire.base}/good"] in ["fetched", *resting]
    repeated = EXPECTED[trouble] == "too_many_redirects" and trouble != "redirects-6"
    assert wire.paths().count(f"/{trouble}") == (6 if repeated else 1), "asked once, or as often as redirects go"
    assert len(wire.asked) <= 9


def test_troubles_cost_little_time_and_memory(troubled: tuple[Path, dict[str, Wire], Crawled]) -> None:
    *_, crawled = troubled
    assert crawled.peak_bytes < 450 * MIB
    assert crawled.seconds < 90


def test_what_follows_an_answer_is_no_answer(troubled: tuple[Path, dict[str, Wire], Crawled]) -> None:
    folder, *_ = troubled
    archived = b"".join(gzip.decompress(path.read_bytes()) for path in folder.glob("spool/troubled/*.warc.gz"))
    assert archived.count(STORY) > 5
    assert b"smuggled" not in archived


def test_an_answer_that_is_not_modified_says_nothing_about_a_page_never_had(
    troubled: tuple[Path, dict[str, Wire], Crawled],
) -> None:
    folder, wires, _ = troubled
    url = f"{wires['304-unasked'].base}/304-unasked"
    ended = state(folder, "SELECT state, status, next_due_at IS NOT NULL FROM urls WHERE url = ?", url)
    assert ended == [("due", 304, 1)], "it is asked again"


@pytest.mark.parametrize(
    ("validator", "outcome"),
    [("changing-etag", "fetched"), ("weak-etag", "not_modified"), ("last-modified", "not_modified")],
)
def test_a_listing_is_asked_with_its_validators(tmp_path: Path, validator: str, outcome: str) -> None:
    wire = Wire("127.0.72.1")
    with listening(wire):
        wire.pages[f"/{validator}"] = troubles(wire)[validator]
        declared = source("site", ("listing", f"{wire.base}/{validator}"))
        assert crawl(tmp_path, declared).report["outcomes"] == {"fetched": 1}
        assert crawl(tmp_path, declared, run="second").report["outcomes"] == {outcome: 1}


HOSTILE: dict[str, tuple[str, bytes]] = {
    "sitemap-entities": ("sitemap", answer(entities("urlset"), kind=XML)),
    "sitemap-deep": ("sitemap", answer(deep("url", 100_000), kind=XML)),
    "sitemap-bomb": ("sitemap", answer(bomb(1))),
    "sitemap-nul": ("sitemap", answer(bytes(100_000))),
    "sitemap-cdata": ("sitemap", answer(b"<urlset>" + b"<![CDATA[" * 50_000)),
    "feed-entities": ("feed", answer(entities("rss"), kind=XML)),
    "feed-deep": ("feed", answer(b"<rss><channel>" + deep("item", 30_000) + b"</channel></rss>", kind=XML)),
    "feed-many-entities": ("feed", answer(b"<!DOCTYPE rss [" + b'<!ENTITY x "y">' * 50_000 + b"]><rss/>")),
    "feed-nul": ("feed", answer(bytes(100_000))),
    "feed-of-lists": ("feed", answer(b'{"items":' + b"[" * 200_000 + b"]" * 200_000 + b"}")),
    "listing-deep": ("listing", answer(deep("div", 100_000))),
    "listing-attributes": ("listing", answer(b"<a " + b"x " * 200_000)),
    "listing-nul": ("listing", answer(bytes(100_000))),
    "forum-deep": ("forum", answer(deep("p", 100_000))),
}


def test_hostile_listings_name_nothing_and_cost_little(tmp_path: Path) -> None:
    wire = Wire("127.0.73.1")
    with listening(wire):
        wire.pages.update({f"/{name}": page for name, (_, page) in HOSTILE.items()}, **{"/good": good(1)})
        wire.sitemap("/good")
        entries = [(kind, f"{wire.base}/{name}") for name, (kind, _) in HOSTILE.items()]
        crawled = crawl(tmp_path, source("site", *entries, ("sitemap", f"{wire.base}/sitemap.xml")), timeout_s=30)
        asked = {path.strip("/") for path in wire.paths()}
    for name in HOSTILE:
        assert crawled.outcomes[f"{wire.base}/{name}"] == "fetched", name
        assert any(f"{name} names no texts" in note for note in crawled.report["notes"]) or name == "feed-entities"
    assert crawled.outcomes[f"{wire.base}/good"] == "fetched"
    assert crawled.adds_up()
    assert asked - {"&file"} == {*HOSTILE, "good", "sitemap.xml", "robots.txt", ".well-known/tdmrep.json"}
    assert crawled.peak_bytes < 500 * MIB


def following(url: str, *stories: str) -> bytes:
    """A listing page of stories that goes on at an address."""
    links = "".join(f'<a href="{story}">a story</a>' for story in stories)
    return answer(f'<html><head><link rel="next" href="{url}"></head><body>{links}</body></html>')


def calendar(asked: Asked) -> bytes:
    month = int(asked.path.rpartition("=")[2]) if "=" in asked.path else 0
    return following(f"/calendar?month={month + 1}", "/good-story-that-is-there/")


def session_in_query(_: Asked) -> bytes:
    return following(f"/query?sid=abc{next(NUMBERS):032x}", "/good-story-that-is-there/")


def session_in_path(_: Asked) -> bytes:
    return following(f"/path;jsessionid={next(NUMBERS):032X}", "/good-story-that-is-there/")


def growing(asked: Asked) -> bytes:
    return following(f"{asked.path}/a", "/good-story-that-is-there/")


NUMBERS = count()
ENDLESS: dict[str, tuple[Page, int, str | None]] = {
    "/calendar": (calendar, 55, "nothing_new"),
    "/query": (session_in_query, 2, None),
    "/path": (session_in_path, 2, None),
    "/growing": (growing, 6, "trap"),
}


@pytest.mark.parametrize("path", ENDLESS)
def test_a_listing_that_never_ends_and_names_nothing_is_left(tmp_path: Path, path: str) -> None:
    page, most, reason = ENDLESS[path]
    wire = Wire("127.0.74.1")
    with listening(wire):
        steps = {path + "/a" * number: page for number in range(50)}
        wire.pages = steps | {"/good-story-that-is-there/": good(1)}
        crawled = crawl(tmp_path, source("site", ("listing", wire.base + path)))
    listings = [one for one in wire.paths() if one.startswith(path)]
    assert 1 <= len(listings) <= most
    assert crawled.outcomes[f"{wire.base}/good-story-that-is-there/"] == "fetched"
    assert crawled.report["passed_over"] == ({reason: 1} if reason else {})
    assert crawled.adds_up()


def test_a_listing_that_invents_stories_for_ever_meets_the_limits(tmp_path: Path) -> None:
    def invents(asked: Asked) -> bytes:
        number = next(NUMBERS)
        stories = [f"/stories/{number}-{part}/" for part in range(5)]
        return following(f"/news?page={number}", *stories) if asked.path.startswith("/news") else good(number)

    wire = Wire("127.0.75.1")
    with listening(wire):
        wire.pages.update(
            dict.fromkeys(["/news", *(f"/stories/{n}-{p}/" for n in range(9_000) for p in range(5))], invents)
        )
        entry = ("listing", f"{wire.base}/news")
        listings = crawl(tmp_path, source("listings", entry), max_listings=10)
        assert sum(path.startswith("/news") for path in wire.paths()) == 10
        assert listings.report["passed_over"] == {"too_many_listings": 1}
        assert listings.report["outcomes"] == {"fetched": 60}
        wire.asked.clear()
        pages = crawl(tmp_path, source("pages", entry), max_pages=40)
        assert len(wire.asked) <= 42
        assert "stopped after 40 requests (crawl.max_pages)" in pages.report["notes"]
        assert pages.report["limited"]
        queue = crawl(tmp_path, source("queue", entry), max_queue=20, max_pages=200, max_listings=30)
        assert queue.report["passed_over"]["queue_full"] > 50
        assert len(queue.outcomes) < 60
    assert all(one.adds_up() for one in (listings, pages, queue))
