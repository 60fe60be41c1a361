"""The page about a run in headless Chromium: hostile words stay words, wide and narrow, dark and light."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from pipeline.settings import Settings
from pipeline.stages.context import open_context
from pipeline.stages.publish import publish
from pipeline.stages.report import run_page
from tests.support.browser import browser_page
from tests.support.corpora import START, document, stage
from tests.support.forward_proxy import ForwardProxy, logging_proxy
from tests.support.hostile import HOSTILE
from tests.support.pages import paragraphs
from tests.support.site import Site, serving

pytestmark = pytest.mark.slow

RUN = "20261101T120000Z-00000000"
PHONE, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 900}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The page about a run over ordinary and hostile texts, each run by three sources."""
    folder = tmp_path_factory.mktemp("report")
    seeds = folder / "seeds"
    seeds.mkdir()
    settings = Settings.model_validate({"store": f"file:{folder / 'data'}", "seeds": seeds})
    titles = ["Ferry line reopens after nine days", *(one.encode("utf-8", "replace").decode() for one in HOSTILE)]
    found = []
    for number, title in enumerate(titles):
        parts = paragraphs(number)
        for copy, text in enumerate((parts, [*parts[:4], f"{title} is what only this one says."], [*parts[1:], title])):
            one = document(f"{number * 3 + copy + 1:032x}", text, copy)
            at = START + timedelta(hours=copy * 5, minutes=number)
            found.append(replace(one, title=title, source=f"source-{copy}", run_id=RUN, published_at=at))
    with open_context(settings) as context:
        context.runs.start(RUN, kind="collect", sources=["source-0", "source-1", "source-2"])
        crawl = {"requests": 9, "captures": 8, "error": f"no answer from {HOSTILE[0]}", "gaps": [HOSTILE[1]]}
        context.runs.finish_chunk(RUN, "source-0", crawl)
        context.runs.count(RUN, "crawl", [("source-0", "http_error", HOSTILE[3][:100], 3)])
        context.runs.alert("silent", "source-1", HOSTILE[2])
        stage(context.store, RUN, found)
        publish(context)
        return run_page(context, RUN)


@pytest.fixture(scope="module")
def proxy() -> Iterator[ForwardProxy]:
    with logging_proxy() as found:
        yield found


@pytest.fixture(scope="module")
def site(made: bytes) -> Iterator[Site]:
    one = Site("127.0.51.1")
    one.pages["/report.html"] = (200, {"Content-Type": "text/html; charset=utf-8"}, made)
    with serving(one):
        yield one


@pytest.fixture(scope="module")
def page(proxy: ForwardProxy, site: Site) -> Iterator[Page]:
    with browser_page(proxy) as found:
        yield found


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_the_page_fits_asks_for_nothing_and_runs_nothing(
    page: Page, site: Site, proxy: ForwardProxy, size: dict[str, int], scheme: Literal["light", "dark"], tmp_path: Path
) -> None:
    said: list[str] = []
    noted = lambda message: said.append(message.text)  # noqa: E731 (the same one is taken off again)
    before = len(proxy.asked)
    page.on("console", noted)
    page.on("dialog", lambda dialog: dialog.dismiss())
    page.set_viewport_size({"width": size["width"], "height": size["height"]})
    page.emulate_media(color_scheme=scheme)
    page.goto(f"{site.base}/report.html", wait_until="load")
    page.remove_listener("console", noted)
    expect(page).to_have_title(f"Run {RUN} · Copydesk")
    expect(page.locator("script, iframe, img, object, embed, link")).to_have_count(0)
    assert said == []
    host, port = site.address, site.port
    assert set(proxy.asked[before:]) <= {("GET", host, port)}
    paths = {path for path, _ in site.asked} - {"/favicon.ico"}  # which the browser asks for by itself
    assert paths == {"/report.html"}
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= size["width"], "only tables scroll sideways, in their own frames"
    page.screenshot(path=tmp_path / "top.png")
    page.locator("article details").first.scroll_into_view_if_needed()
    page.screenshot(path=tmp_path / "stories.png")
    page.screenshot(path=tmp_path / "whole.png", full_page=True)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_from_their_ground(page: Page, site: Site, scheme: Literal["light", "dark"]) -> None:
    """Contrast of at least 4.5 by WCAG 2.2 for text, marked passages and links, on the ground they stand on."""
    page.emulate_media(color_scheme=scheme)
    page.goto(f"{site.base}/report.html")
    for selector in ("h1", ".quiet", "ins", "del", "a", "caption", ".state", "tr.problem td", ".alert", "th"):
        contrast = page.locator(selector).first.evaluate(CONTRAST)
        assert contrast >= 4.5, (selector, contrast)


CONTRAST = """element => {
  const numbers = colour => colour.match(/[\\d.]+/g).map(Number);
  const linear = v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => [r, g, b].map(v => linear(v / 255))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  let ground = element;
  while (ground && (numbers(getComputedStyle(ground).backgroundColor)[3] ?? 1) === 0) ground = ground.parentElement;
  const colours = [getComputedStyle(element).color, getComputedStyle(ground ?? document.body).backgroundColor];
  const [low, high] = colours.map(numbers).map(light).sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}"""


def test_marks_are_there_without_colour(page: Page, site: Site) -> None:
    page.goto(f"{site.base}/report.html")
    for name, sign, line in (("ins", "+", "underline"), ("del", "−", "line-through")):
        first = page.locator(f"article {name}").first
        before, decoration = first.evaluate(
            "one => [getComputedStyle(one, '::before').content, getComputedStyle(one).textDecorationLine]"
        )
        assert sign in before
        assert line in decoration


def test_the_page_can_be_used_by_its_headings_and_tables(page: Page, site: Site) -> None:
    page.goto(f"{site.base}/report.html")
    levels = [int(one[1]) for one in page.locator("h1, h2, h3, h4").evaluate_all("all => all.map(one => one.tagName)")]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    tables = page.locator("table").count()
    assert tables == page.locator("table > caption").count() >= 3
    expect(page.get_by_role("region", name="Sources", exact=True)).to_be_visible()
    for target in page.locator("nav a").evaluate_all("all => all.map(one => one.getAttribute('href'))"):
        expect(page.locator(target)).to_have_count(1)


def test_nothing_beyond_this_machine_was_asked_for(page: Page, proxy: ForwardProxy) -> None:
    """The last test of the module: it judges all that were before."""
    assert proxy.asked
    assert proxy.outside() == set()
