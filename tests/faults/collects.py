"""Kills of a collect: of its crawl, of the workers that read pages, of all of it."""

from __future__ import annotations

import sqlite3
import time
from collections import Counter
from contextlib import ExitStack, closing
from pathlib import Path

from tests.bench.crawl import served_pages
from tests.faults.attempts import SOURCES, Attempt, Family, Ground, phase_of, quiet_ground
from tests.support.commands import started
from tests.support.processes import children, kill, wait_until

__all__ = ["Collect", "Crawl", "Extract"]


class Crawl(Family):
    """Kill the crawl of a big site, alone or with the collect that started it, and count what is asked for twice."""

    at_once = 1_000

    def __init__(self, on: Ground, stack: ExitStack, kills: int) -> None:
        super().__init__(on, stack, kills)
        folder = on.folder / "site"
        (folder / "seeds").mkdir(parents=True)
        self._log = folder / "asked.log"
        self._pages = 100 * kills
        base = stack.enter_context(served_pages(self._pages, words=200, log=self._log))
        (folder / "seeds" / "site.toml").write_text(
            f'id = "site"\nname = "Site"\nkind = "news"\nhomepage = "{base}/"\nallow_private = true\n'
            f'[[entry]]\nkind = "sitemap"\nurl = "{base}/sitemap.xml"\n[politeness]\ndelay_s = 0\n'
        )
        self.ground = quiet_ground(folder, folder / "seeds")
        assert self.ground.quiet.documents().num_rows == self._pages
        self._log.write_bytes(b"")

    def disturb(self, attempt: Attempt) -> None:
        dice, in_flight = attempt.ground.dice, 0
        for _ in range(attempt.wanted):
            until = self._asked() + dice.uniform(0.0, 1.2) * self._pages / attempt.wanted  # the random instant
            with started(attempt.folder, "collect", "--no-prefect") as running:
                wait_until(lambda r=running, n=until: r.poll() is not None or self._asked() >= n)  # type: ignore[misc]
                victims = [pid for pid, line in children(running.pid) if "spiders.run" in line]
                whole = dice.random() < 0.5 and kill(running.pid)
                if victims and kill(victims[0]):
                    attempt.note("crawl with its collect" if whole else "crawl")
                running.wait()
            in_flight += _in_flight(attempt.folder)
        attempt.count.more["in_flight"] = in_flight

    def end(self, attempt: Attempt) -> None:
        asked = Counter(line for line in self._log.read_text("ascii").split() if line.startswith("/2026/"))
        attempt.count.more |= {"pages": len(asked), "refetched": asked.total() - len(asked)}

    def _asked(self) -> int:
        return self._log.read_bytes().count(b"/2026/")


def _in_flight(folder: Path) -> int:
    """How many pages a dead crawl was asking for, or had not made safe yet."""
    with closing(sqlite3.connect(f"file:{folder / 'data' / 'state.db'}?mode=ro", uri=True, timeout=30)) as state:
        query = "SELECT count(*) FROM urls WHERE state = 'in_flight' AND role = 'page'"
        return int(state.execute(query).fetchone()[0])


class Extract(Family):
    """Kill one of the workers that read pages, in the collect of each source, once it has worked for a while."""

    def disturb(self, attempt: Attempt) -> None:
        for source in SOURCES[: attempt.wanted]:
            with started(attempt.folder, "collect", "--no-prefect", source) as running:
                wait = attempt.ground.dice.uniform(0.0, 1.0)
                while running.poll() is None:
                    victims = [pid for pid, line in children(running.pid) if "multiprocessing.forkserver" in line]
                    if victims:
                        time.sleep(wait)  # the random instant of the kill
                        if kill(attempt.ground.dice.choice(victims)):
                            attempt.note("extract")
                        break
                    time.sleep(0.01)
                running.wait()


class Collect(Family):
    """Kill a collect and everything it started, at any instant."""

    def disturb(self, attempt: Attempt) -> None:
        for _ in range(attempt.wanted):
            with started(attempt.folder, "collect", "--no-prefect") as running:
                time.sleep(attempt.ground.dice.uniform(0.1, 1.0) * attempt.ground.seconds)  # the random instant
                under_way = children(running.pid)
                if running.poll() is None and kill(running.pid):
                    attempt.note(phase_of(attempt.folder, under_way))
                for pid, _ in under_way:
                    kill(pid)
                running.wait()
