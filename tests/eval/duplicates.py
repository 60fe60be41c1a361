"""How well copies are found: syndication fixtures over real texts, and the demo's world, on seeds of their own."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from itertools import combinations
from pathlib import Path

from pipeline.dedup.decide import Decision, decide
from pipeline.dedup.furniture import find_furniture
from pipeline.dedup.measures import Part
from pipeline.dedup.sketches import pairs_among, sketches
from pipeline.dedup.texts import Text
from pipeline.demo.world import build_world
from pipeline.models import Kind, Relation
from tests.eval.scores import adjusted_rand, b_cubed, minhash_lsh_clusters, pair_score, pairs_together
from tests.eval.syndication import Fixture, build_fixture, read_texts

__all__ = ["Row", "decide_all", "score_fixture", "score_syndication", "score_worlds", "world_fixture"]

Row = tuple[str, float, float | None]
"""Name, value, floor; a negative floor is a ceiling."""
_SYNDICATIONS = {
    "syndication": ("first", (101, 102, 103, 104, 105)),
    "syndication_held_back": ("held_back", (106, 107)),
    "syndication_later": ("later", (109, 110)),
}
_WORLDS = (211, 212, 213, 214, 215)
_FLOORS = {
    "ari": 0.985, "b3_f": 0.99, "pair_f1": 0.98, "pair_precision": 0.98, "recall.truncated": 0.99,
    "recall.comment": 0.99, "recall.quote": 0.99, "recall.heavy": 0.99, "recall.teaser": 0.95,
    "containers_found": 0.97, "wrongly_containers": -0.001, "templated_false_pairs_per_10k": -50.0,
    "largest_over_truth": -1.0, "candidate_recall": 0.99, "candidates_per_document": -5.0,
    "baseline_lsh_0.5_ari": -0.87,
}  # fmt: skip


def score_syndication(path: Path) -> list[Row]:
    """Medians over the seeds with the worst seed beside them; then edits that the rules never saw."""
    texts = read_texts(path)
    rows: list[Row] = []
    for label, (edits, seeds) in _SYNDICATIONS.items():
        rows += _over_seeds(label, [score_fixture(build_fixture(texts, seed, edits=edits)) for seed in seeds])
    return rows


def _over_seeds(label: str, scores: Sequence[Mapping[str, float]]) -> list[Row]:
    rows: list[Row] = []
    for name in scores[0]:
        values, floor = [score[name] for score in scores], _FLOORS.get(name)
        worst = max(values) if floor is not None and str(floor).startswith("-") else min(values)
        rows += [(f"{label}.{name}", statistics.median(values), floor), (f"{label}.{name}.worst", worst, None)]
    return rows


def decide_all(
    texts: Sequence[Text], *, without: Collection[Part] = (), furniture: bool = True
) -> tuple[Decision, set[tuple[str, str]]]:
    """The decision and the candidate pairs that it was made from."""
    common = find_furniture(texts) if furniture else {}
    pairs = pairs_among(sketches(texts, common))
    return decide({text.id: text for text in texts}, pairs, common, without=without), pairs


def score_fixture(
    fixture: Fixture, *, baseline: bool = True, without: Collection[Part] = (), furniture: bool = True
) -> dict[str, float]:
    """Every measure on one fixture, by name.

    Args:
        fixture: texts with the truth about them.
        baseline: score plain MinHash-LSH beside it.
        without: parts of the method to leave out.
        furniture: whether to look for what the hosts put on every page.
    """
    decision, pairs = decide_all(fixture.texts, without=without, furniture=furniture)
    found = {member: cluster.canonical_id for cluster in decision.clusters for member in cluster.members}
    score = pair_score(found, fixture.story)
    scores = {
        "documents": float(len(fixture.texts)),
        "ari": adjusted_rand(found, fixture.story),
        "b3_f": b_cubed(found, fixture.story),
        "pair_f1": score.f1,
        "pair_precision": score.precision,
        "pair_recall": score.recall,
    }
    for change in sorted({fixture.change[name] for name in fixture.original}):
        copies = [(first, name) for name, first in fixture.original.items() if fixture.change[name] == change]
        scores[f"recall.{change}"] = pairs_together(found, copies)
    scores |= _of_containers(fixture, decision) | _of_templates(fixture, found) | _of_candidates(fixture, pairs)
    largest = max(Counter(found.values()).values()) / max(Counter(fixture.story.values()).values())
    scores["largest_over_truth"] = largest
    if baseline:
        texts = {text.id: text.text for text in fixture.texts}
        for threshold in (0.5, 0.8):
            plain = minhash_lsh_clusters(texts, threshold=threshold)
            scores[f"baseline_lsh_{threshold}_ari"] = adjusted_rand(plain, fixture.story)
            scores[f"baseline_lsh_{threshold}_pair_f1"] = pair_score(plain, fixture.story).f1
    return scores


def _of_containers(fixture: Fixture, decision: Decision) -> dict[str, float]:
    held = {fact.container for fact in decision.facts if fact.relation is Relation.CONTAINS}
    others = {text.id for text in fixture.texts} - fixture.containers
    # A post that cites a text among more words of its own holds it; to say so is right.
    remarks = {name for name, change in fixture.change.items() if change == "remark"}
    wrong = held & (others - remarks)
    return {
        "containers_found": len(held & fixture.containers) / len(fixture.containers) if fixture.containers else 1.0,
        "wrongly_containers": len(wrong) / len(others),
    }


def _of_templates(fixture: Fixture, found: Mapping[str, str]) -> dict[str, float]:
    groups = Counter((found[name], fixture.story[name]) for name in fixture.templated)
    by_cluster = Counter(found[name] for name in fixture.templated)
    false = sum(n * (n - 1) // 2 for n in by_cluster.values()) - sum(n * (n - 1) // 2 for n in groups.values())
    return {"templated_false_pairs_per_10k": false * 10_000 / max(1, len(fixture.templated))}


def _of_candidates(fixture: Fixture, pairs: set[tuple[str, str]]) -> dict[str, float]:
    by_story: dict[str, list[str]] = {}
    for name, story in fixture.story.items():
        by_story.setdefault(story, []).append(name)
    copies = {(min(first, name), max(first, name)) for name, first in fixture.original.items()}
    true = sum(len(names) * (len(names) - 1) // 2 for names in by_story.values())
    both = sum(1 for names in by_story.values() for pair in combinations(sorted(names), 2) if pair in pairs)
    return {
        "candidate_recall": len(copies & pairs) / len(copies) if copies else 1.0,
        "candidate_recall_all_pairs": both / max(1, true),
        "candidates_per_document": len(pairs) / len(fixture.texts),
    }


def score_worlds() -> list[Row]:
    """The demo's press world on five seeds that nothing was tuned on; texts as the world wrote them."""
    return _over_seeds("world", [score_fixture(world_fixture(seed)) for seed in _WORLDS])


def world_fixture(seed: int, *, pages: int = 1_500) -> Fixture:
    """The texts of a demo world, with its truth."""
    fixture = Fixture()
    originals: dict[str, str] = {}
    rows = [row for row in build_world(seed=seed, pages=pages).truth() if not row["deleted"]]
    for number, row in enumerate(rows):
        name, story = f"{number:06}", str(row["story"])
        fixture.texts.append(
            Text(
                name, str(row["text"]), kind=Kind(str(row["kind"])), source=str(row["source"]), url=str(row["url"]),
                authors=tuple(str(one) for one in row["authors"]),  # type: ignore[attr-defined]
                published_at=datetime.fromisoformat(str(row["published_at"])),
            )
        )  # fmt: skip
        fixture.story[name] = story
        if row["change"] is None:
            originals.setdefault(story, name)
        else:
            fixture.change[name] = str(row["change"])
        if row["template"]:
            fixture.templated.add(name)
    fixture.original = {
        name: originals[fixture.story[name]] for name in fixture.change if fixture.story[name] in originals
    }
    return fixture
