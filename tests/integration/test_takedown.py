"""Takedown: the text is nowhere afterwards, and the next crawl does not bring it back."""

from __future__ import annotations

import gzip
import subprocess
import sys
import zlib
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pipeline.archive.seal import _put
from pipeline.archive.spool import Exchange, Spool
from pipeline.corpus.reader import open_corpus
from pipeline.errors import ConfigError, StoreError
from pipeline.models import Document, Quote, utc_now
from pipeline.settings import Settings
from pipeline.stages.boilerplate import boilerplate_at
from pipeline.stages.context import Context, open_context
from pipeline.stages.export import snapshot
from pipeline.stages.maintain import maintain
from pipeline.stages.publish import publish
from pipeline.stages.rededup import rededuplicate
from pipeline.stages.report import run_page
from pipeline.stages.takedown import take_down
from pipeline.stages.verify import verify
from pipeline.store.objects import FolderStore
from pipeline.store.versions import latest_version
from tests.support.commands import copydesk_json, declare
from tests.support.corpora import document, stage
from tests.support.kill_redact import redact_folder
from tests.support.pages import article, paragraphs
from tests.support.site import Site, serving

SECRET = "zebrafinch told the assembly about quicksilver lanterns while seventeen harbours kept their tides waiting"


def one(number: int, text: int, **more: object) -> Document:
    made = document(f"{number:032x}", [SECRET, *paragraphs(text)], number)
    return replace(made, source=f"s{number}", authors=(f"Author {number}",), **more)  # type: ignore[arg-type]


def texts_below(folder: Path) -> dict[str, str]:
    """Everything that can be read in a store's files, unpacked, by path."""
    found = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        data = path.read_bytes()
        if path.suffix == ".parquet":
            data = str(pq.ParquetFile(path).read().to_pylist()).encode()
        elif path.suffix == ".gz":
            data += gzip.decompress(data)
        found[path.relative_to(folder).as_posix()] = data.decode("utf-8", "replace")
    return found


def holding(folder: Path, word: str) -> list[str]:
    return [name for name, text in texts_below(folder).items() if word in text and not name.startswith("state.db")]


def test_a_story_that_loses_its_canonical_elects_another(context: Context) -> None:
    stage(context.store, "r1", [one(1, 1), one(2, 1), one(3, 2)])
    publish(context)
    before = {story.story_id: story for story in open_corpus(context.store).stories_after(0)}
    pair = next(story for story in before.values() if len(story.copies) == 2)
    done = take_down(context, "id", pair.id, reason="asked")
    corpus = open_corpus(context.store)
    assert (done.version, done.documents) == (corpus.version, (pair.id,)) == (2, (pair.id,))
    (other,) = {copy.id for copy in pair.copies} - {pair.id}
    assert done.elsewhere == (other,)
    after = {story.story_id: story for story in corpus.stories_after(0)}
    assert after.keys() == before.keys()
    assert (after[pair.story_id].id, len(after[pair.story_id].copies)) == (other, 1)
    assert corpus.relations().num_rows == 0
    assert corpus.pinned.counts == {"documents": 2, "revisions": 2, "stories": 2}
    assert verify(context.store).findings == ()


def test_a_digest_that_loses_one_of_two_texts_is_a_copy_of_the_other(context: Context) -> None:
    first, second = (document(f"{number:032x}", paragraphs(number, 8), number) for number in (1, 2))
    digest = document(f"{5:032x}", [*paragraphs(1, 8), *paragraphs(2, 8)], 5)
    stage(context.store, "r1", [first, second, digest])
    publish(context)
    before = {row["a"]: row["relation"] for row in open_corpus(context.store).relations().to_pylist()}
    assert before == {digest.id: "contains"}
    take_down(context, "id", first.id, reason="asked")
    corpus = open_corpus(context.store)
    assert [row["relation"] for row in corpus.relations().to_pylist()] == ["same"]
    (left,) = corpus.stories_after(0)
    assert sorted(copy.id for copy in left.copies) == [second.id, digest.id]
    assert rededuplicate(context, keep_furniture=True).relations == 0, "as if the first had never been there"


@pytest.mark.parametrize(
    ("what", "value"), [("url", f"HTTP://h/{1:032x}/?utm_source=x"), ("source", "s1"), ("author", "author  1"),
                        ("id", f"{1:032x}"), ("text", "\n\n".join([SECRET, *paragraphs(1)]))],
)  # fmt: skip
def test_what_is_named_goes_and_is_refused_from_then_on(context: Context, what: str, value: str) -> None:
    stage(context.store, "r1", [one(1, 1), one(3, 2)])
    publish(context)
    stage(context.store, "r2", [replace(one(1, 5), fetched_at=one(7, 1).fetched_at)] if what != "text" else [one(4, 1)])
    done = take_down(context, what, value, reason="asked")
    assert f"{1:032x}" in done.documents, "what waited was published first, and went too"
    corpus = open_corpus(context.store)
    assert corpus.documents()["id"].to_pylist() == [f"{3:032x}"]
    assert [story.id for story in corpus.stories_after(0)] == [f"{3:032x}"]
    again = replace(one(1, 1), fetched_at=one(9, 1).fetched_at)
    stage(context.store, "r3", [again, one(8, 6)])
    assert publish(context).documents == 1
    assert sorted(open_corpus(context.store).documents()["id"].to_pylist()) == [f"{3:032x}", f"{8:032x}"]
    assert verify(context.store).findings == ()


def test_quotes_of_a_text_go_and_what_holds_it_goes(context: Context) -> None:
    secret = "\n\n".join([SECRET, *paragraphs(1)])
    quoting = replace(one(3, 2), text="\n\n".join(paragraphs(2)), quotes=(Quote(None, None, secret),))
    holder = document("d" * 32, [*paragraphs(7), SECRET, *paragraphs(1), *paragraphs(8)], 4)
    stage(context.store, "r1", [one(1, 1), quoting, holder])
    publish(context)
    done = take_down(context, "text", secret, reason="asked")
    assert (done.documents, done.edited) == ((f"{1:032x}", "d" * 32), (f"{3:032x}",))
    (left,) = open_corpus(context.store).documents().to_pylist()
    assert (left["id"], left["quotes"], left["revision"]) == (f"{3:032x}", [], 1)


def test_what_loses_a_quote_keeps_all_its_revisions(context: Context, tmp_path: Path) -> None:
    secret = "\n\n".join([SECRET, *paragraphs(1)])
    quoting = replace(one(3, 2), text="\n\n".join(paragraphs(2)), quotes=(Quote(None, None, secret),))
    later = one(9, 2).fetched_at
    without = replace(quoting, text="\n\n".join(paragraphs(2, 4)), quotes=(), fetched_at=later)
    stage(context.store, "r1", [quoting])
    publish(context)
    stage(context.store, "r2", [replace(without, run_id="r2")])
    publish(context)
    snapshot(open_corpus(context.store), tmp_path / "work")
    done = take_down(context, "text", secret, reason="asked")
    assert (done.documents, done.edited) == ((), (quoting.id,))
    corpus = open_corpus(context.store)
    kept = sorted(corpus.revisions().to_pylist(), key=lambda row: row["revision"])
    assert [(row["revision"], row["quotes"], row["text"]) for row in kept] == [
        (1, [], quoting.text),
        (2, [], without.text),
    ]
    assert corpus.pinned.counts["revisions"] == 2
    assert corpus.stories().to_pylist()[0]["text"] == without.text
    assert list(context.store.keys("snapshots/")) == [], "the snapshot held what the quote lost"


def test_the_text_is_nowhere_afterwards(tmp_path: Path) -> None:
    site = Site("127.0.50.2")
    with serving(site):
        site.pages |= {f"/story-{n}/": article(f"Story {n}", paragraphs(n)) for n in range(1, 4)}
        site.pages["/secret/"] = article("Secret", [SECRET, *paragraphs(9)])
        site.sitemap(*site.pages)
        declare(tmp_path, "one", site.declaration("one"))
        copydesk_json(tmp_path, "collect", "one", "--no-prefect")
        data = tmp_path / "data"
        settings = Settings.model_validate({"store": f"file:{data}", "seeds": tmp_path / "seeds"})
        with open_context(settings) as context:
            snapshot(open_corpus(context.store), data / "work")
            context.store.put("reports/r/report.html", f"{site.base}/secret/ {SECRET}".encode())
            places = {name.split("/")[0] for name in holding(data, "zebrafinch")}
            assert places == {"raw", "reports", "snapshots", "staged", "tables"}
            before = open_corpus(context.store).version
        url = f"{site.base}/secret/"
        done = copydesk_json(tmp_path, "corpus", "takedown", "--url", url, "--reason", "asked")
        assert len(done["documents"]) == 1
        assert {name.split("/")[0] for name in holding(data, "zebrafinch")} == {"tables"}
        with open_context(settings) as context:
            assert len(open_corpus(context.store).documents()) == 3
            maintain(context)
            assert holding(data, "zebrafinch") == []
            assert verify(context.store).findings == ()
            with pytest.raises(StoreError):
                open_corpus(context.store, before).stories()
        days = "--from 2026-01-01 --to 2027-12-31 --chunk-days 800"
        copydesk_json(tmp_path, *f"backfill one {days} --method reprocess --no-prefect".split())
        site.pages["/secret/"] = article("Secret", [SECRET, *paragraphs(9), "An edit."])
        (data / "state.db").unlink()
        copydesk_json(tmp_path, "collect", "one", "--no-prefect")
        with open_context(settings) as context:
            assert len(open_corpus(context.store).documents()) == 3
            maintain(context)
            assert holding(data, "zebrafinch") == []
            assert verify(context.store).findings == ()


def test_maintenance_goes_on_with_what_a_killed_takedown_left(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage(context.store, "r1", [one(1, 1)])
    publish(context)

    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("pipeline.stages.takedown.clean_up", die)
        with pytest.raises(KeyboardInterrupt):
            take_down(context, "source", "s1", reason="asked")
    root = Path(context.store.table_root)
    assert {name.split("/")[0] for name in holding(root, "zebrafinch")} == {"staged", "tables"}
    maintain(context)
    assert holding(root, "zebrafinch") == []


def test_what_was_learned_shows_nothing_of_the_host(context: Context) -> None:
    line = "Readers reach the newsroom of the Herald by the yellow telephone."
    pages = [replace(one(n, n), text="\n\n".join([*paragraphs(n), line])) for n in range(1, 8)]
    stage(context.store, "r1", [replace(page, title=f"Title {page.id}") for page in pages])
    publish(context)
    root = Path(context.store.table_root)
    learned = maintain(context).boilerplate
    assert learned is not None
    assert "yellow telephone" in context.store.get(learned).decode()
    take_down(context, "id", pages[0].id, reason="asked")
    assert [name for name in holding(root, "yellow telephone") if name.startswith("artefacts")] == []
    key, left = boilerplate_at(context.store, latest_version(context.store))
    assert (key != learned, left.count) == (True, 1)  # the line is still known, by its hash
    stage(context.store, "r2", [one(9, 99)])
    publish(context)
    take_down(context, "id", one(9, 99).id, reason="asked")
    assert maintain(context).boilerplate == key
    assert boilerplate_at(context.store, latest_version(context.store)) == (key, left)


def test_pages_about_runs_that_showed_a_text_go_and_are_made_anew(context: Context) -> None:
    context.runs.start("r1", kind="collect", sources=["s1", "s2"])
    context.runs.start("r2", kind="collect", sources=["s3"])
    far = replace(one(1, 1), url="gopher://h/" + "x" * 300, page_url="gopher://h/" + "x" * 300)  # shown cut, no link
    longer = replace(one(2, 1), text=f"{far.text}\n\nA closing line of its own.")
    stage(context.store, "r1", [replace(far, run_id="r1"), replace(longer, run_id="r1")])
    publish(context)
    stage(context.store, "r2", [replace(one(3, 2), run_id="r2")])
    publish(context)
    assert SECRET in context.store.get("reports/r1.html").decode()
    take_down(context, "id", far.id, reason="asked")
    assert [key for key in context.store.keys("reports/") if key.endswith(".html")] == ["reports/r2.html"]
    assert far.id not in run_page(context, "r1").decode()


@pytest.mark.filterwarnings("ignore:Unclosed file <tempfile.SpooledTemporaryFile:ResourceWarning")  # warcio's buffers
def test_what_a_kill_at_any_instant_left_of_an_archive_is_blanked_by_a_second_try(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with Spool(tmp_path, "r1", software="test") as spool:
        for name, text in (("secret", SECRET), ("other", "This page stays.")):
            headers = [("Content-Type", "text/html")]
            spool.write(Exchange(f"http://h/{name}", "page", utc_now(), 200, headers, text.encode()))
    (path,) = tmp_path.glob("*.warc.gz")
    _put(path, source="s", store=FolderStore(data))
    command = [
        sys.executable,
        "-m",
        "tests.support.kill_redact",
        str(data),
        str(tmp_path / "killed"),
        "http://h/secret",
    ]
    subprocess.run(command, check=True)
    folders = sorted((tmp_path / "killed").iterdir())
    assert len(folders) > 15
    assert len(holding(folders[0], "zebrafinch")) == 1
    for folder in folders:
        redact_folder(folder, "http://h/secret")
        assert (holding(folder, "zebrafinch"), len(holding(folder, "This page stays"))) == ([], 1), folder.name
        assert len(list(FolderStore(folder).keys("raw/"))) == 3, folder.name
        assert verify(FolderStore(folder)).findings == (), folder.name


def test_what_cannot_be_taken_down_is_said(context: Context) -> None:
    with pytest.raises(ConfigError, match="url, source, author, id, text"):
        take_down(context, "film", "x", reason="r")
    with pytest.raises(ConfigError, match="no corpus yet"):
        take_down(context, "id", "x", reason="r")


def test_a_blanked_member_has_the_length_of_the_former() -> None:
    from pipeline.archive.redact import _empty_member

    for length in (120, 500, 70_000):
        member = _empty_member(length)
        assert len(member) == length
        unpacked = zlib.decompressobj(wbits=31)
        assert unpacked.decompress(member).startswith(b"WARC/1.1\r\nWARC-Type: metadata")
        assert unpacked.eof
        assert not unpacked.unused_data
