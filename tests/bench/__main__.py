"""`python -m tests.bench`: ratios against peers, interleaved, median of five; people read stderr, programs stdout."""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

from pipeline.dedup.decide import deduplicate
from pipeline.dedup.texts import Text
from pipeline.demo.world import build_world
from pipeline.models import Kind
from tests.bench.crawl import crawl_cpu, crawl_memory, served_pages
from tests.bench.dedup import of_datasketch, of_gaoya, of_rensa, signed, texts_to_sign
from tests.bench.extract import (
    article_pages,
    extract_speedup,
    memory_over_pages,
    ours,
    posts_of,
    theirs,
    thread_pages,
)
from tests.bench.flow import end_to_end, month_of_runs, orchestration_share, tasks
from tests.bench.index import documents_per_cpu_second, index_room, index_rss, lookup_growth
from tests.bench.rededup import dask_speedup
from tests.bench.store import export_ratio, publish_megabytes, publish_requests, scan_ratio
from tests.eval.scores import minhash_lsh_clusters

_RUNS = 5


def main() -> int:
    """Run the measures whose names start with `--only`."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--only", default="", help="measures that start with this")
    arguments = parser.parse_args()
    for name, (peer, measure) in _MEASURES.items():
        if name.startswith(arguments.only):
            row = {"name": name, **measure(), "against": peer}
            sys.stderr.write(f"{name:40} {row['value']:8.3f} {row['unit']}, against {peer}\n")
            sys.stdout.write(json.dumps(row) + "\n")
            sys.stdout.flush()
    return 0


def _ratio(build: Callable[[], tuple[Callable[[], float], Callable[[], float]]]) -> dict[str, Any]:
    """CPU time of the peer over ours, interleaved after one try of each: above 1 we are faster."""
    ours, theirs = build()
    ours(), theirs()
    pairs = [(theirs(), ours()) for _ in range(_RUNS)]
    value = statistics.median(peer / own for peer, own in pairs)
    return {"value": round(value, 3), "unit": "ratio", "runs": _RUNS}


def _within(job: Callable[[], object]) -> Callable[[], float]:
    """The CPU seconds of a job in this process."""
    return lambda: _cpu(job)


def _cpu(job: Callable[[], object]) -> float:
    start = time.process_time()
    job()
    return time.process_time() - start


def _texts() -> dict[str, Any]:
    pages, makes = article_pages()
    return _ratio(lambda: (_within(lambda: ours(pages)), _within(lambda: theirs(pages)))) | {"pages": makes}


def _posts() -> dict[str, Any]:
    pages, makes = thread_pages()
    return _ratio(lambda: (_within(lambda: posts_of(pages)), _within(lambda: theirs(pages)))) | {"pages": makes}


def _dedup() -> tuple[Callable[[], float], Callable[[], float]]:
    rows = list(build_world(pages=300).truth())
    texts = {f"{number:06}": str(row["text"]) for number, row in enumerate(rows)}
    kinds = {f"{number:06}": Kind(str(row["kind"])) for number, row in enumerate(rows)}
    return (
        _within(lambda: deduplicate([Text(name, text, kind=kinds[name]) for name, text in texts.items()])),
        _within(lambda: minhash_lsh_clusters(texts)),
    )


def _signatures(peer: Callable[[list[str]], Callable[[], object]]) -> dict[str, Any]:
    texts = texts_to_sign()
    return _ratio(lambda: (_within(signed(texts)), _within(peer(texts))))


def _crawl() -> dict[str, Any]:
    with served_pages(3_000) as base:
        return _ratio(lambda: crawl_cpu(base))


_MEASURES: dict[str, tuple[str, Callable[[], dict[str, Any]]]] = {
    "extract.pages_per_cpu_s_vs_trafilatura": (
        f"trafilatura {version('trafilatura')} extract, default, which gives text alone",
        _texts,
    ),
    "extract.posts_vs_trafilatura": (f"trafilatura {version('trafilatura')} extract, default", _posts),
    "extract.parallel_speedup_2": ("one worker", lambda: extract_speedup(article_pages()[0])),
    "extract.rss_mb_20k_pages": (
        "its own memory and that of its workers after 10 % of the pages: `early`",
        lambda: memory_over_pages(article_pages()[0]),
    ),
    "dedup.documents_per_cpu_s": (
        f"datasketch {version('datasketch')} MinHashLSH at 0.5, no verification",
        lambda: _ratio(_dedup),
    ),
    "dedup.signature_vs_datasketch_bulk": (
        f"datasketch {version('datasketch')} MinHash.bulk, its default hash, words and 5-grams by Python",
        lambda: _signatures(of_datasketch),
    ),
    "dedup.signature_vs_rensa": (
        f"rensa {version('rensa')} RMinHash matrix, words and 5-grams by Python",
        lambda: _signatures(of_rensa),
    ),
    "dedup.signature_vs_gaoya": (
        f"gaoya {version('gaoya')} insert_document, which stores them too",
        lambda: _signatures(of_gaoya),
    ),
    "dedup.docs_per_cpu_s": (
        "nothing: the whole incremental stage beside a million documents",
        documents_per_cpu_second,
    ),
    "dedup.lookup_growth_10x": ("the same look-ups in an index of a tenth", lookup_growth),
    "dedup.index_bytes_per_doc": ("nothing: documents of 300 words", index_room),
    "dedup.rss_gb_1m": ("nothing: filling the index and running the stage", index_rss),
    "dedup.dask_speedup_2": ("one process; on a million documents and an idle machine", dask_speedup),
    "crawl.requests_per_cpu_s_vs_scrapy": (
        f"scrapy {version('scrapy')}, a bare spider on the same site",
        _crawl,
    ),
    "store.scan_vs_parquet": ("pyarrow on one Parquet file of the same rows; below 1 we are faster", scan_ratio),
    "store.export_vs_pyarrow": ("pyarrow copying one Parquet file; above 1 we are faster", export_ratio),
    "store.mb_per_2k_docs": ("nothing: what a publish writes to the tables", publish_megabytes),
    "store.requests_per_publish": ("nothing: what a publish asks of S3", publish_requests),
    "flow.orchestration_share": ("the same stages without Prefect, on one backfill", orchestration_share),
    "flow.tasks_per_1000_documents": ("nothing", tasks),
    "flow.end_to_end_vs_stages": ("the same stages without Prefect, wall time", end_to_end),
    "flow.server_p95_month": ("an empty server; 144,000 flow runs with their states, tasks and logs", month_of_runs),
    "crawl.rss_mb_100k_urls": ("its own memory after 10 % of the pages: `early`", crawl_memory),
}


if __name__ == "__main__":
    sys.exit(main())
