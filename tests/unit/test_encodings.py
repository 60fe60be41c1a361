"""Pages in all encodings of the web, declared rightly, wrongly or not at all."""

from __future__ import annotations

import time

import pytest

from pipeline.extract.encoding import decoded, mended
from tests.support.languages import ENCODINGS, SENTENCES

_LATIN = ("windows-1250", "windows-1252", "windows-1254", "windows-1257", "iso-8859-2")
_PAIRS = [(encoding, language) for encoding, languages in ENCODINGS.items() for language in languages]
_APART = [(encoding, language) for encoding, language in _PAIRS if encoding not in _LATIN]
"""Encodings whose texts cannot be taken for those of others."""


def page(language: str, head: str = "", *, lines: int = 6) -> str:
    return f"<html><head>{head}</head><body>{f'<p>{SENTENCES[language]}</p>' * lines}</body></html>"


def in_bytes(text: str, encoding: str) -> bytes:
    return text.encode({"windows-874": "cp874"}.get(encoding, encoding), "ignore")


def read_as(data: bytes, encoding: str) -> str:
    return data.decode({"windows-874": "cp874"}.get(encoding, encoding))


def header(encoding: str) -> str:
    return f"text/html; charset={encoding}"


@pytest.mark.parametrize("lines", [1, 6])
@pytest.mark.parametrize(("encoding", "language"), _PAIRS)
def test_what_is_declared_rightly_is_believed(encoding: str, language: str, lines: int) -> None:
    plain = in_bytes(page(language, lines=lines), encoding)
    assert decoded(plain, header(encoding)) == read_as(plain, encoding)
    named = in_bytes(page(language, f'<meta charset="{encoding}">', lines=lines), encoding)
    for said in (None, "text/html", header("utf-8"), header("iso-8859-1")):
        assert decoded(named, said) == read_as(named, encoding)
    other = in_bytes(page(language, '<meta charset="utf-8">', lines=lines), encoding)
    assert decoded(other, header(encoding)) == read_as(other, encoding)


@pytest.mark.parametrize(
    "said", [None, "utf-8", "iso-8859-1", "windows-1251", "gbk", "shift_jis", "utf-16", "nonsense"]
)
@pytest.mark.parametrize("language", SENTENCES)
def test_utf_8_is_read_as_that_whatever_is_said(language: str, said: str | None) -> None:
    text = page(language, f'<meta charset="{said}">' if said else "")
    assert decoded(text.encode(), header(said) if said else None) == text
    assert decoded(b"\xef\xbb\xbf" + text.encode(), None) == text


@pytest.mark.parametrize(("encoding", "language"), _APART)
def test_what_is_declared_wrongly_or_not_at_all_is_found_out(encoding: str, language: str) -> None:
    data = in_bytes(page(language), encoding)
    for said in (None, header("utf-8"), header("iso-8859-1")):
        assert decoded(data, said) == read_as(data, encoding)


@pytest.mark.parametrize("language", ["en", "de", "fr", "es", "pt", "it", "pl"])
def test_latin_letters_without_a_word_about_them_are_western_or_what_their_language_is_in(language: str) -> None:
    encoding = "windows-1250" if language == "pl" else "windows-1252"
    data = in_bytes(page(language), encoding)
    assert decoded(data, None) == read_as(data, encoding)


@pytest.mark.parametrize("order", [("koi8-r", "windows-1251"), ("windows-1251", "koi8-r")])
def test_of_two_cyrillic_encodings_that_which_gives_words(order: tuple[str, str]) -> None:
    said, real = order
    data = in_bytes(page("ru", f'<meta charset="{said}">'), real)
    assert decoded(data, header(said)) == read_as(data, real)
    both = in_bytes(page("ru", f'<meta charset="{real}">'), real)
    assert decoded(both, header(said)) == read_as(both, real)


def test_utf_16_and_seven_bit_japanese() -> None:
    for encoding in ("utf-16", "utf-16-le", "utf-16-be"):
        assert decoded(page("ja").encode(encoding), header(encoding)) == page("ja")
    text = page("ja")
    assert decoded(text.encode("iso2022_jp"), None) == text
    assert decoded(text.encode("iso2022_jp"), header("iso-2022-jp")) == text


def test_a_few_bytes_of_another_encoding_do_not_spoil_a_page() -> None:
    whole = page("de").encode()
    text = decoded(whole.replace(b"alte", b"alte Caf\xe9 don\x92t"), header("utf-8"))
    assert "alte Café don’t" in text
    assert "eröffnete" in text
    assert decoded(whole.replace(b"alte", b"alte Caf\xe9 don\x92t"), header("iso-8859-1")) == text
    cut = page("zh").encode()[:-100]
    assert decoded(cut[: cut.rindex(b"</p>") - 1], None).endswith("意见不一\ufffd")


def test_mojibake_on_the_page_is_mended() -> None:
    for language in ("de", "fr", "pl", "ru", "el", "zh"):
        told = SENTENCES[language]
        for misread in ("windows-1252", "latin-1"):
            try:
                spoilt = told.encode().decode(misread)
            except UnicodeDecodeError:
                continue
            assert mended(spoilt) == told
    assert mended("GÃ¼nstige Tarife fÃ¼r alle") == "Günstige Tarife für alle"
    assert mended("Il faut qu'Ã  partir du moment oÃ¹ ils sont") == "Il faut qu'à partir du moment où ils sont"
    assert mended("They said it\x92s done, and that\x92s all.") == "They said it’s done, and that’s all."


@pytest.mark.parametrize("language", SENTENCES)
def test_sound_text_is_not_mended(language: str) -> None:
    assert mended(SENTENCES[language]) == SENTENCES[language]


@pytest.mark.parametrize(
    "text",
    [
        "SÃO PAULO – ÁGUA", "Â", "Ã", "Ãndor", "À la carte € 5", "PARCE QUE SUR LEURS PLAQUES IL Y MARQUÉ…™",
        "CÔTE D’IVOIRE – LE CONSEIL", "Ôge — œuvre", "naïve café, 20 °C ± 2 µm", "ЁЛКА №5 «Ура»", "A™ and B® © 2026",
        "├── a tree of ─ lines", "Pokémon™ “Ω” ½ ¾ × ÷", "žluťoučký kůň", "ÄÖÜ äöü ß", "Ñandú ¿Qué? ¡Olé!",
        "½ l Öl für 3 €",
    ],
)  # fmt: skip
def test_odd_but_sound_text_is_not_mended(text: str) -> None:
    assert mended(text) == text


@pytest.mark.parametrize("body", [b"<" * 2_000_000, b"\xff" * 2_000_000, b"a\xe9" * 1_000_000, b"\x1b$" * 1_000_000])
def test_no_bytes_take_long(body: bytes) -> None:
    began = time.process_time()
    decoded(body, None)
    assert time.process_time() - began < 10
