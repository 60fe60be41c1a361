"""One page -> its documents: detect first (thread, digest, article), then the matching reader."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from lxml import html

from pipeline.errors import ExtractError
from pipeline.extract.agency import agency_called, find_agency
from pipeline.extract.authors import Credits
from pipeline.extract.blocks import find_container
from pipeline.extract.body import article_paragraphs
from pipeline.extract.boilerplate import line_key
from pipeline.extract.containers import count_words
from pipeline.extract.dates import plausible
from pipeline.extract.declared import read_declared
from pipeline.extract.digest import Section, split_digest
from pipeline.extract.encoding import mended
from pipeline.extract.furniture import without_furniture
from pipeline.extract.language import detect_language
from pipeline.extract.metadata import Metadata, read_metadata, reserved_against_mining
from pipeline.extract.page import Extraction, Page, SourceFacts, parse
from pipeline.extract.threads import said_in
from pipeline.forums.engine import ForumEngine, Post
from pipeline.forums.registry import engine_of
from pipeline.forums.zones import board_zone
from pipeline.models import (
    Document,
    Kind,
    Precision,
    article_id,
    digest_item_id,
    normalised_headline,
    post_id_of,
    text_sha256,
    thread_id_of,
)
from pipeline.sources.urls import normalise_url

__all__ = ["extract_page", "pseudonymous", "storable"]

_CREDIT = re.compile(r"(?i)^(source|quelle|fuente|fonte|источник|via|credit)\s*:\s*\S")
_NO_CREDIT = Credits((), ())


@dataclass(frozen=True, slots=True)
class _Draft:
    """Facts common to all documents of a page. URLs come normalised from the caller."""

    page: Page
    facts: SourceFacts
    url: str
    run_id: str
    language: str | None
    tdm: bool | None


def extract_page(page: Page, facts: SourceFacts, *, url: str, run_id: str) -> Extraction:
    """Turn a page into documents.

    Args:
        page: the bytes and where they came from.
        facts: what the source's declaration says.
        url: the page's normalised URL, which names its documents.
        run_id: the run that made the capture.

    Raises:
        ExtractError: the page gives no document; `reason` is the outcome's.
    """
    tree = parse(page)
    declared = read_declared(tree, page.url)
    tdm = reserved_against_mining(declared, page)
    if tdm and facts.obey_tdm:
        raise ExtractError("tdm_reserved", "the site reserves its texts against mining")
    board_at = _board_time(tree, page, facts) if facts.forum else None
    engine = engine_of(
        tree, source=page.body if b"\x00" not in page.body[:4096] else None, board_at=board_at, url=page.url
    )
    if engine is not None:
        draft = _Draft(page, facts, url, run_id, facts.language, tdm)
        return _thread(tree, engine, draft)
    metadata = _mended_facts(read_metadata(tree, declared, page, facts))
    draft = _Draft(page, facts, url, run_id, facts.language or metadata.language, tdm)
    tree = without_furniture(tree, page.url)
    container = find_container(tree)
    sections = split_digest(container.lines, metadata.title)
    removed: list[str] = []
    if sections:
        kept = [replace(one, paragraphs=tuple(_without_lines(one.paragraphs, facts, removed))) for one in sections]
        items = _digest_items([one for one in kept if one.paragraphs], metadata, draft)
        return Extraction("digest", tuple(items), tuple(removed))
    told = article_paragraphs(tree, container, metadata.title, metadata.titles, metadata.credit.authors)
    paragraphs = _without_lines(told, facts, removed)
    return Extraction("article", (_article(paragraphs, metadata, draft),), tuple(removed))


def _without_lines(paragraphs: Sequence[str], facts: SourceFacts, removed: list[str]) -> list[str]:
    """The paragraphs without those that the host repeats; what is taken out is added to `removed`."""
    if not facts.boilerplate:
        return list(paragraphs)
    keyed = [(line_key(mended(paragraph)), paragraph) for paragraph in paragraphs]
    removed += [key for key, _ in keyed if key in facts.boilerplate]
    return [paragraph for key, paragraph in keyed if key not in facts.boilerplate]


def _board_time(tree: html.HtmlElement, page: Page, facts: SourceFacts) -> datetime:
    """The time of the capture in the zone of the declaration; where that tells none, in that which the board tells."""
    told = board_zone(tree) if facts.timezone == "UTC" else None
    return page.fetched_at.astimezone(told or ZoneInfo(facts.timezone))


def pseudonymous(document: Document, salt: str) -> Document:
    """The document with salted ids in place of all names of authors."""

    def hidden(name: str) -> str:
        return hashlib.blake2b(name.casefold().encode("utf-8", "replace"), key=salt.encode(), digest_size=8).hexdigest()

    authors = tuple(hidden(name) for name in document.authors)
    quotes = tuple(replace(one, author=hidden(one.author) if one.author else None) for one in document.quotes)
    evidence = document.agency_evidence
    if evidence is not None and evidence.startswith("byline:"):
        evidence = f"byline: {document.agency}"
    return replace(
        document, authors=authors, author_id=authors[0] if authors else None, quotes=quotes, agency_evidence=evidence
    )


def storable(document: Document) -> Document:
    """The document as tables can hold it: lone surrogates replaced, a position that no thread has left out."""
    clean: Document = _clean(document)
    position = clean.position
    return clean if position is None or 0 <= position < 2**31 else replace(clean, position=None)


def _clean(value: Any) -> Any:
    if isinstance(value, str) and not isinstance(value, StrEnum):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, tuple):
        return tuple(_clean(part) for part in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{one.name: _clean(getattr(value, one.name)) for one in fields(value)})
    return value


def _article(paragraphs: list[str], metadata: Metadata, draft: _Draft) -> Document:
    words = sum(map(count_words, paragraphs))
    if words < draft.facts.min_words:
        raise ExtractError("too_short", f"{words} words of text")
    if metadata.title is None:
        raise ExtractError("no_title", "an article without a headline")
    name = article_id(draft.facts.source, draft.url)
    document = _document(draft, Kind.ARTICLE, name, paragraphs, credit=metadata.credit)
    canonical = metadata.canonical_url
    return replace(
        document,
        title=metadata.title,
        canonical_url=canonical if canonical != draft.page.url else None,
        published_at=metadata.published_at or _listed(draft),
        published_precision=metadata.precision
        if metadata.published_at
        else (Precision.SECOND if _listed(draft) else None),
        modified_at=metadata.modified_at,
        section=metadata.section,
        tags=metadata.tags,
        image_url=metadata.image_url,
    )


def _listed(draft: _Draft) -> datetime | None:
    listed_at = draft.page.listed_at
    return listed_at if listed_at is not None and plausible(listed_at, draft.page.fetched_at) else None


def _digest_items(sections: Sequence[Section], metadata: Metadata, draft: _Draft) -> list[Document]:
    parent, seen, documents = article_id(draft.facts.source, draft.url), Counter[str](), []
    credit = replace(metadata.credit, lines=())  # a source that the page names may be that of another item
    for position, section in enumerate(sections, 1):
        headline = normalised_headline(section.headline)
        identity = digest_item_id(parent, section.headline, seen[headline])
        seen[headline] += 1
        document = _document(draft, Kind.DIGEST_ITEM, identity, section.paragraphs, credit=credit)
        documents.append(
            replace(
                document,
                title=section.headline,
                published_at=metadata.published_at,
                published_precision=metadata.precision,
                parent_id=parent,
                position=position,
                tags=metadata.tags,
            )
        )
    return documents


def _thread(tree: html.HtmlElement, engine: ForumEngine, draft: _Draft) -> Extraction:
    posts = engine.posts(tree, draft.page.url, _board_time(tree, draft.page, draft.facts))
    if not posts:
        raise ExtractError("no_posts", f"a page of {engine.name} without posts")
    key = normalise_url(engine.thread_key(tree, draft.page.url))
    thread, title = thread_id_of(draft.facts.source, key), _mended(engine.title(tree))
    documents = [
        document
        for order, post in enumerate(posts, 1)
        if (document := _post(post, title, thread, order, draft)) is not None
    ]
    if not documents:
        raise ExtractError("no_text", "posts without text of their own")
    return Extraction("thread", tuple(documents))


def _post(post: Post, title: str | None, thread: str, order: int, draft: _Draft) -> Document | None:
    said = said_in(post, draft.facts.known_agencies)
    if not said.own:
        return None
    # Without a place in the thread, the place on this page of it has to do.
    page = thread if post.position else thread_id_of(draft.facts.source, draft.url)
    identity = post_id_of(draft.facts.source, post.post_id, thread_id=page, position=post.position or order)
    position = post.position or (order if page == thread else None)
    authors = (mended(post.author),) if post.author else ()
    document = _document(draft, Kind.POST, identity, said.own)
    credit = find_agency(said.pasted, (), declared=draft.facts.known_agencies) if said.pasted else None
    if credit is not None:
        document = replace(document, agency=credit[0], agency_evidence=credit[1])
    return replace(
        document,
        url=post.permalink or draft.url,
        title=title,
        authors=authors,
        published_at=post.posted_at,
        published_precision=Precision.SECOND if post.posted_at else None,
        modified_at=post.edited_at,
        quotes=tuple(replace(one, author=_mended(one.author), text=_mended(one.text) or "") for one in said.quotes),
        thread_id=thread,
        post_id=post.post_id,
        position=position,
    )


def _mended_facts(metadata: Metadata) -> Metadata:
    authors = tuple(map(mended, metadata.credit.authors))
    return replace(metadata, title=_mended(metadata.title), credit=replace(metadata.credit, authors=authors))


def _mended(text: str | None) -> str | None:
    return text and "\n\n".join(mended(paragraph) for paragraph in text.split("\n\n"))


def _document(
    draft: _Draft,
    kind: Kind,
    identity: str,
    paragraphs: Sequence[str],
    *,
    credit: Credits = _NO_CREDIT,
) -> Document:
    facts, authors = draft.facts, credit.authors
    paragraphs = [mended(one) for one in paragraphs]
    agency = find_agency(paragraphs, (*authors, *credit.lines), own=facts.agency, declared=facts.known_agencies)
    if agency is not None and not (facts.agency and agency[0] == facts.agency):
        authors = tuple(name for name in authors if agency_called(name, facts.known_agencies) != agency[0])
    if kind is not Kind.POST:  # a line that only says where the text is from is not part of it
        paragraphs = [one for one in paragraphs if len(one) > 80 or not _CREDIT.match(one)]
    text = "\n\n".join(paragraphs)
    language = detect_language(text)
    return Document(
        id=identity,
        source=draft.facts.source,
        kind=kind,
        url=draft.url,
        page_url=draft.page.url,
        authors=authors,
        agency=agency[0] if agency else None,
        agency_evidence=agency[1] if agency else None,
        fetched_at=draft.page.fetched_at,
        language=language[0] if language else draft.language,
        language_score=language[1] if language else None,
        text=text,
        word_count=count_words(text),
        text_sha256=text_sha256(text),
        tdm=draft.tdm,
        run_id=draft.run_id,
    )
