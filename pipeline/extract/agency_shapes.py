"""Shapes of datelines and credit lines: where in a text the name of an agency is a credit, in many languages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from pipeline.extract.agency_names import ALIASES

__all__ = ["DAY", "Shapes", "shapes_with"]

_PARTICLE = r"(?:de|del|la|las|los|el|le|les|di|da|do|dos|am|an|der|den|im|sur|upon|of|and|y|i|na|nad)"
_WORD = r"[^\W\d_a-zà-öø-ÿа-я][\w.'’-]*"
_CITY = rf"{_WORD}(?:[ /-]+(?:{_PARTICLE} ){{0,2}}{_WORD}){{0,3}}"
_PLACE = rf"{_CITY}(?:, ?{_CITY}){{0,2}}(?: [\[(][^\])]{{3,24}}[\])]){{0,2}}"
_MONTH = r"[^\W\d_]{3,12}\.?"
DAY = (
    rf"(?:{_MONTH} \d{{1,2}}(?:,? \d{{4}})?|\d{{1,2}}(?:st|nd|rd|th|\.|º|er)?(?: de)?[ /.]{_MONTH}"
    rf"(?:,?(?: de)? \d{{4}}\.?)?|\d{{1,2}}[./]\d{{1,2}}[./]\d{{2,4}})"
)
_SOURCE = (
    r"(?:source|sources|quellen?|fuentes?|fonte|kaynak|źródło|zdroj|forrás|kilde|källa|lähde|bron|sursa|izvor|"
    r"источники?|джерело|извор|المصدر|منبع|מקור|来源|來源|出处|출처|via|credit|copyright|©|\(c\))"
)
_WITH = (
    r"(?:with|with (?:agency )?(?:inputs?|files|reporting|material|reports?) (?:from|by)|(?:reporting|report|story) by|"
    r"mit|mit (?:agentur)?material(?:ien)? (?:von|der)|mit inhalten von|avec|"
    r"con|con información de|con informaciones? de|com|com informações (?:da|do|de)|com agência|con fonte|"
    r"op basis van|met|med|за матеріалами|по материалам|по данным|compiled from|agencies:|agenturen:|inputs from)"
)


@dataclass(frozen=True, slots=True)
class Shapes:
    """Patterns over all known names; the group `who` is one of `names`."""

    names: dict[str, str]
    datelines: tuple[re.Pattern[str], ...]
    source_line: re.Pattern[str]
    credits: tuple[re.Pattern[str], ...]


@lru_cache(maxsize=8)
def shapes_with(declared: tuple[str, ...]) -> Shapes:
    """Patterns for all known agencies and those that declarations name."""
    names = ALIASES | {name: name for name in declared}
    who = "(?P<who>" + "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True)) + ")"
    more = r"(?:[-/ ,=＝][^\W_][\w.-]{0,20}){0,3}"  # regional services, further agencies
    east = "(?P<who>" + "|".join(sorted((one for one in names if _is_east(one)), key=len, reverse=True)) + ")"
    caps = r"[^\W\d_a-zà-öø-ÿа-я]{2}[^a-zà-öø-ÿа-я\n(/]{0,50}"
    inside = rf"[(\[/（]\s*(?:\w{{1,8}}[/ ])?{who}{more}\s*[)\]/）]"
    after = r"(?=\s*(?:[-–—−:.,•|]|$|[^\W\d_a-zà-öø-ÿа-я]|[\"“«„'‘]))"
    day = rf"(?:{DAY})"
    others = r"(?:(?:,| and| und| et| y| e|/) ?[\w ]{2,30})?"
    source_words = rf"(?i:{_SOURCE})\s*[:：]?\s*(?:\d{{4}}\s*)?"
    return Shapes(
        names=names,
        datelines=tuple(
            re.compile(shape)
            for shape in (
                rf"^(?:{caps}[., ]*)?{inside}",
                rf"^(?:{day}[,.]? ?)?(?:{_PLACE}[,.]? ?)?(?:{day})?[.,]?\s*[-–—]?\s*{inside}{after}",
                rf"^{_PLACE}[,.]? ?{day}[.,]?\s*[-–—/]\s*{who}\s*[-–—/.:]",
                rf"^{_PLACE}[,.]? ?(?:{day}[,.]? ?)?{who}\s*[-–—|]{{1,2}}(?=\s)",
                rf"^{who}\s?[.·•|–—]\s?{_CITY}",
                rf"^{who}(?:, |/){_CITY}(?:, {_CITY})?(?:,? {day})?(?:,? \d{{1,2}}:\d{{2}})?$",
                rf"^(?:[（(【\[])?{who}[＝=][^（()）【】\[\]]{{1,14}}[)）】\]]",
                rf"^[（(【\[]\s*[^（()）【】\[\]]{{0,14}}?{east}(?:[^（()）【】\[\]]{{0,16}})?[)）】\]]",
                rf"^{east}[^\s，。,]{{1,16}}[电電訊讯]",
            )
        ),
        source_line=re.compile(rf"^{who}\s?[.,·|-]?\s?.{{0,40}}(?<!\w){DAY}.{{0,20}}$"),
        credits=tuple(
            re.compile(shape)
            for shape in (
                rf"^[(\[]?{source_words}(?:[\w.]+[/,] ?){{0,2}}(?:the )?{who}{more}[)\]]?\.?$",
                rf"^[(\[]?(?i:{_WITH})\s+(?:the |der |da |do |die )?{who}{others}(?: inputs?)?[)\]]?\.?$",
                rf"[(\[/（]\s*(?:\w{{1,8}}[/ ,] ?){{0,2}}{who}{more}[)\]/）]\.?$",
                rf"(?:^|[.!?\"”»])\s*[-–—]{{1,2}}\s*{who}(?: [\w/]{{1,20}})?\.?$",
                rf"^(?:©|\(c\)|Copyright)(?: ?©)? ?(?:\d{{4}},? )?(?:by )?(?:the )?{who}\b(?![^.,:]{{0,40}}[/|])",
            )
        ),
    )


def _is_east(name: str) -> bool:
    return any("\u3040" <= one <= "\ud7af" for one in name)
