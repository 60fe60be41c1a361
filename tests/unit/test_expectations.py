from datetime import UTC, datetime, timedelta

import pytest

from pipeline.quality.expectations import Yield, breaches
from pipeline.sources.declaration import Bounds, Expect

NOW = datetime(2026, 11, 1, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=30)


def day(documents: int, *, hours_ago: float = 1, **fields: int) -> Yield:
    return Yield(NOW - timedelta(hours=hours_ago), documents, fields)


@pytest.mark.parametrize(
    ("yields", "words"),
    [
        ([day(3), day(2)], None),
        ([day(4)], "4 documents in the last 24 hours, at least 5 expected"),
        ([day(4), day(4, hours_ago=25)], "4 documents"),
        ([], "0 documents"),
        ([day(6), day(5)], "11 documents in the last 24 hours, at most 10 expected"),
    ],
)
def test_documents_of_a_day(yields: list[Yield], words: str | None) -> None:
    expect = Expect(documents_per_day=Bounds(min=5, max=10))
    found = breaches(expect, yields, known_since=LONG_AGO, now=NOW)
    assert (found == []) if words is None else (words in found[0])


def test_nothing_is_expected_of_the_first_seven_days() -> None:
    expect = Expect(documents_per_day=Bounds(min=5))
    assert breaches(expect, [], known_since=NOW - timedelta(days=6, hours=23), now=NOW) == []
    assert breaches(expect, [], known_since=NOW - timedelta(days=7), now=NOW) != []


def test_shares_of_fields_and_the_length_of_texts() -> None:
    expect = Expect(fields={"title": 0.99, "published_at": 0.95, "text_words": Bounds(min=40)})
    good = day(100, title=99, published_at=100, text_words=4000)
    assert breaches(expect, [good], known_since=LONG_AGO, now=NOW) == []
    bad = day(100, title=98, published_at=100, text_words=3900)
    found = breaches(expect, [bad], known_since=LONG_AGO, now=NOW)
    assert found == [
        "0.980 of the documents have title, at least 0.99 expected",
        "39 words a text on average, at least 40 expected",
    ]
    few = day(3, title=0, published_at=0, text_words=3)
    assert breaches(expect, [few], known_since=LONG_AGO, now=NOW) == []  # a share of so few says nothing


def test_fields_that_are_not_counted_are_refused() -> None:
    with pytest.raises(ValueError, match=r"unknown field headline; valid: agency"):
        Expect(fields={"headline": 0.5})
