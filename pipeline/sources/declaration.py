"""Source declarations (`seeds/**/<id>.toml`): the schema, and reading them with errors that name file and line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from pipeline.errors import ConfigError
from pipeline.models import utc_now

__all__ = [
    "ARCHIVED",
    "COLLECTED",
    "CRAWLED",
    "IMPORTED",
    "Entry",
    "EntryKind",
    "Expect",
    "Politeness",
    "Source",
    "declaration_schema",
    "load_source",
    "load_sources",
    "read_sources",
]


class EntryKind(StrEnum):
    """How a source lists its texts."""

    FEED = "feed"
    SITEMAP = "sitemap"
    WORDPRESS = "wordpress"
    BLOGGER = "blogger"
    LISTING = "listing"
    FORUM = "forum"
    WARC = "warc"
    WAYBACK = "wayback"
    FILES = "files"
    COMMONCRAWL = "commoncrawl"


CRAWLED = (
    EntryKind.FEED,
    EntryKind.SITEMAP,
    EntryKind.WORDPRESS,
    EntryKind.BLOGGER,
    EntryKind.LISTING,
    EntryKind.FORUM,
)
"""Kinds that a crawl asks the site for."""
IMPORTED = (EntryKind.WARC, EntryKind.FILES)
"""Kinds that are read from files."""
COLLECTED = CRAWLED + IMPORTED
"""Kinds that a collect takes."""
ARCHIVED = (EntryKind.WAYBACK, EntryKind.COMMONCRAWL)
"""Kinds that other archives are asked for, by the backfills of these names."""
_KNOWN_CDX = re.compile(r"/cdx(/search/cdx)?$")
_LOCAL = re.compile(r"(file://)?/(?!/)")


def _check_cron(value: str) -> str:
    if value not in ("hourly", "daily"):
        try:
            CronSim(value, utc_now())
        except CronSimError as error:
            raise ValueError(f"not a cron expression, `hourly` or `daily` ({error})") from None
    return value


def _check_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ValueError, OSError):
        raise ValueError("not a time zone, such as UTC or Europe/Berlin") from None
    return value


def _check_url(value: str) -> str:
    if not re.match(r"(https?|file|s3)://[^\s/]+|(https?|file|s3):///", value):
        raise ValueError("not an http(s), file or s3 address")
    return value


def _check_place(value: str) -> str:
    if not _LOCAL.match(value):
        _check_url(value)
    return value


_Url = Annotated[str, AfterValidator(_check_url)]
_Place = Annotated[str, AfterValidator(_check_place)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Entry(_Part):
    """One entry point of a source."""

    kind: EntryKind
    url: _Place = Field(description="address; of `files` and `warc` also file:// and s3://, or an absolute path")
    include: str | None = Field(None, description="regular expression: only addresses that match are documents")
    exclude: str | None = Field(None, description="regular expression: addresses that match are passed over")
    server: _Url | None = Field(
        None, description="`wayback`: the CDX server to ask; `commoncrawl`: where its indexes are; default: a setting"
    )
    replay: _Url | None = Field(
        None,
        description="`wayback`: what stands before a capture's time in its address; `commoncrawl`: where its files are",
    )
    match: Literal["prefix", "host", "domain"] = Field(
        "prefix", description="`wayback`, `commoncrawl`: captures below the address, of its host, or of subdomains too"
    )

    def wants(self, url: str) -> bool:
        """Whether an address that the entry lists is to be collected."""
        if self.exclude and re.search(self.exclude, url):
            return False
        return self.include is None or re.search(self.include, url) is not None

    @model_validator(mode="after")
    def _check_patterns(self) -> Entry:
        for name in ("include", "exclude"):
            try:
                re.compile(getattr(self, name) or "")
            except re.error as error:
                raise ValueError(f"{name} is not a regular expression: {error}") from None
        return self

    @model_validator(mode="after")
    def _check_kind(self) -> Entry:
        web = self.url.startswith(("http://", "https://"))
        if self.kind is EntryKind.FILES and not _LOCAL.match(self.url):
            raise ValueError(f"files are read from a folder: file:///… or an absolute path, not {self.url}")
        if self.kind not in IMPORTED and not web:
            raise ValueError(f"an entry of kind {self.kind} has an http(s) address, not {self.url}")
        if self.kind not in ARCHIVED and (self.server or self.replay or self.match != "prefix"):
            raise ValueError(f"`server`, `replay` and `match` belong to entries of kind {' or '.join(ARCHIVED)}")
        if self.kind is EntryKind.WAYBACK and self.server and not (self.replay or _KNOWN_CDX.search(self.server)):
            raise ValueError("`replay` is needed: where captures are does not follow from this `server`")
        return self


class Politeness(_Part):
    """Wishes on top of robots.txt, Crawl-delay and Retry-After, which always win."""

    delay_s: float = Field(1.0, ge=0, le=3600, description="seconds between two requests to a host")
    concurrency: int = Field(2, ge=1, le=16, description="requests under way at once to a host")


class Bounds(_Part):
    """A range that holds both ends."""

    min: float | None = None
    max: float | None = None


COUNTED_FIELDS = ("agency", "authors", "image_url", "language", "published_at", "section", "title")
"""Fields whose share `[expect]` may ask for; besides them `text_words`, the average length of the texts."""


class Expect(_Part):
    """What a healthy day of the source looks like; a run after a day that was not is held, not published."""

    documents_per_day: Bounds | None = Field(
        None, description="documents of the last 24 hours, after 7 days of history"
    )
    fields: dict[str, float | Bounds] = Field(
        default_factory=dict, description="least share of documents that have a field; `text_words`: words on average"
    )

    @field_validator("fields")
    @classmethod
    def _check_fields(cls, value: dict[str, float | Bounds]) -> dict[str, float | Bounds]:
        unknown = sorted(value.keys() - {*COUNTED_FIELDS, "text_words"})
        if unknown:
            raise ValueError(f"unknown field {', '.join(unknown)}; valid: {', '.join((*COUNTED_FIELDS, 'text_words'))}")
        return value


class Source(_Part):
    """One declared outlet, blog or forum."""

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64, description="the file's name")
    name: str = Field(min_length=1)
    kind: Literal["news", "forum"]
    homepage: _Url
    enabled: bool = True
    language: str | None = Field(None, pattern=r"^[a-z]{2,3}$", description="ISO 639 code")
    timezone: Annotated[str, AfterValidator(_check_zone)] = Field("UTC", description="zone of times that name none")
    schedule: Annotated[str, AfterValidator(_check_cron)] = "hourly"
    revisit_days: tuple[Annotated[float, Field(gt=0, le=365)], ...] = Field(
        (1.0,), description="days after which a fresh page is looked at again, for edits that no listing tells of"
    )
    authority: int = Field(50, ge=0, le=100, description="tie-break when a canonical document is chosen")
    agency: str | None = Field(None, description="name of the news agency that this source is")
    author_pseudonyms: bool = False
    allow_private: bool = Field(default=False, description="allow private and loopback addresses")
    javascript: bool = Field(default=False, description="render pages in a browser; needs the extra `javascript`")
    obey_tdm: bool = Field(default=True, description="keep no text that is reserved against mining")
    entry: tuple[Entry, ...] = Field(min_length=1)
    politeness: Politeness = Politeness()
    expect: Expect = Expect()

    def listings(self) -> frozenset[str]:
        """Addresses of pages that only list texts, without a slash at their end: the front page and the entries' own.

        Archives have many copies of these. A forum's entry may be a thread.
        """
        own = [entry.url for entry in self.entry if entry.kind in CRAWLED and entry.kind is not EntryKind.FORUM]
        root = re.sub(r"(?<=[^/:])/.*", "", self.homepage)
        return frozenset(url.rstrip("/") for url in (root, self.homepage, *own))


def declaration_schema() -> dict[str, Any]:
    """JSON Schema of a declaration."""
    return Source.model_json_schema()


def load_source(path: Path) -> Source:
    """Read one declaration.

    Raises:
        ConfigError: not readable, not TOML, or not valid; one line a problem, with file, line and valid values.
    """
    try:
        text = path.read_text("utf-8")
        values = tomllib.loads(text)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}); check the path and its permissions") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not valid TOML: {error}; mend that line") from None
    try:
        source = Source.model_validate(values)
    except ValidationError as error:
        raise ConfigError("\n".join(_problems(path, text, error))) from None
    if source.id != path.stem:
        raise ConfigError(f"{path}:{_line_of(text, ('id',))}: id is {source.id!r}; name it {path.stem!r} like the file")
    return source


def load_sources(folder: Path) -> tuple[Source, ...]:
    """Read all declarations below a folder, ordered by id.

    Raises:
        ConfigError: the folder is missing, or any declaration is not valid (all problems are listed).
    """
    sources, broken = read_sources(folder)
    if broken:
        raise ConfigError("\n".join(broken.values()))
    return sources


def read_sources(folder: Path) -> tuple[tuple[Source, ...], dict[str, str]]:
    """Read what declarations below a folder are valid, ordered by id, and what is wrong with the others, by id.

    Raises:
        ConfigError: the folder is missing.
    """
    if not folder.is_dir():
        raise ConfigError(f"the seeds folder {folder} does not exist: create it, or set COPYDESK_SEEDS")
    paths: dict[str, Path] = {}
    sources: dict[str, Source] = {}
    broken: dict[str, str] = {}
    for path in sorted(folder.rglob("*.toml")):
        if path.stem in paths:
            taken = f"{path}: id {path.stem!r} is taken by {paths[path.stem]}; ids are unique, rename one"
            broken[path.stem] = "\n".join(filter(None, (broken.get(path.stem), taken)))
            sources.pop(path.stem, None)
            continue
        paths[path.stem] = path
        try:
            sources[path.stem] = load_source(path)
        except ConfigError as error:
            broken[path.stem] = str(error)
    return tuple(source for _, source in sorted(sources.items())), broken


def _problems(path: Path, text: str, error: ValidationError) -> Iterable[str]:
    problems = error.errors()
    inside = {one["loc"][0] for one in problems if len(one["loc"]) > 1}
    for problem in problems:
        if problem["type"] == "too_short" and problem["loc"][0] in inside:
            continue  # there are some, and what is wrong with them is named
        where = tuple(problem["loc"])
        name = ".".join(str(part) for part in where) or "the declaration"
        yield f"{path}:{_line_of(text, where)}: {name}: {_say(problem['type'], problem['msg'], where)}"


def _say(kind: str, message: str, where: tuple[str | int, ...]) -> str:
    message = message.removeprefix("Value error, ")
    if kind == "extra_forbidden":
        return f"unknown key; valid here: {', '.join(_valid_keys(where))}"
    if kind == "missing":
        return "missing; add this key"
    return message


def _valid_keys(where: tuple[str | int, ...]) -> list[str]:
    model: type[BaseModel] = Source
    parts: dict[str, type[BaseModel]] = {"entry": Entry, "politeness": Politeness, "expect": Expect}
    for part in where[:-1]:
        model = parts.get(str(part), Bounds if part == "documents_per_day" else model)
    return list(model.model_fields)


def _line_of(text: str, where: tuple[str | int, ...]) -> int:
    """Line (from 1) where the value at `where` stands; the table's header or 1 when the key itself is missing."""
    table: tuple[str, ...] = ()
    counts: dict[tuple[str, ...], int] = {}
    names = tuple(str(part) for part in where if isinstance(part, str))
    index = next((part for part in where if isinstance(part, int)), None)
    best = 1
    for number, line in enumerate(text.splitlines(), 1):
        header = re.match(r"\s*\[\[?\s*([\w.-]+)\s*\]\]?", line)
        if header:
            table = tuple(header[1].split("."))
            counts[table] = counts.get(table, -1) + 1
        elif not (key := re.match(r"\s*([\w-]+)\s*=", line)):
            continue
        here = table if header else (*table, key[1])  # type: ignore[index]
        if here and names[: len(here)] == here and (index is None or not table or counts.get(table) == index):
            best = number
    return best
