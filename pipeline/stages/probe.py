"""Find out how a site lists its texts: what `sources add` asks, tries and proposes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from urllib.parse import urljoin, urlsplit

from lxml import html

from pipeline.discover import wordpress
from pipeline.discover.feeds import feed_head
from pipeline.discover.site import PageClues, Shape, page_clues, robots_sitemaps, shape_of
from pipeline.errors import ConfigError, FetchError
from pipeline.forums.engine import ForumEngine
from pipeline.forums.registry import engine_of
from pipeline.forums.shapes import THREAD_WORDS, skeleton, words_in
from pipeline.models import utc_now
from pipeline.settings import Settings
from pipeline.sources.declaration import Entry, EntryKind
from pipeline.sources.urls import same_host
from pipeline.stages.asking import Answer, Asker, someone
from pipeline.stages.choosing import Candidate, choose
from pipeline.stages.entrypoints import EntryState, board_engine, entry_state, tree_of
from pipeline.stages.identity import Identity, identity_of
from pipeline.stages.samples import samples_of

__all__ = ["SiteReport", "probe_site"]

_REQUESTS = 25
_TIME_S = 240.0
_ANNOUNCED = 4
_SAMPLES = 2
_KEPT = 6
_FEEDS = ("feed/", "rss.xml", "feed.xml", "atom.xml", "index.xml", "rss", "feed.json")
_SITEMAPS = ("sitemap.xml", "sitemap_index.xml", "news-sitemap.xml", "wp-sitemap.xml")


@dataclass(frozen=True, slots=True)
class SiteReport:
    """What was found out about a site; `asked` are (address, how it answered) in order."""

    url: str
    identity: Identity
    kind: str
    system: str | None
    candidates: tuple[Candidate, ...]
    asked: tuple[tuple[str, str], ...]

    @property
    def chosen(self) -> tuple[Candidate, ...]:
        """Those that a declaration should have."""
        return tuple(one for one in self.candidates if one.chosen)


@dataclass(slots=True)
class _Site:
    """What is known so far while a site is asked."""

    asker: Asker
    first: Answer
    home: Answer
    clues: PageClues = field(default_factory=PageClues)
    candidates: list[Candidate] = field(default_factory=list)
    more: list[Candidate] = field(default_factory=list)


def probe_site(settings: Settings, url: str, *, allow_private: bool, kind: str | None = None) -> SiteReport:
    """Ask a site what it has; any address of it will do. `kind`: it is known to be `news` or a `forum`.

    Raises:
        ConfigError: the address is none, or leads to a private host without `allow_private`.
        FetchError: the site cannot be asked: it refuses by robots.txt, is not there, or answers with an error.
    """
    site = _enter(settings, url, allow_private=allow_private)
    engine = _forum(site, board_engine if kind == "forum" else _known_engine) if kind != "news" else None
    if engine is None and kind != "forum":
        _news(site)
        if kind is None and _feeds_of_threads(site):
            engine = _forum(site, board_engine)
    _try_more(settings, site)
    if engine is None and kind is None and not any(one.chosen for one in site.candidates):
        engine = _forum(site, board_engine)
        _try_more(settings, site)
    if engine is None and kind != "forum" and not any(one.chosen for one in site.candidates):
        site.more = _look(site, EntryKind.LISTING, [site.home.final_url], "the page's links")
        _try_more(settings, site)
    identity = identity_of(site.asker, site.home, site.clues, site.candidates)
    system = engine or ("wordpress" if site.clues.wordpress else "blogger" if site.clues.blogger else None)
    asked = tuple((one.url, "ok" if one.ok else one.why) for one in site.asker.asked)
    return SiteReport(url, identity, "forum" if engine else "news", system, tuple(site.candidates), asked)


def _try_more(settings: Settings, site: _Site) -> None:
    """Try what was found since the last time, and choose anew."""
    first = len(site.candidates)
    site.candidates += site.more
    site.more = []
    site.candidates = choose(_tried(settings, site, first))


def _enter(settings: Settings, url: str, *, allow_private: bool) -> _Site:
    """Ask the address that was given, and from it the home of the site."""
    for start in _starts(url):
        asker = Asker(settings, someone(start, allow_private=allow_private), limit=_REQUESTS, time_s=_TIME_S)
        first, _ = asker.ask([start, urljoin(start, "/robots.txt")])
        if first.problem not in ("unreachable", "timeout"):
            break
    if first.status == 404 and not urlsplit(first.url).path.endswith("/"):
        first = asker.ask_one(f"{first.url}/")  # a folder, on a server that does not help
    _must_answer(first)
    shape = shape_of(first.body, first.content_type)
    clues = _clues(first)
    if shape is Shape.PAGE and not clues.story:
        return _Site(asker, first, first, clues)
    if shape is Shape.PAGE and not clues.wordpress:
        return _Site(asker, first, _home(asker, first, clues), clues)
    named = feed_head(first.body).link if shape is Shape.FEED else clues.homes[0] if clues.homes else None
    if clues.api_root is not None:
        named = wordpress.site_root(clues.api_root)
    home = asker.ask_one(urljoin(first.final_url, named or "/"))
    return _Site(asker, first, home if home.ok else first, clues)


def _starts(url: str) -> list[str]:
    url = url.strip()
    if "://" not in url:
        return [f"https://{url}", f"http://{url}"]
    if not url.startswith(("http://", "https://")) or not urlsplit(url).hostname:
        raise ConfigError(f"{url} is not an http(s) address; give one such as https://example.com/")
    return [url]


def _must_answer(first: Answer) -> None:
    host = urlsplit(first.url).netloc
    if first.problem == "private":
        raise ConfigError(f"{host} is a private address; add --allow-private if it is meant")
    if first.problem == "bad_url":
        raise ConfigError(f"{first.url} is not an http(s) address; give one such as https://example.com/")
    if first.problem == "robots":
        raise FetchError(f"{first.url}: the robots.txt of {host} refuses it to us; ask its owner, or leave it")
    if not first.ok:
        raise FetchError(f"{first.url}: {first.why}; check the address, or try again later")


def _clues(answer: Answer) -> PageClues:
    return page_clues(answer.body, answer.final_url, answer.content_type) if answer.ok else PageClues()


def _home(asker: Asker, first: Answer, clues: PageClues) -> Answer:
    """The home of a site from one of its texts: the first of the likely addresses that answers with a page."""
    for answer in map(asker.ask_one, clues.homes[:3]):
        if answer.ok and shape_of(answer.body, answer.content_type) is Shape.PAGE:
            return answer
    return first


def _known_engine(tree: html.HtmlElement, _: Answer) -> ForumEngine | None:
    return engine_of(tree)


def _forum(site: _Site, engine_for: Callable[[html.HtmlElement, Answer], ForumEngine | None]) -> str | None:
    """Name of the forum system when the site is a forum; its entry is then among those still to be tried."""
    for answer in dict.fromkeys((site.first.url, site.home.url)):
        page = site.asker.ask_one(answer)
        tree = tree_of(page)
        engine = engine_for(tree, page) if tree is not None else None
        if tree is None or engine is None:
            continue
        clues = _clues(page)
        threads = engine.thread_links(tree, page.final_url, utc_now())
        forums = engine.forum_links(tree, page.final_url)
        if not (engine.is_thread(tree) or threads or forums):
            continue
        above = clues.homes if clues.story or not forums else ()
        index = next((one for one in map(site.asker.ask_one, above[:5]) if _is_board(one, engine_for)), page)
        site.home, site.clues = index, _clues(index)
        site.more = _look(site, EntryKind.FORUM, [index.final_url], f"made by {engine.name}")
        return engine.name
    return None


def _is_board(answer: Answer, engine_for: Callable[[html.HtmlElement, Answer], ForumEngine | None]) -> bool:
    tree = tree_of(answer)
    engine = engine_for(tree, answer) if tree is not None else None
    return tree is not None and engine is not None and bool(engine.forum_links(tree, answer.final_url))


def _news(site: _Site) -> None:
    """Gather the entry points of a site of articles, the best first."""
    home = site.home.final_url
    clues = _clues(site.home) if site.home is not site.first or not site.clues.homes else site.clues
    site.clues = replace(
        clues, wordpress=clues.wordpress or site.clues.wordpress, api_root=clues.api_root or site.clues.api_root
    )
    if site.clues.wordpress:
        root = wordpress.site_root(site.clues.api_root or home)
        default = wordpress.api_root(root)
        named = site.clues.api_root
        url = root if named is None or named.rstrip("/") == default.rstrip("/") else wordpress.api_root(named)
        found = _look(site, EntryKind.WORDPRESS, [url], "the page names WordPress")
        # An API that is shut need not be named.
        site.more += [replace(one, state=replace(one.state, url=root)) if one.state.note else one for one in found]
    elif site.clues.blogger:
        site.more += _look(site, EntryKind.BLOGGER, [urljoin(home, "/")], "the page names Blogger")
    if any(one.state.problem is None and not one.state.last_resort for one in site.more):
        return
    blog, site.more = site.more, []
    shape = shape_of(site.first.body, site.first.content_type)
    given = [site.first.final_url] if shape is Shape.FEED else []
    site.more += _look(site, EntryKind.FEED, given, "the address given")
    announced = [url for url in site.clues.feeds if url not in given][:_ANNOUNCED]
    site.more += _look(site, EntryKind.FEED, announced, "announced by the page")
    if not any(one.state.problem is None for one in site.more):
        base = urljoin(home, ".")
        site.more += _look(site, EntryKind.FEED, (urljoin(base, name) for name in _FEEDS), "a common place")
    _sitemaps(site, [site.first.final_url] if shape is Shape.SITEMAP else [])
    site.more += blog


def _feeds_of_threads(site: _Site) -> bool:
    """Whether the feeds are those of a board: the home lists forums, and what the feeds name are threads."""
    tree = tree_of(site.home)
    engine = board_engine(tree, site.home) if tree is not None else None
    if tree is None or engine is None or len(engine.forum_links(tree, site.home.final_url)) < 2:
        return False
    texts = [text.url for one in site.more if one.state.kind is EntryKind.FEED for text in one.state.texts]
    threads = sum(bool(words_in(skeleton(url)) & THREAD_WORDS) for url in texts)
    return bool(texts) and 10 * threads >= 9 * len(texts)


def _sitemaps(site: _Site, given: list[str]) -> None:
    home = site.home.final_url
    robots = site.asker.ask_one(urljoin(home, "/robots.txt"))
    named = [*(robots_sitemaps(robots.body) if robots.ok else ()), *site.clues.sitemaps]
    # A news sitemap names what is fresh; an index of all years costs a site thousands of requests.
    named.sort(key=lambda url: "news" not in url.lower())
    site.more += _look(site, EntryKind.SITEMAP, given, "the address given")
    site.more += _look(site, EntryKind.SITEMAP, dict.fromkeys(named[:3]), "named by robots.txt")
    if not any(one.state.kind is EntryKind.SITEMAP and one.state.problem is None for one in site.more):
        places = dict.fromkeys(
            urljoin(base, name) for base in (urljoin(home, "."), urljoin(home, "/")) for name in _SITEMAPS
        )
        tried = {one.state.url for one in site.more}
        site.more += _look(site, EntryKind.SITEMAP, [one for one in places if one not in tried], "a common place")


def _look(site: _Site, kind: EntryKind, urls: Iterable[str], how: str) -> list[Candidate]:
    """Candidates of one kind; of common places only those that are there."""
    wanted = list(urls)
    if how == "a common place":  # some requests are kept for trying texts
        wanted = wanted[: max(0, site.asker.left - _KEPT)]
    if kind in (EntryKind.FEED, EntryKind.SITEMAP):
        site.asker.ask(wanted)  # all at once, in one child process
    found = [Candidate(entry_state(site.asker, Entry(kind=kind, url=url)), how) for url in wanted]
    return [one for one in found if one.state.problem is None] if how == "a common place" else found


def _tried(settings: Settings, site: _Site, start: int = 0) -> list[Candidate]:
    """The candidates, each with the better document of two texts that are asked and extracted."""
    untried = [one for one in site.candidates[start:] if one.state.problem is None]
    wanted = {one.state.url: _likely_texts(one.state, site.home.final_url) for one in untried}
    answers = site.asker.ask(url for urls in wanted.values() for url in urls)
    samples = samples_of(settings, answers, forum=any(one.state.kind is EntryKind.FORUM for one in untried))
    made = []
    for one in site.candidates:
        tried = [samples[url] for url in wanted.get(one.state.url, ()) if url in samples]
        best = max(tried, key=lambda sample: (sample.problem is None, sample.words), default=one.sample)
        made.append(replace(one, sample=best))
    return made


def _likely_texts(state: EntryState, home: str) -> list[str]:
    """Two texts to try: of a sitemap those with the longest addresses of the newest, else the first that are listed."""
    texts = [
        one
        for one in state.texts
        if (same_host(one.url, home) and urlsplit(one.url).path not in ("", "/")) or "?" in one.url
    ]
    texts = texts or [one for one in state.texts if one.url.rstrip("/") != home.rstrip("/")]
    if state.kind in (EntryKind.SITEMAP, EntryKind.LISTING):
        texts = sorted(texts[:2_000], key=lambda one: (len(one.url) < 60, -len(one.url)))[:20]
    return list(dict.fromkeys(one.url for one in texts))[:_SAMPLES]
