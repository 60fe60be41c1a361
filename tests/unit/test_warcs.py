"""WARC files of other makers: whatever is cut off, damaged or odd, whole records come and nothing else."""

from __future__ import annotations

import gzip
import io
import time
from datetime import UTC, datetime

import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from pipeline.archive.warcs import Record, WarcReader, is_html, unpack_record

# warcio leaves its buffers to be closed by the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore:Unclosed file <tempfile.SpooledTemporaryFile:ResourceWarning")

BODIES = [b"<p>%d</p>" % number * 30 for number in range(4)]


def archive(*, members: bool = True, headers: tuple[tuple[str, str], ...] = (), bodies: list[bytes] = BODIES) -> bytes:
    file = io.BytesIO()
    writer = WARCWriter(file, gzip=members)
    writer.write_record(writer.create_warcinfo_record("x.warc.gz", {"software": "another"}))
    for number, body in enumerate(bodies):
        http = StatusAndHeaders("200 OK", [("Content-Type", "text/html"), *headers], protocol="HTTP/1.1")
        date = {"WARC-Date": f"2026-06-0{number + 1}T08:00:00Z"}
        writer.write_record(
            writer.create_warc_record(
                f"http://h/{number}", "response", payload=io.BytesIO(body), http_headers=http, warc_headers_dict=date
            )
        )
    return file.getvalue()


def read(data: bytes, max_bytes: int = 2**20) -> tuple[list[Record], WarcReader]:
    reader = WarcReader(io.BytesIO(data), wanted=lambda *_: True, max_bytes=max_bytes)
    return list(reader), reader


@pytest.mark.parametrize("form", ["members", "plain", "one member"])
def test_files_of_every_form(form: str) -> None:
    data = archive(members=form == "members")
    records, reader = read(gzip.compress(data) if form == "one member" else data)
    assert [one.body for one in records] == BODIES
    assert records[1].fetched_at == datetime(2026, 6, 2, 8, tzinfo=UTC)
    assert (records[0].url, records[0].status, is_html(records[0])) == ("http://h/0", 200, True)
    assert (reader.damages, reader.records) == (0, 5)


def test_bodies_are_decoded() -> None:
    packed = [gzip.compress(body) for body in BODIES]
    chunked = [b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body) for body in packed]
    headers = (("Content-Encoding", "gzip"), ("Transfer-Encoding", "chunked"))
    assert [one.body for one in read(archive(headers=headers, bodies=chunked))[0]] == BODIES


@pytest.mark.parametrize("members", [True, False])
def test_a_file_cut_off_at_any_byte_gives_whole_records_alone(members: bool) -> None:
    whole = archive(members=members)
    counts = []
    for size in range(0, len(whole), 7):
        records, _ = read(whole[:size])
        assert [one.body for one in records] == BODIES[: len(records)], size
        counts.append(len(records))
    assert counts == sorted(counts)
    assert max(counts) >= len(BODIES) - 1


def test_a_damaged_record_costs_itself_and_seldom_the_next() -> None:
    whole = archive()
    lost = []
    for place in range(len(whole) // 4, len(whole) - 60, 11):
        data = bytearray(whole)
        data[place] ^= 0x55
        records, reader = read(bytes(data))
        bodies = [one.body for one in records]
        assert all(body in BODIES for body in bodies), place
        assert reader.damages or bodies == BODIES, place
        lost.append(len(BODIES) - len(bodies))
    assert sum(lost) / len(lost) <= 1.1  # a member whose own header is hurt may swallow others


def test_too_large_bodies_and_bombs_are_passed_over() -> None:
    bomb = gzip.compress(b"\0" * 2**24)
    records, reader = read(archive(headers=(("Content-Encoding", "gzip"),), bodies=[bomb]))
    assert (records, reader.too_large) == ([], 1)
    records, reader = read(archive(bodies=[b"x" * 2**21, b"<p>"]))
    assert ([one.body for one in records], reader.too_large) == ([b"<p>"], 1)


@pytest.mark.parametrize(
    "data", [b"", b"no archive at all " * 99, b"\x1f\x8b\x08", gzip.compress(b"no archive " * 99, mtime=0)]
)
def test_what_is_no_archive_gives_nothing(data: bytes) -> None:
    assert read(data)[0] == []
    assert unpack_record(data, max_bytes=2**20) is None


def test_a_file_full_of_false_beginnings_is_read_in_good_time() -> None:
    start = time.process_time()
    read(b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xff" * 50_000 + gzip.compress(b"") * 10_000)
    assert time.process_time() - start < 20


def test_one_record_by_its_bytes() -> None:
    data = archive(bodies=BODIES[:1])
    second = data.index(b"\x1f\x8b\x08", 10)
    record = unpack_record(data[second:], max_bytes=2**20)
    assert record is not None
    assert record.body == BODIES[0]
    assert unpack_record(data[second:-9], max_bytes=2**20) is None
