"""Backfill: texts of past days, by source and days in chunks; a chunk that came to its end is never done again."""

from __future__ import annotations

import os
import re
import socket
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pipeline.errors import ConfigError, CopydeskError
from pipeline.models import Method, RunState, Window, new_run_id, utc_now
from pipeline.sources.declaration import COLLECTED, Source
from pipeline.stages.archives import Share, asked_addresses, captured_for
from pipeline.stages.children import side_by_side
from pipeline.stages.collect import crawl_one, finish_run, resume_dead_runs
from pipeline.stages.context import Context, Progress, check_store
from pipeline.stages.crawl import stored_manifests, survey, take_stored
from pipeline.store.frontier import Frontier
from pipeline.store.leases import hold
from pipeline.store.runs import Chunk

__all__ = [
    "Backfill",
    "Chunk",
    "Planned",
    "backfilling",
    "new_backfill_id",
    "plan_backfill",
    "run_backfill",
    "run_chunk",
]

_MOST_CHUNKS = 10_000
_ID = re.compile(r"[\w.-]{1,64}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Backfill:
    """What a backfill is asked for. `chunk_days` and `sources` may differ when it goes on, the window may not.

    `limit` is the most pages that it fetches from each source; None for no limit. Starting one again with the same
    `backfill_id` goes on where it ended.
    """

    backfill_id: str
    sources: tuple[Source, ...]
    window: Window
    method: Method = Method.SITE
    chunk_days: int = 7
    limit: int | None = None

    @property
    def scope(self) -> str:
        """What stays the same for ever under the backfill's id, for people."""
        return f"{self.window.start} to {self.window.end} by {self.method.value}"

    def chunks(self) -> list[Chunk]:
        """The parts: for each source, the days in order. Stored pages are read once, so they are one part."""
        windows = (self.window,) if self.method is Method.REPROCESS else self.window.split(self.chunk_days)
        return [
            Chunk(self.backfill_id, source.id, window, self.method) for source in self.sources for window in windows
        ]


@dataclass(frozen=True, slots=True)
class Planned:
    """A chunk before it is run. `pages` counts, by state, the pages that are known of its days.

    The states are those of the frontier (`due`, `stored`, …), and `undated` for pages whose listing names no date.
    `asks` are the addresses that are asked first, and `requests` how many will be made: from other archives, whose
    indexes say it; from a site at least so many, since what its listings name comes on top.
    """

    chunk: Chunk
    pages: Mapping[str, int]
    asks: tuple[str, ...] = ()
    requests: int = 0

    def row(self) -> dict[str, Any]:
        """As people read it in a table."""
        state = "done" if self.chunk.done else "to be resumed" if self.chunk.run_id else "to do"
        pages = ", ".join(f"{count} {name}" for name, count in sorted(self.pages.items())) or "none known yet"
        row = {**self.chunk.place(), "method": self.chunk.method.value, "pages": pages, "asks": "\n".join(self.asks)}
        return {**row, "requests": self.requests, "state": state}


def new_backfill_id() -> str:
    """A visible id for a new backfill: `bf-20261101T120000Z-1a2b3c4d`."""
    return f"bf-{new_run_id(utc_now(), os.urandom(8).hex())}"


def plan_backfill(context: Context, backfill: Backfill, *, ask: bool = True) -> list[Planned]:
    """What the chunks are, which of them are done, what is known of their days, and what they will ask for.

    No site is asked anything. With `ask`, the indexes of other archives are asked which copies there are.

    Raises:
        FetchError: an index cannot be asked.
    """
    _check(context, backfill)
    chunks = [context.runs.look_up(chunk) for chunk in backfill.chunks()]
    planned: list[Planned] = []
    for source in backfill.sources:
        mine = [chunk for chunk in chunks if chunk.source == source.id]
        if Share(method=backfill.method).lane:
            planned += _planned_copies(context, backfill, source, mine, ask=ask)
        else:
            planned += [_planned_pages(context, source, chunk) for chunk in mine]
    return planned


def _share(backfill: Backfill, chunk: Chunk, left: int | None = None) -> Share:
    captured = captured_for(chunk.window, backfill.window)
    return Share(window=chunk.window, captured=captured, method=backfill.method, max_pages=left)


def _planned_pages(context: Context, source: Source, chunk: Chunk) -> Planned:
    if chunk.method is Method.REPROCESS:
        manifests, gone = stored_manifests(context, chunk.source, chunk.window)
        return Planned(chunk, {"archived files": len(manifests)} | ({"gone by rule": gone} if gone else {}))
    frontier = Frontier(context.database, chunk.source, run_id="", host=socket.gethostname())
    pages = frontier.counts_in(chunk.window)
    if chunk.done:
        return Planned(chunk, pages)
    asks = asked_addresses(source, Share(window=chunk.window, method=chunk.method), context.settings.archives)
    web = sum(url.startswith(("http://", "https://")) for url in asks)
    return Planned(chunk, pages, asks, web + pages.get("due", 0))


def _planned_copies(
    context: Context, backfill: Backfill, source: Source, chunks: list[Chunk], *, ask: bool
) -> list[Planned]:
    """Chunks that ask another archive: its index is asked once for all that are left."""
    left = [chunk for chunk in chunks if not chunk.done]
    copies: Mapping[str, datetime] = {}
    of_index = 0
    if left and ask:
        whole = Window(left[0].window.start, captured_for(left[-1].window, backfill.window).end)
        copies, of_index = survey(context, source, Share(captured=whole, method=backfill.method))
    planned = []
    for chunk in chunks:
        if chunk.done:
            planned.append(Planned(chunk, {}))
            continue
        share = _share(backfill, chunk)
        asks = asked_addresses(source, share, context.settings.archives)
        assert share.captured is not None
        count = sum(moment in share.captured for moment in copies.values())
        requests = count + (max(of_index, len(asks)) if len(left) == 1 else len(asks))
        planned.append(Planned(chunk, {"copies": count} if ask else {}, asks, requests))
    return planned


def _check(context: Context, backfill: Backfill) -> None:
    if not _ID.fullmatch(backfill.backfill_id):
        raise ConfigError(
            f"backfill id {backfill.backfill_id!r}: use up to 64 letters, digits, dots, dashes, underscores"
        )
    known = context.runs.watermark(f"backfill:{backfill.backfill_id}")
    if known not in (None, backfill.scope):
        name, asked = backfill.backfill_id, backfill.scope
        raise ConfigError(f"backfill {name} is over {known}, not {asked}; start another for other days")
    if not backfill.sources:
        raise ConfigError(
            f"no source in {context.settings.seeds} is enabled: name one; `copydesk sources list` shows them"
        )
    days = (backfill.window.end - backfill.window.start).days + 1
    count = len(backfill.sources) * -(-days // backfill.chunk_days)
    if count > _MOST_CHUNKS and backfill.method is not Method.REPROCESS:
        raise ConfigError(
            f"{count} chunks are more than {_MOST_CHUNKS}: ask for fewer days, or for more days in a chunk"
        )
    if backfill.method is not Method.SITE:
        return
    lacking = [one.id for one in backfill.sources if not any(entry.kind in COLLECTED for entry in one.entry)]
    if lacking:
        raise ConfigError(f"{', '.join(lacking)}: no entry that can be crawled; kinds that can: {', '.join(COLLECTED)}")


@contextmanager
def backfilling(context: Context, backfill: Backfill, progress: Progress | None = None) -> Iterator[list[Chunk]]:
    """Hold a backfill while its chunks are run; gives those that are left. A second start of it is refused meanwhile.

    Raises:
        BusyError: it is running already.
        ConfigError, StoreError: nothing was begun.
    """
    _check(context, backfill)
    check_store(context)
    name = f"backfill:{backfill.backfill_id}"
    with hold(context.database, name):
        context.runs.set_watermark(name, backfill.scope)
        resume_dead_runs(context, progress)
        yield [chunk for chunk in map(context.runs.look_up, backfill.chunks()) if not chunk.done]


def run_chunk(
    context: Context,
    backfill: Backfill,
    chunk: Chunk,
    progress: Progress | None = None,
    *,
    stop: threading.Event | None = None,
) -> Chunk:
    """Fetch (or read again) and stage one chunk, under the backfill's lease; gives it with its run and report.

    What goes wrong with the source stands in the report; such a chunk is not done, and the next start takes it again.
    One that comes after the limit of pages is not begun.

    Raises:
        CopydeskError: `stop` was set while pages were extracted; the next start goes on there.
    """
    source = next(one for one in backfill.sources if one.id == chunk.source)
    fetched = context.runs.pages_of_backfill(backfill.backfill_id, source.id)
    left = None if backfill.limit is None else max(0, backfill.limit - fetched)
    if left == 0 and backfill.method is not Method.REPROCESS:
        return chunk

    def going_on(label: str, name: str, count: int) -> None:
        if stop is not None and stop.is_set():
            raise CopydeskError("the backfill was stopped")
        if progress is not None:
            progress(label, name, count)

    begun = context.runs.look_up(chunk)
    goes_on = begun.run_id is not None and begun.state in (RunState.CRAWLING, RunState.CRAWLED)
    run_id = str(begun.run_id) if goes_on else new_run_id(utc_now(), os.urandom(8).hex())
    with hold(context.database, f"run:{run_id}"):  # before it is there: a run that nobody holds is a dead one
        context.runs.start_chunk(chunk, run_id, window=backfill.window)
        if backfill.method is Method.REPROCESS:
            take_stored(context, run_id, source, backfill.window)
        else:
            crawl_one(context, run_id, source, share=_share(backfill, chunk, left), progress=going_on)
        finish_run(context, run_id, going_on)
    ended = context.runs.look_up(chunk)
    if ended.done and backfill.method is not Method.REPROCESS:
        context.runs.close_alert("gap", chunk.source)
    return ended


def run_backfill(context: Context, backfill: Backfill, progress: Progress | None = None) -> list[Chunk]:
    """Run all chunks that are left, sources side by side, in this process; publishing is the caller's next step."""
    with backfilling(context, backfill, progress) as chunks:
        by_source: dict[str, list[Chunk]] = defaultdict(list)
        for chunk in chunks:
            by_source[chunk.source].append(chunk)

        def run_all(mine: list[Chunk], stop: threading.Event) -> list[Chunk]:
            return [run_chunk(context, backfill, chunk, progress, stop=stop) for chunk in mine if not stop.is_set()]

        parts = side_by_side(run_all, by_source.values(), context.settings.crawl.parallel_sources)
        return [chunk for part in parts for chunk in part]
