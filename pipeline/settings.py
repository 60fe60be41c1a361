"""Settings: flag > environment (`COPYDESK_SECTION__KEY`) > `copydesk.toml` > default, each with its origin.

Secrets are not settings: boto3's own credential chain finds them.
"""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import EnvSettingsSource

from pipeline.errors import ConfigError

__all__ = [
    "AlertSettings",
    "ArchiveSettings",
    "CrawlSettings",
    "ExtractSettings",
    "LoadedSettings",
    "MaintainSettings",
    "PrefectSettings",
    "S3Settings",
    "Settings",
    "load_settings",
    "misspelt_variables",
]

_PREFIX = "COPYDESK_"
_FILE = "copydesk.toml"
_OTHERS = {f"{_PREFIX}PARENT", f"{_PREFIX}SHARED"}  # between our own processes, and of the tests


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class S3Settings(_Section):
    """Where S3-compatible storage is."""

    endpoint_url: str | None = Field(None, description="address of an S3-compatible server; empty means AWS")
    region: str = Field("us-east-1", description="region name sent to the server")
    timeout_s: float = Field(30.0, gt=0, description="seconds before a request to the server is given up")
    retries: int = Field(4, ge=0, le=20, description="further tries after a failed request")


class CrawlSettings(_Section):
    """How sources are fetched; a declaration's `politeness` and the site's own wishes go first."""

    user_agent: str = Field(
        "Copydesk/0.1 (+https://example.org/copydesk)",
        description="how the crawler names itself; put an address there where a webmaster can reach you",
    )
    concurrency: int = Field(8, ge=1, le=64, description="requests under way at once in one crawl")
    timeout_s: float = Field(30.0, gt=0, description="seconds before a request is given up")
    max_bytes: int = Field(8 * 2**20, ge=2**10, description="bytes of a response before it is refused")
    max_redirects: int = Field(5, ge=0, le=20, description="redirects followed for one address")
    retries: int = Field(2, ge=0, le=10, description="further tries after a network error or a 5xx answer")
    max_pages: int = Field(100_000, ge=1, description="requests after which one crawl of one source stops")
    max_minutes: int = Field(360, ge=1, description="minutes after which one crawl of one source stops")
    max_listings: int = Field(10_000, ge=1, description="listing pages that one crawl of one source follows")
    max_queue: int = Field(1_000_000, ge=1, description="addresses known of a source before no new one is taken")
    parallel_sources: int = Field(2, ge=1, le=32, description="sources crawled at once in one run")


class ArchiveSettings(_Section):
    """Public archives of the web that backfills may ask."""

    cdx: str = Field("https://web.archive.org/cdx/search/cdx", description="the Wayback Machine's CDX server")
    replay: str = Field("https://web.archive.org/web/", description="what stands before a capture's time there")
    common_crawl_index: str = Field("https://index.commoncrawl.org/", description="where Common Crawl's indexes are")
    common_crawl_data: str = Field("https://data.commoncrawl.org/", description="where Common Crawl's files are")


class ExtractSettings(_Section):
    """Limits for the processes that turn captures into documents."""

    workers: int = Field(0, ge=0, le=64, description="worker processes; 0 means one for each core")
    page_timeout_s: float = Field(20.0, gt=0, description="seconds before a page is given up")
    memory_mb: int = Field(1024, ge=128, description="memory of one worker process, MiB")
    min_words: int = Field(25, ge=1, description="words below which an article page is not a document")


class MaintainSettings(_Section):
    """What the daily maintenance keeps."""

    keep_days: int = Field(7, ge=1, description="days that superseded table files, ended staging and logs are kept")
    raw_rules: tuple[Annotated[str, Field(pattern=r"^\s*\S+\s+\S+\s+[1-9]\d{0,4}\s*$")], ...] = Field(
        (),
        description="how long raw pages are kept: `SOURCE HOST DAYS` each, with wildcards (`* *.example.com 30`); the "
        "first that fits a page counts, and a page that none fits is kept for ever",
    )
    backup: str | None = Field(None, description="where a backup is made every day: a folder or `s3://bucket/prefix`")
    keep_backups: int = Field(7, ge=1, description="backups that are kept there")


class RededupSettings(_Section):
    """Where the whole corpus is de-duplicated anew."""

    workers: int = Field(0, ge=0, le=1024, description="local processes; 0 means one for each core")
    cluster: str = Field("", description="address of a Dask scheduler (`tcp://host:8786`) to work on instead")
    patience_s: float = Field(300.0, gt=0, description="seconds that there may be no worker, then the job ends")


class AlertSettings(_Section):
    """Who is told when something needs a person, and when."""

    to: str = Field(
        "",
        description="where alerts go, separated by blanks, as Apprise writes it: `json://host/path` is a webhook, "
        "`mailto://user:password@host?to=who@where` an e-mail",
        json_schema_extra={"secret": True},
    )
    silent_hours: float = Field(72, gt=0, description="hours without a text after which a source counts as silent")
    stuck_minutes: float = Field(480, gt=0, description="minutes after which a flow run counts as stuck")
    disk_free_mb: int = Field(
        2048, ge=0, description="free space of the data folder below which an alert is given, MiB"
    )
    every_s: float = Field(30, gt=0, description="seconds between two looks at what may need an alert")


class PrefectSettings(_Section):
    """The Prefect server that `copydesk up` starts."""

    host: str = Field("127.0.0.1", description="address the server listens on; beyond loopback it needs a password")
    port: int = Field(4200, ge=0, le=65535, description="port of the server; 0 takes a free one")
    password: str = Field(
        "",
        description="what a browser or program must give to the server, with the user name `copydesk`",
        json_schema_extra={"secret": True},
    )
    keep_days: int = Field(14, ge=1, description="days that the server remembers ended flow runs; events at most 7")


class Settings(_Section):
    """All settings of Copydesk."""

    store: str = Field("file:data", description="where the corpus is: `file:<folder>` or `s3://bucket/prefix`")
    data: Path | None = Field(None, description="local folder for state, spool and logs; default: the store's folder")
    state: str | None = Field(None, description="state database URL; default: SQLite in the data folder")
    seeds: Path = Field(Path("seeds"), description="folder of source declarations")
    log_level: str = Field("INFO", description="DEBUG, INFO, WARNING or ERROR")
    log_format: Literal["text", "json"] = Field("text", description="`text`, or `json`: one object a line")
    s3: S3Settings = S3Settings()
    crawl: CrawlSettings = CrawlSettings()
    archives: ArchiveSettings = ArchiveSettings()
    extract: ExtractSettings = ExtractSettings()
    maintain: MaintainSettings = MaintainSettings()
    rededup: RededupSettings = RededupSettings()
    alerts: AlertSettings = AlertSettings()
    prefect: PrefectSettings = PrefectSettings()

    @property
    def data_dir(self) -> Path:
        """Local folder for the state database, the spool of fresh captures, work files and logs."""
        if self.data is not None:
            return self.data.absolute()
        if self.store.startswith("file:"):
            return Path(self.store.removeprefix("file:")).absolute()
        return Path("data").absolute()

    @property
    def state_url(self) -> str:
        """SQLAlchemy URL of the state database."""
        return self.state or f"sqlite:///{self.data_dir / 'state.db'}"

    @property
    def workers(self) -> int:
        """Worker processes for extraction, at least one."""
        return self.extract.workers or os.cpu_count() or 1

    def environment(self) -> dict[str, str]:
        """These settings as environment variables, for child processes."""
        found = {f"{_PREFIX}{key.upper().replace('.', '__')}": value for key, value in _flatten(self.model_dump())}
        plain = {key: json.dumps(value) if isinstance(value, tuple) else value for key, value in found.items()}
        return {key: str(value) for key, value in plain.items() if value is not None}


@dataclass(frozen=True, slots=True)
class LoadedSettings:
    """Settings with the origin of each value: `flag`, `environment`, a file's name, or `default`."""

    settings: Settings
    origins: Mapping[str, str]

    def rows(self) -> Iterator[tuple[str, str, str]]:
        """(dotted name, value, origin) of every setting, in order of declaration; secrets are not shown."""
        for key, value in _flatten(self.settings.model_dump()):
            shown = "***" if value and key in _secrets() else "" if value is None else str(value)
            yield key, shown, self.origins.get(key, "default")


def _secrets() -> set[str]:
    sections = {name: getattr(field.annotation, "model_fields", {}) for name, field in Settings.model_fields.items()}
    return {f"{name}.{one}" for name, fields in sections.items() for one, field in fields.items() if _is_secret(field)}


def _is_secret(field: FieldInfo) -> bool:
    return isinstance(field.json_schema_extra, dict) and bool(field.json_schema_extra.get("secret"))


def load_settings(flags: Mapping[str, object] | None = None, *, folder: Path | None = None) -> LoadedSettings:
    """Read settings from all origins.

    Args:
        flags: dotted names with values from the command line; None values are passed over.
        folder: where `copydesk.toml` is looked for; default: the working folder.

    Raises:
        ConfigError: a file or a value is not valid; the message names it.
    """
    path = (folder or Path()) / _FILE
    layers = [
        (str(path), _read_file(path)),
        ("environment", _read_environment()),
        ("flag", _nested({key: value for key, value in (flags or {}).items() if value is not None})),
    ]
    merged: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for origin, values in layers:
        for key, value in _flatten(values):
            _put(merged, key, value)
            origins[key] = origin
    try:
        return LoadedSettings(Settings.model_validate(merged), origins)
    except ValidationError as error:
        raise ConfigError(_explain(error, origins)) from None


def misspelt_variables(names: Iterable[str]) -> dict[str, str]:
    """Environment variables that look like settings and are none, with the setting each may have been meant to be."""
    known = {f"{_PREFIX}{name.upper().replace('.', '__')}" for name, _ in _flatten(Settings().model_dump())}
    unknown = (name for name in names if name.startswith(_PREFIX) and name not in known)
    return {
        name: next(iter(get_close_matches(name, known, n=1, cutoff=0.8)), "")
        for name in sorted(unknown)
        if name not in _OTHERS and not name.startswith(f"{_PREFIX}TEST_")
    }


def _read_file(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not valid TOML: {error}; mend that line or remove the file") from None


def _read_environment() -> dict[str, Any]:
    # The variables of the test suite and of other tools share our prefix; only declared names are settings.
    source = EnvSettingsSource(Settings, env_prefix=_PREFIX, env_nested_delimiter="__")  # type: ignore[arg-type]
    return dict(source())


def _nested(flat: Mapping[str, object]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in flat.items():
        _put(result, key, value)
    return result


def _put(target: dict[str, Any], dotted: str, value: object) -> None:
    *parents, last = dotted.split(".")
    for name in parents:
        target = target.setdefault(name, {})
    target[last] = value


def _flatten(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from _flatten(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _explain(error: ValidationError, origins: Mapping[str, str]) -> str:
    lines = []
    for problem in error.errors():
        name = ".".join(str(part) for part in problem["loc"])
        origin = origins.get(name, "settings")
        lines.append(f"setting {name} ({origin}): {problem['msg']}; see `copydesk config show` for the valid names")
    return "\n".join(lines)
