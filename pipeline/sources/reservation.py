"""TDM Reservation Protocol (W3C community group report, 2024): what a site's `/.well-known/tdmrep.json` reserves."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from protego import Protego

__all__ = ["Reservations", "parse_reservations"]


@dataclass(frozen=True, slots=True)
class Reservations:
    """The parts of a site, by the order of its file; patterns are those of robots.txt (`*`, `$`)."""

    parts: tuple[tuple[Any, bool], ...] = ()

    def reserves(self, url: str) -> bool | None:
        """Whether an address is reserved against mining; None when the file does not name it."""
        return next((reserved for rules, reserved in self.parts if not rules.can_fetch(url, "*")), None)


def parse_reservations(body: bytes) -> Reservations:
    """Read the file; what is not as the protocol says reserves nothing."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return Reservations()
    parts = []
    for one in found if isinstance(found, list) else ():
        location = one.get("location") if isinstance(one, dict) else None
        if isinstance(location, str) and location.strip() and "\n" not in location:
            rules = Protego.parse(f"User-agent: *\nDisallow: {location.strip()}\n")
            parts.append((rules, one.get("tdm-reservation") in (1, "1", True)))
    return Reservations(tuple(parts))
