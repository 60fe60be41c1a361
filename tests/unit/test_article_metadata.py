"""Titles, authors and dates on pages in the markup of many systems; every name in them is invented."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime

import pytest

from pipeline.extract.dates import parse_moment, parse_shown
from pipeline.extract.documents import extract_page
from pipeline.extract.names import split_names
from pipeline.extract.page import Page, SourceFacts
from pipeline.models import Document, Precision
from tests.support.pages import paragraphs

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
TEXT = "".join(f"<p>{text}</p>" for text in paragraphs(11))
TITLE = "Bridge at Lodgeton closed for repairs"


def linked(**article: object) -> str:
    return f'<script type="application/ld+json">{json.dumps({"@type": "NewsArticle", **article})}</script>'


def read(
    head: str = "", above: str = f"<h1>{TITLE}</h1>", below: str = "", *, url: str = "https://h.test/a"
) -> Document:
    body = (
        f"<html><head>{head}</head><body><article>{above}<div class='article-body'>{TEXT}</div></article>{below}</body>"
    )
    page = Page(url, body.encode(), NOW, {"content-type": "text/html; charset=utf-8"})
    return extract_page(page, SourceFacts(source="s", name="The Lodgeton Mail"), url=url, run_id="r").documents[0]


OG = '<meta property="og:title" content="{}">'
TWO_ARTICLES = linked(headline="Another story entirely", url="https://h.test/b") + linked(
    headline=TITLE, mainEntityOfPage={"@id": "https://h.test/a"}
)
GRAPH_WITH_A_SPARE_COMMA = (
    '<script type="application/ld+json">{"@graph": [{"@type": "WebPage", "name": "Mail"}, '
    f'{{"@type": ["Article", "NewsArticle"], "headline": "{TITLE}"}},]}}</script>'
)
COMMENTED_MAIN_ENTITY = (
    '<script type="application/ld+json"><!-- {"@type": "WebPage", "mainEntity": {"@type": "Article", '
    f'"headline": "<b>{TITLE}</b>"}}}} --></script>'
)
TITLES = (
    ("", f"<h1>{TITLE}</h1>"),
    (f"<title>{TITLE} | The Lodgeton Mail</title>", ""),
    (f"<title>{TITLE} | City | Some Unknown Paper</title>{OG.format(TITLE)}", "<h1>City</h1>"),
    (f"<title>The Lodgeton Mail: {TITLE}</title>", ""),
    (f"<title>{TITLE} - News - Mail</title>", f"<h1 class='logo'>The Mail</h1><h1>{TITLE}</h1>"),
    (f"<title>{TITLE}｜ロッジトン新聞</title>", f"<h1>{TITLE}</h1>"),
    (OG.format(TITLE), f"<h1><span class='article-kicker'>Traffic</span> {TITLE}</h1>"),
    (OG.format(f"{TITLE} - Lodgeton Mail") + '<meta property="og:site_name" content="Lodgeton Mail">', ""),
    (OG.format(TITLE.replace("closed", "&amp;#99;losed")), ""),
    (linked(headline=TITLE) + OG.format("You will never guess which bridge is closed"), f"<h1>{TITLE}</h1>"),
    (TWO_ARTICLES, ""),
    (GRAPH_WITH_A_SPARE_COMMA, ""),
    (COMMENTED_MAIN_ENTITY, ""),
    ("", f"<h2 class='entry-title'><a href='/a'>{TITLE}</a></h2>"),
    ("", f"<div itemprop='headline'>{TITLE}</div>"),
)  # fmt: skip


@pytest.mark.parametrize(("head", "above"), TITLES)
def test_the_headline_without_what_is_around_it(head: str, above: str) -> None:
    assert read(head, above).title == TITLE


def test_a_title_that_is_the_site_s_own_is_none() -> None:
    assert read(OG.format("The Lodgeton Mail"), f"<h1>{TITLE}</h1>").title == TITLE


def test_headings_of_other_boxes_are_no_headline() -> None:
    boxes = "<div><h1>Most read this week</h1></div>"
    assert read(f"<title>{TITLE} - Mail</title>", f"{boxes}<h1>{TITLE}</h1>", boxes).title == TITLE


H1 = f"<h1>{TITLE}</h1>"
REFERRED = '<script type="application/ld+json">{"@id": "#jane", "name": "Jane Doe"}</script>'
AUTHORS: tuple[tuple[str, str, list[str]], ...] = (
    (linked(author="Jane Doe"), "", ["Jane Doe"]),
    (linked(author={"@type": "Person", "name": "By Jane Doe"}), "", ["Jane Doe"]),
    (linked(author=[{"givenName": "Jane", "familyName": "Doe"}, {"name": ["Max Muster"]}]),
     "", ["Jane Doe", "Max Muster"]),
    (linked(author={"@id": "#jane"}) + REFERRED, "", ["Jane Doe"]),
    (linked(author="Jane Doe and Max Muster, Staff Writers"), "", ["Jane Doe", "Max Muster"]),
    (linked(author="JANE DOE / Reporter"), "", ["JANE DOE"]),
    (linked(author={"@type": "Organization", "name": "The Lodgeton Mail"}), "", ["The Lodgeton Mail"]),
    (linked(author={"@type": "Organization", "name": "The Lodgeton Mail"}),
     "<div class='articleByline'>Von <a href='/x'>Max Muster</a></div>", ["Max Muster"]),
    (linked(author="https://h.test/authors/jane"), "<a rel='author' href='/jane'>Jane Doe</a>", ["Jane Doe"]),
    ('<meta name="author" content="The Lodgeton Mail"><meta name="parsely-author" content="Jane Doe">',
     "", ["Jane Doe"]),
    ('<meta name="citation_author" content="Doe, Jane"><meta name="citation_author" content="Muster, Max">', "",
     ["Jane Doe", "Max Muster"]),
    ('<meta name="twitter:label1" content="Written by"><meta name="twitter:data1" content="Jane Doe">',
     "", ["Jane Doe"]),
    ("""<meta name="parsely-page" content='{"author": "Jane Doe"}'>""", "", ["Jane Doe"]),
    ("", "<span itemprop='author' itemscope><span itemprop='name'>Jane Doe</span></span>", ["Jane Doe"]),
    ("", "<div class='meta'><span class='author vcard'><a class='fn' href='/j'>Jane Doe</a></span></div>",
     ["Jane Doe"]),
    ("", "<p>By Jane Doe in Lodgeton</p>", ["Jane Doe"]),
    ("", "<p>Por Ana Ruiz y Luis Gil</p>", ["Ana Ruiz", "Luis Gil"]),
    ("", "<div class='authors'><a href='/a/1'>Іван Франченко</a>, <a href='/a/2'>Ольга Лісна</a></div>",
     ["Іван Франченко", "Ольга Лісна"]),
    ("", "<a class='articletag-author' href='/reporter/y'>山田花子</a>", ["山田花子"]),
    ("", "<a href='/b'><b>Another story</b> <span class='author'>Max Muster</span></a>", []),
    (linked(author="admin"), "<span class='byline'>Jane Doe | 3 min read</span>", ["Jane Doe"]),
    (linked(author=""), "", []),
)  # fmt: skip


@pytest.mark.parametrize(("head", "above", "names"), AUTHORS)
def test_authors_are_names(head: str, above: str, names: list[str]) -> None:
    assert list(read(head, H1 + above).authors) == names


@pytest.mark.parametrize(
    ("head", "above", "agency"),
    [
        ("", "<span class='article-source'>- Associated Press - Friday, May 5</span>", "AP"),
        (linked(sourceOrganization={"name": "Reuters"}), "", "Reuters"),
        ('<meta name="DC.source" content="ТАСС">', "", "TASS"),
        (linked(author="Jane Doe | AFP"), "", "AFP"),
        ("", "<figure><img><span class='source'>AFP</span></figure>", None),
        ("", "<div class='photo-source'>AFP</div>", None),
        ("", "<div class='source'>Our own man in Lodgeton</div>", None),
    ],
)
def test_the_source_that_a_page_names_may_be_an_agency(head: str, above: str, agency: str | None) -> None:
    assert read(head, H1 + above).agency == agency


def test_who_comments_is_no_author() -> None:
    assert read(below="<div class='comments'><span class='author'>Max Muster</span><p>First!</p></div>").authors == ()


@pytest.mark.parametrize(
    ("credit", "names"),
    [
        ("By JANE DOE, Associated Press", ["JANE DOE", "Associated Press"]),
        ("Von Max Muster, Berlin", ["Max Muster"]),
        ("di Mario Rossi", ["Mario Rossi"]),
        ("Di Stefano", ["Di Stefano"]),
        ("Jane Doe, Ph.D.", ["Jane Doe"]),
        ("Martin Poe, Jr.", ["Martin Poe Jr"]),
        ("Jane Doe <jane@h.test>", ["Jane Doe"]),
        ("Jane Doe Published 5 May 2025", ["Jane Doe"]),
        ("山田花子、佐藤次郎", ["山田花子", "佐藤次郎"]),
        ("Автор: Иван Петренко", ["Иван Петренко"]),
        ("بقلم: سارة يوسف", ["سارة يوسف"]),
        ("Staff Reporter", []),
        ("https://h.test/jane", []),
        ("This is a sentence that is far too long to be the name of anybody at all.", []),
    ],
)
def test_credits_are_cut_into_names(credit: str, names: list[str]) -> None:
    assert split_names(credit) == names


DAY = datetime(2025, 5, 5, tzinfo=UTC)
TIME = datetime(2025, 5, 5, 8, 30, tzinfo=UTC)
DATES = (
    (linked(datePublished="2025-05-05T10:30:00+02:00"), "", TIME),
    (linked(datePublished="2025-05-05T08:30:00.123Z"), "", TIME),
    (linked(datePublished="20250505T083000Z"), "", TIME),
    (linked(datePublished="Mon, 05 May 2025 10:30:00 +0200"), "", TIME),
    (linked(datePublished=1746433800), "<time datetime='1746433800'>5 May</time>", TIME),
    (linked(datePublished="2025-05-05") + '<meta property="article:published_time" content="2025-05-05T08:30Z">', "",
     TIME),
    ('<meta name="DC.date.issued" content="2025-05-05">', "", DAY),
    ("", "<time pubdate datetime='2025-05-05T10:30:00+02:00'>x</time>", TIME),
    ("", "<time class='dt-published' datetime='2025-05-05 08:30'>x</time>", TIME),
    ("", "<span class='posted'>5 mai 2025 à 08h30</span>", TIME),
    ("", "<div>Veröffentlicht am 5. Mai 2025 um 08:30 Uhr</div>", TIME),
    ("", "<div class='info'><span>05.05.2025, 08:30</span></div>", TIME),
    ("", "<p>Lodgeton, 5 de mayo de 2025</p>", DAY),
    ("", "<p>5 maja 2025</p>", DAY), ("", "<p>5. května 2025</p>", DAY), ("", "<p>5 мая 2025</p>", DAY),
    ("", "<p>5 травня 2025</p>", DAY), ("", "<p>5 Mayıs 2025</p>", DAY), ("", "<p>2025年5月5日</p>", DAY),
    ("", "<p>2025년 5월 5일</p>", DAY), ("", "<p>5 مايو 2025</p>", DAY), ("", "<p>٥ مايو ٢٠٢٥</p>", DAY),
    ("", "<p>5 أيار 2025</p>", DAY), ("", "<p>5 במאי 2025</p>", DAY), ("", "<p>5 मई 2025</p>", DAY),
    ("", "<p>5 พฤษภาคม 2568</p>", DAY), ("", "<p>5 Mei 2025</p>", DAY), ("", "<p>5 Μαΐου 2025</p>", DAY),
    ("", "<p>05 tháng 5, 2025</p>", DAY),
)  # fmt: skip


@pytest.mark.parametrize(("head", "below_headline", "moment"), DATES)
def test_the_day_of_the_story(head: str, below_headline: str, moment: datetime) -> None:
    document = read(head, H1 + below_headline)
    assert document.published_at == moment
    assert document.published_precision is (Precision.DAY if moment == DAY else Precision.SECOND)


def test_the_visit_s_moment_gives_way_to_what_knows_better() -> None:
    visit = linked(datePublished=NOW.isoformat())
    assert read(visit, url="https://h.test/2025/05/05/a").published_at == DAY
    assert read(linked(datePublished=NOW.isoformat(), dateModified="2025-05-05")).published_at == DAY
    assert read(visit).published_at == NOW
    assert read(above=f"{H1}<p>Sunday, 1 November 2026</p>").published_at is None


def test_dates_of_related_stories_and_comments_are_not_the_story_s() -> None:
    other = "<time datetime='2025-05-05T08:30:00Z'>5 May 2025</time>"
    for box in (
        f"<aside>{other}</aside>",
        f"<div class='related-stories'>{other}</div>",
        f"<a href='/b'>B {other}</a>",
    ):
        page = read(above=f"{box}{H1}<time datetime='2024-01-02T03:04:05Z'>2 Jan 2024</time>")
        assert page.published_at == datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_further_facts() -> None:
    head = linked(
        headline=TITLE, dateModified="2025-05-06T10:00:00Z", articleSection=["City", "Traffic"],
        keywords="bridges, repairs,bridges", image=[{"url": "/i.jpg"}], inLanguage="pt-BR", publisher={"name": "Mail"},
    )  # fmt: skip
    document = read(head + '<link rel="canonical" href="/story">')
    assert document.modified_at == datetime(2025, 5, 6, 10, tzinfo=UTC)
    assert (document.section, document.tags) == ("City", ("bridges", "repairs"))
    assert document.image_url == "https://h.test/i.jpg"
    assert document.canonical_url == "https://h.test/story"


@pytest.mark.parametrize("text", [None, "", "no date", "31 February 2026", "2026-13-45T99:00", "5 Foo 2020", "9" * 400])
def test_what_is_no_date_is_none(text: str | None) -> None:
    assert parse_moment(text) is None
    assert parse_shown(text, NOW) is None


HOSTILE = (
    '<script type="application/ld+json">' + '{"a":' * 50_000 + "</script>",
    '<script type="application/ld+json">[' + '{"@type":"Article","author":{"@id":"x"}},' * 5_000 + "{}]</script>",
    linked(
        author=[["x"]] * 9_999, headline={"name": {"name": 3}}, image={"url": 5}, keywords=[None, 4], publisher=[[]]
    ),
    linked(author=7, headline=["", None], datePublished={"a": 1}, mainEntityOfPage="http://["),
    '<meta property="og:title" content="' + "| " * 50_000 + '">',
    '<meta name="author" content="' + "and " * 50_000 + '"><link rel="canonical" href="http://[">',
)


@pytest.mark.parametrize("head", HOSTILE)
def test_hostile_heads_cost_little_and_raise_nothing(head: str) -> None:
    started = time.process_time()
    assert read(head).title
    assert time.process_time() - started < 4
