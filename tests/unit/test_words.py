"""Words for comparing: what counts as equal, in any script, of any bytes."""

from __future__ import annotations

import numpy as np
import pytest
from datasketch import MinHash
from hypothesis import given
from hypothesis import strategies as st

from pipeline.dedup.signatures import NUM_PERM, SCHEME, SEED, shingle_hashes, signatures
from pipeline.dedup.words import FACT_NAME, FACT_NUMBER, words_of


def words(text: str) -> list[int]:
    return list(map(int, words_of([text]).hashes))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("It's “quoted” — here", 'it’s "quoted" -- HERE'),
        ("The U.S. and the U.N.", "the US and the UN"),
        ("worth 1,234.5 and 12 000", "worth 1 234,5 and 12000"),
        ("worth 1.234.567", "worth 1,234,567"),
        ("govern-\n> ment of the day", "government of the day"),
        ("soft\u00adware &amp; more", "software more"),
        ("ﬁne ＷＯＲＤＳ", "fine words"),
        ("STRASSE und Größe", "Straße und GRÖSSE"),
        ("café", "cafe\u0301"),
        ("١٢٣ ك", "123 ك"),
        ("> a quoted\n> line", "a quoted line"),
    ],
)
def test_equal_but_for_typography(one: str, other: str) -> None:
    assert words(one) == words(other)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0), ("-- … !", 0), ("state-owned it's 5km", 5), ("日本語の新聞", 6), ("ข่าววันนี้", 10), ("नमस्ते दुनिया", 2),
        ("May 5, 2026 and 3.5", 5), ("end.Next", 2),
    ],
)  # fmt: skip
def test_how_many_words(text: str, count: int) -> None:
    assert len(words(text)) == count


def test_different_words_differ() -> None:
    assert len(set(words("a b c 1 2 12 1.2 ab ba"))) == 9


def test_numbers_and_names_are_told_apart_from_words() -> None:
    facts = words_of(["The mayor of Ashford said 12 men left. Then Anna Brook came."]).facts.tolist()
    assert [fact == FACT_NUMBER for fact in facts].index(True) == 5
    assert [at for at, fact in enumerate(facts) if fact == FACT_NAME] == [3, 9, 10]
    assert not words_of(["ALL OF THIS IS SHOUTED BY ANNA"]).facts.any()


@given(st.lists(st.text(st.characters(), max_size=300), max_size=4))
def test_any_text_is_read_alone_as_among_others(texts: list[str]) -> None:
    together = words_of(texts)
    for number, text in enumerate(texts):
        inside = slice(together.offsets[number], together.offsets[number + 1])
        alone = words_of([text])
        assert np.array_equal(alone.hashes, together.hashes[inside])
        assert np.array_equal(alone.facts, together.facts[inside])


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=400), min_size=1, max_size=4))
def test_signatures_are_those_of_datasketch(texts: list[str]) -> None:
    hashes, starts = shingle_hashes(words_of(texts))
    each = [hashes[starts[at] : starts[at + 1]] for at in range(len(texts))]
    theirs = MinHash.bulk(each, num_perm=NUM_PERM, seed=SEED, hashfunc=int, scheme=SCHEME)
    assert np.array_equal(signatures(hashes, starts), np.stack([one.hashvalues for one in theirs]))


def test_a_text_has_a_shingle_for_every_fifth_word_on() -> None:
    _, starts = shingle_hashes(words_of(["a b c", "a b c d e f g", ""]))
    assert starts.tolist() == [0, 1, 4, 4]
