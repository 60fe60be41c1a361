"""Commands of `copydesk corpus` that check, keep and mend."""

from __future__ import annotations

import click

from pipeline.cli.common import emit, json_option, safe, say, store_option, table
from pipeline.errors import CorruptDataError

__all__ = ["snapshot", "sql", "verify"]


@click.command()
@json_option
@store_option
def verify(as_json: bool, store: str | None) -> None:
    """Compare every object with what was written: versions, tables, archives, staged runs, snapshots.

    Reads the whole store and changes nothing. Each line says what is wrong and what to do.
    """
    from pipeline.settings import load_settings
    from pipeline.stages.verify import verify as verify_store
    from pipeline.store.objects import open_store

    found = verify_store(open_store(load_settings({"store": store}).settings))

    def text() -> None:
        for one in found.findings:
            print(safe(f"{one.thing}: {one.problem}; {one.remedy}"))
        counts = ", ".join(f"{count} {kind}" for kind, count in found.checked.items())
        print(f"corpus version {found.version}: {counts} compared, {len(found.findings) or 'nothing'} wrong")

    emit(found, as_json=as_json, text=text)
    if found.findings:
        raise CorruptDataError(f"{len(found.findings)} findings; what each is and what to do is said on stdout")


@click.command()
@click.option("--version", "number", type=click.IntRange(1), help="Corpus version; default: the newest.")
@json_option
@store_option
def snapshot(number: int | None, as_json: bool, store: str | None) -> None:
    """Freeze a version as Parquet below `snapshots/` of the store: stories, documents, relations, card, sums."""
    from pipeline.corpus.reader import open_corpus
    from pipeline.settings import load_settings
    from pipeline.stages.export import snapshot as freeze
    from pipeline.store.objects import open_store

    settings = load_settings({"store": store}).settings
    opened = open_corpus(open_store(settings), number)
    prefix = freeze(opened, settings.data_dir / "work")
    value = {"version": opened.version, "prefix": prefix}
    emit(value, as_json=as_json, text=lambda: say(f"corpus version {opened.version} is kept below {prefix}/"))


@click.command()
@click.argument("query")
@click.option("--version", "number", type=click.IntRange(1), help="Corpus version; default: the newest.")
@json_option
@store_option
def sql(query: str, number: int | None, as_json: bool, store: str | None) -> None:
    """Ask the corpus in SQL (DuckDB): tables stories, documents (as current), revisions, relations.

    copydesk corpus sql "SELECT agency, count(*) FROM stories GROUP BY ALL ORDER BY 2 DESC"
    """
    from pipeline.corpus.reader import open_corpus
    from pipeline.corpus.sql import run_sql
    from pipeline.settings import load_settings
    from pipeline.store.objects import open_store

    found = run_sql(open_corpus(open_store(load_settings({"store": store}).settings), number), query)

    def text() -> None:
        table("", tuple(found.column_names), [tuple(row.values()) for row in found.to_pylist()])

    emit(found.to_pylist(), as_json=as_json, text=text)
