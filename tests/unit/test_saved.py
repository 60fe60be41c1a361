"""Saved pages: where each says it is from, and of when; and which WARC files an address means."""

from __future__ import annotations

import gzip
import os
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from pipeline.archive.places import dated_within, local_files, months_of, paths_in
from pipeline.archive.saved import read_saved, saved_files, state_of
from pipeline.models import Window
from pipeline.sources.urls import is_below, own_address

HOME = "https://h.example/"
SAVED = datetime(2026, 6, 1, 8, tzinfo=UTC)
MHTML = b"""From: <Saved by Blink>
Snapshot-Content-Location: https://h.example/mhtml/
Date: Mon, 1 Jun 2026 10:00:00 +0200
MIME-Version: 1.0
Content-Type: multipart/related; type="text/html"; boundary="b"

--b
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: quoted-printable

<p>caf=C3=A9</p>
--b--
"""


@pytest.mark.parametrize(
    ("name", "body", "url"),
    [
        ("a.html", b"<link rel='canonical' href='/own/'><p>x", f"{HOME}own/"),
        ("a.html", b"<meta property='og:url' content='https://h.example/og/'><p>x", f"{HOME}og/"),
        ("a.html", b"<link rel='canonical' href='https://h.example'><p>x", f"{HOME}sub/a.html"),
        ("a b.html", b"<p>x", f"{HOME}sub/a%20b.html"),
        ("a.htm", b"<!-- saved from url=(0022)https://h.example/ie/ --><p>x", f"{HOME}ie/"),
        ("a.html", (b"<!--\n Page saved with SingleFile \n url: https://h.example/one/ \n "
         b"saved date: Mon Jun 01 2026 10:00:00 GMT+0200 (CEST)\n--><p>x"), f"{HOME}one/"),
        ("a.mhtml", MHTML, f"{HOME}mhtml/"),
        ("a.html", b"", f"{HOME}sub/a.html"),
        ("a.html", b"\x00\xff<link rel=canonical href='http://[broken'>", f"{HOME}sub/a.html"),
    ],
)  # fmt: skip
def test_the_address_of_a_saved_page(tmp_path: Path, name: str, body: bytes, url: str) -> None:
    path = tmp_path / "sub" / name
    path.parent.mkdir()
    path.write_bytes(body)
    os.utime(path, (SAVED.timestamp(), SAVED.timestamp()))
    page = read_saved(path, folder=tmp_path, homepage=HOME)
    assert (page.url, page.fetched_at) == (url, SAVED)
    if name == "a.mhtml":
        assert page.body.strip() == "<p>café</p>".encode()


def test_notes_beside_a_page_come_first_and_count_as_a_change(tmp_path: Path) -> None:
    page = tmp_path / "a.html"
    page.write_bytes(b"<!-- saved from url=(0022)https://h.example/ie/ --><p>x")
    before = state_of(page)
    (tmp_path / "a.html.url").write_text("[InternetShortcut]\nURL=https://h.example/cut/\n")
    assert read_saved(page, folder=tmp_path, homepage=HOME).url == f"{HOME}cut/"
    (tmp_path / "a.html.json").write_text('{"url": "https://h.example/j/", "fetched_at": "2020-01-01T00:00:00+01:00"}')
    found = read_saved(page, folder=tmp_path, homepage=HOME)
    assert (found.url, found.fetched_at) == (f"{HOME}j/", datetime(2019, 12, 31, 23, tzinfo=UTC))
    assert state_of(page) != before
    (tmp_path / "a.html.json").write_text("[[[")
    assert read_saved(page, folder=tmp_path, homepage=HOME).url == f"{HOME}ie/"
    assert [one.name for one in saved_files(tmp_path)] == ["a.html"]


def test_lists_of_paths_start_where_they_are(tmp_path: Path) -> None:
    lines = b"a/x.warc.gz\n\nhttps://o/y.warc.gz\nfile:///etc/z.warc.gz\na/x.txt\n"
    web = paths_in(gzip.compress(lines), "https://d/c/2026/warc.paths.gz")
    assert web == ["https://d/a/x.warc.gz", "https://o/y.warc.gz"]
    assert paths_in(lines, "s3://bucket/c/warc.paths") == ["s3://bucket/a/x.warc.gz"]
    local = paths_in(b"a/x.warc.gz\n/abs/y.warc\n", str(tmp_path / "warc.paths"))
    assert local == [str(tmp_path / "a/x.warc.gz"), "/abs/y.warc"]
    assert paths_in(b"\x1f\x8bbroken", "https://d/warc.paths.gz") == []


def test_files_are_chosen_by_the_time_in_their_names() -> None:
    names = [f"https://d/CC-NEWS-202606{day:02d}120000-00001.warc.gz" for day in (1, 2, 3)] + ["https://d/x.warc.gz"]
    days = Window(date(2026, 6, 2), date(2026, 6, 2))
    assert list(dated_within(names, days)) == [names[1], names[3]]
    assert list(dated_within(names, None)) == names
    long = Window(date(2025, 12, 30), date(2026, 2, 1))
    assert months_of("https://d/{year}/{month}/p", long) == [
        f"https://d/{one}/p" for one in ("2025/12", "2026/01", "2026/02")
    ]
    assert months_of("https://d/p", long) == ["https://d/p"]


def test_local_files_by_folder_pattern_and_name(tmp_path: Path) -> None:
    for name in ("a.warc", "sub/b.warc.gz", "c.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert [one.name for one in local_files(tmp_path.as_uri())] == ["a.warc", "b.warc.gz"]
    assert [one.name for one in local_files(f"{tmp_path}/**/*.gz")] == ["b.warc.gz"]
    assert [one.name for one in local_files(str(tmp_path / "a.warc"))] == ["a.warc"]
    assert local_files(str(tmp_path / "c.txt")) == []


def test_archived_addresses_are_the_sites_own() -> None:
    assert own_address("http://www.h.example:80/a?b#c", HOME) == "https://h.example/a?b"
    assert own_address("https://blog.h.example:443/a", HOME) == "https://blog.h.example/a"
    assert own_address("http://[odd", HOME) == "http://[odd"
    assert [is_below(url, HOME) for url in ("http://www.h.example/", "http://b.h.example/", "http://bh.example/")] == [
        True, True, False,
    ]  # fmt: skip
