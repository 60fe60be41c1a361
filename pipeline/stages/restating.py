"""What a whole-corpus decision changes against a corpus version: relations, stories, and the rows that say so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.dedup.canonical import ALONE
from pipeline.dedup.decide import Cluster
from pipeline.dedup.stories import OldStory, assign_ids
from pipeline.dedup.whole import Outcome
from pipeline.models import Change, Document, RelationRow, Story, StoryChange
from pipeline.stages.base import Base
from pipeline.stages.dedup import Changes
from pipeline.stages.rows import revisions_of, story_row, turned
from pipeline.store.schemas import from_row
from pipeline.store.tables import read_table

__all__ = ["Restated", "restate"]

_SAID = ("relation", "jaccard", "containment_a", "containment_b", "matched_words", "new_words_a", "new_words_b",
         "together", "evidence")  # fmt: skip
_CHUNK = 2_000
_LONG = pa.large_string()
"""What is said of all pairs may be more than two gigabytes."""


@dataclass(frozen=True, slots=True, eq=False)
class Restated:
    """What is decided otherwise than in the base.

    old: stories of the base that differ or end, by id. new: those that take their place, by id. months: of the old.
    """

    relations: tuple[RelationRow, ...]
    story_changes: tuple[StoryChange, ...]
    old: Mapping[str, OldStory]
    new: Mapping[str, Cluster]
    months: Mapping[str, str]
    to_canonical: Mapping[str, Mapping[str, str]]

    def changes(self, base: Base) -> Changes:
        """The rows of the next corpus version."""
        version, rows = base.version + 1, list[Story]()
        names = sorted(self.new)
        for some in (names[at : at + _CHUNK] for at in range(0, len(names), _CHUNK)):
            documents = base.current({one for name in some for one in self.new[name].members})
            rows += [self._story(base, name, documents, version) for name in some]
        gone = frozenset(one.story_id for one in self.story_changes if one.op is Change.REMOVED)
        return Changes(
            documents=(), relations=self.relations, story_changes=self.story_changes,
            stories=tuple(rows), gone_stories=gone, sketches={}, noticed=(),
            months=frozenset({*self.months.values(), *(one.month for one in rows)}),
        )  # fmt: skip

    def _story(self, base: Base, name: str, documents: Mapping[str, Document], version: int) -> Story:
        members = [documents[one] for one in self.new[name].members]
        since = self.old[name].since if name in self.old else version
        relations = {**self.to_canonical.get(name, {}), self.new[name].canonical_id: "canonical"}
        return story_row(
            name, self.new[name], members, relations, versions=(since, version), revisions=revisions_of(base, members)
        )


def restate(base: Base, outcome: Outcome, ids: pa.Array) -> Restated:
    """Hold a decision about all texts against the base.

    Args:
        base: the corpus at the version that the texts are of.
        outcome: the decision.
        ids: all current documents.
    """
    version = base.version + 1
    relations = _relations(outcome.facts)
    rows, other = _changed_relations(base, relations, version)
    old, new, months = _differing(base, outcome.clusters, ids, other)
    assigned, changes = assign_ids(new, old, version=version, touched=frozenset(other), by_overlap=True)
    said = {change.story_id for change in changes if change.op is not Change.REMOVED}
    written = {name: cluster for name, cluster in assigned.items() if name in said}
    return Restated(
        relations=tuple(rows),
        story_changes=tuple(sorted(changes, key=lambda change: (change.story_id, change.op))),
        old={one.story_id: one for one in old},
        new=written,
        months=months,
        to_canonical=_to_canonical(relations, written),
    )


def _relations(facts: pa.Table) -> pa.Table:
    """Facts in the columns of relations: a container comes first."""
    turn = pc.fill_null(pc.equal(facts["container"], facts["b"]), fill_value=False)
    found = {name: facts[name] for name in ("a", "b", *_SAID)}
    for one, other in (("a", "b"), ("containment_a", "containment_b"), ("new_words_a", "new_words_b")):
        found[one], found[other] = (
            pc.if_else(turn, facts[other], facts[one]),
            pc.if_else(turn, facts[one], facts[other]),
        )
    return _keyed(pa.table(found))


def _keyed(rows: pa.Table) -> pa.Table:
    """With the pair in a column of its own, whatever its order."""
    a, b = rows["a"], rows["b"]
    first = pc.less(a, b)
    low, high = pc.if_else(first, a, b), pc.if_else(first, b, a)
    return rows.append_column(
        "pair", pc.binary_join_element_wise(pc.cast(low, _LONG), pc.cast(high, _LONG), pa.scalar("+", _LONG))
    )


def _kept_relations(base: Base) -> pa.Table:
    """The latest row of each pair."""
    stored = read_table(base.store, "relations", base.delta_version("relations"))
    rows = _keyed(stored).append_column("holds", pc.is_valid(stored["relation"]))
    # Within one version a turned pair has two rows; the one that holds is the later truth.
    rows = rows.sort_by([(name, "ascending") for name in ("pair", "version", "holds")])
    if not rows.num_rows:
        return rows
    same = pc.equal(rows["pair"][:-1], rows["pair"][1:]).to_numpy(zero_copy_only=False)
    return rows.filter(pa.array(np.append(~same, True)))


def _changed_relations(base: Base, relations: pa.Table, version: int) -> tuple[list[RelationRow], set[str]]:
    """Rows to add, and the documents that are something else to another one than before."""
    kept = _kept_relations(base)
    unlike = relations.filter(pc.invert(pc.is_in(_said(relations), _said(kept))))
    former = {
        row.pop("pair"): row
        for row in kept.filter(pc.is_in(kept["pair"], unlike["pair"].combine_chunks()))
        .drop_columns("holds")
        .to_pylist()
    }
    rows, touched = list[RelationRow](), set[str]()
    for values in unlike.to_pylist():
        before = former.get(values.pop("pair"))
        old = None if before is None else from_row(RelationRow, before)
        row = from_row(RelationRow, values | {"version": version})
        rows += [*turned(old, row, version), row]
        if old is None or old.relation is not row.relation:
            touched |= {row.a, row.b}
    held = kept.filter(kept["holds"]).drop_columns("holds")
    for values in held.filter(pc.invert(pc.is_in(held["pair"], relations["pair"].combine_chunks()))).to_pylist():
        old = from_row(RelationRow, {name: value for name, value in values.items() if name != "pair"})
        rows.append(replace(old, relation=None, together=False, evidence="not found anew", version=version))
        touched |= {old.a, old.b}
    return rows, touched


def _said(rows: pa.Table) -> pa.Array:
    """One text a row with all that it says."""
    columns = [pc.fill_null(pc.cast(pc.cast(rows[name], pa.string()), _LONG), "") for name in ("a", "b", *_SAID)]
    return (
        pc.binary_join_element_wise(*columns, pa.scalar("\x1f", _LONG)).combine_chunks()
        if rows.num_rows
        else pa.array([], _LONG)
    )


def _differing(
    base: Base, clusters: pa.Table, ids: pa.Array, touched: AbstractSet[str]
) -> tuple[list[OldStory], list[Cluster], dict[str, str]]:
    """Stories of the base and new ones that have no equal on the other side, or that hold a touched document."""
    columns = ["story_id", "id", "reason", "month", "since_version", "copies"]
    stories = read_table(base.store, "stories", base.delta_version("stories"), columns=columns)
    within = [sorted(copy["id"] for copy in copies) for copies in stories["copies"].to_pylist()]
    before = {
        _mark(row["id"], row["reason"], members): OldStory(
            row["story_id"], tuple(members), row["id"], row["since_version"]
        )
        for row, members in zip(stories.drop_columns("copies").to_pylist(), within, strict=True)
    }
    months = dict(zip(stories["story_id"].to_pylist(), stories["month"].to_pylist(), strict=True))
    after = {
        _mark(row["canonical_id"], row["reason"], row["members"]): Cluster(
            tuple(row["members"]), row["canonical_id"], row["reason"]
        )
        for row in clusters.to_pylist()
    }
    joined = pc.list_flatten(clusters["members"]).combine_chunks()
    alone = ids.filter(pc.invert(pc.is_in(ids, joined)))
    after |= {_mark(name, ALONE, [name]): Cluster((name,), name, ALONE) for name in alone.to_pylist()}
    unlike = before.keys() ^ after.keys()
    unlike |= {mark for mark, one in after.items() if len(one.members) > 1 and not touched.isdisjoint(one.members)}
    old = [one for mark, one in before.items() if mark in unlike]
    new = [one for mark, one in after.items() if mark in unlike]
    return old, new, {one.story_id: months[one.story_id] for one in old}


def _mark(canonical: str, reason: str, members: Sequence[str]) -> tuple[str, str, tuple[str, ...]]:
    return (canonical, reason, tuple(members))


def _to_canonical(relations: pa.Table, stories: Mapping[str, Cluster]) -> dict[str, dict[str, str]]:
    """What each member of a story is to its canonical document."""
    of = {cluster.canonical_id: name for name, cluster in stories.items()}
    canonical = pa.array(list(of), pa.string())
    near = pc.or_(pc.is_in(relations["a"], canonical), pc.is_in(relations["b"], canonical))
    found: dict[str, dict[str, str]] = {name: {} for name in stories}
    for row in relations.filter(near).select(["a", "b", "relation"]).to_pylist():
        for one, other in ((row["a"], row["b"]), (row["b"], row["a"])):
            if one in of:
                found[of[one]][other] = row["relation"]
    return found
