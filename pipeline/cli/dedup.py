"""`copydesk dedup`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import click

from pipeline.cli.common import emit, json_option, moment_of
from pipeline.errors import ConfigError

__all__ = ["dedup"]


@click.command()
@click.argument("path", metavar="FILE.jsonl", type=click.Path(path_type=Path, dir_okay=False))
@click.option("-o", "--output", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder.")
@click.option("--engine", type=click.Choice(["local"]), default="local", show_default=True)
@json_option
def dedup(path: Path, output: Path, engine: str, as_json: bool) -> None:
    """De-duplicate texts: JSONL with `id`, `text` and any of title, source, url, published_at, kind.

    Writes stories.jsonl, assignments.jsonl and relations.jsonl into the folder.
    """
    from pipeline.dedup.decide import deduplicate
    from pipeline.models import story_id

    texts = list(_texts(path))
    decision = deduplicate(texts)
    names = {member: story_id(one.members[0]) for one in decision.clusters for member in one.members}
    copies = {(fact.a, fact.b): fact.relation for fact in decision.facts}
    output.mkdir(parents=True, exist_ok=True)
    by_id = {text.id: text for text in texts}
    _write(output / "stories.jsonl", (_story(one, names, by_id) for one in decision.clusters))
    _write(
        output / "assignments.jsonl",
        (
            {"id": member, "story_id": names[member], "canonical": member == one.canonical_id,
             "relation": _relation(member, one.canonical_id, copies)}
            for one in decision.clusters for member in one.members
        ),
    )  # fmt: skip
    _write(output / "relations.jsonl", (_row(fact) for fact in decision.facts))
    summary = {"documents": len(texts), "stories": len(decision.clusters), "relations": len(decision.facts)}
    text = f"{len(texts)} documents, {len(decision.clusters)} stories, {len(decision.facts)} relations in {output}"
    emit(summary | {"engine": engine}, as_json=as_json, text=lambda: print(text))


def _texts(path: Path) -> Iterator[Any]:
    from pipeline.dedup.texts import Text
    from pipeline.models import Kind

    try:
        lines = path.open(encoding="utf-8", errors="replace")
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}; give a JSONL file") from None
    seen: dict[str, int] = {}
    with lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
                name, text, kind = str(row["id"]), str(row["text"]), Kind(row.get("kind") or "article")
                published_at = moment_of(row.get("published_at"))
            except (ValueError, KeyError, TypeError) as error:
                raise ConfigError(f"{path}:{number}: {error!r}; a line is JSON with `id` and `text`") from None
            if name in seen:
                raise ConfigError(f"{path}:{number}: id {name!r} stands on line {seen[name]} already; ids are unique")
            seen[name] = number
            yield Text(
                id=name, text=text, kind=kind, source=str(row.get("source") or ""), url=str(row.get("url") or ""),
                title=row.get("title"), authors=tuple(row.get("authors") or ()), published_at=published_at,
            )  # fmt: skip


def _story(one: Any, names: dict[str, str], by_id: dict[str, Any]) -> dict[str, Any]:
    best = by_id[one.canonical_id]
    return {
        "story_id": names[one.canonical_id],
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


def _row(fact: Any) -> dict[str, Any]:
    turned = fact.container == fact.b
    a, b = (fact.b, fact.a) if turned else (fact.a, fact.b)
    inside = (fact.containment_b, fact.containment_a) if turned else (fact.containment_a, fact.containment_b)
    new = (fact.new_words_b, fact.new_words_a) if turned else (fact.new_words_a, fact.new_words_b)
    return {
        "a": a, "b": b, "relation": fact.relation.value, "jaccard": fact.jaccard, "containment_a": inside[0],
        "containment_b": inside[1], "matched_words": fact.matched_words, "new_words_a": new[0], "new_words_b": new[1],
        "evidence": fact.evidence,
    }  # fmt: skip


def _write(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    with path.open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
