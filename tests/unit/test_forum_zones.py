"""The zone that a board says its times are in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from lxml import html

from pipeline.extract.documents import extract_page
from pipeline.extract.page import Page, SourceFacts
from pipeline.forums.zones import board_zone
from tests.support.board_markups import BOARDS
from tests.support.boards import Said, Topic

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
NOTES = {
    "All times are GMT +2. The time now is 03:14 PM.": 120,
    "All times are UTC-05:00": -300,
    "All times are UTC + 1 hour [ DST ]": 120,
    "Alle Zeiten sind UTC + 1 Stunde [ Sommerzeit ]": 120,
    "Alle Zeitangaben in WEZ +1. Es ist jetzt 12:03 Uhr.": 60,
    "Fuseau horaire GMT +1.": 60,
    "Heures au format UTC + 1 heure": 60,
    "Todos los horarios son UTC+05:30": 330,
    "Часовой пояс: UTC + 3 часа": 180,
    "All times are UTC": 0,
}


def noted(words: str) -> html.HtmlElement:
    return html.document_fromstring(
        f"<html><body><p>I was born at GMT-7.</p><div>{words}</div><a>Top</a></body></html>"
    )


@pytest.mark.parametrize("words", NOTES)
def test_a_note_tells_the_zone(words: str) -> None:
    zone = board_zone(noted(words))
    assert zone is not None
    assert zone.utcoffset(NOW) == timedelta(minutes=NOTES[words])


def test_a_zone_with_a_name_tells_summer_from_winter() -> None:
    zone = board_zone(noted('All times are <span title="Europe/Berlin">UTC+02:00</span>'))
    assert zone is not None
    assert {zone.utcoffset(datetime(2026, month, 1, tzinfo=zone)) for month in (1, 7)} == {
        timedelta(hours=1),
        timedelta(hours=2),
    }


@pytest.mark.parametrize("words", ["Times change.", "All times are UTC+99", "All times, said GMT. " * 20, "UTC+3"])
def test_what_is_no_note_tells_none(words: str) -> None:
    assert board_zone(noted(words)) is None


@pytest.mark.parametrize(("declared", "hour"), [("UTC", 12), ("America/New_York", 18)])
def test_the_boards_own_word_holds_where_the_declaration_tells_no_zone(declared: str, hour: int) -> None:
    post = Said(101, 1, "Ada", datetime(2026, 10, 5, 14, 0, tzinfo=UTC), "How deep should mulch lie on clay?")
    page = BOARDS["smf20"].thread_page(Topic(1, "Mulch", (post,)), [post], 1, more=False)
    page = page.replace("</body>", "<div>All times are GMT +2</div></body>")
    url = "http://b/index.php?topic=1.0"
    facts = SourceFacts(source="board", forum=True, timezone=declared)
    (document,) = extract_page(Page(url, page.encode(), NOW), facts, url=url, run_id="r").documents
    assert document.published_at is not None
    assert document.published_at.astimezone(UTC).hour == hour
