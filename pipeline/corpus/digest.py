"""One hash for the content of a corpus version, to tell whether two runs ended the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from pipeline.corpus.reader import Corpus

__all__ = ["corpus_digest"]

_ACCIDENTAL = frozenset(
    "run_id warc warc_offset warc_length added_at first_added_at added_month fetched_at page_url revision".split()
)


def corpus_digest(corpus: Corpus) -> str:
    """sha256 (hex) over the sorted rows of current documents, relations and story member sets.

    Left out is what differs between two collections of the same texts: run, place in an archive, times of
    collection, which of a page's addresses came first, versions, and story ids.
    """
    digest = hashlib.sha256()
    stories = (
        {"members": sorted(copy["id"] for copy in row["copies"]), "canonical": row["id"]}
        for row in corpus.stories(columns=["id", "copies"]).to_pylist()
    )
    tables = (
        ("documents", _without(corpus.documents().to_pylist(), _ACCIDENTAL)),
        ("relations", _without(corpus.relations().to_pylist(), frozenset(("version",)))),
        ("stories", stories),
    )
    for name, rows in tables:
        for line in sorted(json.dumps([name, row], sort_keys=True, default=str) for row in rows):
            digest.update(line.encode())
            digest.update(b"\n")
    return digest.hexdigest()


def _without(rows: Iterable[dict[str, Any]], names: frozenset[str]) -> Iterable[dict[str, Any]]:
    return ({key: value for key, value in row.items() if key not in names} for row in rows)
