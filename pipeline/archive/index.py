"""The CDXJ index of an archive: what a line says, also where an address that stands in it has spaces."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from pipeline.errors import CorruptDataError

__all__ = ["IndexLine", "read_index"]

_LINE = re.compile(r" (\d{14}) (\{.*\})$")


@dataclass(frozen=True, slots=True)
class IndexLine:
    """A capture as an index has it; `text` is the line, `offset` and `length` are bytes of the archive."""

    text: str
    url: str
    fetched_at: datetime
    offset: int
    length: int


def read_index(data: bytes, key: str) -> list[IndexLine]:
    """All lines of an index.

    Raises:
        CorruptDataError: a line is none of an index.
    """
    try:
        return [_read(line) for line in data.decode().split("\n") if line]
    except (ValueError, KeyError, TypeError) as error:
        raise CorruptDataError(f"index {key} cannot be read ({error!r}); run `copydesk corpus verify`") from error


def _read(line: str) -> IndexLine:
    found = _LINE.search(line)
    if found is None:
        raise ValueError(f"no moment and fields in {line[:80]!r}")
    fields = json.loads(found[2])
    at = datetime.strptime(found[1], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    return IndexLine(line, str(fields["url"]), at, int(fields["offset"]), int(fields["length"]))
