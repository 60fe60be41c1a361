"""`copydesk corpus`."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.common import emit, json_option, safe, say, store_option, table
from pipeline.cli.corpus_care import snapshot, sql, takedown, verify
from pipeline.errors import ConfigError

if TYPE_CHECKING:
    from pipeline.corpus.reader import Corpus
    from pipeline.models import Story, Window
    from pipeline.quality.comparison import Paragraph
    from pipeline.stages.diff import Beside

__all__ = ["corpus"]

TABLES = ("stories", "documents", "relations")
FORMATS = ("csv", "huggingface", "jsonl", "jsonl.zst", "parquet", "warc.gz")
_DAY = click.DateTime(formats=["%Y-%m-%d"])
version_option = click.option(
    "--version", "number", type=click.IntRange(1), help="Corpus version; default: the newest."
)


@click.group()
def corpus() -> None:
    """Read the corpus, and care for it."""


for _one in (snapshot, sql, takedown, verify):
    corpus.add_command(_one)


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
@click.option("--diff", is_flag=True, help="Put each copy beside the story's text: what is the same, dropped, new.")
@version_option
@json_option
@store_option
def show(name: str, diff: bool, number: int | None, as_json: bool, store: str | None) -> None:
    """Show a story (by its id, an alias, or a member's id) with its copies and what it holds, or a document.

    With --diff words that a copy dropped stand in [-…-], those that are new in it in {+…+}; with --json matched spans
    are characters in the two texts.
    """
    opened = _open(store, number)
    story = opened.story_of(name)
    revisions = opened.document(name)
    if story is None and not revisions:
        raise ConfigError(f"no story or document {name!r} in corpus version {opened.version}; ids have 32 hex digits")
    members = [copy.id for copy in story.copies] if story else [name]
    relations = opened.relations_of(members)
    holds = _held(opened, [row.b for row in relations if row.relation == "contains" and row.a in members])
    value = {
        "story": asdict(story) if story else None,
        "document": asdict(revisions[0]) if revisions else None,
        "revisions": len(revisions),
        "relations": [asdict(row) for row in relations],
        "holds": holds,
    }
    besides = _diffs(opened, name, story) if diff else []
    if diff:
        value["diff"] = [_spans(one) for one in besides]

    def text() -> None:
        if story is not None:
            print(f"story {story.story_id}, version {story.version}: {safe(story.title or '(no title)')}")
            print(f"{story.url}\n{story.reason}; agency {story.agency or 'unknown'}\n")
            rows = [(one.id, one.source, one.published_at, one.relation, one.url) for one in story.copies]
            table("copies", ("id", "source", "published", "relation", "url"), list(rows))
        for one in holds:
            title, agency = safe(one["title"] or "(no title)"), one["agency"] or "unknown"
            print(f"holds story {one['story_id']}: {title}; agency {agency}; {one['url']}")
        for row in relations:
            print(f"{row.relation}: {row.a} {row.b}: {row.evidence}")
        if not diff:
            print("\n" + safe(story.text if story else revisions[0].text))
        for beside in besides:
            _print_diff(beside)

    emit(value, as_json=as_json, text=text)


def _held(opened: Corpus, names: list[str]) -> list[dict[str, Any]]:
    """The stories of documents that a container holds, such as the article that a post pastes, each once."""
    stories = {found.story_id: found for name in names if (found := opened.story_of(name)) is not None}
    columns = ("story_id", "title", "url", "agency")
    return [{column: getattr(story, column) for column in columns} for story in stories.values()]


def _diffs(opened: Corpus, name: str, story: Story | None) -> list[Beside]:
    from pipeline.stages.diff import diffs_of

    return list(diffs_of(opened, name, story))


def _spans(one: Beside) -> dict[str, Any]:
    """Where the two texts are the same: [start, end) in characters of each, and its words."""
    found = one.comparison
    return {
        "story_id": one.story_id,
        "canonical": {"id": one.old.id, "source": one.old.source, "url": one.old.url},
        "copy": {"id": one.new.id, "source": one.new.source, "url": one.new.url},
        "same_words": found.same_words,
        "dropped_words": found.dropped_words,
        "new_words": found.new_words,
        "matches": [
            {"canonical": [run.old_start, run.old_end], "copy": [run.new_start, run.new_end], "words": run.words}
            for run in found.matches
        ],
    }


def _print_diff(one: Beside) -> None:
    found = one.comparison
    print(f"\n--- {one.old.source} {safe(one.old.url)}\n+++ {one.new.source} {safe(one.new.url)}")
    print(f"{found.same_words} words the same, {found.dropped_words} dropped, {found.new_words} new\n")
    for row in found.rows:
        if row.alike:
            words = sum(len(part.text.split()) for paragraph in row.new for part in paragraph)
            print(f"  = {words} words: {safe(row.new[0][0].text[:60].strip())} …")
            continue
        for sign, side, marks in (("-", row.old, ("[-", "-]")), ("+", row.new, ("{+", "+}"))):
            for paragraph in side:
                print(f"  {sign} {safe(_marked(paragraph, marks))}")


def _marked(paragraph: Paragraph, marks: tuple[str, str]) -> str:
    parts = (part.text if part.shared else f"{marks[0]}{part.text.strip()}{marks[1]} " for part in paragraph)
    return "".join(parts).strip()


@corpus.command("export")
@click.option("--table", "which", type=click.Choice(TABLES), default="stories", show_default=True)
@click.option("--format", "form", type=click.Choice(FORMATS), help="Default: by the file's ending, else jsonl.")
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="File; with --shard-mb a folder.")
@click.option("--source", "sources", multiple=True, metavar="ID", help="Texts of this source; may be repeated.")
@click.option("--language", "languages", multiple=True, metavar="CODE", help="Texts in this language; may be repeated.")
@click.option("--kind", "kinds", multiple=True, metavar="KIND", help="article, digest_item or post; may be repeated.")
@click.option("--relation", "relations", multiple=True, metavar="NAME", help="What has it, or a copy that has it.")
@click.option("--from", "start", type=_DAY, help="First day: of first_seen of stories, of publication of documents.")
@click.option("--to", "end", type=_DAY, help="Last day.")
@click.option("--shard-mb", type=click.IntRange(1), help="Write files of about so many MiB into a folder.")
@version_option
@json_option
@store_option
def export_(
    which: str,
    form: str | None,
    output: Path,
    sources: tuple[str, ...],
    languages: tuple[str, ...],
    kinds: tuple[str, ...],
    relations: tuple[str, ...],
    start: datetime | None,
    end: datetime | None,
    shard_mb: int | None,
    number: int | None,
    as_json: bool,
    store: str | None,
) -> None:
    """Write a table, or what of it is asked for, to a file or a folder.

    A folder (--shard-mb, or the format huggingface) gets files.sha256; an export into it that was killed goes on with
    the version that it began with when it is started again, and ends with the same bytes.
    """
    from pipeline.corpus.export.folder import begun_version
    from pipeline.corpus.export.select import Selection
    from pipeline.stages.export import DATASET, export

    if form is None:  # the longest ending first: .jsonl.zst before .zst
        form = next((one for one in sorted(FORMATS, key=len, reverse=True) if output.name.endswith(f".{one}")), "jsonl")
    data = output / "data" if form == DATASET else output
    opened = _open(store, number or begun_version(data))
    days = _window(start, end)
    selection = Selection(which, sources, languages, kinds, relations, days)
    done = export(opened, selection, form=form, path=output, shard_mb=shard_mb)
    value = {"table": which, "format": form, "path": str(output), "version": opened.version} | asdict(done)
    text = f"{done.rows} {which} of corpus version {opened.version} in {output}"
    emit(value, as_json=as_json, text=lambda: say(text))


def _window(start: datetime | None, end: datetime | None) -> Window | None:
    """The days that were asked for; one that is left out is as early or as late as can be."""
    from pipeline.models import Window

    if start is None and end is None:
        return None
    try:
        return Window(start.date() if start else date(1970, 1, 1), end.date() if end else date(9998, 12, 31))
    except ValueError as error:
        raise click.UsageError(str(error)) from None


@corpus.command()
@click.option("--since", type=click.IntRange(0), required=True, metavar="V", help="Version that you have; 0: none.")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write JSON lines to this file.")
@version_option
@json_option
@store_option
def changes(since: int, output: Path | None, number: int | None, as_json: bool, store: str | None) -> None:
    """Tell which stories were added, changed, merged, split or removed since a version.

    With -o each line has op, story_id, version, reason, into and the whole story (null when it was removed): replace
    the row of story_id, or remove it, and your copy is at the version that was opened.
    """
    from pipeline.corpus.changes import changes_since
    from pipeline.corpus.export.formats import whole_file
    from pipeline.corpus.export.jsonl import write_rows

    opened = _open(store, number)
    found = changes_since(opened, since)
    if output is not None:
        with whole_file(output) as path:
            write_rows(map(asdict, found), path)
    counts = Counter(one.op.value for one in found)
    value = {"since": since, "version": opened.version, "counts": counts}

    def text() -> None:
        rows = [
            (one.op.value, one.version, one.story_id, one.story.title if one.story else one.reason) for one in found
        ]
        if output is None:
            table("", ("what", "version", "story", "title, or why"), list(rows))
        summary = ", ".join(f"{count} {op}" for op, count in sorted(counts.items())) or "nothing"
        say(f"{summary} from version {since} to {opened.version}{f', in {output}' if output else ''}")

    emit(value | ({} if output else {"changes": [asdict(one) for one in found]}), as_json=as_json, text=text)


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
