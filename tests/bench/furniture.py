"""The furniture of large sites, made up: what real pages carry around a story, so that times mean something.

On 146 real article pages the mean is 180 kB and 780 elements, of which a third are the story's and what is near it.
"""

from __future__ import annotations

import json
import random

__all__ = ["furnished"]

_WORDS = (
    "council harbour market bridge library orchard signal ferry archive quarry meadow turbine clinic tunnel".split()
)


def furnished(page: bytes, number: int) -> bytes:
    """A page of ours with menus, scripts, cards, comments and a footer around it; the same for the same number."""
    dice = random.Random(number)
    text = page.decode()
    head, _, rest = text.partition("</head>")
    opening, _, body = rest.partition(">")
    inner, _, end = body.rpartition("</body>")
    before = _scripts(dice, 25_000) + _header(dice)
    after = _cards(dice) + _comments(dice) + _footer(dice) + _scripts(dice, dice.randint(20_000, 180_000))
    return f"{head}{_metas(dice)}</head>{opening}>{before}{inner}{after}</body>{end}".encode()


def _phrase(dice: random.Random, words: int) -> str:
    return " ".join(dice.choices(_WORDS, k=words)).capitalize()


def _links(dice: random.Random, count: int, classes: str) -> str:
    return "".join(
        f'<li class="{classes}__item {classes}__item--{dice.randint(1, 9)}">'
        f'<a class="{classes}__link" data-track="nav-{number}"'
        f' href="/section/{dice.choice(_WORDS)}/{number}/?ref=menu"><span>{_phrase(dice, 2)}</span></a></li>'
        for number in range(count)
    )  # fmt: skip


def _metas(dice: random.Random) -> str:
    links = "".join(f'<link rel="preload" as="script" href="/assets/{dice.getrandbits(64):x}.js">' for _ in range(20))
    metas = "".join(f'<meta name="site:{dice.choice(_WORDS)}" content="{_phrase(dice, 5)}">' for _ in range(15))
    return f"{links}{metas}<style>{'.a{color:#fff}' * dice.randint(500, 2_000)}</style>"


def _header(dice: random.Random) -> str:
    icon = '<svg viewBox="0 0 24 24" class="icon"><path d="M12 2L2 7l10 5 10-5-10-5z"/><title>Menu</title></svg>'
    return (
        f'<header class="masthead"><div class="masthead__inner"><a href="/">{icon}</a>'
        f'<nav class="mega-menu"><ul>{_links(dice, 60, "mega-menu")}</ul></nav></div></header>'
        f'<div class="breaking-bar"><ul>{_links(dice, 6, "ticker")}</ul></div>'
    )


def _cards(dice: random.Random) -> str:
    cards = "".join(
        f'<div class="card card--{dice.choice(("wide", "small"))}" data-guid="{dice.getrandbits(96):x}">'
        f'<a href="/2026/{number}/"><figure class="card__media"><img class="lazy" data-src="/i/{number}.jpg"'
        f' srcset="/i/{number}-2.jpg 2x" alt=""></figure>'
        f'<h3 class="card__title">{_phrase(dice, 9)}</h3></a><p class="card__teaser">{_phrase(dice, 22)}.</p>'
        f'<span class="card__time">3 hours ago</span></div>'
        for number in range(25)
    )  # fmt: skip
    return f'<section class="recirculation"><h2>More from the desk</h2><div class="grid">{cards}</div></section>'


def _comments(dice: random.Random) -> str:
    said = "".join(
        f'<li class="comment" id="comment-{number}"><div class="comment-author vcard">{_phrase(dice, 1)}</div>'
        f'<div class="comment-content"><p>{_phrase(dice, dice.randint(8, 50))}.</p></div></li>'
        for number in range(dice.randint(0, 15))
    )
    return f'<div id="comments" class="comments-area"><ol class="comment-list">{said}</ol></div>'


def _footer(dice: random.Random) -> str:
    return f'<footer class="site-footer"><ul>{_links(dice, 40, "footer")}</ul><p>{_phrase(dice, 30)}.</p></footer>'


def _scripts(dice: random.Random, size: int) -> str:
    rows = [
        {"id": number, "slug": _phrase(dice, 4), "tags": dice.choices(_WORDS, k=4)} for number in range(size // 110)
    ]
    return f"<script>window.__STATE__ = {json.dumps(rows)};</script>"
