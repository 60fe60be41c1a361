"""Commands of `copydesk corpus` that check, keep and mend."""

from __future__ import annotations

from typing import IO

import click

from pipeline.cli.common import emit, json_option, progress, safe, say, store_option, table
from pipeline.errors import CorruptDataError

__all__ = ["snapshot", "sql", "takedown", "verify"]


@click.command()
@json_option
@store_option
def verify(as_json: bool, store: str | None) -> None:
    """Compare with what was written: versions, tables, archives, staged runs, snapshots.

    Reads all of them and changes nothing. Each line says what is wrong and what to do.
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


@click.command()
@click.option("--url", help="Texts at this address, also under its tracking variants.")
@click.option("--source", help="All texts of this source.")
@click.option("--author", help="Texts of an author: the name as the corpus has it, or an author id.")
@click.option("--id", "name", help="The document with this id.")
@click.option("--text", type=click.File("r", encoding="utf-8"), help="File with a text: it, its copies, what holds it.")
@click.option("--reason", required=True, help="Why; kept with the takedown.")
@json_option
@store_option
def takedown(
    url: str | None,
    source: str | None,
    author: str | None,
    name: str | None,
    text: IO[str] | None,
    reason: str,
    as_json: bool,
    store: str | None,
) -> None:
    """Remove texts from every table at once, from archives, reports and snapshots, and refuse them from then on.

    Former versions stop being readable when `maintain` has run. Exports that were made before are not known here:
    make them again.
    """
    from pipeline.settings import load_settings
    from pipeline.stages.context import open_context
    from pipeline.stages.takedown import take_down

    given = {"url": url, "source": source, "author": author, "id": name, "text": text.read() if text else None}
    asked = [(what, value) for what, value in given.items() if value]
    if len(asked) != 1:
        raise click.UsageError("name one of --url, --source, --author, --id and --text")
    with open_context(load_settings({"store": store}).settings) as context:
        done = take_down(context, *asked[0], reason=reason, progress=progress)

    def told() -> None:
        say(f"{len(done.documents)} documents removed, {len(done.edited)} edited; corpus version {done.version}")
        for one in done.elsewhere:
            say(f"the same text stays in document {one}; take it down by --id or --text if it must go too")

    emit(done, as_json=as_json, text=told)
