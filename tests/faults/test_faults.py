"""Two kills a family; `make faults KILLS=50` runs more."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.attempts import Ground, ground
from tests.faults.harness import FAMILIES, run_family

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def on(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    with ground(tmp_path_factory.mktemp("faults")) as found:
        yield found


# `flow` kills the runner, too, and a server start is dear.
@pytest.mark.parametrize("family", sorted(FAMILIES.keys() - {"runner"}))
def test_nothing_is_lost_doubled_or_half_seen(on: Ground, family: str) -> None:
    row = run_family(family, 2, on).row()
    assert row["kills"] == sum(row["phases"].values()) == 2
    assert {name: row[name] for name in ("lost", "duplicated", "half_seen", "differing")} == {
        "lost": 0, "duplicated": 0, "half_seen": 0, "differing": 0,
    }  # fmt: skip
    assert row.get("late", 0) == 0
    assert row.get("refetched", 0) <= row.get("in_flight", 0)
