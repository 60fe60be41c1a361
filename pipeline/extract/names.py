"""Names of authors as credits write them -> a list of names: no "By", no roles, no dates, no addresses."""

from __future__ import annotations

import re

from pipeline.models import normalised_headline

__all__ = ["split_names"]

_LEADING = re.compile(
    r"(?i)^[\s\W]*(?:(?:written|posted|reported|published|words|text|story|article|report|column|analysis|opinion|"
    r"edited|compiled|reporting|contributed|eine? \w+|interview) by|by-?line|by|from|authors?|a cura di|scritto da|"
    r"von|text von|autor(?:es|as|a|in|en)?|écrit par|publié par|propos recueillis par|auteurs?|par|escrito por|"
    r"por|redacción de|texto|skrevet av|skriven av|text|door|tekst|geschreven door|kirjoittaja|toimittaja|"
    r"opracowanie|autorka|oprac|napisał[a]?|autoři|napsal[a]?|szerző|írta|yazan|yazar|haber|oleh|penulis|reporter|"
    r"автор[ы]?|текст|від|от|συντάκτης|του|της|بقلم|كتب(?:ت)?|المصدر|مأة|نویسنده|מאת|लेखक|द्वारा|বাংলা|記者|文|作者|撰文|"
    r"取材・文|文／|執筆|글|기자)\s*(?::|：|\s)\s*(?=\S)"
)
_PARTICLE = re.compile(r"^(?:di|da|de|af|av|of|от)\s+(?=[A-ZÀ-ÞА-Я])")
"""Written in capitals these begin surnames."""
_ADDRESS = re.compile(r"(?i)https?://\S+|www\.\S+|\S+@\S+\.\w+|(?<!\w)@\w+|\S+\.(?:html?|php)\b")
_TRAILING = re.compile(
    r"(?i)\s*(?:(?-i:\b(?:for|in|à|en|reports?|reporting)\b)\s.*|"
    r"\b(?:published|updated|posted|last modified|il y a)\b.*|"
    r"\bfollow(?:s|ing)?\b.*|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}.*|(?:記者|기자|특파원|本報記者)$|[（(][^()（）]{0,60}[)）])\s*$"
)
_ROLE = re.compile(
    r"(?i)\b(?:staff|reporters?|correspondents?|editors?|writers?|journalists?|columnists?|contributors?|producers?|"
    r"bureau|chief|desk|newsroom|team|agenc(?:y|ies)|special to|director|manager|professor|lecturer|analyst|fellow|"
    r"redakt\w*|korrespondent\w*|journalist\w*|journaliste|rédact\w*|correspondant\w*|grand reporter|envoyée?|"
    r"periodista|redac\w*|corresponsal|enviado|colaborador\w*|giornalista|redattore|redazione|inviato|jornalista|"
    r"reda[cç]\w*|repórter|medewerker|verslaggever|redactie|journalisti|toimitus|dziennikar\w*|redaktor\w*|"
    r"muhabir\w*|editör|wartawan|jurnalis|penulis|редак\w*|корреспондент\w*|журналист\w*|обозреватель|редактор\w*|"
    r"photos?|foto\w*|fotograf\w*|photograph\w*|pictures?|video|md|m\.d\.|phd|ph\.d\.?|esq|mba|rn|cfa)\b|"
    r"編集|委員|特派員|記者|论说|カメラ|支局"
)
_NOBODY = re.compile(
    r"(?i)^(?:by|and|von|por|par|di|da|av|unknown|anonymous|anonym|none|null|undefined|n/?a|guest|admin\w*|administrator|"
    r"root|user|web ?master|web ?admin|editor|editors|editorial|author|writer|staff|reporter|staff ?reporter|"
    r"staff ?writer|web ?desk|news ?desk|desk|online ?desk|contributor|"
    r"guest (?:author|writer|contributor|post)|super ?user|"
    r"post author|redacci[oó]n|redaktion|redakcja|redakce|redazione|rédaction|la rédaction|redactie|редакция|"
    r"view all posts|all posts|more from|read more|share|follow|subscribe|comments?|min(?:ute)?s? read|"
    r"published|updated|date|home|news|photo|photos|\W*|\d[\d\W]*)$"
)
_WORDS = r"(?:and|und|et|og|och|en|ja|és|ve|dan|en|та|і|и|&|y|e|i|a|và|ו|و|и др)"
_SPLIT = re.compile(
    rf"\s*(?:;|/|\||•|·|、|，|；|／|｜|\n|\t|،)\s*|\s*,\s*(?:{_WORDS}\s+)?|\s+(?:&|\+|and|und|et|og|och|és|ve|та|with|mit)\s+"
)
_SHORT_AND = re.compile(r"(?<=\w) (?:y|e|i|a|en|ja|dan|и|і|và) (?=[^\W\d_a-z])|(?<=\w) و ?(?=\w)")
_KEPT_TOGETHER = re.compile(r"(?i),\s*(jr|sr|ii|iii)\b\.?")
_MAX_CHARS, _MAX_WORDS = 60, 6
_EDGES = ' .-–—|:,*•"“”»«<>'


def split_names(text: str) -> list[str]:
    """The names in a credit, in order. A part that is only a role is left out, unless the credit is nothing else."""
    text = _KEPT_TOGETHER.sub(r" \1", _ADDRESS.sub(" ", text))[:400]
    text = _LEADING.sub("", " ".join(text.split()) if "\n" not in text else text)
    parts = [piece for part in _SPLIT.split(text) for piece in _joined(part)]
    names, roles = list[str](), list[str]()
    for part in parts:
        name = _tidy(part)
        if _is_credit(name):
            (roles if _ROLE.search(name) else names).append(name)
    if "," in text and any(len(name.split()) > 1 for name in names):
        # "Jane Doe, Berlin": a word alone beside full names is a place.
        names = [name for name in names if len(name.split()) > 1 or not name.isascii()]
    return names or roles[:1]


def _joined(part: str | None) -> list[str]:
    """A part at a one-letter "and", where there are two words on each side: `Ana Ruiz y Luis Gil`."""
    pieces = _SHORT_AND.split(part or "")
    return pieces if len(pieces) > 1 and all(len(piece.split()) >= 2 for piece in pieces) else [part or ""]


def _tidy(part: str) -> str:
    name = _PARTICLE.sub("", _LEADING.sub("", part.strip(_EDGES)))
    shorter = _TRAILING.sub("", name)
    return (shorter if len(shorter) > 2 else name).strip(_EDGES)


def _is_credit(name: str) -> bool:
    """Whether this may be the name of a person, a desk or a paper: short, with letters, no sentence, no date."""
    if not name or len(name) > _MAX_CHARS or len(name.split()) > _MAX_WORDS or not any(map(str.isalpha, name)):
        return False
    if name[0].isdigit() or sum(map(str.isdigit, name)) > 3 or _NOBODY.match(name):
        return False
    return normalised_headline(name) != "" and name[-1] not in "?!:"
