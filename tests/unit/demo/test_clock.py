import re
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from hashlib import blake2b
from urllib.parse import urlsplit

import pytest

from pipeline.demo import feeds
from pipeline.demo.world import Reply, World, build_world

ARTICLE_CHANGES = {"verbatim", "light", "heavy", "truncated", "teaser", "comment"}
RSS_ONLY = {"demo-tidewater-today", "demo-upland-herald", "demo-brass-gazette", "demo-nightdesk"}
DAY = timedelta(days=1)
Row = dict[str, object]
Key = tuple[object, ...]


def get(world: World, url: str, **headers: str) -> Reply:
    parts = urlsplit(url)
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return world.respond(str(parts.hostname), parts.path, parts.query, sent)


def rows_of(world: World) -> dict[Key, Row]:
    by_key: dict[Key, Row] = {}
    for count, row in enumerate(world.truth(), 1):
        by_key[row["source"], row["url"], row["post_id"], row["title"] if row["kind"] == "digest_item" else None] = row
        assert len(by_key) == count
    return by_key


def thread_pages(world: World, url: str) -> Iterator[str]:
    number = 1
    while get(world, page := url if number == 1 else f"{url}page-{number}").status == 200:
        yield page
        number += 1


def addresses(world: World) -> dict[str, Reply]:
    """All pages of articles, digests and threads, and what they answer."""
    urls = {(str(row["url"]), row["kind"] == "post"): None for row in world.truth()}
    pages = (page for url, thread in urls for page in (thread_pages(world, url) if thread else [url]))
    return {page: get(world, page) for page in pages}


@pytest.fixture(scope="module", params=[60, 300])
def base(request: pytest.FixtureRequest) -> World:
    return build_world(pages=request.param)


@pytest.fixture(scope="module")
def later(base: World) -> World:
    return base.moved(base.now + DAY)


@pytest.fixture(scope="module")
def new(base: World, later: World) -> list[Row]:
    known = rows_of(base)
    return [row for key, row in rows_of(later).items() if key not in known]


def test_the_base_is_what_it_was() -> None:
    world, seen = build_world(pages=60), blake2b(digest_size=8)
    for url, reply in addresses(world).items():
        seen.update(f"{url} {sorted(reply.headers.items())}".encode() + reply.body)
    for outlet in world.outlets:
        for path in ("/", "/rss.xml", "/atom.xml", "/sitemap.xml", "/sitemap-2026-10.xml", "/feed/", "/section/sport/"):
            reply = get(world, outlet.base + path)
            seen.update(f"{outlet.name}{path} {sorted(reply.headers.items())}".encode() + reply.body)
    assert seen.hexdigest() == "ddf5d3f092de7643"


@pytest.mark.parametrize("steps", [2, 7, 40])
def test_steps_lead_where_one_move_leads(base: World, steps: int) -> None:
    end = base.now + timedelta(days=2, hours=15, minutes=11)
    at_once, stepped = base.moved(end), base
    for step in range(1, steps + 1):
        stepped = stepped.moved(base.now + (end - base.now) * step / steps)
    assert stepped.now == at_once.now == end
    assert list(stepped.truth()) == list(at_once.truth())
    assert addresses(stepped) == addresses(at_once)


def test_a_day_brings_every_kind_of_news(base: World, later: World, new: list[Row]) -> None:
    old = {row["story"] for row in base.truth()}
    kinds = {(row["kind"], row["change"]) for row in new}
    assert {("article", change) for change in [*ARTICLE_CHANGES, None]} <= kinds
    assert {"digest_item", "post"} <= {kind for kind, _ in kinds}
    assert any(row["kind"] == "article" and row["change"] and row["story"] in old for row in new)
    assert any(row["kind"] == "article" and row["change"] is None and row["related_to"] in old for row in new)
    for row in new:
        at = datetime.fromisoformat(str(row["published_at"]))
        assert base.now < at <= later.now
        changed = parsedate_to_datetime(get(later, str(row["url"])).headers["Last-Modified"])
        assert row["kind"] == "post" or changed == at


def test_only_edits_and_deletions_touch_what_was_there(base: World, later: World) -> None:
    before, after = rows_of(base), rows_of(later)
    edited = []
    for key, row in before.items():
        now = after[key]
        if row["text"] == now["text"]:
            assert now | {"ordinal": 0, "deleted": False} == row | {"ordinal": 0}
            continue
        assert now["revision"] == 2
        assert now | {"text": 0, "revision": 0} == row | {"text": 0, "revision": 0}
        edited.append(now)
    assert edited
    assert not {row["source"] for row in edited} & RSS_ONLY
    copied = {row["story"] for row in before.values() if row["kind"] == "article" and row["change"]}
    assert any(row["change"] is None and row["story"] in copied for row in edited)
    assert sum(bool(row["deleted"]) for row in after.values()) >= 1


def test_what_stands_answers_304_and_what_changed_answers_anew(base: World, later: World) -> None:
    before, after = addresses(base), rows_of(later)
    revised = {row["url"] for row in after.values() if row["revision"] != 1}
    known = {row["post_id"]: str(row["url"]) for row in rows_of(base).values()}
    moved = {
        str(r["url"]) for r in after.values() if r["kind"] == "post" and (r["post_id"] not in known or r["deleted"])
    }
    for url, reply in before.items():
        now = get(later, url)
        changed = now.status != 200 or now.body != reply.body
        assert not changed or url in revised or re.sub(r"page-\d+$", "", url) in moved, url
        if now.status == 200:
            tag, since = reply.headers["ETag"], reply.headers["Last-Modified"]
            assert get(later, url, If_None_Match=tag).status == (200 if changed else 304)
            assert get(later, url, If_Modified_Since=since).status == (200 if changed else 304)
    assert revised <= {url for url, reply in before.items() if get(later, url).body != reply.body}


def test_listings_tell_when_a_page_was_edited(base: World, later: World) -> None:
    for row in rows_of(later).values():
        url, source = str(row["url"]), str(row["source"])
        if row["revision"] == 1:
            continue
        changed = get(later, url).headers["Last-Modified"]
        root = url[: url.index("/", 8)]
        if source in {"demo-northwire", "demo-harbor-ledger", "demo-valley-courier"}:
            text, told = sitemap_of(later, root, url)
            assert told >= parsedate_to_datetime(changed)
            found = re.search(rf"<loc>{re.escape(url)}</loc><lastmod>([^<]+)</lastmod>", text)
        elif source in {"demo-clippings", "demo-daily-basket"}:
            text = get(later, f"{root}/feeds/posts/default?max-results=150").body.decode()
            entry = next(part for part in text.split("<entry>") if f'href="{url}"' in part)
            found = re.search(r"<updated>([^<]+)</updated>", entry)
        else:
            text = get(later, f"{root}/wp-json/wp/v2/posts?per_page=100").body.decode()
            entry = next(part for part in text.split('{"id"') if f'"link": "{url}"' in part)
            found = re.search(r'"modified_gmt": "([^"]+)"', entry)
        assert found is not None
        listed = datetime.fromisoformat(found[1]).replace(tzinfo=base.now.tzinfo)
        assert f"{listed:%a, %d %b %Y %H:%M:%S} GMT" == changed
        assert base.now < listed <= later.now


def sitemap_of(world: World, root: str, url: str) -> tuple[str, datetime]:
    """The sitemap that names the page, and when the index says it changed."""
    index = get(world, f"{root}/sitemap.xml").body.decode()
    for part, told in re.findall(r"<loc>([^<]+)</loc><lastmod>([^<]+)</lastmod>", index):
        reply = get(world, part)
        if f"<loc>{url}</loc>" in reply.body.decode() and "sitemap-news" not in part:
            assert reply.headers["Last-Modified"] == format_datetime(datetime.fromisoformat(told), usegmt=True)
            return reply.body.decode(), datetime.fromisoformat(told)
    raise AssertionError(f"no sitemap names {url}")


def test_deleted_posts_leave_and_later_ones_move_up(base: World, later: World) -> None:
    threads: dict[str, list[Row]] = defaultdict(list)
    for row in rows_of(later).values():
        if row["kind"] == "post":
            threads[str(row["url"])].append(row)
    for url, rows in threads.items():
        html = "".join(get(later, page).body.decode() for page in thread_pages(later, url))
        standing = [str(row["post_id"]) for row in rows if not row["deleted"]]
        assert re.findall(r'id="js-post-(\d+)"', html) == standing
        assert re.findall(r">#(\d+)</a>", html) == [str(number + 1) for number in range(len(standing))]
        assert all(row["ordinal"] is None for row in rows if row["deleted"])
    old = {row["post_id"] for row in base.truth()}
    assert all(row["post_id"] in old for rows in threads.values() for row in rows if row["deleted"])


def test_threads_grow_over_their_last_page_and_new_ones_open(base: World, later: World, new: list[Row]) -> None:
    known = {str(row["url"]) for row in base.truth() if row["kind"] == "post"}
    grown = [url for url in known if len(list(thread_pages(later, url))) > len(list(thread_pages(base, url)))]
    assert grown
    posts = [row for row in new if row["kind"] == "post"]
    assert {str(row["url"]) for row in posts} - known
    assert any(str(row["url"]) in known and row["change"] in {"paste", "truncated"} for row in posts)


def test_listings_of_what_changed_are_new_and_others_are_not(base: World) -> None:
    soon = base.moved(base.now + timedelta(minutes=1))
    later = base.moved(base.now + 3 * DAY)
    for world, status in ((soon, 304), (later, 200)):
        for outlet in base.outlets:
            path = {"xenforo": "/forums/the-lounge.9/", "blogger": "/feeds/posts/default"}.get(outlet.platform, "/")
            old = get(base, outlet.base + path).headers
            assert get(world, outlet.base + path, If_None_Match=old["ETag"]).status == status
            assert get(world, outlet.base + path, If_Modified_Since=old["Last-Modified"]).status == status


def test_a_month_goes_by(base: World) -> None:
    world = base.moved(base.now + 30 * DAY)
    counted = Counter(row["change"] for row in world.truth())
    assert all(counted[change] > 30 for change in ARTICLE_CHANGES)
    assert any(row["revision"] == 3 for row in world.truth())


def test_refuses_moments_that_cannot_be(later: World) -> None:
    with pytest.raises(ValueError, match="cannot go back"):
        later.moved(later.now - timedelta(seconds=1))
    with pytest.raises(ValueError, match="time zone"):
        later.moved(later.now.replace(tzinfo=None))
    with pytest.raises(ValueError, match="smaller steps"):
        later.moved(later.now + 367 * DAY)


def test_sitemaps_are_bounded_and_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "SITEMAP", 40)
    world = build_world(pages=600)
    for moment in (world, world.moved(world.now + 2 * DAY)):
        root = moment.outlets[0].base
        index = get(moment, f"{root}/sitemap.xml").body.decode()
        parts = [get(moment, url).body.decode() for url in re.findall(r"<loc>([^<]+)</loc>", index)]
        listed = [re.findall(r"<loc>([^<]+)</loc>", part) for part in parts]
        assert max(map(len, listed)) == 40
        assert sorted(url for part in listed for url in part) == sorted(
            str(row["url"]) for row in moment.truth() if row["source"] == "demo-northwire"
        )
    assert get(world, f"{root}/sitemap-2026-10-99.xml").status == 404
    assert get(world, f"{root}/sitemap-2026-10-0.xml").status == 404


LISTINGS = (
    "http://127.0.10.1:8765/rss.xml",
    "http://127.0.10.1:8765/sitemap.xml",
    "http://127.0.10.1:8765/section/sport/",
    "http://127.0.13.1:8765/feed/?paged=2",
    "http://127.0.17.1:8765/wp-json/wp/v2/posts?per_page=5&before=2026-10-30T00:00:00",
    "http://127.0.20.1:8765/feeds/posts/default?max-results=5&published-max=2026-10-30T00:00:00Z",
    "http://127.0.22.1:8765/forums/the-lounge.9/",
)


def quickest(world: World, url: str) -> float:
    """The best of some answers, in seconds of the processor."""
    taken = []
    for _ in range(7):
        start = time.process_time()
        get(world, url)
        taken.append(time.process_time() - start)
    return min(taken)


def test_answers_do_not_wait_longer_in_a_larger_world() -> None:
    small, large = (build_world(pages=pages) for pages in (1000, 15_000))
    start = time.process_time()
    large = large.moved(large.now + timedelta(hours=6))
    assert time.process_time() - start < 4
    for url in LISTINGS:
        assert quickest(large, url) < 4 * quickest(small, url) + 0.002, url
