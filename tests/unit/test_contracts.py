"""The stored contracts: JSON Schemas, Arrow schemas, declarations and documents about them are generated and agree."""

import dataclasses
import json
import re
import shlex
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import click
import pytest

from flows.backfill import BackfillForm
from pipeline.cli import _COMMANDS, _HELP, cli, corpus
from pipeline.cli.backfill import backfill
from pipeline.corpus.export import select
from pipeline.demo.world import build_world
from pipeline.models import Document, Kind, Method, Precision, Quote
from pipeline.settings import Settings
from pipeline.sources.declaration import EntryKind, Source, declaration_schema, load_sources
from pipeline.stages import export
from pipeline.store.schemas import TABLES, arrow_schema, from_row, json_schema, to_arrow

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", sorted(TABLES))
def test_json_schemas_in_the_docs_are_those_of_the_models(name: str) -> None:
    kept = json.loads((ROOT / "docs/reference/schemas" / f"{name}.json").read_text("utf-8"))
    assert kept == json.loads(json.dumps(json_schema(TABLES[name])))


def test_declaration_schema_is_that_of_the_model() -> None:
    assert json.loads((ROOT / "seeds/schema.json").read_text("utf-8")) == json.loads(json.dumps(declaration_schema()))


def test_every_key_and_entry_kind_of_a_declaration_is_documented() -> None:
    text = (ROOT / "seeds/README.md").read_text("utf-8")
    assert [name for name in Source.model_fields if f"`{name}`" not in text and f"[{name}]" not in text] == []
    assert [kind.value for kind in EntryKind if f"`{kind.value}`" not in text] == []


def test_the_demo_declarations_in_seeds_are_those_of_the_world() -> None:
    kept = {path.name: path.read_text("utf-8") for path in (ROOT / "seeds/demo").glob("*.toml")}
    assert kept == build_world().declarations(enabled=False)


def test_nothing_in_seeds_is_collected_unasked() -> None:
    assert [source.id for source in load_sources(ROOT / "seeds") if source.enabled] == []


def test_a_row_survives_arrow() -> None:
    now = datetime(2026, 11, 1, 12, tzinfo=UTC)
    document = Document(
        id="a", source="s", kind=Kind.POST, url="u", page_url="u", fetched_at=now, added_at=now, text="x", word_count=1,
        text_sha256="h", run_id="r", quotes=(Quote("who", None, "said"),), authors=("A", "B"),
        published_at=now, published_precision=Precision.DAY,
    )  # fmt: skip
    rows = to_arrow(Document, [document])
    assert rows["added_month"].to_pylist() == ["2026-11"]
    assert from_row(Document, rows.to_pylist()[0]) == document


def test_every_column_of_every_model_is_in_its_arrow_schema() -> None:
    for model in TABLES.values():
        names = [field.name for field in dataclasses.fields(model)]
        assert arrow_schema(model).names[: len(names)] == names


def test_readme_names_every_exit_code_and_stays_short() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    assert len(text.splitlines()) <= 150
    assert all(
        code in text for code in ("0 ok", "1 a bug", "2 usage", "3 some sources", "4 configuration", "130 interrupted")
    )


def test_commands_named_in_the_documents_exist() -> None:
    names = ("README.md", "CONTRIBUTING.md", "seeds/README.md", "docs/how-to/operating.md", "docs/how-to/rededup.md")
    texts = "\n".join((ROOT / name).read_text("utf-8") for name in names)
    named = set(re.findall(r"copydesk ([a-z]+)", texts))
    assert named <= set(_COMMANDS)
    assert set(_HELP) == set(_COMMANDS)


def test_commands_are_written_in_the_documents_as_the_command_line_takes_them() -> None:
    paths = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "seeds/README.md")]
    texts = "\n".join(path.read_text("utf-8") for path in (*paths, *sorted((ROOT / "docs/how-to").glob("*.md"))))
    # Whole lines of blocks, with what stands before and behind them in a shell, and those between backticks.
    lines = re.findall(r"(?m)^(?:[A-Z_]+=\S+ )*(?:\S*/)?copydesk ([^#<>|\n]+)", texts)
    lines += re.findall(r"`copydesk ([^`<>|\n]+)`", texts)
    written = {line.strip() for line in lines if "…" not in line}
    assert len(written) > 25
    wrong = {line: problem for line in sorted(written) if (problem := problem_of(shlex.split(line)))}
    assert wrong == {}


def problem_of(arguments: list[str]) -> str:
    """What the command line would say of them before it looks at any value; nothing when it takes them."""
    command: click.Command = cli
    context = click.Context(command)
    while isinstance(command, click.Group) and arguments:
        name, *arguments = arguments
        found = command.get_command(context, name)
        if found is None:
            return f"no command {name}"
        command, context = found, click.Context(found, parent=context, info_name=name)
    try:
        command.make_parser(context).parse_args(arguments)
    except click.UsageError as error:
        return error.format_message()
    return ""


def test_the_command_line_knows_every_export() -> None:
    assert set(corpus.FORMATS) == set(export.ALL_FORMATS)
    assert set(corpus.TABLES) == set(select.TABLES)


def test_form_and_command_offer_every_method_of_a_backfill() -> None:
    methods = [method.value for method in Method if method is not Method.LIVE]
    choice = next(one.type for one in backfill.params if one.name == "method")
    assert isinstance(choice, click.Choice)
    assert list(choice.choices) == methods
    assert list(get_args(BackfillForm.model_fields["method"].annotation)) == methods


def test_every_setting_says_what_it_is() -> None:
    def undocumented(model: type) -> list[str]:
        fields = model.model_fields  # type: ignore[attr-defined]
        sections = [field.annotation for field in fields.values() if hasattr(field.annotation, "model_fields")]
        own = [name for name, one in fields.items() if not one.description and one.annotation not in sections]
        return own + [name for section in sections for name in undocumented(section)]

    assert undocumented(Settings) == []
