"""`python -m tests.bench.changing STORIES [PERCENT]`: what a publish costs in which one story of a hundred gets a copy.

The corpus is made by hand, a year of stories in S3 (moto); nothing is de-duplicated. Measured twice: with the stories
of the last days, and with any. Prints one JSON line each; a million stories take some minutes.
"""

from __future__ import annotations

import hashlib
import json
import random
import resource
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from pipeline.models import Change, Copy, Document, Kind, Story, StoryChange, text_sha256
from pipeline.stages.base import Base
from pipeline.stages.dedup import Changes
from pipeline.stages.publish import commit_changes, open_tables
from pipeline.store.files import added_files
from pipeline.store.objects import ObjectStore, open_store
from pipeline.store.schemas import to_arrow
from pipeline.store.versions import CorpusVersion
from pipeline.store.writing import TableWriter
from tests.bench.store import requests_in
from tests.support.s3_servers import moto_server

__all__ = ["measure"]

_START = datetime(2025, 11, 1, tzinfo=UTC)
_YEAR_S = 365 * 24 * 3600
_WORDS = [f"w{number}" for number in range(20_000)]
_CHUNK = 20_000


def measure(store: ObjectStore, log: Path, count: int, percent: int) -> Iterator[dict[str, object]]:
    """Rows of MB, requests and CPU seconds of two publishes, each on top of the same corpus of so many stories."""
    writer = TableWriter(store, "stories", -1)
    for start in range(0, count, _CHUNK):
        rows = [_story(number, count) for number in range(start, min(count, start + _CHUNK))]
        writer.append(to_arrow(Story, rows), runs=())
    base = Base(store, CorpusVersion(1, _START, {"stories": writer.compact(keep=(), keep_days=0)}))
    for name, chosen in (
        ("of the last days", range(count - count * percent // 100, count)),
        ("here and there", random.Random(5).sample(range(count), count * percent // 100)),
    ):
        before, cpu = requests_in(log), time.process_time()
        times = {_name(number): _story(number, count).first_seen for number in chosen}
        assert len(base.stories_at(times)) == len(chosen)
        written = commit_changes(open_tables(base), base, _changes(chosen, count), ["r"])
        sums = added_files(store, base.tables, written)
        yield {
            "name": "store.mb_per_percent_changed", "value": _megabytes(sums[key].size_bytes for key in sums),
            "unit": "MB", "stories": count, "changed": len(chosen), "which": name,
            "in_stories": _megabytes(sums[key].size_bytes for key in sums if key.startswith("tables/stories/")),
            "requests": (requests_in(log) - before).total(), "cpu_s": round(time.process_time() - cpu, 1),
            "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        }  # fmt: skip


def _changes(chosen: Sequence[int], count: int) -> Changes:
    """Each of these stories gains a second copy."""
    stories, documents = tuple(_second(number, count) for number in chosen), [_copy(one, count) for one in chosen]
    return Changes(
        documents=tuple(documents),
        relations=(),
        story_changes=tuple(
            StoryChange(
                version=2, op=Change.CHANGED, story_id=one.story_id, members=tuple(copy.id for copy in one.copies),
                canonical_id=one.id, reason=one.reason,
            )
            for one in stories
        ),
        stories=stories, gone_stories=frozenset(), months=frozenset(one.month for one in stories), sketches={},
        noticed=(),
    )  # fmt: skip


def _story(number: int, count: int) -> Story:
    seen, name = _START + timedelta(seconds=number * _YEAR_S // count), _name(number)
    copy, source = Copy(name, f"s{number % 50}", f"https://h/{number}", seen, "canonical"), f"s{number % 50}"
    return Story(
        story_id=_name(-number - 1), id=name, source=source, kind=Kind.ARTICLE, url=copy.url, title=f"Story {number}",
        authors=("A B",), agency=None, published_at=seen, language="en", text=_text(number), word_count=150,
        copies=(copy,), sources=(source,), first_seen=seen, last_seen=seen, reason="the only one", version=1,
        since_version=1, spread_hours=0.0, revisions=1, month=f"{seen:%Y-%m}",
    )  # fmt: skip


def _second(number: int, count: int) -> Story:
    one, other = _story(number, count), _copy(number, count)
    copies = (*one.copies, Copy(other.id, other.source, other.url, other.published_at, "same"))
    return replace(one, copies=copies, sources=tuple(sorted({*one.sources, other.source})), version=2, revisions=2)


def _copy(number: int, count: int) -> Document:
    one = _story(number, count)
    at = one.first_seen + timedelta(hours=1)
    return Document(
        id=_name(count + number), source=f"s{(number + 1) % 50}", kind=Kind.ARTICLE, url=f"https://i/{number}",
        page_url=f"https://i/{number}", title=one.title, published_at=at, text=one.text, run_id="r", word_count=150,
        fetched_at=at, text_sha256=text_sha256(one.text), revision=1, added_at=at, first_added_at=at,
    )  # fmt: skip


def _name(number: int) -> str:
    return hashlib.blake2b(str(number).encode(), digest_size=16).hexdigest()


def _text(number: int) -> str:
    return " ".join(random.Random(number).choices(_WORDS, k=150))


def _megabytes(sizes: Iterator[int]) -> float:
    return round(sum(sizes) / 10**6, 1)


def _main(count: int, percent: int = 1) -> int:
    with TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        log = Path(name) / "requests.log"
        with moto_server(log) as server:
            for variable, value in server.environment.items():
                patch.setenv(variable, value)
            for row in measure(open_store(server.settings(f"s3://{server.bucket()}/corpus")), log, count, percent):
                sys.stdout.write(json.dumps(row) + "\n")
                sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(_main(*map(int, sys.argv[1:])))
