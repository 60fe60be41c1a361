"""What each part is good for: the same fixtures with the part left out."""

from __future__ import annotations

from pathlib import Path

from pipeline.dedup.measures import Part
from tests.eval.duplicates import Row, score_fixture
from tests.eval.syndication import build_fixture, read_texts

__all__ = ["score_ablations"]

_FIXTURES = (("first", 101), ("later", 109))
_MEASURES = ("ari", "pair_precision", "pair_recall", "templated_false_pairs_per_10k", "largest_over_truth")


def score_ablations(path: Path) -> list[Row]:
    """`ablation.<edits>.without_<part>.<measure>` on one seed of two families of edits."""
    texts = read_texts(path)
    rows: list[Row] = []
    for edits, seed in _FIXTURES:
        fixture = build_fixture(texts, seed, edits=edits)
        for name, without, furniture in (
            ("nothing", (), True),
            ("furniture", (), False),
            *((part.value, (part,), True) for part in Part),
        ):
            scores = score_fixture(fixture, baseline=False, without=without, furniture=furniture)
            rows += [(f"ablation.{edits}.without_{name}.{measure}", scores[measure], None) for measure in _MEASURES]
    return rows
