"""Whether `copydesk up` runs, as its address file tells."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from pipeline.settings import Settings
from pipeline.stages.running import address_file, running_api_url, told_of


def test_a_process_that_is_told_of_runs(tmp_path: Path) -> None:
    settings = Settings(store=f"file:{tmp_path}")
    assert running_api_url(settings) is None
    address_file(settings).parent.mkdir()
    address_file(settings).write_text(told_of("http://here/api"))
    assert running_api_url(settings) == "http://here/api"


@pytest.mark.parametrize("other", [{"started": "1"}, {"pid": 2**22 + 1}, {"started": None}])
def test_another_process_with_its_id_is_not_it(tmp_path: Path, other: dict[str, object]) -> None:
    """As after a kill of the container, where the next start has the very same id."""
    settings = Settings(store=f"file:{tmp_path}")
    address_file(settings).parent.mkdir()
    told = json.loads(told_of("http://here/api"))
    assert told["pid"] == os.getpid()
    address_file(settings).write_text(json.dumps(told | other))
    assert running_api_url(settings) is None
