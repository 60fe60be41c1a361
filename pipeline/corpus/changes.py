"""What happened to stories since a corpus version: enough for a consumer to bring its own copy up to date."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.corpus.reader import Corpus, end_of
from pipeline.errors import ConfigError
from pipeline.models import Change, Story, StoryChange

__all__ = ["StoryUpdate", "changes_since"]

_STRONGEST = (Change.ADDED, Change.MERGED, Change.SPLIT, Change.CHANGED)


@dataclass(frozen=True, slots=True)
class StoryUpdate:
    """The sum of what happened to one story between two corpus versions.

    Replace the row of `story_id` by `story`; where that is None, remove it: its texts are in story `into` then, or
    gone. `version` is that of the last change, `reason` why the canonical document was chosen, or the story removed.
    """

    op: Change
    story_id: str
    version: int
    reason: str
    into: str | None
    story: Story | None


def changes_since(corpus: Corpus, since: int) -> list[StoryUpdate]:
    """Updates that turn the stories of version `since` (0: an empty corpus) into those of the corpus as opened.

    A story has one update, in order of version and id. One that came and went in between has none.

    Raises:
        ConfigError: the corpus as opened is older than `since`.
    """
    if not 0 <= since <= corpus.version:
        raise ConfigError(
            f"changes since version {since}: the corpus is at {corpus.version}; give 0 to {corpus.version}"
        )
    by_story: dict[str, list[StoryChange]] = defaultdict(list)
    for change in corpus.story_changes(after=since):
        by_story[change.story_id].append(change)
    into = {
        name: changes[-1].aliases[0]
        for name, changes in by_story.items()
        if changes[-1].op is Change.REMOVED and changes[-1].aliases
    }
    living = {story.story_id: story for story in corpus.stories_after(since)}
    updates = [
        StoryUpdate(
            op=_sum(changes), story_id=name, version=changes[-1].version, reason=changes[-1].reason,
            into=end_of(name, into) if name in into else None, story=living.get(name),
        )
        for name, changes in by_story.items()
        if not (changes[0].op is Change.ADDED and changes[-1].op is Change.REMOVED)
    ]  # fmt: skip
    return sorted(updates, key=lambda one: (one.version, one.story_id))


def _sum(changes: Sequence[StoryChange]) -> Change:
    if changes[-1].op is Change.REMOVED:
        return Change.REMOVED
    return next(op for op in _STRONGEST if any(change.op is op for change in changes))
