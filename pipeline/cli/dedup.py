"""`copydesk dedup`."""

from __future__ import annotations

import json
import shutil
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from pipeline.cli.common import emit, json_option

if TYPE_CHECKING:
    from pipeline.dedup.decide import Cluster, Decision
    from pipeline.dedup.texts import Text
    from pipeline.dedup.verify import Facts

__all__ = ["dedup"]

_FILES = ("stories", "assignments", "relations")


@click.command()
@click.argument("path", metavar="FILE.jsonl", type=click.Path(path_type=Path, dir_okay=False))
@click.option("-o", "--output", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder.")
@click.option("--engine", type=click.Choice(["local"]), default="local", show_default=True)
@json_option
def dedup(path: Path, output: Path, engine: str, as_json: bool) -> None:
    """De-duplicate texts: JSONL with `id`, `text` and any of title, source, url, published_at, kind, authors.

    Writes stories.jsonl, assignments.jsonl and relations.jsonl into the folder. The file may be larger than memory.
    """
    from pipeline.dedup.bulk import deduplicate_file
    from pipeline.dedup.textfile import TextFile

    texts = TextFile(path)
    work = output / ".working"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    count: Counter[str] = Counter(documents=len(texts), stories=0, relations=0)
    try:
        files = {
            name: (work / f"{name}.jsonl").open("w", encoding="utf-8", errors="backslashreplace") for name in _FILES
        }
        for some, decision in deduplicate_file(texts, work / "index", _progress):
            _write(files, some, decision)
            count.update(stories=len(decision.clusters), relations=len(decision.facts))
        for name, file in files.items():
            file.close()
            (work / f"{name}.jsonl").replace(output / f"{name}.jsonl")
    finally:
        _progress("", 0, 0)
        shutil.rmtree(work, ignore_errors=True)
    text = f"{count['documents']} documents, {count['stories']} stories, {count['relations']} relations in {output}"
    emit(dict(count) | {"engine": engine}, as_json=as_json, text=lambda: print(text))


def _progress(label: str, done: int, total: int) -> None:
    if sys.stderr.isatty():
        line = f"  {label}: {done} of {total} texts" if label else ""
        print(f"\r\033[K{line}", end="", file=sys.stderr, flush=True)


def _write(files: Mapping[str, IO[str]], texts: Mapping[str, Text], decision: Decision) -> None:
    from pipeline.models import story_id

    copies = {(fact.a, fact.b): fact.relation for fact in decision.facts}
    _put(files["stories"], (_story(one, story_id(one.members[0]), texts) for one in decision.clusters))
    _put(
        files["assignments"],
        (
            {"id": member, "story_id": story_id(one.members[0]), "canonical": member == one.canonical_id,
             "relation": _relation(member, one.canonical_id, copies)}
            for one in decision.clusters for member in one.members
        ),
    )  # fmt: skip
    _put(files["relations"], (_row(fact) for fact in decision.facts))


def _story(one: Cluster, name: str, texts: Mapping[str, Text]) -> dict[str, Any]:
    best = texts[one.canonical_id]
    return {
        "story_id": name,
        "canonical_id": one.canonical_id,
        "title": best.title,
        "text": best.text,
        "members": list(one.members),
        "reason": one.reason,
    }


def _relation(member: str, canonical: str, copies: dict[tuple[str, str], Any]) -> str:
    if member == canonical:
        return "canonical"
    found = copies.get((min(member, canonical), max(member, canonical)))
    return found.value if found else "indirect"


def _row(fact: Facts) -> dict[str, Any]:
    turned = fact.container == fact.b
    a, b = (fact.b, fact.a) if turned else (fact.a, fact.b)
    inside = (fact.containment_b, fact.containment_a) if turned else (fact.containment_a, fact.containment_b)
    new = (fact.new_words_b, fact.new_words_a) if turned else (fact.new_words_a, fact.new_words_b)
    return {
        "a": a, "b": b, "relation": fact.relation, "jaccard": fact.jaccard, "containment_a": inside[0],
        "containment_b": inside[1], "matched_words": fact.matched_words, "new_words_a": new[0], "new_words_b": new[1],
        "evidence": fact.evidence,
    }  # fmt: skip


def _put(file: IO[str], rows: Iterable[dict[str, Any]]) -> None:
    for row in rows:
        file.write(json.dumps(row, ensure_ascii=False) + "\n")
