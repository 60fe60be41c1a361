"""What a publish did, in all and for each source."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.stages.dedup import Changes
from pipeline.store.versions import CorpusVersion

__all__ = ["Published", "SourceGain", "gained", "in_all"]


@dataclass(frozen=True, slots=True)
class SourceGain:
    """What a version gained from one source. `collapsed`: new documents that are copies in some story."""

    source: str
    new: int
    revised: int
    collapsed: int


@dataclass(frozen=True, slots=True)
class Published:
    """What a publish did; `version` is that of the corpus afterwards, also when nothing was to be done."""

    version: int
    runs: tuple[str, ...]
    documents: int
    stories_added: int
    stories_changed: int
    collapsed: int
    sources: tuple[SourceGain, ...] = ()


def gained(version: CorpusVersion, changes: Changes, runs: Sequence[str]) -> Published:
    """What one version did."""
    added = sum(1 for change in changes.story_changes if change.op == "added")
    return Published(
        version=version.version,
        runs=tuple(runs),
        documents=len(changes.documents),
        stories_added=added,
        stories_changed=len(changes.stories) - added,
        collapsed=sum(1 for document in changes.documents if document.revision == 1)
        - added
        + len(changes.gone_stories),
        sources=_gains(changes),
    )


def in_all(done: Sequence[Published]) -> Published:
    """What versions that were made one after the other did together."""
    gains: dict[str, list[SourceGain]] = defaultdict(list)
    for one in done:
        for gain in one.sources:
            gains[gain.source].append(gain)
    return Published(
        version=done[-1].version,
        runs=tuple(run_id for one in done for run_id in one.runs),
        documents=sum(one.documents for one in done),
        stories_added=sum(one.stories_added for one in done),
        stories_changed=sum(one.stories_changed for one in done),
        collapsed=sum(one.collapsed for one in done),
        sources=tuple(
            SourceGain(
                name, sum(one.new for one in each), sum(one.revised for one in each), sum(one.collapsed for one in each)
            )
            for name, each in sorted(gains.items())
        ),
    )


def _gains(changes: Changes) -> tuple[SourceGain, ...]:
    source_of = {one.id: one.source for one in changes.documents if one.revision == 1}
    new = Counter(source_of.values())
    revised = Counter(one.source for one in changes.documents if one.revision > 1)
    copies = {copy.id for story in changes.stories for copy in story.copies if copy.id != story.id}
    collapsed = Counter(source_of[name] for name in copies & source_of.keys())
    return tuple(SourceGain(name, new[name], revised[name], collapsed[name]) for name in sorted(new | revised))
