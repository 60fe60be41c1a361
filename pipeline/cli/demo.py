"""`copydesk demo`: the invented press world, served, moved on and troubled, or collected from end to end."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.common import emit, json_option, moment_of, say, store_option, table
from pipeline.errors import ConfigError, CopydeskError
from pipeline.lifeline import die_with_parent

if TYPE_CHECKING:
    from http.client import HTTPResponse

    from pipeline.settings import Settings

__all__ = ["demo"]

_PORT = 8765
pages_option = click.option("--pages", type=click.IntRange(60, 200_000), default=300, show_default=True)
seed_option = click.option("--seed", type=int, default=7, show_default=True, help="Another seed, another world.")
port_option = click.option("--port", type=click.IntRange(1, 65535), default=_PORT, show_default=True)


@click.group()
def demo() -> None:
    """Serve or run the invented press world."""


@demo.command()
@pages_option
@seed_option
@port_option
@click.option(
    "--now", metavar="ISO", help="The time that the world is drawn for.  [default: 2026-11-01T12:00:00+00:00]"
)
@click.option("--seeds", type=click.Path(path_type=Path, file_okay=False), help="Write the world's declarations here.")
@click.option("--truth", type=click.Path(path_type=Path, dir_okay=False), help="Write the truth about it here.")
def serve(pages: int, seed: int, port: int, now: str | None, seeds: Path | None, truth: Path | None) -> None:
    """Serve the world on loopback addresses until stopped; prints `ready` when it listens.

    The commands clock, trouble and truth talk to it through its control address, 127.0.9.1.
    """
    from pipeline.demo.server import serve as run
    from pipeline.demo.world import build_world

    try:
        world = build_world(seed=seed, pages=pages, port=port, now=moment_of(now))
    except (ValueError, OverflowError):
        raise ConfigError(f"--now is {now!r}: give an ISO 8601 time, for example 2026-11-02T12:00:00+00:00") from None

    def ready() -> None:
        """Files are written once the world listens: one that is refused must not change those of another."""
        if seeds is not None:
            seeds.mkdir(parents=True, exist_ok=True)
            for name, text in world.declarations().items():
                (seeds / name).write_text(text, "utf-8")
        if truth is not None:
            truth.parent.mkdir(parents=True, exist_ok=True)
            with truth.open("w", encoding="utf-8") as file:
                file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in world.truth())
        print("ready", flush=True)

    try:
        run(world, on_ready=ready)
    except OSError as error:
        raise ConfigError(f"{error}; another demo may run, stop it or give --port") from None


@demo.command()
@click.option("--advance", metavar="SPAN", help="Move on by 90s, 30m, 6h, 2d or 1d12h.")
@click.option("--to", "until", metavar="ISO", help="Move on to this time, for example 2026-11-02T12:00:00+00:00.")
@port_option
@json_option
def clock(advance: str | None, until: str | None, port: int, as_json: bool) -> None:
    """Show the served world's clock, or move it on: news, edits, posts and deletions happen."""
    if advance is not None and until is not None:
        raise ConfigError("--advance and --to exclude each other: give one of them")
    body = {"advance": advance} if advance is not None else {"now": until} if until is not None else None
    state = _ask(port, "POST", "/clock", body) if body else _ask(port, "GET", "/")
    emit(state, as_json=as_json, text=lambda: _print_state(state))


@demo.command()
@click.argument("source", required=False)
@click.argument("kind", required=False, type=click.Choice(["slow", "error", "drop", "partial", "hang"]))
@click.option("--seconds", type=float, help="How late, or the Retry-After of errors.  [default: 2]")
@click.option("--share", type=float, help="The share of the paths that suffer, 0 to 1.  [default: 1]")
@click.option("--first", type=int, help="Only this many requests suffer.")
@click.option("--clear", is_flag=True, help="End the troubles of SOURCE, or of all sources.")
@port_option
@json_option
def trouble(source: str | None, kind: str | None, clear: bool, port: int, as_json: bool, **values: Any) -> None:
    """Make a served outlet slow, failing, dropping, partial or hanging; without arguments, show the troubles."""
    if clear == (kind is not None) and (clear or source):
        raise ConfigError("give SOURCE and KIND to make trouble, or [SOURCE] --clear to end it")
    given = {name: value for name, value in {"source": source, "kind": kind, **values}.items() if value is not None}
    method = "DELETE" if clear else "POST" if kind else "GET"
    state = _ask(port, method, "/trouble" if given or clear else "/", given)
    emit(state, as_json=as_json, text=lambda: _print_state(state))


@demo.command("truth")
@port_option
def truth_(port: int) -> None:
    """Print what the served world knows about itself at its clock's time: JSON lines."""
    with _answer(port, "GET", "/truth") as reply:
        while part := reply.read(65_536):  # reading by lines would not notice an answer that breaks off
            sys.stdout.buffer.write(part)


@contextmanager
def _answer(port: int, method: str, path: str, body: Mapping[str, object] | None = None) -> Iterator[HTTPResponse]:
    """The control address's answer to a request; whatever keeps it away is a ConfigError."""
    from http.client import HTTPConnection, HTTPException

    from pipeline.demo.control import CONTROL

    connection = HTTPConnection(CONTROL, port, timeout=600)
    try:
        connection.request(method, path, json.dumps(body) if body else None)
        yield connection.getresponse()
    except BrokenPipeError:
        raise
    except (OSError, HTTPException) as error:
        reason = str(error) or type(error).__name__
        raise ConfigError(
            f"the press world on {CONTROL}:{port} does not answer ({reason}): start it with "
            f"`copydesk demo serve --port {port}`, or give the --port that it has"
        ) from None
    finally:
        connection.close()


def _ask(port: int, method: str, path: str, body: Mapping[str, object] | None = None) -> dict[str, Any]:
    with _answer(port, method, path, body) as reply:
        state: dict[str, Any] = json.loads(reply.read())
    if reply.status != 200:
        raise ConfigError(state["error"])
    return state


def _print_state(state: dict[str, Any]) -> None:
    print(f"{state['now']}  seed {state['seed']}, {state['pages']} pages, drawn for {state['base']}")
    for one in state["troubles"]:
        first = f", the first {one['first']} requests" if one["first"] else ""
        print(f"{one['source']}  {one['kind']}, {one['seconds']:g} s, {one['share']:.0%} of the paths{first}")


@demo.command("run")
@pages_option
@seed_option
@port_option
@store_option
def run_(pages: int, seed: int, port: int, store: str | None) -> int:
    """Do the whole job once: serve the world, collect it through the scheduled flow, print what came in."""
    from pipeline.cli.prefect import run_module

    settings = _settings(store, port=0)
    with _served(settings, pages=pages, seed=seed, port=port):
        code = run_module(settings, "flows.serve", "--once")
    if code == 0:
        _print_result(settings)
    return code


@demo.command("up")
@pages_option
@seed_option
@port_option
@store_option
def up_(pages: int, seed: int, port: int, store: str | None) -> int:
    """Serve the world and start the UI with its sources on their schedules; Ctrl-C stops all of it.

    `copydesk demo clock --advance 1d` then makes news to collect.
    """
    from pipeline.cli.prefect import run_module
    from pipeline.stages.running import running_api_url

    settings = _settings(store)
    if running_api_url(settings) is not None:
        raise ConfigError(f"`copydesk up` runs already for {settings.data_dir}; stop it first")
    with _served(settings, pages=pages, seed=seed, port=port):
        return run_module(settings, "flows.serve")


def _settings(store: str | None, **prefect: int) -> Settings:
    """Settings with the world's own declarations."""
    from pipeline.settings import load_settings

    settings = load_settings({"store": store}).settings
    ports = {f"prefect.{name}": value for name, value in prefect.items()}
    flags = {"store": settings.store, "seeds": str(settings.data_dir / "demo" / "seeds"), **ports}
    return load_settings(flags).settings


@contextmanager
def _served(settings: Settings, *, pages: int, seed: int, port: int) -> Iterator[None]:
    """The world in a process of its own, while the block runs."""
    say(f"Serving an invented press world of {pages} pages on 127.0.*.*:{port}")
    serving = ["demo", "serve", f"--pages={pages}", f"--seed={seed}", f"--port={port}"]
    serving += [f"--seeds={settings.seeds}", f"--truth={settings.seeds.parent / 'truth.jsonl'}"]
    command = [sys.executable, "-m", "pipeline.cli", *serving]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=die_with_parent,  # noqa: PLW1509 (it only calls prctl)
    ) as world:
        try:
            assert world.stdout is not None
            if world.stdout.readline().strip() != "ready":
                raise ConfigError("the press world did not start; the reason stands above")
            yield
        finally:
            world.terminate()


def _print_result(settings: Any) -> None:
    from pipeline.corpus.info import corpus_info
    from pipeline.corpus.reader import open_corpus
    from pipeline.stages.context import open_context

    with open_context(settings) as context:
        info = corpus_info(open_corpus(context.store))
        newest = context.runs.find(limit=1)
        if not newest:
            raise CopydeskError("no run is recorded; run `make run` again and report this")
        chunks = context.runs.chunk_reports(newest[0].run_id)
    counts = {one.source: (one.documents, one.collapsed) for one in info.sources}
    rows: list[tuple[object, ...]] = [
        (name, (chunk or {}).get("pages", 0), *counts.get(name, (0, 0))) for name, chunk in sorted(chunks.items())
    ]
    rows.append(("together", *(sum(int(str(row[number])) for row in rows) for number in (1, 2, 3))))
    print()
    table("", ("source", "pages fetched", "documents", "copies collapsed"), rows)
    print(f"\n{info.documents} documents, {info.stories} stories; corpus version {info.version} in {info.location}")
    print(f"containers: {info.digests} digests, {info.threads} threads")
    print("\nWhere to look next:")
    print("  .venv/bin/copydesk corpus info               the corpus in numbers")
    print("  .venv/bin/copydesk corpus export -o s.jsonl  one row a story, with everybody who ran it")
    print("  .venv/bin/copydesk report                    what this run did, capture by capture")
    print("  make eval                                    scored against the world's own truth")
