"""Commands as a person calls them: exit codes, messages, and what works without a store."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.support.commands import copydesk, declare, module
from tests.support.pages import article, paragraphs
from tests.support.site import Site


def test_an_unknown_source_is_told_with_the_known_ones(tmp_path: Path, site: Site) -> None:
    declare(tmp_path, "good", site.declaration("good"))
    done = copydesk(tmp_path, "collect", "--no-prefect", "god")
    assert done.returncode == 4
    assert "unknown source god" in done.stderr
    assert "good" in done.stderr


def test_a_source_that_cannot_be_crawled_says_so(tmp_path: Path, site: Site) -> None:
    declare(tmp_path, "saved", site.declaration("saved", entry="wayback", path="/"))
    done = copydesk(tmp_path, "collect", "--no-prefect")
    assert done.returncode == 3
    assert "use a backfill" in done.stderr


def test_extract_and_dedup_work_without_a_store(tmp_path: Path) -> None:
    texts = paragraphs(1, 8)
    (tmp_path / "page.html").write_bytes(article("One page", texts))
    done = copydesk(tmp_path, "extract", "page.html", "--url", "http://example.org/one")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert (document["title"], document["text"]) == ("One page", "\n\n".join(texts))
    assert copydesk(tmp_path, "extract", "page.html").returncode == 4
    rows = [
        {"id": "whole", "text": "\n\n".join(texts), "published_at": "2026-10-01"},
        {"id": "cut", "text": "\n\n".join(texts[:2]), "source": "b"},
        {"id": "other", "text": "\n\n".join(paragraphs(2))},
    ]
    (tmp_path / "texts.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    done = copydesk(tmp_path, "dedup", "texts.jsonl", "-o", "out")
    assert done.returncode == 0, done.stderr
    assigned = {
        row["id"]: row for row in map(json.loads, (tmp_path / "out/assignments.jsonl").read_text().splitlines())
    }
    assert assigned["cut"]["story_id"] == assigned["whole"]["story_id"] != assigned["other"]["story_id"]
    assert assigned["whole"]["canonical"]
    assert assigned["cut"]["relation"] == "partial"
    by_two = copydesk(tmp_path, "dedup", "texts.jsonl", "-o", "by-two", "--engine", "dask", "--workers", "2")
    assert by_two.returncode == 0, by_two.stderr
    assert sorted(one.name for one in (tmp_path / "by-two").iterdir()) == sorted(
        f"{name}.jsonl" for name in ("assignments", "relations", "stories")
    )
    for one in (tmp_path / "by-two").iterdir():
        assert one.read_bytes() == (tmp_path / "out" / one.name).read_bytes()
    both = copydesk(tmp_path, "dedup", "texts.jsonl", "-o", "out", "--workers", "2")
    assert (both.returncode, "goes with --engine dask" in both.stderr) == (2, True)
    (tmp_path / "texts.jsonl").write_text('{"id": "a", "text": "x"}\n{"id": "a", "text": "y"}\n')
    done = copydesk(tmp_path, "dedup", "texts.jsonl", "-o", "out")
    assert done.returncode == 4
    assert "texts.jsonl:2" in done.stderr
    assert not list((tmp_path).glob("data*")), "working alone must not make a store"


def test_every_command_loads_all_it_needs(tmp_path: Path, site: Site) -> None:
    """Other tests' commands begin with their libraries loaded; these are started from nothing, as a person's are."""
    declare(tmp_path, "site", site.declaration("site"))
    (tmp_path / "page.html").write_bytes(site.pages["/story-1/"])  # type: ignore[arg-type]
    (tmp_path / "text.jsonl").write_text('{"id": "a", "text": "x"}\n')
    days = ("--from", "2026-10-30", "--to", "2026-10-30", "--no-prefect")
    for command in (
        ("config", "show"), ("sources", "list"), ("sources", "check"), ("sources", "try", "site", "--pages", "1"),
        ("sources", "add", site.base, "--allow-private", "--dry-run"), ("collect", "--no-prefect"), ("publish",),
        ("backfill", "site", *days), ("report",), ("runs", "list"),
        ("corpus", "info"), ("corpus", "digest"), ("corpus", "export", "-o", "all.jsonl"), ("doctor",),
        ("extract", "page.html", "--url", "http://h/a"), ("dedup", "text.jsonl", "-o", "out"),
    ):  # fmt: skip
        done = module(tmp_path, "pipeline.cli", *command)
        assert done.returncode in {"doctor": (0, 4), "sources": (0, 3)}.get(command[0], (0,)), (command, done.stderr)
        assert "Traceback" not in done.stderr, (command, done.stderr)


def test_help_is_quick_and_loads_no_big_package() -> None:
    code = (
        "import sys, runpy\nsys.argv = ['copydesk', '--help']\n"
        "try:\n    runpy.run_module('pipeline.cli', run_name='__main__')\nexcept SystemExit:\n    pass\n"
        "big = set('scrapy twisted boto3 datasketch prefect trafilatura pyarrow deltalake sqlalchemy numpy'.split())\n"
        "print(sorted(big & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stderr.strip() == "[]"
    assert "collect" in done.stdout
