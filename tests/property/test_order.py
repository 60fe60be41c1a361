"""The same documents in any order and any cut into runs give the same stories, relations and canonical documents."""

from __future__ import annotations

import itertools
import random
import tempfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.corpus.changes import changes_since
from pipeline.corpus.reader import Corpus, open_corpus
from pipeline.dedup.decide import decide, deduplicate
from pipeline.dedup.furniture import furniture_to_json
from pipeline.dedup.index import CandidateIndex
from pipeline.dedup.signatures import shingle_hashes
from pipeline.dedup.sketches import pairs_among, sketches
from pipeline.dedup.texts import Furniture, Text
from pipeline.dedup.words import words_of
from pipeline.models import Change, Document, Kind, Story, text_sha256
from pipeline.stages.base import Base
from pipeline.stages.dedup import plan_changes
from pipeline.stages.publish import commit_changes, open_tables, version_of
from pipeline.store.objects import FolderStore
from pipeline.store.schemas import TABLES, to_arrow
from pipeline.store.versions import CorpusVersion, latest_version, put_version
from tests.support.corpora import START, document
from tests.support.pages import paragraphs


@st.composite
def corpora(draw: st.DrawFn) -> list[Document]:
    """Small corpora of originals, copies, excerpts, digests, pasting posts and later states of the same text."""
    stories = draw(st.integers(1, 4))
    documents = []
    for number in range(draw(st.integers(2, 9))):
        story = draw(st.integers(0, stories - 1))
        texts = paragraphs(story, 6)
        change = draw(st.sampled_from(["copy", "cut", "comment", "digest", "paste", "update", "own"]))
        if change == "cut":
            texts = texts[: draw(st.integers(1, 3))]
        elif change == "comment":
            texts = [*texts, *paragraphs(1000 + number, 1)]
        elif change in ("digest", "paste"):
            texts = [*texts, *paragraphs(draw(st.integers(0, stories - 1)), 6)]
        elif change == "update":
            texts = [*paragraphs(2000 + story, 2), *texts[2:4], *paragraphs(3000 + number, 2)]
        elif change == "own":
            texts = paragraphs(4000 + number, draw(st.integers(1, 4)))
        name = draw(st.integers(0, number))  # a lower number is a later state of an earlier document
        documents.append(document(f"{name:032x}", texts, number, Kind.POST if change == "paste" else Kind.ARTICLE))
    return documents


FOOTER = paragraphs(5_000, 3)
"""What every source of these corpora puts below its texts."""
FURNITURE = {source: np.unique(shingle_hashes(words_of([" ".join(FOOTER)]))[0]) for source in ("s0", "s1", "s2")}


def publish_in_cuts(folder: Path, cuts: list[list[Document]], furniture: Furniture | None = None) -> Corpus:
    """Publish each cut as one corpus version, by the code that publishes."""
    store, index = FolderStore(folder), CandidateIndex()
    if furniture is not None:
        store.put("artefacts/furniture/0.json", furniture_to_json(furniture))
        named = {"furniture": "artefacts/furniture/0.json"}
        put_version(store, CorpusVersion(1, START, dict.fromkeys(TABLES, -1), artefacts=named))
    for number, cut in enumerate(cuts):
        base = Base(store, latest_version(store))
        now = START + timedelta(days=100 + number)
        changes = plan_changes(base, cut, index, {}, now=now)
        tables = commit_changes(open_tables(base), base, changes, [f"r{number}"])
        version = version_of(base, tables, changes, [f"r{number}"], now)
        put_version(store, version)
        index.update(changes.sketches, (), stamp=version.stamp)
    index.close()
    newest = latest_version(store)
    assert newest is not None
    return Corpus(store, newest)


def content(corpus: Corpus) -> dict[str, Any]:
    """What must not depend on order and cut: texts, relations, member sets, canonical documents and reasons."""
    stories = corpus.stories().to_pylist()
    relations = corpus.relations().to_pylist()
    return {
        "texts": {row["id"]: row["text"] for row in corpus.documents().to_pylist()},
        "relations": sorted(
            tuple(value for name, value in sorted(row.items()) if name != "version") for row in relations
        ),
        "stories": sorted((sorted(copy["id"] for copy in row["copies"]), row["id"], row["reason"]) for row in stories),
    }


@settings(max_examples=40)
@given(corpora(), st.randoms(use_true_random=False))
def test_published_in_any_order_and_cut(documents: list[Document], dice: random.Random) -> None:
    shuffled = documents[:]
    dice.shuffle(shuffled)
    borders = sorted(dice.randint(0, len(shuffled)) for _ in range(2))
    cuts = [shuffled[: borders[0]], shuffled[borders[0] : borders[1]], shuffled[borders[1] :]]
    with tempfile.TemporaryDirectory() as folder:
        at_once = publish_in_cuts(Path(folder, "once"), [documents])
        in_cuts = publish_in_cuts(Path(folder, "cuts"), cuts)
        assert content(in_cuts) == content(at_once)
        _holds_together(in_cuts)


@settings(max_examples=25)
@given(corpora(), st.randoms(use_true_random=False))
def test_runs_under_an_artefact_of_furniture_end_where_the_whole_corpus_does(
    documents: list[Document], dice: random.Random
) -> None:
    below = [with_footer(one) for one in documents]
    border = dice.randint(0, len(below))
    with tempfile.TemporaryDirectory() as folder:
        corpus = publish_in_cuts(Path(folder), [below[:border], below[border:]], FURNITURE)
        rows = corpus.documents().to_pylist()
        found = content(corpus)["stories"]
    texts = {
        row["id"]: Text(row["id"], row["text"], kind=Kind(row["kind"]), source=row["source"], url=row["url"],
                        title=row["title"], published_at=row["published_at"])
        for row in rows
    }  # fmt: skip
    whole = decide(texts, pairs_among(sketches(texts.values(), FURNITURE)), FURNITURE)
    assert found == sorted(([*one.members], one.canonical_id, one.reason) for one in whole.clusters)


def test_without_the_artefact_a_footer_makes_copies_of_short_texts() -> None:
    documents = [with_footer(document(f"{at:032x}", [paragraphs(at)[0][:80]], at)) for at in (3, 6)]
    with tempfile.TemporaryDirectory() as folder:
        assert publish_in_cuts(Path(folder, "without"), [documents]).stories().num_rows == 1
        assert publish_in_cuts(Path(folder, "with"), [documents], FURNITURE).stories().num_rows == 2


def with_footer(one: Document) -> Document:
    text = "\n\n".join([one.text, *FOOTER])
    return replace(one, text=text, text_sha256=text_sha256(text))


@settings(max_examples=25)
@given(corpora(), st.randoms(use_true_random=False))
def test_changes_that_are_applied_end_in_a_full_read(documents: list[Document], dice: random.Random) -> None:
    borders = sorted(dice.randint(0, len(documents)) for _ in range(4))
    cuts = [documents[start:end] for start, end in itertools.pairwise((0, *borders, len(documents)))]
    with tempfile.TemporaryDirectory() as folder:
        now = publish_in_cuts(Path(folder), cuts)
        wanted = {row["story_id"]: row for row in now.stories().to_pylist()}
        for since in range(now.version + 1):
            rows = open_corpus(now.store, since).stories().to_pylist() if since else []
            mine = {row["story_id"]: row for row in rows}
            for update in changes_since(now, since):
                assert (update.op is Change.ADDED) == (update.story_id not in mine)
                if update.story is None:
                    del mine[update.story_id]
                    assert update.into in wanted or update.into is None
                else:
                    mine[update.story_id] = to_arrow(Story, [update.story]).to_pylist()[0]
            assert mine == wanted


def _holds_together(corpus: Corpus) -> None:
    """Every document in exactly one story; the changes, replayed, end in the stories as they are."""
    members = [copy["id"] for row in corpus.stories().to_pylist() for copy in row["copies"]]
    assert sorted(members) == sorted(corpus.documents()["id"].to_pylist())
    replayed: dict[str, tuple[str, ...]] = {}
    for change in corpus.story_changes():
        if change.op == "removed":
            replayed.pop(change.story_id, None)
        else:
            replayed[change.story_id] = change.members
    now = {row["story_id"]: tuple(sorted(copy["id"] for copy in row["copies"])) for row in corpus.stories().to_pylist()}
    assert replayed == now


@settings(max_examples=100)
@given(corpora(), st.randoms(use_true_random=False))
def test_decided_in_any_order(documents: list[Document], dice: random.Random) -> None:
    latest = {one.id: Text(one.id, one.text, kind=one.kind, published_at=one.published_at) for one in documents}
    shuffled = list(latest.values())
    dice.shuffle(shuffled)
    one, other = deduplicate(list(latest.values())), deduplicate(shuffled)
    assert one.facts == other.facts
    assert sorted(cluster.members for cluster in one.clusters) == sorted(cluster.members for cluster in other.clusters)
    assert {cluster.canonical_id for cluster in one.clusters} == {cluster.canonical_id for cluster in other.clusters}


def test_a_story_keeps_its_id_through_merge_and_split() -> None:
    whole, part = paragraphs(1, 6), paragraphs(2, 6)
    with tempfile.TemporaryDirectory() as folder:
        a = document("a" * 32, whole, 1, Kind.ARTICLE)
        b = document("b" * 32, part, 2, Kind.ARTICLE)
        same = document("b" * 32, whole, 3, Kind.ARTICLE)
        apart = document("b" * 32, part, 4, Kind.ARTICLE)
        first = {
            row["id"]: row["story_id"] for row in publish_in_cuts(Path(folder, "1"), [[a], [b]]).stories().to_pylist()
        }
        merged = publish_in_cuts(Path(folder, "2"), [[a], [b], [same]])
        assert merged.stories()["story_id"].to_pylist() == [first["a" * 32]]
        resolved = merged.story_of(first["b" * 32])
        assert resolved is not None
        assert resolved.story_id == first["a" * 32]
        split = publish_in_cuts(Path(folder, "3"), [[a], [b], [same], [apart]])
        canonical = merged.stories()["id"].to_pylist()[0]
        assert {row["id"]: row["story_id"] for row in split.stories().to_pylist()}[canonical] == first["a" * 32]
        changes = sorted((change.version, change.op.value) for change in split.story_changes())
        assert changes == [(1, "added"), (2, "added"), (3, "merged"), (3, "removed"), (4, "added"), (4, "split")]
        assert split.stories().num_rows == 2


def test_a_document_that_left_its_story_starts_another_under_an_id_of_its_own() -> None:
    """The first member of a story leaves it, while the canonical document, and with it the id, stays."""
    with tempfile.TemporaryDirectory() as folder:
        first = document("a" * 32, paragraphs(1, 2), 1)
        whole = document("b" * 32, paragraphs(1, 8), 2)
        left = document("a" * 32, paragraphs(2, 2), 3)
        joined = publish_in_cuts(Path(folder, "1"), [[first], [whole]]).stories().to_pylist()
        assert [(story["id"], story["since_version"]) for story in joined] == [("b" * 32, 1)]
        corpus = publish_in_cuts(Path(folder, "2"), [[first], [whole], [left]])
        ids = {story["id"]: story["story_id"] for story in corpus.stories().to_pylist()}
        assert ids["b" * 32] == joined[0]["story_id"] != ids["a" * 32]
        _holds_together(corpus)


def test_the_id_of_a_story_that_is_gone_is_not_given_to_another() -> None:
    """A story merges into another; its member leaves again, and the old id still leads to where the story went."""
    with tempfile.TemporaryDirectory() as folder:
        a, b = document("a" * 32, paragraphs(1), 1), document("b" * 32, paragraphs(2), 2)
        same, apart = document("b" * 32, paragraphs(1), 3), document("b" * 32, paragraphs(3), 4)
        stories = publish_in_cuts(Path(folder, "1"), [[a], [b]]).stories().to_pylist()
        first = {story["id"]: story["story_id"] for story in stories}
        survivor, gone = first["a" * 32], first["b" * 32]
        corpus = publish_in_cuts(Path(folder, "2"), [[a], [b], [same], [apart]])
        ids = corpus.stories()["story_id"].to_pylist()
        assert len(ids) == 2
        assert survivor in ids
        assert gone not in ids
        resolved = corpus.story_of(gone)
        assert resolved is not None
        assert resolved.story_id == survivor
        _holds_together(corpus)


def test_sketches_of_equal_texts_are_equal_and_find_each_other() -> None:
    texts = {"a": paragraphs(1), "b": paragraphs(1), "c": paragraphs(2)}
    found = sketches(Text(name, " ".join(parts)) for name, parts in texts.items())
    with CandidateIndex() as index:
        index.update(found, (), stamp="one")
        assert index.candidates({"a": found["a"]}) == {("a", "b")}
        assert index.stamp == "one"
        index.update({}, ["b"], stamp="two")
        assert index.candidates({"a": found["a"]}) == set()
        assert index.stamp == "two"
