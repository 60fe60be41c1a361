"""Words are found wherever they stand, and nothing else is."""

from hypothesis import given
from hypothesis import strategies as st

from pipeline.stages.needles import Needles

words = st.lists(
    st.binary(max_size=24).filter(bool) | st.sampled_from([b"http://h/a/some-page", b"a" * 20]), max_size=6
)


@given(words, st.binary(max_size=200), st.booleans(), st.integers(0, 200))
def test_words_are_found_as_one_by_one(wanted: list[bytes], data: bytes, put: bool, at: int) -> None:
    if put and wanted:
        data = data[:at] + wanted[0] + data[at:]
    assert Needles(wanted).are_in(data) == any(word in data for word in wanted)


def test_what_only_ends_alike_is_not_found() -> None:
    needles = Needles([b"http://one.example/the-same-end-of-an-address"])
    assert not needles.are_in(b"see http://two.example/the-same-end-of-an-address")
    assert needles.are_in(b"see http://one.example/the-same-end-of-an-address")
    assert not Needles([])
