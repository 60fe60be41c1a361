"""The state database: one schema for SQLite and PostgreSQL, brought up to date by Alembic."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError

from pipeline.errors import ConfigError, StoreError, TransientStoreError

__all__ = [
    "Database",
    "alerts",
    "chunks",
    "hosts",
    "leases",
    "manifests",
    "metadata",
    "open_database",
    "outcomes",
    "runs",
    "sources",
    "urls",
    "watermarks",
]


class UtcDateTime(sa.TypeDecorator[datetime]):
    """Aware UTC times; SQLite keeps them without a zone, so it is put back."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


_HEAD = "0004"
_SQLITE_WAIT_S = 60.0  # as long a connection waits for another's writing

metadata = sa.MetaData(naming_convention={"ix": "ix_%(table_name)s_%(column_0_N_name)s", "pk": "pk_%(table_name)s"})

sources = sa.Table(
    "sources",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("enabled", sa.Boolean, nullable=False),
    sa.Column("declaration_sha256", sa.String(64), nullable=False),
    sa.Column("first_seen_at", UtcDateTime, nullable=False),
    sa.Column("last_collected_at", UtcDateTime),
)

urls = sa.Table(
    "urls",
    metadata,
    sa.Column("source", sa.String(64), primary_key=True),
    sa.Column("url_key", sa.String(32), primary_key=True),  # BLAKE2b-128 of the normalised URL
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("role", sa.String(16), nullable=False),  # page | thread | index
    sa.Column("state", sa.String(16), nullable=False),  # due | in_flight | spooled | stored
    sa.Column("next_due_at", UtcDateTime),  # of a stored page: when it is looked at again
    sa.Column("visits", sa.Integer, nullable=False, server_default="0"),
    sa.Column("listed_at", UtcDateTime),  # the listing's date for the text
    sa.Column("modified_hint", UtcDateTime),  # the listing's word on the last change
    sa.Column("failures", sa.Integer, nullable=False, default=0),
    sa.Column("outcome", sa.String(64)),
    sa.Column("status", sa.Integer),
    sa.Column("etag", sa.Text),
    sa.Column("last_modified", sa.Text),
    sa.Column("payload_digest", sa.String(64)),
    sa.Column("fetched_at", UtcDateTime),
    sa.Column("run_id", sa.String(64)),
    sa.Column("host", sa.Text),  # the machine that holds the spool file
    sa.Column("spool_file", sa.Text),
    sa.Column("spool_end", sa.BigInteger),
    sa.Column("thread_key", sa.String(32)),  # of a further page: the address that starts its thread
    sa.Index(None, "source", "state", "next_due_at"),
    sa.Index(None, "source", "thread_key"),
)

hosts = sa.Table(
    "hosts",
    metadata,
    sa.Column("host", sa.String(255), primary_key=True),  # name[:port]; for rules the origin, https://name[:port]
    sa.Column("next_allowed_at", UtcDateTime),
    sa.Column("resting_until", UtcDateTime),
    sa.Column("failures", sa.Integer, nullable=False, default=0),  # in a row
    sa.Column("robots", sa.LargeBinary),
    sa.Column("tdm", sa.LargeBinary),
    sa.Column("robots_fetched_at", UtcDateTime),
)

runs = sa.Table(
    "runs",
    metadata,
    sa.Column("run_id", sa.String(64), primary_key=True),
    sa.Column("kind", sa.String(16), nullable=False),  # collect | backfill
    sa.Column("state", sa.String(16), nullable=False, index=True),
    sa.Column("sources", sa.JSON, nullable=False),
    sa.Column("window_start", sa.Date),
    sa.Column("window_end", sa.Date),
    sa.Column("backfill_id", sa.String(64)),
    sa.Column("started_at", UtcDateTime, nullable=False, index=True),
    sa.Column("updated_at", UtcDateTime, nullable=False),
    sa.Column("published_version", sa.Integer),
    sa.Column("reason", sa.Text),
    sa.Column("report", sa.JSON),
)

chunks = sa.Table(
    "chunks",
    metadata,
    sa.Column("chunk_id", sa.String(32), primary_key=True),  # BLAKE2b-128 of (backfill or run, source, window, method)
    sa.Column("run_id", sa.String(64), nullable=False, index=True),
    sa.Column("backfill_id", sa.String(64)),
    sa.Column("source", sa.String(64), nullable=False),
    sa.Column("window_start", sa.Date),
    sa.Column("window_end", sa.Date),
    sa.Column("method", sa.String(16), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),  # planned | crawled
    sa.Column("report", sa.JSON),
    sa.Column("updated_at", UtcDateTime, nullable=False),
)

manifests = sa.Table(
    "manifests",
    metadata,
    sa.Column("key", sa.String(512), primary_key=True),
    sa.Column("spool_file", sa.String(255), nullable=False),
    sa.Column("source", sa.String(64), nullable=False),
    sa.Column("run_id", sa.String(64), nullable=False, index=True),  # the run that extracts it
    sa.Column("sealed_at", UtcDateTime, nullable=False),
)

outcomes = sa.Table(
    "outcomes",
    metadata,
    sa.Column("run_id", sa.String(64), primary_key=True),
    sa.Column("source", sa.String(64), primary_key=True),
    sa.Column("stage", sa.String(16), primary_key=True),  # crawl | extract | dedup
    sa.Column("outcome", sa.String(32), primary_key=True),
    sa.Column("reason", sa.String(128), primary_key=True),
    sa.Column("count", sa.Integer, nullable=False),
)

leases = sa.Table(
    "leases",
    metadata,
    sa.Column("name", sa.String(128), primary_key=True),
    sa.Column("owner", sa.Text, nullable=False),
    sa.Column("token", sa.BigInteger, nullable=False),
    sa.Column("expires_at", UtcDateTime, nullable=False),
    sa.Column("heartbeat_at", UtcDateTime, nullable=False),
)

watermarks = sa.Table(
    "watermarks",
    metadata,
    sa.Column("name", sa.String(128), primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
    sa.Column("updated_at", UtcDateTime, nullable=False),
)

alerts = sa.Table(
    "alerts",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("source", sa.String(64)),
    sa.Column("run_id", sa.String(64)),
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("closed_at", UtcDateTime),
    sa.Column("sent", sa.String(8)),  # what a person was told of it last: open | over
)


class Database:
    """Connections to the state database; errors of the driver come out as errors of ours."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self._engine.dialect.name

    @contextmanager
    def begin(self) -> Iterator[sa.Connection]:
        """A transaction that commits when the block ends well.

        Raises:
            TransientStoreError: the database is locked or unreachable.
            StoreError: it refused the statement.
        """
        try:
            with self._engine.begin() as connection:
                yield connection
        except OperationalError as error:
            raise TransientStoreError(f"state database: {error.orig}; check it and the disk, then run again") from error
        except DBAPIError as error:
            raise StoreError(f"state database: {error.orig}; run `copydesk config show` and check `state`") from error

    def insert(self, table: sa.Table) -> Any:
        """An INSERT that knows `on_conflict_do_nothing` and `on_conflict_do_update` for this dialect."""
        if self.dialect == "postgresql":
            from sqlalchemy.dialects.postgresql import insert
        else:
            from sqlalchemy.dialects.sqlite import insert  # type: ignore[assignment]
        return insert(table)

    def close(self) -> None:
        """Give back all connections."""
        self._engine.dispose()


@contextmanager
def open_database(url: str) -> Iterator[Database]:
    """Open the state database and bring its schema up to date.

    Raises:
        ConfigError: the URL is not one that SQLAlchemy knows, or a newer Copydesk made the schema.
        TransientStoreError: the database cannot be reached.
    """
    try:
        parsed = sa.make_url(url)
        if parsed.get_backend_name() == "sqlite" and parsed.database:
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        engine = sa.create_engine(parsed, **_options(parsed))
    except (ArgumentError, NoSuchModuleError) as error:
        raise ConfigError(
            f"state {url!r} is not a database URL ({error}); valid: sqlite:///<file>, postgresql+psycopg://…"
        ) from None
    except OSError as error:
        raise StoreError(f"folder of the state database {url}: {error.strerror}; check its permissions") from error
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _set_pragmas)
    database = Database(engine)
    try:
        _migrate(database)
        yield database
    finally:
        database.close()


def _options(url: sa.URL) -> dict[str, Any]:
    if url.get_backend_name() == "sqlite":
        return {"connect_args": {"timeout": _SQLITE_WAIT_S}}
    return {"pool_pre_ping": True}


def _set_pragmas(connection: sqlite3.Connection, _record: object) -> None:
    deadline = time.monotonic() + _SQLITE_WAIT_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            break
        except sqlite3.OperationalError as error:  # a new file that another turns to WAL: SQLite refuses at once
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
    connection.execute("PRAGMA synchronous=FULL")


def _migrate(database: Database) -> None:
    found = _version(database)
    if found == _HEAD:
        return
    if found is not None and found > _HEAD:
        raise ConfigError(
            f"the state database was made by a newer Copydesk (schema {found}, here {_HEAD}); install that"
        )
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with database.begin() as connection:
        if database.dialect == "postgresql":  # one migrator at a time
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(7305808)"))
        else:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _version(database: Database) -> str | None:
    with database.begin() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
