"""Whether an element stands in the page's story, or in what is around it: comments, teasers, menus."""

from __future__ import annotations

import re
from functools import lru_cache

from lxml import html

from pipeline.extract.page import class_test

__all__ = ["is_elsewhere"]

_ELSEWHERE = re.compile(
    r"(?i)(^|[\s_-])(comments?|commentlist|related|recommend\w*|sidebar|widget|(?<!post-)(?<!entry-)(?<!article-)footer|menu|nav|popular|latest|trending|"
    r"most-?read|teasers?|promo)([\s_-]|$)"
)
_STORY = f".//*[{class_test('post-body')} or {class_test('entry-content')} or @itemprop='articleBody']"


def is_elsewhere(element: html.HtmlElement, known: dict[html.HtmlElement, bool] | None = None) -> bool:
    """Whether something around the element says that it is not the story's.

    Args:
        element: of a page.
        known: what was found of the page's other elements, for who asks of very many.
    """
    known = {} if known is None else known
    for above in element.iterancestors():
        if above.tag in ("nav", "footer", "aside", "form", "a"):  # whole teasers are links
            return True
        if above.tag in ("body", "main"):
            return False
        if any(_is_named(names) for names in (above.get("class"), above.get("id")) if names):
            if above not in known:
                known[above] = not above.xpath(_STORY)  # Blogger has its posts in a widget
            return known[above]
    return False


@lru_cache(maxsize=8192)
def _is_named(names: str) -> bool:
    return _ELSEWHERE.search(names) is not None
