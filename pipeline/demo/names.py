"""Invented names of people, places, companies and money, built from syllables."""

from collections.abc import Sequence
from random import Random
from typing import Final


def words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_ONSETS: Final = words("b br c cl d dr f fr g gl h j k kr l m n p pr qu r s sk st t th tr v w y z")
_NUCLEI: Final = words("a a e e i o u ae ai ei ia io oa oe ua")
_CODAS: Final = words("l n r s m th nd rk lt sh v x ld ns rn st")
_FIRST_ENDINGS: Final = words("a an ara el en ena eth ia ian iel in ine is ita o or ora os ota us une ys")
_LAST_ENDINGS: Final = words(
    "ack ald all anek ardi ask ault bury dahl den dorn elo er esco ford grave iak ic ius lund mere mont nash olo osz"
    " over quist rath rey sby sen thal ti tov umi van vey voss wick zani"
)
_PLACE_ENDINGS: Final = words(
    "a ack aro berg bay by cross dale den eth fall fell ford gate ham holm ia in mar moor mouth na ness ora os port"
    " rath reach ria sund stead ton um ury vale vik wald wen worth"
)
_TRADES: Final = words(
    "Bank Brewers Capital Chemicals Dairies Energy Foods Freight Glass Holdings Industries Insurance Lines Logistics"
    " Media Metals Mills Mining Motors Optics Papers Pharma Plastics Steel Systems Telecom Textiles Timber Works"
    " Yards"
)


def _pick(rng: Random, words: Sequence[str]) -> str:
    """What `rng.choice` gives, in half of its time: a large world has millions of syllables."""
    count, bits, draw = len(words), len(words).bit_length(), rng.getrandbits
    at = draw(bits)
    while at >= count:
        at = draw(bits)
    return words[at]


def _stem(rng: Random, syllables: int) -> str:
    """Open syllables, the last one closed, so that an ending can follow."""
    parts: list[str] = []
    for _ in range(syllables):
        parts += (_pick(rng, _ONSETS), _pick(rng, _NUCLEI))
    return "".join(parts) + _pick(rng, _CODAS)


def _name(rng: Random, endings: Sequence[str], longest: int) -> str:
    return (_stem(rng, rng.randint(1, longest)) + _pick(rng, endings)).capitalize()


def person(rng: Random) -> str:
    return f"{_name(rng, _FIRST_ENDINGS, 1)} {_name(rng, _LAST_ENDINGS, 2)}"


def place(rng: Random) -> str:
    return _name(rng, _PLACE_ENDINGS, 2)


def company(rng: Random) -> str:
    return f"{_name(rng, _LAST_ENDINGS, 1)} {rng.choice(_TRADES)}"


def handle(rng: Random) -> str:
    """A forum user's name."""
    word = _stem(rng, rng.randint(1, 2))
    form = rng.randint(0, 3)
    return (
        word,
        word.capitalize(),
        f"{word}_{rng.randint(2, 99)}",
        f"{word.capitalize()}{_stem(rng, 1).capitalize()}",
    )[form]
