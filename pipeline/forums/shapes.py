"""Addresses of boards: what is common to those of one kind, which are never followed, and which differ by page."""

from __future__ import annotations

import re
from urllib.parse import urldefrag, urlsplit, urlunsplit

from pipeline.forums.addresses import joined, parameters, rebuilt

__all__ = ["FORUM_WORDS", "THREAD_WORDS", "absolute", "followed", "numbers_in", "skeleton", "without_page", "words_in"]

THREAD_WORDS = frozenset(
    "topic thread viewtopic showthread showtopic viewthread discussion t tid td d threadid topicid topic_id "
    "thread_id th msg question conversation thema sujet tema ftopic readtopic threadview topicview showpost "
    "diskussion debate".split()
)
FORUM_WORDS = frozenset(
    "forum board viewforum forumdisplay showforum category c f fid bd boardid forumid forum_id frm_id section "
    "subforum rubrik kategorie cat viewboard viewcategory categorie categoria foro gid bid catid".split()
)
# Whole parts of a path, or values of a query: pages about people and the board, and actions.
_NOT_FOLLOWED = frozenset(
    "login logon signin sign-in register registration signup sign-up join logout memberlist members member users "
    "user profile profiles u account ucp mcp search find calendar faq help rules rss feed feeds atom syndication "
    "external print printpage printthread printview printable reply newreply newpost newthread newtopic posting "
    "compose edit editpost delete report reportpost quote vote poll like likes markread mark_read markasread mark "
    "subscribe unsubscribe subscription favorite bookmark share download attachment attachments dlattach media "
    "gallery privacy privacy-policy terms tos legal impressum contact contact-us sitemap whoson online viewonline "
    "stats team staff sendmessage sendtofriend tellafriend email pm private inbox recent latest unread "
    "unreadtopics unreadreplies getnew getnewpost getlastpost newest lastpost active unanswered today popular "
    "lostpassword lost-password password wp-login admin cookies about donate shop store advertise team.html who "
    "collapse misc announcement sendpage showgroups groups leaders tags moderators ignore warn rate history "
    "previous_topic next_topic nextnewest nextoldest".split()
)
_NOT_FOLLOWED_KEYS = frozenset(
    "sort sortby sort_by sortfield order orderby order_by dir sk sd st_sort direction daysprune prune replytocom "
    "print share goto view do mode action act highlight hilit watch unwatch markread prefixid filter author".split()
)
_TELLING_KEYS = frozenset("do mode action act view goto".split())
_TELLING_VALUES = frozenset(
    "viewtopic viewforum viewthread showthread showtopic showforum topic thread forum board st sf display".split()
)
_MAX_CHARS = 2_000  # of a link
_PAGE_KEYS = frozenset(
    "page start st pg seite offset pagenumber pageno currentpage p from limitstart skip pp perpage".split()
)
_PAGE_PATH = re.compile(r"(?i)(?<=[/_-])(?:page|seite|p|pg|pagina|strona|str)[-_/]?(\d{1,5})(?=/?(?:\.\w{3,5})?/?$)")


def absolute(base: str, href: str) -> str | None:
    """The web address that a link means, without fragment and session id; None when it is none."""
    to = joined(base, href or base) if len(href) <= _MAX_CHARS else None
    return urldefrag(to).url if to else None


def followed(url: str) -> bool:
    """Whether a crawl of threads may follow the address: no page about people, no action, no other order."""
    parts = urlsplit(url)
    segments = {re.sub(r"\.\w{2,5}$", "", one).lower() for one in parts.path.split("/")}
    if segments & _NOT_FOLLOWED or re.search(
        r"(?i)\.(?:jpe?g|png|gif|webp|svg|css|js|pdf|zip|rar|mp[34]|ico|xml|rss|json)$", parts.path
    ):
        return False
    for _, part in parameters(parts.query):
        key, _, value = part.partition("=")
        value = value.lower()
        if key.lower() in _NOT_FOLLOWED_KEYS and not (key.lower() in _TELLING_KEYS and value in _TELLING_VALUES):
            return False
        if value in _NOT_FOLLOWED or key.lower() in _NOT_FOLLOWED:
            return False
    return True


def skeleton(url: str) -> str:
    """What addresses of one kind have in common: numbers and slugs are left out, words of the system stay."""
    parts = urlsplit(url)
    made, before = [], ""
    for segment in parts.path.strip("/").lower().split("/"):
        made.append(_segment(segment, before))
        before = segment
    keys = sorted(_parameter(part) for _, part in parameters(parts.query.lower()))
    return f"/{'/'.join(made)}?{'&'.join(keys)}"


def _segment(segment: str, before: str) -> str:
    name, dot, suffix = segment.rpartition(".")
    if not dot or not suffix.isalpha() or len(suffix) > 5:
        name, dot, suffix = segment, "", ""
    named = re.match(r"[a-z]+(?=[-_.,]?\d)", name)
    words = [one for one in re.findall(r"([a-z_]+?)[-_.,=]?\d+", name) if one in THREAD_WORDS or one in FORUM_WORDS]
    if any(one.isdigit() for one in name):
        start = (
            [named[0]]
            if named and (named[0] not in words) and name[len(named[0]) :].strip("-_.,0123456789") == ""
            else []
        )
        return "".join(f"{one}#" for one in dict.fromkeys(start + words)) + "*" + dot + suffix
    several = len(re.findall(r"[^\W_]+", name)) > 1 or len(name) > 20 or "%" in name
    if several or before in THREAD_WORDS or before in FORUM_WORDS:
        return f"*{dot}{suffix}"
    return segment


def _parameter(part: str) -> str:
    key, equals, value = part.partition("=")
    if not equals:
        return (
            re.sub(r"\d+", "#", key)
            if any(one.isdigit() for one in key)
            else ("*" if len(key) > 24 or "/" in key else key)
        )
    value = re.sub(r"\d+", "#", value)
    return (
        f"{key}={value}"
        if (re.fullmatch(r"[#.,]+|[#.,]*[a-z]{1,14}#?", value) and "#" in value) or value in _TELLING_VALUES
        else f"{key}=*"
    )


def words_in(shape: str) -> set[str]:
    """Words of a skeleton."""
    found = set(re.findall(r"[a-z_]+", re.sub(r"=\*", "=", shape)))
    return found | {part for one in found for part in re.findall(r"thread|topic|forum|board", one)}


def numbers_in(url: str) -> list[str]:
    """Numbers of an address's path and query."""
    parts = urlsplit(url)
    return re.findall(r"\d+", f"{parts.path}?{parts.query}")


def without_page(url: str, keys: frozenset[str] = frozenset()) -> str:
    """The address of the first page: without what says which page it is; `keys` are the site's own names for it."""
    parts = urlsplit(url)
    named = (_PAGE_KEYS - {"p", "from", "st"}) | keys
    kept = [
        (mark, part)
        for mark, part in parameters(parts.query)
        if not (part.partition("=")[0].lower() in named and part.partition("=")[2].isdigit())
    ]
    path = _PAGE_PATH.sub("", parts.path)
    if path != parts.path:
        path = re.sub(r"[-_](?=/?$|\.\w{3,5}$)|/+$", "", path) + "/" * parts.path.endswith("/")
    return urlunsplit((parts.scheme, parts.netloc, path, rebuilt(kept), ""))
