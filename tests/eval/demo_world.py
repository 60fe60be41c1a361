"""Scores a collected demo world against the truth that the world wrote about itself."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pipeline.corpus.reader import Corpus
from pipeline.models import normalised_headline
from pipeline.sources.urls import normalise_url
from tests.eval.scores import (
    PairScore,
    adjusted_rand,
    largest_mixed,
    minhash_lsh_clusters,
    pair_score,
    pairs_together,
    split_stories,
)

__all__ = ["DemoScore", "score_demo"]


@dataclass(frozen=True)
class DemoScore:
    """Shares are 0..1; `mixed` lists stories of ours that hold several true ones."""

    expected: int
    found: int
    extra: int
    titles: float
    dates: float
    authors: float
    agencies: float
    texts: float
    pairs: PairScore
    ari: float
    truncated_found: float
    mixed: int
    baseline_ari: float
    baseline_f1: float
    baseline_truncated: float
    problems: tuple[str, ...]


def score_demo(corpus: Corpus, truth_path: Path) -> DemoScore:
    """Match every row of the truth that was not deleted with a document, then compare fields, texts and stories."""
    told = [json.loads(line) for line in truth_path.read_text("utf-8").splitlines()]
    rows = [row for row in told if not row.get("deleted")]
    gone = {_key_of_truth(row) for row in told if row.get("deleted")}  # a corpus may have kept them, it need not
    documents = {_key_of_document(row): row for row in corpus.documents().to_pylist()}
    documents = {key: row for key, row in documents.items() if key not in gone}
    expected = {_key_of_truth(row): row for row in rows}
    assert len(expected) == len(rows), "the truth names a text twice"
    both = {key: (row, documents[key]) for key, row in expected.items() if key in documents}
    problems = [f"missing: {key}" for key in expected if key not in both]
    problems += [f"extra: {key}" for key in documents if key not in expected]
    shares = {}
    for name, right in _FIELDS.items():
        wrong = [key for key, (row, document) in both.items() if not right(row, document)]
        shares[name] = 1 - len(wrong) / max(1, len(both))
        problems += [_wrong(name, key, *both[key]) for key in wrong]
    return _clusters(corpus, both, shares, len(expected), len(documents), problems)


def _clusters(
    corpus: Corpus,
    both: Mapping[Any, Any],
    shares: Mapping[str, float],
    expected: int,
    documents: int,
    problems: list[str],
) -> DemoScore:
    truth = {document["id"]: row["story"] for row, document in both.values()}
    kinds = {document["id"]: row for row, document in both.values()}
    found = {
        copy["id"]: row["story_id"]
        for row in corpus.stories(columns=["story_id", "copies"]).to_pylist()
        for copy in row["copies"]
        if copy["id"] in truth
    }
    baseline = minhash_lsh_clusters({document["id"]: document["text"] for _, document in both.values()})
    originals = {row["story"]: document["id"] for row, document in both.values() if row["change"] is None}
    short = [
        (originals[row["story"]], document["id"])
        for row, document in both.values()
        if row["change"] in ("truncated", "teaser") and row["story"] in originals
    ]
    mixed = largest_mixed(found, truth)
    problems += [f"mixed story {name}: {stories}" for name, stories in mixed]
    problems += [f"split: {_name(kinds[a])} | {_name(kinds[b])}" for a, b in split_stories(found, truth)]
    return DemoScore(
        expected=expected,
        found=len(both),
        extra=documents - len(both),
        titles=shares["title"],
        dates=shares["date"],
        authors=shares["authors"],
        agencies=shares["agency"],
        texts=shares["text"],
        pairs=pair_score(found, truth),
        ari=adjusted_rand(found, truth),
        truncated_found=pairs_together(found, short),
        mixed=len(mixed),
        baseline_ari=adjusted_rand(baseline, truth),
        baseline_f1=pair_score(baseline, truth).f1,
        baseline_truncated=pairs_together(baseline, short),
        problems=tuple(problems),
    )


def _key_of_document(row: Mapping[str, Any]) -> tuple[str, ...]:
    if row["kind"] == "post":
        return ("post", row["source"], row["post_id"] or "")
    if row["kind"] == "digest_item":
        return ("digest_item", normalise_url(row["page_url"]), normalised_headline(row["title"] or ""))
    return ("article", row["source"], normalise_url(row["page_url"]))


def _key_of_truth(row: Mapping[str, Any]) -> tuple[str, ...]:
    if row["kind"] == "post":
        return ("post", row["source"], row["post_id"] or "")
    if row["kind"] == "digest_item":
        return ("digest_item", normalise_url(row["url"]), normalised_headline(row["title"]))
    return ("article", row["source"], normalise_url(row["url"]))


def _same_date(row: Mapping[str, Any], document: Mapping[str, Any]) -> bool:
    published = document["published_at"]
    if published is None:
        return False
    wanted = datetime.fromisoformat(row["published_at"])
    return bool(published.date() == wanted.date() if document["published_precision"] == "day" else published == wanted)


def _same_text(row: Mapping[str, Any], document: Mapping[str, Any]) -> bool:
    """At least 0.95 of the paragraphs of either side stand in the other."""
    wanted, got = (Counter(" ".join(p.split()) for p in text.split("\n\n")) for text in (row["text"], document["text"]))
    common = (wanted & got).total()
    return common >= 0.95 * max(wanted.total(), got.total())


_FIELDS = {
    "title": lambda row, document: row["title"] is None or " ".join(row["title"].split()) == document["title"],
    "date": _same_date,
    "authors": lambda row, document: row["authors"] == document["authors"],
    "agency": lambda row, document: row["agency"] == document["agency"],
    "text": _same_text,
}


def _wrong(name: str, key: object, row: Mapping[str, Any], document: Mapping[str, Any]) -> str:
    fields = {"date": ("published_at", "published_at"), "text": ("text", "text")}.get(name, (name, name))
    return f"{name} {key}: {str(row[fields[0]])[:120]!r} != {str(document[fields[1]])[:120]!r}"


def _name(row: Mapping[str, Any]) -> str:
    return f"{row['source']} {row['kind']} {row['post_id'] or row['url']} {row['change']} {row['template'] or ''}"
