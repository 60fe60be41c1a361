"""Reading, exporting and publishing measured: against pyarrow on the same rows, and in MB."""

from __future__ import annotations

import random
import re
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.corpus.export.select import Selection
from pipeline.corpus.reader import Corpus, open_corpus
from pipeline.models import Copy, Document, Kind, Story, text_sha256
from pipeline.settings import Settings
from pipeline.stages.context import open_context
from pipeline.stages.export import export
from pipeline.stages.publish import publish
from pipeline.store.objects import FolderStore
from pipeline.store.schemas import to_arrow
from pipeline.store.versions import CorpusVersion, put_version
from pipeline.store.writing import TableWriter
from tests.support.corpora import stage
from tests.support.s3_servers import moto_server

__all__ = ["export_ratio", "publish_megabytes", "publish_requests", "requests_in", "scan_ratio"]

_RUNS, _WARM = 5, 4
_START = datetime(2026, 1, 1, tzinfo=UTC)


def scan_ratio() -> dict[str, Any]:
    """Seconds of our reader over those of pyarrow on one Parquet file of the same rows: below 1 we are faster."""
    with _stories(40_000) as (corpus, plain):
        return _ratio(corpus.stories, lambda: pq.read_table(plain))


def export_ratio() -> dict[str, Any]:
    """Seconds of pyarrow, which copies one Parquet file, over those of our export: above 1 we are faster."""
    with _stories(40_000) as (corpus, plain):
        out = plain.parent
        return _ratio(
            lambda: _copy(plain, out / "theirs.parquet"),
            lambda: export(corpus, Selection(), form="parquet", path=out / "ours.parquet"),
        )


def publish_megabytes() -> dict[str, Any]:
    """MB that a publish of 2,000 documents writes to the tables of a corpus of 4,000, and to each of them.

    `plain`: the same documents as one Parquet file, as pyarrow writes it with zstd. `texts`: their texts alone, packed
    by zstd as tightly as the tables are; `documents` holds every text, and `stories` the canonical one.
    """
    with TemporaryDirectory() as name:
        folder = Path(name)
        settings = Settings.model_validate({"store": f"file:{name}/data", "seeds": folder})
        with open_context(settings) as context:
            for number in range(3):
                before = _objects(folder)
                stage(context.store, f"r{number}", _documents(number))
                publish(context)
        new = {path: size for path, size in _objects(folder).items() if path not in before}
        tables: Counter[str] = Counter()
        for path, size in new.items():
            tables[Path(path).relative_to(folder / "data" / "tables").parts[0]] += size
        pq.write_table(to_arrow(Document, _documents(2)), folder / "plain.parquet", compression="zstd")
        parts = {table: _megabytes(size) for table, size in sorted(tables.items())}
        plain = _megabytes((folder / "plain.parquet").stat().st_size)
    texts = "\n".join(one.text for one in _documents(2)).encode()
    floor = {"plain": plain, "texts": _megabytes(len(pa.Codec("zstd", 6).compress(texts)))}
    return {"value": _megabytes(tables.total()), "unit": "MB", "runs": 1, "corpus": 4_000, **floor, **parts}


def publish_requests() -> dict[str, Any]:
    """Requests to S3 (moto) by the twelfth publish of a corpus: after a checkpoint of the logs, and before the next."""
    with TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        log = Path(name) / "requests.log"
        with moto_server(log) as server:
            for variable, value in server.environment.items():
                patch.setenv(variable, value)
            values = {"store": f"s3://{server.bucket()}/corpus", "data": Path(name), "seeds": Path(name)}
            settings = Settings.model_validate(values | {"s3": {"endpoint_url": server.endpoint}})
            with open_context(settings) as context:
                for number in range(12):
                    stage(context.store, f"r{number:02}", _documents(number)[:200])
                    before = requests_in(log)
                    publish(context)
            asked = requests_in(log) - before
        methods = {method.lower(): count for method, count in sorted(asked.items())}
        return {"value": asked.total(), "unit": "requests", "runs": 1, **methods}


def requests_in(log: Path) -> Counter[str]:
    """Requests in a log of moto, by method."""
    return Counter(re.findall(r'"([A-Z]+) /\S* HTTP/', log.read_text("utf-8")))


@contextmanager
def _stories(count: int) -> Iterator[tuple[Corpus, Path]]:
    """A corpus of so many stories of two months, and one Parquet file of the same rows."""
    with TemporaryDirectory() as name:
        store = FolderStore(Path(name) / "data")
        rows = [_story(number) for number in range(count)]
        table = to_arrow(Story, rows)
        end = TableWriter(store, "stories", -1).append(table, runs=())
        put_version(store, CorpusVersion(1, _START, {"stories": end}))
        plain = Path(name) / "plain.parquet"
        pq.write_table(table, plain, compression="zstd")
        yield open_corpus(store), plain


def _story(number: int) -> Story:
    one = _document(number)
    seen = one.published_at or _START
    copy = Copy(one.id, one.source, one.url, seen, "canonical")
    return Story(
        story_id=one.id, id=one.id, source=one.source, kind=one.kind, url=one.url, title=one.title, authors=("A",),
        agency=None, published_at=seen, language="en", text=one.text, word_count=one.word_count, copies=(copy,),
        sources=(one.source,), first_seen=seen, last_seen=seen, reason="the only one", version=1, since_version=1,
        spread_hours=0.0, revisions=1, month=f"{seen:%Y-%m}",
    )  # fmt: skip


def _documents(part: int) -> list[Document]:
    """2,000 documents that are no copies of each other, most of them of the days of their part."""
    return [_document(number) for number in range(2_000 * part, 2_000 * (part + 1))]


def _document(number: int) -> Document:
    draw = random.Random(number)
    text = " ".join(f"w{draw.randrange(20_000)}" for _ in range(150))
    return Document(
        id=f"{number:032x}", source=f"s{number % 50}", kind=Kind.ARTICLE, url=f"https://h/{number}",
        page_url=f"https://h/{number}", title=f"Story {number}", published_at=_START + timedelta(minutes=number),
        text=text, run_id="r", word_count=150, fetched_at=_START + timedelta(minutes=number),
        text_sha256=text_sha256(text),
    )  # fmt: skip


def _copy(source: Path, target: Path) -> None:
    with pq.ParquetFile(source) as file, pq.ParquetWriter(target, file.schema_arrow, compression="zstd") as writer:
        for batch in file.iter_batches(4_096):
            writer.write_batch(batch)


def _ratio(above: Callable[[], object], below: Callable[[], object]) -> dict[str, Any]:
    for _ in range(_WARM):  # until the memory is there that is used again and again
        _seconds(above), _seconds(below)
    value = statistics.median(_seconds(above) / _seconds(below) for _ in range(_RUNS))
    return {"value": round(value, 3), "unit": "ratio", "runs": _RUNS}


def _seconds(job: Callable[[], object]) -> float:
    start = time.perf_counter()
    job()
    return time.perf_counter() - start


def _megabytes(size_bytes: int) -> float:
    return round(size_bytes / 10**6, 3)


def _objects(folder: Path) -> dict[str, int]:
    return {str(path): path.stat().st_size for path in folder.glob("data/tables/**/*") if path.is_file()}
