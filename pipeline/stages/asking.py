"""Ask a site a few addresses, as politely as a crawl does: a child process with the very same settings."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pipeline.lifeline import PARENT
from pipeline.settings import Settings
from pipeline.sources.declaration import Entry, EntryKind, Politeness, Source
from pipeline.stages.children import wait_for_crawl

__all__ = ["Answer", "Asker", "someone"]

_PAGE_TIMEOUT_S = 15.0
_GRACE_S = 30.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What an address gave. `problem` is a short word where there was no HTTP answer; header names are lower-cased."""

    url: str
    final_url: str = ""
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    problem: str | None = None
    detail: str = ""

    @property
    def ok(self) -> bool:
        """Whether there is a body to read."""
        return self.problem is None and self.status == 200

    @property
    def content_type(self) -> str:
        """The header, or nothing."""
        return self.headers.get("content-type", "")

    @property
    def why(self) -> str:
        """What was wrong, for a person."""
        return self.detail or f"HTTP {self.status}"


def someone(url: str, *, allow_private: bool) -> Source:
    """A source for asking a site of which nothing is known; on private addresses nobody minds haste."""
    polite = Politeness(delay_s=0.0 if allow_private else 1.0)
    entry = (Entry(kind=EntryKind.LISTING, url=url),)
    return Source(
        id="probe", name="probe", kind="news", homepage=url, allow_private=allow_private, entry=entry, politeness=polite
    )


class Asker:
    """Asks at most `limit` addresses within `time_s`, each once; what is asked again is given from memory."""

    def __init__(self, settings: Settings, source: Source, *, limit: int, time_s: float) -> None:
        self._settings = settings
        self._source = source
        self._limit = limit
        self._ends_at = time.monotonic() + time_s
        self._known: dict[str, Answer] = {}

    @property
    def asked(self) -> tuple[Answer, ...]:
        """All answers so far, in the order of asking."""
        return tuple(self._known.values())

    @property
    def left(self) -> int:
        """Addresses that may still be asked."""
        return max(0, self._limit - len(self._known))

    def ask(self, urls: Iterable[str]) -> list[Answer]:
        """Answers for the addresses, in their order; those beyond the limits get the problem `not_asked`."""
        wanted = list(dict.fromkeys(urls))
        new = [url for url in wanted if url not in self._known][: self.left]
        remaining = self._ends_at - time.monotonic()
        if new and remaining > 1:
            self._known |= self._fetch(new, remaining)
        beyond = "not asked: the limit of requests or of time for one site was reached"
        return [self._known.get(url) or Answer(url, problem="not_asked", detail=beyond) for url in wanted]

    def ask_one(self, url: str) -> Answer:
        """The answer for one address."""
        return self.ask([url])[0]

    def _fetch(self, urls: list[str], time_s: float) -> dict[str, Answer]:
        crawl = self._settings.crawl
        limits = {"retries": min(1, crawl.retries), "timeout_s": min(_PAGE_TIMEOUT_S, crawl.timeout_s)}
        with TemporaryDirectory(prefix="copydesk-ask-") as name:
            folder = Path(name)
            spec = {
                "source": self._source.model_dump(mode="json"),
                "crawl": crawl.model_dump() | limits,
                "state_url": self._settings.state_url,
                "urls": urls,
                "folder": name,
                "time_s": time_s,
            }
            (folder / "spec.json").write_text(json.dumps(spec), "utf-8")
            said = _run(folder, time_s + _GRACE_S)
            try:
                found: dict[str, Any] = json.loads((folder / "answers.json").read_text("utf-8"))
            except (OSError, ValueError):
                found = {}
            return {url: _answer(url, found.get(url), folder, said) for url in urls}


def _run(folder: Path, timeout_s: float) -> str:
    """Run the child to its end, or end it; gives the last line that it said."""
    with (folder / "log").open("w+b") as log:
        child = subprocess.Popen(
            [sys.executable, "-m", "spiders.fetch", str(folder / "spec.json")],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            env=os.environ | {PARENT: str(os.getpid())},
        )  # fmt: skip
        try:
            wait_for_crawl(child, timeout_s)
        except subprocess.TimeoutExpired:
            pass
        finally:
            child.kill()
            child.wait()
        log.seek(0)
        return (log.read().decode("utf-8", "replace").strip().splitlines() or [""])[-1][:300]


def _answer(url: str, found: dict[str, Any] | None, folder: Path, said: str) -> Answer:
    if found is None:
        return Answer(url, problem="not_asked", detail=f"the time for one site was over{said and f' ({said})'}")
    body = (folder / found["body"]).read_bytes() if "body" in found else b""
    return Answer(url, **(found | {"body": body}))
