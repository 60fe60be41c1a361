"""The recipes of the documents, run as they are written, on a folder and on S3."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
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
EVERYWHERE = [recipe for recipe in RECIPES if "root" in recipe]
ON_FILES = [recipe for recipe in RECIPES if "root" not in recipe]


def fill(settings: Settings) -> None:
    with open_context(settings) as context:
        stage(context.store, "r1", [document(f"{n:032x}", paragraphs(n % 3), n) for n in range(4)])
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


@pytest.mark.parametrize("recipe", EVERYWHERE, ids=range(len(EVERYWHERE)))
def test_recipes_on_a_folder(folder: Path, recipe: str) -> None:
    run(FOLDER + recipe, folder)


@pytest.mark.parametrize("recipe", EVERYWHERE, ids=range(len(EVERYWHERE)))
def test_recipes_on_s3(tmp_path: Path, server: S3Server, bucket: str, recipe: str) -> None:
    place = S3.replace("bucket", bucket).replace("https://s3.example.org", server.endpoint)
    run(place + recipe, tmp_path, **server.environment)


@pytest.mark.parametrize("recipe", ON_FILES, ids=range(len(ON_FILES)))
def test_recipes_on_files(folder: Path, recipe: str) -> None:
    assert copydesk(folder, *"corpus export --format huggingface -o press".split()).returncode == 0
    run(recipe, folder)


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
