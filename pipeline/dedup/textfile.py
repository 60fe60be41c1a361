"""Texts of a JSONL file, read one after the other or by their number; the file may be larger than memory."""

from __future__ import annotations

import hashlib
import json
from array import array
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from pipeline.dedup.texts import Text
from pipeline.errors import ConfigError
from pipeline.models import Kind

__all__ = ["TextFile"]


class TextFile:
    """Texts are numbered from 0; empty lines are passed over. Sixteen bytes a text are kept in memory.

    Raises:
        ConfigError: the file cannot be read, a line is not JSON with `id` and `text`, or an id stands twice.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offsets = array("q")
        self._lines = array("q")
        digests = array("Q")
        if path.exists() and not path.is_file():
            raise ConfigError(f"{path} is no file, and is read several times; write the texts to one")
        try:
            with path.open("rb") as lines:
                offset = 0
                for number, line in enumerate(lines, 1):
                    if line.strip():
                        self._offsets.append(offset)
                        self._lines.append(number)
                        name = self._text(number, line).id
                        digest = hashlib.blake2b(name.encode(), digest_size=8).digest()
                        digests.append(int.from_bytes(digest))
                    offset += len(line)
        except OSError as error:
            raise ConfigError(f"{path}: {error.strerror}; give a JSONL file") from None
        self._refuse_repeats(digests)

    def __len__(self) -> int:
        return len(self._offsets)

    def __iter__(self) -> Iterator[Text]:
        with self._path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield self._text(number, line)

    def texts(self, numbers: Iterable[int]) -> Iterator[Text]:
        """Texts by their number."""
        with self._path.open("rb") as file:
            for number in numbers:
                file.seek(self._offsets[number])
                yield self._text(self._lines[number], file.readline())

    def _refuse_repeats(self, digests: array[int]) -> None:
        ordered, first, counts = np.unique(
            np.array(digests, dtype=np.uint64), return_index=True, return_counts=True
        )  # the first place of each
        if len(ordered) == len(digests):
            return
        repeated = int(np.flatnonzero(counts > 1)[0])
        places = np.flatnonzero(np.array(digests, dtype=np.uint64) == ordered[repeated])
        name = next(self.texts([int(first[repeated])])).id
        raise ConfigError(
            f"{self._path}:{self._lines[int(places[1])]}: id {name!r} stands on line "
            f"{self._lines[int(places[0])]} already; ids are unique"
        )

    def _text(self, number: int, line: bytes) -> Text:
        try:
            row: dict[str, Any] = json.loads(line.decode("utf-8", "replace"))
            moment = row.get("published_at")
            published_at = datetime.fromisoformat(moment) if moment else None
            authors = row.get("authors") or ()
            _refuse_oddities(row)
            return Text(
                id=str(row["id"]),
                text=row["text"],
                kind=Kind(row.get("kind") or "article"),
                source=str(row.get("source") or ""),
                url=str(row.get("url") or ""),
                title=row.get("title"),
                authors=(authors,) if isinstance(authors, str) else tuple(str(one) for one in authors),
                published_at=_in_utc(published_at) if published_at else None,
            )
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
            raise ConfigError(f"{self._path}:{number}: {error!r}; a line is JSON with `id` and `text`") from None


def _refuse_oddities(row: Mapping[str, Any]) -> None:
    if not isinstance(row["text"], str) or not isinstance(row["id"], str | int):
        raise TypeError("`text` is a string, `id` a string or a whole number")
    if not isinstance(row.get("title") or "", str):
        raise TypeError("`title` is a string")
    urlsplit(str(row.get("url") or ""))
    for name in ("id", "source", "url"):
        str(row.get(name)).encode()


def _in_utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
