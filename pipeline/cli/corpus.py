"""`copydesk corpus`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from pipeline.cli.common import emit, json_option, safe, say, store_option, table
from pipeline.errors import ConfigError

__all__ = ["corpus"]

TABLES = ("stories", "documents", "relations")
FORMATS = ("csv", "jsonl", "jsonl.zst", "parquet")
version_option = click.option(
    "--version", "number", type=click.IntRange(1), help="Corpus version; default: the newest."
)


@click.group()
def corpus() -> None:
    """Read the corpus: info, show, export, digest."""


def _open(store: str | None, number: int | None) -> Any:
    from pipeline.corpus.reader import open_corpus
    from pipeline.settings import load_settings
    from pipeline.store.objects import open_store

    return open_corpus(open_store(load_settings({"store": store}).settings), number)


@corpus.command()
@version_option
@json_option
@store_option
def info(number: int | None, as_json: bool, store: str | None) -> None:
    """Count what the corpus holds."""
    from pipeline.corpus.info import corpus_info

    found = corpus_info(_open(store, number))

    def text() -> None:
        print(f"corpus version {found.version} of {found.created_at}, in {found.location}")
        print(f"{found.documents} documents ({found.revisions} revisions), {found.stories} stories")
        print(f"containers: {found.digests} digests, {found.threads} threads")
        for name, counts in (("kinds", found.kinds), ("relations", found.relations), ("agencies", found.agencies)):
            print(f"{name}: {', '.join(f'{count} {key}' for key, count in counts.items()) or 'none'}")
        for name, key in found.artefacts.items():
            print(f"{name}: {key}")
        rows: list[tuple[object, ...]] = [(one.source, one.documents, one.collapsed) for one in found.sources]
        table("", ("source", "documents", "collapsed"), rows)

    emit(found, as_json=as_json, text=text)


@corpus.command()
@click.argument("name", metavar="ID")
@version_option
@json_option
@store_option
def show(name: str, number: int | None, as_json: bool, store: str | None) -> None:
    """Show a story (by its id, an alias, or a member's id) with its copies, or a document with its revisions."""
    opened = _open(store, number)
    story = opened.story_of(name)
    revisions = opened.document(name)
    if story is None and not revisions:
        raise ConfigError(f"no story or document {name!r} in corpus version {opened.version}; ids have 32 hex digits")
    relations = opened.relations_of([copy.id for copy in story.copies] if story else [name])
    value = {
        "story": asdict(story) if story else None,
        "document": asdict(revisions[0]) if revisions else None,
        "revisions": len(revisions),
        "relations": [asdict(row) for row in relations],
    }

    def text() -> None:
        if story is not None:
            print(f"story {story.story_id}, version {story.version}: {safe(story.title or '(no title)')}")
            print(f"{story.url}\n{story.reason}; agency {story.agency or 'unknown'}\n")
            rows = [(one.id, one.source, one.published_at, one.relation, one.url) for one in story.copies]
            table("copies", ("id", "source", "published", "relation", "url"), list(rows))
        for row in relations:
            print(f"{row.relation}: {row.a} {row.b}: {row.evidence}")
        print("\n" + safe(story.text if story else revisions[0].text))

    emit(value, as_json=as_json, text=text)


@corpus.command("export")
@click.option("--table", "which", type=click.Choice(TABLES), default="stories", show_default=True)
@click.option("--format", "form", type=click.Choice(FORMATS), help="Default: by the file's ending, else jsonl.")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), required=True)
@version_option
@json_option
@store_option
def export_(which: str, form: str | None, output: Path, number: int | None, as_json: bool, store: str | None) -> None:
    """Write a table to a file."""
    from pipeline.corpus.export.formats import export

    opened = _open(store, number)
    if form is None:  # the longest ending first: .jsonl.zst before .zst
        form = next((one for one in sorted(FORMATS, key=len, reverse=True) if output.name.endswith(f".{one}")), "jsonl")
    rows = export(opened, table=which, form=form, path=output)
    value = {"table": which, "format": form, "rows": rows, "path": str(output), "version": opened.version}
    emit(value, as_json=as_json, text=lambda: say(f"{rows} {which} of corpus version {opened.version} in {output}"))


@corpus.command()
@version_option
@json_option
@store_option
def digest(number: int | None, as_json: bool, store: str | None) -> None:
    """Print one hash of the content, to compare two corpora."""
    from pipeline.corpus.digest import corpus_digest

    opened = _open(store, number)
    found = corpus_digest(opened)
    emit({"version": opened.version, "digest": found}, as_json=as_json, text=lambda: print(found))
