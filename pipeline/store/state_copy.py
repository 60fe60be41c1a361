"""The state database, whole, from one place to another: for backups, and from SQLite to PostgreSQL or back."""

from __future__ import annotations

import sqlalchemy as sa

from pipeline.store.database import Database, metadata, runs, urls

__all__ = ["copy_state", "holds_state"]

_ROWS = 2_000
_COUNT_ON = (
    "SELECT setval(pg_get_serial_sequence('alerts', 'id'), coalesce(max(id), 1), max(id) IS NOT NULL) FROM alerts"
)


def copy_state(source: Database, target: Database) -> dict[str, int]:
    """Copy every row as of one moment, in one transaction of the target; writers of the source are not kept waiting.

    Returns:
        Rows by table.

    Raises:
        StoreError: one of the databases failed, or the target holds rows already; nothing was copied.
    """
    copied = {}
    with source.begin() as reading, target.begin() as writing:
        # One moment for all tables: SQLite's driver would begin at the first write, PostgreSQL anew at each statement.
        begin = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ" if source.dialect == "postgresql" else "BEGIN"
        reading.exec_driver_sql(begin)
        for table in metadata.sorted_tables:
            copied[table.name] = 0
            found = reading.execution_options(yield_per=_ROWS).execute(sa.select(table))
            for some in found.mappings().partitions(_ROWS):
                writing.execute(sa.insert(table), [dict(row) for row in some])
                copied[table.name] += len(some)
        if target.dialect == "postgresql":  # its own counter would give numbers that are taken
            writing.execute(sa.text(_COUNT_ON))
    return copied


def holds_state(database: Database) -> bool:
    """Whether a run or an address is known."""
    with database.begin() as connection:
        return any(
            connection.execute(sa.select(sa.literal(1)).select_from(one).limit(1)).first() for one in (runs, urls)
        )
