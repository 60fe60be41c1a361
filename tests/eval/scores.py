"""Scores of a clustering against the truth: pairwise F1, adjusted Rand index, B-cubed; and the plain baseline."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

__all__ = [
    "PairScore",
    "adjusted_rand",
    "b_cubed",
    "largest_mixed",
    "minhash_lsh_clusters",
    "pair_score",
    "pairs_together",
    "split_stories",
]


@dataclass(frozen=True, slots=True)
class PairScore:
    """Precision, recall and F1 over pairs of documents in one cluster; 1.0 where there is nothing to find."""

    precision: float
    recall: float
    f1: float


def pair_score(found: Mapping[str, str], truth: Mapping[str, str]) -> PairScore:
    """Compare two assignments of the same ids to clusters."""
    together, found_pairs, true_pairs = _pair_counts(found, truth)
    precision = together / found_pairs if found_pairs else 1.0
    recall = together / true_pairs if true_pairs else 1.0
    return PairScore(precision, recall, 2 * precision * recall / (precision + recall) if precision + recall else 0.0)


def adjusted_rand(found: Mapping[str, str], truth: Mapping[str, str]) -> float:
    """Adjusted Rand index (Hubert & Arabie 1985)."""
    together, found_pairs, true_pairs = _pair_counts(found, truth)
    everything = len(truth) * (len(truth) - 1) / 2
    expected = found_pairs * true_pairs / everything if everything else 0.0
    best = (found_pairs + true_pairs) / 2
    return 1.0 if best == expected else (together - expected) / (best - expected)


def b_cubed(found: Mapping[str, str], truth: Mapping[str, str]) -> float:
    """B-cubed F1 (Bagga & Baldwin 1998): precision and recall as one document sees its own cluster."""
    both = Counter((found[name], truth[name]) for name in truth)
    sizes, true_sizes = Counter(found[name] for name in truth), Counter(truth.values())
    precision = sum(count * count / sizes[cluster] for (cluster, _), count in both.items()) / len(truth)
    recall = sum(count * count / true_sizes[story] for (_, story), count in both.items()) / len(truth)
    return 2 * precision * recall / (precision + recall)


def _pair_counts(found: Mapping[str, str], truth: Mapping[str, str]) -> tuple[int, int, int]:
    def pairs(counts: Counter[object]) -> int:
        return sum(count * (count - 1) // 2 for count in counts.values())

    both = Counter[object]((found[name], truth[name]) for name in truth)
    return pairs(both), pairs(Counter(found[name] for name in truth)), pairs(Counter(truth.values()))


def pairs_together(clusters: Mapping[str, str], pairs: Sequence[tuple[str, str]]) -> float:
    """Share of pairs whose two sides are in one cluster."""
    return sum(clusters[a] == clusters[b] for a, b in pairs) / len(pairs) if pairs else 1.0


def minhash_lsh_clusters(texts: Mapping[str, str], *, threshold: float = 0.5) -> dict[str, str]:
    """What most pipelines do: MinHash of word 5-shingles, LSH at a threshold, connected components."""
    from datasketch import MinHash, MinHashLSH

    lsh, minhashes = MinHashLSH(threshold=threshold, num_perm=128), {}
    for name, text in texts.items():
        words = text.lower().split()
        grams = {" ".join(words[start : start + 5]).encode() for start in range(max(1, len(words) - 4))}
        minhash = MinHash(num_perm=128)
        minhash.update_batch(sorted(grams))
        minhashes[name] = minhash
        lsh.insert(name, minhash)
    groups: dict[str, set[str]] = {name: {name} for name in texts}
    for name, minhash in minhashes.items():
        for other in lsh.query(minhash):
            if groups[name] is not groups[other]:
                merged = groups[name] | groups[other]
                for member in merged:
                    groups[member] = merged
    return {name: min(group) for name, group in groups.items()}


def largest_mixed(found: Mapping[str, str], truth: Mapping[str, str]) -> list[tuple[str, list[str]]]:
    """Clusters that hold more than one true story: (cluster, their stories)."""
    stories: dict[str, set[str]] = defaultdict(set)
    for name, cluster in found.items():
        stories[cluster].add(truth[name])
    return [(cluster, sorted(held)) for cluster, held in sorted(stories.items()) if len(held) > 1]


def split_stories(found: Mapping[str, str], truth: Mapping[str, str]) -> list[tuple[str, str]]:
    """Pairs of documents of one true story that were not put together."""
    by_story: dict[str, list[str]] = defaultdict(list)
    for name, story in truth.items():
        by_story[story].append(name)
    return [(a, b) for names in by_story.values() for a, b in combinations(sorted(names), 2) if found[a] != found[b]]
