"""`copydesk demo`: the invented press world, served alone or collected from end to end."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import click

from pipeline.cli.common import say, store_option, table
from pipeline.errors import ConfigError, CopydeskError

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
@click.option("--seeds", type=click.Path(path_type=Path, file_okay=False), help="Write the world's declarations here.")
@click.option("--truth", type=click.Path(path_type=Path, dir_okay=False), help="Write the truth about it here.")
def serve(pages: int, seed: int, port: int, seeds: Path | None, truth: Path | None) -> None:
    """Serve the world on loopback addresses until stopped; prints `ready` when it listens."""
    from pipeline.demo.server import serve as run
    from pipeline.demo.world import build_world

    world = build_world(seed=seed, pages=pages, port=port)
    if seeds is not None:
        seeds.mkdir(parents=True, exist_ok=True)
        for name, text in world.declarations().items():
            (seeds / name).write_text(text, "utf-8")
    if truth is not None:
        truth.parent.mkdir(parents=True, exist_ok=True)
        with truth.open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in world.truth())
    try:
        run(world, on_ready=lambda: print("ready", flush=True))
    except OSError as error:
        raise ConfigError(f"{error}; another demo may run, stop it or give --port") from None


@demo.command("run")
@pages_option
@seed_option
@port_option
@store_option
def run_(pages: int, seed: int, port: int, store: str | None) -> int:
    """Do the whole job once: serve the world, collect it through the scheduled flow, print what came in."""
    from pipeline.cli.prefect import run_module
    from pipeline.settings import load_settings

    settings = load_settings({"store": store}).settings
    folder = settings.data_dir / "demo"
    flags = {"store": settings.store, "seeds": str(folder / "seeds"), "prefect.port": 0}
    settings = load_settings(flags).settings
    say(f"Serving an invented press world of {pages} pages on 127.0.*.*:{port}")
    serving = ["demo", "serve", f"--pages={pages}", f"--seed={seed}", f"--port={port}"]
    serving += [f"--seeds={folder / 'seeds'}", f"--truth={folder / 'truth.jsonl'}"]
    with subprocess.Popen([sys.executable, "-m", "pipeline.cli", *serving], stdout=subprocess.PIPE, text=True) as world:
        try:
            assert world.stdout is not None
            if world.stdout.readline().strip() != "ready":
                raise ConfigError("the press world did not start; the reason stands above")
            code = run_module(settings, "flows.serve", "--once")
        finally:
            world.terminate()
    if code == 0:
        _print_result(settings)
    return code


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
