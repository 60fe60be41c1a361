"""One address for one page: tracking, AMP, print and session variants of a URL become the same string."""

from __future__ import annotations

import re
from collections import Counter
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from courlan import normalize_url
from w3lib.url import canonicalize_url

__all__ = ["host_of", "is_below", "is_trap", "normalise_url", "own_address", "same_host"]

_DROP_QUERY = re.compile(
    r"(?i)^(utm_\w+|fbclid|fb_\w+|gclid|gbraid|wbraid|dclid|msclkid|yclid|srsltid|igshid?|mibextid|mc_[ce]id|mkt_tok|"
    r"_ga|_gl|_openstat|ref|ref_src|referrer|cmp|cmpid|icid|intcmp|ito|ncid|ocid|cvid|s_cid|sc_c\w+|smid|smtyp|soc_\w+|"
    r"trk\w*|wprov|xtor|amp|amp_\w+|usqp|outputtype|output|_x_tr_\w+|phpsessid|jsessionid|sid|sessid|sessionid|"
    r"session_id|oscsid|zenid|cfid|cftoken|aspsessionid\w*|s|print|printable|printview|share|replytocom|from|source|spm|"
    r"wt_\w+|at_\w+|ns_\w+|_hs\w+|hsctatracking|guccounter|nocache|m)$"
)
_OFTEN_IDS = frozenset("s m sid source from ref print output share cmp cmpid ito".split())
"""With a number these may be the page's own id: `article.php?sid=123`, `showthread.php?s=…`."""
_KEEP_VALUE = re.compile(r"^\d{1,12}$")
_AMP_PATH = re.compile(r"(?i)/(amp|print)/?$|\.amp(?=\.html?$|$)|[-_]print(?=\.html?$)")
_AMP_PREFIX = re.compile(r"(?i)^/amp(?=/[^/]+/)")
_AMP_QUERY = re.compile(r"(?i)([?&])amp=[^&#]*(?:&|(?=#|$))")
_SESSION_PATH = re.compile(r"(?i)(?:;|%3b)(jsessionid|phpsessid|sid)=[^/?#;]*|/\(S\([a-z0-9]+\)\)(?=/)")
_MOST_TURNS, _MOST_SEGMENTS, _MOST_PARAMETERS = 3, 25, 20
_INDEX = re.compile(r"(?i)/(index|default)\.(html?|php|aspx?)$")
_POST_SUFFIX = re.compile(r"(?<=/)(post-\d+|unread|latest)/?$")
_THREAD_PATHS = (
    (re.compile(r"/threads/(?:[^/]*\.)?(\d+)(?:/|$)"), r"/threads/\1/"),  # XenForo
    (re.compile(r"/(topic|thread)/(\d+)-[^/]*(?:/|$)"), r"/\1/\2/"),  # Invision, WoltLab
    (re.compile(r"/discussion/(\d+)/(?!p\d+(?:/|$))[^/]+"), r"/discussion/\1"),  # Vanilla
    (re.compile(r"/d/(\d+)-[^/]*"), r"/d/\1"),  # Flarum
    (re.compile(r"/showthread\.php/(\d+)-[^/]*"), r"/showthread.php/\1"),  # vBulletin 4
)
"""The same thread with and without its title in the address."""
_THREAD_SCRIPT = re.compile(r"(?i)/(viewtopic|showthread|viewthread)\.php$")
_THREAD_IDS = ("t", "tid", "threadid")
_THREAD_KEYS = (*_THREAD_IDS, "page", "start")
_FIRST_PAGES = (("page", "1"), ("start", "0"))
_SMF_TOPIC = re.compile(r"^(\d+)\.(?:msg\d+|new)\b.*$|^(\d+\.\d+);.*$")


def host_of(url: str) -> str:
    """Lower-cased host of an address, without `www.`, with the port where one is named; empty for no address."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ""
    host = (parts.hostname or "").removeprefix("www.")
    return f"{host}:{port}" if port else host


def same_host(one: str, other: str) -> bool:
    """Whether two addresses are on one host (`www.` and a leading `amp.` or `m.` aside)."""
    first, second = (re.sub(r"^(amp|m)\.", "", host_of(url)) for url in (one, other))
    return first == second != ""


def is_trap(url: str) -> bool:
    """Whether an address looks like one of endlessly many: its path turns in circles, or it has too many parts."""
    parts = urlsplit(url)
    segments = [segment for segment in parts.path.split("/") if segment]
    turns = max(Counter(segments).values(), default=0)
    return turns > _MOST_TURNS or len(segments) > _MOST_SEGMENTS or parts.query.count("&") >= _MOST_PARAMETERS


def is_below(url: str, homepage: str) -> bool:
    """Whether an address is on the homepage's host or on a host below it."""
    host, home = host_of(url), host_of(homepage)
    return home != "" and (host == home or host.endswith(f".{home}"))


def own_address(url: str, homepage: str) -> str:
    """An archived address as the site has it today: archives hold pages under http and https, with and without `www.`.

    Ports that say nothing are dropped; on the homepage's host its scheme and host are taken, so that copies of a page
    in different archives have one address.
    """
    try:
        parts = urlsplit(url.strip())
        if parts.port in (80, 443) and parts.hostname:
            parts = parts._replace(netloc=parts.netloc.rpartition(":")[0])
        home = urlsplit(homepage)
    except ValueError:
        return url.strip()
    if same_host(parts.geturl(), homepage):
        parts = parts._replace(scheme=home.scheme, netloc=home.netloc)
    return parts._replace(fragment="").geturl()


def normalise_url(url: str) -> str:
    """The address that names the page: never raises, and normalising twice changes nothing.

    courlan and w3lib do the common part (case, default ports, escapes, order of the query); our own cases are
    tracking and session parameters, AMP and print variants, index files and links into a forum thread.
    """
    try:
        return _normalise(url.strip())
    except ValueError:
        return url.strip()


def _normalise(url: str) -> str:
    url = _AMP_QUERY.sub(r"\1", url)  # else taken for the entity &amp;
    url = canonicalize_url(normalize_url(url, strict=False))
    parts = urlsplit(url)
    path = _AMP_PREFIX.sub("", _SESSION_PATH.sub("", parts.path))
    for pattern in (_INDEX, _AMP_PATH):
        path = pattern.sub(lambda found: "/" if found[0].startswith("/") else "", path)
    query = [(key, value) for key, value in parse_qsl(parts.query, keep_blank_values=True) if not _dropped(key, value)]
    path, query = _of_thread(path, query)
    host = parts.netloc.lower()
    host = re.sub(r"^(?:amp|m)\.(?=[^.]+\.[^.]+)", "", host)
    return urlunsplit((parts.scheme, host, path or "/", urlencode(sorted(query)), ""))


def _of_thread(path: str, query: list[tuple[str, str]]) -> tuple[str, list[tuple[str, str]]]:
    """One address for a page of a forum thread: without title, forum, view, and the post that a link points to."""
    for pattern, plain in _THREAD_PATHS:
        path = pattern.sub(plain, path, count=1)
    if "/threads/" in path or "/topic/" in path:
        path = _POST_SUFFIX.sub("", path)
    names = dict(query)
    if _THREAD_SCRIPT.search(path) and any(name in names for name in _THREAD_IDS):
        query = [(key, value) for key, value in query if key in _THREAD_KEYS and (key, value) not in _FIRST_PAGES]
    if "topic" in names:
        query = [(key, _SMF_TOPIC.sub(_smf_page, value) if key == "topic" else value) for key, value in query]
    return path, query


def _smf_page(found: re.Match[str]) -> str:
    return found[2] or f"{found[1]}.0"


def _dropped(key: str, value: str) -> bool:
    if key.lower() in _OFTEN_IDS and _KEEP_VALUE.match(value):
        return False
    return bool(_DROP_QUERY.match(key))
