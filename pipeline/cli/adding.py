"""`copydesk sources add` and `copydesk sources import`."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from pipeline.cli.common import EXIT_SOME_FAILED, emit, json_option, safe, say, table

if TYPE_CHECKING:
    from pipeline.sources.declaration import Source
    from pipeline.stages.choosing import Candidate
    from pipeline.stages.probe import SiteReport

__all__ = ["add", "import_"]


@click.command("import")
@click.option("--opml", type=click.File("rb"), metavar="FILE", help="OPML of a feed reader; - for stdin.")
@click.option("--csv", "csv_", type=click.File("rb"), metavar="FILE", help="CSV with a column `url`; - for stdin.")
@click.option("--probe", is_flag=True, help="Ask each site, as `add` does, in place of taking the address as it is.")
@click.option("--disabled", is_flag=True, help="Write `enabled = false`, to switch them on one by one.")
@click.option("--allow-private", is_flag=True, help="Allow loopback and private addresses, for intranets and tests.")
@json_option
def import_(
    opml: IO[bytes] | None, csv_: IO[bytes] | None, probe: bool, disabled: bool, allow_private: bool, as_json: bool
) -> int:
    """Declare many sources from an OPML or CSV file; what is declared already is passed over.

    CSV: a column `url`, and any of id, name, kind (news or forum), language, homepage, schedule, entry (its kind).
    No site is asked without --probe. A row that cannot be declared is told with its line: exit code 3.
    """
    from pipeline.errors import ConfigError
    from pipeline.settings import load_settings
    from pipeline.sources.lists import read_csv, read_opml
    from pipeline.stages.importing import import_rows

    file = opml or csv_
    if file is None or (opml and csv_):
        raise click.UsageError("give one of --opml FILE and --csv FILE")
    try:
        body = file.read()
    except OSError as error:
        raise ConfigError(f"{file.name} cannot be read: {error.strerror}; give a file") from None
    rows = read_opml(body, file.name) if opml else read_csv(body, file.name)
    settings = load_settings().settings
    done = []
    for one in import_rows(settings, rows, probe=probe, enabled=not disabled, allow_private=allow_private):
        done.append(one)
        if one.state == "bad":
            say(f"{file.name}:{one.line}: {one.said}")
    columns = ("line", "state", "id", "address", "")
    shown: list[tuple[object, ...]] = [(one.line, one.state, one.id or "", one.url, one.said) for one in done]
    emit([asdict(one) for one in done], as_json=as_json, text=lambda: table("", columns, shown))
    counts = Counter(one.state for one in done)
    say(f"{counts['added']} added, {counts['skipped']} skipped, {counts['bad']} bad")
    return EXIT_SOME_FAILED if counts["bad"] else 0


@click.command()
@click.argument("url")
@click.option("--id", "source_id", metavar="ID", help="Id of the source; default: from the host.")
@click.option("--name", help="Name of the source; default: what the site calls itself.")
@click.option("--kind", type=click.Choice(["news", "forum"]), help="What the site is; default: found out.")
@click.option("--allow-private", is_flag=True, help="Allow loopback and private addresses, for intranets and tests.")
@click.option("--dry-run", is_flag=True, help="Show what was found and the declaration; write nothing.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask before writing (asked on a terminal only).")
@json_option
def add(
    url: str,
    source_id: str | None,
    name: str | None,
    kind: str | None,
    allow_private: bool,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> int:
    """Find out how a site lists its texts, and declare it as a source.

    URL is any address of the site: its home, a feed, a sitemap, an article, a forum or a thread. At most 25 addresses
    are asked, as robots.txt allows. Nothing that works: exit code 3.
    """
    from pipeline.errors import ConfigError, FetchError
    from pipeline.settings import load_settings
    from pipeline.sources.writing import write_declaration
    from pipeline.stages.probe import probe_site
    from pipeline.stages.proposing import Declared, proposal, proposal_text

    settings = load_settings().settings
    declared = Declared(settings)
    if source_id in declared.ids:
        raise ConfigError(f"{source_id} is declared already in {settings.seeds}; give another id with --id")
    say(f"asking {url} …")
    try:
        report = probe_site(settings, url, allow_private=allow_private, kind=kind)
    except FetchError as error:
        say(f"error: {error}")
        return EXIT_SOME_FAILED
    if not report.chosen:
        emit(_as_dict(report, None, None), as_json=as_json, text=lambda: _show_nothing(report))
        return EXIT_SOME_FAILED
    source = proposal(report, declared, name=name, source_id=source_id, allow_private=allow_private)
    text = proposal_text(source, report.chosen)
    if not as_json:
        _show(report, text if dry_run else "")
    write = not dry_run and (
        yes or as_json or not sys.stdin.isatty() or click.confirm("Write it?", default=True, err=True)
    )
    path = write_declaration(settings.seeds, source.id, text) if write else None
    if as_json:
        emit(_as_dict(report, source, path), as_json=True, text=lambda: None)
    if path is not None:
        say(f"wrote {path}; next: copydesk sources try {source.id}, copydesk collect {source.id} --no-prefect")
    return 0


def _show(report: SiteReport, text: str) -> None:
    who = report.identity
    what = " ".join(filter(None, (report.system if report.system != report.kind else "", report.kind)))
    facts = (what, who.language or "language unknown", who.timezone)
    print(safe(f"{who.name}: {', '.join(filter(None, facts))}"))
    columns = ("", "entry", "address", "texts", "newest", "found", "a text of it")
    table("", columns, [_row(one) for one in report.candidates])
    for note in who.notes:
        say(f"note: {note}")
    if text:
        print(safe(f"\n{text}"), end="")


def _row(one: Candidate) -> tuple[object, ...]:
    newest, sample = one.state.newest, one.sample
    said = one.why_not
    if not said and sample is not None:
        day = f"{sample.published_at:%Y-%m-%d}" if sample.published_at else "no date"
        said = f"{(sample.title or sample.kind or '')[:50]!r}, {day}, {sample.words} words"
    how = one.how + (f" ({one.state.note})" if one.state.note else "")
    mark = "+" if one.chosen else "-"
    return (
        mark,
        one.state.kind,
        one.state.url,
        len(one.state.texts),
        f"{newest:%Y-%m-%d}" if newest else "",
        how,
        said,
    )


def _show_nothing(report: SiteReport) -> None:
    say(f"nothing at {report.url} lists texts that can be collected; tried:")
    for url, said in report.asked:
        say(f"  {url}: {said}")
    for one in report.candidates:
        say(f"  {one.state.kind} {one.state.url}: {one.why_not}")
    say("next: look for its feed or its list of stories in a browser, and declare that (seeds/README.md)")


def _as_dict(report: SiteReport, source: Source | None, path: Path | None) -> dict[str, Any]:
    entries = [
        {
            "kind": one.state.kind, "url": one.state.url, "found": one.how, "texts": len(one.state.texts),
            "newest": one.state.newest, "chosen": one.chosen, "why_not": one.why_not or None,
            "sample": asdict(one.sample) if one.sample else None,
        }
        for one in report.candidates
    ]  # fmt: skip
    declaration = source.model_dump(mode="json", exclude_defaults=True) if source else None
    return {
        "id": source.id if source else None, "path": str(path) if path else None, "declaration": declaration,
        "kind": report.kind, "system": report.system, "entries": entries,
        "notes": list(report.identity.notes), "asked": [{"url": url, "answer": said} for url, said in report.asked],
    }  # fmt: skip
