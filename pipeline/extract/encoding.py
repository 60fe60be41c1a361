"""Bytes of a page -> its text: by what the page says of its encoding, unless its bytes say otherwise for certain.

Text that was misread before it came to the page is mended by ftfy, where all of a paragraph fits that explanation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

import ftfy
from ftfy.badness import is_bad
from w3lib.encoding import html_body_declared_encoding, http_content_type_encoding, read_bom

from pipeline.extract.language import detect_language

__all__ = ["decoded", "mended"]

_LOOKED_AT = 2**20
"""Bytes that statistics are made of."""
_SAMPLE = 6_000
_BROKEN = re.compile("[\udc80-\udcff]+")
"""Bytes that are no UTF-8, as the error handler `surrogateescape` gives them."""
_ABOVE_ASCII = re.compile(r"[^\x00-\x7f]")
_ODD = re.compile(
    "[\x80-\x9f\ufffd\ue000-\uf8ff]"  # control characters, nothing, private use
    "|[\u2500-\u25ff]"  # frames
    r"|(?<=[^\W\d_])[¡-¿×÷](?=[^\W\d_])"  # symbols within words
    "|[\xc0-\u024f]{4,}"  # words of nothing but accented letters
    "|[A-Za-z][\u0370-\u06ff]|[\u0370-\u06ff][A-Za-z]"  # two scripts in a word
    "|[\u0430-\u045f\u03ac-\u03ce][\u0400-\u042f\u0386-\u03a9]"  # capitals after small letters
    "|[\u0400-\u042f]{4,}"  # words of capitals: Cyrillic encodings differ in which half the capitals are
)
_IN_A_WORD = re.compile("[A-Za-z][\u2e80-\u9fff\uac00-\ud7af]{1,2}[A-Za-z]")
"""Accented letters of a language in Latin script, misread."""
_CHARSET = re.compile(r"utf-(?:8|16|32)|cp(?:125\d|874|866|932|949)$|iso8859|koi8|gb|big5|euc|iso2022_jp|hz$|shift|mac")
"""Python knows codecs that are no encodings of pages, such as `rot13` and `unicode_escape`."""
_DOUBLE_BYTE = frozenset(
    ("gb18030", "gbk", "gb2312", "big5hkscs", "big5", "cp932", "shift_jis", "cp949", "euc_kr", "euc_jp")
)
_OF_THE_WEB = (
    "gb18030 big5 big5hkscs cp932 euc_jp cp949 cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258 cp874"
    " cp866 koi8_r koi8_u iso8859_2 iso8859_5 iso8859_7"
).split()
_PLAUSIBLE = 0.05
_LATIN = "cp1252"
_CERTAIN = ftfy.TextFixerConfig(replace_lossy_sequences=False, decode_inconsistent_utf8=False)
_ALONE = re.compile(r"(?<![^\x00-\x7f])(?<![^\x00-\x7f] )[^\x00-\x9f\ufffd](?![^\x00-\x1f!-\x7f])")
"""A character above ASCII between others that are not: in UTF-8 that was read byte by byte they stand in groups.

A space may be among these, for a byte that was a no-break space. U+FFFD stands for a lost byte.
"""
_C1 = re.compile(r"[\x80-\x9f]")
"""Characters that are in no text: ftfy reads them as what Windows means by them, also alone."""
_MARKUP = re.compile(rb"<[^<>]*>")
_HIGH = re.compile(rb"[\x00-\x7f]{0,40}(?:[\x80-\xff]+[\x00-\x7f]{0,8})+")


def decoded(body: bytes, content_type: str | None = None) -> str:
    """The text of a page's bytes; what cannot be read is U+FFFD. A byte order mark is not part of it.

    Text that is UTF-8 throughout is read as that whatever is declared: other encodings do not look so by accident.
    Else the header's word, then the page's own, is tried; where that gives no plausible text, it is found out.

    Args:
        body: the page's bytes.
        content_type: the header of that name.
    """
    mark, bom = read_bom(body)
    if mark and bom:
        return body[len(bom) :].decode(mark, "replace")
    declared = _declared(body, content_type)
    if body.isascii():
        return _seven_bits(body, declared)
    if declared and declared[0].startswith(("utf-16", "utf-32")) and b"\x00" in body[:64]:
        return body.decode(declared[0], "replace")
    if (text := _as_utf8(body, declared)) is not None:
        return text
    others = [name for name in declared if not name.startswith("utf-")]
    return body.decode(_best(body, others), "replace")


def mended(text: str) -> str:
    """A paragraph in UTF-8 that somebody read as a single-byte encoding, read rightly; all other text as it is."""
    if text.isascii() or not _may_be_misread(text) or not is_bad(text):
        return text
    fixed = ftfy.fix_encoding(text, _CERTAIN)
    return text if "\ufffd" in fixed or is_bad(fixed) else fixed


def _may_be_misread(text: str) -> bool:
    """False when ftfy surely would leave the text as it is: its own test costs more than the rest of a document."""
    return _ALONE.search(text) is None or _C1.search(text) is not None


def _declared(body: bytes, content_type: str | None) -> list[str]:
    """Python's names of the encodings in the header and in the page, without repetition."""
    found = (http_content_type_encoding(content_type), html_body_declared_encoding(body[:8192]))
    return list(dict.fromkeys(name for name in found if name and _CHARSET.match(name)))


def _seven_bits(body: bytes, declared: list[str]) -> str:
    if b"\x1b$" in body or any(name in ("iso2022_jp", "hz") for name in declared):
        for name in (*declared, "iso2022_jp"):
            if (text := _strictly(body, name)) is not None:
                return text
    return body.decode("ascii")


def _as_utf8(body: bytes, declared: list[str]) -> str | None:
    """The text if the bytes are UTF-8, maybe with a few bytes of another encoding between; else None."""
    text = _strictly(body, "utf-8")
    if text is not None:
        if not declared or declared[0] not in _DOUBLE_BYTE:
            return text
        # A handful of characters of a double-byte encoding may pass for UTF-8.
        few = sum(1 for _ in islice(_ABOVE_ASCII.finditer(text), 8)) < 8
        other = _strictly(body, declared[0]) if few else None
        return text if other is None or _IN_A_WORD.search(other) else other
    start = body[:_LOOKED_AT].decode("utf-8", "surrogateescape")
    broken = sum(len(found[0]) for found in _BROKEN.finditer(start))
    whole = sum(1 for _ in _ABOVE_ASCII.finditer(start)) - broken
    return _BROKEN.sub(_as_typed, body.decode("utf-8", "surrogateescape")) if whole > 2 * broken else None


def _as_typed(broken: re.Match[str]) -> str:
    """A byte of Windows-1252 between ASCII characters of a page in UTF-8 is what it was typed as; others are lost."""
    text, start, end = broken.string, broken.start(), broken.end()
    alone = end - start == 1 and text[max(0, start - 1) : start].isascii() and text[end : end + 1].isascii()
    return broken[0].encode("utf-8", "surrogateescape").decode(_LATIN if alone else "utf-8", "replace")


def _strictly(body: bytes, name: str) -> str | None:
    try:
        return body.decode(name)
    except (UnicodeDecodeError, LookupError):
        return None


def _best(body: bytes, declared: list[str]) -> str:
    """The first encoding that is declared and gives plausible text, else that which gives the likeliest."""
    sample = _sample(body)
    # Servers add Latin-1 to pages of which they know nothing.
    for name in sorted(declared, key=lambda name: name == _LATIN):
        if _oddness(sample, name) < _PLAUSIBLE:
            return name
    odd = {name: _oddness(sample, name) for name in (*declared, _LATIN, *_guessed(sample))}
    least = min(odd.values())
    # What is as plausible in several is, in the right one, words of some language.
    return max(
        (name for name, share in odd.items() if share < least + _PLAUSIBLE),
        key=lambda name: (detect_language(sample.decode(name, "replace")) or ("", 0.0))[1],
    )


def _oddness(sample: bytes, name: str) -> float:
    """Share of the characters above ASCII that no text has, or stand as in none; 1.0 when it cannot be decoded."""
    text = sample.decode(name, "replace")
    above = sum(1 for _ in _ABOVE_ASCII.finditer(text))
    odd = sum(len(found[0]) for found in _ODD.finditer(text))
    return min(1.0, odd / above) if above else 0.0


def _guessed(sample: bytes) -> Iterator[str]:
    from charset_normalizer import from_bytes

    for found in from_bytes(sample, cp_isolation=_OF_THE_WEB, enable_fallback=False):
        yield found.encoding


def _sample(body: bytes) -> bytes:
    """Text above ASCII with some of what is around, without markup."""
    text = _MARKUP.sub(b" ", body[:_LOOKED_AT])
    parts, size = [], 0
    for found in _HIGH.finditer(text):
        parts.append(found[0][:_SAMPLE])
        size += len(parts[-1])
        if size > _SAMPLE:
            break
    return b"\n".join(parts)
