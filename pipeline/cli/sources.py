"""`copydesk sources`: list, check and try; adding stands in `pipeline.cli.adding`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.adding import add, import_
from pipeline.cli.common import EXIT_SOME_FAILED, emit, json_option, safe, say, store_option, table

if TYPE_CHECKING:
    from pipeline.models import Document
    from pipeline.stages.checking import CheckedEntry
    from pipeline.stages.trial import Trial

__all__ = ["sources"]


@click.group()
def sources() -> None:
    """Add, try, check, import and list source declarations; show how sources fare."""


@sources.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List all declared sources."""
    from pipeline.settings import load_settings
    from pipeline.sources.declaration import load_sources
    from pipeline.sources.schedule import cron_of

    found = load_sources(load_settings().settings.seeds)
    columns = ("id", "name", "kind", "enabled", "schedule", "homepage")
    rows = [(one.id, one.name, one.kind, one.enabled, cron_of(one.id, one.schedule), one.homepage) for one in found]
    as_dicts = [dict(zip(columns, row, strict=True)) for row in rows]
    shown: list[tuple[object, ...]] = [(*row[:3], "yes" if row[3] else "no", *row[4:]) for row in rows]
    emit(as_dicts, as_json=as_json, text=lambda: table("", columns, shown))


@sources.command()
@click.argument("ids", nargs=-1, metavar="[ID]…")
@click.option("--offline", is_flag=True, help="Only read the declarations; ask no site.")
@json_option
def check(ids: tuple[str, ...], offline: bool, as_json: bool) -> int:
    """Check declarations, then ask the entry points of all enabled sources, or of those named, whether they work.

    A declaration that is not valid is told with file and line, and the exit code is 4; it is 3 when an entry point does
    not work. With --offline no site is asked.
    """
    from pipeline.settings import load_settings
    from pipeline.sources.declaration import load_sources
    from pipeline.stages.checking import check_sources
    from pipeline.stages.context import select_sources

    settings = load_settings().settings
    count = len(load_sources(settings.seeds))
    chosen = select_sources(settings, ids)
    if offline or not chosen:
        idle = "" if offline else "; none is enabled, so no site is asked: name the sources to ask"
        text = f"{count} declarations in {settings.seeds} are valid{idle}"
        emit({"declarations": count, "valid": True, "entries": []}, as_json=as_json, text=lambda: print(text))
        return 0
    say(f"{count} declarations in {settings.seeds} are valid; asking {len(chosen)} sources …")
    found = list(check_sources(settings, chosen))
    value = {"declarations": count, "valid": True, "entries": [_entry_row(one) for one in found]}
    columns = ("source", "entry", "address", "state", "texts", "newest")
    rows: list[tuple[object, ...]] = [
        (row["source"], row["kind"], row["url"], row["state"], row["texts"], str(row["newest"] or "")[:16])
        for row in map(_entry_row, found)
    ]
    emit(value, as_json=as_json, text=lambda: table("", columns, rows))
    return 0 if all(one.works for one in found) else EXIT_SOME_FAILED


@sources.command()
@json_option
@store_option
def health(as_json: bool, store: str | None) -> int:
    """Show how each source fares: last visit, last text, texts in 24 hours and a day in the week before, what is wrong.

    Exit code 3 when a source is silent, fails again and again, or has an alert.
    """
    from pipeline.settings import load_settings
    from pipeline.stages.context import open_context
    from pipeline.stages.health import source_health

    with open_context(load_settings({"store": store}).settings) as context:
        found = source_health(context)
    rows = [one.row() for one in found]
    columns = tuple(rows[0]) if rows else ("source",)
    emit(
        [asdict(one) for one in found],
        as_json=as_json,
        text=lambda: table("", columns, [tuple(row.values()) for row in rows]),
    )
    return EXIT_SOME_FAILED if any(one.alerts or one.state in ("failing", "silent") for one in found) else 0


def _entry_row(one: CheckedEntry) -> dict[str, Any]:
    state = one.state
    said = state.problem or (f"works ({state.note})" if state.note else "works")
    return {
        "source": one.source, "kind": str(state.kind), "url": state.url, "works": one.works, "state": said,
        "texts": len(state.texts), "further_listings": state.parts, "newest": state.newest,
    }  # fmt: skip


@sources.command("try")
@click.argument("source_id", metavar="ID")
@click.option("--pages", type=click.IntRange(1, 100), default=3, show_default=True, help="Pages to fetch at most.")
@json_option
def try_(source_id: str, pages: int, as_json: bool) -> int:
    """Crawl a few pages of a source and show the documents they give; nothing is stored.

    No document: exit code 3. With --json the documents are whole.
    """
    from pipeline.settings import load_settings
    from pipeline.stages.context import select_sources
    from pipeline.stages.trial import try_source

    settings = load_settings().settings
    source = select_sources(settings, [source_id])[0]
    say(f"crawling at most {pages} pages of {source.id} …")
    trial = try_source(settings, source, pages=pages)
    value = asdict(trial) | {"failures": [{"url": url, "reason": reason} for url, reason in trial.failures]}
    emit(value, as_json=as_json, text=lambda: _show(trial))
    if trial.error:
        say(f"the crawl ended early: {trial.error}")
    if not trial.documents:
        say(f"{source.id} gave no document; next: copydesk sources check {source.id}")
    return 0 if trial.documents else EXIT_SOME_FAILED


def _show(trial: Trial) -> None:
    for one in trial.documents:
        first_words = " ".join(one.text.split()[:30])
        lines = (
            f"{one.kind}  {one.title or '(no title)'}",
            f"    {_facts(one)}",
            f"    {one.url}",
            f"    {first_words} …",
        )
        print(safe("\n".join(lines)), end="\n\n")
    for url, reason in trial.failures:
        print(safe(f"no document: {url}: {reason}"))
    for note in trial.notes:
        print(safe(f"note: {note}"))
    counts = ", ".join(f"{count} {name}" for name, count in sorted(trial.fetched.items())) or "none"
    say(f"{len(trial.documents)} documents of {trial.requests} requests ({counts}); nothing was stored")


def _facts(one: Document) -> str:
    at = f"{one.published_at:%Y-%m-%d %H:%M} UTC" if one.published_at else "no date"
    precise = f" (to the {one.published_precision})" if one.published_precision else ""
    agency = f", agency {one.agency}" if one.agency else ""
    return f"{at}{precise}, {one.word_count} words, {', '.join(one.authors) or 'no author'}{agency}"


sources.add_command(add)
sources.add_command(import_)
