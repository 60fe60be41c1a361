"""A corpus of syndicated copies over real newswire texts, with the truth about it; a function of texts and seed."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pipeline.dedup.texts import Text
from pipeline.models import Kind
from tests.eval.edits import EDITS, HELD_BACK, Edit, Paragraphs, cut, dress, sentences_of
from tests.eval.later_edits import LATER, follow_up, rival
from tests.eval.templates import FAMILIES, write_report

__all__ = ["Fixture", "build_fixture", "read_texts"]

_START = datetime(2026, 3, 1, tzinfo=UTC)
_WEIGHTS = {
    "verbatim": 8, "light": 12, "truncated": 16, "teaser": 9, "comment": 13, "quote": 12, "heavy": 13, "reordered": 6,
    "ocr": 6, "typography": 5,
}  # fmt: skip
_FAMILIES: Mapping[str, Mapping[str, Edit]] = {"first": EDITS, "held_back": HELD_BACK, "later": LATER}
_HOSTS = 40
_HEADS = (
    "",
    "",
    "",
    "Home News Sport Business Opinion Weather Jobs",
    "You are here: front page, latest news, all stories",
)
_FEET = (
    "", "", "Share this article with your friends and sign up for our newsletter to get the best of {0} every morning.",
    "Copyright {0} and its licensors. No part of this text may be republished without the written consent of {0}.",
    "{0} is supported by its readers. If you buy through links on this page we may earn a small commission. Most read.",
)  # fmt: skip


@dataclass
class Fixture:
    """Texts and what is true of them, by id.

    `story`: the true story; `change`: the kind of edit, None for originals; `original`: what a copy was made of;
    `containers`: digests, threads and merged stories; `templated`: ids of reports from forms.
    """

    texts: list[Text] = field(default_factory=list)
    story: dict[str, str] = field(default_factory=dict)
    change: dict[str, str] = field(default_factory=dict)
    original: dict[str, str] = field(default_factory=dict)
    containers: set[str] = field(default_factory=set)
    templated: set[str] = field(default_factory=set)


def read_texts(path: Path) -> list[Paragraphs]:
    """Paragraphs of every text that shares next to nothing with one before it: the wire repeats itself, too."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [[str(one) for one in json.loads(line)["paragraphs"]] for line in lines]
    seen: set[str] = set()
    kept = []
    for row in rows:
        words = " ".join(row).lower().split()
        grams = {" ".join(words[at : at + 4]) for at in range(len(words) - 3)}
        if len(grams & seen) <= 0.12 * len(grams):
            kept.append(row)
        seen |= grams
    return kept


def build_fixture(texts: list[Paragraphs], seed: int, *, stories: int = 800, edits: str = "first") -> Fixture:
    """About four documents a story.

    Args:
        texts: unrelated base texts.
        seed: of all choices.
        stories: base texts that are copied.
        edits: `first`, `later`, or `held_back`: those that the rules were not tuned on.
    """
    return _Builder(texts, seed, stories, edits).build()


class _Builder:
    def __init__(self, texts: list[Paragraphs], seed: int, stories: int, edits: str) -> None:
        self._dice = random.Random(seed)
        chosen = self._dice.sample(texts, len(texts))
        self._stories, self._rest = chosen[:stories], chosen[stories:]
        self._edits = _FAMILIES[edits]
        self._fixture = Fixture()
        self._furniture = [
            (self._dice.choice(_HEADS), self._dice.choice(_FEET).format(f"the Daily {number}"))
            for number in range(_HOSTS)
        ]
        self._texts: dict[str, Paragraphs] = {}
        self._sentences = [part for text in self._rest for one in text for part in sentences_of(one)]

    def build(self) -> Fixture:
        for number, text in enumerate(self._stories):
            self._story(f"s{number}", text)
        originals = list(self._texts)
        for name in self._dice.sample(originals, len(originals) // 5):
            self._update(name)
        if self._edits is LATER:
            long = [name for name in originals if sum(len(sentences_of(one)) for one in self._texts[name]) >= 8]
            for name in self._dice.sample(long, min(len(long), len(originals) // 5)):
                self._look_alike(name)
        self._templated()
        self._containers(originals)
        for name in self._dice.sample(originals, len(originals) // 12):
            self._remark(name)
        self._dice.shuffle(self._fixture.texts)
        return self._fixture

    def _own(self, words: int) -> Paragraphs:
        """Somebody's own words: single sentences of texts that are not in the corpus."""
        found: Paragraphs = []
        while sum(len(one.split()) for one in found) < words:
            found.append(" ".join(self._dice.choice(self._sentences) for _ in range(self._dice.randint(1, 3))))
        return found

    def _add(self, text: Paragraphs, story: str, *, kind: Kind = Kind.ARTICLE, credit: str | None = None) -> str:
        dice, fixture = self._dice, self._fixture
        name, host = f"{len(fixture.texts):05}-{dice.getrandbits(32):08x}", dice.randrange(_HOSTS)
        furniture = self._furniture[host] if kind is Kind.ARTICLE and dice.random() < 0.5 else ("", "")
        at = _START + timedelta(minutes=10 * len(fixture.texts) + dice.randint(0, 9))
        body = dress(text, dice, furniture, credit)
        fixture.texts.append(Text(name, body, kind=kind, source=f"host-{host}", published_at=at))
        fixture.story[name] = story
        return name

    def _story(self, story: str, text: Paragraphs) -> None:
        dice = self._dice
        first = self._add(text, story)
        self._texts[first] = text
        for _ in range(min(24, int(dice.paretovariate(1.15)) - 1 + dice.randint(0, 2))):
            self._copy(first, text, story)

    def _copy(self, first: str, text: Paragraphs, story: str) -> None:
        dice = self._dice
        kinds = list(self._edits)
        change = dice.choices(kinds, [_WEIGHTS.get(kind, 10) for kind in kinds])[0]
        edited = self._edits[change](text, dice, self._own(2 * sum(len(one.split()) for one in text)))
        if self._edits is HELD_BACK and dice.random() < 0.6:
            edited = cut(edited, max(60, int(sum(len(one.split()) for one in edited) * dice.uniform(0.15, 0.7))))
        credit = dice.choice([None, None, "(Wire) -", "NORTHTOWN, May 3 (Wire) -", "By our correspondent."])
        name = self._add(edited, story, kind=Kind.POST if change == "quote" else Kind.ARTICLE, credit=credit)
        self._fixture.change[name], self._fixture.original[name] = change, first

    def _update(self, first: str) -> None:
        """A later report: new facts first, then up to two thirds of what was known."""
        dice, text = self._dice, self._texts[first]
        sentences = [part for one in text for part in sentences_of(one)]
        kept = sentences[len(sentences) - max(1, int(len(sentences) * dice.uniform(0.15, 0.6))) :]
        words = sum(len(one.split()) for one in kept) * dice.uniform(0.7, 2.0)
        name = self._add([*self._own(int(words)), *kept], f"update-of-{first}")
        self._fixture.change[name] = "update"

    def _look_alike(self, first: str) -> None:
        """A follow-up that begins like a text, or another agency's report of the same."""
        dice, text = self._dice, self._texts[first]
        change = dice.choice([follow_up, rival])
        name = self._add(change(text, dice, self._own(4 * sum(len(one.split()) for one in text))), f"beside-{first}")
        self._fixture.change[name] = "update"

    def _templated(self) -> None:
        dice = self._dice
        for family in FAMILIES:
            for number in range(25):
                story = f"{family}-{number}"
                report = write_report(family, dice)
                names = [self._add([report], story)]
                if dice.random() < 0.15:
                    names.append(self._add([report], story, credit="(Wire) -"))
                self._fixture.templated.update(names)

    def _containers(self, originals: list[str]) -> None:
        dice = self._dice
        for number in range(len(originals) // 6):
            parts = [self._texts[name] for name in dice.sample(originals, dice.choice([2, 2, 3, 4, 6]))]
            kind = dice.choice(["digest", "thread", "merged"])
            body = getattr(self, f"_{kind}")(parts)
            name = self._add(body, f"c{number}", kind=Kind.POST if kind == "thread" else Kind.ARTICLE)
            self._fixture.containers.add(name)
            if dice.random() < 0.1:
                self._fixture.containers.add(self._add(EDITS["light"](body, dice, []), f"c{number}"))

    def _digest(self, parts: list[Paragraphs]) -> Paragraphs:
        whole = self._dice.random() < 0.6
        kept = [part if whole else part[: max(2, len(part) // 2)] for part in parts]
        return ["Morning briefing: all you need to know.", *(one for part in kept for one in part)]

    def _thread(self, parts: list[Paragraphs]) -> Paragraphs:
        return [one for part in parts for one in EDITS["quote"](part, self._dice, self._own(60))]

    def _merged(self, parts: list[Paragraphs]) -> Paragraphs:
        pairs = list(zip(*(part[:12] for part in parts[:2]), strict=False))
        words = [sum(len(one.split()) for one in side) for side in zip(*pairs, strict=True)]
        if min(words) < sum(words) / 4:  # a few lines of a table among a long report: that page is a copy of the report
            return [one for part in parts[:2] for one in part]
        return [one for pair in pairs for one in pair]

    def _remark(self, first: str) -> None:
        """A post of mostly own words that cites some of a text."""
        dice, text = self._dice, self._texts[first]
        cited = EDITS["quote"](text[:3], dice, [])
        own = self._own(int(sum(len(one.split()) for one in cited) * dice.uniform(2.0, 4.0)))
        name = self._add([*own[:2], *cited, *own[2:]], f"remark-on-{first}", kind=Kind.POST)
        self._fixture.change[name] = "remark"
