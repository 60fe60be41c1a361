"""Who a site is: its name, language, home and, where it says so itself, its time zone."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from pipeline.discover import wordpress
from pipeline.discover.feeds import feed_head, with_query
from pipeline.discover.site import PageClues
from pipeline.sources.declaration import EntryKind
from pipeline.sources.urls import same_host
from pipeline.stages.asking import Answer, Asker
from pipeline.stages.choosing import Candidate

__all__ = ["Identity", "identity_of"]

_SURE = 0.99
_LANGUAGE = re.compile(r"^\s*([a-zA-Z]{2,3})(?:[-_].*)?\s*$")
_TAIL = re.compile(r"\s+[|–—»·-]\s+.*$")


@dataclass(frozen=True, slots=True)
class Identity:
    """Facts for a declaration; `language` is an ISO 639 code, `notes` what a person should know of them."""

    name: str
    homepage: str
    language: str | None = None
    timezone: str | None = None
    notes: tuple[str, ...] = ()


def identity_of(asker: Asker, home: Answer, clues: PageClues, candidates: Sequence[Candidate]) -> Identity:
    """Put together what the home page, the API, the feeds and the texts that were tried say."""
    api = _wordpress_facts(asker, home, clues, candidates)
    feeds = [asker.ask_one(one.state.url) for one in candidates if one.state.kind is EntryKind.FEED and one.chosen]
    heads = [feed_head(one.body) for one in feeds if one.ok]
    names = (api.get("name"), clues.name, *(one.title for one in heads), _TAIL.sub("", clues.title or ""))
    homepage = api.get("home") or home.final_url
    name = next((text for one in names if (text := " ".join((one or "").split())[:100])), homepage)
    said = (clues.language, _code(home.headers.get("content-language")), *(_code(one.language) for one in heads))
    language, notes = _language(next(filter(None, said), None), candidates)
    return Identity(name, homepage, language, api.get("timezone_string"), notes)


def _wordpress_facts(asker: Asker, home: Answer, clues: PageClues, candidates: Sequence[Candidate]) -> dict[str, str]:
    """Name, home and time zone as a WordPress's API tells them, where it is open."""
    entry = next((one for one in candidates if one.state.kind is EntryKind.WORDPRESS and one.chosen), None)
    if entry is None or entry.state.note:  # it works by something else than the API
        return {}
    root = clues.api_root or wordpress.api_root(entry.state.url)
    answer = asker.ask_one(with_query(root, {"_fields": "name,home,timezone_string"}))
    try:
        found = json.loads(answer.body) if answer.ok else {}
    except (ValueError, RecursionError):
        return {}
    facts = (
        {key: value.strip() for key, value in found.items() if isinstance(value, str)}
        if isinstance(found, dict)
        else {}
    )
    if not same_host(facts.get("home", ""), home.final_url):
        facts.pop("home", None)
    elif not facts["home"].endswith("/"):
        facts["home"] += "/"
    if not _is_zone(facts.get("timezone_string", "")):
        facts.pop("timezone_string", None)
    return facts


def _is_zone(name: str) -> bool:
    try:
        return bool(name) and name != "UTC" and ZoneInfo(name) is not None
    except (ValueError, OSError, KeyError):  # the last for a zone that this machine does not know
        return False


def _code(value: str | None) -> str | None:
    found = _LANGUAGE.match((value or "").partition(",")[0])
    return found[1].lower() if found else None


def _language(said: str | None, candidates: Sequence[Candidate]) -> tuple[str | None, tuple[str, ...]]:
    """What the site says, unless the texts that were tried are surely all in another language."""
    detected = [one.sample.detected for one in candidates if one.sample is not None and one.sample.detected is not None]
    codes = {code for code, score in detected if score >= _SURE}
    if len(codes) != 1 or any(score < _SURE for _, score in detected):
        return said, ()
    code = codes.pop()
    if said is None or said[:2] == code:
        return said or code, ()
    if len(detected) < 2:
        return said, (f"the site says that its language is {said}, a text of it looks like {code}: check `language`",)
    return code, (f"the site says that its language is {said}, but its texts are in {code}",)
