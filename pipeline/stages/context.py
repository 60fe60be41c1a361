"""What every stage works with: settings, the store, the state database, the declarations."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from pipeline.errors import ConfigError
from pipeline.models import utc_now
from pipeline.settings import Settings
from pipeline.sources.declaration import Source, read_sources
from pipeline.store.database import Database, open_database
from pipeline.store.objects import ObjectStore, open_store
from pipeline.store.probe import check_conditional_puts
from pipeline.store.runs import Runs

__all__ = ["Context", "Progress", "check_store", "declared_sources", "open_context", "select_sources"]

_LOG = logging.getLogger(__name__)
Progress = Callable[[str, str, int], None]
"""Called with (stage, source or run, items done so far)."""


@dataclass(frozen=True, slots=True)
class Context:
    """Open connections for the stages of one process."""

    settings: Settings
    store: ObjectStore
    database: Database
    runs: Runs


@contextmanager
def open_context(settings: Settings) -> Iterator[Context]:
    """Open store and state database.

    Raises:
        ConfigError, StoreError: as `open_store` and `open_database` say.
    """
    store = open_store(settings)
    with open_database(settings.state_url) as database:
        yield Context(settings, store, database, Runs(database))


def check_store(context: Context) -> None:
    """Make sure, before work is done for it, that the store answers and can carry a corpus.

    The race of conditional puts is run once for a store; then one listing shows that it can be reached.

    Raises:
        ConfigError: refused credentials, no such bucket, or a store that lets two writers create one object.
        TransientStoreError: it cannot be reached.
    """
    store = context.store
    name = f"probed:{hashlib.blake2b(store.address.encode(), digest_size=16).hexdigest()}"
    if context.runs.watermark(name) is None:
        check_conditional_puts(store)
        context.runs.set_watermark(name, utc_now().isoformat())
    else:
        next(iter(store.keys("probe/")), None)
    former = context.runs.watermark("store")
    if former not in (None, store.address):
        _LOG.warning(
            "this state database was used with %s: what was fetched for that store is not fetched again for %s; "
            "set COPYDESK_DATA to a folder of its own for each store, unless the store was moved",
            former, store.address,
        )  # fmt: skip
    if former != store.address:
        context.runs.set_watermark("store", store.address)


def select_sources(settings: Settings, ids: Sequence[str] = ()) -> list[Source]:
    """Declared sources by id, or all enabled ones.

    Raises:
        ConfigError: one that is asked for is not declared, or its declaration is not valid.
    """
    sources, broken = read_sources(settings.seeds)
    declared = {source.id: source for source in sources}
    wrong = [broken[name] for name in (ids or sorted(broken)) if name in broken]
    if wrong:
        raise ConfigError("\n".join(wrong))
    unknown = [name for name in ids if name not in declared]
    if unknown:
        known = ", ".join(sorted(declared)) or "none"
        raise ConfigError(f"unknown source {', '.join(unknown)}; declared in {settings.seeds}: {known}")
    if ids:
        return [declared[name] for name in dict.fromkeys(ids)]
    return [source for source in sources if source.enabled]


def declared_sources(context: Context) -> dict[str, Source]:
    """All declarations by id, for stages that must not stop because somebody is in the middle of writing one.

    In place of a declaration that is not valid stands the last one that was; each valid one is kept for that.
    """
    sources, broken = read_sources(context.settings.seeds)
    for source in sources:
        text = source.model_dump_json()
        if context.runs.watermark(f"declaration:{source.id}") != text:
            context.runs.set_watermark(f"declaration:{source.id}", text)
    declared = {source.id: source for source in sources}
    for name, problem in broken.items():
        former = context.runs.watermark(f"declaration:{name}")
        _LOG.error("%s; %s", problem, "its last valid form is used" if former else "the source is left out")
        if former:
            declared[name] = Source.model_validate_json(former)
    return declared
