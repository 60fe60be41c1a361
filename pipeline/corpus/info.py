"""What is in a corpus, in a few numbers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from pipeline.corpus.reader import Corpus

__all__ = ["CorpusInfo", "SourceInfo", "corpus_info"]


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """Counts of one source. `collapsed`: documents that are not canonical for their story."""

    source: str
    documents: int
    collapsed: int


@dataclass(frozen=True, slots=True)
class CorpusInfo:
    """Counts of one corpus version. Digests and threads are pages that several documents came from.

    `artefacts`: what was learned from the corpus and is used from this version on, by name, with its place.
    """

    version: int
    created_at: str
    location: str
    documents: int
    revisions: int
    stories: int
    collapsed: int
    kinds: dict[str, int]
    digests: int
    threads: int
    relations: dict[str, int]
    agencies: dict[str, int]
    artefacts: dict[str, str]
    sources: tuple[SourceInfo, ...]


def corpus_info(corpus: Corpus) -> CorpusInfo:
    """Count what a corpus version holds."""
    columns = ["source", "agency", "kind", "parent_id", "thread_id"]
    documents, stories = corpus.documents(columns=columns), corpus.stories(columns=["id", "source"])
    by_source, canonical = Counter(documents["source"].to_pylist()), Counter(stories["source"].to_pylist())
    agencies = Counter(name for name in documents["agency"].to_pylist() if name)
    return CorpusInfo(
        version=corpus.version,
        created_at=corpus.pinned.created_at.isoformat(timespec="seconds"),
        location=corpus.store.address,
        documents=documents.num_rows,
        revisions=corpus.revisions(columns=["id"]).num_rows,
        stories=stories.num_rows,
        collapsed=documents.num_rows - stories.num_rows,
        kinds=dict(sorted(Counter(documents["kind"].to_pylist()).items())),
        digests=len({name for name in documents["parent_id"].to_pylist() if name}),
        threads=len({name for name in documents["thread_id"].to_pylist() if name}),
        relations=dict(sorted(Counter(corpus.relations()["relation"].to_pylist()).items())),
        agencies=dict(agencies.most_common(10)),
        artefacts=dict(corpus.pinned.artefacts),
        sources=tuple(
            SourceInfo(name, count, count - canonical.get(name, 0)) for name, count in sorted(by_source.items())
        ),
    )
