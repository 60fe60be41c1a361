"""One text that very many publish: what deciding about it costs grows with their number, not with its square."""

from __future__ import annotations

from itertools import combinations

from pipeline.dedup.cluster import cluster
from pipeline.dedup.sketches import KEY_CAP
from pipeline.dedup.verify import Facts
from pipeline.models import Relation

COPIES = 1_000


class Counted(dict[str, int]):
    """Sizes of texts, and how often one was asked for."""

    asked = 0

    def __getitem__(self, name: str) -> int:
        self.asked += 1
        return super().__getitem__(name)


def same(a: str, b: str, share: float = 1.0) -> Facts:
    return Facts(
        a=a, b=b, relation=Relation.SAME, jaccard=share, containment_a=share, containment_b=share, matched_words=100,
        new_words_a=0, new_words_b=0, together=True, evidence="",
    )  # fmt: skip


def test_very_many_copies_are_one_story_without_looking_at_all_of_it_for_each() -> None:
    names = [f"{at:04}" for at in range(COPIES)]
    sizes = Counted((name, 100) for name in names)
    # As candidates are: each with the first that have its keys.
    facts = [same(names[at], other) for at in range(KEY_CAP) for other in names[at + 1 :]]
    assert cluster(sizes, facts, set()) == [names]
    assert sizes.asked < 200 * COPIES


def test_two_groups_that_do_not_agree_are_asked_again_only_when_one_has_grown() -> None:
    """Two stories of sixty texts, each of which is a copy of one text of the other story."""
    here, there = ([f"{side}{at:02}" for at in range(60)] for side in "ab")
    facts = [same(*pair) for side in (here, there) for pair in combinations(side, 2)]
    facts += [same(one, other, 0.6) for one, other in zip(here, there, strict=True)]
    sizes = Counted((name, 100) for name in (*here, *there))
    assert cluster(sizes, facts, set()) == [here, there]
    assert sizes.asked < 50_000
