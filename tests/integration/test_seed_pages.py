"""The five real pages this project started from, through the flow; then with copies of them made here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

import pytest

from tests.support.commands import copydesk, copydesk_json, module
from tests.support.pages import article
from tests.support.site import Site, serving

pytestmark = pytest.mark.seed_web


class Seeds:
    """The pages served, and what the gold says of them."""

    def __init__(self, web: Path, folder: Path) -> None:
        self.folder = folder
        self.gold = json.loads((web / "gold.json").read_text("utf-8"))["pages"]
        self.sites = {
            name: Site(f"127.0.40.{number}")
            for number, name in enumerate(("blog", "news", "celebs", "frontier", "forum"), 1)
        }
        for page in self.gold:
            name = page["url"].split("/")[1]
            path = page["url"].removeprefix("/forum") if name == "forum" else page["url"]
            file = web / page["url"].lstrip("/")
            self.sites[name].pages[path] = (file / "index.html" if file.is_dir() else file).read_bytes()
            if name == "forum":
                self.thread = path
                self.sites[name].pages[f"{path}page-2"] = (file / "page-2.html").read_bytes()
        self.copies = Site("127.0.40.9")

    def declare(self) -> None:
        seeds = self.folder / "seeds"
        seeds.mkdir(exist_ok=True)
        for name, site in self.sites.items():
            if name == "forum":
                text = site.declaration("seed-forum", kind="forum", entry="forum", path=self.thread)
            else:
                site.sitemap(*[path for path in site.pages if path != "/sitemap.xml"])
                text = site.declaration(f"seed-{name}")
            (seeds / f"seed-{name}.toml").write_text(text, "utf-8")

    def items(self) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
        """(page, text) of every text in the gold."""
        for page in self.gold:
            for item in page.get("items") or page.get("posts") or [page]:
                yield page, item


@pytest.fixture(scope="module")
def seeds(seed_web: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seeds]:
    found = Seeds(seed_web, tmp_path_factory.mktemp("seeds"))
    with serving(*found.sites.values(), found.copies):
        found.declare()
        done = module(found.folder, "flows.serve", "--once")
        assert done.returncode == 0, done.stderr
        yield found


@pytest.fixture(scope="module")
def documents(seeds: Seeds) -> list[dict[str, Any]]:
    done = copydesk(seeds.folder, "corpus", "export", "--table", "documents", "-o", "documents.jsonl")
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in (seeds.folder / "documents.jsonl").read_text("utf-8").splitlines()]


def squeezed(text: str) -> str:
    return " ".join(text.replace("\xa0", " ").split())


def found_for(documents: list[dict[str, Any]], page: dict[str, Any], item: dict[str, Any]) -> dict[str, Any]:
    if page["kind"] == "thread":
        return next(one for one in documents if one["post_id"] == str(item["id"]))
    return next(one for one in documents if one["title"] == squeezed(item["title"]))


def test_seventeen_documents_seventeen_stories_two_containers(seeds: Seeds) -> None:
    info = copydesk_json(seeds.folder, "corpus", "info")
    assert (info["documents"], info["stories"]) == (17, 17)
    assert info["kinds"] == {"article": 3, "digest_item": 4, "post": 10}
    assert (info["digests"], info["threads"]) == (1, 1)


def test_texts_are_those_of_the_gold(seeds: Seeds, documents: list[dict[str, Any]]) -> None:
    for page, item in seeds.items():
        got = [squeezed(text) for text in found_for(documents, page, item)["text"].split("\n\n")]
        captions = {squeezed(text) for text in page.get("captions_texts", ())}
        wanted = [squeezed(text) for text in item["paragraphs"]]
        assert [text for text in got if text not in captions] == wanted


def test_nothing_that_is_to_be_dropped_is_in_a_text(seeds: Seeds, documents: list[dict[str, Any]]) -> None:
    for page, item in seeds.items():
        text = found_for(documents, page, item)["text"]
        assert [phrase for phrase in page["drop"] if phrase in text] == []


def test_dates_are_the_stories_own(seeds: Seeds, documents: list[dict[str, Any]]) -> None:
    from datetime import UTC, datetime

    for page, item in seeds.items():
        published = datetime.fromisoformat(found_for(documents, page, item)["published_at"])
        if "posted" in item:
            assert published == datetime.fromisoformat(item["posted"]).astimezone(UTC)
        else:  # gold names the day in the page's own zone
            assert abs((published.date() - datetime.fromisoformat(page["published"]).date()).days) <= (
                page["engine"] == "newspaper"
            )
    visit = next(one for one in documents if one["title"].startswith("Putin: Russia and China"))
    assert visit["published_at"].startswith("2021-12-23")


def test_titles_authors_and_agency(seeds: Seeds, documents: list[dict[str, Any]]) -> None:
    for page, item in seeds.items():
        document = found_for(documents, page, item)
        if page["kind"] == "thread":
            assert document["authors"] == [item["author"]]
            assert squeezed(document["title"]) == squeezed(page["title"])
        if "agency" in page:
            assert document["agency"] == page["agency"]
            assert document["authors"] == [page["author"]]


def test_a_quote_is_not_the_poster_s_own_text(seeds: Seeds, documents: list[dict[str, Any]]) -> None:
    ninth = next(one for one in documents if one["post_id"] == "1009")
    assert len(ninth["quotes"]) == 1
    assert ninth["quotes"][0]["author"] == "Saif"
    assert ninth["quotes"][0]["post_id"] == "1008"
    assert "Russia payment hurdles" in ninth["quotes"][0]["text"]
    assert "payment" not in ninth["text"]


def test_a_second_collect_downloads_nothing_and_changes_nothing(seeds: Seeds) -> None:
    before = copydesk_json(seeds.folder, "corpus", "digest")
    for site in seeds.sites.values():
        site.asked.clear()
    done = copydesk_json(seeds.folder, "collect", "--no-prefect")
    assert done["new_revisions"] == 0
    asked = {path: status for site in seeds.sites.values() for path, status in site.asked}
    assert [path for path, status in asked.items() if status == 200 and path != "/robots.txt"] == []
    assert copydesk_json(seeds.folder, "corpus", "digest") == before


def test_copies_of_all_kinds_join_their_stories(seeds: Seeds) -> None:
    posts = next(page for page in seeds.gold if page["kind"] == "thread")["posts"]
    digest = next(page for page in seeds.gold if page["kind"] == "digest")["items"]
    first, eighth, fifth, second = posts[0]["paragraphs"], posts[7]["paragraphs"], posts[4]["paragraphs"], digest[1]
    third, kept = sum(len(text.split()) for text in eighth) / 3, list[str]()
    for text in eighth:
        if sum(len(one.split()) for one in kept) >= third:
            break
        kept.append(text)
    site = seeds.copies
    site.pages |= {
        "/as-an-article/": article(escape(first[0]), [escape(text) for text in first[1:]]),
        "/cut-to-a-third/": article("Payment trouble", [escape(text) for text in kept]),
        "/reposted/": article(escape(second["title"]), [escape(text) for text in second["paragraphs"]]),
    }
    site.sitemap(*[path for path in site.pages if path != "/sitemap.xml"])
    (seeds.folder / "seeds" / "seed-copies.toml").write_text(site.declaration("seed-copies"), "utf-8")
    forum = seeds.sites["forum"]
    forum.pages["/threads/again.78/"] = _thread("Saif", 2001, "<br />\n<br />\n".join(map(escape, fifth)))
    crosspost = forum.declaration("seed-crosspost", kind="forum", entry="forum", path="/threads/again.78/")
    (seeds.folder / "seeds" / "seed-crosspost.toml").write_text(crosspost, "utf-8")
    done = copydesk(seeds.folder, "collect", "--no-prefect")
    assert done.returncode == 0, done.stderr
    info = copydesk_json(seeds.folder, "corpus", "info")
    assert (info["documents"], info["stories"]) == (21, 17)


def _thread(author: str, number: int, body: str) -> bytes:
    return (
        f'<!DOCTYPE html><html id="XF" lang="en"><body><h1 class="p-title-value">Again</h1>'
        f'<article class="message message--post" data-author="{author}" data-content="post-{number}">'
        f'<header class="message-attribution"><a href="/threads/again.78/post-{number}">'
        f'<time datetime="2024-09-03T10:00:00+0600">then</time></a><a href="/threads/again.78/post-{number}">#1</a>'
        "</header>"
        f'<article class="message-body"><div class="bbWrapper">{body}</div></article></article></body></html>'
    ).encode()
