"""Two kills a family; `make faults KILLS=50` runs more."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.harness import FAMILIES, Quiet, quiet_run, run_family, served_world

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Path, Quiet]]:
    folder = tmp_path_factory.mktemp("faults")
    with served_world(folder) as seeds:
        yield folder, seeds, quiet_run(folder, seeds)


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_nothing_is_lost_doubled_or_half_seen(world: tuple[Path, Path, Quiet], family: str) -> None:
    folder, seeds, quiet = world
    count = run_family(family, 2, folder, seeds, quiet)
    assert count.row() == {
        "name": f"faults.{family}",
        "kills": 2,
        "lost": 0,
        "duplicated": 0,
        "half_seen": 0,
        "differing": 0,
    }
