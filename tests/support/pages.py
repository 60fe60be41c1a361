"""Pages of our own for tests: text that no two stories share."""

from __future__ import annotations

import random

__all__ = ["article", "paragraphs"]

_NOUNS = (
    "harbour council bridge orchard ferry market clinic archive tunnel quarry library meadow signal turbine".split()
)
_VERBS = "reopened postponed inspected measured defended repaired funded surveyed cancelled expanded praised".split()
_PLACES = "Tarnow Belmere Ostrava Kinross Luneth Farrowdale Quillan Dunmore Vessel Ambry Corvale Hask".split()


def paragraphs(seed: int, count: int = 6) -> list[str]:
    """Paragraphs of about forty words each, the same for the same seed."""
    dice = random.Random(seed)

    def sentence() -> str:
        words = [dice.choice(_NOUNS), dice.choice(_VERBS), dice.choice(_NOUNS), str(dice.randint(2, 9999))]
        return (
            f"The {words[0]} of {dice.choice(_PLACES)} {words[1]} a {words[2]} worth {words[3]} crowns "
            f"after {dice.choice(_NOUNS)} {dice.randint(2, 999)} {dice.choice(_VERBS)} near {dice.choice(_PLACES)}."
        )

    return [" ".join(sentence() for _ in range(3)) for _ in range(count)]


def article(title: str, texts: list[str], *, published: str = "2026-10-30T08:00:00+00:00", head: str = "") -> bytes:
    """An article page."""
    body = "".join(f"<p>{text}</p>" for text in texts)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta property="article:published_time" content="{published}">{head}</head>'
        f"<body><nav><a href='/'>Home</a></nav><article><h1>{title}</h1>{body}</article></body></html>"
    ).encode()
