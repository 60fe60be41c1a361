"""Which WARC files an entry means: a file, a folder, a pattern, a bucket's prefix, or a list of paths."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from glob import glob
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

from pipeline.models import Window

__all__ = ["dated_within", "is_list", "is_warc", "local_files", "local_path", "months_of", "paths_in"]

_WARC = re.compile(r"(?i)\.warc(\.gz)?$")
_LIST = re.compile(r"(?i)\.paths(\.gz)?$")
_STAMP = re.compile(r"-(\d{4})(\d{2})(\d{2})\d{6}(?:\d{3})?-")
_MOST_LIST = 64 * 2**20


def is_warc(name: str) -> bool:
    """Whether a file's name is that of a WARC file."""
    return _WARC.search(name) is not None


def is_list(name: str) -> bool:
    """Whether a file's name is that of a list of paths, one a line."""
    return _LIST.search(name) is not None


def local_path(url: str) -> Path:
    """The path that `file:///…` or an absolute path names."""
    return Path(unquote(urlsplit(url).path)) if url.startswith("file://") else Path(url)


def local_files(url: str) -> list[Path]:
    """WARC files and lists that an address names: itself, those below a folder, or those that match a pattern."""
    path = local_path(url)
    if path.is_dir():
        return sorted(one for one in path.rglob("*") if is_warc(one.name) and one.is_file())
    found = [path] if path.is_file() else [Path(name) for name in glob(str(path), recursive=True)]  # noqa: PTH207 (absolute patterns)
    return sorted(one for one in found if one.is_file() and (is_warc(one.name) or is_list(one.name)))


def months_of(url: str, window: Window) -> list[str]:
    """An address with `{year}` and `{month}` (two digits) filled in for each month of some days; else itself."""
    if "{month}" not in url and "{year}" not in url:
        return [url]
    days = (window.start + timedelta(number) for number in range((window.end - window.start).days + 1))
    return list(dict.fromkeys(_filled(url, day) for day in days))


def _filled(url: str, day: date) -> str:
    return url.replace("{year}", f"{day:%Y}").replace("{month}", f"{day:%m}")


def paths_in(data: bytes, url: str) -> list[str]:
    """Addresses of the WARC files in a list of paths, which start at the list's host, bucket, or local folder.

    A path that leads to another kind of place
    is left out: a list from the web names no local file.
    """
    if data[:2] == b"\x1f\x8b":
        try:
            data = zlib.decompressobj(wbits=31).decompress(data, _MOST_LIST)
        except zlib.error:
            return []
    scheme = _scheme(url)
    root = urljoin(url, "/") if scheme == "web" else _root(url)
    found = (_joined(root, line.strip()) for line in data.decode("utf-8", "replace").splitlines() if line.strip())
    return [one for one in found if is_warc(urlsplit(one).path) and _scheme(one) == scheme]


def dated_within(urls: Iterable[str], window: Window | None) -> Iterator[str]:
    """Addresses whose file names tell a time (`CC-NEWS-20240601020304-00012.warc.gz`) of some days, or none at all."""
    for url in urls:
        stamp = _STAMP.search(url.rpartition("/")[2])
        try:
            day = date(int(stamp[1]), int(stamp[2]), int(stamp[3])) if stamp else None
        except ValueError:
            day = None
        if window is None or day is None or window.start <= day <= window.end:
            yield url


def _scheme(url: str) -> str:
    name = url.partition("://")[0] if "://" in url else "file"
    return "web" if name in ("http", "https") else name


def _root(url: str) -> str:
    if url.startswith("s3://"):
        return f"s3://{urlsplit(url).netloc}/"
    return f"{local_path(url).parent}/"


def _joined(root: str, path: str) -> str:
    if "://" in path or (_scheme(root) == "file" and path.startswith("/")):
        return path
    return urljoin(root, path) if _scheme(root) == "web" else f"{root.rstrip('/')}/{path.lstrip('/')}"
