"""Log lines: which run they belong to, as text and as JSON, without secrets."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from pipeline.logs import logged_run, setup_logging, tell

LOG = logging.getLogger("pipeline.of_this_test")


@pytest.fixture(autouse=True)
def plain_logging() -> Iterator[None]:
    root, factory = logging.getLogger(), logging.getLogRecordFactory()
    before = root.handlers[:], root.level
    yield
    setup_logging()
    root.handlers[:], root.level = before
    logging.setLogRecordFactory(factory)


def test_lines_of_a_run_carry_its_id_and_others_do_not(capsys: pytest.CaptureFixture[str]) -> None:
    setup_logging("INFO")
    with logged_run("r1"):
        LOG.info("one")
        with ThreadPoolExecutor(1) as pool:
            pool.submit(lambda: LOG.info("of another thread")).result()
    LOG.info("two")
    one, other, two = capsys.readouterr().err.splitlines()
    assert one.endswith("pipeline.of_this_test: one [run r1]")
    assert other.endswith(": of another thread")
    assert two.endswith(": two")


def test_json_lines_are_one_object_each(capsys: pytest.CaptureFixture[str]) -> None:
    setup_logging("INFO", "json")
    with logged_run("r1"):
        LOG.warning("a\nb %s password=hidden", "\x1b[31m")
    try:
        json.loads("two\nlines")
    except ValueError:
        LOG.exception("it broke")
    first, second = map(json.loads, capsys.readouterr().err.splitlines())
    assert (first["level"], first["run_id"], first["logger"]) == ("WARNING", "r1", "pipeline.of_this_test")
    assert first["message"] == "a\nb \x1b[31m password=***"
    assert "\njson.decoder.JSONDecodeError: Expecting value" in second["error"]
    assert "run_id" not in second


def test_what_is_told_to_who_watches_is_a_line_or_an_object(capsys: pytest.CaptureFixture[str]) -> None:
    for form in ("text", "json"):
        setup_logging("INFO", form)
        tell("flows.serve", "The UI is there")
    plain, row = capsys.readouterr().err.splitlines()
    assert plain == "The UI is there"
    found = json.loads(row)
    assert (found["logger"], found["message"]) == ("flows.serve", "The UI is there")
