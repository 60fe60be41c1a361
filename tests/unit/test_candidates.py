"""Candidates: copies and parts are found by either way, the index is whole after a crash."""

from __future__ import annotations

import multiprocessing
import os
import signal
from pathlib import Path

import pytest

from pipeline.dedup.furniture import find_furniture
from pipeline.dedup.index import CandidateIndex
from pipeline.dedup.sketches import Sketch, pairs_among, sketches
from pipeline.dedup.texts import Text
from pipeline.errors import StoreError
from tests.support.pages import paragraphs


def corpus(stories: int) -> list[Text]:
    """Of each story the whole text, a teaser of it, its second half, and a digest of it and the next."""
    found = []
    for number in range(stories):
        whole = paragraphs(number, 8)
        parts = {"whole": whole, "teaser": [" ".join(whole[0].split()[:24])], "half": whole[4:]}
        parts["digest"] = [*whole, *paragraphs(number + 1, 8)]
        found += [Text(f"{number:03}-{name}", "\n".join(text)) for name, text in parts.items()]
    return found


def test_the_index_finds_what_comparing_all_at_once_finds() -> None:
    made = sketches(corpus(30))
    at_once = pairs_among(made)
    for number in range(30):
        for part in ("teaser", "half", "digest"):
            assert tuple(sorted((f"{number:03}-whole", f"{number:03}-{part}"))) in at_once
    found: set[tuple[str, str]] = set()
    with CandidateIndex() as index:
        for name, sketch in made.items():
            found |= index.candidates({name: sketch})
            index.update({name: sketch}, (), stamp=name)
    assert found == at_once


def test_a_replaced_text_is_found_by_its_new_words_alone() -> None:
    old, new = (" ".join(paragraphs(number)) for number in (1, 2))
    made = {name: sketches([Text("a", text)])["a"] for name, text in (("old", old), ("new", new))}
    with CandidateIndex() as index:
        index.update({"a": made["old"]}, (), stamp="1")
        index.update({"a": made["new"]}, (), stamp="2")
        assert index.candidates({"b": made["old"]}) == set()
        assert index.candidates({"b": made["new"]}) == {("a", "b")}
        index.clear()
        assert index.stamp is None
        assert index.candidates({"b": made["new"]}) == set()


def test_ids_of_any_length() -> None:
    made = sketches([Text("x" * 5_000, " ".join(paragraphs(1)))])
    with CandidateIndex() as index:
        index.update(made, (), stamp="1")
        assert index.candidates({"b": next(iter(made.values()))}) == {("b", "x" * 5_000)}


def test_a_page_a_thousand_times_over_leads_to_some_of_its_copies() -> None:
    made = sketches(Text(f"{number:04}", " ".join(paragraphs(1))) for number in range(1_000))
    pairs = pairs_among(made)
    assert len(pairs) < 64 * 1_000
    assert {name for pair in pairs for name in pair} == set(made)
    with CandidateIndex() as index:
        index.update(made, (), stamp="1")
        assert len(index.candidates({"new": made["0000"]})) == 64


def _write_until_killed(folder: str, made: dict[str, Sketch], ready: str) -> None:
    with CandidateIndex(Path(folder)) as index:
        number = 0
        while True:
            number += 1
            index.update({f"{number}-{name}": sketch for name, sketch in made.items()}, (), stamp=str(number))
            if number == 2:
                Path(ready).touch()


def test_killed_while_writing_it_stands_at_its_last_stamp(tmp_path: Path) -> None:
    made = sketches(corpus(20))
    probe = made["007-whole"]
    folder, ready = tmp_path / "index", tmp_path / "ready"
    child = multiprocessing.get_context("spawn").Process(
        target=_write_until_killed, args=(str(folder), made, str(ready))
    )
    child.start()
    while not ready.exists():
        assert child.is_alive()
        child.join(0.01)
    assert child.pid is not None
    os.kill(child.pid, signal.SIGKILL)
    child.join()
    with CandidateIndex(folder) as index:
        stamp = int(index.stamp or 0)
        assert stamp >= 2
        found = index.candidates({"probe": probe})
        assert len([pair for pair in found if pair[0].endswith("-007-whole")]) == min(stamp, 64)


def test_a_broken_index_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "data.mdb").write_bytes(b"not an index" * 1_000)
    with pytest.raises(StoreError, match="built again"):
        CandidateIndex(tmp_path)


def test_furniture_is_what_unlike_texts_of_a_host_share() -> None:
    notice = "Sign up for our morning letter and get the best of the Herald before anybody else does."
    texts = [Text(f"{number}", f"{' '.join(paragraphs(number))}\n{notice}", source="herald") for number in range(8)]
    texts += [Text(f"copy-{number}", " ".join(paragraphs(50)), source="mirror") for number in range(8)]
    texts += [
        Text(f"x{number}", f"{' '.join(paragraphs(number))}\n{notice}", source=f"h{number}") for number in range(8)
    ]
    furniture = find_furniture(texts)
    assert list(furniture) == ["herald"]
    teasers = [
        Text(name, f"{' '.join(paragraphs(seed)[0].split()[:15])}\n{notice}", source="herald")
        for name, seed in (("a", 60), ("b", 61))
    ]
    assert pairs_among(sketches(teasers)) == {("a", "b")}
    assert pairs_among(sketches(teasers, furniture)) == set()


def test_reports_of_one_form_with_other_numbers_are_no_candidates() -> None:
    form = "Rates set at noon: dollar {} euro {} franc {} yen {}, the bank said on its page for the day."
    texts = [Text(name, form.format(*numbers)) for name, numbers in (("a", (11, 22, 33, 44)), ("b", (55, 66, 77, 88)))]
    texts.append(Text("copy", f"NORTHTOWN (Wire) - {texts[0].text}"))
    made = sketches(texts)
    assert pairs_among(made) == {("a", "copy")}
    with CandidateIndex() as index:
        index.update(made, (), stamp="1")
        assert index.candidates({"copy": made["copy"]}) == {("a", "copy")}
