"""Expectations of a run before it is staged for publishing: what was breached, and the alert about it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime

from pipeline.models import RunReport, utc_now
from pipeline.quality.expectations import DAY, Yield, breaches
from pipeline.sources.declaration import Expect, Source
from pipeline.stages.context import Context
from pipeline.store.runs import Run

__all__ = ["broken_expectations", "yields_of"]

_LOG = logging.getLogger(__name__)


def broken_expectations(context: Context, run: Run, report: RunReport, declared: Mapping[str, Source]) -> list[str]:
    """What the sources of a scheduled run should have brought and did not; each is logged and kept as an alert.

    Nothing is expected of a backfill, nor of a crawl that failed: that is an error already.
    """
    if run.kind != "collect":
        return []
    found, now = [], utc_now()
    finished = {one.source for one in report.sources if one.finished}
    for name in sorted(finished & declared.keys()):
        expect, since = declared[name].expect, context.runs.first_started_at(name)
        if expect == Expect() or since is None:
            continue
        yields = yields_of(context, name, since=now - DAY, without=run.run_id)
        yields.append(Yield(now, report.documents_by_source.get(name, 0), report.fields.get(name, {})))
        broken = breaches(expect, yields, known_since=since, now=now)
        if broken:
            _LOG.warning("%s breached its expectations: %s", name, "; ".join(broken))
            context.runs.alert("expectation", name, "; ".join(broken), run_id=run.run_id)
        else:
            context.runs.close_alert("expectation", name)
        found += [f"{name}: {text}" for text in broken]
    return found


def yields_of(context: Context, source: str, *, since: datetime, without: str = "") -> list[Yield]:
    """What the scheduled runs since a moment brought of a source, one run left out."""
    return [
        Yield(one.started_at, *_brought(one.report, source))
        for one in context.runs.find(source=source, since=since)
        if one.run_id != without and one.kind == "collect" and one.report
    ]


def _brought(report: Mapping[str, object], source: str) -> tuple[int, Mapping[str, int]]:
    documents, fields = report.get("documents_by_source"), report.get("fields")
    count = documents.get(source, 0) if isinstance(documents, Mapping) else 0
    return count, fields.get(source, {}) if isinstance(fields, Mapping) else {}
