"""Try pages: extract a few in the sandbox, so that a person sees what a source would give."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from pipeline.errors import ExtractError
from pipeline.extract.language import detect_language
from pipeline.extract.page import Page, SourceFacts
from pipeline.extract.sandbox import PageJob, extract_all
from pipeline.models import utc_now
from pipeline.settings import Settings
from pipeline.sources.urls import normalise_url
from pipeline.stages.asking import Answer

__all__ = ["Sample", "samples_of"]


@dataclass(frozen=True, slots=True)
class Sample:
    """The first document of a page, or why there is none; `detected` is (ISO 639 code, probability) of its text."""

    url: str
    kind: str | None = None
    title: str | None = None
    published_at: datetime | None = None
    precision: str | None = None
    words: int = 0
    documents: int = 0
    detected: tuple[str, float] | None = None
    problem: str | None = None


def samples_of(settings: Settings, answers: Iterable[Answer], *, forum: bool) -> dict[str, Sample]:
    """What each page gives, by the address that was asked; of a forum, also one of an unknown system."""
    asked = list(answers)
    found = {one.url: Sample(one.url, problem=one.why) for one in asked if not one.ok}
    pages = [one for one in asked if one.ok]
    facts = SourceFacts(source="probe", min_words=settings.extract.min_words, forum=forum)
    jobs = (
        PageJob(number, Page(one.final_url, one.body, utc_now(), dict(one.headers)), facts, _name(one), "probe")
        for number, one in enumerate(pages)
    )
    limits = settings.extract
    results = extract_all(jobs, workers=1, timeout_s=limits.page_timeout_s, memory_mb=limits.memory_mb) if pages else ()
    for job, result in results:
        url = pages[job.key].url
        if isinstance(result, ExtractError) or not result.documents:
            problem = str(result) if isinstance(result, ExtractError) else "no document"
            found[url] = Sample(url, problem=problem)
            continue
        first = result.documents[0]
        found[url] = Sample(
            url=url,
            kind=str(first.kind),
            title=first.title,
            published_at=first.published_at,
            precision=first.published_precision,
            words=sum(one.word_count for one in result.documents),
            documents=len(result.documents),
            detected=detect_language(first.text),
        )
    return found


def _name(answer: Answer) -> str:
    return normalise_url(answer.final_url)
