"""Times as boards write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.forums.times import find_when, parse_when

NOW = datetime(2020, 4, 25, 12, 0, tzinfo=UTC)  # a Saturday
EVENING = "2020-04-23T21:16"
MORNING = "2020-04-23T09:16"
DAY = "2020-04-23T00:00"

WRITTEN = {
    "2020-04-23T21:16:00Z": EVENING,
    "2020-04-23T23:16:00+02:00": EVENING,
    "2020-04-23 23:16:00+0200": EVENING,
    "2020-04-23T21:16:00.123Z": EVENING,
    "2020/04/23 21:16": EVENING,
    "2020.04.23. 21:16": EVENING,
    "2020-04-23": DAY,
    "1587676560": EVENING,
    "1587676560000": EVENING,
    "23. Apr 2020, 09:16": MORNING,
    "#3 erstellt: 23. Apr 2020, 09:16": MORNING,
    "Apr 23, 2020 9:16 pm": EVENING,
    "Apr 23, 2020 at 9:16 PM": EVENING,
    "Thu Apr 23, 2020 9:16 pm": EVENING,
    "Thursday, April 23rd, 2020, 9:16pm": EVENING,
    "« Reply #3 on: April 23, 2020, 09:16:00 pm »": EVENING,
    "23/04/2020 21:16": EVENING,
    "04/23/2020 09:16 PM": EVENING,
    "04/05/2020 09:16 PM": "2020-04-05T21:16",
    "05.04.2020 21:16": "2020-04-05T21:16",
    "23-04-2020, 09:16 PM": EVENING,
    "23.04.20 21:16": EVENING,
    "23-Apr-2020 21:16": EVENING,
    "23 Apr '20 21:16": EVENING,
    "Posted: Thu, 23 Apr 2020 23:16:00 +0200": EVENING,
    "Thu Apr 23 23:16:00 CEST 2020": EVENING,
    "Thu Apr 23 21:16:00 2020": EVENING,
    "21:16, 23 April 2020": EVENING,
    "9:16 p.m. on 23 April 2020": EVENING,
    "Donnerstag, 23. April 2020 um 21:16 Uhr": EVENING,
    "Do 23. Apr 2020, 21:16": EVENING,
    "jeu. 23 avr. 2020 21:16": EVENING,
    "mar. 21 avril 2020 à 21h16": "2020-04-21T21:16",
    "23 août 2019, 21:16": "2019-08-23T21:16",
    "23 de abril de 2020, 21:16": EVENING,
    "Jueves, 23 Abril 2020 - 21:16": EVENING,
    "23 aprile 2020, 21:16": EVENING,
    "2 gen 2020 21:16": "2020-01-02T21:16",
    "quinta-feira, 23 de abril de 2020 às 21:16": EVENING,
    "23 mrt 2020, 21:16": "2020-03-23T21:16",
    "23 mei 2019 21:16": "2019-05-23T21:16",
    "tors 23 apr 2020 21:16": EVENING,
    "23. huhtikuuta 2020 klo 21:16": EVENING,
    "23 kwietnia 2020, 21:16": EVENING,
    "23 sty 2020, o 21:16": "2020-01-23T21:16",
    "23. dubna 2020 v 21:16": EVENING,
    "23. července 2019": "2019-07-23T00:00",
    "23 апреля 2020, 21:16": EVENING,
    "Чт апр 23, 2020 21:16": EVENING,
    "23 мая 2019 в 21:16": "2019-05-23T21:16",
    "23 квітня 2020 21:16": EVENING,
    "23 Nisan 2020 21:16": EVENING,
    "23 Ağustos 2019": "2019-08-23T00:00",
    "2020. április 23. 21:16": EVENING,
    "23 Απριλίου 2020, 21:16": EVENING,
    "23 tháng 4, 2020 21:16": EVENING,
    "2020年4月23日 21:16": EVENING,
    "2020年04月23日 下午 9:16": EVENING,
    "2020년 4월 23일 오후 9:16": EVENING,
    "Today, 09:16": "2020-04-25T09:16",
    "Yesterday at 9:16 PM": "2020-04-24T21:16",
    "heute um 09:16": "2020-04-25T09:16",
    "Gestern, 21:16 Uhr": "2020-04-24T21:16",
    "Aujourd'hui à 09:16": "2020-04-25T09:16",
    "Hier 21:16": "2020-04-24T21:16",
    "Ayer, 21:16": "2020-04-24T21:16",
    "вчера в 21:16": "2020-04-24T21:16",
    "Сегодня, 09:16": "2020-04-25T09:16",
    "昨天 21:16": "2020-04-24T21:16",
    "Thursday at 9:16 PM": EVENING,
    "Donnerstag, 21:16": EVENING,
    "3 hours ago": "2020-04-25T09:00",
    "an hour ago": "2020-04-25T11:00",
    "posted 2 days ago": "2020-04-23T00:00",
    "2 weeks ago": "2020-04-06T00:00",
    "3 months ago": "2020-01-01T00:00",
    "vor 2 Jahren": "2018-01-01T00:00",
    "vor 3 Stunden": "2020-04-25T09:00",
    "il y a 3 heures": "2020-04-25T09:00",
    "hace 2 días": "2020-04-23T00:00",
    "2 giorni fa": "2020-04-23T00:00",
    "3 uur geleden": "2020-04-25T09:00",
    "3 часа назад": "2020-04-25T09:00",
    "3 小时前": "2020-04-25T09:00",
    "3시간 전": "2020-04-25T09:00",
    "just now": "2020-04-25T12:00",
    "23 Apr, 21:16": EVENING,
    "March 30": "2020-03-30T00:00",
    "Dec 30": "2019-12-30T00:00",
    "September 2019": "2019-09-01T00:00",
}


@pytest.mark.parametrize(("text", "expected"), WRITTEN.items(), ids=list(WRITTEN))
def test_what_boards_write_is_read(text: str, expected: str) -> None:
    found = parse_when(text, NOW)
    assert found is not None
    assert found.strftime("%Y-%m-%dT%H:%M") == expected
    assert found.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    "text",
    ["", "Reply", "3 posts", "Posts: 1,234", "version 1.2.34 is out", "192.168.10.20", "31.02.2020", "in 2019",
     "2077-01-01", "Location: May", "5 stars", "3 days", "page 3 of 12", "99:99", "0000-00-00", "12345678901234567890"],
)  # fmt: skip
def test_what_is_no_time_is_not_read(text: str) -> None:
    assert parse_when(text, NOW) is None


def test_a_clock_without_zone_is_of_the_visitors_zone() -> None:
    now = NOW.astimezone(timezone(timedelta(hours=2)))
    assert parse_when("23. Apr 2020, 23:16", now) == datetime(2020, 4, 23, 21, 16, tzinfo=UTC)


def test_the_sites_order_of_day_and_month_is_obeyed() -> None:
    assert parse_when("04/05/2020 21:16", NOW, month_first=True) == datetime(2020, 4, 5, 21, 16, tzinfo=UTC)
    assert parse_when("04/03/2020 21:16", NOW) == datetime(2020, 3, 4, 21, 16, tzinfo=UTC)


def test_the_place_of_a_time_is_told() -> None:
    text = "by Ada » Thu Apr 23, 2020 9:16 pm | Reply"
    found = find_when(text, NOW)
    assert found is not None
    assert found.timed
    assert text[found.start : found.end] == "Apr 23, 2020 9:16 pm"


@given(st.text(alphabet=st.sampled_from("0123456789:-/., aApPmMrRvoragh年月日午Tz+'"), max_size=80))
def test_no_text_raises(text: str) -> None:
    found = parse_when(text, NOW)
    assert found is None or found <= NOW + timedelta(days=2)


@given(st.text(max_size=400))
def test_no_unicode_raises(text: str) -> None:
    parse_when(text, NOW)
