"""Rows of stories and relations as a corpus version adds them, and documents as they are compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from pipeline.dedup.decide import Cluster
from pipeline.dedup.texts import Text
from pipeline.models import Copy, Document, RelationRow, Story, pasted_text
from pipeline.sources.declaration import Source
from pipeline.stages.base import Base

__all__ = ["revisions_of", "story_row", "text_of", "turned"]


def story_row(
    name: str,
    cluster: Cluster,
    members: Sequence[Document],
    relations: Mapping[str, str],
    *,
    versions: tuple[int, int],
    revisions: int,
) -> Story:
    """The row of a story.

    Args:
        name: its id.
        cluster: what was decided.
        members: its documents as they are current.
        relations: what each member is to the canonical one, by id; those that are not named are so by others.
        versions: the version that minted it, and the one in the making.
        revisions: how many revisions its documents have in all.
    """
    best = next(one for one in members if one.id == cluster.canonical_id)
    seen = sorted(one.published_at or one.fetched_at for one in members)
    copies = sorted(members, key=lambda one: (one.published_at or one.fetched_at, one.id))
    return Story(
        story_id=name, id=best.id, source=best.source, kind=best.kind, url=best.url, title=best.title,
        authors=best.authors, agency=best.agency or next((one.agency for one in copies if one.agency), None),
        published_at=best.published_at, language=best.language, text=best.text, word_count=best.word_count,
        copies=tuple(
            Copy(one.id, one.source, one.url, one.published_at, relations.get(one.id, "indirect")) for one in copies
        ),
        sources=tuple(sorted({one.source for one in members})), first_seen=seen[0], last_seen=seen[-1],
        reason=cluster.reason, version=versions[1], since_version=versions[0], month=f"{seen[0]:%Y-%m}",
        spread_hours=round((seen[-1] - seen[0]).total_seconds() / 3600, 3), revisions=revisions,
    )  # fmt: skip


def revisions_of(base: Base, members: Sequence[Document]) -> int:
    """Revisions that documents have, with those that the next version adds."""
    known = base.revisions({one.id for one in members})
    return sum(max(one.revision, *(old.revision for old in known[one.id]), 0) for one in members)


def turned(old: RelationRow | None, row: RelationRow, version: int) -> list[RelationRow]:
    """A pair whose order turned (the container comes first) loses its row in the old order."""
    if old is None or old.relation is None or (old.a, old.b) == (row.a, row.b):
        return []
    return [replace(old, relation=None, together=False, evidence="see the pair the other way round", version=version)]


def text_of(document: Document, sources: Mapping[str, Source]) -> Text:
    """A document as it is compared."""
    source = sources.get(document.source)
    return Text(
        id=document.id,
        text=document.text,
        kind=document.kind,
        source=document.source,
        url=document.url,
        title=document.title,
        authors=document.authors,
        published_at=document.published_at,
        authority=source.authority if source else 50,
        is_agency=bool(source and source.agency),
        pasted=pasted_text(document.quotes),
    )
