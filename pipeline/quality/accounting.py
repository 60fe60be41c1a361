"""The sums of a run: every capture has exactly one outcome, every document its source."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from pipeline.errors import CorruptDataError
from pipeline.models import CaptureOutcome, RunReport, SourceReport

__all__ = ["check_report", "run_report"]


def run_report(
    run_id: str,
    sources: Iterable[SourceReport],
    outcomes: Iterable[tuple[str, CaptureOutcome]],
    documents: Counter[str],
) -> RunReport:
    """The account of a run.

    Args:
        run_id: the run.
        sources: how each source's crawl ended.
        outcomes: (source, outcome) of every capture.
        documents: documents staged, by source.

    Raises:
        CorruptDataError: the sums do not match.
    """
    counted = Counter(f"{one.outcome.value}:{one.reason}" for _, one in outcomes)
    report = RunReport(
        run_id=run_id,
        sources=tuple(sources),
        captures=counted.total(),
        outcomes=dict(sorted(counted.items())),
        documents=documents.total(),
        documents_by_source=dict(sorted(documents.items())),
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
