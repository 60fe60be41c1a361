"""A third family of edits: what editors do to a text that they make their own, and texts that only look like copies."""

from __future__ import annotations

import random
import re

from tests.eval.edits import Edit, Paragraphs, cut, reworded, sentences_of

__all__ = ["LATER", "follow_up", "rival"]


def _count(text: Paragraphs) -> int:
    return sum(len(one.split()) for one in text)


def _shortened(text: Paragraphs, dice: random.Random, least: float) -> Paragraphs:
    return cut(text, max(60, int(_count(text) * dice.uniform(least, 1.0))))


def new_lead(text: Paragraphs, dice: random.Random, own: Paragraphs) -> Paragraphs:
    """The first paragraph told in other words under a line of the outlet's own; the end may be cut."""
    lead = " ".join(reworded(part, dice) for part in sentences_of(text[0]))
    opening = [" ".join(own[0].split()[: dice.randint(8, 20)]) + "."] if dice.random() < 0.5 else []
    return [*opening, lead, *_shortened(text[1:] or text, dice, 0.4)]


def localised(text: Paragraphs, dice: random.Random, own: Paragraphs) -> Paragraphs:
    """What it means for the town, at most three tenths of it, on top and perhaps below."""
    kept = _shortened(text, dice, 0.5)
    words = int(_count(kept) * dice.uniform(0.08, 0.35))
    said = cut(own, max(15, words))
    at = dice.choice([len(said), max(1, len(said) // 2)])
    return [*said[:at], *kept, *said[at:]]


def lined(text: Paragraphs, dice: random.Random, own: Paragraphs) -> Paragraphs:
    """Subheads, notes to read elsewhere with their dates, and captions between the paragraphs; often cut."""
    words, result = " ".join(own).split(), []
    for one in _shortened(text, dice, 0.2):
        result.append(one)
        at, roll = dice.randrange(max(1, len(words) - 12)), dice.random()
        if roll < 0.25:
            result.append(" ".join(words[at : at + dice.randint(2, 5)]).title())
        elif roll < 0.5:
            title = " ".join(words[at : at + dice.randint(5, 11)]).title()
            result.append(
                f"{dice.choice(['Read also', 'More on this', 'See also'])}: {title} ({dice.randint(1, 28)} May)"
            )
    return result


def summarised(text: Paragraphs, dice: random.Random, own: Paragraphs) -> Paragraphs:
    """Three sentences of it as points on top, where they are missing below, or not."""
    sentences = [part for one in text for part in sentences_of(one)]
    points = dice.sample(sentences, min(3, len(sentences)))
    moved = dice.random() < 0.5
    rest = [" ".join(part for part in sentences_of(one) if not moved or part not in points) for one in text]
    return [*(f"- {point}" for point in points), *(one for one in rest if one)]


def extended(text: Paragraphs, dice: random.Random, own: Paragraphs) -> Paragraphs:
    """The first two thirds or more, then what the outlet found out itself, at most a third of all."""
    kept = _shortened(text, dice, 0.65)
    return [*kept, *cut(own, max(20, int(_count(kept) * dice.uniform(0.1, 0.45))))]


def corrected(text: Paragraphs, dice: random.Random, own: Paragraphs) -> Paragraphs:
    """One to three figures put right, and a note that says so."""
    whole = "\n".join(text)
    numbers = list(re.finditer(r"\d+", whole))
    for found in sorted(dice.sample(numbers, min(len(numbers), dice.randint(1, 3))), key=lambda one: -one.start()):
        whole = f"{whole[: found.start()]}{int(found[0]) + dice.randint(1, 9)}{whole[found.end() :]}"
    return [*whole.split("\n"), "Correction: an earlier version of this text gave wrong figures."]


def condensed(text: Paragraphs, dice: random.Random, own: Paragraphs) -> Paragraphs:
    """Clauses struck out of four sentences in ten, one in five dropped."""
    kept = []
    for one in text:
        parts = []
        for part in sentences_of(one):
            clauses = part.split(", ")
            if dice.random() < 0.2:
                continue
            if len(clauses) > 1 and dice.random() < 0.4:
                clauses.pop(dice.randrange(1, len(clauses)))
            parts.append(", ".join(clauses).rstrip(".") + ".")
        if parts:
            kept.append(" ".join(parts))
    return kept or list(text)


def retold(text: Paragraphs, dice: random.Random, own: Paragraphs) -> Paragraphs:
    """Half of the sentences in other words, a tenth dropped, the end sometimes cut."""
    kept = []
    for one in _shortened(text, dice, 0.6):
        parts = [reworded(part, dice) if dice.random() < 0.5 else part for part in sentences_of(one)]
        kept.append(" ".join(part for part in parts if dice.random() > 0.1))
    return [one for one in kept if one] or list(text)


def boxed(text: Paragraphs, dice: random.Random, own: Paragraphs) -> Paragraphs:
    """Numbered paragraphs, one of them in a box at the end."""
    moved = list(text)
    if len(moved) > 3:
        moved.append("BACKGROUND " + moved.pop(dice.randrange(1, len(moved) - 1)))
    return [f"{number}. {one}" for number, one in enumerate(_shortened(moved, dice, 0.3), 1)]


def follow_up(text: Paragraphs, dice: random.Random, own: Paragraphs) -> Paragraphs:
    """No copy: begins like it, tells what happened since, and ends with some of what was known."""
    sentences = [part for one in text for part in sentences_of(one)]
    first, last = sentences[: dice.randint(1, 2)], sentences[len(sentences) - max(1, len(sentences) // 5) :]
    return [*first, *cut(own, int(_count([*first, *last]) * dice.uniform(1.5, 4.0)) + 40), *last]


def rival(text: Paragraphs, dice: random.Random, own: Paragraphs) -> Paragraphs:
    """No copy: another agency's report, which has a few of the same sentences where somebody is quoted."""
    sentences = [part for one in text for part in sentences_of(one)]
    shared = dice.sample(sentences, min(dice.randint(1, 4), max(1, len(sentences) // 4)))
    told = cut(own, int(_count(shared) * dice.uniform(2.0, 4.0)) + 40)
    for one in shared:
        told.insert(dice.randint(1, len(told)), one)
    return told


LATER: dict[str, Edit] = {
    "new_lead": new_lead, "localised": localised, "lined": lined, "summarised": summarised, "extended": extended,
    "corrected": corrected, "condensed": condensed, "retold": retold, "boxed": boxed,
}  # fmt: skip
