"""Re-deduplication of a whole corpus: what is shown, what is published, on one process and on several."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from pipeline.corpus.digest import corpus_digest
from pipeline.corpus.reader import open_corpus
from pipeline.dedup.engine import workers
from pipeline.dedup.work import Work
from pipeline.errors import ConfigError, StoreError
from pipeline.models import Document, text_sha256
from pipeline.settings import RededupSettings, Settings
from pipeline.stages.base import Base
from pipeline.stages.candidates import candidates_at
from pipeline.stages.context import open_context
from pipeline.stages.publish import publish
from pipeline.stages.rededup import rededuplicate
from pipeline.store.objects import FolderStore
from pipeline.store.versions import latest_version
from tests.property.test_order import publish_in_cuts
from tests.support.commands import copydesk
from tests.support.corpora import document, stage
from tests.support.pages import paragraphs
from tests.support.processes import wait_until
from tests.support.steps import dies_once, ends, ends_always

FOOTER = paragraphs(5_000, 4)


def herald(number: int, texts: list[str]) -> Document:
    text = "\n\n".join([*texts, *FOOTER])
    one = document(f"{number:032x}", texts, number)
    return replace(one, source="herald", text=text, text_sha256=text_sha256(text))


def corpus_with_footers(folder: Path) -> None:
    """Texts of one source below which stands the same; by that the short ones are copies, until it is known."""
    (folder / "seeds").mkdir(parents=True)
    long = [herald(at, paragraphs(at, 12)) for at in range(6)]
    short = [herald(at, [paragraphs(at)[0][:80]]) for at in range(6, 9)]
    publish_in_cuts(folder / "data", [long, short])


def test_furniture_is_learned_and_what_it_made_one_story_is_split(tmp_path: Path) -> None:
    corpus_with_footers(tmp_path)
    before = open_corpus(FolderStore(tmp_path / "data")).stories().num_rows
    assert before < 9
    shown = copydesk(tmp_path, "rededup", "--workers", "1", "--json")
    assert shown.returncode == 0, shown.stderr
    told = json.loads(shown.stdout)
    assert (told["stories_before"], told["stories_after"], told["added"]) == (before, 9, 9 - before)
    assert told["split"] >= 1
    assert told["published"] is None
    assert open_corpus(FolderStore(tmp_path / "data")).pinned.version == 2
    done = copydesk(tmp_path, "rededup", "--workers", "1", "--publish")
    assert done.returncode == 0, done.stderr
    assert "published as corpus version 3" in done.stderr
    corpus = open_corpus(FolderStore(tmp_path / "data"))
    assert corpus.stories().num_rows == 9
    assert corpus.pinned.counts["stories"] == 9
    assert list(corpus.store.keys("work/")) == []
    again = copydesk(tmp_path, "rededup", "--workers", "1", "--publish")
    assert "nothing differs" in again.stderr
    assert copydesk(tmp_path, "corpus", "verify").returncode == 0


def test_the_publish_after_it_compares_by_what_is_furniture_since_then(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    corpus_with_footers(tmp_path)
    store = f"file:{tmp_path / 'data'}"
    settings = Settings(store=store, seeds=tmp_path / "seeds", rededup=RededupSettings(workers=1))
    with open_context(settings) as context:
        stage(context.store, "r3", [herald(9, paragraphs(9, 12))])
        assert publish(context).version == 3
        assert rededuplicate(context, publish=True).published == 4
        anew = [herald(10, paragraphs(0, 12)), herald(11, [paragraphs(11)[0][:80]])]
        stage(context.store, "r5", [replace(one, url=f"{one.url}/anew") for one in anew])
        with caplog.at_level(logging.INFO):
            published = publish(context)
        assert "building the candidate index for corpus version 4" in caplog.text
        assert (published.version, published.stories_added, published.collapsed) == (5, 1, 1)
        newest = latest_version(context.store)
        assert newest is not None
        with candidates_at(context, Base(context.store, newest)) as index:
            assert index.stamp == newest.stamp
        assert rededuplicate(context, publish=True, keep_furniture=True).published == 5


def test_several_processes_end_as_one_does(tmp_path: Path) -> None:
    folders = [tmp_path / "alone", tmp_path / "together"]
    for number, folder in enumerate(folders, 1):
        corpus_with_footers(folder)
        done = copydesk(folder, "rededup", "--workers", str(number), "--publish")
        assert done.returncode == 0, done.stderr
    assert len({corpus_digest(open_corpus(FolderStore(folder / "data"))) for folder in folders}) == 1


def test_a_worker_that_is_killed_costs_its_shard(tmp_path: Path) -> None:
    work = Work(Settings(store=f"file:{tmp_path}"), "work/", 8, None, {})
    before = dict(os.environ)
    with workers("", 2) as run:
        assert sorted(run(dies_once, work, list(range(8)))) == list(range(8))
    assert work.store.exists("died")
    assert len(list(work.store.keys("work/done-"))) == 8
    assert dict(os.environ) == before


def test_workers_that_end_for_good_are_started_again_some_times(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    work = Work(Settings(store=f"file:{tmp_path}"), "work/", 8, None, {})
    with workers("", 2) as run:
        assert sorted(run(ends, work, list(range(8)))) == list(range(8))
        assert len(list(work.store.keys("work/done-"))) == 8
        with pytest.raises(StoreError, match="started 3 times and are gone"):
            list(run(ends_always, work, [8]))
    assert caplog.messages == ["the worker processes are gone (all of them ended); they are started again"] * 2


def test_what_no_worker_can_load_is_named(tmp_path: Path) -> None:
    nowhere = ModuleType("nowhere")
    exec("def step(work, shard): pass", nowhere.__dict__)
    with pytest.MonkeyPatch.context() as patch, workers("", 2) as run:
        patch.setitem(sys.modules, "nowhere", nowhere)
        work = Work(Settings(store=f"file:{tmp_path}"), "work/", 2, None, {})
        with pytest.raises(ConfigError, match="No module named 'nowhere'"):
            list(run(nowhere.step, work, [0, 1]))


@contextmanager
def dask(program: str, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """A scheduler or a worker of a cluster."""
    command = [sys.executable, "-m", f"distributed.cli.dask_{program}", "--no-dashboard", *arguments]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.kill()


def test_a_cluster_that_vanishes_ends_the_job(tmp_path: Path) -> None:
    from distributed import Client

    known = tmp_path / "scheduler.json"
    work = Work(Settings(store=f"file:{tmp_path / 'data'}"), "work/", 8, None, {})
    work.store.put("died", b"")
    with dask("scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(known)) as scheduler:
        wait_until(lambda: known.exists() and known.read_text().endswith("}"))
        address = json.loads(known.read_text())["address"]
        arguments = ("--nthreads", "1", "--no-nanny", "--local-directory", str(tmp_path))
        with dask("worker", address, *arguments) as worker, workers(address, 1, patience_s=15) as run:
            with Client(address, timeout=120, set_as_default=False) as client:  # type: ignore[no-untyped-call]
                client.wait_for_workers(1, timeout=120)
            assert sorted(run(dies_once, work, [1, 2])) == [1, 2]
            worker.kill()
            with pytest.raises(StoreError, match=r"no workers \(for 15 s there was none\); start some.*run again"):
                list(run(dies_once, work, [3]))
        with workers(address, 1, patience_s=15) as run:
            scheduler.kill()
            with pytest.raises(StoreError, match=f"{address} has no workers"):
                list(run(dies_once, work, [3]))


def test_a_cluster_that_does_not_answer_is_named(tmp_path: Path) -> None:
    corpus_with_footers(tmp_path)
    soon = {"COPYDESK_REDEDUP__PATIENCE_S": "1"}
    done = copydesk(tmp_path, "rededup", "--cluster", "tcp://127.0.0.1:9", variables=soon)
    assert done.returncode == 4
    assert "tcp://127.0.0.1:9" in done.stderr
