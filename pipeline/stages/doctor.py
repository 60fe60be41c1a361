"""What is wrong with this machine or this configuration, and what to do about it."""

from __future__ import annotations

import os
import resource
import shutil
import socket
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

from pipeline.errors import ConfigError, CopydeskError
from pipeline.models import RunState
from pipeline.settings import CrawlSettings, Settings, misspelt_variables
from pipeline.sources.declaration import load_sources
from pipeline.stages.running import check_binding, running_api_url
from pipeline.stages.telling import check_addresses
from pipeline.store.database import open_database
from pipeline.store.objects import open_store
from pipeline.store.probe import check_conditional_puts
from pipeline.store.runs import Runs
from pipeline.store.versions import latest_version

__all__ = ["Status", "Verdict", "examine", "examine_machine"]

_LITTLE_DISK, _SCARCE_DISK = 5 * 2**30, 2**29
_FILES = 1024
_OF_SOURCES = ("expectation", "failing", "gap", "silent")


class Status(StrEnum):
    """How bad a finding is: `fail` stops work, `warn` may."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one check found; `advice` says what to do, empty when all is well."""

    check: str
    status: Status
    found: str
    advice: str = ""


def examine(settings: Settings, environment: Mapping[str, str]) -> Iterator[Verdict]:
    """Run every check; none stops the others, and none asks a site anything."""
    for check in (
        _python, _packages, _variables, _user_agent, _memory, _open_files, _data, _seeds, _alerts, _prefect,
        _store, _state,
    ):  # fmt: skip
        yield from _answer(check, settings, environment)


def examine_machine(settings: Settings) -> Iterator[Verdict]:
    """The checks of memory, disk and port alone, for a start: it asks the store itself, and does without sources."""
    for check in (_memory, _open_files, _data, _prefect):
        yield from _answer(check, settings, {})


def _answer(
    check: Callable[[Settings, Mapping[str, str]], Iterator[Verdict]],
    settings: Settings,
    environment: Mapping[str, str],
) -> Iterator[Verdict]:
    try:
        yield from check(settings, environment)
    except CopydeskError as error:
        cause, _, advice = str(error).partition("; ")
        advice = advice or "mend that, then run `copydesk doctor` again"
        yield Verdict(check.__name__.strip("_"), Status.FAIL, cause, advice)


def _python(_: Settings, __: Mapping[str, str]) -> Iterator[Verdict]:
    version = sys.version.split()[0]
    fits = (3, 11) <= sys.version_info[:2] <= (3, 13)
    advice = "" if fits else "make the environment with Python 3.11 to 3.13: make PYTHON=python3.13 setup"
    yield Verdict("python", Status.OK if fits else Status.FAIL, version, advice)


def _packages(_: Settings, __: Mapping[str, str]) -> Iterator[Verdict]:
    wrong = []
    for line in metadata.requires("copydesk") or ():
        wanted = Requirement(line)
        if wanted.marker is not None and not wanted.marker.evaluate():
            continue
        try:
            have = metadata.version(wanted.name)
        except metadata.PackageNotFoundError:
            have = "nothing"
        if have == "nothing" or not wanted.specifier.contains(have, prereleases=True):
            wrong.append(f"{wanted.name} is {have}, needed is {wanted.specifier or 'any'}")
    if wrong:
        yield Verdict(
            "packages", Status.FAIL, "; ".join(wrong), "run `make clean setup`: it installs requirements.lock"
        )
    else:
        yield Verdict("packages", Status.OK, "all are of the versions that Copydesk was tested with")


def _variables(_: Settings, environment: Mapping[str, str]) -> Iterator[Verdict]:
    wrong = misspelt_variables(environment)
    for name, meant in wrong.items():
        hint = f"did you mean {meant}?" if meant else "see `copydesk config show` for the names"
        yield Verdict("environment", Status.WARN, f"{name} is no setting", hint)
    if not wrong:
        yield Verdict("environment", Status.OK, "every COPYDESK_ variable is a setting")


def _user_agent(settings: Settings, __: Mapping[str, str]) -> Iterator[Verdict]:
    if settings.crawl.user_agent == CrawlSettings().user_agent:
        advice = "set COPYDESK_CRAWL__USER_AGENT to a name with an address where a webmaster can reach you"
        yield Verdict("user agent", Status.WARN, "the default, which names nobody", advice)
    else:
        yield Verdict("user agent", Status.OK, settings.crawl.user_agent)


def _memory(settings: Settings, __: Mapping[str, str]) -> Iterator[Verdict]:
    try:
        lines = Path("/proc/meminfo").read_text("ascii").splitlines()
    except OSError:
        return
    free_mb = next(int(line.split()[1]) // 1024 for line in lines if line.startswith("MemAvailable"))
    needed_mb = settings.workers * settings.extract.memory_mb
    found = f"{free_mb} MiB available, {settings.workers} extraction workers may use {needed_mb}"
    advice = "" if free_mb >= needed_mb else "set COPYDESK_EXTRACT__WORKERS or COPYDESK_EXTRACT__MEMORY_MB lower"
    yield Verdict("memory", Status.WARN if advice else Status.OK, found, advice)


def _open_files(_: Settings, __: Mapping[str, str]) -> Iterator[Verdict]:
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    advice = "" if limit >= _FILES else f"raise it: ulimit -n {_FILES}"
    yield Verdict("open files", Status.WARN if advice else Status.OK, f"at most {limit}", advice)


def _data(settings: Settings, __: Mapping[str, str]) -> Iterator[Verdict]:
    folder = settings.data_dir
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
        raise ConfigError(f"{existing} cannot be written to; mend its permissions, or set COPYDESK_DATA")
    free = shutil.disk_usage(existing).free
    status = Status.FAIL if free < _SCARCE_DISK else Status.WARN if free < _LITTLE_DISK else Status.OK
    advice = "" if status is Status.OK else "free some space, or set COPYDESK_DATA to a larger disk"
    yield Verdict("data folder", status, f"{folder}, {free / 2**30:.1f} GiB free", advice)


def _seeds(settings: Settings, __: Mapping[str, str]) -> Iterator[Verdict]:
    sources = load_sources(settings.seeds)
    enabled = sum(source.enabled for source in sources)
    found = f"{len(sources)} declarations in {settings.seeds}, {enabled} enabled"
    advice = "" if enabled else "enable one: remove `enabled = false`, or write your own; seeds/README.md says how"
    yield Verdict("sources", Status.OK if enabled else Status.WARN, found, advice)


def _alerts(settings: Settings, __: Mapping[str, str]) -> Iterator[Verdict]:
    count = len(check_addresses(settings))
    advice = "" if count else "set COPYDESK_ALERTS__TO to a webhook or an e-mail address, then `copydesk alerts --test`"
    yield Verdict("alerts", Status.OK if count else Status.WARN, f"sent to {count or 'no'} addresses", advice)


def _prefect(settings: Settings, __: Mapping[str, str]) -> Iterator[Verdict]:
    check_binding(settings)
    host, port = settings.prefect.host, settings.prefect.port
    if running_api_url(settings) is not None:
        yield Verdict("prefect", Status.OK, "`copydesk up` runs for this data folder")
        return
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            advice = "stop what listens there, or set COPYDESK_PREFECT__PORT"
            yield Verdict("prefect", Status.FAIL, f"{host}:{port} cannot be used ({error.strerror})", advice)
            return
    yield Verdict("prefect", Status.OK, f"{host}:{port} is free for `copydesk up`")


def _store(settings: Settings, __: Mapping[str, str]) -> Iterator[Verdict]:
    store = open_store(settings)
    check_conditional_puts(store)
    newest = latest_version(store)
    corpus = f"corpus version {newest.version}" if newest is not None else "no corpus yet"
    yield Verdict("store", Status.OK, f"{store.address}: racing writers are told, {corpus}")


def _state(settings: Settings, __: Mapping[str, str]) -> Iterator[Verdict]:
    with open_database(settings.state_url) as database:
        yield Verdict("state", Status.OK, f"{database.dialect} database, up to date")
        runs = Runs(database)
        for run in runs.find(states=[RunState.HELD]):
            advice = f"look at `copydesk runs show {run.run_id}`, then publish or discard it"
            yield Verdict("held run", Status.WARN, f"{run.run_id}: {run.reason}", advice)
        for kind, source, message, since in runs.open_alerts():
            look = f"look at the site, and at what `copydesk collect {source}` says"
            advice = look if kind in _OF_SOURCES else "`copydesk alerts` lists them; docs/how-to/operating.md explains"
            yield Verdict("alert", Status.WARN, f"{kind}, {source}, since {since:%Y-%m-%d %H:%M}Z: {message}", advice)
