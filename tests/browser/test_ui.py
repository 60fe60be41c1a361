"""The UI in headless Chromium: the backfill form to a completed run, and no request beyond this machine."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import RunForm, browser_page
from tests.support.commands import copydesk_json
from tests.support.forward_proxy import ForwardProxy, logging_proxy
from tests.support.orchestra import Up, served_world, up

pytestmark = pytest.mark.slow

SOURCES = ("demo-harbor-ledger", "demo-northwire")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ui")


@pytest.fixture(scope="module")
def running(folder: Path) -> Iterator[Up]:
    if shutil.which("chromium") is None:
        pytest.skip("needs chromium: run deploy/debian-packages.sh")
    with served_world(folder, port=8812), up(folder) as found:
        yield found


@pytest.fixture(scope="module")
def proxy() -> Iterator[ForwardProxy]:
    with logging_proxy() as found:
        yield found


@pytest.fixture(scope="module")
def page(proxy: ForwardProxy, running: Up) -> Iterator[Page]:
    with browser_page(proxy) as found:
        yield found


def filled(page: Page, running: Up) -> RunForm:
    form = RunForm(page, running.base, running.deployment("backfill")["id"])
    form.choose("Sources", *SOURCES)
    form.day("From", "2026-10-20")
    form.day("To", "2026-11-01")
    form.choose("Method", "site")
    form.number("Days in a chunk", 10)
    form.number("Limit", 6)
    return form


def test_a_dry_run_shows_the_plan_and_fetches_nothing(page: Page, running: Up, folder: Path) -> None:
    run_id = filled(page, running).submit()
    run = running.ended(run_id)
    assert run["state_type"] == "COMPLETED", run["state"]["message"]
    plan = running.artifacts(run_id)["plan"]
    assert [(row["source"], row["from"], row["to"]) for row in plan] == [
        (source, start, end)
        for source in SOURCES
        for start, end in (("2026-10-20", "2026-10-29"), ("2026-10-30", "2026-11-01"))
    ]
    assert copydesk_json(folder, "runs", "list") == []


def test_a_backfill_from_the_form_completes_and_says_what_it_did(page: Page, running: Up, folder: Path) -> None:
    form = filled(page, running)
    form.switch("Dry run", on=False)
    run_id = form.submit()
    run = running.ended(run_id)
    assert run["state_type"] == "COMPLETED", run["state"]["message"]
    found = running.artifacts(run_id)
    assert found.keys() >= {"plan", "yield", "progress", "published", "collapsed"}
    assert found["progress"] == 100.0
    for source in SOURCES:
        assert 0 < sum(row["pages"] for row in found["yield"] if row["source"] == source) <= 6
    info = copydesk_json(folder, "corpus", "info")
    assert info["documents"] == sum(row["documents"] for row in found["yield"]) > 0
    assert {row["source"]: row["new"] for row in found["collapsed"]} == {
        one["source"]: one["documents"] for one in info["sources"]
    }
    assert str(folder / "data") in found["published"]
    page.goto(f"{running.base}/v2/runs/flow-run/{run_id}")
    expect(page.get_by_text("Completed").first).to_be_visible(timeout=60_000)
    page.get_by_role("tab", name="Artifacts").click()
    expect(page.get_by_text("published", exact=False).first).to_be_visible()
    page.screenshot(path=folder / "artifacts.png")


def test_the_runs_of_a_backfill_have_pages_under_a_sandbox(page: Page, running: Up) -> None:
    published = running.artifacts(running.runs("backfill")[0]["id"])["published"]
    run, address = re.findall(r"\[The page about run (\S+)\]\((\S+)\)", published)[-1]
    assert address == f"{running.base}/reports/{run}.html"
    answer = page.goto(address)
    assert answer is not None
    assert "sandbox" in answer.headers["content-security-policy"]
    expect(page.get_by_role("heading", level=1)).to_contain_text(run)
    missing = page.goto(f"{running.base}/reports/nope.html")
    assert missing is not None
    assert (missing.status, "no run nope" in missing.text()) == (404, True)


@pytest.mark.parametrize(
    "path",
    [
        "/", "/v2/dashboard", "/v2/runs", "/v2/flows", "/v2/deployments", "/v2/artifacts", "/v2/automations",
        "/v2/blocks/catalog", "/v2/settings", "/deployments", "/blocks/catalog", "/docs",
    ],
)  # fmt: skip
def test_other_pages_open(page: Page, running: Up, path: str) -> None:
    answer = page.goto(f"{running.base}{path}", wait_until="load")
    assert answer is not None
    assert answer.ok
    page.wait_for_load_state("networkidle")


def test_no_page_asked_for_a_host_beyond_this_machine(proxy: ForwardProxy, page: Page, running: Up) -> None:
    """The last test of the module: it judges all that were before."""
    assert len(proxy.asked) > 50
    assert proxy.outside() == set()
