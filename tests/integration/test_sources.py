"""`copydesk sources` on what is declared: try, check and import."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.commands import copydesk, copydesk_json, declare
from tests.support.platforms import WordPress, add_static_site
from tests.support.site import Site, serving


@pytest.fixture
def paper() -> Iterator[Site]:
    """A site with feeds, a sitemap and six stories."""
    site = Site("127.0.52.1")
    with serving(site):
        add_static_site(site)
        yield site


def test_a_trial_shows_documents_and_leaves_nothing(tmp_path: Path, paper: Site) -> None:
    declare(tmp_path, "paper", paper.declaration("paper", entry="feed", path="/rss.xml", more="enabled = false\n"))
    paper.pages["/2026/11/12/the-2-story.html"] = (410, {}, b"gone")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    done = copydesk(tmp_path, "sources", "try", "paper", "--json", TMPDIR=str(scratch))
    assert done.returncode == 0, done.stderr
    trial = json.loads(done.stdout)
    assert len(trial["documents"]) == 2
    assert {one["title"] for one in trial["documents"]} == {"Story 1", "Story 3"}, "the newest are tried"
    assert all(len(one["text"].split()) > 100 for one in trial["documents"])
    assert trial["failures"] == [{"url": f"{paper.base}/2026/11/12/the-2-story.html", "reason": "HTTP 410"}]
    assert sorted(one.name for one in tmp_path.iterdir()) == ["scratch", "seeds"]
    assert not list(scratch.iterdir())


def test_a_trial_without_a_document_says_why(tmp_path: Path, paper: Site) -> None:
    declare(tmp_path, "paper", paper.declaration("paper", entry="feed", path="/rss.xml"))
    for path in [one for one in paper.pages if one.startswith("/2026/")]:
        paper.pages[path] = b"<html><body><p>\x1b[2JToo short.</p></body></html>"
    done = copydesk(tmp_path, "sources", "try", "paper", "--pages", "2")
    assert done.returncode == 3
    assert done.stdout.count("too_short") == 2
    assert "\x1b" not in done.stdout + done.stderr


def test_a_check_tells_what_works_and_why_not(tmp_path: Path, paper: Site) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.52.2", 0))  # bound but not listening: it refuses connections
        rows = {
            "/rss.xml": ("feed", "works"),
            "/map.xml": ("sitemap", "works"),
            "/forbidden.xml": ("feed", "HTTP 403"),
            "/": ("feed", "not a feed but an HTML page"),
            "/about": ("listing", "no link looks like a story"),
            "/secret.xml": ("feed", "forbids /secret.xml"),
        }
        paper.pages |= {"/forbidden.xml": (403, {}, b"no"), "/about": b"<html><body><a href='/'>home</a></body></html>"}
        paper.pages["/robots.txt"] = (200, {"Content-Type": "text/plain"}, b"User-agent: *\nDisallow: /secret.xml\n")
        entries = "".join(
            f'[[entry]]\nkind = "{kind}"\nurl = "{paper.base}{path}"\n' for path, (kind, _) in rows.items()
        )
        entries += f'[[entry]]\nkind = "feed"\nurl = "http://127.0.52.2:{unused.getsockname()[1]}/"\n'
        text = paper.declaration("paper")
        declare(tmp_path, "paper", text[: text.index("[[entry]]")] + entries + "[politeness]\ndelay_s = 0.0\n")
        declare(tmp_path, "other", paper.declaration("other", more="enabled = false\n"))
        done = copydesk(tmp_path, "sources", "check", "--json")
        assert done.returncode == 3, done.stderr
        found = json.loads(done.stdout)["entries"]
        states = {one["url"].removeprefix(paper.base): one["state"] for one in found}
        for path, (_, state) in rows.items():
            assert state in states.pop(path)
        assert "so nothing is asked there" in states.popitem()[1]
        assert {one["source"] for one in found} == {"paper"}, "what is switched off is asked only when named"
        assert (found[0]["texts"], found[0]["newest"][:10]) == (6, "2026-11-19")
        assert paper.asked["/rss.xml", 200] == 1
    before = paper.asked.total()
    assert copydesk_json(tmp_path, "sources", "check", "--offline")["declarations"] == 2
    assert paper.asked.total() == before
    declare(tmp_path, "bad", "id = 5\n")
    broken = copydesk(tmp_path, "sources", "check", "--offline")
    assert (broken.returncode, "bad.toml:1" in broken.stderr) == (4, True)


OPML = """<?xml version="1.0" encoding="UTF-8"?>
<opml version="2.0"><head><title>feeds</title></head><body>
<outline text="News"><outline text="Inner">
<outline text="Ferry &amp; Quay" type="rss" xmlUrl="https://www.ferry.example/rss" htmlUrl="https://www.ferry.example/"/>
</outline></outline>
<outline text="The same" type="rss" xmlUrl="http://www.ferry.example/rss"/>
<outline text="Its host" type="rss" xmlUrl="https://ferry.example/sport.xml"/>
<outline text="Script" type="rss" xmlUrl="javascript:alert(1)"/>
<outline text="" type="rss" xmlUrl="https://quay.example.co.uk/feed.xml"/>
</body></opml>"""


def test_an_opml_is_declared_once(tmp_path: Path) -> None:
    (tmp_path / "feeds.opml").write_text(OPML, "utf-8")
    done = copydesk(tmp_path, "sources", "import", "--opml", "feeds.opml", "--json")
    assert done.returncode == 3, "one row is no address"
    assert "feeds.opml:8: 'javascript:alert(1)'" in done.stderr
    rows = json.loads(done.stdout)
    assert [row["state"] for row in rows] == ["added", "skipped", "skipped", "bad", "added"]
    listed = copydesk_json(tmp_path, "sources", "list")
    assert [(one["id"], one["name"]) for one in listed] == [
        ("ferry", "Ferry & Quay"),
        ("quay-example", "quay.example.co.uk"),
    ]
    files = {path.name: path.read_bytes() for path in (tmp_path / "seeds").iterdir()}
    again = copydesk(tmp_path, "sources", "import", "--opml", "feeds.opml", "--json")
    assert [row["state"] for row in json.loads(again.stdout)] == ["skipped", "skipped", "skipped", "bad", "skipped"]
    assert {path.name: path.read_bytes() for path in (tmp_path / "seeds").iterdir()} == files


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.opml", "<opml><body><outline", "not well-formed"),
        ("a.opml", "<html><body/></html>", "not OPML"),
        ("a.opml", '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><opml><body>&e;</body></opml>', "0 added"),
        ("a.csv", "address\nhttp://h/\n", "unknown column 'address'"),
        ("a.csv", "name\nh\n", "no column `url`"),
    ],
)
def test_a_list_that_is_none_writes_nothing(tmp_path: Path, name: str, text: str, said: str) -> None:
    (tmp_path / name).write_text(text, "utf-8")
    done = copydesk(tmp_path, "sources", "import", f"--{name[2:]}", name)
    assert said in done.stderr
    assert done.returncode == (0 if said == "0 added" else 4)
    assert not list(tmp_path.rglob("*.toml"))


def test_a_csv_is_declared_with_what_it_says_or_what_is_found(tmp_path: Path) -> None:
    rows = [
        "url;kind;language;entry;name",
        'https://board.example/f/;forum;de-AT;;Board "B" \\ C',
        "https://d.example/;;;;D",
    ]
    (tmp_path / "a.csv").write_text("\n".join(rows), "utf-8")
    done = copydesk(tmp_path, "sources", "import", "--csv", "a.csv", "--disabled")
    assert (done.returncode, "a.csv:3: https://d.example/ does not tell" in done.stderr) == (3, True), done.stderr
    (one,) = copydesk_json(tmp_path, "sources", "list")
    assert (one["id"], one["name"], one["kind"], one["enabled"]) == ("board", 'Board "B" \\ C', "forum", False)
    with serving(site := WordPress("127.0.52.3")):
        (tmp_path / "b.csv").write_text(f"url\n{site.base}\n", "utf-8")
        done = copydesk(tmp_path, "sources", "import", "--csv", "b.csv", "--probe", "--allow-private", "--disabled")
        assert done.returncode == 0, done.stderr
        text = (tmp_path / "seeds" / "the-gazette.toml").read_text("utf-8")
        assert 'kind = "wordpress"' in text
        assert "enabled = false" in text
