"""What each part is good for: the same fixture with the part switched off."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from unittest.mock import patch

from pipeline.dedup import cluster, decide, sketches, verify
from tests.eval import duplicates
from tests.eval.duplicates import Row, score_fixture
from tests.eval.syndication import build_fixture, read_texts

__all__ = ["score_ablations"]

_SEED = 101
_MEASURES = ("ari", "pair_precision", "pair_recall", "templated_false_pairs_per_10k", "largest_over_truth")
_PARTS: Mapping[str, tuple[tuple[object, str, object], ...]] = {
    "nothing": (),
    "furniture": ((duplicates, "find_furniture", lambda _: {}),),
    "containers": ((decide, "find_containers", lambda *_: set()),),
    "votes": ((cluster._Votes, "agree", lambda *_: True),),
    "template_guard": ((verify._Measures, "templated", False),),
    "partial_copies": ((verify._Measures, "copied", False),),
    "small_gaps": ((verify, "_GAP", 0),),
    "facts_of_reworded": ((verify, "_ALL_FACTS", 0.0), (verify, "_FACTS_KEPT", 0.0)),
    "keys_of_the_opening": ((sketches, "_LEAD", 0),),
}


def score_ablations(path: Path) -> list[Row]:
    """`ablation.without_<part>.<measure>` on one seed."""
    texts = read_texts(path)
    rows: list[Row] = []
    for part, changes in _PARTS.items():
        with _without(changes):
            scores = score_fixture(build_fixture(texts, _SEED), baseline=False)
        rows += [(f"ablation.without_{part}.{name}", scores[name], None) for name in _MEASURES]
    return rows


@contextmanager
def _without(changes: tuple[tuple[object, str, object], ...]) -> Iterator[None]:
    with ExitStack() as stack:
        for where, name, value in changes:
            stack.enter_context(patch.object(where, name, value))
        yield
