"""`copydesk dedup`."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from pipeline.cli.common import count_up, emit, json_option

if TYPE_CHECKING:
    from pipeline.dedup.bulk import Deduplicated

__all__ = ["dedup"]

_FILES = ("stories", "assignments", "relations")
_ROWS = 2_000


@click.command()
@click.argument("path", metavar="FILE.jsonl", type=click.Path(path_type=Path, dir_okay=False))
@click.option("-o", "--output", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder.")
@click.option("--engine", type=click.Choice(["local", "dask"]), default="local", show_default=True)
@click.option("--workers", type=click.IntRange(1), help="With --engine dask: processes; default: one a core.")
@json_option
def dedup(path: Path, output: Path, engine: str, workers: int | None, as_json: bool) -> None:
    """De-duplicate texts: JSONL with `id`, `text` and any of title, source, url, published_at, kind, authors.

    Writes stories.jsonl, assignments.jsonl and relations.jsonl into the folder. The file may be larger than memory;
    while it works, a multiple of its size is needed in the folder. Both engines give the same.
    """
    from pipeline.dedup.bulk import deduplicate_file
    from pipeline.dedup.engine import workers as start_workers
    from pipeline.dedup.textfile import TextFile

    if engine == "local" and workers is not None:
        raise click.UsageError("--workers goes with --engine dask")
    texts = TextFile(path)
    work = output / ".working"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    try:
        with start_workers("", 1 if engine == "local" else workers or os.cpu_count() or 1) as run:
            found = deduplicate_file(texts, work, run, count_up)
        _write(work, found)
        for name in _FILES:
            (work / f"{name}.jsonl").replace(output / f"{name}.jsonl")
    finally:
        count_up("", 0, 0)
        shutil.rmtree(work, ignore_errors=True)
    count = {"documents": len(texts), "stories": found.count, "relations": found.facts.num_rows}
    text = f"{count['documents']} documents, {count['stories']} stories, {count['relations']} relations in {output}"
    emit(count | {"engine": engine}, as_json=as_json, text=lambda: print(text))


def _write(folder: Path, found: Deduplicated) -> None:
    from pipeline.models import story_id

    with ExitStack() as stack:
        # A text may hold half of a surrogate pair, which JSON can say and UTF-8 cannot.
        files = {
            name: stack.enter_context((folder / f"{name}.jsonl").open("w", encoding="utf-8", errors="backslashreplace"))
            for name in _FILES
        }
        for story in found.stories():
            name, best = story_id(story.members[0]), story.canonical
            _put(
                files["stories"],
                {"story_id": name, "canonical_id": best.id, "title": best.title, "text": best.text,
                 "members": story.members, "reason": story.reason},
            )  # fmt: skip
            for member, relation in zip(story.members, story.relations, strict=True):
                row = {"id": member, "story_id": name, "canonical": member == best.id, "relation": relation}
                _put(files["assignments"], row)
        for batch in found.facts.to_batches(max_chunksize=_ROWS):
            for fact in batch.to_pylist():
                _put(files["relations"], _row(fact))


def _row(fact: Mapping[str, Any]) -> dict[str, Any]:
    a, b = ("b", "a") if fact["container"] == fact["b"] else ("a", "b")
    return {
        "a": fact[a], "b": fact[b], "relation": fact["relation"], "jaccard": fact["jaccard"],
        "containment_a": fact[f"containment_{a}"], "containment_b": fact[f"containment_{b}"],
        "matched_words": fact["matched_words"], "new_words_a": fact[f"new_words_{a}"],
        "new_words_b": fact[f"new_words_{b}"], "evidence": fact["evidence"],
    }  # fmt: skip


def _put(file: IO[str], row: Mapping[str, Any]) -> None:
    file.write(json.dumps(row, ensure_ascii=False) + "\n")
