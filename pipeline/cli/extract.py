"""`copydesk extract`."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

import click

from pipeline.cli.common import moment_of, say
from pipeline.errors import ConfigError

__all__ = ["extract"]


@click.command()
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT…", type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="File; default: stdout.")
@click.option("--url", help="Address of a page given as .html.")
@click.option("--source", default="extract", show_default=True, help="Source id that goes into the documents' ids.")
@click.option("--forum", is_flag=True, help="The pages are a forum's: also read boards of unknown systems.")
@click.option("--workers", type=click.IntRange(1, 64), help="Processes; default: extract.workers, else one a core.")
def extract(
    inputs: tuple[Path, ...], output: Path | None, url: str | None, source: str, forum: bool, workers: int | None
) -> None:
    """Turn pages into documents, one JSON object a line.

    INPUT is a .warc or .warc.gz file, an .html file (with --url), or JSONL with `url`, `html` and optional
    `fetched_at`. Pages that give no document are counted by reason on stderr.
    """
    from pipeline.errors import ExtractError
    from pipeline.extract.page import SourceFacts
    from pipeline.extract.sandbox import PageJob, extract_all
    from pipeline.settings import load_settings
    from pipeline.sources.urls import normalise_url

    settings = load_settings().settings
    facts = SourceFacts(source=source, min_words=settings.extract.min_words, forum=forum)
    outcomes = Counter[str]()
    with contextlib.ExitStack() as stack:
        out = stack.enter_context(_replacing(output)) if output else sys.stdout
        pages = stack.enter_context(
            _shown(_pages(inputs, url), inputs, bar=output is not None or not sys.stdout.isatty())
        )
        results = extract_all(
            (PageJob(at, page, facts, normalise_url(page.url), "extract") for at, page in enumerate(pages)),
            workers=workers or settings.workers,
            timeout_s=settings.extract.page_timeout_s,
            memory_mb=settings.extract.memory_mb,
        )
        for job, result in results:
            outcomes[result.reason] += 1
            if isinstance(result, ExtractError):
                say(f"  {job.page.url}: {result}")
                continue
            for document in result.documents:
                out.write(json.dumps(asdict(document), ensure_ascii=False, default=_plain) + "\n")
    say("pages: " + (", ".join(f"{count} {reason}" for reason, count in sorted(outcomes.items())) or "none"))


@contextlib.contextmanager
def _shown(pages: Iterator[tuple[int, Any]], inputs: tuple[Path, ...], *, bar: bool) -> Iterator[Iterator[Any]]:
    """The pages, and on a terminal, with `bar`, how many of the bytes that they are read from."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    known = all(path.is_file() for path in inputs)
    total = sum(path.stat().st_size for path in inputs) if known else None
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not (bar and console.is_terminal)) as shown:
        task = shown.add_task("extracting", total=total)

        def read() -> Iterator[Any]:
            for count, (size, page) in enumerate(pages, 1):
                yield page
                shown.update(task, advance=size, description=f"extracting page {count}")

        yield read()


@contextlib.contextmanager
def _replacing(path: Path) -> Iterator[TextIO]:
    """A file that takes the place of `path` when everything is written; until then the old one stays."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("w", encoding="utf-8") as file:
            yield file
        temporary.replace(path)
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}; check the folder and the space on it") from None
    finally:
        temporary.unlink(missing_ok=True)


def _pages(inputs: tuple[Path, ...], url: str | None) -> Iterator[tuple[int, Any]]:
    """Pages, each with the bytes of the input that it took."""
    for path in inputs:
        if not path.is_file() and str(path) != "-":
            raise ConfigError(f"{path} is not a file; give .warc.gz, .html with --url, or JSONL")
        name = path.name.lower()
        if name.endswith((".warc", ".warc.gz")):
            yield from _from_warc(path)
        elif name.endswith((".html", ".htm")):
            yield path.stat().st_size, _from_html(path, url)
        else:
            yield from _from_jsonl(path)


def _from_warc(path: Path) -> Iterator[tuple[int, Any]]:
    from pipeline.archive.read import read_captures
    from pipeline.extract.page import Page

    end = 0
    for one in read_captures(path, path.name):
        if one.capture.role != "index" and one.capture.status == 200:
            before, end = end, one.capture.offset + one.capture.length
            yield end - before, Page(one.capture.url, one.body, one.capture.fetched_at, one.headers, one.listed_at)


def _from_html(path: Path, url: str | None) -> Any:
    from pipeline.extract.page import Page
    from pipeline.models import utc_now

    if url is None:
        raise ConfigError(f"{path}: the page's own address is needed for its id; give it with --url")
    return Page(url, path.read_bytes(), utc_now(), {"content-type": "text/html"})


def _from_jsonl(path: Path) -> Iterator[tuple[int, Any]]:
    from pipeline.extract.page import Page
    from pipeline.models import utc_now

    with contextlib.ExitStack() as stack:
        lines = sys.stdin if str(path) == "-" else stack.enter_context(path.open(encoding="utf-8", errors="replace"))
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
                url, body = str(row["url"]), row["html"].encode("utf-8", "replace")
                fetched_at = moment_of(row.get("fetched_at")) or utc_now()
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise ConfigError(
                    f"{path}:{number}: not JSON with `url` and `html` ({error}); mend that line"
                ) from None
            yield len(line), Page(url, body, fetched_at, {"content-type": "text/html; charset=utf-8"})


def _plain(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
