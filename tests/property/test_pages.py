"""Whatever bytes a page has, it ends as documents or as one named outcome, soon, and can be stored."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.errors import ExtractError
from pipeline.extract.boilerplate import line_key
from pipeline.extract.documents import extract_page, storable
from pipeline.extract.encoding import decoded, mended
from pipeline.extract.page import Extraction, Page, SourceFacts
from pipeline.models import Document
from pipeline.store.schemas import to_arrow
from tests.support.languages import SENTENCES
from tests.support.pages import article, paragraphs

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
OUTCOMES = {"empty", "not_html", "too_short", "no_title", "tdm_reserved", "no_posts", "no_text"}
TAGS = tuple(
    "html head body title meta script style p div span a b br h1 h2 h3 article main section aside form footer nav table"
    " tr td ul li blockquote pre time img svg noscript template iframe figure figcaption button".split()
)
CLASSES = (
    "post-body entry-content related share comments hentry message bbWrapper post byline author published date-header"
    " post-title entry-title widget paywall vcard fn articleBody"
).split()
ODDITIES = (
    "&#0;", "&#8;", "&#x1F;", "\x08", "&#xD800;", "&#x110000;", "&nbsp;", "&amp;amp;lt;", "&", "&#", "<!--", "-->",
    "<![CDATA[", "]]>", "<?xml", "\x00", "\ufeff", "\u202e",
    "</", "<", ">", '"', "'", "</html>", "<html id='XF'>", "\x85", "\ufffd",
)  # fmt: skip

words = st.one_of(st.sampled_from(list(SENTENCES.values())), st.sampled_from(ODDITIES), st.text(max_size=30))
attributes = st.one_of(
    st.just(""),
    st.builds(' class="{}" id="{}"'.format, st.sampled_from(CLASSES), st.sampled_from(CLASSES)),
    st.builds(
        ' itemprop="{}" content="{}"'.format, st.sampled_from(("headline", "datePublished", "articleBody")), words
    ),
    st.builds(' property="{}" content="{}"'.format, st.sampled_from(("og:title", "article:published_time")), words),
    st.builds(" {}={}".format, st.text("abcdefghij-:=<", min_size=1, max_size=8), words),
)
linked = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.just("2026-10-01"), st.just("<b>&"), st.just("NewsArticle")),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(("@type", "@graph", "headline", "author", "name", "datePublished", "keywords")), inner,
            max_size=5,
        ),
    ),
    max_leaves=12,
)  # fmt: skip
scripts = linked.map(lambda data: f'<script type="application/ld+json">{json.dumps(data)}</script>')
elements = st.recursive(
    st.one_of(words, scripts),
    lambda inner: st.builds(
        lambda tag, attribute, parts, closed: f"<{tag}{attribute}>{''.join(parts)}{f'</{tag}>' if closed else ''}",
        st.sampled_from(TAGS), attributes, st.lists(inner, max_size=4), st.booleans(),
    ),
    max_leaves=25,
)  # fmt: skip
HEADERS = st.sampled_from(
    [{}, *({"content-type": mime} for mime in ("text/html", "text/html; charset=gbk", "application/json")),
     {"content-type": "text/html; charset=utf-16"}, {"content-type": ";;=", "tdm-reservation": "x"}]
)  # fmt: skip


def outcome(body: bytes, headers: dict[str, str], *, forum: bool = False) -> Extraction | None:
    """What became of the page; anything but an Extraction or a known outcome fails the test."""
    lines = frozenset((line_key(SENTENCES["en"]),))
    facts = SourceFacts(source="s", name="The Site", min_words=3, forum=forum, boilerplate=lines)
    began = time.process_time()
    try:
        found = extract_page(Page("http://h/a", body, NOW, headers), facts, url="http://h/a", run_id="r")
    except ExtractError as error:
        assert error.reason in OUTCOMES  # noqa: PT017 (any other error fails as itself)
        return None
    finally:
        assert time.process_time() - began < 10
    assert len(to_arrow(Document, [storable(one) for one in found.documents])) == len(found.documents)
    return found


@settings(max_examples=60)
@given(body=st.lists(elements, max_size=6).map("".join), headers=HEADERS, forum=st.booleans())
def test_pages_of_any_markup(body: str, headers: dict[str, str], forum: bool) -> None:
    outcome(f"<html><body>{body}".encode("utf-8", "surrogatepass"), headers, forum=forum)


WHOLE = article(
    "A headline of its own", [*paragraphs(1), *SENTENCES.values()], head='<meta name="author" content="Ann Doe">'
)


@settings(max_examples=80)
@given(
    start=st.integers(0, len(WHOLE) // 2), end=st.integers(0, len(WHOLE)), noise=st.binary(max_size=40),
    places=st.lists(st.integers(0, len(WHOLE)), max_size=5), headers=HEADERS,
)  # fmt: skip
def test_pages_cut_off_and_with_noise_between(
    start: int, end: int, noise: bytes, places: list[int], headers: dict[str, str]
) -> None:
    body = WHOLE
    for place in places:
        body = body[:place] + noise + body[place:]
    outcome(body[start:] if end % 2 else body[:end], headers)


@settings(max_examples=80)
@given(body=st.binary(max_size=4000), headers=HEADERS, forum=st.booleans())
def test_pages_of_random_bytes(body: bytes, headers: dict[str, str], forum: bool) -> None:
    outcome(body, headers, forum=forum)
    outcome(b"<!doctype html><html><body><p>" + body, headers, forum=forum)


@settings(max_examples=60)
@given(
    texts=st.lists(st.sampled_from(list(SENTENCES.values())), min_size=1, max_size=4),
    said=st.sampled_from([None, "utf-8", "iso-8859-1", "windows-1251", "gbk", "euc-kr"]),
)
@example(texts=["Der Rat eröffnete die alte Hafenbrücke; die Kosten fielen größer aus, hieß es."], said="gbk")
def test_sound_text_comes_through_byte_for_byte(texts: list[str], said: str | None) -> None:
    text = " ".join(texts)
    assert mended(text) == text
    assert decoded(text.encode(), said and f"text/html; charset={said}") == text


DEEP = 100_000
NASTIES = {
    "deep": b"<div>" * DEEP + b"text",
    "deep and closed": b"<div>" * DEEP + b"text" + b"</div>" * DEEP,
    "deep inline": b"<p>" + b"<b><i>" * DEEP + b"text",
    "deep lists": b"<ul><li>" * DEEP,
    "deep tables": b"<table><tr><td>" * (DEEP // 10) + b"text",
    "deep json": b'<script type="application/ld+json">' + b'{"@graph":' * DEEP + b"</script><p>text",
    "json to the limit": b'<script type="application/ld+json">' + b'{"@graph":' * 900 + b"1" + b"}" * 900,
    "one attribute": b"<p class='" + b"share " * 500_000 + b"'>text",
    "many attributes": b"<p " + b"".join(b"a%d=1 " % number for number in range(3_000)) + b">text",
    "many boxes": b"<div class='share related widget'>" + b"<p class=related>x</p>" * 20_000,
    "many boxes with text": b"<div class='related'><p>" + b"word " * 120 + b"</p></div>" + b"".join(
        b"<div class='share'><p>" + b"word " * 120 + b"</p></div>" for _ in range(2_000)),
    "many forms": b"<form>x</form>y" * 20_000,
    "many styles": b"<style>x</style>y" * 20_000,
    "many bodies": b"<div class='post-body'>" * 300 + b"word " * 20_000,
    "many headings": b"<h1 class=entry-title>x</h1><div itemprop=headline>y</div>" * 4_000,
    "many scripts": b"<script type='application/ld+json'>{\"@type\": \"NewsArticle\"" * 5_000,
    "entities": b"<p>" + b"&amp;" * 200_000 + b"&#x10FFFF;&#xD800;&#0;" * 1_000,
    "entity bomb": b'<!DOCTYPE html [<!ENTITY a "x"><!ENTITY b "' + b"&a;" * 1_000 + b'">]><p>' + b"&b;" * 1_000,
    "nul": b"<p>" + b"a\x00" * 100_000,
    "surrogates": b"<p>" + b"\xed\xa0\x80" * 50_000,
    "one word": b"<p>" + b"a" * 1_000_000,
    "open tags": b"<" * 500_000,
    "comments": b"<!--" * 100_000,
    "spaces": b"<p>" + b" \n\t" * 300_000 + b"x",
    "dots": b"<p>" + b". " * 300_000,
    "parentheses": b"<p>" + b"(" * 100_000 + b"</p><p>" + b"TARNOW, " * 20_000 + b"</p>",
    "breaks": b"<p>" + b"<br>x" * 10_000,
    "titles": b"<title>" + b"a | " * 50_000 + b"</title><p>" + b"text " * 50,
}  # fmt: skip


@pytest.mark.parametrize("name", NASTIES)
@pytest.mark.parametrize("forum", [False, True])
def test_pages_made_to_harm(name: str, forum: bool) -> None:
    story = "".join(f"<p>{text}</p>" for text in paragraphs(2)).encode()
    for body in (NASTIES[name], b"<article class='entry-content'><h1>Told</h1>" + story + NASTIES[name]):
        outcome(b"<html><body>" + body, {"content-type": "text/html"}, forum=forum)
