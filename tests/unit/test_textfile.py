"""A file of texts: in parts as at once, and errors that name the line."""

from __future__ import annotations

import json
import os
import random
from pathlib import Path

import pytest

from pipeline.dedup.bulk import deduplicate_file
from pipeline.dedup.decide import deduplicate
from pipeline.dedup.textfile import TextFile
from pipeline.errors import ConfigError
from tests.support.pages import paragraphs


def write(path: Path, rows: list[dict[str, str]]) -> TextFile:
    path.write_text("".join(f"{json.dumps(row)}\n\n" for row in rows), "utf-8")
    return TextFile(path)


@pytest.mark.parametrize(("chunk", "large"), [(1, 1_000), (7, 1_000), (1_000, 1_000), (1, 2), (7, 4)])
def test_in_parts_as_at_once(tmp_path: Path, chunk: int, large: int) -> None:
    dice, rows = random.Random(3), []
    for number in range(60):
        text = paragraphs(dice.randrange(15), 8)
        some = text[: dice.randint(2, 8)] + (paragraphs(dice.randrange(15), 8) if dice.random() < 0.2 else [])
        moment = f"2026-03-{dice.randint(1, 28):02}"
        rows.append({"id": f"id {number}", "text": "\n".join(some), "source": "ab"[number % 2], "published_at": moment})
    file = write(tmp_path / "texts.jsonl", rows)
    at_once = deduplicate(list(file))
    told: list[tuple[str, int, int]] = []
    parts = list(deduplicate_file(file, tmp_path / "index", lambda *said: told.append(said), chunk=chunk, large=large))
    assert sorted(one.members for _, part in parts for one in part.clusters) == sorted(
        one.members for one in at_once.clusters
    )
    assert sorted((fact for _, part in parts for fact in part.facts), key=lambda fact: (fact.a, fact.b)) == list(
        at_once.facts
    )
    assert told[-1] == ("deciding", 60, 60)


def test_an_empty_file_has_no_stories(tmp_path: Path) -> None:
    file = write(tmp_path / "texts.jsonl", [])
    assert list(deduplicate_file(file, tmp_path / "index", lambda *_: None)) == []


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
