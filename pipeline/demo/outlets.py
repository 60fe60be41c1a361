"""The outlets of the invented press: who they are, where they answer and what software they run."""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Platform: TypeAlias = Literal["agency", "wordpress-a", "wordpress-b", "blogger", "newspaper", "xenforo"]

AGENCY: Final = "Northwire"
_ROSTER: Final[tuple[tuple[str, str, Platform], ...]] = (
    ("demo-northwire", "Northwire", "agency"),
    ("demo-harbor-ledger", "The Harbor Ledger", "newspaper"),
    ("demo-valley-courier", "The Valley Courier", "newspaper"),
    ("demo-tidewater-today", "Tidewater Today", "wordpress-a"),
    ("demo-upland-herald", "Upland Herald", "wordpress-a"),
    ("demo-brass-gazette", "The Brass Gazette", "wordpress-a"),
    ("demo-nightdesk", "Nightdesk", "wordpress-a"),
    ("demo-fen-report", "The Fen Report", "wordpress-b"),
    ("demo-copper-line", "Copper Line", "wordpress-b"),
    ("demo-lamplight", "Lamplight Weekly", "wordpress-b"),
    ("demo-clippings", "Quill's Clippings", "blogger"),
    ("demo-daily-basket", "The Daily Basket", "blogger"),
    ("demo-signal-forum", "Signal Box Forum", "xenforo"),
)


@dataclass(frozen=True, slots=True)
class Outlet:
    """One host; `variant` counts the outlets of the same platform and changes small things of its pages."""

    index: int
    source: str
    name: str
    address: str
    port: int
    platform: Platform
    variant: int

    @property
    def base(self) -> str:
        return f"http://{self.address}:{self.port}"


def roster(port: int) -> tuple[Outlet, ...]:
    platforms = [platform for _, _, platform in _ROSTER]
    return tuple(
        Outlet(index, source, name, f"127.0.{10 + index}.1", port, platform, platforms[:index].count(platform))
        for index, (source, name, platform) in enumerate(_ROSTER)
    )


FORUM_NODES: Final = (("front-page-talk", 2), ("trade-and-transport", 5), ("the-lounge", 9))


def declaration(outlet: Outlet, *, enabled: bool) -> str:
    """The TOML that declares the outlet as a source."""
    agency = outlet.platform == "agency"
    forum = outlet.platform == "xenforo"
    lines = [
        f'id = "{outlet.source}"',
        f'name = "{outlet.name}"',
        f'kind = "{"forum" if forum else "news"}"',
        f'homepage = "{outlet.base}/"',
        *([] if enabled else ["enabled = false"]),
        'language = "en"',
        'schedule = "hourly"',
        f"authority = {_authority(outlet)}",
        "allow_private = true",
        *([f'agency = "{AGENCY}"'] if agency else []),
    ]
    for kind, path in _entries(outlet):
        lines += ["[[entry]]", f'kind = "{kind}"', f'url = "{outlet.base}{path}"']
    return "\n".join([*lines, "[politeness]", "delay_s = 0.0", ""])


def _authority(outlet: Outlet) -> int:
    return {"agency": 100, "newspaper": 60, "wordpress-a": 40, "wordpress-b": 50, "blogger": 20, "xenforo": 10}[
        outlet.platform
    ]


def _entries(outlet: Outlet) -> list[tuple[str, str]]:
    match outlet.platform:
        case "agency":
            return [("feed", "/rss.xml"), ("sitemap", "/sitemap.xml")]
        case "newspaper":
            return [("sitemap", "/sitemap.xml")] + ([("feed", "/atom.xml")] if outlet.variant == 0 else [])
        case "wordpress-a" | "wordpress-b":
            return [("wordpress", "/")]
        case "blogger":
            return [("blogger", "/")]
    return [("forum", f"/forums/{slug}.{number}/") for slug, number in FORUM_NODES]
