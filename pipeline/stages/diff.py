"""Texts of the corpus beside each other: copies against their story's text, containers against what they hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from pipeline.corpus.reader import Corpus
from pipeline.models import Document, Relation, Story, pasted_text
from pipeline.quality.comparison import Comparison, compare_texts

__all__ = ["Beside", "compare_documents", "diffs_of"]


@dataclass(frozen=True, slots=True)
class Beside:
    """A document beside the text it is measured by; what it pastes apart from its own words comes last in its text."""

    story_id: str
    old: Document
    new: Document
    comparison: Comparison


def diffs_of(corpus: Corpus, name: str, story: Story | None) -> Iterator[Beside]:
    """What an id of `corpus show` has to compare.

    The copies of a story against its canonical text; of one document only this; of a digest, thread or post also each
    story that it holds against the document.
    """
    if story is not None:
        members = [copy.id for copy in story.copies if copy.id != story.id]
        texts = _current(corpus, [story.id, *(members if name not in members else [name])])
        yield from compare_documents(story, texts)
    for held in _held(corpus, [name, story.id] if story is not None else [name]):
        container, canonical = (next(iter(corpus.document(one)), None) for one in (held[0], held[1].id))
        if container is not None and canonical is not None:
            yield Beside(held[1].story_id, canonical, container, _compare(canonical, container))


def compare_documents(story: Story, texts: Mapping[str, Document]) -> Iterator[Beside]:
    """Each of a story's members among `texts` against the canonical one, in the story's order."""
    canonical = texts.get(story.id)
    if canonical is None:
        return
    for copy in story.copies:
        if copy.id != story.id and copy.id in texts:
            other = texts[copy.id]
            yield Beside(story.story_id, canonical, other, _compare(canonical, other))


def _compare(old: Document, new: Document) -> Comparison:
    return compare_texts(_whole(old), _whole(new))


def _whole(document: Document) -> str:
    pasted = pasted_text(document.quotes)
    return f"{document.text}\n\n{pasted}" if pasted else document.text


def _current(corpus: Corpus, names: Iterable[str]) -> dict[str, Document]:
    return {name: found[0] for name in names if (found := corpus.document(name))}


def _held(corpus: Corpus, names: Iterable[str]) -> Iterator[tuple[str, Story]]:
    """(container, story) for the stories that containers among the names hold, each once."""
    wanted, seen = list(dict.fromkeys(names)), set[str]()
    for row in corpus.relations_of(wanted):
        if row.relation is Relation.CONTAINS and row.a in wanted:
            story = corpus.story_of(row.b)
            if story is not None and story.story_id not in seen:
                seen.add(story.story_id)
                yield row.a, story
