"""Documents of our own, staged as a run stages them."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pyarrow.parquet as pq

from pipeline.models import Document, Kind, Story, text_sha256
from pipeline.store.objects import ObjectStore
from pipeline.store.schemas import to_arrow
from pipeline.store.tables import read_table

__all__ = ["START", "document", "stage", "story", "story_names"]

START = datetime(2026, 10, 1, tzinfo=UTC)


def document(name: str, texts: list[str], number: int, kind: Kind = Kind.ARTICLE) -> Document:
    """A document with an id of 32 hex digits, fetched on the day of this number."""
    text, order = "\n\n".join(texts), int(name, 16) % 1000
    return Document(
        id=name, source=f"s{order % 3}", kind=kind, url=f"http://h/{name}", page_url=f"http://h/{name}/",
        title=f"Document {name}", published_at=START + timedelta(hours=order), text=text, run_id="r",
        word_count=len(text.split()), fetched_at=START + timedelta(days=number), text_sha256=text_sha256(text),
    )  # fmt: skip


def story(name: str, month: str, version: int = 1) -> Story:
    """A story of a month, of one document, as a version left it."""
    return Story(
        story_id=name, id=name, source="s", kind=Kind.ARTICLE, url="u", title=None, authors=(), agency=None,
        published_at=None, language=None, text="t", word_count=1, copies=(), sources=("s",), first_seen=START,
        last_seen=START, reason="r", version=version, since_version=1, month=month,
    )  # fmt: skip


def story_names(store: ObjectStore, version: int) -> list[str]:
    """Ids of the stories in a Delta version of their table."""
    return sorted(read_table(store, "stories", version, columns=["story_id"])["story_id"].to_pylist())


def stage(store: ObjectStore, run_id: str, documents: Sequence[Document]) -> None:
    """Put documents into the store as a run that is staged whole and waits to be published."""
    buffer = io.BytesIO()
    pq.write_table(to_arrow(Document, documents), buffer)
    part = {"name": "part-00000.parquet", "rows": len(documents), "sha256": _sha256(buffer.getvalue())}
    store.put(f"staged/{run_id}/{part['name']}", buffer.getvalue())
    done = {"run_id": run_id, "rows": len(documents), "parts": [part], "outcomes": {}}
    store.put(f"staged/{run_id}/_DONE.json", json.dumps(done).encode())


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
