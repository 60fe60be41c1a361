"""Archives that were cut off or damaged: whole records are read, then the damage is told."""

from __future__ import annotations

import contextlib
import zlib
from pathlib import Path

import pytest

from pipeline.archive.read import read_captures, whole_records_end
from pipeline.archive.spool import Exchange, Spool
from pipeline.errors import CorruptDataError
from pipeline.models import utc_now

# warcio leaves its buffers to be closed by the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore:Unclosed file <tempfile.SpooledTemporaryFile:ResourceWarning")

BODIES = [b"<p>%d</p>" % number * 20 for number in range(3)]


@pytest.fixture
def warc(tmp_path: Path) -> Path:
    with Spool(tmp_path, "r1", software="test") as spool:
        for number, body in enumerate(BODIES):
            spool.write(Exchange(f"http://h/{number}", "page", utc_now(), 200, [("Content-Type", "text/html")], body))
    return next(tmp_path.glob("*.warc.gz"))


def member_ends(data: bytes) -> set[int]:
    """Where the gzip members of a file end."""
    ends, rest = set(), data
    while rest:
        member = zlib.decompressobj(wbits=31)
        member.decompress(rest)
        rest = member.unused_data
        ends.add(len(data) - len(rest))
    return ends


def test_a_file_cut_off_at_any_byte_gives_its_whole_records_and_then_an_error(warc: Path) -> None:
    whole = warc.read_bytes()
    ends = member_ends(whole)
    assert len(ends) == 1 + 2 * len(BODIES)
    for size in range(1, len(whole)):
        warc.write_bytes(whole[:size])
        bodies: list[bytes] = []
        with contextlib.nullcontext() if size in ends else pytest.raises(CorruptDataError, match=warc.name):
            bodies.extend(one.body for one in read_captures(warc, warc.name))
        assert bodies == BODIES[: len(bodies)], size
        assert len(bodies) >= (len([end for end in ends if end <= size]) - 1) // 2, size
        assert whole_records_end(warc) == max((end for end in ends if end <= size), default=0)
