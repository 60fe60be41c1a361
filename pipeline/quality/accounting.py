"""The sums of a run: every capture has exactly one outcome, every document its source."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from pipeline.errors import CorruptDataError
from pipeline.models import CaptureOutcome, Document, RunReport, SourceReport
from pipeline.sources.declaration import COUNTED_FIELDS

__all__ = ["Tally", "check_report", "run_report"]


@dataclass
class Tally:
    """Counts of staged documents, kept while a run is extracted. `fields` counts, by source, what they have."""

    documents: Counter[str] = field(default_factory=Counter)
    fields: dict[str, Counter[str]] = field(default_factory=dict)
    outside_window: int = 0
    undated: int = 0

    def count(self, documents: Iterable[Document]) -> None:
        """Take documents into account."""
        for document in documents:
            self.documents[document.source] += 1
            has = self.fields.setdefault(document.source, Counter())
            has["text_words"] += document.word_count
            has.update(name for name in COUNTED_FIELDS if getattr(document, name))


def run_report(
    run_id: str,
    sources: Iterable[SourceReport],
    outcomes: Iterable[tuple[str, CaptureOutcome]],
    tally: Tally,
) -> RunReport:
    """The account of a run.

    Args:
        run_id: the run.
        sources: how each source's crawl ended.
        outcomes: (source, outcome) of every capture.
        tally: the documents staged.

    Raises:
        CorruptDataError: the sums do not match.
    """
    outcomes = list(outcomes)
    counted = Counter(f"{one.outcome.value}:{one.reason}" for _, one in outcomes)
    report = RunReport(
        run_id=run_id,
        sources=tuple(sources),
        captures=counted.total(),
        outcomes=dict(sorted(counted.items())),
        documents=tally.documents.total(),
        documents_by_source=dict(sorted(tally.documents.items())),
        outside_window=tally.outside_window,
        undated=tally.undated,
        fields={source: dict(sorted(has.items())) for source, has in sorted(tally.fields.items())},
    )
    check_report(report, sum(one.documents for _, one in outcomes))
    return report


def check_report(report: RunReport, documents: int) -> None:
    """Compare a report's sums with the captures that its sources archived, and with the documents they gave.

    Raises:
        CorruptDataError: a capture vanished without an outcome, or a document without a source.
    """
    archived = sum(source.captures for source in report.sources)
    counted = sum(report.outcomes.values())
    if not archived == counted == report.captures:
        raise CorruptDataError(
            f"run {report.run_id}: {archived} captures archived but {counted} outcomes counted; run it again"
        )
    if not documents == report.documents == sum(report.documents_by_source.values()):
        raise CorruptDataError(
            f"run {report.run_id}: {documents} documents extracted, {report.documents} staged; run it again"
        )
