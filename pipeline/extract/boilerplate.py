"""Lines that a host repeats over its pages: learned from its documents, removed from the next ones.

A line is learned where many different articles of a host begin or end with it, or where it is short and in many of
them. What stands in several copies of one text is no boilerplate: the articles must differ in headline and in text.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace

from pipeline.errors import CorruptDataError

__all__ = ["MOST_PAGES", "Boilerplate", "Learned", "Sample", "learn", "line_key", "read_boilerplate"]

_FORMAT = 1
_MIN_PAGES = 5
_MIN_SHARE = 0.2
_LONG_WORDS, _LONG_SHARE = 30, 0.5
"""A long paragraph that ends a fifth of a small host's articles may be the background of one running story."""
_SHORT_WORDS = 12
MOST_PAGES = 500
"""Pages of a host that are looked at."""
_MOST_LINES = 500
_EXAMPLE = 200


@dataclass(frozen=True, slots=True)
class Sample:
    """An article to learn from: the address of its page, its headline and paragraphs."""

    page: str
    title: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Learned:
    """Why a line was learned: it stood on so many of a host's pages. `example` is how it begins, for people.

    Of a host that a text was taken down from the examples are empty.
    """

    pages: int
    of_pages: int
    example: str


@dataclass(frozen=True, slots=True)
class Boilerplate:
    """One version of what was learned: by host, the lines by their keys. Written once; others come after it."""

    hosts: Mapping[str, Mapping[str, Learned]] = field(default_factory=dict)

    def lines_of(self, host: str) -> frozenset[str]:
        """Keys of a host's lines."""
        return frozenset(self.hosts.get(host, ()))

    @property
    def count(self) -> int:
        """Lines of all hosts."""
        return sum(map(len, self.hosts.values()))

    def with_lines(self, host: str, lines: Mapping[str, Learned]) -> Boilerplate:
        """The next version, with further lines of a host.

        The former ones stay: they stand in no document any more, because they are removed.
        """
        known = {**lines, **self.hosts.get(host, {})}
        return Boilerplate({**self.hosts, host: known}) if known else self

    def without_examples(self, hosts: Collection[str]) -> Boilerplate:
        """The same lines, with nothing to read of those of some hosts."""
        return Boilerplate({
            host: {key: replace(why, example="") for key, why in lines.items()} if host in hosts else lines
            for host, lines in self.hosts.items()
        })  # fmt: skip

    def to_json(self) -> bytes:
        """The artefact's text; the same for the same lines."""
        hosts = {host: {key: asdict(why) for key, why in lines.items()} for host, lines in self.hosts.items()}
        return json.dumps({"format": _FORMAT, "hosts": hosts}, sort_keys=True, indent=1, ensure_ascii=False).encode()


def read_boilerplate(data: bytes, name: str) -> Boilerplate:
    """An artefact from its text.

    Raises:
        CorruptDataError: it is none, or of a later format.
    """
    try:
        body = json.loads(data)
        hosts = {host: {key: Learned(**why) for key, why in lines.items()} for host, lines in body["hosts"].items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CorruptDataError(f"artefact {name} cannot be read ({error}); restore it from a backup") from error
    if body.get("format") != _FORMAT:
        raise CorruptDataError(f"artefact {name} has format {body.get('format')}, not {_FORMAT}; update Copydesk")
    return Boilerplate(hosts)


def line_key(paragraph: str) -> str:
    """What of a paragraph is compared: all but case and spaces, as 16 hex digits of BLAKE2b."""
    text = " ".join(paragraph.casefold().split())
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def learn(samples: Iterable[Sample]) -> dict[str, Learned]:
    """The lines that one host repeats, by their keys, those on most pages first.

    Args:
        samples: articles of the host, the newest first; the first 500 pages count, of each the first article.
    """
    pages: dict[str, Sample] = {}
    for sample in samples:
        if len(pages) < MOST_PAGES:
            pages.setdefault(sample.page, sample)
    keyed = [(sample, [line_key(paragraph) for paragraph in sample.paragraphs]) for sample in pages.values()]
    counts = Counter(key for _, keys in keyed for key in set(keys))
    seen: dict[str, _Seen] = {}
    for sample, keys in keyed:
        rarest = min(keys, key=counts.__getitem__, default="")
        for place, key in enumerate(keys):
            if counts[key] >= _MIN_PAGES and key not in keys[:place]:
                one = seen.setdefault(key, _Seen(sample.paragraphs[place]))
                one.at_an_end += place < 2 or place >= len(keys) - 3
                one.titles.add(line_key(sample.title))
                one.texts.add(rarest)
    fitting = [key for key, one in seen.items() if _is_boilerplate(one, counts[key], len(pages))]
    most = sorted(fitting, key=lambda key: (-counts[key], key))[:_MOST_LINES]
    return {key: Learned(counts[key], len(pages), seen[key].text[:_EXAMPLE]) for key in most}


@dataclass(slots=True)
class _Seen:
    """Where a line stood: how often at an end, below which headlines, and in which texts, by their rarest lines."""

    text: str
    at_an_end: int = 0
    titles: set[str] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)


def _is_boilerplate(one: _Seen, count: int, pages: int) -> bool:
    words = len(one.text.split())
    if count < max(_MIN_PAGES, (_LONG_SHARE if words > _LONG_WORDS else _MIN_SHARE) * pages):
        return False
    if min(len(one.titles), len(one.texts)) < max(_MIN_PAGES, 0.8 * count):
        return False
    return words <= _SHORT_WORDS or one.at_an_end >= 0.8 * count
