"""What outlets, boards and scanners do to a text that they take over; every edit is a function of text and dice."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

__all__ = ["EDITS", "HELD_BACK", "Edit", "Paragraphs", "cut", "dress", "reworded", "sentences_of"]

Paragraphs = list[str]
Edit = Callable[[Paragraphs, random.Random, Paragraphs], Paragraphs]
"""Of (the text, dice, more than enough of somebody's own words)."""
_SENTENCE = re.compile(r"(?<=[.!?])[\"']?\s+(?=[\"'<A-Z])")
_SYNONYMS = dict(
    pair.split("/")
    for pair in """
    said/stated told/informed company/firm government/administration officials/authorities rise/increase
    rose/climbed fell/dropped fall/decline profit/earnings sales/turnover shares/stock year/twelvemonth
    months/weeks new/fresh expected/anticipated announced/revealed agreed/consented plans/intends
    meeting/gathering talks/negotiations prices/quotations market/marketplace trade/commerce foreign/overseas
    however/nevertheless because/since about/roughly more/further also/too would/might could/may after/following
    before/ahead during/throughout against/versus large/big small/minor high/elevated low/reduced made/produced
    used/employed given/handed taken/seized held/kept shown/displayed including/among major/leading
    total/aggregate level/mark report/account statement/declaration country/nation countries/nations bank/lender
    banks/lenders oil/crude dollars/bucks money/cash economic/financial growth/expansion last/previous
    first/initial next/coming today/now continued/went-on reduced/cut added/noted called/named president/head
    chairman/chief minister/secretary spokesman/representative sources/insiders analysts/experts traders/dealers
    production/output demand/appetite supply/provision rates/levels interest/yield buy/purchase sell/dispose
    bought/purchased sold/disposed buying/purchasing selling/disposing quarter/period week/fortnight
    several/various many/numerous
    """.split()
)
_LEADS = (
    "I have said it before and say it again:", "What strikes me here is this.", "Readers asked for some background.",
    "Let us be honest about it.", "From the editor's desk, a word on the following.", "My two cents on this one.",
)  # fmt: skip
_OCR = {"m": "rn", "l": "1", "e": "c", "o": "0", "i": "l", "h": "b", "u": "n", "s": "5", "a": "o", "t": "f", "c": "e"}


def sentences_of(paragraph: str) -> list[str]:
    """Sentences, split where one seems to end."""
    return [part for part in _SENTENCE.split(paragraph) if part]


def _per_sentence(text: Paragraphs, change: Callable[[str], str | None]) -> Paragraphs:
    changed = [[new for part in sentences_of(one) if (new := change(part)) is not None] for one in text]
    return [" ".join(parts) for parts in changed if parts]


def _count(text: Paragraphs) -> int:
    return sum(len(one.split()) for one in text)


def cut(text: Paragraphs, words: int) -> Paragraphs:
    """The first so many words."""
    kept: Paragraphs = []
    for one in text:
        left = words - _count(kept)
        if left <= 0:
            break
        kept.append(" ".join(one.split()[:left]))
    return kept


def verbatim(text: Paragraphs, dice: random.Random, own: Paragraphs) -> Paragraphs:
    return list(text)


def typography(text: Paragraphs, dice: random.Random, own: Paragraphs) -> Paragraphs:
    """Curly quotes, long dashes, hard spaces, figures in another style, words run over lines."""
    style = dice.randrange(3)
    changed = []
    for one in text:
        new = re.sub(r'"([^"]*)"', r"“\1”" if style else r"«\1»", one).replace("'", "’").replace(" -- ", " — ")
        new = re.sub(r"(\d),(\d{3})", "\\1\u00a0\\2" if style == 1 else r"\1\2", new)
        new = new.replace("fi", "ﬁ") if style == 2 else new
        changed.append(new.replace("mln", "million").replace(" pct", " percent") if style else new)
    return changed


def light(text: Paragraphs, dice: random.Random, own: Paragraphs) -> Paragraphs:
    """A copy editor's hand: a word here and there, now and then a sentence dropped, a typo."""

    def change(sentence: str) -> str | None:
        if dice.random() < 0.06:
            return None
        words = [_SYNONYMS.get(word, word) if dice.random() < 0.25 else word for word in sentence.split()]
        if dice.random() < 0.15 and len(words) > 4:
            at = dice.randrange(len(words))
            words[at] = words[at][::-1] if dice.random() < 0.3 else words[at] + words[at][-1:]
        return " ".join(words)

    return _per_sentence(typography(text, dice, own), change)


def truncated(text: Paragraphs, dice: random.Random, own: Paragraphs) -> Paragraphs:
    """The beginning, a tenth to two thirds of it; it may stop in the middle of a sentence."""
    words = max(40, int(_count(text) * dice.uniform(0.1, 0.65)))
    kept = cut(light(text, dice, own) if dice.random() < 0.3 else text, words)
    return [*kept[:-1], kept[-1] + dice.choice(["...", " [...]", "", " (more)"])]


def teaser(text: Paragraphs, dice: random.Random, own: Paragraphs) -> Paragraphs:
    """A sentence or two of the lead, under a call to read on."""
    kept = cut(text, dice.randint(24, 45))
    return [kept[0], *kept[1:], dice.choice(["Read more", "Continue reading at the source.", "…", "Full story »"])]


def comment(text: Paragraphs, dice: random.Random, own: Paragraphs) -> Paragraphs:
    """The text under and over somebody's own words, which may be more than it."""
    whole = dice.random() < 0.7
    kept = text if whole else cut(text, max(60, int(_count(text) * dice.uniform(0.5, 0.9))))
    words = int(_count(kept) * dice.uniform(0.2, 1.6 if whole else 0.5))
    said = cut(own, max(20, words))
    at = dice.randint(0, len(said))
    return [dice.choice(_LEADS), *said[:at], *kept, *said[at:]]


def quote(text: Paragraphs, dice: random.Random, own: Paragraphs) -> Paragraphs:
    """A board's post: the text behind quote marks, wrapped, with remarks between."""
    kept = text if dice.random() < 0.6 else cut(text, max(50, int(_count(text) * dice.uniform(0.3, 0.9))))
    remarks = cut(own, max(12, int(_count(kept) * dice.uniform(0.05, 0.45))))
    lines = [f"{dice.choice(['newsfan', 'old_hand', 'Marta', 'k.b.'])} wrote:"]
    width = dice.randint(50, 76)
    for one in kept:
        lines += ["\n".join(f"> {line}" for line in _wrapped(one, width))]
        if remarks and dice.random() < 0.25:
            lines.append(remarks.pop(0))
    return [*lines, *remarks]


def _wrapped(text: str, width: int) -> list[str]:
    lines = [""]
    for word in text.split():
        if len(lines[-1]) + len(word) > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def heavy(text: Paragraphs, dice: random.Random, own: Paragraphs) -> Paragraphs:
    """A third of the sentences told in other words, some dropped, some moved."""

    def change(sentence: str) -> str | None:
        roll = dice.random()
        if roll < 0.1:
            return None
        if roll < 0.43:
            return reworded(sentence, dice)
        return sentence

    changed = _per_sentence(text, change)
    if len(changed) > 4 and dice.random() < 0.5:
        at = dice.randrange(1, len(changed) - 1)
        changed.insert(dice.randrange(1, len(changed) - 1), changed.pop(at))
    return changed or list(text)


def reworded(sentence: str, dice: random.Random) -> str:
    """Other words for some, some left out, the first clause last."""
    words = []
    for word in sentence.split():
        if word in _SYNONYMS:
            words.append(_SYNONYMS[word])
        elif word in ("the", "a", "an", "that", "its", "very", "only") and dice.random() < 0.5:
            continue
        else:
            words.append(word)
            if dice.random() < 0.12:
                words.append(dice.choice(["reportedly", "indeed", "in effect", "as it were", "apparently"]))
    parts = " ".join(words).rstrip(".").split(", ")
    return (", ".join(parts[1:] + parts[:1]) if len(parts) > 1 else parts[0]) + "."


def reordered(text: Paragraphs, dice: random.Random, own: Paragraphs) -> Paragraphs:
    """All sentences after the lead in another order, in paragraphs of another size."""
    sentences = [part for one in text[1:] for part in sentences_of(one)]
    dice.shuffle(sentences)
    step = dice.randint(1, 4)
    return [text[0], *(" ".join(sentences[at : at + step]) for at in range(0, len(sentences), step))]


def ocr(text: Paragraphs, dice: random.Random, own: Paragraphs) -> Paragraphs:
    """A scan read by a machine: letters taken for others, spaces lost, words divided at line ends."""
    share = dice.uniform(0.005, 0.03)

    def scan(one: str) -> str:
        letters = [_OCR.get(letter, letter) if dice.random() < share else letter for letter in one]
        lines = _wrapped("".join("" if c == " " and dice.random() < share / 3 else c for c in letters), 60)
        return "\n".join(lines)

    return [scan(one) for one in text]


def abridged(text: Paragraphs, dice: random.Random, own: Paragraphs) -> Paragraphs:
    """Held back. The lead, then every second sentence or so."""
    sentences = [part for one in text for part in sentences_of(one)]
    kept = [part for at, part in enumerate(sentences) if at < 2 or dice.random() < 0.5]
    return [" ".join(kept[at : at + 3]) for at in range(0, len(kept), 3)]


def live(text: Paragraphs, dice: random.Random, own: Paragraphs) -> Paragraphs:
    """Held back. A live page: times and captions between the paragraphs, in the order newest first or last."""
    stamped = []
    for number, one in enumerate(text):
        stamped.append(f"{9 + number % 12:02}:{dice.randint(0, 59):02} GMT {dice.choice(['Update', 'Key point', ''])}")
        stamped.append(one)
        if dice.random() < 0.2:
            stamped.append(f"Photo: {' '.join(dice.choice(own).split()[:7])}")
    return stamped


def shouted(text: Paragraphs, dice: random.Random, own: Paragraphs) -> Paragraphs:
    """Held back. Capitals only, on narrow lines, without quotes or accents: an old wire."""
    plain = [re.sub(r"[\"'“”’]", "", one).upper() for one in text]
    return ["\n".join(_wrapped(one, 44)) for one in (plain if dice.random() < 0.5 else cut(plain, 150))]


def woven(text: Paragraphs, dice: random.Random, own: Paragraphs) -> Paragraphs:
    """Held back. The outlet's own reporting woven between the paragraphs of the copy, at most two fifths."""
    sentences, result = [part for one in own for part in sentences_of(one)], []
    for one in text:
        result.append(one)
        if dice.random() < 0.45 and sentences:
            result.append(sentences.pop(0))
    return result


EDITS: dict[str, Edit] = {
    "verbatim": verbatim, "light": light, "truncated": truncated, "teaser": teaser, "comment": comment,
    "quote": quote, "heavy": heavy, "reordered": reordered, "ocr": ocr, "typography": typography,
}  # fmt: skip
HELD_BACK: dict[str, Edit] = {
    "abridged": abridged, "live": live, "shouted": shouted, "woven": woven,
}  # fmt: skip
"""Edits that the rules were not tuned on; never look at single cases of these, only at their scores."""


def dress(text: Paragraphs, dice: random.Random, furniture: tuple[str, str], credit: str | None) -> str:
    """A text as its page shows it: credit line, and what the outlet puts over and under every text."""
    head, foot = furniture
    lead = [f"{credit} {text[0]}"] if credit else text[:1]
    parts = [*([head] if head else []), *lead, *text[1:], *([foot] if foot else [])]
    return dice.choice(["\n\n", "\n"]).join(parts)
