"""What every stage works with: settings, the store, the state database, the declarations."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from pipeline.errors import ConfigError
from pipeline.models import utc_now
from pipeline.settings import Settings
from pipeline.sources.declaration import Source, load_sources
from pipeline.store.database import Database, open_database
from pipeline.store.objects import ObjectStore, open_store
from pipeline.store.probe import check_conditional_puts
from pipeline.store.runs import Runs

__all__ = ["Context", "Progress", "check_store", "open_context", "select_sources"]

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


def select_sources(settings: Settings, ids: Sequence[str] = ()) -> list[Source]:
    """Declared sources by id, or all enabled ones.

    Raises:
        ConfigError: a declaration is not valid, or an id is not declared.
    """
    declared = {source.id: source for source in load_sources(settings.seeds)}
    unknown = [name for name in ids if name not in declared]
    if unknown:
        known = ", ".join(sorted(declared)) or "none"
        raise ConfigError(f"unknown source {', '.join(unknown)}; declared in {settings.seeds}: {known}")
    if ids:
        return [declared[name] for name in dict.fromkeys(ids)]
    return [source for source in declared.values() if source.enabled]
