"""Lines that a host repeats are told from what only looks so: copies, running stories, reports of one mould."""

from __future__ import annotations

import pytest

from pipeline.errors import CorruptDataError
from pipeline.extract.boilerplate import Boilerplate, Learned, Sample, learn, line_key, read_boilerplate
from tests.support.pages import paragraphs

FOOTER = "The Herald is printed on paper that its readers bring back to the harbour office every spring."


def samples(count: int, *, tail: str | None = None, with_tail: int | None = None) -> list[Sample]:
    """Articles of which the first `with_tail` (or all) end with the line."""
    ends = [(tail,) if tail and number < (with_tail or count) else () for number in range(count)]
    return [
        Sample(f"http://h/{number}", f"Headline {number}", (*paragraphs(number), *end))
        for number, end in enumerate(ends)
    ]


def keys(found: dict[str, Learned]) -> set[str]:
    return set(found)


def test_a_line_at_the_end_of_many_articles_is_learned_with_its_evidence() -> None:
    found = learn(samples(30, tail=FOOTER, with_tail=8))
    assert found == {line_key(FOOTER): Learned(8, 30, FOOTER)}


@pytest.mark.parametrize(("count", "with_tail"), [(4, 4), (30, 4), (60, 11)])
def test_few_pages_or_a_small_share_prove_nothing(count: int, with_tail: int) -> None:
    assert learn(samples(count, tail=FOOTER, with_tail=with_tail)) == {}


def test_copies_of_one_text_are_no_boilerplate() -> None:
    texts = paragraphs(1)
    same_title = [Sample(f"http://h/{number}", "One headline", tuple(texts)) for number in range(20)]
    assert learn(same_title) == {}
    other_titles = [Sample(f"http://h/{number}", f"Headline {number}", tuple(texts)) for number in range(20)]
    assert learn(other_titles) == {}
    two_copies = [
        *samples(10),
        *(Sample(f"http://h/c{number}", f"Again {number}", tuple(texts)) for number in range(2)),
    ]
    assert learn(two_copies) == {}


def test_a_long_paragraph_in_the_middle_or_in_a_running_story_stays() -> None:
    background = " ".join(paragraphs(99, 1))
    assert len(background.split()) > 30
    assert learn(samples(30, tail=background, with_tail=10)) == {}
    assert keys(learn(samples(30, tail=background, with_tail=20))) == {line_key(background)}
    inside = [Sample(one.page, one.title, (*one.paragraphs[:3], FOOTER, *one.paragraphs[3:])) for one in samples(30)]
    assert learn(inside) == {}
    short = [
        Sample(one.page, one.title, (*one.paragraphs[:3], "More on page two", *one.paragraphs[3:])) for one in inside
    ]
    assert keys(learn(short)) == {line_key("More on  PAGE two")}


def test_two_lines_that_always_stand_together_are_both_learned() -> None:
    tail = " ".join(paragraphs(98, 1))
    both = [Sample(one.page, one.title, (FOOTER, *one.paragraphs, tail)) for one in samples(20)]
    assert keys(learn(both)) == {line_key(FOOTER), line_key(tail)}


def test_the_artefact_has_one_text_and_lines_once_learned_stay() -> None:
    lines = learn(samples(30, tail=FOOTER))
    known = Boilerplate().with_lines("h", lines).with_lines("other", {})
    assert (known.count, known.lines_of("h"), known.lines_of("x")) == (1, frozenset(lines), frozenset())
    assert known.with_lines("h", {"0" * 16: Learned(5, 9, "x")}).count == 2
    again = read_boilerplate(known.to_json(), "a")
    assert (again, again.to_json()) == (known, known.to_json())


@pytest.mark.parametrize(
    "data", [b"", b"[]", b'{"format": 2, "hosts": {}}', b'{"format": 1, "hosts": {"h": {"k": {}}}}']
)
def test_a_spoilt_artefact_is_told(data: bytes) -> None:
    with pytest.raises(CorruptDataError, match="artefact a "):
        read_boilerplate(data, "a")
