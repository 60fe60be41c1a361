"""What a post says in its author's own words, and what it pastes, where its page shows which is which."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipeline.extract.agency import find_agency
from pipeline.extract.lines import trimmed
from pipeline.forums.engine import Post
from pipeline.models import Quote, is_pasted

__all__ = ["Said", "said_in"]

_ORIGIN = re.compile(
    r"(?i)^\W{0,3}(?:source|quelle|fuente|fonte|bron|źródło|källa|kilde|lähde|kaynak|zdroj|nguồn|источник|джерело|πηγή|"
    r"المصدر|מקור|出典|出處|来源|來源|출처|ที่มา)"
    r"\s*[:：]\s*(?:https?://\S+|(?:[\w-]+\.)+[a-z]{2,12}(?:/\S*)?)\s*$"
)
_TITLE_CHARS = 140


@dataclass(frozen=True, slots=True)
class Said:
    """A post's own paragraphs, its quotes in order, and the paragraphs that it pastes, which are quotes of nobody."""

    own: list[str]
    quotes: tuple[Quote, ...]
    pasted: list[str]


def said_in(post: Post, agencies: Sequence[str] = ()) -> Said:
    """Read a post; one that says nothing of its own but pastes a text says that text.

    A page shows a pasted text by a box that quotes nobody, or by a dateline at its start and at its end a line that
    says where it is from. Elsewhere it stays with the author's words, and the corpus tells by the text it copies.
    """
    own = trimmed(post.text.split("\n\n"), None) if post.text else []
    quotes = list(post.quotes)
    boxes = [number for number, quote in enumerate(quotes) if is_pasted(quote)]
    if boxes:  # the line that says where the text is from may stand below its box
        origins = [line for line in own if _ORIGIN.match(line)]
        own = [line for line in own if line not in origins]
        last = quotes[boxes[-1]]
        quotes[boxes[-1]] = replace(last, text="\n\n".join((last.text, *origins)))
    elif (found := _run_in(own, agencies)) is not None:
        start, end = found
        quote = Quote(None, None, "\n\n".join(own[start:end]))
        if is_pasted(quote):
            own, quotes = own[:start] + own[end:], [*quotes, quote]
    pasted = [line for quote in quotes if is_pasted(quote) for line in quote.text.split("\n\n")]
    if not own:
        return Said(pasted, tuple(quote for quote in quotes if not is_pasted(quote)), [])
    return Said(own, tuple(quotes), pasted)


def _run_in(lines: Sequence[str], agencies: Sequence[str]) -> tuple[int, int] | None:
    """The paragraphs from a dateline, or the title above it, to the line that says where they are from."""
    end = next((number + 1 for number, line in enumerate(lines) if _ORIGIN.match(line)), 0)
    for start in range(end):
        credit = find_agency(lines[start : start + 1], (), declared=agencies)
        if credit is not None and credit[1].startswith("dateline"):
            titled = start > 1 and len(lines[start - 1]) <= _TITLE_CHARS and lines[start - 1][-1].isalnum()
            return (start - 1 if titled else start), end
    return None
