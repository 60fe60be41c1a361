"""The page about a run: kept when the run is published, harmless whatever its texts say, small whatever the run."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from lxml import html

from pipeline.errors import ConfigError, StoreError
from pipeline.models import Copy, Document, Kind, RunState, Story, Window, utc_now
from pipeline.quality.expectations import HISTORY
from pipeline.settings import Settings
from pipeline.stages.base import Base
from pipeline.stages.context import Context
from pipeline.stages.dedup import Changes
from pipeline.stages.publish import commit_changes, open_tables, publish, version_of
from pipeline.stages.report import put_reports, report_key, run_page
from pipeline.store.runs import Runs
from pipeline.store.versions import latest_version, put_version
from tests.support.commands import copydesk, copydesk_json
from tests.support.corpora import START, document, stage, story
from tests.support.hostile import HOSTILE, active_parts
from tests.support.pages import paragraphs

RUN = "20261101T120000Z-00000000"


def copies(number: int, *, text: int, **more: object) -> Document:
    """A document of its own source and time; equal `text` means copies of one story."""
    name = f"{number:032x}"
    return replace(document(name, paragraphs(text), number), source=f"source-{number}", **more)  # type: ignore[arg-type]


def published(context: Context, documents: list[Document], run_id: str = RUN) -> bytes:
    stage(context.store, run_id, [replace(one, run_id=run_id) for one in documents])
    publish(context)
    return context.store.get(report_key(run_id))


def words(page: bytes) -> str:
    return " ".join(html.fromstring(page.decode()).text_content().split())


def rows(page: bytes, section: str) -> list[list[str]]:
    """Cells of the table in a section."""
    found = html.fromstring(page.decode()).xpath(f"//section[@aria-labelledby='{section}']//tbody/tr")
    return [[" ".join(cell.text_content().split()) for cell in row] for row in found]


def test_a_story_is_shown_with_who_ran_it_when_and_what_each_changed(context: Context) -> None:
    parts = paragraphs(7)
    shorter = "\n\n".join([*parts[:4], "One sentence more that nobody else has about the matter."])
    agency = copies(1, text=7, published_at=START)
    same = copies(2, text=7, published_at=START + timedelta(hours=2, minutes=5))
    cut = copies(3, text=7, published_at=START + timedelta(days=1, hours=1))
    page = published(context, [agency, same, replace(cut, text=shorter, word_count=len(shorter.split()))])
    (article,) = html.fromstring(page.decode()).xpath("//article")
    times = [" ".join(one.text_content().split()) for one in article.xpath(".//ol/li")]
    assert [one.split("UTC ")[1].split(" http")[0] for one in times] == [
        "first source-1 canonical", "+2 h 5 min source-2 same", "+1 d 1 h source-3 same",
    ]  # fmt: skip
    assert "Word for word the same: source-2." in article.text_content()
    assert [one.text for one in article.xpath(".//ins")] == [shorter.split("\n\n")[-1]]
    assert [one.text for one in article.xpath(".//del")] == parts[4:]
    assert len(article.xpath(".//*[name()='circle']")) == 2
    assert len(article.xpath(".//*[name()='rect']")) == 1


def test_hostile_titles_texts_and_addresses_are_words_and_nothing_else(context: Context) -> None:
    address = "javascript:document.title='taken'//"
    found = [
        copies(
            10 * number + copy, text=number, title=title, agency=title[:200], url=f"{address}{title[:50]}",
            text_sha256=f"{number}{copy}",
        )
        for number, title in enumerate(clean_utf8(HOSTILE))
        for copy in (1, 2)
    ]  # fmt: skip
    found = [
        replace(one, text=f"{one.text}\n\n{one.title} of {one.source}", word_count=one.word_count + 3) for one in found
    ]
    page = published(context, found)
    assert len(html.fromstring(page.decode()).xpath("//article")) == len(HOSTILE)
    assert active_parts(page) == []
    assert "&lt;script&gt;document.title" in page.decode(), "the title is there as words"
    assert "{{ page.run_id }}" in words(page), "titles are no templates"
    assert len(page) < 500_000


def clean_utf8(texts: tuple[str, ...]) -> list[str]:
    """As they come out of extraction: lone surrogates cannot be stored."""
    return [text.encode("utf-8", "replace").decode() for text in texts]


def test_ten_thousand_stories_give_a_page_that_can_be_sent(context: Context) -> None:
    long = "<" * 100_000
    stories, documents = [], []
    for number in range(10_000):
        ids = [f"{number * 2 + copy:032x}" for copy in (1, 2)]
        mine = [replace(copies(number * 2 + copy, text=0), run_id=RUN, revision=1) for copy in (1, 2)]
        if number < 40:
            mine = [replace(one, text=long, title=long, url=f"http://h/{'%3c' * 3_000}") for one in mine]
        documents += mine
        copied = tuple(Copy(one.id, one.source, one.url, one.published_at, "same") for one in mine)
        stories.append(replace(story(ids[0], "2026-10"), title=mine[0].title, copies=copied, sources=("a", "b")))
    publish_without_deciding(context, documents, stories)
    context.runs.start(RUN, kind="collect", sources=[f"source-{number}" for number in range(300)])
    for number in range(250):
        crawl = {"requests": 5, "captures": 5, "error": long, "notes": [long] * 5}
        context.runs.finish_chunk(RUN, f"source-{number}", crawl)
    context.runs.set_state(RUN, RunState.PUBLISHED, version=1)
    page = run_page(context, RUN)
    assert len(page) < 2_000_000
    assert "9 985 more stories" in words(page).replace("\u202f", " ")
    assert "100 more sources" in words(page)
    assert active_parts(page) == []


def publish_without_deciding(context: Context, documents: list[Document], stories: list[Story]) -> None:
    changes = Changes(
        documents=tuple(replace(one, added_at=START) for one in documents), relations=(), story_changes=(),
        stories=tuple(stories), gone_stories=frozenset(), months=frozenset({"2026-10"}), sketches={},
        noticed=(),
    )  # fmt: skip
    base = Base(context.store, None)
    tables = commit_changes(open_tables(base), base, changes, [RUN])
    put_version(context.store, version_of(base, tables, changes, [RUN], START))


def test_failures_problems_and_copies_are_told_by_source(context: Context, settings: Settings) -> None:
    context.runs.start(RUN, kind="collect", sources=["source-1", "source-2", "broken"])
    crawl = {
        "requests": 7,
        "captures": 4,
        "error": None,
        "gaps": ["some texts may be missed"],
        "passed_over": {"trap": 3},
    }
    context.runs.finish_chunk(RUN, "source-1", crawl)
    context.runs.finish_chunk(RUN, "source-2", {"requests": 1, "captures": 1, "error": None})
    context.runs.finish_chunk(RUN, "broken", {"requests": 1, "captures": 0, "error": "no such host: <b>broken</b>"})
    context.runs.count(RUN, "crawl", [("source-1", "fetched", "", 4), ("source-1", "http_error", "", 3)])
    context.runs.count(RUN, "extract", [("source-1", "rejected", "too_short", 2)])
    context.runs.set_report(RUN, {"captures": 4, "documents": 2, "documents_by_source": {"source-1": 1, "source-2": 1}})
    page = published(context, [copies(1, text=1), copies(2, text=1)])
    told = rows(page, "sources")
    assert told[0] == ["broken", "1", "0", "0", "0", "0", "0"], "problems come first"
    assert told[1] == ["! no such host: <b>broken</b>"]
    assert told[2:4] == [
        ["source-1", "7", "4", "1", "1", "0", "0"], ["! some texts may be missed! passed over: 3 trap"],
    ]  # fmt: skip
    assert told[4] == ["source-2", "1", "1", "1", "1", "0", "1"]
    assert rows(page, "outcomes") == [
        ["source-1", "crawl", "http error", "–", "3"], ["source-1", "extract", "rejected", "too short", "2"],
    ]  # fmt: skip


def test_intake_adds_up_over_hours_and_over_the_days_of_a_backfill(context: Context) -> None:
    times = [START, START - timedelta(hours=3), START - timedelta(hours=3, minutes=59), START - timedelta(days=9)]
    found = [copies(number + 1, text=number, published_at=at) for number, at in enumerate(times)]
    columns, sums = intake(published(context, found))
    assert (columns[:3], columns[-4:]) == (["source", "all", "earlier"], ["21h", "22h", "23h", "00h"])
    assert (len(columns), sums[:2], sums[-5:]) == (2 + 1 + 24, [4, 1], [1, 1, 0, 0, 1])
    assert sum(sums[1:]) == sums[0]
    late = RUN.replace("12", "14", 1)
    columns, sums = intake(published(context, [copies(9, text=9, published_at=utc_now() + timedelta(days=700))], late))
    assert (columns[-1], sums[-1]) == ("later", 1)
    backfill = RUN.replace("12", "13", 1)
    context.runs.start(backfill, kind="backfill", sources=(), window=Window(START.date(), START.date()))
    days = published(context, [copies(20, text=20, published_at=START, fetched_at=START)], backfill)
    assert "Intake by source and day" in words(days)


def intake(page: bytes) -> tuple[list[str], list[int]]:
    """Names of the columns, and the sums below them."""
    tree = html.fromstring(page.decode())
    columns = [one.text for one in tree.xpath("//table[@class='intake']/thead//th")]
    return columns, [int(one.text_content()) for one in tree.xpath("//table[@class='intake']/tfoot//td")]


def test_expectations_are_held_against_the_day(context: Context, settings: Settings) -> None:
    for name in ("source-1", "source-2"):
        (settings.seeds / f"{name}.toml").write_text(
            f'id = "{name}"\nname = "{name}"\nkind = "news"\nhomepage = "https://example.com/"\n'
            '[[entry]]\nkind = "feed"\nurl = "https://example.com/feed"\n'
            "[expect]\ndocuments_per_day = {min = 2, max = 9}\n"
        )
    older = (utc_now() - HISTORY - timedelta(days=1)).isoformat()
    context.runs.start("old", kind="collect", sources=["source-1"])
    age(context, "old", older)
    context.runs.start(RUN, kind="collect", sources=["source-1", "source-2"])
    context.runs.set_report(RUN, {"documents_by_source": {"source-1": 1, "source-2": 1}})
    context.runs.alert("silent", "source-2", "nothing new for <i>days</i>")
    page = published(context, [copies(1, text=1), copies(2, text=2)])
    verdicts = [(row[0], row[1]) for row in rows(page, "health")]
    assert verdicts == [("source-2", "! open alert"), ("source-1", "✗ breached"), ("source-2", "… too early")]
    assert "nothing new for <i>days</i>" in rows(page, "health")[0][3]
    assert rows(page, "health")[1][2:] == ["2 to 9 documents in the last 24 hours", "1"]


def age(context: Context, run_id: str, started_at: str) -> None:
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(context.settings.data_dir / "state.db")) as state, state:
        state.execute("UPDATE runs SET started_at = ? WHERE run_id = ?", [started_at.replace("T", " ")[:26], run_id])


def test_a_page_is_kept_once_and_made_up_for_when_a_publisher_died(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = published(context, [copies(1, text=1)])
    put_reports(context, Base(context.store, latest_version(context.store)))
    publish(context)
    assert context.store.get(report_key(RUN)) == first
    second = RUN.replace("12", "13", 1)
    stage(context.store, second, [copies(2, text=1, run_id=second)])
    with monkeypatch.context() as patch:
        patch.setattr("pipeline.stages.publish.put_reports", killed)
        with pytest.raises(KeyboardInterrupt):
            publish(context)
    assert not context.store.exists(report_key(second))
    assert publish(context).runs == ()
    assert "corpus version 2" in words(context.store.get(report_key(second)))
    assert context.store.get(report_key(RUN)) == first, "what was told stays told"


def killed(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_store_that_refuses_the_page_does_not_undo_the_publish(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = type(context.store).put

    def refuse(self: object, key: str, data: bytes) -> None:
        if key.endswith(".html"):
            raise StoreError(f"object {key}: no space left")
        put(context.store, key, data)

    stage(context.store, RUN, [copies(1, text=1, run_id=RUN)])
    with monkeypatch.context() as patch:
        patch.setattr(type(context.store), "put", refuse)
        assert publish(context).version == 1
    assert not context.store.exists(report_key(RUN))
    publish(context)
    assert context.store.exists(report_key(RUN))


def test_runs_that_are_in_no_version_have_a_page_too(context: Context) -> None:
    context.runs.start(RUN, kind="collect", sources=["source-1"])
    context.runs.set_state(RUN, RunState.HELD, reason="source-1: 1 <documents>")
    page = run_page(context, RUN)
    assert "1 <documents>" in words(page)
    assert "not crawled yet" in words(page)
    assert "in no corpus version" in words(page)
    assert not context.store.exists(report_key(RUN)), "it would say for ever that the run is held"
    with pytest.raises(ConfigError, match="no run nope"):
        run_page(context, "nope")


def test_a_page_outlives_the_state_database(context: Context, settings: Settings) -> None:
    page = published(context, [copies(1, text=1)])
    with context.runs._database.begin() as connection:
        connection.exec_driver_sql("DELETE FROM runs")
    assert Runs(context.database).get(RUN) is None
    assert run_page(context, RUN) == page


def test_the_commands_write_the_page_and_the_difference(context: Context, tmp_path: Path) -> None:
    parts = paragraphs(7)
    new = "Only here: \x1b[31mnine red words that the others never had."
    other = copies(2, text=7)
    page = published(context, [copies(1, text=7), replace(other, text="\n\n".join([*parts[1:], new]))])
    answer = copydesk_json(tmp_path, "report", RUN, "-o", "page.html")
    assert answer == {"run_id": RUN, "path": "page.html", "bytes": len(page)}
    assert (tmp_path / "page.html").read_bytes() == page
    missing = copydesk(tmp_path, "report", "nope", "-o", "page.html")
    assert (missing.returncode, "no run nope" in missing.stderr) == (4, True)
    nowhere = copydesk(tmp_path, "report", RUN, "-o", "no/page.html")
    assert (nowhere.returncode, "no" in nowhere.stderr) == (4, True)
    one = f"{2:032x}"
    (diff,) = copydesk_json(tmp_path, "corpus", "show", one, "--diff")["diff"]
    assert (diff["copy"]["id"], diff["dropped_words"], diff["new_words"]) == (
        one,
        len(parts[0].split()),
        len(new.split()),
    )
    texts = {copy: json.loads(line)["text"] for copy, line in exported(tmp_path).items()}
    for match in diff["matches"]:
        a, b = (texts[diff[side]["id"]][slice(*match[side])] for side in ("canonical", "copy"))
        assert a == b
    shown = copydesk(tmp_path, "corpus", "show", one, "--diff").stdout
    assert "[-" + parts[0][:20] in shown
    assert "{+Only here: \ufffd[31mnine" in shown


def exported(folder: Path) -> dict[str, str]:
    assert copydesk(folder, "corpus", "export", "--table", "documents", "-o", "d.jsonl").returncode == 0
    return {json.loads(line)["id"]: line for line in (folder / "d.jsonl").read_text().splitlines()}


def unlike(seed: int) -> str:
    """A text that has no three words in a row in common with any other seed's."""
    return " ".join(f"{noun}{seed} stood by {seed}{noun}." for noun in "abcdefghijklmnopqrstuvwxyz")


def test_a_post_that_pastes_two_stories_is_named_and_compared_with_both(context: Context, tmp_path: Path) -> None:
    stories = [replace(copies(number, text=0), text=unlike(number % 2), word_count=104) for number in (1, 2, 3, 4)]
    post = copies(9, text=0, kind=Kind.POST, thread_id="t", published_at=START + timedelta(hours=5))
    post = replace(post, text=f"{unlike(0)}\n\n{unlike(1)}\n\n{unlike(2)}")
    page = published(context, [*stories, post])
    assert words(page).count("It also stands, among other things, in a post of source-9.") == 2
    found = copydesk_json(tmp_path, "corpus", "show", post.id, "--diff")
    assert len(found["holds"]) == 2
    assert [(one["copy"]["id"], one["dropped_words"]) for one in found["diff"]] == [(post.id, 0)] * 2
