"""One address for one page: tracking, AMP, print and session variants of a URL become the same string."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from courlan import normalize_url
from w3lib.url import canonicalize_url

__all__ = ["host_of", "is_below", "normalise_url", "own_address", "same_host"]

_DROP_QUERY = re.compile(
    r"(?i)^(utm_\w+|fbclid|gclid|dclid|msclkid|yclid|igshid|mc_[ce]id|_ga|_gl|ref|ref_src|referrer|cmp|cmpid|ito|ncid|"
    r"s_cid|smid|smtyp|xtor|amp|outputtype|output|phpsessid|jsessionid|sid|sessionid|s|print|share|replytocom|"
    r"from|source|spm|wt_\w+|at_\w+|ns_\w+|_hs\w+|hsctatracking|guccounter|m)$"
)
_OFTEN_IDS = frozenset("s m sid source from ref print output share cmp cmpid ito".split())
"""With a number these may be the page's own id: `article.php?sid=123`, `showthread.php?s=…`."""
_KEEP_VALUE = re.compile(r"^\d{1,12}$")
_AMP_PATH = re.compile(r"(?i)/(amp|print)/?$|\.amp(?=\.html?$|$)")
_AMP_QUERY = re.compile(r"(?i)([?&])amp=[^&#]*(?:&|(?=#|$))")
_SESSION_PATH = re.compile(r"(?i);(jsessionid|phpsessid|sid)=[^/?#;]*")
_INDEX = re.compile(r"(?i)/(index|default)\.(html?|php|aspx?)$")
_POST_SUFFIX = re.compile(r"/(post-\d+|unread|latest)/?$")


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
    path = _SESSION_PATH.sub("", parts.path)
    for pattern in (_INDEX, _AMP_PATH):
        path = pattern.sub(lambda found: "/" if found[0].startswith("/") else "", path)
    if "/threads/" in path or "/topic/" in path:
        path = _POST_SUFFIX.sub("/", path)
    query = [(key, value) for key, value in parse_qsl(parts.query, keep_blank_values=True) if not _dropped(key, value)]
    host = parts.netloc.lower()
    host = re.sub(r"^(?:amp|m)\.(?=[^.]+\.[^.]+)", "", host)
    return urlunsplit((parts.scheme, host, path or "/", urlencode(sorted(query)), ""))


def _dropped(key: str, value: str) -> bool:
    if key.lower() in _OFTEN_IDS and _KEEP_VALUE.match(value):
        return False
    return bool(_DROP_QUERY.match(key))
