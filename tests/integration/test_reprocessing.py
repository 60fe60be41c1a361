"""Stored pages read again: nothing new while nothing changed; with boilerplate learned, only the texts that had it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.corpus.reader import open_corpus
from pipeline.models import EXTRACTOR_VERSION
from pipeline.settings import Settings
from pipeline.stages.context import open_context
from pipeline.stages.maintain import maintain
from tests.support.commands import copydesk, copydesk_json, declare, environment, module
from tests.support.pages import article, paragraphs
from tests.support.site import Site, serving

pytestmark = pytest.mark.slow

LINE = "Readers reach the newsroom of the Herald by the yellow telephone on the quay, day and night."
WITH_LINE, WITHOUT = range(7), range(7, 10)
SHARED = paragraphs(500, 1)[0]


@pytest.fixture
def site() -> Iterator[Site]:
    """Ten stories, seven of which end with one line; two have a long paragraph in common."""
    site = Site("127.0.46.1")
    with serving(site):
        for number in (*WITH_LINE, *WITHOUT):
            texts = [
                *paragraphs(number),
                *([SHARED] if number in (1, 8) else []),
                *([LINE] if number in WITH_LINE else []),
            ]
            site.pages[f"/{number}"] = article(f"The story of number {number}", texts)
        site.sitemap(*(f"/{number}" for number in (*WITH_LINE, *WITHOUT)))
        yield site


def reprocess(folder: Path) -> None:
    days = ("--from", "2026-10-01", "--to", "2026-11-30")
    copydesk_json(folder, "backfill", "herald", *days, "--method", "reprocess", "--no-prefect")


def texts_of(settings: Settings) -> dict[str, str]:
    with open_context(settings) as context:
        rows = open_corpus(context.store).documents().to_pylist()
    return {row["title"]: row["text"] for row in rows}


def test_only_what_changed_becomes_a_revision(tmp_path: Path, site: Site, settings: Settings) -> None:
    declare(tmp_path, "herald", site.declaration("herald"))
    assert copydesk(tmp_path, "collect", "--no-prefect").returncode == 0
    digest = copydesk(tmp_path, "corpus", "digest").stdout
    reprocess(tmp_path)
    assert copydesk_json(tmp_path, "corpus", "info")["revisions"] == 10
    assert copydesk(tmp_path, "corpus", "digest").stdout == digest

    with open_context(settings) as context:
        learned = maintain(context)
        assert learned.boilerplate_lines == 1
        assert learned.boilerplate is not None
        assert LINE in context.store.get(learned.boilerplate).decode()
        assert maintain(context).boilerplate_lines == 0
    assert copydesk_json(tmp_path, "corpus", "info")["artefacts"] == {"boilerplate": learned.boilerplate}

    reprocess(tmp_path)
    info = copydesk_json(tmp_path, "corpus", "info")
    assert (info["documents"], info["revisions"]) == (10, 10 + len(WITH_LINE))
    assert info["artefacts"] == {"boilerplate": learned.boilerplate}
    after = texts_of(settings)
    assert [LINE in text for text in after.values()] == [False] * 10
    assert sum(SHARED in text for text in after.values()) == 2
    with open_context(settings) as context:
        run = context.runs.find(limit=1)[0].run_id
        done = json.loads(context.store.get(f"staged/{run}/_DONE.json"))
        assert done["artefacts"] == {"boilerplate": learned.boilerplate}
        (report,) = (key for key in context.store.keys(f"reports/{run}/extract-"))
        removed = json.loads(context.store.get(report))["boilerplate"]["removed"]
    assert [list(lines.values()) for lines in removed.values()] == [[len(WITH_LINE)]]

    reprocess(tmp_path)
    with open_context(settings) as context:
        assert maintain(context).boilerplate == learned.boilerplate  # learned lines stay, though no text has them now
    assert copydesk_json(tmp_path, "corpus", "info")["revisions"] == info["revisions"]
    assert texts_of(settings) == after


LATER = """
import re
import pipeline.models
pipeline.models.EXTRACTOR_VERSION = 99
pipeline.models.Document.__init__.__kwdefaults__["extractor"] = 99
if {rule!r}:
    import pipeline.extract.lines as lines
    lines._OF_THE_PAGE = re.compile({rule!r})
"""
"""A later extractor, which takes out lines by one rule more, or by the same rules."""


def reprocess_later(folder: Path, rule: str) -> None:
    (folder / "later").mkdir(exist_ok=True)
    (folder / "later" / "sitecustomize.py").write_text(LATER.format(rule=rule), "utf-8")
    path = f"{folder / 'later'}:{environment(folder)['PYTHONPATH']}"
    days = ("--from", "2026-10-01", "--to", "2026-11-30")
    command = ("backfill", "herald", *days, "--method", "reprocess", "--no-prefect")
    done = module(folder, "pipeline.cli", *command, PYTHONPATH=path)
    assert done.returncode == 0, done.stderr


def test_a_later_extractor_makes_revisions_of_the_texts_that_it_reads_otherwise(
    tmp_path: Path, site: Site, settings: Settings
) -> None:
    declare(tmp_path, "herald", site.declaration("herald"))
    assert copydesk(tmp_path, "collect", "--no-prefect").returncode == 0
    digest = copydesk(tmp_path, "corpus", "digest").stdout

    reprocess_later(tmp_path, "")
    assert copydesk_json(tmp_path, "corpus", "info")["revisions"] == 10
    assert copydesk(tmp_path, "corpus", "digest").stdout == digest

    reprocess_later(tmp_path, "^Readers reach the newsroom")
    info = copydesk_json(tmp_path, "corpus", "info")
    assert (info["documents"], info["revisions"]) == (10, 10 + len(WITH_LINE))
    assert not any(LINE in text for text in texts_of(settings).values())
    with open_context(settings) as context:
        rows = open_corpus(context.store).documents().to_pylist()
    assert sorted(row["extractor"] for row in rows) == [EXTRACTOR_VERSION] * len(WITHOUT) + [99] * len(WITH_LINE)
