"""Fixtures of the tests that run whole stages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pipeline.settings import Settings
from pipeline.stages.context import Context, open_context
from tests.support.pages import article, paragraphs
from tests.support.site import Site, serving


@pytest.fixture
def site() -> Iterator[Site]:
    """A site of five stories, listed in its sitemap."""
    one = Site("127.0.50.1")
    with serving(one):
        one.pages |= {
            f"/story-{number}/": article(f"Story number {number}", paragraphs(number)) for number in range(1, 6)
        }
        one.sitemap(*one.pages)
        yield one


@pytest.fixture
def context(settings: Settings) -> Iterator[Context]:
    """Store, state and settings of an empty folder."""
    with open_context(settings) as opened:
        yield opened
