"""From what was found out about a site to a declaration of it."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.errors import ConfigError
from pipeline.models import page_identity, utc_now
from pipeline.settings import Settings
from pipeline.sources.declaration import Source, read_sources
from pipeline.sources.urls import host_of, normalise_url
from pipeline.sources.writing import declaration_text, new_source, source_id_of
from pipeline.stages.choosing import Candidate
from pipeline.stages.probe import SiteReport

__all__ = ["Declared", "proposal", "proposal_text"]


class Declared:
    """The sources that are declared, also those whose declaration is broken: their ids are taken too."""

    def __init__(self, settings: Settings) -> None:
        self.ids: set[str] = set()
        self._homepages: dict[str, Source] = {}
        self._hosts: dict[str, Source] = {}
        self._entries: dict[str, Source] = {}
        if settings.seeds.is_dir():
            found, broken = read_sources(settings.seeds)
            self.ids |= set(broken)
            for source in found:
                self.add(source)

    def add(self, source: Source) -> None:
        """Take a source into account."""
        self.ids.add(source.id)
        self._homepages.setdefault(_name(source.homepage), source)
        self._hosts.setdefault(host_of(source.homepage), source)
        for entry in source.entry:
            self._entries.setdefault(_name(entry.url), source)

    def with_homepage(self, url: str) -> Source | None:
        """The source that has this homepage."""
        return self._homepages.get(_name(url))

    def with_host(self, host: str) -> Source | None:
        """A source whose homepage is on a host, as `host_of` gives it."""
        return self._hosts.get(host)

    def with_entry(self, url: str) -> Source | None:
        """A source that has an entry point at this address."""
        return self._entries.get(_name(url))


def _name(url: str) -> str:
    return page_identity(normalise_url(url))


def proposal(
    report: SiteReport, declared: Declared, *, name: str | None, source_id: str | None, allow_private: bool
) -> Source:
    """The declaration that a site should have.

    Raises:
        ConfigError: the site is declared already, or the id is taken or no id.
    """
    who = report.identity
    former = declared.with_homepage(who.homepage)
    if former is not None and source_id is None:
        raise ConfigError(f"{who.homepage} is declared as {former.id}; edit that, or give another id with --id")
    values: dict[str, object] = {
        "id": source_id or source_id_of(who.homepage, name or who.name, declared.ids),
        "name": name or who.name,
        "kind": report.kind,
        "homepage": who.homepage,
        "language": who.language,
        "entry": [_entry(one) for one in report.chosen],
        "allow_private": allow_private,
    }
    return new_source(values | ({"timezone": who.timezone} if who.timezone else {}))


def _entry(one: Candidate) -> dict[str, object]:
    values = {"kind": one.state.kind, "url": one.state.url, "include": one.include, "exclude": one.exclude}
    return {key: value for key, value in values.items() if value is not None}


def proposal_text(source: Source, chosen: Sequence[Candidate]) -> str:
    """The TOML of a proposed declaration, with a comment on each entry."""
    notes = {number: _note(one) for number, one in enumerate(chosen)}
    return f"# Found by `copydesk sources add` on {utc_now():%Y-%m-%d}.\n{declaration_text(source, notes)}"


def _note(one: Candidate) -> str:
    newest = f", the newest of {one.state.newest:%Y-%m-%d}" if one.state.newest else ""
    return f"{one.how}: {len(one.state.texts)} texts listed{newest}"
