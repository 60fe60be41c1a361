"""`python -m tests.bench`: ratios against peers, interleaved, median of five; people read stderr, programs stdout."""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from urllib.parse import urlsplit

import trafilatura

from pipeline.dedup.decide import deduplicate
from pipeline.dedup.verify import Text
from pipeline.demo.world import World, build_world
from pipeline.extract.documents import extract_page
from pipeline.extract.page import Page, SourceFacts
from pipeline.models import Kind
from tests.eval.scores import minhash_lsh_clusters

_RUNS = 5


def main() -> int:
    """Run the measures whose names start with `--only`."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--only", default="", help="measures that start with this")
    arguments = parser.parse_args()
    world = build_world(pages=300)
    for name, (peer, build) in _MEASURES.items():
        if name.startswith(arguments.only):
            ratio = _ratio(*build(world))
            row = {"name": name, "value": round(ratio, 3), "unit": "ratio", "runs": _RUNS, "against": peer}
            sys.stderr.write(f"{name:40} {ratio:8.3f} x {peer}\n")
            sys.stdout.write(json.dumps(row) + "\n")
    return 0


def _ratio(ours: Callable[[], object], theirs: Callable[[], object]) -> float:
    """CPU time of the peer over ours, interleaved: above 1 we are faster."""
    ours(), theirs()
    pairs = [(_cpu(theirs), _cpu(ours)) for _ in range(_RUNS)]
    return statistics.median(peer / own for peer, own in pairs)


def _cpu(job: Callable[[], object]) -> float:
    start = time.process_time()
    job()
    return time.process_time() - start


def _extract(world: World) -> tuple[Callable[[], object], Callable[[], object]]:
    pages: list[Page] = []
    for row in world.truth():
        url = str(row["url"])
        parts = urlsplit(url)
        if row["kind"] == "article" and len(pages) < 100:
            body = world.respond(parts.hostname or "", parts.path, parts.query, {}).body
            pages.append(Page(url, body, datetime.now(UTC), {"content-type": "text/html; charset=utf-8"}))
    facts = SourceFacts(source="bench")

    def ours() -> object:
        return [extract_page(page, facts, url=page.url, run_id="bench") for page in pages]

    def theirs() -> object:
        return [trafilatura.bare_extraction(page.body, url=page.url, with_metadata=True) for page in pages]

    return ours, theirs


def _dedup(world: World) -> tuple[Callable[[], object], Callable[[], object]]:
    rows = list(world.truth())
    texts = {f"{number:06}": str(row["text"]) for number, row in enumerate(rows)}
    kinds = {f"{number:06}": Kind(str(row["kind"])) for number, row in enumerate(rows)}
    return (
        lambda: deduplicate([Text(name, text, kind=kinds[name]) for name, text in texts.items()]),
        lambda: minhash_lsh_clusters(texts),
    )


_MEASURES = {
    "extract.pages_per_cpu_s": (f"trafilatura {version('trafilatura')} default, with metadata", _extract),
    "dedup.documents_per_cpu_s": (f"datasketch {version('datasketch')} MinHashLSH at 0.5, no verification", _dedup),
}


if __name__ == "__main__":
    sys.exit(main())
