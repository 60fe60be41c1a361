"""The control address of a served world: its clock, its troubles, what was asked of it."""

import asyncio
import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import parse_qs

from pipeline.demo.troubles import Trouble, parse_trouble
from pipeline.demo.world import Reply, World

CONTROL: Final = "127.0.9.1"
_ROUTES: Final = "GET /, POST /clock, GET /truth, GET and DELETE /requests, POST and DELETE /trouble"
_SPAN: Final = re.compile(r"(?:(\d{1,4})d)?(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,6})s)?")


class Served:
    """What changes while a world is served: the world itself (its clock), troubles by source and counted answers."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.troubles: dict[str, Trouble] = {}
        self.counts: dict[str, Counter[str]] = {}
        self._hits: Counter[str] = Counter()
        self._moving = asyncio.Lock()

    def trouble(self, source: str, path: str) -> Trouble | None:
        """The trouble that this request meets; asking counts towards the trouble's `first`."""
        found = self.troubles.get(source)
        if found is None or not found.hits(path):
            return None
        self._hits[source] += 1
        return found if found.first is None or self._hits[source] <= found.first else None

    def count(self, source: str, status: str) -> None:
        """Counts an answer by its status, or by the trouble that took its place."""
        self.counts.setdefault(source, Counter())[status] += 1

    def set_trouble(self, trouble: Trouble) -> None:
        self.clear_troubles(trouble.source)
        self.troubles[trouble.source] = trouble

    def clear_troubles(self, source: str | None = None) -> None:
        for name in [source] if source else list(self.troubles):
            self.troubles.pop(name, None)
            self._hits.pop(name, None)

    async def move(self, values: Mapping[str, object]) -> None:
        """Moves the clock; requests are answered from the earlier moment meanwhile."""
        async with self._moving:
            moment = _moment(values, self.world.now)
            self.world = await asyncio.to_thread(self.world.moved, moment)
            self.forget()

    def forget(self) -> dict[str, Counter[str]]:
        self.counts = {}
        return self.counts

    def state(self) -> dict[str, object]:
        world = self.world
        return {
            "now": world.now.isoformat(),
            "base": world.base_at.isoformat(),
            "seed": world.seed,
            "pages": world.pages,
            "troubles": [asdict(trouble) for trouble in self.troubles.values()],
        }


async def answer(served: Served, method: str, path: str, query: str, body: bytes) -> Reply:
    """Answers every request to the control address but `GET /truth`; what is wrong with one stands in `error`."""
    routes: dict[tuple[str, str], Callable[[], object]] = {
        ("GET", "/"): served.state,
        ("GET", "/requests"): lambda: served.counts,
        ("DELETE", "/requests"): served.forget,
        ("POST", "/trouble"): lambda: _trouble(served, _object(body)),
        ("DELETE", "/trouble"): lambda: _clear(served, query, body),
    }
    try:
        if (method, path) == ("POST", "/clock"):
            await served.move(_object(body))
            return _json(200, served.state())
        if (method, path) in routes:
            return _json(200, routes[method, path]())
    except ValueError as error:
        return _json(400, {"error": str(error)})
    known = path in {"/clock", "/truth", *(other for _, other in routes)}
    return _json(405 if known else 404, {"error": f"{method} {path} is not here: there are {_ROUTES}"})


def _trouble(served: Served, values: Mapping[str, object]) -> object:
    served.set_trouble(parse_trouble(values, _sources(served)))
    return served.state()


def _clear(served: Served, query: str, body: bytes) -> object:
    values = _object(body) if body else {}
    source = values.get("source", parse_qs(query).get("source", [None])[0])
    if source is not None and source not in _sources(served):
        raise ValueError(f"source is {source!r}, which this world has not: give one of {', '.join(_sources(served))}")
    served.clear_troubles(source)
    return served.state()


def _sources(served: Served) -> tuple[str, ...]:
    return tuple(outlet.source for outlet in served.world.outlets)


def _object(body: bytes) -> dict[str, object]:
    try:
        values = json.loads(body)
    except ValueError as error:
        raise ValueError(f"the body is no JSON ({error}): send an object") from None
    if not isinstance(values, dict):
        raise ValueError(f"the body is a JSON {type(values).__name__}: send an object")  # noqa: TRY004 - answered as 400
    return values


def _moment(values: Mapping[str, object], now: datetime) -> datetime:
    """The moment that `advance` or `now` asks for."""
    match dict(values):
        case {"advance": str(text), **rest} if not rest:
            found = _SPAN.fullmatch(text)
            if not text or found is None:
                raise ValueError(f"advance is {text!r}: give a span like 90s, 30m, 6h, 2d or 1d12h")
            days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
            return now + timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
        case {"now": str(text), **rest} if not rest:
            try:
                return datetime.fromisoformat(text)
            except ValueError:
                raise ValueError(f"now is {text!r}: give an ISO 8601 time with a zone") from None
    raise ValueError('give {"advance": "6h"} or {"now": "2026-11-02T12:00:00+00:00"}, one of them, as text')


def _json(status: int, value: object) -> Reply:
    return Reply(status, {"Content-Type": "application/json; charset=utf-8"}, json.dumps(value).encode() + b"\n")
