"""Writes the texts of the plan's stories, pieces and posts: the same object feeds the pages and the truth."""

from dataclasses import dataclass
from functools import lru_cache
from random import Random
from typing import Final

from pipeline.demo import edits, lexicon, names
from pipeline.demo.desks import DESKS
from pipeline.demo.edits import Text
from pipeline.demo.grammar import Cast, Writer
from pipeline.demo.outlets import AGENCY, Outlet
from pipeline.demo.plan import Piece, Post, Story
from pipeline.demo.reports import report

_CREDITS: Final = {"dash": 22, "colon": 18, "slash": 14, "byline": 14, "line": 12, "end": 6, "dropped": 14}


@dataclass(frozen=True, slots=True)
class Written:
    """A printed text: paragraphs as a perfect extractor gives them, and what stands around them."""

    headline: str
    paragraphs: tuple[str, ...]
    authors: tuple[str, ...]
    agency: str | None
    credit_line: str = ""

    @property
    def byline(self) -> str:
        return " and ".join(self.authors) or (self.agency or "")


@lru_cache(maxsize=2048)
def _cast(seed: int, event: int, desk: str) -> Cast:
    return Cast.draw(Random(f"{seed}/cast/{event}"), desk)


def headline(seed: int, story: Story, variant: int = 0) -> str:
    """The story's own headline, or (a `variant` other than 0) one that a desk wrote anew."""
    if story.template:
        return _report(seed, story, story.template)[0]
    rng = Random(f"{seed}/head/{story.number}/{variant}")
    return Writer(rng, story.desk, _cast(seed, story.event, story.desk)).any(lexicon.HEADS)


def _report(seed: int, story: Story, template: str) -> tuple[str, Text]:
    series = Random(f"{seed}/series/{story.series}")
    return report(template, series=series, instance=Random(f"{seed}/report/{story.number}"), at=story.at)


@lru_cache(maxsize=512)
def _body(seed: int, story: Story) -> Text:
    if story.template:
        return _report(seed, story, story.template)[1]
    rng = Random(f"{seed}/body/{story.number}")
    writer = Writer(rng, story.desk, _cast(seed, story.event, story.desk))
    sentences = [writer.any(lexicon.LEADS)]
    if story.event != story.number:
        sentences += _continued(seed, story, rng, writer)
    else:
        target = rng.triangular(165, 640, 300)
        while sum(len(sentence.split()) for sentence in sentences) < target:
            sentences.append(writer.any(lexicon.FRAMES))
    return _paragraphs(sentences, rng)


def _continued(seed: int, story: Story, rng: Random, writer: Writer) -> list[str]:
    """About half of the first story's sentences, in their order, with new ones between them."""
    first = Story(story.event, story.event, story.desk, story.at, story.origin)
    old = [sentence for paragraph in _body(seed, first) for sentence in paragraph]
    kept = sorted(rng.sample(range(len(old)), k=round(rng.uniform(0.42, 0.58) * len(old))))
    mixed = [old[index] for index in kept]
    for _ in range(len(old) - len(kept)):
        mixed.insert(rng.randint(0, len(mixed)), writer.any(lexicon.FRAMES))
    return mixed


def _paragraphs(sentences: list[str], rng: Random) -> Text:
    paragraphs, at = [], 0
    while at < len(sentences):
        size = 1 if at == 0 else rng.choices((1, 2, 3), (3, 4, 2))[0]
        paragraphs.append(tuple(sentences[at : at + size]))
        at += size
    return tuple(paragraphs)


def _own_words(frames: str, desk: str, rng: Random, least: int, most: int) -> tuple[str, ...]:
    """Sentences of somebody's own, between `least` and `most` words in all."""
    writer = Writer(rng, desk, Cast.draw(rng, desk))
    target = rng.randint(least, max(least, round(0.7 * most)))
    while True:
        sentences: list[str] = []
        while (count := sum(len(sentence.split()) for sentence in sentences)) < target:
            sentences.append(writer.any(frames))
        if count <= most:
            return tuple(sentences)
        target = least


def _edited(seed: int, piece: Piece, rng: Random) -> Text:
    text = _body(seed, piece.story)
    match piece.change:
        case "light":
            return edits.light(text, rng)
        case "heavy":
            return edits.heavy(text, rng, _own_words(lexicon.REMARKS, piece.story.desk, rng, 20, 60))
        case "truncated":
            return edits.truncated(text, rng)
        case "teaser":
            return edits.teaser(text, rng)
    return text


def _corrected(seed: int, piece: Piece, text: Text) -> Text:
    """The text after the outlet's own edits of what it had printed."""
    for count, edit in enumerate(piece.edits):
        rng = Random(f"{seed}/edit/{piece.number}/{count}")
        own = _own_words(lexicon.REMARKS, piece.story.desk, rng, 20, 60) if edit == "paragraph" else ()
        text = edits.corrected(text, edit, rng, own)
    return text


def _credit(piece: Piece, outlet: Outlet, rng: Random) -> str:
    if outlet.platform == "agency":
        return "dash"
    if piece.story.origin != 0:
        return "own" if rng.random() < 0.4 and not piece.story.template else "none"
    style = rng.choices(list(_CREDITS), list(_CREDITS.values()))[0]
    return "dropped" if outlet.platform == "blogger" and style == "byline" else style


def _dateline(style: str, place: str, story: Story) -> str:
    town, day = place.upper(), f"{story.at:%B} {story.at.day}"
    match style:
        case "dash":
            return f"{town}, {day} ({AGENCY}) - "
        case "colon":
            return f"{town} ({AGENCY}): "
        case "slash":
            return f"{town}, {story.at:%b} {story.at.day} /{AGENCY}/ - "
        case "own" | "line":
            return f"{town} — "
    return ""


@lru_cache(maxsize=256)
def staff(seed: int, outlet: Outlet) -> tuple[str, ...]:
    rng = Random(f"{seed}/staff/{outlet.index}")
    return tuple(names.person(rng) for _ in range(1 if outlet.platform == "blogger" else 9))


def _authors(seed: int, outlet: Outlet, style: str, rng: Random) -> tuple[str, ...]:
    people = staff(seed, outlet)
    if style == "byline" or outlet.platform == "blogger":
        return () if style == "byline" else people
    return tuple(rng.sample(people, k=rng.choices((0, 1, 2), (2, 6, 2))[0]))


def writes_headline(piece: Piece) -> bool:
    """Whether the desk that copied the story gave it a headline of its own."""
    return piece.change is not None and piece.number % 3 == 0


def piece_headline(seed: int, piece: Piece) -> str:
    return headline(seed, piece.story, piece.number if writes_headline(piece) else 0)


def write_piece(seed: int, piece: Piece, outlet: Outlet) -> Written:
    rng = Random(f"{seed}/piece/{piece.number}")
    style = _credit(piece, outlet, rng)
    place = _cast(seed, piece.story.event, piece.story.desk).places[0]
    text = _corrected(seed, piece, _edited(seed, piece, rng))
    paragraphs = [" ".join(paragraph) for paragraph in text]
    paragraphs[0] = _dateline(style, place, piece.story) + paragraphs[0]
    if style == "end":
        paragraphs[-1] += f" /{AGENCY}/"
    if piece.change == "comment":
        own = " ".join(_own_words(lexicon.REMARKS, piece.story.desk, rng, 20, 78))
        paragraphs.insert(0 if rng.random() < 0.3 else len(paragraphs), own)
    return Written(
        headline=piece_headline(seed, piece),
        paragraphs=tuple(paragraphs),
        authors=_authors(seed, outlet, style, rng),
        agency=AGENCY if style in {"dash", "colon", "slash", "byline", "line", "end"} else None,
        credit_line=f"Source: {AGENCY}" if style == "line" else "",
    )


def member(seed: int, number: int) -> str:
    return names.handle(Random(f"{seed}/member/{number}"))


@lru_cache(maxsize=512)
def write_post(seed: int, post: Post, outlets: tuple[Outlet, ...]) -> Written:
    """A post's own text, a pasted article included, quotes left out."""
    if post.twin:
        return write_post(seed, post.twin, outlets)
    rng = Random(f"{seed}/post/{post.number}")
    if post.story is None:
        desk = rng.choice(tuple(DESKS))
        sentences = [_spoken(text, rng) for text in _own_words(lexicon.CHAT, desk, rng, 15, 120)]
        half = rng.randint(1, len(sentences))
        lines = tuple(" ".join(part) for part in (sentences[:half], sentences[half:]) if part)
        return Written("", lines, (member(seed, post.author),), None)
    return _pasted(seed, post, post.story, outlets[post.story.origin], rng)


def _spoken(text: str, rng: Random) -> str:
    text = text[0].lower() + text[1:] if rng.random() < 0.4 else text
    return text + rng.choice((".", ".", ".", "!", "...", "?"))


def _pasted(seed: int, post: Post, story: Story, origin: Outlet, rng: Random) -> Written:
    text = _body(seed, story)
    text = edits.truncated(text, rng) if post.change == "truncated" else text
    paragraphs = [" ".join(paragraph) for paragraph in text]
    place = _cast(seed, story.event, story.desk).places[0]
    wire = origin.platform == "agency" and rng.random() < 0.75
    day = f"{story.at.day} {story.at:%B}, {story.at:%Y}"
    source = rng.choice((f"{origin.name} . {place} {day}, {story.at:%H:%M}", f"{origin.name}, {day}"))
    lines = [headline(seed, story), source if wire or origin.index else f"Published: {day}", *paragraphs]
    if rng.random() < 0.5:
        most = min(60, edits.words(text) // 2)
        own = " ".join(_spoken(text, rng) for text in _own_words(lexicon.CHAT, story.desk, rng, 8, most))
        lines.insert(0 if rng.random() < 0.4 else len(lines), own)
    return Written(headline(seed, story), tuple(lines), (member(seed, post.author),), AGENCY if wire else None)
