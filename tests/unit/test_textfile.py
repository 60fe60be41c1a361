"""A file of texts: in parts as at once, and errors that name the line."""

from __future__ import annotations

import json
import os
import random
from dataclasses import fields
from pathlib import Path

import pytest

from pipeline.dedup.bulk import deduplicate_file
from pipeline.dedup.decide import deduplicate
from pipeline.dedup.textfile import TextFile
from pipeline.dedup.verify import Facts
from pipeline.dedup.whole import one_by_one
from pipeline.errors import ConfigError
from tests.support.pages import paragraphs


def write(path: Path, rows: list[dict[str, str]]) -> TextFile:
    path.write_text("".join(f"{json.dumps(row)}\n\n" for row in rows), "utf-8")
    return TextFile(path)


@pytest.mark.parametrize(("shard", "piece"), [(1_000, 1_000), (7, 1_000), (7, 4), (1_000, 1)])
def test_in_parts_as_at_once(tmp_path: Path, shard: int, piece: int) -> None:
    dice, rows = random.Random(3), []
    for number in range(60):
        text = paragraphs(dice.randrange(15), 8)
        some = text[: dice.randint(2, 8)] + (paragraphs(dice.randrange(15), 8) if dice.random() < 0.2 else [])
        moment = f"2026-03-{dice.randint(1, 28):02}"
        host = {"source": "ab"[number % 2]} if number % 3 else {"url": f"http://c.example/{number}"}
        rows.append({"id": f"id {number}", "text": "\n".join(some), "published_at": moment, **host})
    file = write(tmp_path / "texts.jsonl", rows)
    at_once = deduplicate(list(file))
    told: list[tuple[str, int, int]] = []
    found = deduplicate_file(
        file, tmp_path / "work", one_by_one, lambda *said: told.append(said), texts=shard, piece=piece
    )
    stories = list(found.stories())
    assert {(one.members, one.canonical.id, one.reason) for one in stories} == {
        (one.members, one.canonical_id, one.reason) for one in at_once.clusters
    }
    assert any(len(one.members) > 2 for one in stories)
    columns = [field.name for field in fields(Facts)]
    rows_of_facts = sorted(tuple(row.values()) for row in found.facts.select(columns).to_pylist())
    assert rows_of_facts == [tuple(getattr(fact, name) for name in columns) for fact in at_once.facts]
    relation = {(fact.a, fact.b): fact.relation.value for fact in at_once.facts}
    for story in stories:
        best = story.canonical.id
        assert list(story.relations) == [
            "canonical" if name == best else relation.get((min(name, best), max(name, best)), "indirect")
            for name in story.members
        ]
    first = [min(int(name.split()[1]) for name in story.members) for story in stories]
    assert first == sorted(first)
    assert ("decided", 1, 1) in told or piece < 60


def test_an_empty_file_has_no_stories(tmp_path: Path) -> None:
    file = write(tmp_path / "texts.jsonl", [])
    found = deduplicate_file(file, tmp_path / "work", one_by_one, lambda *_: None)
    assert (list(found.stories()), found.facts.num_rows) == ([], 0)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"id": "b"}', "texts.jsonl:2: KeyError"),
        ("[1]", "texts.jsonl:2"),
        ("{", "texts.jsonl:2"),
        ('{"id": "a", "text": "x"}', "texts.jsonl:2: id 'a' stands on line 1 already"),
        ('{"id": "b", "text": "x", "published_at": "soon"}', "texts.jsonl:2: ValueError"),
        ('{"id": "b", "text": "x", "kind": "poem"}', "texts.jsonl:2: ValueError"),
        ("[" * 100_000, "texts.jsonl:2"),
        ('{"id": "b", "text": null}', "`text` is a string"),
        ('{"id": null, "text": "x"}', "`id` a string or a whole number"),
        ('{"id": "b", "text": "x", "url": "http://[example.com]/a"}', "texts.jsonl:2: ValueError"),
        ('{"id": "b", "text": "x", "published_at": "0001-01-01T00:00:00+14:00"}', "texts.jsonl:2: OverflowError"),
    ],
)
def test_errors_name_the_line(tmp_path: Path, line: str, said: str) -> None:
    path = tmp_path / "texts.jsonl"
    path.write_text(f'{{"id": "a", "text": "x"}}\n{line}\n')
    with pytest.raises(ConfigError) as caught:
        TextFile(path)
    assert said in str(caught.value)


def test_what_cannot_be_read_several_times_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "texts.jsonl")
    with pytest.raises(ConfigError, match="is no file"):
        TextFile(tmp_path / "texts.jsonl")


def test_times_are_utc(tmp_path: Path) -> None:
    moments = ["2026-07-26T10:00:00+02:00", "2026-07-26T08:00:00", "2026-07-26"]
    rows = [{"id": f"{at}", "text": "x", "published_at": moment} for at, moment in enumerate(moments)]
    found = [text.published_at for text in write(tmp_path / "texts.jsonl", rows)]
    assert [f"{one:%d %H:%M %Z}" for one in found if one] == ["26 08:00 UTC", "26 08:00 UTC", "26 00:00 UTC"]
