"""Broken pages, listings, files and declarations cost one clear error or one counted outcome, and nothing else."""

from __future__ import annotations

import random
from pathlib import Path

from pipeline.settings import Settings
from pipeline.stages.context import open_context, select_sources
from pipeline.stages.crawl import crawl_source
from tests.support.commands import copydesk, copydesk_json, declare
from tests.support.pages import article, paragraphs
from tests.support.site import Site


def test_a_bad_declaration_stops_before_anything_is_asked(tmp_path: Path, site: Site) -> None:
    declare(tmp_path, "good", site.declaration("good"))
    declare(tmp_path, "bad", site.declaration("bad").replace('kind = "sitemap"', 'kind = "sitmap"'))
    done = copydesk(tmp_path, "collect", "--no-prefect")
    assert done.returncode == 4
    assert "bad.toml:8" in done.stderr
    assert "'sitemap'" in done.stderr
    assert "Traceback" not in done.stderr
    assert site.asked.total() == 0


def test_pages_of_random_bytes_are_counted_outcomes(tmp_path: Path, site: Site) -> None:
    dice = random.Random(4)
    site.pages |= {
        "/noise/": dice.randbytes(50_000),
        "/zeros/": b"\x00" * 10_000,
        "/empty/": b"",
        "/broken/": b"<html><body><p>" + dice.randbytes(3_000),
        "/deep/": b"<html><body>" + b"<div>" * 20_000 + b"text",
        "/picture/": (200, {"Content-Type": "image/png"}, b"\x89PNG\r\n\x1a\n" + dice.randbytes(2_000)),
        "/error/": (500, {}, b"<html><body>no</body></html>"),
    }
    site.sitemap(*[path for path in site.pages if path != "/sitemap.xml"])
    declare(tmp_path, "site", site.declaration("site"))
    done = copydesk(tmp_path, "collect", "--no-prefect", COPYDESK_CRAWL__RETRIES="0")
    assert done.returncode == 0, done.stderr
    report = copydesk_json(tmp_path, "report")
    assert report["report"]["documents"] == 5
    assert sum(report["report"]["outcomes"].values()) == report["report"]["captures"] == 12
    assert report["sources"]["site"]["fetched"]["http_error"] == 1
    assert sum(report["sources"]["site"]["fetched"].values()) == report["sources"]["site"]["requests"]
    assert "Traceback" not in done.stderr


def test_odd_metadata_fails_nothing_and_nobody_else(tmp_path: Path, site: Site) -> None:
    site.pages |= {
        "/port/": article(
            "Odd port", paragraphs(21), head=f'<link rel="canonical" href="http://{site.address}:99999/x">'
        ),
        "/home/": article("Homeward", paragraphs(22), head='<link rel="canonical" href="/">'),
        "/image/": article("Odd image", paragraphs(23), head='<meta property="og:image" content="http://[x">'),
        "/keys/": article(
            "Odd keys",
            paragraphs(24),
            head='<script type="application/ld+json">{"@type":"NewsArticle","keywords":["\\ud800"]}</script>',
        ),
        "/one/": article("One claims", paragraphs(25), head='<link rel="canonical" href="/shared/">'),
        "/two/": article("Two claims", paragraphs(26), head='<link rel="canonical" href="/shared/">'),
    }
    site.sitemap(*[path for path in site.pages if path != "/sitemap.xml"])
    declare(tmp_path, "site", site.declaration("site"))
    done = copydesk(tmp_path, "collect", "--no-prefect")
    assert done.returncode == 0, done.stderr
    info = copydesk_json(tmp_path, "corpus", "info")
    assert (info["documents"], info["stories"]) == (11, 11)


def test_a_broken_line_does_not_cost_the_file_that_was_there(tmp_path: Path) -> None:
    (tmp_path / "out.jsonl").write_text("what was there")
    (tmp_path / "pages.jsonl").write_text('{"url": "http://h/a", "html": null}\n')
    done = copydesk(tmp_path, "extract", "pages.jsonl", "-o", "out.jsonl")
    assert done.returncode == 4
    assert "pages.jsonl:1" in done.stderr
    assert (tmp_path / "out.jsonl").read_text() == "what was there"


def test_an_archive_that_was_cut_off_in_the_store_publishes_nothing_until_it_is_whole_again(
    tmp_path: Path, site: Site, settings: Settings
) -> None:
    declare(tmp_path, "site", site.declaration("site"))
    with open_context(settings) as context:  # a run that dies before it extracts what it archived
        context.runs.start("r1", kind="collect", sources=["site"])
        assert crawl_source(context, "r1", select_sources(settings)[0]).pages == 5
    (warc,) = (tmp_path / "data" / "raw").rglob("*.warc.gz")
    whole = warc.read_bytes()
    warc.write_bytes(whole[: len(whole) // 2])
    done = copydesk(tmp_path, "collect", "--no-prefect")
    assert done.stderr.count(f"{warc.name} is not what its manifest says; restore it from a backup") == 1
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "data" / "staged").exists()
    assert not (tmp_path / "data" / "tables").exists()
    warc.write_bytes(whole)
    assert copydesk(tmp_path, "collect", "--no-prefect").returncode == 0
    assert copydesk_json(tmp_path, "corpus", "info")["documents"] == 5


def test_of_an_archive_that_was_cut_off_no_half_page_becomes_a_document(tmp_path: Path, site: Site) -> None:
    declare(tmp_path, "site", site.declaration("site"))
    assert copydesk(tmp_path, "collect", "--no-prefect").returncode == 0
    (warc,) = (tmp_path / "data" / "raw").rglob("*.warc.gz")
    (tmp_path / "cut.warc.gz").write_bytes(warc.read_bytes()[:-1500])
    done = copydesk(tmp_path, "extract", "cut.warc.gz", "-o", "out.jsonl")
    assert done.returncode == 1
    assert "cut.warc.gz is cut off or damaged at byte" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out.jsonl").exists()


def test_a_broken_declaration_stops_neither_its_neighbours_nor_what_is_staged(tmp_path: Path, site: Site) -> None:
    declare(tmp_path, "daily", site.declaration("daily", more="authority = 90\n"))
    declare(tmp_path, "other", site.declaration("other"))
    assert copydesk(tmp_path, "collect", "--no-prefect", "other").returncode == 0
    declare(tmp_path, "other", "id = 'other")
    done = copydesk(tmp_path, "collect", "--no-prefect", "daily")
    assert done.returncode == 0, done.stderr
    assert "other.toml: not valid TOML" in done.stderr
    assert "its last valid form is used" in done.stderr
    info = copydesk_json(tmp_path, "corpus", "info")
    assert {one["source"]: one["documents"] for one in info["sources"]} == {"daily": 5, "other": 5}
    for named in (("other",), ()):
        refused = copydesk(tmp_path, "collect", "--no-prefect", *named)
        assert (refused.returncode, "other.toml" in refused.stderr) == (4, True)
