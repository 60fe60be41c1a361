"""What two texts are to each other, by what they share and what each has of its own."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pipeline.dedup.decide import deduplicate
from pipeline.dedup.texts import Text
from pipeline.dedup.verify import compare
from pipeline.models import Kind, Relation
from tests.support.pages import paragraphs

WHOLE = paragraphs(1, 8)
DAY = datetime(2026, 3, 1, tzinfo=UTC)
BULLETIN = (
    "Shares in Northport closed {0} per cent higher on {1} with the main index at {2} points. Turnover was {3} million "
    "shares worth {4} billion. {5} Holdings led the gainers with a rise of {6} per cent, while {7} Group lost {8} per "
    "cent to {9}. Dealers said trading was thin ahead of figures due later in the week, and most funds stayed away."
)
FILLED = (
    BULLETIN.format("1.2", "Monday", "4,312", 310, "2.2", "Elmet", "4.1", "Garron", "3.3", 812),
    BULLETIN.format("0.4", "Friday", "4,907", 455, "3.9", "Larch", "7.7", "Vesper", "1.8", 95),
)


def relation(one: list[str], other: list[str], *, kind: Kind = Kind.ARTICLE) -> Relation | None:
    a, b = Text("a", "\n".join(one)), Text("b", "\n".join(other), kind=kind)
    assert compare(a, b) == compare(b, a)
    found = compare(a, b)
    return found.relation if found else None


@pytest.mark.parametrize(
    ("other", "wanted"),
    [
        (WHOLE, Relation.SAME),
        (WHOLE[:2], Relation.PARTIAL),
        (WHOLE[5:], Relation.PARTIAL),
        ([*WHOLE[:3], *paragraphs(9, 3)], Relation.RELATED),
        ([*WHOLE[:4], *paragraphs(9, 3)], Relation.PARTIAL),
        ([*paragraphs(9, 1), *WHOLE[:4], *paragraphs(8, 2)], Relation.PARTIAL),
        ([*paragraphs(9, 3), *WHOLE[4:]], Relation.RELATED),
        ([*WHOLE, *paragraphs(9, 10)], Relation.PARTIAL),
        ([*paragraphs(9, 8), WHOLE[3]], Relation.QUOTES),
        (paragraphs(9, 8), None),
        ([*reversed(WHOLE)], Relation.SAME),
        ([" ".join(WHOLE[0].split()[:12])], None),
    ],
)
def test_by_what_is_shared(other: list[str], wanted: Relation | None) -> None:
    found = relation(WHOLE, other)
    assert found == wanted or (wanted is Relation.RELATED and found is Relation.QUOTES)


def test_misread_letters_do_not_part_copies() -> None:
    words = " ".join(WHOLE).split()
    for at in range(0, len(words), 9):
        words[at] = words[at][:-1] + "#" + "x"
    assert relation(WHOLE, [" ".join(words)]) in (Relation.SAME, Relation.PARTIAL)


def test_a_form_filled_in_twice_is_no_copy() -> None:
    assert relation([FILLED[0]], [FILLED[1]]) is Relation.RELATED
    assert relation([FILLED[0]], [f"NORTHPORT, March 2 (Wire) - {FILLED[0]}"]) is Relation.SAME


def test_a_digest_is_linked_and_joins_nothing() -> None:
    texts = [
        Text("a", "\n".join(WHOLE), published_at=DAY),
        Text("b", "\n".join(paragraphs(2, 8)), published_at=DAY),
        Text("c", "\n".join(WHOLE[:4]), published_at=DAY.replace(day=2)),
        Text("digest", "\n".join([*WHOLE, *paragraphs(2, 8)]), published_at=DAY.replace(day=3)),
        Text("reprint", "\n".join([*WHOLE, *paragraphs(2, 8)]), published_at=DAY.replace(day=4)),
    ]
    decision = deduplicate(texts)
    assert sorted(one.members for one in decision.clusters) == [("a", "c"), ("b",), ("digest", "reprint")]
    assert {fact.container for fact in decision.facts if fact.relation is Relation.CONTAINS} == {"digest", "reprint"}


def test_a_digest_may_be_made_of_small_parts_of_long_texts() -> None:
    texts = [
        Text("a", "\n".join(paragraphs(1, 15)), published_at=DAY),
        Text("b", "\n".join(paragraphs(2, 15)), published_at=DAY),
        Text("digest", "\n".join([*paragraphs(1, 15)[:4], *paragraphs(2, 15)[:3]]), published_at=DAY.replace(day=3)),
    ]
    decision = deduplicate(texts)
    assert [one.members for one in decision.clusters] == [("a",), ("b",), ("digest",)]
    assert {fact.container for fact in decision.facts if fact.relation is Relation.CONTAINS} == {"digest"}


def test_excerpts_of_an_update_do_not_join_it_to_what_it_updates() -> None:
    lead, *news = "The harbour council met again on Friday.", *paragraphs(9, 4)
    update = [lead, *WHOLE[:2], *news[:2], *WHOLE[3:5], *news[2:], WHOLE[6]]
    excerpts = [Text(f"excerpt {place}", "\n".join([*update[:3], place])) for place in ("Read on", "More", "Tarnow")]
    texts = [Text("first", "\n".join(WHOLE)), Text("update", "\n".join(update)), *excerpts]
    members = [one.members for one in deduplicate(texts).clusters]
    assert members == [("excerpt More", "excerpt Read on", "excerpt Tarnow", "update"), ("first",)]


def test_excerpts_of_both_ends_do_not_make_a_container_of_a_copy() -> None:
    texts = [
        Text("original", "\n".join(WHOLE), published_at=DAY),
        Text("lead", "\n".join(WHOLE[:3]), published_at=DAY.replace(day=2)),
        Text("tail", "\n".join(WHOLE[5:]), published_at=DAY.replace(day=2)),
        Text("late copy", "\n".join(WHOLE), published_at=DAY.replace(day=3)),
    ]
    assert [one.members for one in deduplicate(texts).clusters] == [("late copy", "lead", "original", "tail")]


def test_one_weak_link_does_not_join_two_stories() -> None:
    """An excerpt that stands in both: both ran the same background."""
    background = paragraphs(5, 3)
    one, other = [*paragraphs(1, 9), *background], [*paragraphs(2, 9), *background]
    texts = [Text(f"{name}{at}", "\n".join(text)) for name, text in (("a", one), ("b", other)) for at in range(3)]
    clusters = deduplicate([*texts, Text("c", "\n".join(background))]).clusters
    assert not any({"a0", "b0"} <= set(cluster.members) for cluster in clusters)


def test_a_text_hundreds_of_times_over_is_one_story() -> None:
    texts = [Text(f"{number:03}", "\n".join(WHOLE if number % 3 else WHOLE[:3])) for number in range(300)]
    assert [len(one.members) for one in deduplicate(texts).clusters] == [300]


def test_a_post_with_words_of_its_own_keeps_them() -> None:
    own = paragraphs(7, 12)
    texts = [
        Text("article", "\n".join(WHOLE[:4]), published_at=DAY),
        Text("paste", "\n".join(WHOLE[:4]), kind=Kind.POST, published_at=DAY.replace(day=5)),
        Text("remark", "\n".join([*own, *WHOLE[:4]]), kind=Kind.POST, published_at=DAY.replace(day=5)),
    ]
    assert [one.members for one in deduplicate(texts).clusters] == [("article", "paste"), ("remark",)]
