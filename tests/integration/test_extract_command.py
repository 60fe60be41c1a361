"""`copydesk extract`: all pages of every kind of input, in order, by several processes; a bar for those who watch."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.archive.spool import Exchange, Spool
from tests.support.commands import copydesk, environment
from tests.support.pages import article, paragraphs
from tests.support.processes import children, wait_until

# warcio leaves its buffers to be closed by the garbage collector.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:Unclosed file <tempfile.SpooledTemporaryFile:ResourceWarning"),
]

MOMENT = datetime(2026, 11, 1, tzinfo=UTC)


def page(number: int) -> bytes:
    return article(f"Story number {number}", paragraphs(number))


def warc(path: Path, numbers: range) -> None:
    with Spool(path.parent / "spool", "parts", software="another crawler") as spool:
        for number in numbers:
            headers = [("Content-Type", "text/html")]
            spool.write(Exchange(f"http://h/{number}", "page", MOMENT, 200, headers, page(number)))
    path.write_bytes(b"".join(one.read_bytes() for one in (path.parent / "spool").glob("*.gz")))


def jsonl(path: Path, numbers: range) -> None:
    rows = ({"url": f"http://h/{number}", "html": page(number).decode()} for number in numbers)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")


@pytest.mark.parametrize("workers", ["1", "3"])
def test_pages_of_all_inputs_come_out_complete_and_in_order(tmp_path: Path, workers: str) -> None:
    warc(tmp_path / "a.warc.gz", range(20))
    jsonl(tmp_path / "b.jsonl", range(20, 50))
    (tmp_path / "c.html").write_bytes(page(50))
    done = copydesk(
        tmp_path, "extract", "a.warc.gz", "b.jsonl", "c.html", "--url", "http://h/50", "-o", "out.jsonl",
        "--workers", workers,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stderr.strip() == "pages: 51 article"
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text("utf-8").splitlines()]
    assert [row["url"] for row in rows] == [f"http://h/{number}" for number in range(51)]
    assert [row["text"] for row in rows] == ["\n\n".join(paragraphs(number)) for number in range(51)]


def test_as_many_processes_work_as_were_asked_for(tmp_path: Path) -> None:
    row = json.dumps({"url": "http://h/1", "html": page(1).decode()}) + "\n"

    def below(pid: int) -> list[int]:
        return [pid, *(one for child, _ in children(pid) for one in below(child))]

    found: set[int] = set()

    def three_at_work(pid: int) -> bool:
        """Processes that read pages: those whose parent is the server that forks them."""
        servers = [one for one in below(pid) if any(True for _ in children(one))]
        found.update(len(children(one)) for one in servers if one != pid)
        return 3 in found

    command = [sys.executable, "-m", "pipeline.cli", "extract", "-", "--workers", "3", "-o", "out.jsonl"]
    env = environment(tmp_path)
    with subprocess.Popen(command, cwd=tmp_path, env=env, stdin=subprocess.PIPE, text=True) as running:
        assert running.stdin is not None
        running.stdin.write(row * 3)
        running.stdin.flush()
        wait_until(lambda: three_at_work(running.pid))
        running.stdin.write(row * 3)
        running.stdin.close()
        assert running.wait(120) == 0
    assert len((tmp_path / "out.jsonl").read_text("utf-8").splitlines()) == 6
    assert max(found) == 3


def test_a_terminal_shows_a_bar_and_a_file_none(tmp_path: Path) -> None:
    jsonl(tmp_path / "pages.jsonl", range(30))
    command = [sys.executable, "-m", "pipeline.cli", "extract", "pages.jsonl", "-o", "out.jsonl"]
    screen, terminal = pty.openpty()
    env = environment(tmp_path, TERM="xterm", COLUMNS="100")
    with subprocess.Popen(command, cwd=tmp_path, env=env, stdout=terminal, stderr=terminal) as running:
        os.close(terminal)
        shown = b""
        while True:
            try:
                shown += os.read(screen, 4096)
            except OSError:  # the other end is closed
                break
        assert running.wait(120) == 0
    os.close(screen)
    assert b"extracting" in shown
    assert "━".encode() in shown
    assert b"pages: 30 article" in shown
    done = copydesk(tmp_path, *command[3:])
    assert done.stderr.strip() == "pages: 30 article"


def test_a_page_that_is_declared_latin_1_and_is_utf_8_comes_out_right(tmp_path: Path) -> None:
    texts = [f"Für {text} – schöne Grüße aus Köln" for text in paragraphs(7)]
    head = '<meta http-equiv="Content-Type" content="text/html; charset=iso-8859-1">'
    whole = article("Verstärker für wenig Geld", texts, head=head).replace(b'<meta charset="utf-8">', b"")
    assert b"utf-8" not in whole.lower()
    (tmp_path / "page.html").write_bytes(whole)
    done = copydesk(tmp_path, "extract", "page.html", "--url", "http://h/a")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert (document["title"], document["text"]) == ("Verstärker für wenig Geld", "\n\n".join(texts))
