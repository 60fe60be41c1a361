"""Two texts side by side."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.quality.comparison import Comparison, Row, compare_texts
from tests.support.pages import paragraphs

TEXT = "\n\n".join(paragraphs(1))


def words(row: Row, side: str, *, shared: bool) -> list[str]:
    paragraphs_ = row.old if side == "old" else row.new
    return [one.text.strip() for paragraph in paragraphs_ for one in paragraph if one.shared is shared]


def counted(found: Comparison) -> tuple[int, int, int]:
    return found.same_words, found.dropped_words, found.new_words


def test_equal_texts_are_alike_whatever_their_case_and_marks() -> None:
    found = compare_texts(TEXT, TEXT.upper().replace(".", "!"))
    assert counted(found) == (len(TEXT.split()), 0, 0)
    assert all(row.alike for row in found.rows)
    assert len(found.rows) == 6


def test_a_changed_word_is_dropped_on_one_side_and_new_on_the_other() -> None:
    old = "The council met on Monday and decided to build a bridge over the river."
    found = compare_texts(old, old.replace("build", "sell"))
    assert counted(found) == (13, 1, 1)
    (row,) = found.rows
    assert (words(row, "old", shared=False), words(row, "new", shared=False)) == (["build"], ["sell"])


def test_dropped_and_new_paragraphs_stand_beside_nothing() -> None:
    first, second, third, *rest = paragraphs(2)
    new = "An added paragraph of which the other text has nothing at all."
    found = compare_texts("\n\n".join([first, second, third, *rest]), "\n".join([first, third, *rest, new]))
    dropped = [row for row in found.rows if not row.new]
    added = [row for row in found.rows if not row.old]
    assert [words(row, "old", shared=False) for row in dropped] == [[second]]
    assert [words(row, "new", shared=False) for row in added] == [[new]]
    assert sum(row.alike for row in found.rows) == len(rest) + 2


def test_a_passage_that_moved_is_neither_dropped_nor_new() -> None:
    one, two, three, *_ = paragraphs(3)
    found = compare_texts(f"{one}\n{two}\n{three}", f"{three}\n{one}\n{two}")
    assert counted(found)[1:] == (0, 0)


def test_paragraphs_run_together_stand_beside_those_they_were() -> None:
    parts = paragraphs(4)
    found = compare_texts("\n\n".join(parts), " ".join(parts))
    (row,) = found.rows
    assert (len(row.old), len(row.new), row.alike) == (6, 1, True)


def test_three_words_by_chance_are_no_shared_passage() -> None:
    one = "Nine divers left the harbour because of the cold and never came back to search for it."
    other = "Because of the election every clerk in Tarnow counted ballots from dawn until the lights went out."
    assert compare_texts(one, other).same_words == 0


def test_matches_are_places_in_the_two_texts() -> None:
    old, new = f"Intro here. {TEXT}", f"{TEXT}\n\nAnd an end."
    for match in compare_texts(old, new).matches:
        there, here = old[match.old_start : match.old_end], new[match.new_start : match.new_end]
        assert there.split() == here.split()
        assert len(here.split()) == match.words


def test_scripts_without_spaces_are_compared_letter_by_letter() -> None:
    found = compare_texts("市議会は月曜日に新しい橋を承認した。", "市議会は火曜日に新しい橋を承認した。")
    assert found.new_words == found.dropped_words == 1


@given(st.text(max_size=300), st.text(max_size=300))
def test_every_word_of_any_text_is_shown_once(old: str, new: str) -> None:
    found = compare_texts(old, new)
    for text, sides in ((old, [row.old for row in found.rows]), (new, [row.new for row in found.rows])):
        shown = "".join(one.text for side in sides for paragraph in side for one in paragraph)
        assert [char for char in shown if char.isalnum()] == [char for char in text if char.isalnum()]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("ha " * 40_000, "ha " * 39_000),
        ("a b " * 20_000, "b a " * 20_000),
        ("\n".join(f"w{n % 50} x y z" for n in range(10_000)), "\n".join(f"w{n % 49} x y z" for n in range(10_000))),
        ("x" * 500_000, "x" * 500_000),
        (" ".join(map(str, range(40_000))), " ".join(map(str, range(40_000, 0, -1)))),
    ],
)
def test_long_and_hostile_texts_take_no_quadratic_time(old: str, new: str) -> None:
    began = time.process_time()
    compare_texts(old, new)
    assert time.process_time() - began < 20  # quadratic, the first alone would be hours
