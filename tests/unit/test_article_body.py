"""The text of an article, and no more: what newspapers put around, between and below its paragraphs stays out."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
from lxml import html

from pipeline.extract.containers import join_parts
from pipeline.extract.documents import extract_page
from pipeline.extract.page import Extraction, Page, SourceFacts
from tests.support.pages import paragraphs

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
TITLE = "Bridge at Lodgeton closed for repairs"
TEXTS = paragraphs(21, 7)


def extracted(body: str, *, head: str = "") -> Extraction:
    shown = f"<html><head><title>{TITLE}</title>{head}</head><body>{body}</body></html>"
    page = Page("https://www.h.test/a", shown.encode(), NOW, {"content-type": "text/html; charset=utf-8"})
    return extract_page(page, SourceFacts(source="s", name="The Mail"), url="https://www.h.test/a", run_id="r")


def told(texts: list[str], between: str = "", *, cls: str = "") -> str:
    marked = [f"<p class='{cls}'>{text}</p>" if cls else f"<p>{text}</p>" for text in texts]
    return "".join((*marked[:3], between, *marked[3:]))


def text_of(body: str) -> list[str]:
    found = extracted(body)
    assert found.reason == "article"
    return found.documents[0].text.split("\n\n")


BETWEEN = (
    "<p><a href='/b'>Another story with a headline of its own</a></p>",
    "<p><strong>READ THIS TOO |</strong> <a href='https://news.h.test/b'>Another story with a headline</a></p>",
    "<ul><li><a href='/b'>Another story with its own</a></li><li><a href='/c'>A third story with another</a></li></ul>",
    "<div class='storyTeasers'><p>What others read today, and more of it</p></div>",
    "<a href='/b'><img src='/i.jpg'><h3>Another story with a headline of its own</h3><p>Its summary in a line</p></a>",
    "<div style='display: none'><p>A dialogue that nobody sees until they ask for it</p></div>",
    "<p>Lesen Sie auch: Eine ganz andere Geschichte</p>", "<p>À lire aussi : une autre histoire</p>",
    "<p>Lee también: otra historia</p>", "<p>Leia mais</p>", "<p>Leggi anche: un’altra storia</p>",
    "<p>Читайте также: совсем другая история</p>", "<p>Baca juga: cerita lain</p>", "<p>関連記事：別の話</p>",
    "<p>اقرأ أيضا: قصة أخرى</p>", "<p>Advertisement</p>", "<p>Anzeige</p>", "<p>[gallery ids='1,2']</p>",
    "<p>https://www.h.test/a</p>", "<p>4 min read</p>",
)  # fmt: skip


@pytest.mark.parametrize("box", BETWEEN)
def test_what_stands_between_paragraphs(box: str) -> None:
    assert text_of(f"<article><h1>{TITLE}</h1>{told(TEXTS, box)}</article>") == TEXTS


BELOW = (
    "<p>Jane Doe may be reached at jane@h.test. Follow her on Twitter @jane.</p>",
    "<p>Get the day’s top headlines in your inbox every morning.</p>",
    "<p>Sign up for our newsletter, it is free.</p>", "<p>Подписывайтесь на наш канал</p>",
    "<p>We use cookies to make this site better for you and for us.</p>",
    "<p>Copyright 2026 The Mail. All rights reserved.</p>",
)  # fmt: skip


@pytest.mark.parametrize("line", BELOW)
def test_what_stands_below_the_text(line: str) -> None:
    assert text_of(f"<article><h1>{TITLE}</h1>{told(TEXTS)}{line}</article>") == TEXTS


@pytest.mark.parametrize(
    "above",
    [
        f"<h1>{TITLE}</h1><p>{TITLE}</p>",
        f"<h1>{TITLE}</h1><p>By <a rel='author' href='/j'>Jane Doe</a></p>",
        f"<h1>{TITLE}</h1><p>Sunday, 25 October 2026, 10:30</p>",
        "<h1>Lodgeton bridge closed</h1><p>Lodgeton bridge closed</p>",
    ],
)
def test_what_stands_above_the_text(above: str) -> None:
    assert text_of(f"<article>{above}{told(TEXTS)}</article>") == TEXTS


KEPT = (
    "<ul><li>A first point that the council made about the bridge</li><li>A second one about the ferry</li></ul>",
    "<p>According to <a href='/b'>another story of this paper</a>, the bridge was closed before.</p>",
    "<h2 class='widget-title'>What the council said about the ferry</h2>",
    "<p>Readers may subscribe to the ferry service for ten crowns a month, the council said on Monday.</p>",
)


@pytest.mark.parametrize("part", KEPT)
def test_what_belongs_to_the_text_stays(part: str) -> None:
    found = text_of(f"<article><h1>{TITLE}</h1>{told(TEXTS, part)}</article>")
    assert len(found) > len(TEXTS)
    assert [text for text in found if text in TEXTS] == TEXTS


def test_paragraphs_that_all_have_a_class_are_the_story_whatever_its_name() -> None:
    assert text_of(f"<article><h1>{TITLE}</h1>{told(TEXTS, cls='paywall newsletter')}</article>") == TEXTS


def test_a_story_inside_an_aside_is_found() -> None:
    story = f"<aside class='left'><h1>{TITLE}</h1><div class='text'>{told(TEXTS)}</div></aside>"
    assert text_of(f"{story}<nav><a href='/'>Home</a></nav>") == TEXTS


def test_a_story_in_several_containers_is_one() -> None:
    part = "<div class='article__body'>{}</div><div class='grid'><div class='advert'>Buy</div></div>"
    body = part.format(told(TEXTS)) + part.format(told(paragraphs(22))) + part.format(told(paragraphs(23)))
    assert text_of(f"<main><h1>{TITLE}</h1>{body}</main>") == [*TEXTS, *paragraphs(22), *paragraphs(23)]


def test_the_next_story_below_is_not_this_one_s() -> None:
    story = "<article><h1>{}</h1><div class='article__body'>{}</div></article>"
    body = story.format(TITLE, told(TEXTS)) + story.format("Ferry sold", told(paragraphs(24)))
    assert paragraphs(24)[0] not in extracted(body).documents[0].text


SCRIPTS = {
    "ja": "橋の工事について市議会は月曜日に会議を開き、来年の春まで通行止めを続けると決めた。",
    "zh": "市议会星期一就桥梁维修召开会议，决定封闭到明年春天，并向居民说明了原因。",
    "ko": "시의회는 월요일 다리 공사에 대해 회의를 열고 내년 봄까지 통행을 막기로 결정했다.",
    "ar": "عقد مجلس المدينة اجتماعا يوم الاثنين بشأن الجسر وقرر إغلاقه حتى الربيع القادم.",
    "he": "מועצת העיר התכנסה ביום שני בעניין הגשר והחליטה לסגור אותו עד האביב הבא.",
    "fa": "شورای شهر روز دوشنبه دربارهٔ پل جلسه گذاشت و تصمیم گرفت آن را تا بهار ببندد.",
    "ru": "Городской совет собрался в понедельник из-за моста и решил закрыть его до весны.",
}


@pytest.mark.parametrize("language", SCRIPTS)
@pytest.mark.parametrize("markup", ["<p>{}</p>", "{}<br><br>"])
def test_scripts_of_the_world(language: str, markup: str) -> None:
    lines = [f"{SCRIPTS[language]}{number}。" for number in range(1, 9)]
    body = "".join(markup.format(line) for line in lines)
    document = extracted(f"<div class='block'><h1>{TITLE}</h1></div><div class='block'>{body}</div>").documents[0]
    assert document.text.split("\n\n") == lines
    assert document.language == language


@pytest.mark.parametrize(
    "body",
    [
        "<div class='related'>" * 300 + "<p>x</p>",
        "<p class='share'><a href='/x'>a b c d e</a></p>" * 20_000,
        "<div class='article-body'>" + "<p>word word word</p>" * 20_000 + "</div>",
        "<a href='/b'>" + "<h2>a b c d e f</h2>" * 10_000 + "</a>",
    ],
)
def test_big_pages_cost_little(body: str) -> None:
    started = time.process_time()
    extracted(f"<article><h1>{TITLE}</h1>{told(TEXTS)}</article>{body}")
    assert time.process_time() - started < 20


def test_text_right_in_the_boxes_of_a_broken_story_keeps_its_place() -> None:
    lines = [f"{number} {' '.join(TEXTS)}" for number in range(4)]
    box = "<div class='article-body'>{}<br>{}</div><div class='ad'>Buy</div>"
    boxes = box.format(*lines[:2]) + box.format(*lines[2:])
    tree = html.fromstring(f"<html><body><article><h1>A</h1>{boxes}</article></body></html>")
    join_parts(tree)
    text = " ".join(tree.xpath("//div[@class='article-body']")[0].text_content().split())
    assert [text.index(line) for line in lines] == sorted(text.index(line) for line in lines)
