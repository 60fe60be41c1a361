"""Headless Chromium behind a logging proxy, and Prefect's run form as a person fills it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Locator, Page, expect, sync_playwright

from tests.support.forward_proxy import ForwardProxy

__all__ = ["RunForm", "browser_page"]

# The browser's own calls are switched off; the pages' are the server's business and are not touched.
# A --disable-features of ours replaces Playwright's list.
_OFF = (
    "NetworkTimeServiceQuerying",
    "OptimizationHints",
    "OptimizationGuideModelDownloading",
    "AutofillServerCommunication",
    "MediaRouter",
    "Translate",
)
_QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--component-updater=url-source=http://127.0.0.1:9/",
    "--gaia-url=http://127.0.0.1:9/",
    "--disable-features=" + ",".join(_OFF),
)
_FIRST_MS, _STEP_MS = 90_000, 30_000


@contextmanager
def browser_page(proxy: ForwardProxy) -> Iterator[Page]:
    """A page whose every request, loopback too, goes through the proxy."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("needs chromium: run deploy/debian-packages.sh")
    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=chromium, args=list(_QUIET), proxy={"server": proxy.address, "bypass": "<-loopback>"}
        )
        page = browser.new_page(viewport={"width": 1280, "height": 1100})
        page.set_default_timeout(_STEP_MS)
        expect.set_options(timeout=_STEP_MS)
        yield page
        browser.close()


class RunForm:
    """The run form of a deployment; a field is found by its title."""

    def __init__(self, page: Page, base: str, deployment_id: str) -> None:
        self._page = page
        page.goto(f"{base}/v2/deployments/deployment/{deployment_id}/run", timeout=_FIRST_MS)
        expect(page.get_by_role("button", name="Submit")).to_be_visible(timeout=_FIRST_MS)

    def choose(self, title: str, *values: str) -> None:
        """Options of a select or a multi-select."""
        control = self._control(title)
        control.click()
        options = self._page.get_by_role("listbox")
        for value in values:
            options.get_by_role("option", name=value, exact=True).click()
        if options.is_visible():
            self._page.keyboard.press("Escape")
        expect(options).to_have_count(0)
        chosen = control.locator("xpath=ancestor::fieldset[1]")
        for value in values:
            expect(chosen).to_contain_text(value)

    def day(self, title: str, iso: str) -> None:
        """A date, typed."""
        control = self._control(title)
        control.click()
        box = self._page.get_by_placeholder("yyyy-MM-dd")
        box.fill(iso)
        box.press("Enter")
        self._page.keyboard.press("Escape")
        expect(box).to_have_count(0)
        expect(control).not_to_contain_text("Pick a date")

    def number(self, title: str, value: int) -> None:
        """A number; of one that may be left out, the tab `int` is opened first."""
        control = self._control(title)
        if control.count() == 0:
            label = self._page.locator("label").filter(has_text=_exactly(title))
            group = self._page.locator("form div.group").filter(has=label).last
            group.get_by_role("tab", name="int").click()
            control = group.get_by_role("spinbutton")
        control.fill(str(value))

    def switch(self, title: str, *, on: bool) -> None:
        """A switch."""
        control = self._control(title)
        if (control.get_attribute("aria-checked") == "true") != on:
            control.click()

    def submit(self) -> str:
        """Press Submit; gives the id of the new flow run, from the answer to the form's own request."""
        with self._page.expect_response(lambda answer: answer.url.endswith("/create_flow_run")) as answer:
            self._page.get_by_role("button", name="Submit").click()
        assert answer.value.ok, answer.value.text()
        return str(answer.value.json()["id"])

    def _control(self, title: str) -> Locator:
        label = self._page.locator("form label").filter(has_text=_exactly(title))
        return self._page.locator(f'[id="{label.get_attribute("for")}"]')


def _exactly(title: str) -> re.Pattern[str]:
    return re.compile(rf"^{re.escape(title)}( \(Optional\))?$")
