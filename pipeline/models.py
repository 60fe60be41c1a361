"""The values that pass between packages, and the ids that name them.

Every stored table is described by one frozen dataclass here; Arrow and JSON schemas are generated from these
(`pipeline.store.schemas`), so that a column has one definition.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from pipeline.scripts import count_words

__all__ = [
    "EXTRACTOR_VERSION",
    "SCHEMA_VERSION",
    "Capture",
    "CaptureOutcome",
    "Change",
    "Copy",
    "Document",
    "Finding",
    "Kind",
    "Method",
    "Outcome",
    "Precision",
    "Quote",
    "Relation",
    "RelationRow",
    "RunReport",
    "RunState",
    "SourceReport",
    "Story",
    "StoryChange",
    "Takedown",
    "Window",
    "article_id",
    "digest_item_id",
    "is_pasted",
    "new_run_id",
    "normalised_headline",
    "page_identity",
    "pasted_text",
    "post_id_of",
    "story_id",
    "text_sha256",
    "thread_id_of",
    "utc_now",
]

_NOT_IDENTITY = re.compile(r"^https?://(www\.)?|/$")
_PASTED_WORDS = 40  # of a quote; shorter ones are phrases
_NOT_ALPHANUMERIC = re.compile(r"[\W_]+")

SCHEMA_VERSION = 2
"""Of the columns of all tables. 2: stories tell `spread_hours` and `revisions`; there is a table of takedowns."""
EXTRACTOR_VERSION = 3
"""Raised whenever extraction may give another result for the same bytes; newer wins among equal captures."""


class Kind(StrEnum):
    """What a document is."""

    ARTICLE = "article"
    DIGEST_ITEM = "digest_item"
    POST = "post"


class Precision(StrEnum):
    """How exactly a publication time is known."""

    SECOND = "second"
    DAY = "day"
    MONTH = "month"


class Relation(StrEnum):
    """What was found out about a pair by comparing the texts."""

    SAME = "same"
    PARTIAL = "partial"
    CONTAINS = "contains"
    QUOTES = "quotes"
    RELATED = "related"


class Outcome(StrEnum):
    """How a capture ended; every capture ends in exactly one of these."""

    EXTRACTED = "extracted"
    INDEX = "index"
    REJECTED = "rejected"
    FAILED = "failed"


class Method(StrEnum):
    """Where the pages of a chunk come from: the live site, its own archives, other archives, or our raw store.

    The last four are those of a backfill.
    """

    LIVE = "live"
    SITE = "site"
    WAYBACK = "wayback"
    COMMON_CRAWL = "common-crawl"
    REPROCESS = "reprocess"


class RunState(StrEnum):
    """States of a run; `published`, `discarded` and `empty` are final. A held run waits for a person."""

    CRAWLING = "crawling"
    CRAWLED = "crawled"
    STAGED = "staged"
    HELD = "held"
    PUBLISHED = "published"
    DISCARDED = "discarded"
    EMPTY = "empty"


class Change(StrEnum):
    """What happened to a story between two corpus versions."""

    ADDED = "added"
    CHANGED = "changed"
    MERGED = "merged"
    SPLIT = "split"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Quote:
    """Text that a post repeats: from another post, or, when it is nobody's on the board, pasted from elsewhere."""

    author: str | None
    post_id: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Capture:
    """One archived HTTP exchange.

    `offset` and `length` are bytes of one gzip member in the object `warc`.
    """

    url: str
    fetched_at: datetime
    status: int
    mime: str
    role: str
    warc: str
    offset: int
    length: int
    payload_digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One state (revision) of one normalised text; a row of the table `documents`.

    `revision`, `added_at` and `first_added_at` are given when the run is published; staged rows have 0 and None.
    Times are aware and UTC. Offsets and lengths are bytes.
    """

    id: str
    revision: int = 0
    source: str
    kind: Kind
    url: str
    page_url: str
    canonical_url: str | None = None
    title: str | None = None
    authors: tuple[str, ...] = ()
    author_id: str | None = None
    agency: str | None = None
    agency_evidence: str | None = None
    published_at: datetime | None = None
    published_precision: Precision | None = None
    modified_at: datetime | None = None
    fetched_at: datetime
    added_at: datetime | None = None
    first_added_at: datetime | None = None
    language: str | None = None
    language_score: float | None = None
    text: str
    quotes: tuple[Quote, ...] = ()
    parent_id: str | None = None
    thread_id: str | None = None
    post_id: str | None = None
    position: int | None = None
    section: str | None = None
    tags: tuple[str, ...] = ()
    image_url: str | None = None
    word_count: int
    text_sha256: str
    tdm: bool | None = None
    warc: str | None = None
    warc_offset: int | None = None
    warc_length: int | None = None
    run_id: str
    extractor: int = EXTRACTOR_VERSION
    schema_version: int = SCHEMA_VERSION


@dataclass(frozen=True, slots=True, kw_only=True)
class RelationRow:
    """A decision about the pair (a, b) of document ids; the latest version wins. A row of `relations`.

    For `contains`, `a` is the container; otherwise a < b. `relation` None says that a former relation holds no more.
    `together`: the stories of both are decided in one go, because of the passages that they share.
    Containments are shares of a's (b's) shingles that stand in the other text; words are counted in the texts.
    """

    a: str
    b: str
    relation: Relation | None
    jaccard: float
    containment_a: float
    containment_b: float
    matched_words: int
    new_words_a: int
    new_words_b: int
    together: bool
    evidence: str
    version: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryChange:
    """One change of one story at one corpus version; a row of `story_changes`."""

    version: int
    op: Change
    story_id: str
    members: tuple[str, ...]
    canonical_id: str | None
    reason: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Copy:
    """A member of a story as the row of the story shows it."""

    id: str
    source: str
    url: str
    published_at: datetime | None
    relation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One story at one corpus version: its canonical text and who ran it. A row of `stories`.

    `spread_hours` lie between the first copy and the last, `revisions` counts the states of all copies; both are None
    in rows of schema 1 that no later version touched.
    """

    story_id: str
    id: str
    source: str
    kind: Kind
    url: str
    title: str | None
    authors: tuple[str, ...]
    agency: str | None
    published_at: datetime | None
    language: str | None
    text: str
    word_count: int
    copies: tuple[Copy, ...]
    sources: tuple[str, ...]
    first_seen: datetime
    last_seen: datetime
    reason: str
    version: int
    since_version: int
    spread_hours: float | None = None
    revisions: int | None = None
    month: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Takedown:
    """What was taken out of the corpus and is refused from then on; a row of `takedowns`.

    `what` is url, source, author, id or text; of an author and a text `value` is a sha256 (hex), and `minhash` the
    text's signature. `ids`, `urls` and `captures` (`<warc> <offset> <length>`) name what was removed with it.
    """

    version: int
    what: str
    value: str
    minhash: bytes | None
    reason: str
    requested_at: datetime
    ids: tuple[str, ...]
    urls: tuple[str, ...]
    captures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in the store that is not as it was written: which object, what is wrong, and what to do."""

    thing: str
    problem: str
    remedy: str


@dataclass(frozen=True, slots=True)
class CaptureOutcome:
    """How one capture ended: one outcome with a reason, and the number of documents it gave."""

    url: str
    outcome: Outcome
    reason: str
    documents: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceReport:
    """What one source gave in one run. `finished` False: the crawl ended early, for `error`.

    `limited`: it fetched as many pages as it was allowed to, and there may be more.
    `captures` counts everything archived, `pages` what is not a listing. `gaps`: what may have been missed since the
    last visit. `passed_over`: addresses that listings named and that were not followed, by reason.
    """

    source: str
    finished: bool
    error: str | None
    requests: int
    fetched: dict[str, int]
    manifests: tuple[str, ...]
    captures: int = 0
    pages: int = 0
    notes: tuple[str, ...] = ()
    gaps: tuple[str, ...] = ()
    passed_over: dict[str, int] = field(default_factory=dict)
    limited: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport:
    """The account of a run; `outcomes` add up to `captures`.

    With a window, `outside_window` counts documents left out, and `undated` those kept whose only time is the
    capture's. `fields` counts, by source, the documents that have a field, and sums `text_words`.
    """

    run_id: str
    sources: tuple[SourceReport, ...]
    captures: int
    outcomes: dict[str, int]
    documents: int
    documents_by_source: dict[str, int]
    outside_window: int = 0
    undated: int = 0
    fields: dict[str, dict[str, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Window:
    """Days of a text's own time: from `start` 00:00Z up to the end of `end`."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError(f"the window ends ({self.end}) before it starts ({self.start}): swap the two dates")

    def split(self, days: int) -> tuple[Window, ...]:
        """The window in parts of so many days, the last one maybe shorter."""
        starts = [self.start + timedelta(offset) for offset in range(0, (self.end - self.start).days + 1, days)]
        return tuple(Window(start, min(self.end, start + timedelta(days - 1))) for start in starts)

    def __contains__(self, moment: datetime) -> bool:
        begin = datetime.combine(self.start, time(), UTC)
        return begin <= moment < datetime.combine(self.end, time(), UTC) + timedelta(days=1)


def is_pasted(quote: Quote) -> bool:
    """Whether a quote is a passage that nobody on the board wrote: what it was copied from is to be found."""
    return quote.author is None and quote.post_id is None and count_words(quote.text) >= _PASTED_WORDS


def pasted_text(quotes: Iterable[Quote]) -> str:
    """What a post pastes apart from its author's own words."""
    return "\n\n".join(quote.text for quote in quotes if is_pasted(quote))


def utc_now() -> datetime:
    """The present, aware and in UTC."""
    return datetime.now(UTC)


def new_run_id(now: datetime, salt: str) -> str:
    """A run id that sorts by time: `20261101T120000Z-1a2b3c4d`."""
    return f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{_digest('run', now.isoformat(), salt)[:8]}"


def _digest(*parts: str) -> str:
    return hashlib.blake2b("\x1f".join(parts).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def page_identity(normalised_url: str) -> str:
    """What of a normalised URL names the page: http and https, with and without `www.` or a last slash, are one."""
    return _NOT_IDENTITY.sub("", normalised_url)


def article_id(source: str, normalised_url: str) -> str:
    """Id of the article (or of the page of a digest) at a normalised URL of a source."""
    return _digest("article", source, page_identity(normalised_url))


def thread_id_of(source: str, normalised_url: str) -> str:
    """Id of a forum thread, by the normalised URL of its first page."""
    return _digest("thread", source, page_identity(normalised_url))


def post_id_of(source: str, post_id: str | None, *, thread_id: str, position: int) -> str:
    """Id of a post: by the engine's own post id, or by thread and position where the engine shows none."""
    if post_id is not None:
        return _digest("post", source, post_id)
    return _digest("post", source, thread_id, str(position))


def normalised_headline(headline: str) -> str:
    """Headline for comparing: NFKC, case folded, letters and digits only, single spaces."""
    folded = unicodedata.normalize("NFKC", headline).casefold()
    return " ".join(_NOT_ALPHANUMERIC.sub(" ", folded).split())


def digest_item_id(parent_id: str, headline: str, ordinal: int) -> str:
    """Id of a story inside a digest; `ordinal` counts among items with an equal headline."""
    return _digest("digest_item", parent_id, normalised_headline(headline), str(ordinal))


def story_id(first_member: str) -> str:
    """Id of a story, minted from the first of its members to be published (and the version that publishes it)."""
    return _digest("story", first_member)


def text_sha256(text: str) -> str:
    """sha256 (hex) of a text in UTF-8."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
