"""Kill -9 at random instants, run again, and compare with what a quiet run gave.

An attempt takes several kills on one corpus, then runs to its end; its digest has to be that of a run nobody disturbed.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack

from pipeline.corpus.digest import corpus_digest
from pipeline.corpus.reader import Corpus
from tests.faults.attempts import Attempt, Count, Family, Ground, fresh
from tests.faults.collects import Collect, Crawl, Extract
from tests.faults.dedup import Dedup
from tests.faults.flow_runs import Flow, Runner, Server
from tests.faults.stores import S3, Publish

__all__ = ["FAMILIES", "run_family"]

FAMILIES: dict[str, Callable[[Ground, ExitStack, int], Family]] = {
    "crawl": Crawl,
    "extract": Extract,
    "collect": Collect,
    "publish": Publish,
    "dedup": Dedup,
    "server": Server,
    "runner": Runner,
    "flow": Flow,
    "s3": S3,
}


def run_family(name: str, kills: int, on: Ground) -> Count:
    """Run a family's kills; every one hits a living process, or it is not counted."""
    count = Count(f"faults.{name}")
    with ExitStack() as stack:
        family = FAMILIES[name](on, stack, kills)
        on = family.ground
        while count.kills < kills:
            folder = fresh(on.folder / f"{name}-{count.attempts}", on.seeds)
            attempt = Attempt(folder, on, count, min(family.at_once, kills - count.kills), family.variables())
            before = count.kills
            family.disturb(attempt)
            count.attempts += count.kills > before
            attempt.must(*family.finish)
            family.end(attempt)
            _compare(on.quiet, family.corpus(attempt), count)
            shutil.rmtree(folder)
    return count


def _compare(wanted: Corpus, found: Corpus, count: Count) -> None:
    want, got = (Counter(corpus.documents()["id"].to_pylist()) for corpus in (wanted, found))
    members = Counter(copy["id"] for copies in found.stories()["copies"].to_pylist() for copy in copies)
    count.lost += len(want.keys() - got.keys()) + len(want.keys() - members.keys())
    count.duplicated += sum(number - 1 for number in (got | members).values())
    count.duplicated += found.revisions(columns=["id"]).num_rows - len(got)
    count.differing += corpus_digest(wanted) != corpus_digest(found)
