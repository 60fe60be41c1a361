"""The UI in headless Chromium: the backfill form to a completed run, and no request beyond this machine."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import RunForm, browser_page
from tests.support.commands import copydesk_json, declare
from tests.support.forward_proxy import ForwardProxy, logging_proxy
from tests.support.orchestra import Up, served_world, up
from tests.support.pages import article, paragraphs
from tests.support.processes import processes, wait_until
from tests.support.site import Site, serving

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


@pytest.fixture(scope="module")
def slow(folder: Path, running: Up) -> Iterator[Site]:
    """Stories for ten minutes, two seconds apart, that nobody collects by schedule."""
    site = Site("127.0.53.1")
    with serving(site):
        site.pages |= {f"/{number}": article(f"Story {number}", paragraphs(number)) for number in range(300)}
        site.sitemap(*site.pages)
        text = site.declaration("slow", more="enabled = false\n")
        declare(folder, "slow", text.replace("delay_s = 0.0", "delay_s = 2.0"))
        wait_until(lambda: "slow" in offered(running))  # without a restart
        yield site


def offered(running: Up) -> list[str]:
    """The sources that the form of `collect` offers."""
    schema = running.deployment("collect")["parameter_openapi_schema"]
    return list(schema["properties"]["sources"]["items"]["enum"])


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


def test_an_artifact_can_be_read(page: Page, running: Up) -> None:
    chosen = {"artifacts": {"key": {"any_": ["yield"]}}}
    (artifact,) = running.ask("/artifacts/filter", chosen)
    page.goto(f"{running.base}/v2/artifacts/artifact/{artifact['id']}")
    for source in SOURCES:
        expect(page.get_by_role("cell", name=source).first).to_be_visible(timeout=60_000)


def test_collect_runs_from_its_form(page: Page, running: Up) -> None:
    form = RunForm(page, running.base, running.deployment("collect")["id"])
    form.choose("sources", SOURCES[0])
    run = running.ended(form.submit())
    assert run["state_type"] == "COMPLETED", run["state"]["message"]
    assert run["parameters"] == {"sources": [SOURCES[0]]}
    assert [row["source"] for row in running.artifacts(run["id"])["yield"]] == [SOURCES[0]]


def test_a_source_is_paused_by_its_switch_and_stays_so(page: Page, running: Up, folder: Path, slow: Site) -> None:
    deployment = running.deployment("collect")
    minutes = {one["slug"]: one["schedule"]["cron"].split()[0] for one in deployment["schedules"]}
    source = next(one for one, minute in minutes.items() if [*minutes.values()].count(minute) == 1)
    page.goto(f"{running.base}/v2/deployments/deployment/{deployment['id']}")
    switch = page.get_by_role("switch", name=f"toggle At {minutes[source]} minutes past the hour", exact=True)
    switch.click(timeout=60_000)
    wait_until(lambda: not running.schedules()[source])
    declare(folder, "another", slow.declaration("another", schedule="daily"))  # which brings all in line
    wait_until(lambda: "another" in running.schedules())
    assert [name for name, active in running.schedules().items() if not active] == [source]


def test_a_run_that_is_cancelled_in_the_ui_closes_its_crawl_and_publishes_nothing(
    page: Page, running: Up, folder: Path, slow: Site
) -> None:
    run_id = running.start("collect", "slow")
    page.goto(f"{running.base}/v2/runs/flow-run/{run_id}")
    wait_until(lambda: slow.asked.total() > 4)  # what is asked once of a site, and a page
    page.get_by_role("button", name="Open menu").first.click(timeout=60_000)
    page.get_by_role("menuitem", name="Cancel").click()
    page.get_by_role("button", name="Cancel Flow Run").click()
    wait_until(lambda: not processes(f"{folder}/data/work"))
    run = running.ended(run_id)
    assert run["state_type"] == "CANCELLED"
    wait_until(lambda: not processes(f"PREFECT__FLOW_RUN_ID={run_id}", where="environ"))
    assert "slow" not in {one["source"] for one in copydesk_json(folder, "corpus", "info")["sources"]}
    page.reload()
    expect(page.get_by_text("Cancelled").first).to_be_visible(timeout=60_000)


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
