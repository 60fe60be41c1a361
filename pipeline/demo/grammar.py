"""Expands sentence frames into text: a seeded writer with a cast of invented names."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Final

from pipeline.demo import lexicon, names
from pipeline.demo.desks import DESKS

_SLOT: Final = re.compile(r"\{([^{}]*)\}")
_ARTICLE: Final = re.compile(r"\b([Aa]) (?=[aeiou](?!ni|wo))", re.IGNORECASE)
_SMALL: Final = names.words("two three four five six seven eight nine ten eleven twelve")
_WEEKDAYS: Final = names.words("Monday Tuesday Wednesday Thursday Friday Saturday Sunday")
MONTHS: Final = names.words("January February March April May June July August September October November December")
_CURRENCIES: Final = names.words("crowns marks talers florins ducats sovrens krells")
_DOUBLED: Final = frozenset({"acquit", "drop", "map", "refit", "scrap", "trim"})


def alternatives(text: str) -> tuple[str, ...]:
    """Splits at the bars that stand outside braces; a text with line ends is split at these instead."""
    if "\n" in text:
        return tuple(text.splitlines())
    return tuple(re.split(r"\|(?![^{]*\})", text))


@cache
def _choices(desk: str, name: str) -> tuple[str, ...]:
    text = DESKS[desk].get(name) or lexicon.SHARED.get(name) or name
    return alternatives(text)


@cache
def inflect(verb: str, ending: str) -> str:
    """A regular verb (its first word) with `ed`, `ing` or `s`."""
    head, _, rest = verb.partition(" ")
    if ending == "s":
        plain = "es" if re.search(r"(s|sh|ch|x)$", head) else "s"
        head = head[:-1] + "ies" if re.search(r"[^aeiou]y$", head) else head + plain
    elif head in _DOUBLED:
        head += head[-1] + ending
    elif ending == "ed" and re.search(r"[^aeiou]y$", head):
        head = head[:-1] + "ied"
    else:
        head = (head[:-1] if head.endswith("e") and not head.endswith("ee") else head) + ending
    return f"{head} {rest}".rstrip()


def tidy(text: str) -> str:
    """Fixes the article before a vowel and opens with a capital."""
    text = _ARTICLE.sub(r"\1n ", text)
    at = next((i for i, char in enumerate(text) if char.isalnum()), 0)
    return text[:at] + text[at].upper() + text[at + 1 :] if text else text


@dataclass(frozen=True, slots=True)
class Cast:
    """The names that one story's event is about."""

    persons: tuple[str, ...]
    places: tuple[str, ...]
    bodies: tuple[str, ...]
    companies: tuple[str, ...]
    currency: str

    @classmethod
    def draw(cls, rng: Random, desk: str) -> "Cast":
        places = tuple(names.place(rng) for _ in range(4))
        kinds = _choices(desk, "body")
        return cls(
            persons=tuple(names.person(rng) for _ in range(4)),
            places=places,
            bodies=tuple(f"{rng.choice(places[:2])} {rng.choice(kinds)}" for _ in range(3)),
            companies=tuple(names.company(rng) for _ in range(2)),
            currency=rng.choice(_CURRENCIES),
        )


class Writer:
    """Expands frames with one random stream; people are named in full once, then mostly by their last name."""

    def __init__(self, rng: Random, desk: str, cast: Cast) -> None:
        self._rng, self._desk, self._cast = rng, desk, cast
        self._met: set[str] = set()

    def sentence(self, frame: str) -> str:
        return tidy(self._expand(frame))

    def any(self, frames: str) -> str:
        return self.sentence(self._rng.choice(alternatives(frames)))

    def _expand(self, frame: str) -> str:
        return _SLOT.sub(lambda match: self._fill(match[1]), frame)

    def _fill(self, slot: str) -> str:
        if slot[0].isupper() and "|" not in slot:
            return tidy(self._fill(slot.lower()))
        name, _, ending = slot.partition("+")
        if ending:
            return inflect(self._rng.choice(_choices(self._desk, name)), ending)
        if name in _MAKERS:
            return _MAKERS[name](self._rng)
        if name in _CAST:
            return _CAST[name](self)
        return self._expand(self._rng.choice(_choices(self._desk, name)))

    def company(self) -> str:
        return self._rng.choice(self._cast.companies) if self._rng.random() < 0.7 else names.company(self._rng)

    def place(self) -> str:
        return self._rng.choice(self._cast.places) if self._rng.random() < 0.6 else names.place(self._rng)

    def body(self) -> str:
        rng = self._rng
        if rng.random() < 0.6:
            return f"the {rng.choice(self._cast.bodies)}"
        return f"the {names.place(rng)} {rng.choice(_choices(self._desk, 'body'))}"

    def money(self) -> str:
        rng = self._rng
        scale = rng.choice(("million", "thousand"))
        return f"{10 ** rng.uniform(0.1, 2.9):.{rng.randint(0, 1)}f} {scale} {self._cast.currency}"

    def person(self) -> str:
        rng = self._rng
        name = rng.choice(self._cast.persons) if rng.random() < 0.75 else names.person(rng)
        if name in self._met and rng.random() < 0.7:
            return name.split()[-1]
        self._met.add(name)
        return name


# Outside the class: a writer that held its own methods would be a cycle, and a large world makes very many writers.
_MAKERS: Final[dict[str, Callable[[Random], str]]] = {
    "small": lambda rng: rng.choice(_SMALL),
    "weekday": lambda rng: rng.choice(_WEEKDAYS),
    "month": lambda rng: rng.choice(MONTHS),
    "num": lambda rng: f"{int(10 ** rng.uniform(1.1, 4.7)):,}",
    "pct": lambda rng: f"{rng.uniform(0.6, 97):.{rng.randint(0, 1)}f} percent",
    "year": lambda rng: str(rng.randint(1931, 2025)),
    "age": lambda rng: str(rng.randint(19, 88)),
}
_CAST: Final[dict[str, Callable[[Writer], str]]] = {
    "person": Writer.person,
    "place": Writer.place,
    "body": Writer.body,
    "company": Writer.company,
    "money": Writer.money,
}
