"""What the pages of all platforms are made of: a site's view of the plan, heads, bodies and furniture."""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from html import escape
from random import Random

from pipeline.demo import names, texts
from pipeline.demo.desks import DESKS
from pipeline.demo.outlets import Outlet
from pipeline.demo.plan import Page, Plan, Shelf
from pipeline.demo.texts import Written


@dataclass(frozen=True, slots=True)
class Site:
    """One outlet with its pages, newest first. Furniture links to the base's pages alone, so that it stays as it is."""

    plan: Plan
    outlet: Outlet

    @property
    def shelf(self) -> Shelf:
        return self.plan.shelves[self.outlet.index]

    @property
    def pages(self) -> tuple[Page, ...]:
        return self.shelf.pages

    @property
    def updated_at(self) -> datetime:
        return self.shelf.updated_at

    def published(self, after: datetime | None, until: datetime | None) -> tuple[int, int]:
        """The places, first and end, of the pages that came after one moment and not after the other."""
        first = 0 if until is None else bisect_left(self.pages, -until.timestamp(), key=_age)
        end = len(self.pages) if after is None else bisect_left(self.pages, -after.timestamp(), key=_age)
        return first, max(first, end)

    def written(self, page: Page) -> list[Written]:
        return [texts.write_piece(self.plan.seed, piece, self.outlet) for piece in page.pieces]

    def url(self, page: Page) -> str:
        return self.outlet.base + page.path

    def canonical(self, page: Page) -> str:
        """Mostly the page's own address; some reprints name the host that they took the text from."""
        piece = page.pieces[0]
        if piece.change == "verbatim" and not page.digest and piece.number % 5 == 0:
            home = self.plan.home[piece.story.number]
            return self.plan.outlets[home.outlet].base + home.path
        return self.url(page)

    def neighbours(self, page: Page) -> tuple[Page | None, Page | None]:
        """The older and the newer page; what came after the base has the base's newest before it."""
        at, stock = page.position, self.shelf.stock
        older = stock[max(0, at + 1) : max(1, at + 2)]
        return (older[0] if older else None), (stock[at - 1] if at > 0 else None)

    def related(self, page: Page, count: int = 4) -> list[Page]:
        stock = self.shelf.stock
        start = (page.position * 7 + 3) % max(1, len(stock) - count)
        return [other for other in stock[start : start + count] if other.position != page.position]


def _age(page: Page) -> float:
    return -page.at.timestamp()


def section(page: Page) -> str:
    return page.pieces[0].story.desk


def tags(page: Page) -> list[str]:
    return Random(page.title).sample(DESKS[section(page)]["issue"].split("|"), k=3)


def day(at: datetime) -> str:
    return f"{at:%B} {at.day}, {at:%Y}"


def edited(page: Page) -> str:
    """When the outlet changed the text; nothing where it did not."""
    return f'<meta itemprop="dateModified" content="{page.changed_at.isoformat()}"/>' if page.edited else ""


def links(pages: Iterable[Page]) -> str:
    return "".join(f'<li><a href="{escape(page.path)}">{escape(page.title)}</a></li>' for page in pages)


def navigation() -> str:
    items = "".join(f'<li><a href="/section/{desk}/">{desk.title()}</a></li>' for desk in DESKS)
    return f'<ul class="menu"><li><a href="/">Home</a></li>{items}<li><a href="/about/">About</a></li></ul>'


def caption(page: Page) -> str:
    rng = Random(page.path)
    scene = rng.choice(("Morning light over", "The main street of", "A file picture from", "Clouds gather above"))
    return f"{scene} {names.place(rng)}. Photo: {names.person(rng)}"


def figure(page: Page, classes: str, caption_class: str) -> str:
    if page.pieces[0].number % 3 == 0:
        return ""
    image = f"/images/{page.pieces[0].number}.jpg"
    text = f'<figcaption class="{caption_class}">{escape(caption(page))}</figcaption>'
    return f'<figure class="{classes}"><img src="{image}" alt="" width="800" height="450"/>{text}</figure>\n'


def paragraphs(written: Written, *, inserts: dict[int, str] | None = None, opening: str = "<p>") -> str:
    """The text's paragraphs; `inserts` come after the paragraph of that number (from 0)."""
    lines = [f"{opening}{escape(text)}</p>\n" for text in written.paragraphs]
    for index, insert in sorted((inserts or {}).items(), reverse=True):
        lines.insert(min(index + 1, len(lines)), insert)
    if written.credit_line:
        lines.append(f'<p class="source-credit"><em>{escape(written.credit_line)}</em></p>\n')
    return "".join(lines)


def share() -> str:
    buttons = "".join(f'<a href="#share-{name.lower()}">{name}</a> ' for name in ("Mail", "Post", "Copy", "Print"))
    return f'<div class="share-buttons sharedaddy"><span>Share this:</span> {buttons}</div>\n'


def newsletter(outlet: Outlet) -> str:
    return (
        f'<div class="newsletter-signup"><h4>Get {escape(outlet.name)} by mail</h4>'
        '<form action="/newsletter" method="post"><input type="email" name="email"/>'
        "<button>Sign me up</button></form></div>\n"
    )


def cookies() -> str:
    text = 'This site keeps cookies to count its guests. <a href="/about/">More</a>'
    return f'<div class="cookie-notice" id="cookie-law">{text}</div>'


def newsroom(outlet: Outlet) -> str:
    text = f"Readers can reach the newsroom of {escape(outlet.name)} through the contact page."
    return f'<div class="newsroom-note">{text}</div>\n'


def document(*, title: str, head: str, body: str, body_class: str = "", html: str = '<html lang="en">') -> str:
    return (
        f'<!doctype html>{html}<head><meta charset="utf-8"/>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"/>\n'
        f"<title>{escape(title)}</title>\n{head}</head>\n"
        f'<body class="{body_class}">\n{body}</body></html>\n'
    )


def open_graph(site: Site, page: Page, *, times: bool) -> str:
    """Canonical link and og: tags; `times` adds article:published_time and modified_time."""
    rows = [
        f'<link rel="canonical" href="{escape(site.canonical(page))}"/>',
        '<meta property="og:type" content="article"/>',
        f'<meta property="og:title" content="{escape(page.title)}"/>',
        f'<meta property="og:site_name" content="{escape(site.outlet.name)}"/>',
        f'<meta property="og:image" content="{site.outlet.base}/images/{page.pieces[0].number}.jpg"/>',
    ]
    if times:
        rows.append(f'<meta property="article:published_time" content="{page.at.isoformat()}"/>')
        if page.modified_at:
            rows.append(f'<meta property="article:modified_time" content="{page.modified_at.isoformat()}"/>')
        rows += [f'<meta property="article:section" content="{section(page).title()}"/>']
        rows += [f'<meta property="article:tag" content="{escape(tag)}"/>' for tag in tags(page)]
    return "\n".join(rows) + "\n"


def alternates(site: Site) -> str:
    feeds = {
        "agency": ("application/rss+xml", "/rss.xml"),
        "newspaper": ("application/atom+xml", "/atom.xml"),
        "blogger": ("application/atom+xml", "/feeds/posts/default"),
    }
    if site.outlet.platform == "xenforo":
        return ""
    kind, path = feeds.get(site.outlet.platform, ("application/rss+xml", "/feed/"))
    api = '<link rel="https://api.w.org/" href="/wp-json/"/>\n' if site.outlet.platform == "wordpress-b" else ""
    return f'<link rel="alternate" type="{kind}" title="{escape(site.outlet.name)}" href="{path}"/>\n{api}'
