"""Posts that paste a text: what their page shows of whose words are whose."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pipeline.extract.documents import extract_page
from pipeline.extract.page import Page, SourceFacts
from pipeline.models import Document, is_pasted
from tests.support.languages import SENTENCES
from tests.support.pages import paragraphs

STORY = paragraphs(4, 3)
DATED = [f"BREMEN, March 3 (Northwire) - {STORY[0]}", *STORY[1:]]
ORIGIN = "Source: https://news.example/harbour"
TITLE = "The harbour opens again after forty years"
ASKED = "What do you make of it?"


def box(lines: list[str], head: str = "") -> str:
    return (
        f'<blockquote class="bbCodeBlock--quote">{head}<div class="bbCodeBlock-content">{ps(lines)}</div></blockquote>'
    )


def ps(lines: list[str]) -> str:
    return "".join(f"<p>{line}</p>" for line in lines)


def posted(body: str) -> Document:
    """The document of a post with this body."""
    page = (
        '<html id="XF"><body><h1 class="p-title-value">A thread</h1><article class="message" data-author="Ann" '
        f'data-content="post-5"><time datetime="2026-10-01T10:00:00Z"></time><div class="bbWrapper">{body}</div>'
        "</article></body></html>"
    )
    facts = SourceFacts(source="board", forum=True, known_agencies=("Northwire",))
    found = extract_page(
        Page("http://f/threads/a.1/", page.encode(), datetime(2026, 10, 2, tzinfo=UTC)), facts,
        url="http://f/threads/a.1/", run_id="r",
    )  # fmt: skip
    (document,) = found.documents
    return document


@pytest.mark.parametrize(
    "body",
    [
        box(DATED) + ps([ASKED]),
        ps([ASKED]) + box([*DATED, ORIGIN]),
        box(DATED) + ps([ORIGIN, ASKED]),
        ps([*DATED, ORIGIN, ASKED]),
        ps([ASKED, *DATED, "Quelle: news.example/harbour"]),
    ],
    ids=["box", "box with its origin", "origin below the box", "run in before", "run in after"],
)
def test_own_words_stay_apart_from_what_a_post_pastes(body: str) -> None:
    document = posted(body)
    assert document.text == ASKED
    (quote,) = document.quotes
    assert (quote.author, quote.post_id) == (None, None)
    assert quote.text.startswith("\n\n".join(DATED))
    assert document.agency == "Northwire"
    assert "dateline" in (document.agency_evidence or "")


def test_the_title_above_a_pasted_text_goes_with_it() -> None:
    document = posted(ps([ASKED, TITLE, *DATED, ORIGIN]))
    assert document.text == ASKED
    assert document.quotes[0].text.split("\n\n") == [TITLE, *DATED, ORIGIN]


def test_a_post_that_only_pastes_says_what_it_pastes() -> None:
    document = posted(box(DATED))
    assert document.text == "\n\n".join(DATED)
    assert document.quotes == ()
    assert document.agency == "Northwire"


@pytest.mark.parametrize(
    "lines", [[*DATED, ASKED], [*STORY, ORIGIN, ASKED], [ORIGIN, *DATED, ASKED], [ASKED, "Source: my neighbour"]]
)
def test_where_the_page_does_not_show_an_end_or_a_start_the_words_stay_together(lines: list[str]) -> None:
    assert posted(ps(lines)).text == "\n\n".join(lines)


def test_a_quote_of_somebody_is_not_pasted() -> None:
    head = '<div class="bbCodeBlock-title">Bo said:</div>'
    document = posted(box(DATED, head) + ps([ASKED]))
    assert [one.author for one in document.quotes] == ["Bo"]
    assert document.agency is None


@pytest.mark.parametrize(
    ("language", "dateline", "origin"),
    [
        ("zh", "新华社北京3月3日电 ", "来源"),
        ("zh-tw", "新華社北京3月3日電 ", "來源"),
        ("ja", "【北京=新華社】", "出典"),
        ("th", "", "ที่มา"),
    ],
)
def test_a_text_without_spaces_is_pasted_too(language: str, dateline: str, origin: str) -> None:
    lines = [f"{dateline}{SENTENCES[language]}", *[SENTENCES[language]] * 3, f"{origin}：news.example/a"]
    for body in [box(lines) + ps([ASKED]), *([ps([*lines, ASKED])] if dateline else [])]:
        document = posted(body)
        assert document.text == ASKED
        assert document.quotes[0].text.split("\n\n") == lines


@pytest.mark.parametrize("language", ["zh", "ja", "th"])
def test_a_phrase_without_spaces_is_not_pasted(language: str) -> None:
    document = posted(box([SENTENCES[language][:40]]) + ps([ASKED]))
    assert document.text == ASKED
    assert not is_pasted(document.quotes[0])
