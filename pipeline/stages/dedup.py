"""De-duplicate: staged documents against one corpus version -> the rows that the next version adds."""

from __future__ import annotations

import hashlib
import io
import json
import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pyarrow.parquet as pq

from pipeline.dedup.decide import Cluster, Decision, decide
from pipeline.dedup.index import CandidateIndex
from pipeline.dedup.sketches import Sketch, pairs_among, sketches
from pipeline.dedup.stories import OldStory, assign_ids
from pipeline.dedup.texts import Furniture
from pipeline.dedup.verify import Facts
from pipeline.errors import CorruptDataError
from pipeline.models import Change, Document, RelationRow, Story, StoryChange
from pipeline.sources.declaration import Source
from pipeline.stages.base import Base, currents_after
from pipeline.stages.furniture import furniture_at
from pipeline.stages.posts import Noticed, named_apart, posts_gone
from pipeline.stages.rows import revisions_of, story_row, text_of, turned
from pipeline.store.objects import ObjectStore
from pipeline.store.schemas import from_row

__all__ = ["Changes", "plan_changes", "plan_without", "read_staged"]

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Changes:
    """Rows that a corpus version adds, and the months of `stories` that it writes anew."""

    documents: tuple[Document, ...]
    relations: tuple[RelationRow, ...]
    story_changes: tuple[StoryChange, ...]
    stories: tuple[Story, ...]
    gone_stories: frozenset[str]
    months: frozenset[str]
    sketches: Mapping[str, Sketch]
    noticed: tuple[Noticed, ...]


def read_staged(store: ObjectStore, run_id: str) -> list[Document]:
    """Documents of a staged run.

    Raises:
        CorruptDataError: a part is not what `_DONE.json` says.
    """
    done = json.loads(store.get(f"staged/{run_id}/_DONE.json"))
    documents: list[Document] = []
    for part in done["parts"]:
        key = f"staged/{run_id}/{part['name']}"
        data = store.get(key)
        if hashlib.sha256(data).hexdigest() != part["sha256"]:
            raise CorruptDataError(f"{key} is not what _DONE.json says; discard the run and extract it again")
        documents += [from_row(Document, row) for row in pq.read_table(io.BytesIO(data)).to_pylist()]
    return documents


def plan_changes(
    base: Base, staged: Sequence[Document], index: CandidateIndex, sources: Mapping[str, Source], *, now: datetime
) -> Changes:
    """Decide what the staged documents change; the base is not touched.

    Args:
        base: the corpus at one version, which names the furniture that all is decided with.
        staged: documents of all runs to publish.
        index: candidates of the current documents at exactly that version.
        sources: declarations, for authority and agency.
        now: the time of the version in the making.
    """
    version = base.version + 1
    staged, clashes = named_apart(base, staged)
    revisions = _new_revisions(base, staged, now)
    changed = currents_after(base, revisions)
    furniture = furniture_at(base)
    found = sketches((text_of(document, sources) for document in changed.values()), furniture)
    plan = _Plan(base, changed, sources, version, furniture)
    plan.decide(_pairs(found, index, changed.keys()))
    return Changes(
        documents=tuple(revisions),
        relations=tuple(plan.relations()),
        story_changes=tuple(plan.story_changes),
        stories=tuple(plan.stories),
        gone_stories=frozenset(plan.gone),
        months=frozenset(plan.months),
        sketches=found,
        noticed=(*clashes, *posts_gone(base, staged)),
    )


def plan_without(
    base: Base, removed: Collection[str], edited: Sequence[Document], sources: Mapping[str, Source]
) -> Changes:
    """Decide what is left of the stories of documents that are taken out, or whose row is edited; no text is new.

    Relations of removed documents are not among the rows: who removes the documents removes those too.
    """
    version = base.version + 1
    before = base.stories_of({*removed, *(one.id for one in edited)})
    tied = [key for key, row in base.relations_of(removed).items() if row.together]
    beside = {name for key in tied for name in key} - set(removed)
    base.forget(removed)
    left = {copy.id for story in before for copy in story.copies} - set(removed)
    documents = base.current(left) | {one.id: one for one in edited}
    stored = base.relations_around(left)
    plan = _Plan(base, documents, sources, version, furniture_at(base))
    known = {key for key, row in stored.items() if row.relation is not None and not set(key) & set(removed)}
    plan.decide(known, beside=beside)
    ended = [story for story in before if not {copy.id for copy in story.copies} - set(removed)]
    changes = [
        StoryChange(
            version=version, op=Change.REMOVED, story_id=story.story_id, members=(), canonical_id=None,
            reason="taken down",
        )
        for story in ended
    ]  # fmt: skip
    return Changes(
        documents=tuple(edited),
        relations=tuple(row for row in plan.relations() if not {row.a, row.b} & set(removed)),
        story_changes=(*plan.story_changes, *changes),
        stories=tuple(plan.stories),
        gone_stories=frozenset({*plan.gone, *(story.story_id for story in ended)}),
        months=frozenset({*plan.months, *(story.month for story in ended)}),
        sketches={},
        noticed=(),
    )


def _new_revisions(base: Base, staged: Sequence[Document], now: datetime) -> list[Document]:
    by_id: dict[str, list[Document]] = defaultdict(list)
    for document in sorted(staged, key=lambda one: (one.fetched_at, one.extractor, one.text_sha256)):
        by_id[document.id].append(document)
    known = base.revisions(by_id)
    added: list[Document] = []
    for name, documents in sorted(by_id.items()):
        history = list(known.get(name, ()))
        for document in documents:
            current = max(history, key=_currency, default=None)
            if not _is_new(document, current, history):
                continue
            first = history[0].first_added_at if history else now
            number = max((one.revision for one in history), default=0) + 1
            numbered = replace(document, revision=number, added_at=now, first_added_at=first)
            history.append(numbered)
            added.append(numbered)
    return added


def _currency(document: Document) -> tuple[datetime, int, int]:
    return (document.fetched_at, document.extractor, document.revision)


def _is_new(document: Document, current: Document | None, history: Iterable[Document]) -> bool:
    if current is None:
        return True
    if _content(document) == _content(current):
        return False
    old = any((document.text_sha256, document.extractor) == (one.text_sha256, one.extractor) for one in history)
    return not old or document.fetched_at > current.fetched_at


def _content(document: Document) -> tuple[object, ...]:
    return (
        document.text_sha256, document.title, document.authors, document.published_at, document.agency, document.quotes
    )  # fmt: skip


def _pairs(found: dict[str, Sketch], index: CandidateIndex, changed: Collection[str]) -> set[tuple[str, str]]:
    """Candidate pairs of changed documents: with the others by the index, among each other in memory."""
    # The index still holds former texts of changed documents; those say nothing any more.
    return pairs_among(found) | index.candidates(found, but=changed)


class _Plan:
    """Works out relations and stories of every component that a version touches."""

    def __init__(
        self,
        base: Base,
        changed: Mapping[str, Document],
        sources: Mapping[str, Source],
        version: int,
        furniture: Furniture,
    ) -> None:
        self._base = base
        self._changed = changed
        self._sources = sources
        self._version = version
        self._furniture = furniture
        self._documents: dict[str, Document] = {}
        self._stored: dict[tuple[str, str], RelationRow] = {}
        self._facts: tuple[Facts, ...] = ()
        self._to_canonical: Mapping[str, Mapping[str, str]] = {}
        self.story_changes: list[StoryChange] = []
        self.stories: list[Story] = []
        self.gone: set[str] = set()
        self.months: set[str] = set()

    def decide(self, pairs: set[tuple[str, str]], *, beside: Collection[str] = ()) -> None:
        """Decide the components of what changed, of pairs, and of documents `beside` something that is gone."""
        start = {*self._changed, *beside, *(name for pair in pairs for name in pair)}
        self._stored = self._base.relations_around(start)
        affected = self._affected(start)
        self._documents = self._base.current(affected - set(self._changed)) | dict(self._changed)
        texts = {name: text_of(document, self._sources) for name, document in self._documents.items()}
        kept = {
            key for key, row in self._stored.items()
            if row.relation is not None and texts.keys() >= set(key) and not set(key) & set(self._changed)
        }  # fmt: skip
        decision = decide(texts, {pair for pair in pairs | kept if texts.keys() >= set(pair)}, self._furniture)
        self._facts = decision.facts
        self._assign(decision)

    def _affected(self, start: set[str]) -> set[str]:
        neighbours: dict[str, set[str]] = defaultdict(set)
        for (a, b), row in self._stored.items():
            if row.together:
                neighbours[a].add(b)
                neighbours[b].add(a)
        found, waiting = set(start), list(start)
        while waiting:
            for name in neighbours[waiting.pop()] - found:
                found.add(name)
                waiting.append(name)
        return found

    def _assign(self, decision: Decision) -> None:
        old = self._base.stories_of(self._documents)
        by_id = {story.story_id: story for story in old}
        olds = [
            OldStory(one.story_id, tuple(sorted(copy.id for copy in one.copies)), one.id, one.since_version)
            for one in old
        ]
        assigned, changes = assign_ids(decision.clusters, olds, version=self._version, touched=frozenset(self._changed))
        self.story_changes = sorted(changes, key=lambda change: (change.story_id, change.op))
        written = {change.story_id for change in changes if change.op is not Change.REMOVED}
        self._to_canonical = _to_canonical(self._facts, {assigned[name].canonical_id for name in written})
        self.gone = {change.story_id for change in changes if change.op is Change.REMOVED}
        for name in sorted(written):
            former = by_id.get(name)
            since = former.since_version if former else self._version
            self.stories.append(self._story(name, assigned[name], since))
        self.months = {story.month for story in self.stories}
        self.months |= {by_id[name].month for name in written | self.gone if name in by_id}

    def _story(self, name: str, cluster: Cluster, since: int) -> Story:
        members = [self._documents[member] for member in cluster.members]
        return story_row(
            name, cluster, members, self._to_canonical[cluster.canonical_id], versions=(since, self._version),
            revisions=revisions_of(self._base, members),
        )  # fmt: skip

    def relations(self) -> list[RelationRow]:
        """Rows for pairs whose relation is new, differs, or holds no more."""
        rows, now_known = [], {(fact.a, fact.b) for fact in self._facts}
        for fact in self._facts:
            row = _relation_row(fact, self._version)
            old = self._stored.get((fact.a, fact.b))
            if old is None or replace(old, version=0) != replace(row, version=0):
                rows += [*turned(old, row, self._version), row]
        for key, old in sorted(self._stored.items()):
            if old.relation is not None and key not in now_known and set(key) & set(self._changed):
                rows.append(
                    replace(old, relation=None, together=False, evidence="the text changed", version=self._version)
                )
        return rows


def _to_canonical(facts: Iterable[Facts], canonical: Collection[str]) -> dict[str, dict[str, str]]:
    """What other documents are to some, by those."""
    found = {name: {name: "canonical"} for name in canonical}
    for fact in facts:
        for one, other in ((fact.a, fact.b), (fact.b, fact.a)):
            if one in found:
                found[one][other] = fact.relation.value
    return found


def _relation_row(fact: Facts, version: int) -> RelationRow:
    values: dict[str, Any] = {
        "a": fact.a, "b": fact.b, "relation": fact.relation, "jaccard": fact.jaccard,
        "containment_a": fact.containment_a, "containment_b": fact.containment_b, "matched_words": fact.matched_words,
        "new_words_a": fact.new_words_a, "new_words_b": fact.new_words_b, "together": fact.together,
        "evidence": fact.evidence, "version": version,
    }  # fmt: skip
    if fact.container == fact.b:
        for name in ("{}", "containment_{}", "new_words_{}"):
            one, other = name.format("a"), name.format("b")
            values[one], values[other] = values[other], values[one]
    return RelationRow(**values)
