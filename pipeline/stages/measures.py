"""Measures for Prometheus, in its text format: counted from state database, store and disk when they are asked for."""

from __future__ import annotations

import shutil
from collections import Counter

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from pipeline.models import RunState, utc_now
from pipeline.stages.context import Context
from pipeline.stages.health import source_health
from pipeline.store.alerts import Alerts
from pipeline.store.versions import latest_version

__all__ = ["exposition"]


def exposition(context: Context) -> bytes:
    """All measures.

    Raises:
        StoreError: the state database or the store cannot be read.
    """
    registry = CollectorRegistry(auto_describe=False)
    _of_sources(context, registry)
    _of_runs(context, registry)
    _of_corpus(context, registry)
    free = Gauge("copydesk_disk_free_bytes", "Free space of the data folder", registry=registry)
    free.set(shutil.disk_usage(context.settings.data_dir).free)
    return generate_latest(registry)


def _of_sources(context: Context, registry: CollectorRegistry) -> None:
    def gauge(name: str, text: str) -> Gauge:
        return Gauge(f"copydesk_source_{name}", text, ["source"], registry=registry)

    visit = gauge("last_visit_timestamp_seconds", "Start of the last scheduled crawl")
    text = gauge("last_text_timestamp_seconds", "Start of the last scheduled crawl that brought a document")
    documents = gauge("documents_24h", "Documents of the last 24 hours")
    errors = gauge("errors_in_a_row", "Scheduled crawls that failed since the last that did not")
    for one in source_health(context):
        documents.labels(one.source).set(one.by_day[0])
        errors.labels(one.source).set(one.errors)
        if one.last_visit_at:
            visit.labels(one.source).set(one.last_visit_at.timestamp())
        if one.last_text_at:
            text.labels(one.source).set(one.last_text_at.timestamp())


def _of_runs(context: Context, registry: CollectorRegistry) -> None:
    waiting = Gauge("copydesk_runs", "Runs that are not at their end, by state", ["state"], registry=registry)
    states = (RunState.CRAWLING, RunState.CRAWLED, RunState.STAGED, RunState.HELD)
    counts = Counter(run.state for run in context.runs.find(states=states))
    for state in states:
        waiting.labels(state.value).set(counts[state])
    alerts = Gauge("copydesk_alerts", "Open alerts, by kind", ["kind"], registry=registry)
    for kind, count in Counter(one.kind for one in Alerts(context.database).opened()).items():
        alerts.labels(kind).set(count)


def _of_corpus(context: Context, registry: CollectorRegistry) -> None:
    newest = latest_version(context.store)
    if newest is None:
        return
    Gauge("copydesk_corpus_version", "Newest corpus version", registry=registry).set(newest.version)
    age = Gauge("copydesk_corpus_age_seconds", "Age of the newest corpus version", registry=registry)
    age.set((utc_now() - newest.created_at).total_seconds())
    rows = Gauge("copydesk_corpus_rows", "Rows of the corpus, by what they are", ["what"], registry=registry)
    for what, count in newest.counts.items():
        rows.labels(what).set(count)
