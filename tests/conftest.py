"""Fixtures of the whole suite. The network is closed but for loopback, with its own ports where the right is there."""

from __future__ import annotations

import ctypes
import fcntl
import ipaddress
import os
import socket
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as examples

from pipeline.settings import Settings
from tests.support.warm import install

# The same examples in each run; `pytest --hypothesis-profile=explore` looks for others.
_EXPLORE = examples(deadline=None, suppress_health_check=[HealthCheck.too_slow])
examples.register_profile("explore", _EXPLORE)
examples.register_profile("suite", _EXPLORE, derandomize=True)
examples.load_profile("suite")
_LONGEST = """
    test_store_faults test_faults test_watching test_backup test_adding test_imports test_interruptions test_runs
    test_living_world test_demo_world test_backfill test_politeness test_web_archives test_listings
    test_collecting_again test_bad_input test_schedules test_hostile_sites test_sources test_seed_pages test_ui
    test_rendered_pages test_operating_page test_floors test_boards test_troubled_sites test_unknown_board test_database
""".split()
_CLONE_NEWNET = 0x40000000
_SIOCSIFFLAGS = 0x8914
_IFF_UP = 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that take long come first, so that none of them is left for the end, when the other workers are idle."""
    order = {name: number for number, name in enumerate(_LONGEST)}
    items.sort(key=lambda item: order.get(item.path.stem, len(order)))


def _leave_the_network() -> bool:
    """Move this thread, and every thread and process it starts from now on, to a network that has only loopback.

    Returns:
        Whether this could be done: it needs Linux and the right of root.
    """
    try:
        if ctypes.CDLL(None).unshare(_CLONE_NEWNET) != 0:
            return False
    except AttributeError:
        return False
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as anything:
        fcntl.ioctl(anything, _SIOCSIFFLAGS, struct.pack("16sh22x", b"lo", _IFF_UP))
    return True


@pytest.fixture(autouse=True, scope="session")
def closed_network() -> Iterator[bool]:
    """Nothing beyond loopback: for child processes too where this gives True, else for this process only."""
    alone = _leave_the_network()
    install()
    real = socket.socket.connect

    def connect(self: socket.socket, address: object) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and isinstance(address, tuple):
            host = str(address[0])
            if host != "localhost" and not ipaddress.ip_address(host.partition("%")[0]).is_loopback:
                raise AssertionError(f"a test asked for {address}, which is not loopback")
        real(self, address)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", connect)
        yield alone


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("COPYDESK_", "PREFECT_")) and not name.startswith("COPYDESK_TEST_"):
            monkeypatch.delenv(name)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    return Settings.model_validate({"store": f"file:{tmp_path / 'data'}", "seeds": seeds, "extract": {"workers": 2}})


@pytest.fixture(scope="session")
def seed_web() -> Path:
    """Folder of the five real pages; `.ci/run` gives it, the project does not hold it."""
    folder = os.environ.get("COPYDESK_TEST_SEED_WEB") or ""
    if not folder or not Path(folder, "gold.json").is_file():
        pytest.skip("needs the folder of real seed pages: set COPYDESK_TEST_SEED_WEB")
    return Path(folder)


@pytest.fixture(scope="session")
def eval_folder() -> Path:
    """Folder of real pages with gold; `.ci/run` gives it, the project does not hold it."""
    folder = os.environ.get("COPYDESK_TEST_EVAL") or ""
    if not folder or not Path(folder, "articles-text", "gold.json").is_file():
        pytest.skip("needs the folder of gold pages: set COPYDESK_TEST_EVAL")
    return Path(folder)
