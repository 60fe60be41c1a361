"""Declare many sources at once, from the rows of a list."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from pipeline.errors import ConfigError, FetchError
from pipeline.settings import Settings
from pipeline.sources.declaration import CRAWLED, Source
from pipeline.sources.lists import ListedSource
from pipeline.sources.urls import host_of
from pipeline.sources.writing import declaration_text, new_source, source_id_of, write_declaration
from pipeline.stages.probe import probe_site
from pipeline.stages.proposing import Declared, proposal, proposal_text

__all__ = ["ImportedRow", "import_rows"]

_SITEMAP = re.compile(r"(?i)sitemap[^/]*\.(xml|txt)(\.gz)?$")
_FEED = re.compile(r"(?i)(^|[/.=?&_-])(rss2?|feeds?|atom|rdf)([/.&=_-]|$)|\.(xml|rdf|rss|atom)$")


@dataclass(frozen=True, slots=True)
class ImportedRow:
    """What became of a row: `added`, `skipped` or `bad`; `said` is why, or where it was written."""

    line: int
    state: str
    url: str
    id: str | None
    said: str


def import_rows(
    settings: Settings, rows: Sequence[ListedSource], *, probe: bool, enabled: bool, allow_private: bool
) -> Iterator[ImportedRow]:
    """Write a declaration for each row whose feed or host is not declared yet; the same rows again change nothing."""
    declared = Declared(settings)
    for row in rows:
        try:
            yield _import(settings, row, declared, probe=probe, enabled=enabled, allow_private=allow_private)
        except (ConfigError, FetchError) as error:
            yield ImportedRow(row.line, "bad", row.url, None, str(error))


def _import(
    settings: Settings, row: ListedSource, declared: Declared, *, probe: bool, enabled: bool, allow_private: bool
) -> ImportedRow:
    if row.problem is not None:
        raise ConfigError(row.problem)
    former = _declared_as(row, declared)
    if former:
        return ImportedRow(row.line, "skipped", row.url, None, former)
    if probe:
        source, text = _probed(settings, row, declared, allow_private=allow_private)
    else:
        source, text = _as_it_is(row, declared, allow_private=allow_private)
    if not enabled:
        source = source.model_copy(update={"enabled": False})
        text = text.replace("\nkind = ", "\nenabled = false\nkind = ", 1)
    path = write_declaration(settings.seeds, source.id, text)
    declared.add(source)
    return ImportedRow(row.line, "added", row.url, source.id, str(path))


def _declared_as(row: ListedSource, declared: Declared) -> str | None:
    """Why the row is passed over: its address is an entry point of a source, its host or its id one of a source."""
    host = host_of(row.values.get("homepage") or row.url)
    if (same := declared.with_entry(row.url)) is not None:
        return f"declared in {same.id}"
    if (owner := declared.with_host(host)) is not None:
        return f"{host} is the host of {owner.id}; add a second [[entry]] there if it is another list of its texts"
    name = row.values.get("id")
    return f"the id {name} is taken" if name in declared.ids else None


def _probed(settings: Settings, row: ListedSource, declared: Declared, *, allow_private: bool) -> tuple[Source, str]:
    report = probe_site(settings, row.url, allow_private=allow_private, kind=row.values.get("kind"))
    if not report.chosen:
        raise FetchError(
            f"nothing at {row.url} lists texts that can be collected; copydesk sources add says what was tried"
        )
    name, source_id = row.values.get("name"), row.values.get("id")
    source = proposal(report, declared, name=name, source_id=source_id, allow_private=allow_private)
    return source, proposal_text(source, report.chosen)


def _as_it_is(row: ListedSource, declared: Declared, *, allow_private: bool) -> tuple[Source, str]:
    values = dict(row.values)
    entry = values.pop("entry", None) or _entry_kind(row)
    homepage = values.pop("homepage", None) or urljoin(row.url, "/")
    name = values.pop("name", None) or host_of(homepage)
    kind = values.pop("kind", None) or ("forum" if entry == "forum" else "news")
    if entry not in CRAWLED:
        raise ConfigError(f"{entry!r} is no kind of entry; valid: {', '.join(CRAWLED)}")
    language = values.pop("language", "").partition("-")[0].lower() or None
    rest: dict[str, object] = {"id": values.pop("id", None) or source_id_of(homepage, name, declared.ids)}
    rest |= {"name": name, "kind": kind, "homepage": homepage, "language": language, "allow_private": allow_private}
    source = new_source(rest | values | {"entry": [{"kind": entry, "url": row.url}]})
    return source, declaration_text(source)


def _entry_kind(row: ListedSource) -> str:
    """What kind of entry an address is, where it alone tells."""
    parts = urlsplit(row.url)
    if row.values.get("kind") == "forum":
        return "forum"
    if _SITEMAP.search(parts.path):
        return "sitemap"
    if (
        _FEED.search(f"{parts.path}?{parts.query}")
        or _FEED.search(parts.path)
        or (parts.hostname or "").startswith("feed")
    ):
        return "feed"
    raise ConfigError(f"{row.url} does not tell what it is: give the kind in the column `entry`, or use --probe")
