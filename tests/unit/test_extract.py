"""Pages of our own making: what belongs to a text, and what does not."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import ExtractError
from pipeline.extract.agency import find_agency
from pipeline.extract.dates import parse_moment
from pipeline.extract.documents import extract_page
from pipeline.extract.page import Extraction, Page, SourceFacts
from pipeline.extract.sandbox import PageJob, extract_all
from pipeline.models import Precision
from tests.support.pages import article, paragraphs

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


def extracted(body: bytes | str, *, facts: SourceFacts | None = None, url: str = "http://h/a") -> Extraction:
    data = body.encode() if isinstance(body, str) else body
    page = Page(url, data, NOW, {"content-type": "text/html; charset=utf-8"})
    return extract_page(page, facts or SourceFacts(source="s", name="The Site"), url=url, run_id="r")


def test_a_plain_article() -> None:
    texts = paragraphs(1)
    document = extracted(article("A headline of its own", texts)).documents[0]
    assert (document.title, document.text) == ("A headline of its own", "\n\n".join(texts))
    assert document.published_at == datetime(2026, 10, 30, 8, tzinfo=UTC)
    assert document.language == "en"


FURNITURE = (
    '<div class="td_data_time">Sunday, November 1, 2026</div>',
    '<div class="sharedaddy"><p>Share this story with everybody you know</p></div>',
    '<div class="newsletter-signup"><p>Sign up for our newsletter and never miss a thing again</p></div>',
    '<div class="related-posts"><h4>More</h4><ul><li><a href="/x">Another headline entirely</a></li></ul></div>',
    '<div id="comments"><p>First! I agree with all of this very much indeed, thank you.</p></div>',
    '<figure class="wp-caption"><img src="/i.jpg"><figcaption>A caption that nobody asked for</figcaption></figure>',
    '<div class="author-box"><p>Jane Doe writes about bridges and has done so for years</p></div>',
    '<p>› Subscribe to our channel</p>',
    '<p>Source: <a href="/x">Read Full Article</a></p>',
    "<p>Read more: Another headline entirely</p>",
)  # fmt: skip


@pytest.mark.parametrize("furniture", FURNITURE)
def test_furniture_is_not_text(furniture: str) -> None:
    texts = paragraphs(2)
    page = article("A headline of its own", texts).decode()
    inside = page.replace(f"<p>{texts[3]}</p>", f"<p>{texts[3]}</p>{furniture}").replace(
        "</article>", f"{furniture}</article>"
    )
    assert extracted(inside).documents[0].text == "\n\n".join(texts)


def test_a_box_with_a_story_inside_belongs_to_the_page() -> None:
    texts, more = paragraphs(3), paragraphs(4, 3)
    box = '<div class="related-box"><h3>Beside it</h3>' + "".join(f"<p>{text}</p>" for text in more) + "</div>"
    page = article("A headline of its own", texts).decode().replace(f"<p>{texts[2]}</p>", f"<p>{texts[2]}</p>{box}")
    assert more[1] in extracted(page).documents[0].text


def test_the_date_is_the_story_s_not_the_visit_s() -> None:
    page = article("A headline of its own", paragraphs(5), published="").decode()
    today = page.replace("<nav>", f"<div class='today'>{NOW:%A, %B %d, %Y}</div><nav>")
    assert extracted(today).documents[0].published_at is None
    shown = page.replace(
        "</h1>", '</h1><time class="entry-date published" datetime="2026-10-28T09:30:00+02:00">x</time>'
    )
    assert extracted(shown).documents[0].published_at == datetime(2026, 10, 28, 7, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment", "precision"),
    [
        ("2026-10-28T09:30:00+02:00", datetime(2026, 10, 28, 7, 30, tzinfo=UTC), Precision.SECOND),
        ("2026-10-28 09:30", datetime(2026, 10, 28, 9, 30, tzinfo=UTC), Precision.SECOND),
        ("Thursday 24 November 2022", datetime(2022, 11, 24, tzinfo=UTC), Precision.DAY),
        ("Updated Oct. 3rd, 2021 by us", datetime(2021, 10, 3, tzinfo=UTC), Precision.DAY),
    ],
)
def test_dates(text: str, moment: datetime, precision: Precision) -> None:
    assert parse_moment(text) == (moment, precision)


@pytest.mark.parametrize("text", [None, "", "yesterday", "31 February 2026", "2026-13-45T99:00", "5 Foo 2020"])
def test_what_is_no_date(text: str | None) -> None:
    assert parse_moment(text) is None


@pytest.mark.parametrize(
    ("paragraph", "agency"),
    [
        ("MOSCOW (TASS): The minister explained what he means by it in a long sentence.", "TASS"),
        ("KELMORA, Nov 3 (Reuters) - The council met for the third time this week.", "Reuters"),
        ("PARIS, 3 November /Xinhua/ -- The council met for the third time this week.", "Xinhua"),
        ("Agence France-Presse . Vientiane, Laos 12 October, 2024, 01:03", "AFP"),
        ("BERLIN (dpa) – Der Rat hat zum dritten Mal in dieser Woche getagt, sagte er.", "dpa"),
        ("TARNOW, November 3 (Harborwire) - The council met for the third time this week.", "Harborwire"),
        ("The council (of elders) met for the third time this week, the chairman said.", None),
        ("The AP exam was hard, students said after the third sitting of the week.", None),
    ],
)
def test_agencies_by_dateline(paragraph: str, agency: str | None) -> None:
    found = find_agency([paragraph, *paragraphs(6)], ())
    assert (found[0] if found else None) == agency


def test_agencies_by_byline_and_credit_with_evidence() -> None:
    assert find_agency(paragraphs(7), ["Reuters"]) == ("Reuters", "byline: Reuters")
    assert find_agency([*paragraphs(7), "Source: AFP"], ()) == ("AFP", "credit: Source: AFP")
    assert find_agency(paragraphs(7), (), own="Harborwire") == ("Harborwire", "source")
    assert find_agency(["TARNOW (Ferry) and more", *paragraphs(7)], (), declared=["Ferry"]) == (
        "Ferry",
        "dateline: TARNOW (Ferry)",
    )


Told = list[tuple[str, list[str]]]


def digest(stories: Told, *, repeated: bool) -> str:
    head = stories[0][0]
    parts = [f"<h2>{head}</h2>" if repeated else ""]
    for number, (title, texts) in enumerate(stories):
        parts.append(f"<div><b>{title}</b></div><div><br/></div>" if number else "")
        parts += [f"<div>{text}</div><div><br/></div>" for text in texts]
    body = "".join(parts)
    return (
        f"<html><head><title>Blog: {head}</title><meta property='og:title' content='{head}'></head><body>"
        "<h2 class='date-header'>Thursday 22 October 2026</h2>"
        f"<div class='post hentry'><h3 class='post-title'>{head}</h3>"
        f"<div class='post-body entry-content'>{body}</div></div></body></html>"
    )


STORIES = [
    (
        "Council of Tarnow reopens the old harbour",
        ["TARNOW, October 3 (Reuters) - The council reopened it.", *paragraphs(11, 2)],
    ),
    (
        "Belmere library postpones its lottery again",
        ["BELMERE (AFP) — The library said so on Monday.", *paragraphs(12, 2)],
    ),
    (
        "Quillan bridge praised by its own builders",
        ["QUILLAN, Oct 4 (dpa) - They praised it at length.", *paragraphs(13, 2)],
    ),
]


@pytest.mark.parametrize("repeated", [True, False])
def test_a_digest_is_split_at_its_headlines(repeated: bool) -> None:
    found = extracted(digest(STORIES, repeated=repeated), url="http://blog/d.html")
    assert found.reason == "digest"
    assert [(one.title, one.text.split("\n\n")) for one in found.documents] == [
        (head, texts) for head, texts in STORIES
    ]
    assert [one.agency for one in found.documents] == ["Reuters", "AFP", "dpa"]
    assert len({one.id for one in found.documents}) == 3
    assert len({one.parent_id for one in found.documents}) == 1


def test_an_article_with_sub_headings_stays_one() -> None:
    texts = paragraphs(14, 8)
    body = [
        *texts[:3],
        "<b>What the council of Tarnow decided</b>",
        *texts[3:5],
        "<b>Who pays for all the works</b>",
        *texts[5:],
    ]
    found = extracted(article("Council decides on works", body))
    assert found.reason == "article"


THREAD = """<!DOCTYPE html><html id="XF"><body><h1 class="p-title-value"><span class="label">News</span> A thread</h1>
<article class="message message--post" data-author="Ann" data-content="post-5"><header class="message-attribution">
<a href="/threads/a.1/post-5"><time datetime="2026-10-01T10:00:00+0200">x</time></a><a href="#">#21</a></header>
<div class="message-user"><dl><dt>Reaction score</dt><dd>9</dd></dl></div>
<div class="bbWrapper"><blockquote class="bbCodeBlock bbCodeBlock--quote" data-quote="Bob" data-source="post: 4">
<div class="bbCodeBlock-title">Bob said:</div><div class="bbCodeBlock-content">What Bob wrote before</div>
<div class="bbCodeBlock-expandLink">Click to expand...</div></blockquote>Her own words<br>on two lines</div>
<div class="message-lastEdit">Last edited: today</div></article>
<article class="message message--post" data-author="Cy" data-content="post-6"><div class="bbWrapper"></div></article>
</body></html>"""


def test_a_thread_gives_posts_with_quotes_apart() -> None:
    found = extracted(THREAD, url="http://f/threads/a.1/page-2")
    assert found.reason == "thread"
    assert len(found.documents) == 1
    post = found.documents[0]
    assert post.text == "Her own words\n\non two lines"
    assert [(quote.author, quote.post_id, quote.text) for quote in post.quotes] == [
        ("Bob", "4", "What Bob wrote before")
    ]
    assert (post.authors, post.post_id, post.position, post.title) == (("Ann",), "5", 21, "A thread")
    assert post.published_at == datetime(2026, 10, 1, 8, tzinfo=UTC)
    assert post.url == "http://f/threads/a.1/post-5"
    first = extracted(THREAD, url="http://f/threads/a.1/").documents[0]
    assert (first.id, first.thread_id) == (post.id, post.thread_id)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (b"\x00\x01\x02" * 100, "not_html"),
        (b"<html><body><p>Few words.</p></body></html>", "too_short"),
        (b"just text", "not_html"),
    ],
)
def test_what_is_no_document_says_why(body: bytes, reason: str) -> None:
    with pytest.raises(ExtractError) as caught:
        extracted(body)
    assert caught.value.reason == reason


def test_a_reserved_page_is_kept_out() -> None:
    page = article("Reserved", paragraphs(15), head='<meta name="tdm-reservation" content="1">')
    with pytest.raises(ExtractError, match="tdm_reserved"):
        extracted(page)
    assert extracted(page, facts=SourceFacts(source="s", obey_tdm=False)).documents[0].tdm is True


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "windows-1251"])
def test_encodings(encoding: str) -> None:
    page = article("Заголовок новости", ["Совет города открыл старую гавань после долгого ремонта." * 5] * 3).decode()
    page = page.replace('<meta charset="utf-8">', f'<meta charset="{encoding}">')
    found = extract_page(
        Page("http://h/a", page.encode(encoding), NOW, {}), SourceFacts(source="s"), url="http://h/a", run_id="r"
    ).documents[0]
    assert found.title == "Заголовок новости"
    assert found.language == "ru"


@settings(max_examples=60)
@given(st.one_of(st.binary(max_size=3000), st.text(max_size=2000).map(lambda text: f"<html><body>{text}".encode())))
def test_no_bytes_raise_anything_but_an_outcome(body: bytes) -> None:
    with contextlib.suppress(ExtractError):
        extracted(body)


def test_a_page_that_hangs_or_kills_its_worker_costs_one_outcome() -> None:
    good = Page("http://h/good", article("A good page", paragraphs(16)), NOW, {})
    huge = Page("http://h/huge", b"<html><body>" + b"<p><b><i>x" * 3_000_000, NOW, {})
    jobs = [
        PageJob(number, page, SourceFacts(source="s"), page.url, "r") for number, page in enumerate([good, huge, good])
    ]
    results = list(extract_all(jobs, workers=1, timeout_s=20.0, memory_mb=512))
    assert [type(result).__name__ for _, result in results] == ["Extraction", "ExtractError", "Extraction"]
    broken = results[1][1]
    assert isinstance(broken, ExtractError)
    assert broken.reason in ("timeout", "memory", "crashed", "error", "not_html", "too_deep")
