"""Floors of de-duplication on fixtures that plain MinHash-LSH fails; lowered only with a written reason."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.eval.duplicates import score_fixture, world_fixture
from tests.eval.syndication import build_fixture, read_texts


def hold(scores: Mapping[str, float]) -> None:
    assert scores["baseline_lsh_0.5_ari"] <= 0.87, "the fixture is too easy to count"
    assert scores["ari"] >= 0.985
    assert scores["b3_f"] >= 0.99
    assert scores["pair_precision"] >= 0.98
    assert scores["templated_false_pairs_per_10k"] < 50
    assert scores["containers_found"] >= 0.95
    assert scores["wrongly_containers"] <= 0.002
    assert scores["candidate_recall"] >= 0.99


@pytest.mark.slow
def test_syndicated_copies_of_real_texts(eval_folder: Path) -> None:
    texts = read_texts(eval_folder / "texts" / "reuters.jsonl.gz")
    hold(score_fixture(build_fixture(texts, 108, stories=300)))


@pytest.mark.slow
def test_copies_of_the_demo_world() -> None:
    hold(score_fixture(world_fixture(216, pages=600)))
