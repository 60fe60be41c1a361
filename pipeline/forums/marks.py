"""What tells posts apart on a page: times, links to members, and numbered ids."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from pipeline.forums.outline import Outline
from pipeline.forums.times import When, find_when

__all__ = ["Id", "Marks", "Time", "find_marks", "is_profile"]

_MAX_TIMES = 6_000
_MAX_AROUND = 70  # characters beside a time in its text; more is prose that mentions one
_QUICK = re.compile(r"(?i)\d\D{0,3}\d|\d\s?[^\W\d]|\bago\b|\bnow\b|eben|[年月日]")
_CLOCK = re.compile(r"^\W{0,3}(?:at |um )?\d{1,2}[:.]\d\d")
_ATTRIBUTES = ("datetime", "data-time", "data-timestamp", "data-date", "data-datestring", "data-epoch", "title")
# Of other times than the post's own: of joining, editing, the last visit.
_OTHER = re.compile(
    r"(?i)it is now|time now|current|aktuelle|heute ist|all times|alle zeiten|join|regist|"
    r"member since|since\b|dabei seit|mitglied|seit\b|beigetreten|inscri|iscritto|lid sinds|"
    r"sinds\b|dołączył|"
    r"rejestr|регистр|зарегистр|katılım|kayıt|edit|bearbeit|geänd|änder|modifi|redig|aangepast|zmieni|измен|"
    r"редакт|düzenle|"
    r"updat|last (?:visit|seen|active|activity)|letzte[rn]? besuch|birth|geburt|membre|miembro|medlem|注册|登録|가입"
)
_PROFILE = re.compile(
    r"(?i)(?:^|[/?&;=_.-])(?:members?|users?|profiles?|u|uid|userid|user_id|viewprofile|viewpro|people|authors?|"
    r"mitglieder|mitglied|"
    r"utilisateurs?|membres?|miembros?|usuarios?|perfil|utenti?|profil|profilo|gebruikers?|użytkownik|uzytkownik|"
    r"anvandare|"
    r"profile_view|showuser|useraction|usrinfo|viewuser|memberlist|userinfo|space|accounts?|persons?|~[\w-]+|@[\w-]+)(?=$|"
    r"[/?&;=_.,0-9-])"
)
_NOT_PROFILE = re.compile(
    r"(?i)(?:(?:^|/)(?:members?|users?|people|profiles?|memberlist|mitglieder)(?:\.\w{2,5})?/?(?:\?sid=\w+)?$|mode=(?:contact|email|search)|search|sendpm|"
    r"private\.php|newpm|compose|email|warn|report|login)"
)
_ID = re.compile(r"^#?([A-Za-z][A-Za-z_:.-]{0,24}?)[-_:.]?(\d{1,12})$|^(\d{1,12})$")


@dataclass(frozen=True, slots=True)
class Time:
    """A time at an element; `other` when a label says that it is not the post's own."""

    node: int
    at: datetime
    timed: bool
    other: bool


@dataclass(frozen=True, slots=True)
class Id:
    """An element's id or name that ends with a number."""

    node: int
    prefix: str
    digits: str


@dataclass(frozen=True, slots=True)
class Marks:
    """All marks of a page, in document order; `profiles` are links."""

    times: list[Time]
    profiles: list[int]
    ids: list[Id]


def find_marks(outline: Outline, now: datetime) -> Marks:
    """Read the marks; `now` is the time of the visit."""
    profiles, ids = [], []
    for number, node in enumerate(outline.nodes):
        if node.tag == "a" and is_profile(node.get("href") or ""):
            profiles.append(number)
        for name in ("id", "name", "data-id", "data-pid", "data-post-id"):
            if (value := node.get(name)) and (match := _ID.match(value)) and node.tag not in ("input", "meta", "img"):
                ids.append(Id(number, (match[1] or name).lower().strip("-_:."), match[2] or match[3]))
                break
    return Marks(_times(outline, now), profiles, ids)


def is_profile(href: str) -> bool:
    """Whether an address looks like that of a member's page."""
    return bool(href) and len(href) < 500 and bool(_PROFILE.search(href)) and not _NOT_PROFILE.search(href)


def _times(outline: Outline, now: datetime) -> list[Time]:
    found: dict[int, Time] = {}
    for time in (*_attribute_times(outline, now), *_text_times(outline, now)):
        if len(found) >= _MAX_TIMES:
            break
        known = found.get(time.node)
        if known is None:
            found[time.node] = time
    inner: list[Time] = []
    for node in sorted(found):  # the text inside <time> says the same as its attribute
        if inner and outline.holds(inner[-1].node, node):
            continue
        inner.append(found[node])
    return inner


def _attribute_times(outline: Outline, now: datetime) -> Iterator[Time]:
    for number, node in enumerate(outline.nodes):
        for name in _ATTRIBUTES:
            value = node.get(name)
            if value is None or not _QUICK.search(value) or len(value) > 60 or (name == "title" and node.tag == "img"):
                continue
            when = find_when(value, now)
            if when is not None and when.day and (name != "title" or when.timed):
                yield Time(number, when.at, when.timed, _labelled_other(outline, outline.first[number], value))
                break


def _text_times(outline: Outline, now: datetime) -> Iterator[Time]:
    for number, one in enumerate(outline.pieces):
        text = one.text
        if len(text) > 160 or not _QUICK.search(text) or text.isdigit():
            continue
        when = _joined(outline, number, now)
        if when is None or len(text) - (when.end - when.start) > _MAX_AROUND:
            continue
        other = bool(_OTHER.search(text[: when.start])) or (when.start < 4 and _labelled_other(outline, number, ""))
        yield Time(one.owner, when.at, when.timed, other or not when.day)


def _joined(outline: Outline, number: int, now: datetime) -> When | None:
    """The time in a text, with the clock that the next text shows."""
    text = outline.pieces[number].text
    when = find_when(text, now)
    if when is None or when.timed or number + 1 >= len(outline.pieces):
        return when
    following = outline.pieces[number + 1].text
    if not _CLOCK.match(following) or len(following) > 24:
        return when
    return find_when(f"{text} {following}", now) or when


def _labelled_other(outline: Outline, piece: int, text: str) -> bool:
    before = outline.pieces[piece - 1] if piece > 0 else None
    label = before.text if before is not None and len(before.text) <= 40 else ""
    if any(one.isdigit() for one in label):
        label = ""  # it has said its time itself
    return bool(_OTHER.search(f"{label[-40:]} {text[:12]}"))
