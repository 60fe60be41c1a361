"""Which news agency a text is credited to: dateline, byline, credit line; with the words that say so."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

__all__ = ["find_agency"]

_AGENCIES = {
    "AFP": "AFP|Agence France[- ]Presse",
    "AP": "AP|The Associated Press|Associated Press",
    "Reuters": "Reuters|Thomson Reuters",
    "TASS": "TASS|ITAR-TASS|ТАСС",
    "RIA Novosti": "RIA Novosti|РИА Новости",
    "Interfax": "Interfax|Интерфакс",
    "Sputnik": "Sputnik",
    "Xinhua": "Xinhua",
    "dpa": "dpa|DPA",
    "EFE": "EFE",
    "ANSA": "ANSA",
    "UPI": "UPI",
    "PTI": "PTI|Press Trust of India",
    "ANI": "ANI",
    "IANS": "IANS",
    "APP": "APP|Associated Press of Pakistan",
    "BSS": "BSS",
    "UNB": "UNB",
    "Kyodo": "Kyodo|Kyodo News|共同",
    "Jiji": "Jiji|Jiji Press|時事",
    "Yonhap": "Yonhap",
    "KCNA": "KCNA",
    "CNA": "CNA",
    "Bernama": "Bernama|BERNAMA",
    "Antara": "Antara|ANTARA",
    "VNA": "VNA",
    "Anadolu": "Anadolu|Anadolu Agency|AA",
    "IRNA": "IRNA",
    "WAM": "WAM",
    "SPA": "SPA",
    "MENA": "MENA",
    "SANA": "SANA",
    "NNA": "NNA",
    "PA Media": "PA Media|PA|Press Association",
    "AAP": "AAP",
    "CP": "The Canadian Press|Canadian Press|CP",
    "APA": "APA",
    "SDA": "SDA|Keystone-SDA",
    "KNA": "KNA",
    "epd": "epd",
    "SID": "SID",
    "Belga": "Belga|BELGA",
    "ANP": "ANP",
    "Ritzau": "Ritzau",
    "NTB": "NTB",
    "TT": "TT",
    "STT": "STT",
    "PAP": "PAP",
    "CTK": "ČTK|CTK",
    "MTI": "MTI",
    "Agerpres": "Agerpres|AGERPRES",
    "BTA": "BTA",
    "Tanjug": "Tanjug|TANJUG",
    "HINA": "HINA|Hina",
    "Lusa": "Lusa|LUSA",
    "Europa Press": "Europa Press",
    "Agência Brasil": "Agência Brasil",
    "Télam": "Télam|Telam",
    "Notimex": "Notimex",
    "UNIAN": "UNIAN",
    "Ukrinform": "Ukrinform",
    "BelTA": "BelTA|BELTA",
    "Kazinform": "Kazinform",
}
_CITY = r"[A-ZÀ-ÞА-Я][\w.'’ -]{1,40}?"
_DAY = r"(?:[A-Z][a-z]{2,8}\.? \d{1,2}|\d{1,2} [A-Z][a-z]{2,8}\.?)(?:,? \d{4})?"
_UNKNOWN = r"[A-Z][A-Za-z]+(?: [A-Z][A-Za-z]+){0,2}"


def find_agency(
    paragraphs: Sequence[str], authors: Iterable[str], *, own: str | None = None, declared: Iterable[str] = ()
) -> tuple[str, str] | None:
    """The agency that a text names as its source.

    Args:
        paragraphs: of the text, in order.
        authors: of the byline.
        own: the agency that the source itself is.
        declared: further agency names, from declarations.

    Returns:
        (name, evidence), the evidence being `dateline: …`, `byline: …`, `credit: …` or `source`; None without one.
    """
    names = _AGENCIES | {name: re.escape(name) for name in declared}
    lead = next((text for text in paragraphs[:3] if len(text) > 25), "")
    for paragraph in dict.fromkeys((*paragraphs[:2], lead)):
        if found := _dateline(paragraph, names):
            return found
    for paragraph in paragraphs[:6]:
        if found := _source_line(paragraph, names):
            return found
    for author in authors:
        for name, pattern in names.items():
            if re.fullmatch(rf"(?:{pattern})(?: (?:news agency|staff|correspondents?|news))?", author, re.IGNORECASE):
                return name, f"byline: {author}"
    for paragraph in (*paragraphs[-2:], *paragraphs[:2]):
        if found := _credit(paragraph, names):
            return found
    return (own, "source") if own else None


@lru_cache(maxsize=64)
def _any_of(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(patterns))


def _named(text: str, names: dict[str, str]) -> dict[str, str]:
    """Nothing where a text has none of the names, as most have not: each costs several searches."""
    return names if _any_of(tuple(names.values())).search(text) else {}


def _dateline(paragraph: str, names: dict[str, str]) -> tuple[str, str] | None:
    head = paragraph[:160]
    for name, pattern in _named(head, names).items():
        shapes = (
            rf"^(?:{_CITY},? ?(?:{_DAY})?[.,]? ?)?[(\[/]\s*(?:{pattern})(?:[-/][A-Z]\w+)*\s*[)\]/]",
            rf"^(?:{pattern})\s?[.,·-]\s?{_CITY}",
            rf"^(?:{pattern}),? ?{_CITY}(?:,? {_DAY})?(?:,? \d{{1,2}}:\d{{2}})?$",
        )
        for shape in shapes:
            if found := re.match(shape, head):
                return name, f"dateline: {found[0].strip()}"
    # A name that no list knows, where only an agency's name stands: CITY, Month D (Name) -
    city = r"[A-Z][A-Z .'’-]{2,30}"
    if found := re.match(
        rf"^{city},? ?(?:{_DAY})?[.,]? ?(?:\(({_UNKNOWN})\)|/({_UNKNOWN})/)\s*(?:[-–—:.]|$|[A-Z])", head
    ):
        return found[1] or found[2], f"dateline: {found[0].strip()}"
    return None


def _source_line(paragraph: str, names: dict[str, str]) -> tuple[str, str] | None:
    """A short line of its own above a pasted article: the agency, perhaps a place, and a date."""
    if len(paragraph) > 90:
        return None
    for name, pattern in _named(paragraph, names).items():
        if re.match(rf"^(?:{pattern})\s?[.,·|-]?\s?.{{0,40}}\b{_DAY}.{{0,20}}$", paragraph):
            return name, f"dateline: {paragraph}"
    return None


def _credit(paragraph: str, names: dict[str, str]) -> tuple[str, str] | None:
    if len(paragraph) > 400 and not paragraph.endswith((")", "]", "/")):
        return None
    for name, pattern in _named(paragraph, names).items():
        shapes = (
            rf"^(?:Source|Quelle|Fuente|Fonte|Источник|With inputs from|Via|Credit)\s*:?\s+(?:{pattern})\.?$",
            rf"[(\[/](?:{pattern})[)\]/]\.?$",
            rf"^[-–—]\s*(?:{pattern})\.?$",
        )
        for shape in shapes:
            if found := re.search(shape, paragraph):
                return name, f"credit: {found[0].strip()}"
    return None
