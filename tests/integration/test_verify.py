"""Verify: every kind of object is damaged in turn, and the damage is named."""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.settings import Settings
from pipeline.stages.context import open_context
from pipeline.stages.maintain import maintain
from pipeline.stages.publish import publish
from pipeline.stages.verify import Verified, verify
from pipeline.store.objects import open_store
from tests.support.commands import copydesk, copydesk_json, declare
from tests.support.corpora import document, stage
from tests.support.pages import article, paragraphs
from tests.support.site import Site, serving


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that was collected into, was maintained, and has a run that waits."""
    folder, site = tmp_path_factory.mktemp("sound"), Site("127.0.50.1")
    with serving(site):
        site.pages |= {f"/story-{number}/": article(f"Story {number}", paragraphs(number)) for number in range(1, 4)}
        site.sitemap(*site.pages)
        declare(folder, "one", site.declaration("one"))
        copydesk_json(folder, "collect", "one", "--no-prefect")
    with open_context(settings_of(folder)) as context:
        stage(context.store, "r1", [document("a" * 32, paragraphs(77), 1)])
        publish(context)
        maintain(context)
        stage(context.store, "r2", [document("b" * 32, paragraphs(78), 1)])
    return folder / "data"


@pytest.fixture
def corpus(sound: Path, tmp_path: Path) -> Path:
    """A copy of it, to be damaged."""
    return Path(shutil.copytree(sound, tmp_path / "data"))


def settings_of(folder: Path) -> Settings:
    return Settings.model_validate({"store": f"file:{folder / 'data'}", "seeds": folder / "seeds"})


def checked(corpus: Path) -> Verified:
    return verify(open_store(settings_of(corpus.parent)))


def named(corpus: Path) -> set[str]:
    """Problems by the last part of the thing's name."""
    return {f"{one.thing.rpartition('/')[2]}: {one.problem}" for one in checked(corpus).findings}


def only(corpus: Path, pattern: str) -> Path:
    return max(corpus.glob(pattern), key=lambda path: (path.stat().st_mtime, path.name))


def test_a_sound_corpus_is_said_to_be_sound(corpus: Path) -> None:
    found = checked(corpus)
    assert found.findings == ()
    assert found.checked["versions"] == found.version == 3
    assert found.checked["archives"] == 1
    assert found.checked["staged runs"] == 3
    done = copydesk(corpus.parent, "corpus", "verify")
    assert (done.returncode, "nothing wrong" in done.stdout) == (0, True), done.stderr


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-7])


def remove(path: Path) -> None:
    path.unlink()


OBJECTS = [
    "tables/documents/added_month=*/*.parquet", "tables/stories/month=*/*.parquet",
    "tables/story_changes/*.parquet", "tables/documents/_delta_log/*.json", "raw/*/*/*.warc.gz", "raw/*/*/*.cdxj",
    "staged/r2/part-*.parquet",
]  # fmt: skip


@pytest.mark.parametrize("harm", [flip, cut, remove])
@pytest.mark.parametrize("pattern", OBJECTS)
def test_a_damaged_object_is_named_with_what_to_do(corpus: Path, pattern: str, harm: Callable[[Path], None]) -> None:
    path = only(corpus, pattern)
    harm(path)
    findings = checked(corpus).findings
    key = path.relative_to(corpus).as_posix()
    table = key.split("/")[1]
    assert {one.thing for one in findings} <= {key, f"table {table}", key.replace(".cdxj", ".manifest.json")}
    assert findings
    assert all(one.problem and one.remedy for one in findings)


def test_the_command_names_it_and_fails(corpus: Path) -> None:
    path = only(corpus, "tables/stories/month=*/*.parquet")
    flip(path)
    done = copydesk(corpus.parent, "corpus", "verify")
    assert done.returncode == 1
    assert path.name in done.stdout
    assert "restore the object from a backup" in done.stdout


@pytest.mark.parametrize(
    "pattern", ["tables/_versions/00000002.json", "raw/*/*/*.manifest.json", "staged/r2/_DONE.json"]
)
def test_a_damaged_marker_is_named(corpus: Path, pattern: str) -> None:
    cut(only(corpus, pattern))
    found = checked(corpus).findings
    assert len(found) == 1
    assert "version 2" in found[0].thing or pattern.rpartition("*")[2] in found[0].thing


def test_a_version_that_vanished_is_missed(corpus: Path) -> None:
    (corpus / "tables/_versions/00000001.json").unlink()
    assert any("missing, and newer ones are there" in one for one in named(corpus))


def test_an_index_of_other_records_is_found_though_its_sum_is_right(corpus: Path) -> None:
    cdxj, manifest = only(corpus, "raw/*/*/*.cdxj"), only(corpus, "raw/*/*/*.manifest.json")
    cdxj.write_bytes(b"".join(cdxj.read_bytes().splitlines(keepends=True)[1:]))
    change(manifest, cdxj_sha256=hashlib.sha256(cdxj.read_bytes()).hexdigest())
    assert any("places are not those" in one for one in named(corpus))


def test_an_archive_with_fewer_records_is_found_though_its_sum_is_right(corpus: Path) -> None:
    warc, manifest = only(corpus, "raw/*/*/*.warc.gz"), only(corpus, "raw/*/*/*.manifest.json")
    warc.write_bytes(gzip.compress(b""))
    size = warc.stat().st_size
    change(manifest, sha256=hashlib.sha256(warc.read_bytes()).hexdigest(), bytes=size)
    assert any("records, and its manifest says" in one or "cannot be compared" in one for one in named(corpus))


def test_a_staged_run_with_other_sums_is_found(corpus: Path) -> None:
    change(corpus / "staged/r2/_DONE.json", rows=7)
    assert named(corpus) == {"_DONE.json: it says 7 rows, and its parts 1"}


def change(path: Path, **values: object) -> None:
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | values), "utf-8")
