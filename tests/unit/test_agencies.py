"""Agencies are told from where their name stands: in datelines, bylines and credit lines of many languages."""

from __future__ import annotations

import time

import pytest

from pipeline.extract.agency import agency_called, find_agency
from tests.support.pages import paragraphs

TEXT = "The council met for the third time this week, and nobody was there to see it."
DATELINES = (
    ("MOSCOW, May 5. /TASS/. {}", "TASS"),
    ("МОСКВА, 5 мая. /ТАСС/. {}", "TASS"),
    ("МОСКВА, 5 мая — РИА Новости. {}", "RIA Novosti"),
    ("Kyiv, May 5 - Interfax-Ukraine. {}", "Interfax"),
    ("(Reuters) - {}", "Reuters"),
    ("LONDON/PARIS, May 5 (Reuters) - {}", "Reuters"),
    ("Paris (AFP) – {}", "AFP"),
    ("Paris, 5 mai 2025 (AFP) - {}", "AFP"),
    ("INDIANAPOLIS (AP) — {}", "AP"),
    ("ST. LOUIS (AP) _ {}", "AP"),
    ("London/Teheran (dpa) - {}", "dpa"),
    ("Frankfurt am Main (dpa/lhe) - {}", "dpa"),
    ("Madrid, 5 may (EFE).- {}", "EFE"),
    ("MADRID 5 May. (EUROPA PRESS) - {}", "Europa Press"),
    ("(ANSA) - ROMA, 05 MAG - {}", "ANSA"),
    ("Roma, 5 mag. (askanews) - {}", "Askanews"),
    ("LISBOA, 5 mai (Lusa) - {}", "Lusa"),
    ("BEIJING, May 5 (Xinhua) -- {}", "Xinhua"),
    ("ANKARA (AA) - {}", "Anadolu"),
    ("İSTANBUL, (DHA) - {}", "DHA"),
    ("TEHRAN (IRNA) – {}", "IRNA"),
    ("Praha 5. května (ČTK) - {}", "CTK"),
    ("ZAGREB, 5. svibnja 2025. (Hina) - {}", "HINA"),
    ("BEOGRAD (Tanjug) - {}", "Tanjug"),
    ("Sofia, 5 May 2025 (BTA) - {}", "BTA"),
    ("STOCKHOLM (TT) {}", "TT"),
    ("New Delhi, May 5 (PTI) {}", "PTI"),
    ("Mumbai (Maharashtra) [India], May 5 (ANI): {}", "ANI"),
    ("KUALA LUMPUR, May 5 (Bernama) -- {}", "Bernama"),
    ("SEOUL, May 5 (Yonhap) -- {}", "Yonhap"),
    ("Jakarta (ANTARA) - {}", "Antara"),
    ("RIYADH, May 5, 2025, SPA -- {}", "SPA"),
    ("ABU DHABI, 5th May, 2025 (WAM) -- {}", "WAM"),
    ("新华社北京5月5日电 {}", "Xinhua"),
    ("（中央社記者王大明台北5日電）{}", "CNA"),
    ("【ワシントン共同】{}", "Kyodo"),
    ("【AFP＝時事】{}", "AFP"),
    ("(서울=연합뉴스) 홍길동 기자 = {}", "Yonhap"),
    ("القاهرة (رويترز) - {}", "Reuters"),
    ("برلين (د ب أ)- {}", "dpa"),
    ("AFP, MANILA", "AFP"),
    ("Vienna (APA) - {}", "APA"),
    ("Kinshasa, 5 May (Harborwire) -- not a capital, {}", None),
    ("The minister of the interior (TASS) {}", None),
    ("The AP exam was hard. {}", None),
    ("Jane Doe (AP) met her class for the last time. {}", None),
    ("Reuters, BBC and others were kept out of the hall. {}", None),
    ("According to Reuters, the council met. {}", None),
    ("Das Bündnis (dpa) sagte, {}", None),
    ("Map of the day: {}", None),
)


@pytest.mark.parametrize(("line", "agency"), DATELINES)
def test_datelines(line: str, agency: str | None) -> None:
    found = find_agency([line.format(TEXT), *paragraphs(6)], ())
    assert (found and found[0]) == agency
    assert found is None or found[1].startswith("dateline: ")


CREDITS = (
    ("Source: Reuters", "Reuters"), ("Quelle: dpa", "dpa"), ("Quelle: ntv.de, mba/dpa", "dpa"),
    ("Источник: РИА Новости", "RIA Novosti"), ("Mit Material von dpa", "dpa"), ("Mit Agenturmaterial von AFP", "AFP"),
    ("(avec AFP)", "AFP"), ("Avec Reuters", "Reuters"), ("Con información de EFE", "EFE"),
    ("Com informações da Agência Brasil", "Agência Brasil"), ("(With PTI inputs)", "PTI"),
    ("With inputs from ANI", "ANI"), ("© AFP", "AFP"), ("© 2025 Agence France-Presse", "AFP"),
    ("Copyright 2025 The Associated Press. All rights reserved.", "AP"), ("© dpa-infocom, dpa:250505-930-1/1", "dpa"),
    (f"{TEXT} (dpa)", "dpa"), (f"{TEXT} (dpa/mba)", "dpa"), (f"{TEXT} /TASS/", "TASS"),
    (f"{TEXT} — Bernama", "Bernama"),
    ("--IANS abc/xyz", "IANS"), ("Kaynak: AA", "Anadolu"), ("(Reporting by Jane Doe; Editing by John Roe)", "Reuters"),
    ("来源：新华社", "Xinhua"), ("Foto: dpa", None), ("He worked for Reuters.", None), (f"{TEXT} So said TASS.", None),
    ("The picture is from AFP, the words are ours.", None), (f"{TEXT} (TV)", None),
)  # fmt: skip


@pytest.mark.parametrize(("line", "agency"), CREDITS)
def test_credit_lines(line: str, agency: str | None) -> None:
    found = find_agency([*paragraphs(7), line], ())
    assert (found and found[0]) == agency
    assert found is None or found[1].startswith("credit: ")


BYLINES = (
    ("Reuters Staff", "Reuters"), ("The Associated Press", "AP"), ("Le Figaro avec AFP", "AFP"), ("dpa", "dpa"),
    ("Agencia EFE", "EFE"), ("PTI, New Delhi", "PTI"), ("Jane Doe | Reuters", "Reuters"), ("AFP/Jane Doe", "AFP"),
    ("Associated Press in Lodgeton", "AP"), ("Anadolu Ajansı", "Anadolu"), ("ТАСС", "TASS"),
    ("Ani Doe", None), ("Sid", None), ("Jane Doe", None), ("Petra Doe", None),
)  # fmt: skip


@pytest.mark.parametrize(("line", "agency"), BYLINES)
def test_bylines(line: str, agency: str | None) -> None:
    found = find_agency(paragraphs(8), [line])
    assert found == ((agency, f"byline: {line}") if agency else None)


def test_an_agency_goes_by_several_names() -> None:
    assert agency_called("The Associated Press") == agency_called("AP") == "AP"
    assert agency_called("Harborwire") is None
    assert agency_called("Harborwire", ["Harborwire"]) == "Harborwire"


def test_long_lines_cost_little() -> None:
    started = time.process_time()
    for line in ("A" * 50_000, "A B " * 20_000, "(" * 50_000, "Mit " * 20_000, "- AB/" * 20_000, "5 May " * 20_000):
        find_agency([line] * 8, [line])
    assert time.process_time() - started < 3
