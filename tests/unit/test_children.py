"""Work that crawls, side by side: what an interruption leaves undone."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from pipeline.errors import CopydeskError
from pipeline.stages.children import Gate, side_by_side, wait_for_crawl
from tests.support.processes import wait_until


def test_results_come_in_the_order_of_the_items() -> None:
    assert side_by_side(lambda item, _stop: item * 2, range(5), 2) == [0, 2, 4, 6, 8]


def test_an_interruption_between_two_starts_ends_what_is_under_way() -> None:
    begun: list[str] = []
    told: list[bool] = []

    def work(item: str, stop: threading.Event) -> None:
        begun.append(item)
        told.append(stop.wait(60))

    def items() -> Iterator[str]:
        yield "first"
        yield "second"
        wait_until(lambda: begun)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        side_by_side(work, items(), 1)
    assert (begun, told) == (["first"], [True])


def test_a_crawl_that_starts_after_the_interruption_is_closed_too() -> None:
    begun = threading.Event()
    codes: list[int] = []

    def work(_item: str, stop: threading.Event) -> None:
        begun.set()
        assert stop.wait(60)
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
        wait_for_crawl(child)
        codes.append(child.returncode)

    def items() -> Iterator[str]:
        yield "one"
        assert begun.wait(60)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        side_by_side(work, items(), 1)
    assert codes == [-signal.SIGTERM]


def test_nobody_passes_a_gate_that_is_shut() -> None:
    gate, said = Gate(1), list[str]()

    def crawl(name: str) -> None:
        try:
            with gate:
                said.append(name)
                assert gate.stopped.wait(60)
        except CopydeskError as error:
            said.append(str(error))

    threads = [threading.Thread(target=crawl, args=(name,)) for name in ("one", "other")]
    for thread in threads:
        thread.start()
        wait_until(lambda: said)
    gate.shut()
    for thread in threads:
        thread.join(60)
    assert said == ["one", "it was stopped before it began"]
