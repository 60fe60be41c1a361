"""What outlets do to a text before they run it: the changes that a copy may have.

A text is a tuple of paragraphs, a paragraph a tuple of sentences.
"""

import re
from random import Random
from typing import Final, TypeAlias

Text: TypeAlias = tuple[tuple[str, ...], ...]

TEASER_WORDS: Final = 45
_SWAPS: Final[dict[str, str]] = {
    "about": "around", "after": "following", "again": "once more", "although": "though", "amid": "in the midst of",
    "announced": "declared", "because": "as", "before": "ahead of", "citing": "quoting", "claimed": "asserted",
    "despite": "in spite of", "during": "in the course of", "explained": "pointed out", "following": "after",
    "given": "considering", "insisted": "underlined", "most": "the majority of", "near": "close to",
    "nearly": "almost", "noted": "observed", "roughly": "approximately", "said": "stated", "shortly": "just",
    "since": "from", "some": "around", "stated": "said", "stressed": "emphasised", "suggested": "indicated",
    "told": "informed", "warned": "cautioned", "while": "whereas", "without": "lacking", "would": "was to",
    "outside": "beyond", "inside": "within", "added": "went on",
}  # fmt: skip
_WORD: Final = re.compile(r"[A-Za-z]+")
_NUMBER: Final = re.compile(r"\d+")
_REPORTED: Final = (
    "It was also reported that", "According to the same account,", "Local people were told that",
    "A later note put it so:", "In other words,", "The paper understands that", "As already hinted,",
    "Word went round that",
)  # fmt: skip


def words(text: Text) -> int:
    return sum(len(sentence.split()) for paragraph in text for sentence in paragraph)


def opening(text: Text, paragraphs: int) -> Text:
    """The first paragraphs: as many as asked for, more while they have fewer than 45 words."""
    count = max(1, paragraphs)
    while count < len(text) and words(text[:count]) < TEASER_WORDS:
        count += 1
    return text[:count]


def truncated(text: Text, rng: Random) -> Text:
    """The first 25 to 60 percent of the paragraphs, the shorter cuts more often."""
    share = rng.triangular(0.25, 0.6, 0.3)
    return opening(text, min(len(text) - 1, round(share * len(text))))


def teaser(text: Text, rng: Random) -> Text:
    return opening(text, rng.randint(1, 2))


def light(text: Text, rng: Random) -> Text:
    """A few words exchanged, and mostly another style of quotes or numbers."""
    wanted, total = max(2, round(words(text) / 90)), _swappable(text)
    style = rng.choice(("none", "straight", "single", "percent", "thin"))
    chosen = iter(rng.sample([True] * min(wanted, total) + [False] * max(0, total - wanted), k=total))

    def edit(sentence: str) -> str:
        swapped = _WORD.sub(lambda m: _SWAPS[m[0]] if m[0] in _SWAPS and next(chosen) else m[0], sentence)
        return _restyle(swapped, style)

    return tuple(tuple(edit(sentence) for sentence in paragraph) for paragraph in text)


def heavy(text: Text, rng: Random, own: tuple[str, ...]) -> Text:
    """A tenth to a quarter of the sentences reworded, dropped or moved, and a paragraph of the outlet's own."""
    places = [(p, s) for p, paragraph in enumerate(text) for s in range(len(paragraph)) if (p, s) != (0, 0)]
    chosen = set(rng.sample(places, k=max(1, round(rng.uniform(0.1, 0.25) * len(places)))))
    edited: list[tuple[str, ...]] = []
    for p, paragraph in enumerate(text):
        sentences: list[str] = []
        for s, sentence in enumerate(paragraph):
            kept = _reworked(sentence, rng) if (p, s) in chosen else sentence
            at = rng.randint(0, len(sentences)) if (p, s) in chosen else len(sentences)
            sentences[at:at] = [kept] if kept else []
        edited += [tuple(sentences)] if sentences else []
    edited.insert(rng.randint(max(1, len(edited) // 2), len(edited)), own)
    return tuple(edited)


def _reworked(sentence: str, rng: Random) -> str:
    way = rng.choice(("drop", "report", "cut", "swap"))
    if way == "drop":
        return ""
    if way == "cut" and sentence.count(",") > 1 and "“" not in sentence:
        return sentence[: sentence.rindex(",")] + "."
    return _reworded(_swap(sentence), rng)


def corrected(text: Text, edit: str, rng: Random, own: tuple[str, ...]) -> Text:
    """What an outlet changes after printing: a `number`, a sentence `reworded`, or a `paragraph` of its `own` more."""
    if edit == "paragraph":
        at = rng.randint(1, len(text))
        return (*text[:at], own, *text[at:])
    places = [(p, s) for p, paragraph in enumerate(text) for s in range(len(paragraph))]
    counted = [(p, s) for p, s in places if edit == "number" and _NUMBER.search(text[p][s])]
    p, s = rng.choice(counted or places)
    new = _recounted(text[p][s], rng) if counted else _reworded(text[p][s], rng)
    paragraph = (*text[p][:s], new, *text[p][s + 1 :])
    return (*text[:p], paragraph, *text[p + 1 :])


def _recounted(sentence: str, rng: Random) -> str:
    """Another last digit for the sentence's first number."""
    last = _NUMBER.search(sentence)
    assert last is not None
    at = last.end() - 1
    return sentence[:at] + str((int(sentence[at]) + rng.randint(1, 9)) % 10) + sentence[at + 1 :]


def _reworded(sentence: str, rng: Random) -> str:
    return f"{rng.choice(_REPORTED)} {sentence[0].lower() if sentence[1:2].islower() else sentence[0]}{sentence[1:]}"


def _swappable(text: Text) -> int:
    return sum(match[0] in _SWAPS for paragraph in text for s in paragraph for match in _WORD.finditer(s))


def _swap(sentence: str) -> str:
    return _WORD.sub(lambda match: _SWAPS.get(match[0], match[0]), sentence)


def _restyle(sentence: str, style: str) -> str:
    match style:
        case "straight":
            return sentence.replace("“", '"').replace("”", '"').replace("’", "'")
        case "single":
            return sentence.replace("“", "‘").replace("”", "’")
        case "percent":
            return sentence.replace(" percent", "%")
        case "thin":
            return re.sub(r"(\d),(\d{3})", r"\1 \2", sentence).replace(" percent", " per cent")
    return sentence
