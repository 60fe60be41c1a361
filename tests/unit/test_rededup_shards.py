"""Shards of a whole-corpus job: a key that very many texts share, and ids of stories that are decided anew."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from pipeline.dedup.decide import Cluster, decide
from pipeline.dedup.sections import get_section, put_sections
from pipeline.dedup.shards import bucket_shard, pair_shard, sketch_shard
from pipeline.dedup.sketches import MOST_TWINS, pairs_among, sketches
from pipeline.dedup.stories import OldStory, assign_ids
from pipeline.dedup.texts import Text
from pipeline.dedup.whole import deduplicate_whole, one_by_one
from pipeline.models import Change, Document
from pipeline.settings import Settings
from pipeline.stages.base import Base
from pipeline.stages.dividing import divide
from pipeline.store.objects import FolderStore
from pipeline.store.schemas import TABLES, to_arrow
from pipeline.store.versions import CorpusVersion
from pipeline.store.writing import TableWriter
from tests.support.corpora import START, document
from tests.support.pages import paragraphs

COPIES = 400


def corpus_of_one_page(folder: Path) -> tuple[Base, list[Document]]:
    """One page four hundred times, in four files, and others between."""
    store = FolderStore(folder)
    table, place = TableWriter(store, "documents", -1), -1
    documents = []
    for at in range(COPIES + 40):
        texts = paragraphs(1, 2) if at % 11 else paragraphs(100 + at, 2)
        made = document(f"{at:032x}", texts, at)
        documents.append(replace(made, added_at=START, first_added_at=START))
    for start in range(0, len(documents), 110):
        place = table.append(to_arrow(Document, documents[start : start + 110]), runs=[str(start)])
    return Base(store, CorpusVersion(1, START, dict.fromkeys(TABLES, -1) | {"documents": place})), documents


def test_a_page_that_very_many_have_leads_to_the_first_ones_alone(tmp_path: Path) -> None:
    base, documents = corpus_of_one_page(tmp_path)
    work, ids = divide(Settings(store=f"file:{tmp_path}"), base, None, {}, texts=110)
    assert work.shards == 4
    for step in (sketch_shard, bucket_shard, pair_shard):
        for shard in range(work.shards):
            step(work, shard)
    found = np.concatenate(
        [np.frombuffer(work.store.get(work.key("pairs", shard)), dtype="<u4") for shard in range(work.shards)]
    ).reshape(-1, 2)
    names = ids.to_pylist()
    wanted = pairs_among(sketches(Text(one.id, one.text, source=one.source) for one in documents))
    assert {(names[a], names[b]) for a, b in found.tolist()} == wanted
    assert len(wanted) == MOST_TWINS * (MOST_TWINS - 1) / 2 + 8 * (COPIES - MOST_TWINS)


def test_shards_and_pieces_of_any_size_end_as_the_whole_does(tmp_path: Path) -> None:
    base, documents = corpus_of_one_page(tmp_path)
    work, _ = divide(Settings(store=f"file:{tmp_path}"), base, None, {}, texts=110)
    outcome = deduplicate_whole(work, one_by_one, lambda *_: None, piece=50)
    texts = {
        one.id: Text(one.id, one.text, source=one.source, url=one.url, title=one.title, published_at=one.published_at)
        for one in documents
    }
    whole = decide(texts, pairs_among(sketches(texts.values())))
    assert sorted(map(tuple, outcome.clusters["members"].to_pylist())) == sorted(
        one.members for one in whole.clusters if len(one.members) > 1
    )
    columns = ["a", "b", "relation", "evidence", "together"]
    found = sorted(tuple(row.values()) for row in outcome.facts.select(columns).to_pylist())
    assert found == sorted(tuple(getattr(one, name) for name in columns) for one in whole.facts)


def test_a_section_is_read_alone(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    put_sections(store, "here", [b"one", b"", b"three"])
    assert [get_section(store, "here", at, 3) for at in range(3)] == [b"one", b"", b"three"]


def test_decided_anew_an_id_goes_with_most_members() -> None:
    old = [OldStory("first", ("a", "b", "c"), "a", 1), OldStory("second", ("d",), "d", 2)]
    parts = [Cluster(("a",), "a", "x"), Cluster(("b", "c", "d"), "b", "x")]
    assigned, changes = assign_ids(parts, old, version=3, touched=frozenset(), by_overlap=True)
    assert assigned["first"].members == ("b", "c", "d")
    by_op = {change.op: change for change in changes}
    assert by_op[Change.MERGED].aliases == ("second",)
    assert by_op[Change.ADDED].members == ("a",)
    kept, _ = assign_ids(parts, old, version=3, touched=frozenset())
    assert kept["first"].members == ("a",)
