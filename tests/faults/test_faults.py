"""Two kills a family; `make faults KILLS=50` runs more."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.harness import FAMILIES, run_family, served_world

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("faults")]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Path]]:
    folder = tmp_path_factory.mktemp("faults")
    with served_world(folder) as seeds:
        yield folder, seeds


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_nothing_is_lost_doubled_or_half_seen(world: tuple[Path, Path], family: str) -> None:
    folder, seeds = world
    count = run_family(family, 2, folder, seeds)
    assert count.row() == {
        "name": f"faults.{family}",
        "kills": 2,
        "lost": 0,
        "duplicated": 0,
        "half_seen": 0,
        "differing": 0,
    }
