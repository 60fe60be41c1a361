"""Furniture as an artefact: what is kept, and what is said of a broken one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pipeline.dedup.decide import decide
from pipeline.dedup.furniture import find_furniture, furniture_to_json, read_furniture, sampled
from pipeline.dedup.texts import Text
from pipeline.errors import CorruptDataError
from pipeline.models import Document, Kind
from pipeline.stages.base import Base
from pipeline.stages.furniture import furniture_at, learn_furniture
from pipeline.store.objects import FolderStore
from pipeline.store.schemas import TABLES, to_arrow
from pipeline.store.versions import CorpusVersion
from pipeline.store.writing import TableWriter
from tests.support.corpora import START, document
from tests.support.pages import paragraphs

FOOTER = paragraphs(5_000, 2)


def test_what_is_kept_is_what_was_found() -> None:
    texts = [Text(str(at), "\n".join([*paragraphs(at, 4), *FOOTER]), source="herald") for at in range(8)]
    found = find_furniture(texts)
    kept = read_furniture(furniture_to_json(found), "here")
    assert list(kept) == ["herald"]
    assert np.array_equal(kept["herald"], found["herald"])
    assert furniture_to_json(kept) == furniture_to_json(find_furniture(reversed(texts)))


def test_of_many_texts_a_sample_tells_the_same() -> None:
    texts = [
        Text(f"{at:x}", f"{at} {at * 7} {at * 11} {at * 13} the same line below all", source="a") for at in range(300)
    ]
    few = [Text(f"few {at}", "the same line below all", source=f"b{at // 4}") for at in range(40)]
    places = sampled((text.id, text.source) for text in [*few, *texts, Text("nobody's", "a line")])
    assert len(places) == len(set(places.tolist())) == 100
    assert min(places) >= len(few)
    some = [texts[place - len(few)] for place in places]
    assert furniture_to_json(find_furniture(some)) == furniture_to_json(find_furniture(texts))


@pytest.mark.parametrize(
    "data", [b"", b"[]", b'{"shingle": "w5-v2", "hosts": {"a": "?"}}', b'{"shingle": "w3-v1", "hosts": {}}']
)
def test_a_broken_artefact_is_named(data: bytes) -> None:
    with pytest.raises(CorruptDataError, match=r"artefacts/furniture/1\.json"):
        read_furniture(data, "artefact artefacts/furniture/1.json")


def test_it_is_learned_from_all_current_texts_and_read_where_a_version_names_it(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    made = (document(f"{3 * at:032x}", [*paragraphs(at, 4), *FOOTER], at) for at in range(8))
    documents = [replace(one, added_at=START, first_added_at=START) for one in made]
    place = TableWriter(store, "documents", -1).append(to_arrow(Document, documents), runs=["r"])
    tables = dict.fromkeys(TABLES, -1) | {"documents": place}
    key = learn_furniture(Base(store, CorpusVersion(1, START, tables)))
    assert furniture_at(Base(store, CorpusVersion(1, START, tables))) == {}
    found = furniture_at(Base(store, CorpusVersion(2, START, tables, artefacts={"furniture": key})))
    assert list(found) == ["s0"]
    with pytest.raises(CorruptDataError, match="restore it"):
        furniture_at(Base(store, CorpusVersion(2, START, tables, artefacts={"furniture": "gone.json"})))


def test_comments_on_one_pasted_text_are_told_apart_without_the_footer_of_their_board() -> None:
    footer, pasted = "\n".join(paragraphs(5_000, 1)), "\n".join(paragraphs(1, 4))
    others = [Text(str(at), f"{' '.join(paragraphs(at, 2))}\n{footer}", source="board") for at in range(8)]
    said = ("Great news, finally!", "This is terrible for renters.")
    posts = {
        name: Text(name, f"{words}\n{footer}", Kind.POST, source="board", pasted=pasted)
        for name, words in zip("xy", said, strict=True)
    }
    assert len(decide(posts, [("x", "y")]).clusters) == 1, "the footer is most of what each says"
    assert len(decide(posts, [("x", "y")], find_furniture(others)).clusters) == 2
