"""The recipes of the documents, run as they are written, on a folder and on S3."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.settings import Settings
from pipeline.stages.context import open_context
from pipeline.stages.publish import publish
from tests.support.commands import copydesk, copydesk_json
from tests.support.corpora import document, stage
from tests.support.pages import paragraphs
from tests.support.s3_servers import S3Server, moto_server

ROOT = Path(__file__).parents[2]
BLOCKS = re.findall(r"```python\n(.*?)```", (ROOT / "docs/how-to/reading.md").read_text("utf-8"), re.DOTALL)
FOLDER, S3, *RECIPES = BLOCKS
PAGES = ("training", "mirroring", "removing")


def fill(settings: Settings) -> None:
    with open_context(settings) as context:
        documents = [replace(document(f"{n:032x}", paragraphs(n % 3), n), language="en") for n in range(4)]
        stage(context.store, "r1", documents)
        publish(context)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("reading")
    (found / "seeds").mkdir()
    fill(Settings.model_validate({"store": f"file:{found / 'data'}", "seeds": found / "seeds"}))
    return found


@pytest.fixture(scope="module")
def server() -> Iterator[S3Server]:
    with moto_server() as found:
        yield found


@pytest.fixture(scope="module")
def bucket(server: S3Server, tmp_path_factory: pytest.TempPathFactory) -> str:
    name, found = server.bucket(), tmp_path_factory.mktemp("s3")
    (found / "seeds").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        for variable, value in server.environment.items():
            patch.setenv(variable, value)
        fill(server.settings(f"s3://{name}/prefix").model_copy(update={"data": found, "seeds": found / "seeds"}))
    return name


def run(code: str, folder: Path, **variables: str) -> str:
    environment = os.environ | {"HF_HUB_OFFLINE": "1", "HF_HOME": str(folder / "hf")} | variables
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder, capture_output=True, text=True, timeout=300, env=environment, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{code}\n{done.stderr}"
    assert done.stdout
    return done.stdout


@pytest.mark.parametrize("recipe", RECIPES, ids=range(len(RECIPES)))
def test_recipes_on_a_folder(folder: Path, recipe: str) -> None:
    run(FOLDER + recipe, folder)


@pytest.mark.parametrize("recipe", RECIPES, ids=range(len(RECIPES)))
def test_recipes_on_s3(tmp_path: Path, server: S3Server, bucket: str, recipe: str) -> None:
    place = S3.replace("bucket", bucket).replace("https://s3.example.org", server.endpoint)
    run(place + recipe, tmp_path, **server.environment)


@pytest.mark.parametrize("page", PAGES)
def test_pages_from_top_to_bottom(tmp_path: Path, folder: Path, page: str) -> None:
    """Every command and every piece of Python, in the order in which the page has them."""
    shutil.copytree(folder / "data", tmp_path / "data")
    (tmp_path / "seeds").mkdir()
    first, *_, last = copydesk_json(tmp_path, "corpus", "sql", "SELECT id, text FROM stories ORDER BY first_seen")
    (tmp_path / "letter.txt").write_text(last["text"], "utf-8")
    text = (ROOT / f"docs/how-to/{page}.md").read_text("utf-8")
    blocks = re.findall(r"(?ms)^```(python|console)\n(.*?)^```$", text)
    assert blocks
    for language, block in blocks:
        if language == "python":
            run(block, tmp_path)
            continue
        for line in block.splitlines():
            words = shlex.split(line.replace(" ID", f" {first['id']}"), comments=True)
            assert words[:2] == ["$", "copydesk"]
            done = copydesk(tmp_path, *words[2:])
            assert done.returncode == 0, (line, done.stderr)


def test_a_mirror_that_applies_changes_is_the_corpus(tmp_path: Path, folder: Path) -> None:
    shutil.copytree(folder / "data", tmp_path / "data")
    (tmp_path / "seeds").mkdir()
    (apply, *_) = re.findall(r"```python\n(.*?)```", (ROOT / "docs/how-to/mirroring.md").read_text("utf-8"), re.DOTALL)
    at = 0
    for gone in (None, f"{1:032x}"):
        if gone is not None:
            assert copydesk(tmp_path, "corpus", "takedown", "--id", gone, "--reason", "asked").returncode == 0
        done = copydesk_json(tmp_path, *f"corpus changes --since {at} -o changes.jsonl".split())
        at = done["version"]
        run(apply, tmp_path)
        assert copydesk(tmp_path, *"corpus export -o whole.jsonl".split()).returncode == 0
        with (tmp_path / "whole.jsonl").open(encoding="utf-8") as lines:
            whole = {row["story_id"]: row for row in map(json.loads, lines)}
        assert json.loads((tmp_path / "mirror.json").read_text("utf-8")) == whole
    assert done["counts"].keys() >= {"removed"}


def test_the_readme_s_three_lines(folder: Path) -> None:
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    assert len(blocks) == 1
    assert "shape: (3, 3)" in run(blocks[0], folder)


def test_sql_over_one_version(folder: Path) -> None:
    query = "SELECT count(*) AS n, sum(len(copies))::BIGINT AS copies FROM stories"
    assert copydesk_json(folder, "corpus", "sql", query) == [{"n": 3, "copies": 4}]
    joined = "SELECT relation FROM relations JOIN documents ON documents.id = a"
    assert copydesk_json(folder, "corpus", "sql", joined) == [{"relation": "same"}]
    for wrong in ("SELECT nothing FROM stories", "COPY (SELECT 1) TO 'x.csv'", "SELECT * FROM read_csv('/etc/passwd')"):
        done = copydesk(folder, "corpus", "sql", wrong)
        assert (done.returncode, done.stderr[:6]) == (4, "error:"), done.stderr
