"""Pages that carry several stories: found by their inner headlines, and split there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import combinations
from statistics import median

from pipeline.extract.blocks import Line
from pipeline.extract.lines import story_lines, trimmed
from pipeline.models import normalised_headline

__all__ = ["Section", "split_digest"]

_MIN_WORDS = 40
_STOP = frozenset(
    "a an the of in on at to for from by with and or as is are was were be been has have had it its his her their this "
    "that after over into not no new says said will would".split()
)
_NAME = re.compile(r"(?<=[a-z,;] )[A-ZÀ-Þ][\w'’-]{3,}")
_CALENDAR = frozenset(
    "Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April June July August September"
    " October November December".split()
)
_DATELINE = re.compile(r"^[A-ZÀ-Þ][A-ZÀ-Þ .'’,-]{2,40}(?:, ?[A-Z][a-z]+\.? \d{1,2})?,? ?(?:[(/\[—–:-]|\.\s)")


@dataclass(frozen=True, slots=True)
class Section:
    """One story of a digest."""

    headline: str
    paragraphs: tuple[str, ...]


def split_digest(lines: list[Line], title: str | None) -> list[Section]:
    """Stories of a digest page, from the lines of its container, in order; empty when the page is not a digest.

    Sub-headings of one article and headlines of several stories look alike. A headline is told from a sub-heading by
    what follows: a story opens with a dateline, or takes up the words of its own headline and the others do not.
    """
    sections = _sections(lines, title)
    if len(sections) < 2 or any(sum(len(p.split()) for p in s.paragraphs) < _MIN_WORDS for s in sections):
        return []
    if len(sections) == 2 and not _two_stories(sections, lines, title):
        return []
    if _in_another_style(sections) and not any(map(_has_dateline, sections[1:])):
        return []
    stems = [_stems(" ".join(section.paragraphs)) for section in sections]
    fitting = sum(1 for number, section in enumerate(sections) if _is_story(section, number, stems))
    needed = max(1, 0.25 * len(sections)) if _apart(sections) else max(2, 0.75 * len(sections))
    return sections if fitting >= needed else []


def _sections(lines: list[Line], title: str | None) -> list[Section]:
    wanted = normalised_headline(title or "")
    headline, paragraphs = title or "", list[str]()
    found: list[tuple[str, list[str]]] = []
    for line in lines:
        if not (line.heading and _is_headline(line.text)):
            if len(line.text) > 4 * len(wanted) + 40 or normalised_headline(line.text) != wanted:
                paragraphs.append(line.text)
            continue
        if paragraphs or (found and normalised_headline(headline) != wanted):
            found.append((headline, paragraphs))
        headline, paragraphs = line.text, []
    found.append((headline, paragraphs))
    told = [(head, story_lines(trimmed(texts, head))) for head, texts in found if head]
    return [Section(head, tuple(texts)) for head, texts in told if texts]


def _two_stories(sections: list[Section], lines: list[Line], title: str | None) -> bool:
    """One inner headline is most often a sub-heading: for two stories there must be more to say so."""
    wanted = normalised_headline(title or "")
    repeated = any(line.heading and not line.first and normalised_headline(line.text) == wanted for line in lines)
    return any(map(_has_dateline, sections)) or (repeated and _apart(sections))


def _in_another_style(sections: list[Section]) -> bool:
    """Inner lines in capitals under a headline that is not: sub-headings."""
    first, *inner = (section.headline for section in sections)
    return not first.isupper() and all(headline.isupper() for headline in inner)


def _has_dateline(section: Section) -> bool:
    return bool(_DATELINE.match(next((text for text in section.paragraphs if len(text.split()) >= 8), "")))


def _is_headline(text: str) -> bool:
    words = text.split()
    return 4 <= len(words) <= 30 and not text.endswith((".", ":", ";", ",")) and len(text) >= 20


def _is_story(section: Section, number: int, stems: list[set[str]]) -> bool:
    """Whether the section's text, the stems of which have this number, takes up its headline as no other's does."""
    if _has_dateline(section):
        return True
    words = normalised_headline(section.headline).split()
    headline = {word[:5] for word in words if word not in _STOP and len(word) > 2}
    shares = [len(headline & text) / len(headline) if headline else 0.0 for text in stems]
    own = shares.pop(number)
    return own >= 0.5 and own - max(shares, default=0) >= 0.25


def _apart(sections: list[Section]) -> bool:
    """Whether the sections speak of different people and places: parts of one article share their names."""
    names = [set(_NAME.findall(" ".join(section.paragraphs))) - _CALENDAR for section in sections]
    shared = [len(a & b) / min(len(a), len(b)) for a, b in combinations(names, 2) if len(a) > 2 and len(b) > 2]
    # Without names in most of them there is nothing to compare: advice in steps, lists of goods.
    return 2 * len(shared) > len(names) * (len(names) - 1) / 2 and median(shared) <= 0.1


def _stems(text: str) -> set[str]:
    return {word[:5] for word in normalised_headline(text).split()}
