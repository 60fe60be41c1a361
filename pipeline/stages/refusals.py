"""What was taken down, and whether a document is of it: by address, source, author, id, or text."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np
import numpy.typing as npt

from pipeline.dedup.signatures import shingle_hashes, signatures
from pipeline.dedup.words import words_of
from pipeline.models import Document, Quote, Takedown, page_identity, text_sha256
from pipeline.sources.urls import normalise_url

__all__ = [
    "WHAT", "Refusals", "addresses_of", "captures_of", "key_of", "signature_of", "urls_of",
]  # fmt: skip

WHAT = ("url", "source", "author", "id", "text")
_ALIKE = 0.8
"""Share of equal MinHash values from which a text counts as the one that was taken down."""
_CHUNK = 2_000


def urls_of(takedowns: Iterable[Takedown]) -> set[str]:
    """Addresses of everything that was removed."""
    return {url for one in takedowns for url in one.urls}


def key_of(what: str, value: str) -> str:
    """What is kept of the thing that was named: no name of a person and no text."""
    if what == "url":
        return page_identity(normalise_url(value))
    if what == "author":
        return hashlib.sha256(" ".join(value.casefold().split()).encode()).hexdigest()
    return text_sha256(value) if what == "text" else value


def signature_of(text: str) -> npt.NDArray[np.uint32] | None:
    """MinHash of a text; None for one of fewer words than a shingle has."""
    hashes, starts = shingle_hashes(words_of([text]))
    return signatures(hashes, starts)[0] if len(hashes) else None


class Refusals:
    """Tells what of the documents that come in is refused, and remembers it.

    Args:
        takedowns: those that hold.
        text: the whole text of one of them, while it is at hand: texts that contain it are found too.
    """

    def __init__(self, takedowns: Sequence[Takedown], *, text: str | None = None) -> None:
        self._rows: dict[tuple[str, str], Takedown] = {}
        for one in takedowns:
            self._rows.setdefault((one.what, one.value), one)
        self._signatures = [
            (one, np.frombuffer(one.minhash, dtype="<u4")) for one in self._rows.values() if one.minhash
        ]
        self._shingles = np.unique(shingle_hashes(words_of([text]))[0]) if text else None
        self._refused: dict[tuple[str, str], list[Document]] = defaultdict(list)

    def stripped(self, documents: Sequence[Document]) -> list[Document | None]:
        """The documents in their order without quotes that are refused; None in the place of a refused one."""
        if not self._rows:
            return list(documents)
        parts = (documents[start : start + _CHUNK] for start in range(0, len(documents), _CHUNK))
        return [one for part in parts for one in self._stripped(part)]

    def _stripped(self, documents: Sequence[Document]) -> Iterator[Document | None]:
        alike = iter(self._alike([text for one in documents for text in (one.text, *(q.text for q in one.quotes))]))
        for document in documents:
            hit = next(alike)
            kept = tuple(quote for quote in document.quotes if next(alike) is None and not self._is_refused(quote))
            hit = self._hit(document) or hit
            if hit is not None:
                self._refused[hit.what, hit.value].append(document)
                yield None
            else:
                yield document if len(kept) == len(document.quotes) else replace(document, quotes=kept)

    def again(self, version: int, now: datetime) -> list[Takedown]:
        """Rows about what was refused, so that its captures are removed too."""
        return [
            replace(
                self._rows[key], version=version, requested_at=now, reason="came in again",
                ids=tuple(sorted({one.id for one in documents})),
                urls=addresses_of(documents),
                captures=captures_of(documents),
            )
            for key, documents in sorted(self._refused.items())
        ]  # fmt: skip

    def _hit(self, document: Document) -> Takedown | None:
        urls = (document.url, document.page_url, document.canonical_url)
        keys = [("id", document.id), ("source", document.source), ("text", document.text_sha256)]
        keys += [("url", key_of("url", url)) for url in urls if url]
        keys += [("author", key_of("author", name)) for name in (*document.authors, document.author_id or "") if name]
        return next((self._rows[key] for key in keys if key in self._rows), None)

    def _is_refused(self, quote: Quote) -> bool:
        keys = [("text", key_of("text", quote.text))]
        keys += [("author", key_of("author", quote.author))] if quote.author else []
        return any(key in self._rows for key in keys)

    def _alike(self, texts: Sequence[str]) -> list[Takedown | None]:
        """Beside each text the one that was taken down and that it repeats, or (while that is at hand) contains."""
        found: list[Takedown | None] = [None] * len(texts)
        if not self._signatures or not texts:
            return found
        hashes, starts = shingle_hashes(words_of(texts))
        matrix, sizes = signatures(hashes, starts), np.diff(starts)
        for one, other in reversed(self._signatures):
            for number in np.flatnonzero(((matrix == other).mean(axis=1) >= _ALIKE) & (sizes > 0)):
                found[number] = one
        if self._shingles is not None:
            inside = np.isin(hashes, self._shingles)
            owners = np.repeat(np.arange(len(texts), dtype=np.uint64), sizes)[inside]
            distinct = np.unique(owners << np.uint64(32) | hashes[inside])
            shared = np.bincount((distinct >> np.uint64(32)).astype(np.int64), minlength=len(texts))
            for number in np.flatnonzero(shared >= _ALIKE * len(self._shingles)):
                found[number] = self._signatures[0][0]
        return found


def addresses_of(documents: Iterable[Document]) -> tuple[str, ...]:
    """Addresses that documents, and the pages they stand on, have."""
    return tuple(sorted({url for one in documents for url in (one.url, one.page_url)}))


def captures_of(documents: Iterable[Document]) -> tuple[str, ...]:
    """Places of the captures that documents came from."""
    return tuple(sorted({f"{one.warc} {one.warc_offset} {one.warc_length}" for one in documents if one.warc}))
