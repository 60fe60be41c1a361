"""The command line. Subcommands are loaded when they are called, so that `copydesk --help` stays quick."""

from __future__ import annotations

import atexit
import gc
import importlib
import signal
import sys

import click

from pipeline.cli.common import exit_code_of

__all__ = ["cli", "main"]

_COMMANDS = {
    "alerts": "pipeline.cli.alerts:alerts",
    "backfill": "pipeline.cli.backfill:backfill",
    "backup": "pipeline.cli.backup:backup",
    "collect": "pipeline.cli.collect:collect",
    "config": "pipeline.cli.config:config",
    "corpus": "pipeline.cli.corpus:corpus",
    "dedup": "pipeline.cli.dedup:dedup",
    "demo": "pipeline.cli.demo:demo",
    "doctor": "pipeline.cli.doctor:doctor",
    "extract": "pipeline.cli.extract:extract",
    "publish": "pipeline.cli.collect:publish",
    "rededup": "pipeline.cli.rededup:rededup",
    "report": "pipeline.cli.runs:report",
    "restore": "pipeline.cli.backup:restore",
    "runs": "pipeline.cli.runs:runs",
    "sources": "pipeline.cli.sources:sources",
    "up": "pipeline.cli.up:up",
}
_HELP = {
    "alerts": "List what needs a person; send it.",
    "backfill": "Collect texts of past days, in chunks that can be resumed.",
    "backup": "Keep corpus and state database at another place.",
    "collect": "Collect sources and publish what came in.",
    "config": "Show the settings and where each came from.",
    "corpus": "Read the corpus (info, show, export, changes, sql), and care for it (verify, snapshot, takedown).",
    "dedup": "De-duplicate a JSONL file; no store needed.",
    "demo": "Serve or run the invented press world.",
    "doctor": "Say what is wrong with this machine or configuration, and what to do.",
    "extract": "Turn HTML, WARC or JSONL pages into documents; no store needed.",
    "publish": "Publish all staged runs.",
    "rededup": "Decide every story of the corpus anew; show what would change, or publish it.",
    "report": "Say what a run did.",
    "restore": "Put a backup into an empty store and state database.",
    "runs": "List and show runs; publish held ones, or discard them.",
    "sources": "Add, try, check, import and list source declarations; show how they fare.",
    "up": "Start the Prefect server and the schedules.",
}


class _Lazy(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module, _, name = _COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(sorted(_HELP.items()))


@click.command(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="copydesk")
def cli() -> None:
    """Collect news and forums on a schedule, clean them, and keep every story once.

    Exit codes: 0 ok, 1 a bug or a store that failed, 2 usage, 3 some sources failed or somebody else is at work,
    4 configuration, 5 an expectation stopped publishing, 130 interrupted.
    """


def main() -> None:
    """Entry point of `copydesk`."""
    signal.signal(signal.SIGTERM, _interrupted)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # else it was started to outlive its terminal
        signal.signal(signal.SIGHUP, _interrupted)
    atexit.register(gc.freeze)  # a search for cycles at the end takes as long as a short command
    try:
        sys.exit(cli.main(standalone_mode=False) or 0)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output has gone; that is its right
        sys.exit(0)
    except Exception as error:  # noqa: BLE001 (the last handler: known errors get their exit code, bugs a traceback)
        sys.exit(exit_code_of(error))


def _interrupted(_number: int, _frame: object) -> None:
    """SIGTERM, and a terminal that closes, stop as Ctrl-C does: crawls close, leases are given back."""
    raise KeyboardInterrupt
