"""Saved pages and WARC files: taken once, filtered, resumed after a kill, read though damaged."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import boto3
import pytest

from pipeline.archive.spool import Exchange, Spool
from tests.support.commands import copydesk, copydesk_json, declare, started
from tests.support.pages import article, paragraphs
from tests.support.processes import children, kill, wait_until
from tests.support.s3_servers import moto_server
from tests.support.site import Site, serving

# warcio leaves its buffers to be closed by the garbage collector.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:Unclosed file <tempfile.SpooledTemporaryFile:ResourceWarning"),
]

HOME = "https://www.herald.example/"
FIRST = datetime(2026, 6, 1, 8, tzinfo=UTC)


def day(number: int) -> datetime:
    return FIRST + timedelta(days=number)


def story(number: int, words: str = "") -> bytes:
    return article(f"Story number {number}{words}", paragraphs(number), published=day(number).isoformat())


def warc(path: Path, numbers: Iterable[int], *, host: str = "https://www.herald.example") -> Path:
    """A WARC file of stories, each captured two hours after it was published."""
    with TemporaryDirectory() as name:
        with Spool(Path(name), "parts", software="another crawler") as spool:
            for number in numbers:
                url, moment = f"{host}/story-{number}/", day(number) + timedelta(hours=2)
                spool.write(Exchange(url, "page", moment, 200, [("Content-Type", "text/html")], story(number)))
            spool.write(Exchange(f"{host}/i.png", "page", FIRST, 200, [("Content-Type", "image/png")], b"\x89PNG"))
            spool.write(Exchange(f"{host}/gone/", "page", FIRST, 404, [("Content-Type", "text/html")], story(999)))
        path.write_bytes(b"".join(one.read_bytes() for one in Path(name).glob("*.gz")))
    return path


def source(kind: str, url: str, *, more: str = "", homepage: str = HOME) -> str:
    return (
        f'id = "herald"\nname = "Herald"\nkind = "news"\nhomepage = "{homepage}"\nallow_private = true\n'
        f'[[entry]]\nkind = "{kind}"\nurl = "{url}"\n{more}[politeness]\ndelay_s = 0.0\n'
    )


def collected(folder: Path, **variables: str) -> set[str]:
    done = copydesk(folder, "collect", "--no-prefect", variables=variables)
    assert done.returncode == 0, done.stderr
    return titles(folder)


def titles(folder: Path) -> set[str]:
    rows = documents(folder)
    return {f"{row['title']}" for row in rows}


def documents(folder: Path) -> list[dict[str, str]]:
    done = copydesk(folder, "corpus", "export", "--table", "documents", "--format", "jsonl", "-o", "all.jsonl")
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in (folder / "all.jsonl").read_text("utf-8").splitlines()]


def names(*numbers: int) -> set[str]:
    return {f"Story number {number}" for number in numbers}


def pages_of_last_run(folder: Path) -> int:
    report = copydesk_json(folder, "report")["report"]
    return int(report["sources"][0]["pages"])


def test_saved_pages_come_in_with_their_own_addresses_and_changed_ones_again(tmp_path: Path) -> None:
    saved = tmp_path / "saved"
    (saved / "world").mkdir(parents=True)
    canonical = '<link rel="canonical" href="https://www.herald.example/canonical-1/">'
    (saved / "a.html").write_bytes(article("Story number 1", paragraphs(1), head=canonical))
    (saved / "b.htm").write_bytes(b"<!-- saved from url=(0040)http://herald.example/noted-2/ -->\n" + story(2))
    (saved / "c.html").write_bytes(story(3))
    (saved / "c.html.json").write_text('{"url": "https://herald.example/beside-3/", "fetched_at": "2026-06-09"}')
    (saved / "world" / "d e.html").write_bytes(story(4))
    (saved / "notes.txt").write_text("not a page")
    declare(tmp_path, "herald", source("files", saved.as_uri()))
    assert collected(tmp_path) == names(1, 2, 3, 4)
    urls = {row["title"][-1]: row["url"] for row in documents(tmp_path)}
    assert urls == {
        "1": f"{HOME}canonical-1/", "2": f"{HOME}noted-2/", "3": f"{HOME}beside-3/", "4": f"{HOME}world/d%20e.html",
    }  # fmt: skip
    assert next(row["fetched_at"] for row in documents(tmp_path) if row["title"][-1] == "3").startswith("2026-06-09")
    collected(tmp_path)
    assert pages_of_last_run(tmp_path) == 0, "unchanged files are not read again"
    (saved / "world" / "d e.html").write_bytes(article("Story number 4, mended", paragraphs(44)))
    assert collected(tmp_path) == names(1, 2, 3) | {"Story number 4, mended"}
    assert pages_of_last_run(tmp_path) == 1
    assert copydesk_json(tmp_path, "corpus", "info")["revisions"] == 5


def test_warc_files_are_read_once_and_only_for_the_sources_pages(tmp_path: Path) -> None:
    files = tmp_path / "warcs"
    files.mkdir()
    warc(files / "one.warc.gz", range(3))
    warc(files / "two.warc.gz", [3], host="http://herald.example:80")
    warc(files / "three.warc.gz", [4], host="https://blogs.www.herald.example")
    front = Exchange("http://herald.example/", "page", FIRST, 200, [("Content-Type", "text/html")], story(9))
    with Spool(files / "front", "parts", software="another crawler") as spool:
        spool.write(front)
    warc(files / "four.warc.gz", [5], host="https://herald.example.org")
    plain = gzip.decompress(warc(tmp_path / "plain.gz", [6]).read_bytes())
    (files / "five.warc").write_bytes(plain)
    declare(tmp_path, "herald", source("warc", f"{files}", more='exclude = "/story-1/"\n'))
    assert collected(tmp_path) == names(0, 2, 3, 4, 6)
    rows = {row["title"][-1]: row for row in documents(tmp_path)}
    assert rows["3"]["url"] == f"{HOME}story-3/", "an archive's form of the address is the site's"
    assert datetime.fromisoformat(rows["0"]["fetched_at"]) == day(0) + timedelta(hours=2)
    before = [key.name for key in tmp_path.glob("data/raw/**/*.warc.gz")]
    assert collected(tmp_path) == names(0, 2, 3, 4, 6)
    assert [key.name for key in tmp_path.glob("data/raw/**/*.warc.gz")] == before
    warc(files / "six.warc.gz", [7])
    assert collected(tmp_path) == names(0, 2, 3, 4, 6, 7)
    assert pages_of_last_run(tmp_path) == 1


def test_a_backfill_takes_the_days_of_the_texts_out_of_warc_files(tmp_path: Path) -> None:
    files = tmp_path / "warcs"
    files.mkdir()
    warc(files / "one.warc.gz", range(8))
    declare(tmp_path, "herald", source("warc", f"{files}/*.warc.gz"))
    days = ("backfill", "herald", "--no-prefect", "--chunk-days", "2", "--id", "bf")
    three = (*days, "--from", "2026-06-03", "--to", "2026-06-05")
    plan = copydesk_json(tmp_path, *three, "--dry-run")["chunks"]
    assert [(chunk["asks"], chunk["requests"]) for chunk in plan] == [(f"{files}/*.warc.gz", 0)] * 2
    done = copydesk_json(tmp_path, *three)
    assert titles(tmp_path) == names(2, 3, 4)
    assert [chunk["state"] for chunk in done["chunks"]] == ["done", "done"]
    other = ("backfill", "herald", "--no-prefect", "--from", "2026-06-07", "--to", "2026-06-08")
    copydesk_json(tmp_path, *other)
    assert titles(tmp_path) == names(2, 3, 4, 6, 7)
    assert collected(tmp_path) == names(*range(8))
    again = (
        "backfill",
        "herald",
        "--no-prefect",
        "--method",
        "reprocess",
        "--from",
        "2026-06-01",
        "--to",
        "2026-06-08",
    )
    copydesk_json(tmp_path, *again)
    assert copydesk_json(tmp_path, "corpus", "info")["revisions"] == 8


def test_files_of_a_list_are_chosen_by_the_time_in_their_names(tmp_path: Path) -> None:
    news = Site("127.0.47.1")
    paths = [
        f"crawl-data/CC-NEWS/2026/06/CC-NEWS-202606{number:02d}120000-0{number:04d}.warc.gz" for number in (1, 9, 20)
    ]
    with serving(news):
        for number, path in zip((0, 8, 19), paths, strict=True):
            news.pages[f"/{path}"] = warc(tmp_path / f"{number}.warc.gz", [number]).read_bytes()
        listing = "\n".join([*paths, "file:///etc/passwd.warc.gz", ""]).encode()
        news.pages["/crawl-data/CC-NEWS/2026/06/warc.paths.gz"] = gzip.compress(listing)
        url = f"{news.base}/crawl-data/CC-NEWS/{{year}}/{{month}}/warc.paths.gz"
        declare(tmp_path, "herald", source("warc", url))
        way = ("backfill", "herald", "--no-prefect", "--json", "--from")
        copydesk_json(tmp_path, *way[:3], "--from", "2026-06-08", "--to", "2026-06-09")
        assert [path for path in paths if news.asked[f"/{path}", 200]] == [paths[1]]
        assert titles(tmp_path) == names(8)
        failed = copydesk(tmp_path, *way, "2026-06-29", "--to", "2026-06-30")
        assert failed.returncode == 3, "the list of July is not there yet"
        assert "/2026/07/warc.paths.gz: HTTP status 404" in failed.stdout


def test_warc_files_are_read_from_a_bucket(tmp_path: Path) -> None:
    with moto_server() as server:
        bucket = server.bucket()
        client = boto3.client(
            "s3", endpoint_url=server.endpoint, region_name="us-east-1",
            aws_access_key_id=server.access_key, aws_secret_access_key=server.secret_key,
        )  # fmt: skip
        for number in (1, 2):
            data = warc(tmp_path / f"{number}.warc.gz", [number]).read_bytes()
            client.put_object(Bucket=bucket, Key=f"news/{number}.warc.gz", Body=data)
        client.put_object(Bucket=bucket, Key="other/3.warc.gz", Body=warc(tmp_path / "3.warc.gz", [3]).read_bytes())
        declare(tmp_path, "herald", source("warc", f"s3://{bucket}/news/"))
        assert collected(tmp_path, **server.environment) == names(1, 2)
        declare(tmp_path, "herald", source("warc", "s3://no-such-bucket/news/"))
        failed = copydesk(tmp_path, "collect", "--no-prefect", variables=server.environment)
        assert (failed.returncode, "bucket 'no-such-bucket' does not exist" in failed.stderr) == (3, True), (
            failed.stderr
        )


def test_a_killed_import_goes_on_and_doubles_nothing(tmp_path: Path) -> None:
    files = tmp_path / "warcs"
    files.mkdir()
    for number in range(4):
        warc(files / f"{number}.warc.gz", range(number * 60, number * 60 + 60))
    (tmp_path / "quiet").mkdir()
    declare(tmp_path / "quiet", "herald", source("warc", str(files)))
    assert len(collected(tmp_path / "quiet")) == 240
    wanted = copydesk_json(tmp_path / "quiet", "corpus", "digest")["digest"]
    # The import may be quicker than what is to kill it; then in another folder.
    folder = next(one for one in (tmp_path / "1", tmp_path / "2", tmp_path / "3") if killed_in_an_import(one, files))
    assert collected(folder) == titles(tmp_path / "quiet")
    assert copydesk_json(folder, "corpus", "digest")["digest"] == wanted
    assert copydesk_json(folder, "corpus", "info")["revisions"] == 240
    captured = [one.name for one in folder.glob("data/raw/**/*.manifest.json")]
    records = sum(int(json.loads(one.read_text())["records"]) for one in folder.glob("data/raw/**/*.manifest.json"))
    assert (records, len(captured) > 1) == (240, True)


def killed_in_an_import(folder: Path, files: Path) -> bool:
    """Kill a collect and its import in the middle; whether that was not over yet."""
    folder.mkdir()
    declare(folder, "herald", source("warc", str(files)))
    spool = folder / "data" / "spool" / "herald"
    with started(folder, "collect", "--no-prefect") as running:
        wait_until(lambda: running.poll() is not None or sum(map(size, spool.glob("*.warc.gz"))) > 60_000)
        imports = [pid for pid, line in children(running.pid) if "spiders.run" in line]
        killed = [kill(pid) for pid in (*imports, running.pid)]
    return len(killed) > 1 and all(killed)


def size(path: Path) -> int:
    """Bytes of a file; none, when it goes meanwhile."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def test_a_limit_of_pages_is_kept_and_the_next_start_goes_on(tmp_path: Path) -> None:
    files = tmp_path / "warcs"
    files.mkdir()
    warc(files / "one.warc.gz", range(6))
    declare(tmp_path, "herald", source("warc", str(files)))
    way = ("backfill", "herald", "--no-prefect", "--from", "2026-06-01", "--to", "2026-06-06", "--id", "bf", "--limit")
    assert copydesk_json(tmp_path, *way, "4")["chunks"][0]["state"] == "stopped at the limit"
    assert len(titles(tmp_path)) == 4
    assert copydesk_json(tmp_path, *way, "9")["chunks"][0]["state"] == "done"
    assert titles(tmp_path) == names(*range(6))


def test_of_damaged_files_what_is_whole_comes_in_and_the_damage_is_told(tmp_path: Path) -> None:
    files = tmp_path / "warcs"
    files.mkdir()
    cut = warc(files / "cut.warc.gz", range(4))
    whole = cut.read_bytes()
    cut.write_bytes(whole[: int(len(whole) * 0.6)])
    hurt = warc(files / "hurt.warc.gz", range(10, 14))
    data = bytearray(hurt.read_bytes())
    data[len(data) // 2] ^= 0xFF
    hurt.write_bytes(bytes(data))
    (files / "nonsense.warc.gz").write_bytes(b"this is no archive" * 100)
    (files / "empty.warc").write_bytes(b"")
    declare(tmp_path, "herald", source("warc", str(files)))
    done = copydesk(tmp_path, "collect", "--no-prefect")
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    for name in ("cut.warc.gz", "hurt.warc.gz", "nonsense.warc.gz"):
        assert done.stderr.count(f"{name} is cut off or damaged") == 1, done.stderr
    assert "empty.warc holds no WARC record" in done.stderr
    found = titles(tmp_path)
    assert names(0, 1) <= found < names(0, 1, 2, 3, 10, 11, 12, 13)
    assert len(found & names(10, 11, 12, 13)) == 3
    cut.write_bytes(whole)
    assert titles(tmp_path) | names(2, 3) == collected(tmp_path)


def test_what_cannot_be_read_is_one_clear_error_and_the_rest_comes_in(tmp_path: Path) -> None:
    saved = tmp_path / "saved"
    saved.mkdir()
    (saved / "a.html").write_bytes(story(1))
    more = f'[[entry]]\nkind = "files"\nurl = "{saved}"\n'
    declare(tmp_path, "herald", source("warc", f"{tmp_path}/nowhere/*.warc.gz", more=more))
    done = copydesk(tmp_path, "collect", "--no-prefect")
    assert (done.returncode, "names no .warc, .warc.gz or .paths file; mend `url`" in done.stderr) == (3, True)
    assert titles(tmp_path) == names(1)


def test_a_private_address_is_not_read_from_unless_it_is_allowed(tmp_path: Path) -> None:
    inside = Site("127.0.47.2")
    with serving(inside):
        inside.pages["/a.warc.gz"] = warc(tmp_path / "a.warc.gz", [1]).read_bytes()
        inside.pages["/b.warc.gz"] = inside.pages["/a.warc.gz"]
        inside.pages["/robots.txt"] = b"User-agent: *\nDisallow: /b.warc.gz\n"
        text = source("warc", f"{inside.base}/a.warc.gz")
        declare(tmp_path, "herald", text.replace("allow_private = true\n", ""))
        refused = copydesk(tmp_path, "collect", "--no-prefect")
        assert (refused.returncode, "is a private address" in refused.stderr) == (3, True), refused.stderr
        assert not inside.asked
        declare(tmp_path, "herald", text.replace("a.warc.gz", "b.warc.gz"))
        closed = copydesk(tmp_path, "collect", "--no-prefect")
        assert (closed.returncode, "robots.txt" in closed.stderr) == (3, True), closed.stderr
        declare(tmp_path, "herald", text)
        assert collected(tmp_path) == names(1)
