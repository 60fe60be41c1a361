"""How many words a text of any script has."""

import pytest

from pipeline.scripts import count_words
from tests.support.languages import SENTENCES


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 0),
        ("one - two, it's 3", 5),
        ("港口在星期一重新开放。", 5),
        ("東京のIT企業 Acme Corp. は、新しい製品を発表した。", 11),
        ("สภาเมืองเปิดท่าเรือเก่า", 5),
        ("。。。ー", 0),
    ],
)
def test_words_are_counted_in_any_script(text: str, words: int) -> None:
    assert count_words(text) == words


@pytest.mark.parametrize("language", ["zh", "ja", "th"])
def test_a_sentence_has_about_as_many_words_without_spaces_as_with_them(language: str) -> None:
    assert 0.8 < count_words(SENTENCES[language]) / count_words(SENTENCES["en"]) < 1.7


def test_a_long_run_of_marks_costs_no_more_than_its_length() -> None:
    assert count_words("港" + "、" * 2_000_000) == 0
