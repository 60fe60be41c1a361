"""Story ids through time: who keeps an id when stories merge or split, and what is said about it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from pipeline.dedup.decide import Cluster
from pipeline.models import Change, StoryChange, story_id

__all__ = ["OldStory", "assign_ids"]


@dataclass(frozen=True, slots=True)
class OldStory:
    """A story as the base version has it; `since` is the version that minted it."""

    story_id: str
    members: tuple[str, ...]
    canonical_id: str
    since: int


def assign_ids(
    clusters: Sequence[Cluster],
    old: Iterable[OldStory],
    *,
    version: int,
    touched: frozenset[str],
    by_overlap: bool = False,
) -> tuple[dict[str, Cluster], list[StoryChange]]:
    """Give each cluster its story id, and say what changed.

    On a merge the older story's id survives (lower version, then id) and the other becomes an alias; on a split the
    id stays with the part that holds the canonical document.

    Args:
        clusters: decided anew; together they hold every living member of the old stories given.
        old: all stories of the base version that share a member with the clusters.
        version: the corpus version in the making.
        touched: ids of documents whose text is new in this version, or that are something else to others than before.
        by_overlap: on a split the id goes with most members instead; where it stays when all is decided anew.
    """
    stories = sorted(old, key=lambda story: (story.since, story.story_id))
    claims = _claims(clusters, stories, by_overlap=by_overlap)
    assigned: dict[str, Cluster] = {}
    changes: list[StoryChange] = []
    for number, cluster in enumerate(clusters):
        claiming = claims[number]
        winner = claiming[0] if claiming else None
        name = winner.story_id if winner else _mint(cluster, version)
        assigned[name] = cluster
        losers = tuple(story.story_id for story in claiming[1:])
        changes += _changes(cluster, name, winner, losers, version, touched)
    kept = {story.story_id for found in claims.values() for story in found}
    for story in stories:
        if story.story_id not in kept:
            changes.append(_removed(story.story_id, version, "no member is left"))
    return assigned, changes


def _claims(clusters: Sequence[Cluster], stories: Sequence[OldStory], *, by_overlap: bool) -> dict[int, list[OldStory]]:
    """For each cluster the old stories whose canonical (else, or by overlap, largest) part it holds, the oldest first.

    Of parts of one size that with the canonical counts.
    """
    where = {member: number for number, cluster in enumerate(clusters) for member in cluster.members}
    claims: dict[int, list[OldStory]] = defaultdict(list)
    for story in stories:
        home = where.get(story.canonical_id)
        living = Counter(where[member] for member in story.members if member in where)
        if home is not None and not by_overlap:
            claims[home].append(story)
        elif living:
            claims[max(sorted(living), key=lambda part: (living[part], part == home))].append(story)
    return claims


def _mint(cluster: Cluster, version: int) -> str:
    # With the version: a document that left its story may start another while the first one lives on.
    return story_id(f"{cluster.members[0]}@{version}")


def _changes(
    cluster: Cluster, name: str, winner: OldStory | None, losers: tuple[str, ...], version: int, touched: frozenset[str]
) -> Iterable[StoryChange]:
    row = StoryChange(
        version=version, op=Change.ADDED, story_id=name, members=cluster.members, canonical_id=cluster.canonical_id,
        reason=cluster.reason, aliases=losers,
    )  # fmt: skip
    if winner is None:
        yield row
        return
    op = None
    if losers:
        op = Change.MERGED
    elif set(winner.members) - set(cluster.members):
        op = Change.SPLIT
    elif (
        winner.members != cluster.members or winner.canonical_id != cluster.canonical_id or touched & {*cluster.members}
    ):
        op = Change.CHANGED
    if op is not None:
        yield replace(row, op=op)
    for loser in losers:
        yield _removed(loser, version, f"merged into {name}", (name,))


def _removed(name: str, version: int, reason: str, aliases: tuple[str, ...] = ()) -> StoryChange:
    return StoryChange(
        version=version, op=Change.REMOVED, story_id=name, members=(), canonical_id=None, reason=reason, aliases=aliases
    )
