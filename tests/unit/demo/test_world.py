import json
import re
import time
import tomllib
from collections import defaultdict, deque
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import escape, unescape
from itertools import combinations, pairwise
from urllib.parse import urljoin, urlsplit

import pytest

from pipeline.demo.world import Reply, World, build_world

CHANGES = {"verbatim", "light", "heavy", "truncated", "teaser", "comment", "paste", "crosspost"}


@pytest.fixture(scope="module")
def world() -> World:
    return build_world()


@pytest.fixture(scope="module")
def rows(world: World) -> list[dict[str, object]]:
    return list(world.truth())


def get(world: World, url: str, **headers: str) -> Reply:
    parts = urlsplit(url)
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return world.respond(str(parts.hostname), parts.path, parts.query, sent)


def thread_text(world: World, url: str) -> str:
    """All pages of a thread, by its own links."""
    html = get(world, url).body.decode()
    while found := re.findall(r'<a href="([^"]+)" class="pageNav-jump pageNav-jump--next"', html)[-1:]:
        last = get(world, urljoin(url, found[0])).body.decode()
        html = html.replace("pageNav-jump--next", "") + last
    return html


def shingles(text: object) -> set[tuple[str, ...]]:
    tokens = re.findall(r"\w+", str(text).lower())
    return {tuple(tokens[i : i + 5]) for i in range(len(tokens) - 4)}


def test_same_seed_builds_the_same_world(world: World, rows: list[dict[str, object]]) -> None:
    again = build_world(seed=7)
    assert list(again.truth()) == rows
    assert again.declarations() == world.declarations()
    assert get(again, str(rows[0]["url"])) == get(world, str(rows[0]["url"]))


def test_another_seed_builds_another_world(rows: list[dict[str, object]]) -> None:
    others = {str(row["text"]) for row in build_world(seed=8).truth()}
    assert not others & {str(row["text"]) for row in rows}


def test_truth_rows_are_complete(rows: list[dict[str, object]]) -> None:
    originals = {row["story"] for row in rows if row["change"] is None}
    for row in rows:
        at = datetime.fromisoformat(str(row["published_at"]))
        assert at.utcoffset() is not None
        assert at <= datetime(2026, 11, 1, 12, tzinfo=UTC)
        assert row["story"] in originals
        assert row["original"] in ({row["story"]} if row["change"] else {None})
        assert row["related_to"] is None or row["related_to"] in originals
        assert row["change"] is None or row["change"] in CHANGES
        assert (row["title"] is None) == (row["kind"] == "post")
    assert {row["change"] for row in rows} == CHANGES | {None}


def test_copies_come_after_their_original(rows: list[dict[str, object]]) -> None:
    first = {row["story"]: str(row["published_at"]) for row in rows if row["change"] is None}
    assert all(str(row["published_at"]) >= first[row["story"]] for row in rows)


@pytest.mark.parametrize("days", [0, 3])
def test_every_paragraph_stands_in_its_page(world: World, days: int) -> None:
    world = world.moved(world.now + timedelta(days=days))
    by_url: dict[str, list[dict[str, object]]] = defaultdict(list)
    for row in world.truth():
        by_url[str(row["url"])] += [] if row["deleted"] else [row]
    for url, own in by_url.items():
        reply = get(world, url)
        assert reply.status == 200
        assert reply.headers["Content-Type"] == "text/html; charset=utf-8"
        html = thread_text(world, url) if own[0]["kind"] == "post" else reply.body.decode()
        for row in own:
            missing = [text for text in str(row["text"]).split("\n\n") if escape(text) not in html]
            assert not missing, url
            assert row["post_id"] is None or f'id="js-post-{row["post_id"]}"' in html


def locations(world: World, kind: str, url: str) -> Iterator[str]:
    """What a crawler finds from a declared entry: page addresses."""
    if kind == "feed":
        text = get(world, url).body.decode()
        yield from re.findall(r"<link>([^<]+)</link>", text) + re.findall(r'<link href="([^"]+)"', text)
    elif kind == "sitemap":
        for child in re.findall(r"<loc>([^<]+)</loc>", get(world, url).body.decode()):
            yield from re.findall(r"<loc>([^<]+)</loc>", get(world, child).body.decode())
    elif kind == "blogger":
        following: str | None = urljoin(url, "/feeds/posts/default?max-results=7")
        while following:
            feed = get(world, following).body.decode()
            yield from re.findall(r"<link rel='alternate' type='text/html' href=\"([^\"]+)\"", feed)
            found = re.search(r"<link rel='next' type='application/atom\+xml' href=\"([^\"]+)\"", feed)
            following = unescape(found[1]) if found else None
    elif kind == "wordpress":
        yield from wordpress_locations(world, url)


def wordpress_locations(world: World, url: str) -> Iterator[str]:
    api = get(world, urljoin(url, "/wp-json/wp/v2/posts?per_page=10&page=1"))
    if api.status == 200:
        for page in range(1, int(api.headers["X-WP-TotalPages"]) + 1):
            posts = json.loads(get(world, urljoin(url, f"/wp-json/wp/v2/posts?per_page=10&page={page}")).body)
            yield from (post["link"] for post in posts)
        return
    page = 1
    while (reply := get(world, urljoin(url, f"/feed/?paged={page}"))).status == 200:
        yield from re.findall(r"<item><title>[^<]*</title><link>([^<]+)</link>", reply.body.decode())
        page += 1


def forum_locations(world: World, url: str) -> set[str]:
    queue, seen = deque([url]), {url}
    while queue:
        at = queue.popleft()
        for link in re.findall(r'href="((?:/forums|/threads)/[^"]+/(?:page-\d+)?)"', get(world, at).body.decode()):
            target = urljoin(url, link)
            if target not in seen:
                seen.add(target)
                queue.append(target)
    return seen


@pytest.mark.parametrize(("pages", "days"), [(60, 0), (300, 0), (1500, 0), (60, 40), (300, 3)])
def test_every_page_is_reached_from_its_entries(pages: int, days: int) -> None:
    world = build_world(pages=pages)
    world = world.moved(world.now + timedelta(days=days))
    wanted: dict[str, set[str]] = defaultdict(set)
    for row in world.truth():
        wanted[str(row["source"])].add(str(row["url"]))
    for name, text in world.declarations().items():
        source = tomllib.loads(text)
        assert name == f"{source['id']}.toml"
        found: set[str] = set()
        for entry in source["entry"]:
            kind, url = entry["kind"], entry["url"]
            found |= forum_locations(world, url) if kind == "forum" else set(locations(world, kind, url))
        assert wanted[source["id"]] <= found, name


def test_declared_entries_answer(world: World) -> None:
    for text in world.declarations().values():
        source = tomllib.loads(text)
        assert all(get(world, entry["url"]).status == 200 for entry in source["entry"])
        assert get(world, source["homepage"]).status == 200
        assert b"Disallow: /" in get(world, urljoin(source["homepage"], "/robots.txt")).body


def test_conditional_requests(world: World, rows: list[dict[str, object]]) -> None:
    for url in {str(row["url"]) for row in rows[::40]} | {"http://127.0.10.1:8765/rss.xml"}:
        reply = get(world, url)
        tag, changed = reply.headers["ETag"], reply.headers["Last-Modified"]
        assert get(world, url, If_None_Match=tag) == Reply(304, reply.headers, b"")
        assert get(world, url, If_Modified_Since=changed).status == 304
        assert get(world, url, If_None_Match='"other"', If_Modified_Since=changed).status == 200
        assert get(world, url, If_Modified_Since="Mon, 02 Jan 2006 10:00:00 GMT").status == 200
        assert get(world, url, If_Modified_Since="yesterday").status == 200


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.10.1:8765/nothing",
        "http://127.0.13.1:8765/wp-json/wp/v2/posts",
        "http://127.0.13.1:8765/feed/?paged=999",
        "http://127.0.13.1:8765/feed/?paged=x",
        "http://127.0.11.1:8765/sitemap-1999-01.xml",
        "http://127.0.22.1:8765/threads/none.99999999/",
        "http://127.0.22.1:8765/forums/none.77/",
        "http://127.0.99.1:8765/",
    ],
)
def test_unknown_paths_are_not_found(world: World, url: str) -> None:
    reply = get(world, url)
    assert reply.status == 404
    assert b"<html" in reply.body


def test_api_filters_by_date(world: World) -> None:
    base = "http://127.0.17.1:8765/wp-json/wp/v2/posts"
    everything = json.loads(get(world, f"{base}?per_page=100").body)
    middle = everything[len(everything) // 2]["date_gmt"]
    newer = json.loads(get(world, f"{base}?per_page=100&after={middle}").body)
    older = json.loads(get(world, f"{base}?per_page=100&before={middle}Z").body)
    assert [post["id"] for post in [*newer, *older]] == [p["id"] for p in everything if p["date_gmt"] != middle]
    assert get(world, f"{base}?per_page=101").status == 400
    assert get(world, f"{base}?page=999").status == 400
    assert get(world, f"{base}?after=soon").status == 400


def test_blogger_feed_filters_by_date(world: World) -> None:
    feed = "http://127.0.20.1:8765/feeds/posts/default"
    dates = re.findall(r"<published>([^<]+)</published>", get(world, f"{feed}?max-results=150").body.decode())
    assert dates == sorted(dates, reverse=True)
    low, high = dates[-3].replace("+", "%2B"), dates[2].replace("+", "%2B")
    found = get(world, f"{feed}?max-results=150&published-min={low}&published-max={high}").body.decode()
    assert re.findall(r"<published>([^<]+)</published>", found) == dates[3:-2]


def test_different_stories_do_not_look_alike() -> None:
    world = build_world(pages=1000, seed=11)
    texts = {
        row["story"]: (row["related_to"] or row["story"], shingles(row["text"]))
        for row in world.truth()
        if row["change"] is None and row["template"] is None
    }
    for (event, one), (other_event, other) in combinations(texts.values(), 2):
        if event != other_event:
            assert len(one & other) < 0.05 * len(one | other)


def test_reports_of_a_series_resemble_each_other(rows: list[dict[str, object]]) -> None:
    series: dict[tuple[object, object], list[tuple[str, set[tuple[str, ...]]]]] = defaultdict(list)
    for row in rows:
        if row["template"] and row["change"] is None:
            series[row["source"], row["template"]].append((str(row["published_at"]), shingles(row["text"])))
    assert len(series) >= 4
    for reports in series.values():
        ordered = [text for _, text in sorted(reports, key=lambda report: report[0])]
        for one, other in pairwise(ordered):
            assert 0.35 < len(one & other) / len(one | other) < 0.9


@pytest.mark.parametrize("pages", [60, 300, 2000])
def test_size_follows_the_wish(pages: int) -> None:
    start = time.process_time()
    world = build_world(pages=pages)
    counted = world.page_counts()
    assert abs(sum(counted.values()) - pages) <= 0.05 * pages
    assert all(counted.values())
    assert time.process_time() - start < 10


def test_refuses_what_cannot_be_built() -> None:
    with pytest.raises(ValueError, match="at least 60"):
        build_world(pages=10)
    with pytest.raises(ValueError, match="time zone"):
        build_world(now=datetime(2026, 1, 1))  # noqa: DTZ001 - the zone is what is missing
