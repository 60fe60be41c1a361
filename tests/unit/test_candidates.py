"""Candidates: copies and parts are found by either way, the index is whole after a crash."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import Counter, defaultdict
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from pipeline.dedup.furniture import find_furniture
from pipeline.dedup.index import CandidateIndex
from pipeline.dedup.sketches import KEY_CAP, MIN_KEYS, MOST_TWINS, NUMBERS, Sketch, pairs_among, sketches
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


def test_a_key_leads_to_its_own_texts_however_many_stand_beside_it() -> None:
    """Keys close together, at both ends of their range, so that many stand in one bucket, some in too many texts."""
    dice = np.random.default_rng(8)
    made, leads, found, expected = {}, defaultdict[int, list[str]](list), set(), set()
    for number in range(1_500):
        near = (dice.zipf(1.3, dice.integers(0, 24)) % 1_500).astype(np.uint32)
        keys = np.unique(np.where(dice.random(len(near)) < 0.5, near, ~near))
        made[f"{number:04}"] = Sketch(keys, 4 + number % 30, np.full(NUMBERS, 0xFFFFFFFF, dtype=np.uint32))
    names = iter(made)
    with CandidateIndex() as index:
        for count in (1, 0, 700, 40, 759):
            some = {name: made[name] for name in islice(names, count)}
            found |= index.candidates(some)
            for name, sketch in some.items():
                shared = Counter(other for key in sketch.keys.tolist() for other in leads[key][:KEY_CAP])
                expected |= {(other, name) for other, keys in shared.items() if keys >= MIN_KEYS}
            for name, sketch in some.items():
                for key in sketch.keys.tolist():
                    leads[key].append(name)
            index.update(some, (), stamp=str(count))
    assert any(len(some) > KEY_CAP for some in leads.values())
    assert found == expected
    assert len(found) > 1_000


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


def test_a_page_a_thousand_times_over_goes_with_the_first_of_its_copies() -> None:
    made = sketches(Text(f"{number:04}", " ".join(paragraphs(1))) for number in range(1_000))
    pairs = pairs_among(made)
    among_the_first = {(a, b) for a, b in pairs if b < f"{MOST_TWINS:04}"}
    assert len(among_the_first) == MOST_TWINS * (MOST_TWINS - 1) / 2
    assert pairs - among_the_first == {
        (f"{hub:04}", f"{number:04}") for hub in range(8) for number in range(MOST_TWINS, 1_000)
    }
    one_by_one: set[tuple[str, str]] = set()
    with CandidateIndex() as index:
        for name, sketch in made.items():
            one_by_one |= index.candidates({name: sketch})
            index.update({name: sketch}, (), stamp=name)
        assert one_by_one == pairs
        assert index.candidates({"new": made["0000"]}) == {(f"{hub:04}", "new") for hub in range(8)}
        others = index.candidates({"new": made["0000"]}, but=["0000", "0001"])
        assert others == {(f"{hub:04}", "new") for hub in range(2, 10)}
        cut = sketches([Text("cut", " ".join(paragraphs(1)[:3]))])
        assert len(index.candidates(cut)) == KEY_CAP


def test_former_texts_do_not_take_the_places_of_a_key() -> None:
    """A live page is put right more often than a key leads to texts; then somebody reprints it."""
    whole = paragraphs(1)
    with CandidateIndex() as index:
        for number in range(2 * KEY_CAP):
            live = sketches([Text("live", "\n".join([*whole, *paragraphs(100 + number)[:1]]))])
            index.update(live, (), stamp=str(number))
        assert index.candidates(sketches([Text("reprint", "\n".join(whole))])) == {("live", "reprint")}


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
        assert len([pair for pair in found if pair[0].endswith("-007-whole")]) == (stamp if stamp < MOST_TWINS else 8)


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
