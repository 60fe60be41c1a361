"""Answers of CDX servers of every form, also broken ones, and where they go on."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from urllib.parse import parse_qs, urlsplit

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.discover import cdx
from pipeline.discover.listing import Listed
from pipeline.models import Window

DAYS = Window(date(2026, 6, 1), date(2026, 6, 2))
LINE = {"timestamp": "20260601080000", "url": "http://h/a", "mime": "text/html", "status": "200", "digest": "D"}
NAMES = ["urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length"]
ROW = ["h)/a", "20260601080000", "http://h/a", "text/html", "200", "D", "99"]


def listed(capture: cdx.Cdx) -> Listed:
    return Listed(cdx.replay_url("http://a/web/", capture), capture.captured_at, key=f"{capture.url} {capture.digest}")


def query(limit: int = 3) -> str:
    return cdx.query_url("http://a/cdx", "http://h/", match="prefix", window=DAYS, limit=limit)


def test_lines_and_tables_name_the_same() -> None:
    one = Listed("http://a/web/20260601080000id_/http://h/a", datetime(2026, 6, 1, 8, tzinfo=UTC), key="http://h/a D")
    for body in (json.dumps(LINE), json.dumps([NAMES, ROW])):
        assert cdx.parse_cdx(body.encode(), query(), listed).texts == (one,)


def test_other_answers_than_pages_are_passed_over_and_a_digest_counts_once() -> None:
    others = [{"status": "404"}, {"mime": "image/png"}, {"url": "dns:h"}, {"timestamp": "odd"}]
    lines = [LINE, *(LINE | other for other in others), LINE | {"timestamp": "20260602080000"}]
    found = cdx.parse_cdx("\n".join(map(json.dumps, lines)).encode(), query(limit=99), listed)
    assert [one.url for one in found.texts] == ["http://a/web/20260601080000id_/http://h/a"]
    assert found.parts == ()


def test_a_key_leads_to_the_next_page() -> None:
    body = json.dumps([NAMES, ROW, [], ["h)/a+20260601080000"]]).encode()
    (following,) = cdx.parse_cdx(body, query(), listed).parts
    assert parse_qs(urlsplit(following).query)["resumeKey"] == ["h)/a+20260601080000"]
    assert parse_qs(urlsplit(following).query)["filter"] == ["statuscode:200", "mimetype:text/html"]


def test_a_full_answer_is_asked_again_in_halves_that_leave_nothing_out() -> None:
    body = "\n".join(json.dumps(LINE | {"url": f"http://h/{number}"}) for number in range(3)).encode()
    first, second = cdx.parse_cdx(body, query(), listed).parts
    times = [parse_qs(urlsplit(url).query) for url in (first, second)]
    assert [(one["from"][0], one["to"][0]) for one in times] == [
        ("20260601000000", "20260601235959"), ("20260602000000", "20260602235959"),
    ]  # fmt: skip
    waiting, asked = [query()], 0
    while waiting:  # a server that is always full is asked no more than to the second
        asked += 1
        url = waiting.pop()
        short = url.replace("20260602235959", "20260601000007").replace("20260601235959", "20260601000007")
        waiting += cdx.parse_cdx(body, short, listed).parts
    assert asked < 20


def test_addresses_say_where_a_copy_is_from() -> None:
    moment = datetime(2026, 6, 1, 8, tzinfo=UTC)
    for kind in ("id_", "", "mp_"):
        url = f"https://a/web/20260601080000{kind}/https://h/a?x=http://o/"
        assert cdx.replayed(url) == (moment, "https://h/a?x=http://o/")
    assert cdx.replayed("https://a/web/2026/https://h/a") is None
    assert cdx.range_of("https://d/f.warc.gz#bytes=7-99") == ("https://d/f.warc.gz", "bytes=7-99")
    assert cdx.root_of("https://a/coll/cdx") == "https://a/coll/"
    assert cdx.root_of("https://web.archive.org/cdx/search/cdx") == "https://web.archive.org/web/"
    assert cdx.root_of("https://a/index") is None


def test_crawls_are_chosen_by_their_days_or_their_week() -> None:
    crawls = [
        {"id": "CC-MAIN-2026-22", "from": "2026-05-20T00:00:00", "to": "2026-06-01T00:00:00"},
        {"id": "CC-MAIN-2026-10", "from": "2026-03-01T00:00:00", "to": "2026-03-14T00:00:00"},
        {"id": "CC-MAIN-2026-23"}, {"id": "CC-MAIN-2015-23"}, {"id": "../evil"}, "odd", {},
    ]  # fmt: skip
    found = cdx.crawls_in(json.dumps(crawls).encode(), "http://i/collinfo.json", DAYS)
    assert [one.index for one in found] == ["http://i/CC-MAIN-2026-22-index", "http://i/CC-MAIN-2026-23-index"]
    assert len(cdx.crawls_in(json.dumps(crawls).encode(), "http://i/collinfo.json", None)) == 4


@settings(max_examples=60)
@given(st.one_of(st.binary(max_size=300), st.text(max_size=100).map(str.encode)))
def test_no_answer_raises(body: bytes) -> None:
    for text in (body, b"[" + body, b"[[" + body, b'{"url": "http://h/", "timestamp": "' + body, b"[" * 5_000 + body):
        cdx.parse_cdx(text, query(), listed)
        cdx.crawls_in(text, "http://i/collinfo.json", DAYS)
