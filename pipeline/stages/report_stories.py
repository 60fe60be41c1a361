"""What the corpus made of a run's texts: how many are new, when they were published, their biggest stories."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pyarrow.compute as pc

from pipeline.models import Copy, Document, Kind, Precision, Relation, Story
from pipeline.quality.comparison import Paragraph, Passage, Row
from pipeline.quality.run_page import (
    ComparedCopy,
    Holder,
    Intake,
    IntakeRow,
    SideBySide,
    StoryCopy,
    StoryPart,
)
from pipeline.stages.base import Base
from pipeline.stages.diff import Beside, compare_documents
from pipeline.store.members import members_among
from pipeline.store.runs import Run
from pipeline.store.schemas import from_row
from pipeline.store.tables import any_of
from pipeline.store.versions import read_version

__all__ = ["RunTexts", "gather_texts"]

_STORIES, _COPIES, _COMPARED, _HOLDERS = 15, 25, 3, 8
_TEXT = 100_000  # characters of a text that are compared; nobody reads more of it on a page
_SIDE = 1_800  # characters of a side of a comparison
_SAME, _ENDS = 40, 10  # words of a shared passage that is shortened; words kept at each of its ends
_HOURS, _DAYS, _MONTHS, _ROWS = 24, 31, 24, 40


@dataclass(frozen=True, slots=True)
class RunTexts:
    """Counts are by source; `copies` are new documents that do not stand for their story. `stories`: touched ones."""

    new: Counter[str]
    revised: Counter[str]
    copies: Counter[str]
    stories: int
    intake: Intake | None
    biggest: tuple[StoryPart, ...]
    left_out: int


def gather_texts(base: Base, run: Run) -> RunTexts:
    """Read the run's documents, and the stories they are in, from the corpus as it is now."""
    columns = ["id", "revision", "source", "published_at", "fetched_at"]
    rows = base.rows("documents", f"{any_of('run_id', [run.run_id])} AND {_added_with(base, run)}", columns)
    source_of = {row["id"]: row["source"] for row in rows}
    new = {row["id"]: row["source"] for row in rows if row["revision"] == 1}
    touched = _touched(base, list(source_of), run.published_version or 0)
    copies = Counter(new[name] for name in touched.copies if name in new)
    chosen = touched.big[:_STORIES]
    return RunTexts(
        new=Counter(new.values()),
        revised=Counter(row["source"] for row in rows if row["revision"] > 1),
        copies=copies,
        stories=touched.stories,
        intake=_intake(rows, run) if rows else None,
        biggest=tuple(_parts(base, chosen, source_of.keys())),
        left_out=len(touched.big) - len(chosen),
    )


@dataclass(frozen=True, slots=True)
class _Touched:
    """`big`: ids of stories with more than one text, the biggest first. `copies`: wanted ids that are not canonical."""

    stories: int
    big: list[str]
    copies: list[str]


def _added_with(base: Base, run: Run) -> str:
    """SQL condition that keeps the rows of a run: they were added with the version that published it, not before."""
    try:
        version = base.pinned if run.published_version == base.version else None
        version = version or read_version(base.store, run.published_version or 0)
    except KeyError:
        return "TRUE"
    return f"added_at >= '{version.created_at.replace(microsecond=0).isoformat()}'"


def _touched(base: Base, ids: Collection[str], since: int) -> _Touched:
    """Stories with one of the documents, found without making a value of each of the corpus's stories.

    Most of them were written in the version that published the documents, or after it; those are looked at first.
    """
    missing, found, others = set(ids), list[tuple[str, int]](), list[str]()
    for where in (f"version >= {since}", f"version < {since}"):
        table = base.table("stories").read(columns=["story_id", "id", "copies"], where=where) if missing else None
        for batch in table.to_batches() if table is not None else ():
            members, parents = members_among(batch["copies"], missing)
            others += members.filter(pc.not_equal(members, batch["id"].take(parents))).to_pylist()
            numbers = pc.unique(parents)
            sizes = pc.list_value_length(batch["copies"]).take(numbers).to_pylist()
            found += zip(batch["story_id"].take(numbers).to_pylist(), sizes, strict=True)
            missing -= set(members.to_pylist())
    found.sort(key=lambda one: (-one[1], one[0]))
    return _Touched(len(found), [name for name, size in found if size > 1], others)


def _intake(rows: Sequence[Mapping[str, Any]], run: Run) -> Intake:
    """Documents by source and time: the last 24 hours of a scheduled run, the days or months of a backfill."""
    times = [(row["source"], row["published_at"] or row["fetched_at"]) for row in rows]
    if run.window is None:
        unit, end = "hour", min(max(at for _, at in times), run.updated_at)
        hours = [end - timedelta(hours=back) for back in range(_HOURS - 1, -1, -1)]
        named = {f"{hour:%Y-%m-%d %H}": f"{hour:%H}h" for hour in hours}
        form, span = "%Y-%m-%d %H", f"{hours[0]:%Y-%m-%d %H:00} to {end:%Y-%m-%d %H:59} UTC"
    else:
        days = (run.window.end - run.window.start).days + 1
        unit, form, most = ("day", "%Y-%m-%d", _DAYS) if days <= _DAYS else ("month", "%Y-%m", _MONTHS)
        seen = sorted({f"{at:{form}}" for _, at in times})[-most:]
        named, span = {name: name.removeprefix(f"{run.window.start:%Y}-") for name in seen}, f"{seen[0]} to {seen[-1]}"
    first, last = min(named), max(named)
    labels = [(source, f"{at:{form}}") for source, at in times]
    counts = Counter((source, "earlier" if at < first else "later" if at > last else at) for source, at in labels)
    used = {column for _, column in counts}
    columns = [name for name in ("earlier", *named, "later") if name in named or name in used]
    by_source = Counter(source for source, _ in times)
    shown = sorted(by_source, key=lambda source: (-by_source[source], source))[:_ROWS]
    return Intake(
        unit=unit, span=span, columns=tuple(named.get(column, column) for column in columns),
        rows=tuple(IntakeRow(source, tuple(counts[source, column] for column in columns)) for source in shown),
        totals=tuple(sum(counts[source, column] for source in by_source) for column in columns),
        others=len(by_source) - len(shown),
    )  # fmt: skip


def _parts(base: Base, names: Sequence[str], ours: Iterable[str]) -> Iterable[StoryPart]:
    """The stories of these ids, in this order."""
    if not names:
        return
    stories = {row["story_id"]: from_row(Story, row) for row in base.rows("stories", any_of("story_id", names))}
    shown = {name: _shown_copies(stories[name]) for name in names}
    ids = {copy.id for copies in shown.values() for copy in copies}
    texts, holders = base.current(ids), _holders(base, ids)
    fresh = set(ours)
    for name in names:
        yield _part(stories[name], shown[name], texts, holders, fresh)


def _shown_copies(story: Story) -> list[Copy]:
    """The first ones to run it, and the canonical one wherever it stands, in order of time."""
    ordered = sorted(story.copies, key=lambda copy: (copy.published_at is None, copy.published_at, copy.id))
    shown = ordered[:_COPIES]
    if all(copy.id != story.id for copy in shown):
        shown = [*shown[:-1], *(copy for copy in ordered if copy.id == story.id)]
    return shown


def _part(
    story: Story,
    shown: Sequence[Copy],
    texts: Mapping[str, Document],
    holders: Mapping[str, Sequence[Holder]],
    fresh: set[str],
) -> StoryPart:
    copies = {copy.id: copy for copy in _timeline(story, shown, texts, fresh)}
    short = {name: replace(texts[name], text=texts[name].text[:_TEXT]) for name in copies if name in texts}
    besides = list(compare_documents(story, short))
    different = [one for one in besides if one.comparison.new_words or one.comparison.dropped_words]
    different.sort(key=lambda one: (-one.comparison.new_words - one.comparison.dropped_words, one.new.id))
    held = list(dict.fromkeys(holder for name in copies for holder in holders.get(name, ())))
    return StoryPart(
        story_id=story.story_id, title=story.title, source=story.source, agency=story.agency, reason=story.reason,
        total=len(story.copies), sources=len(story.sources), copies=tuple(copies.values()),
        compared=tuple(_compared(copies[one.new.id], one) for one in different[:_COMPARED]),
        equal=tuple(sorted({one.new.source for one in besides if one not in different})),
        not_compared=len(different[_COMPARED:]),
        holders=tuple(held[:_HOLDERS]), holders_left_out=max(0, len(held) - _HOLDERS),
    )  # fmt: skip


def _timeline(
    story: Story, shown: Sequence[Copy], texts: Mapping[str, Document], fresh: set[str]
) -> Iterable[StoryCopy]:
    times = [copy.published_at for copy in shown if copy.published_at]
    first, last = min(times, default=None), max(times, default=None)
    for copy in shown:
        document, at = texts.get(copy.id), copy.published_at
        place = 100 * (at - first) / (last - first) if at and first and last and last > first else 50.0
        yield StoryCopy(
            id=copy.id, source=copy.source, kind=(document.kind if document else Kind.ARTICLE).value, url=copy.url,
            at=at, day_only=document is not None and document.published_precision in (Precision.DAY, Precision.MONTH),
            after=_after(at - first) if at and first else "", place=place, relation=copy.relation,
            canonical=copy.id == story.id, of_this_run=copy.id in fresh,
        )  # fmt: skip


def _after(delay: timedelta) -> str:
    minutes = int(delay.total_seconds() // 60)
    days, hours = delay.days, minutes // 60 % 24
    if not minutes:
        return "first"
    if days:
        return f"+{days} d {hours} h"
    return f"+{hours} h {minutes % 60} min" if hours else f"+{minutes} min"


def _holders(base: Base, ids: set[str]) -> dict[str, list[Holder]]:
    """Containers that hold documents, by document."""
    pairs = sorted((row.a, row.b) for row in base.holders_of(ids) if row.relation is Relation.CONTAINS)
    containers = base.current({a for a, _ in pairs})
    found: dict[str, list[Holder]] = defaultdict(list)
    for a, b in pairs:
        if a in containers:
            one = containers[a]
            found[b].append(Holder(one.source, one.kind.value, one.url))
    return found


def _compared(copy: StoryCopy, beside: Beside) -> ComparedCopy:
    rows: list[SideBySide] = []
    room, left_out = [_SIDE, _SIDE], 0
    for row in beside.comparison.rows:
        if min(room) <= 0:
            left_out += 1
            continue
        if row.alike and rows and rows[-1].alike:
            rows[-1] = replace(rows[-1], alike=rows[-1].alike + _words(row))
        else:
            rows.append(_side_by_side(row, room))
    found = beside.comparison
    return ComparedCopy(
        copy=copy, same_words=found.same_words, dropped_words=found.dropped_words, new_words=found.new_words,
        rows=tuple(rows), rows_left_out=left_out + (min(room) < 0),
    )  # fmt: skip


def _side_by_side(row: Row, room: list[int]) -> SideBySide:
    """A row as it is shown, its characters taken from the room that is left on each side."""
    if row.alike:
        return SideBySide(_fitting(row.old[:1], room, 0), (), alike=_words(row))
    return SideBySide(_fitting(row.old, room, 0), _fitting(row.new, room, 1))


def _words(row: Row) -> int:
    return sum(len(passage.text.split()) for paragraph in row.new for passage in paragraph)


def _fitting(paragraphs: Sequence[Paragraph], room: list[int], side: int) -> tuple[Paragraph, ...]:
    found = []
    for paragraph in paragraphs:
        passages = []
        for passage in paragraph:
            if room[side] <= 0:
                break
            text = _shortened(passage)
            passages.append(Passage(text if len(text) <= room[side] else f"{text[: room[side]]} …", passage.shared))
            room[side] -= len(text)
        if passages:
            found.append(tuple(passages))
    return tuple(found)


def _shortened(passage: Passage) -> str:
    """The passage; of a long one that both texts have only its ends."""
    words = passage.text.split()
    if not passage.shared or len(words) <= _SAME:
        return passage.text
    return " ".join((*words[:_ENDS], "[…]", *words[-_ENDS:], ""))
