"""What commands share: settings from flags, output for people or as JSON, exit codes."""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Callable
from dataclasses import asdict, is_dataclass
from datetime import UTC, datetime
from typing import Any

import click

from pipeline.errors import BusyError, ConfigError, CopydeskError, QualityError

__all__ = [
    "EXIT_SOME_FAILED",
    "count_up",
    "emit",
    "exit_code_of",
    "json_option",
    "moment_of",
    "progress",
    "safe",
    "say",
    "store_option",
    "table",
]

EXIT_SOME_FAILED = 3

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")
store_option = click.option("--store", metavar="URL", help="Where the corpus is; default: COPYDESK_STORE or file:data.")


def exit_code_of(error: BaseException) -> int:
    """Say an error on stderr and give the exit code that belongs to it."""
    if not isinstance(error, CopydeskError):
        traceback.print_exception(error)
        return 1
    say(f"error: {error}")
    if isinstance(error, ConfigError):
        return 4
    if isinstance(error, QualityError):
        return 5
    return EXIT_SOME_FAILED if isinstance(error, BusyError) else 1


def say(text: str) -> None:
    """Talk to the person: stderr, so that stdout holds data alone."""
    print(safe(text), file=sys.stderr, flush=True)


def count_up(label: str, done: int, total: int) -> None:
    """Show how far something is, on a terminal alone; an empty label ends that."""
    if sys.stderr.isatty():
        line = f"  {label}: {done} of {total}" if label else ""
        print(f"\r\033[K{line}", end="", file=sys.stderr, flush=True)


def safe(text: str) -> str:
    """The text without control characters: titles come from strangers and must not drive the terminal."""
    return "".join(char if char.isprintable() or char in "\n\t" else "\ufffd" for char in text)


def emit(value: Any, *, as_json: bool, text: Callable[[], None]) -> None:
    """Print a value as JSON, or let `text` print it for people."""
    if not as_json:
        text()
        return
    print(json.dumps(asdict(value) if is_dataclass(value) and not isinstance(value, type) else value, default=str))


def progress(stage: str, name: str, count: int) -> None:
    """Tell a person how far a job has come."""
    if stage == "crawl":
        say(f"  crawling {name} …")
    elif stage == "crawled":
        say(f"  {name}: {count} pages archived")
    elif stage == "publish":
        say(f"  publishing {count} documents …")
    elif stage == "takedown" and sys.stderr.isatty():
        print(f"\r\033[K  looked at {count} {name}", end="", file=sys.stderr, flush=True)
    elif sys.stderr.isatty():
        print(f"\r\033[K  extracting {name}: {count} documents", end="", file=sys.stderr, flush=True)


def moment_of(text: str | None) -> datetime | None:
    """A time from a user's file, in UTC where it names no zone; None for none. ValueError when it is no ISO 8601."""
    if not text:
        return None
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def table(title: str, columns: tuple[str, ...], rows: list[tuple[object, ...]], *, to_stderr: bool = False) -> None:
    """Print a table for people; columns of numbers are aligned right."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console(stderr=to_stderr, highlight=False, width=None if sys.stdout.isatty() else 120)
    made = Table(title=title or None, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for number, column in enumerate(columns):
        numeric = bool(rows) and all(isinstance(row[number], int) for row in rows)
        made.add_column(column, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        made.add_row(*(escape(safe("" if cell is None else str(cell))) for cell in row))
    console.print(made)
