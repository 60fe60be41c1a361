"""Words that boards write times with, in some twenty languages: months, weekdays, days near today, units of time."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from functools import cache

__all__ = ["AFTERNOON", "AGO", "NEAR_DAYS", "folded", "month_number", "unit_seconds", "weekday_number"]

# Parted by semicolons: en de fr es it pt nl sv da fi pl cs ru uk tr hu ro el id hr, in the case that dates use.
_MONTHS = """
january januar janner janvier enero gennaio janeiro januari tammikuuta stycznia ledna января січня ocak ianuarie
ιανουαριου sijecnja;
february februar fevrier febrero febbraio fevereiro februari helmikuuta lutego unora февраля лютого subat februarie
φεβρουαριου veljace;
march marz maerz mars marzo marco maart marts maaliskuuta marca brezna марта березня mart marcius martie μαρτιου maret
ozujka;
april avril abril aprile huhtikuuta kwietnia dubna апреля квітня nisan aprilis aprilie απριλιου travnja;
may mai mayo maggio maio mei maj toukokuuta maja kvetna мая май травня mayıs majus μαιου svibnja;
june juni juin junio giugno junho kesakuuta czerwca cervna июня червня haziran junius iunie ιουνιου lipnja;
july juli juillet julio luglio julho heinakuuta lipca cervence июля липня temmuz julius iulie ιουλιου srpnja;
august aout agosto augustus augusti elokuuta sierpnia srpna августа серпня agustos augusztus αυγουστου agustus
kolovoza;
september septembre septiembre setiembre settembre setembro syyskuuta wrzesnia zari сентября вересня eylul szeptember
septembrie σεπτεμβριου;
october oktober octobre octubre ottobre outubro lokakuuta pazdziernika rijna октября жовтня ekim octombrie οκτωβριου;
november novembre noviembre novembro marraskuuta listopada listopadu ноября листопада kasım noiembrie νοεμβριου
studenoga;
december dezember decembre diciembre dicembre dezembro joulukuuta grudnia prosince декабря грудня aralık decembrie
δεκεμβριου desember prosinca
"""
# Short forms that more than one month's names begin with, or that no name begins with.
_MONTH_ALIASES = {
    "mar": 3, "mrz": 3, "mrt": 3, "mai": 5, "maj": 5, "jun": 6, "jul": 7, "jui": 6, "lip": 7, "sept": 9, "sep": 9,
    "set": 9, "сен": 9, "сент": 9, "lis": 11, "srp": 8, "cerven": 6, "cervenec": 7, "des": 12, "dic": 12, "mag": 5,
    "out": 10, "май": 5, "мар": 3, "kesa": 6, "январь": 1, "февраль": 2, "март": 3, "апрель": 4, "июнь": 6, "июль": 7,
    "август": 8, "сентябрь": 9, "октябрь": 10, "ноябрь": 11, "декабрь": 12, "may": 5, "mayis": 5, "kasim": 11,
    "aralik": 12, "kas": 11,
}  # fmt: skip
_WEEKDAYS = """
monday montag lundi lunes lunedi segunda maandag mandag poniedzialek понедельник pondeli maanantai pazartesi;
tuesday dienstag mardi martes martedi terca dinsdag tisdag tirsdag wtorek вторник utery tiistai sali;
wednesday mittwoch mercredi miercoles mercoledi quarta woensdag onsdag sroda среда stredu keskiviikko carsamba;
thursday donnerstag jeudi jueves giovedi quinta donderdag torsdag czwartek четверг ctvrtek torstai persembe;
friday freitag vendredi viernes venerdi sexta vrijdag fredag piatek пятница patek perjantai cuma;
saturday samstag samedi sabado sabato zaterdag lordag sobota суббота lauantai cumartesi sonnabend;
sunday sonntag dimanche domingo domenica zondag sondag niedziela воскресенье nedele sunnuntai pazar
"""
NEAR_DAYS = {
    word: days
    for days, words in (
        (0, "today heute aujourd'hui aujourd’hui hoy oggi hoje vandaag idag dnes dzisiaj dzis сегодня сьогодні"),
        (0, "tanaan bugun astazi azi 今天 今日 오늘 σημερα danas"),
        (1, "yesterday gestern hier ayer ieri ontem gisteren igar wczoraj вчера вчора vcera eilen dun"),
        (1, "tegnap jucer 昨天 昨日 어제 χθες kemarin"),
        (2, "vorgestern avant-hier anteayer eergisteren przedwczoraj позавчера 前天 一昨日 그저께"),
    )
    for word in words.split()
}  # fmt: skip
# Words on either side of a span that say it lies in the past; in English and most others one is always there.
AGO = (
    frozenset("vor il y a hace ha fa for för pred před acum há".split()),
    frozenset("ago fa geleden sedan siden temu назад тому sitten önce once lalu atras atrás trước 前 전".split()),
)
AFTERNOON = {
    "下午": True,
    "午後": True,
    "晚上": True,
    "오후": True,
    "上午": False,
    "午前": False,
    "凌晨": False,
    "오전": False,
}
_UNITS = {
    1: "second seconds secs sec sekunde sekunden seconde secondes seconden segundo segundos secondo secondi sekund "
    "sekunder sekundy секунд секунды секунду sekuntia saniye 秒 秒钟 초 detik",
    60: "minute minutes mins min minuten minuto minutos minuti minuut minuter minut minuty minutter минут минуты "
    "минуту хвилин хвилини minutami minuttia dakika 分钟 分鐘 分 분 menit phút",
    3600: "hour hours hr hrs h std stunde stunden heure heures hora horas ora ore uur timmar timme timer time godzin "
    "godziny godzine час часа часов години годин hodinami hodinou tuntia saat 小时 小時 時間 시간 jam giờ",
    86400: "day days d tag tagen tage jour jours dia dias giorno giorni dag dagen dagar dage dni dzien день дня дней "
    "дні днів dny dnem paivaa gun zile 天 日 일 hari ngày",
    604800: "week weeks w wk woche wochen semaine semaines semana semanas settimana settimane weken veckor uger "
    "tygodni tygodnie tydzien неделю недели недель tydny viikkoa hafta saptamani 周 週間 주 minggu "
    "tuần",
    2629800: "month months mo monat monaten monate mois mes meses mese mesi maand maanden manad manader "
    "maned maneder miesiac miesiace miesiecy месяц месяца месяцев mesici kuukautta ay luni 月 "
    "个月 個月 ヶ月 개월 bulan tháng",
    31557600: "year years y yr yrs jahr jahren jahre an ans annee annees ano anos anno anni jaar ar lat lata rok год "
    "года лет lety vuotta yil ani 年 년 tahun năm",
}


def folded(word: str) -> str:
    """The word in lower case and without accents, so that `Août` is `aout`."""
    parts = unicodedata.normalize("NFD", word.casefold())
    return unicodedata.normalize("NFC", "".join(one for one in parts if not unicodedata.combining(one)))


def month_number(word: str) -> int | None:
    """1 to 12 for a month's name or its first three or more letters."""
    return _months().get(folded(word.rstrip(".")))


def weekday_number(word: str) -> int | None:
    """0 for Monday to 6 for Sunday, for a weekday's full name."""
    return _weekdays().get(folded(word))


def unit_seconds(word: str) -> int | None:
    """Length of a unit of time in seconds; months and years by their mean."""
    return _units().get(folded(word.rstrip(".")))


@cache
def _units() -> dict[str, int]:
    return {folded(word): seconds for seconds, words in _UNITS.items() for word in words.split()}


@cache
def _weekdays() -> dict[str, int]:
    return {folded(word): day for day, words in enumerate(_WEEKDAYS.split(";")) for word in words.split()}


@cache
def _months() -> dict[str, int]:
    meant: dict[str, set[int]] = defaultdict(set)
    names: dict[str, int] = {}
    for number, words in enumerate(_MONTHS.split(";"), 1):
        for word in map(folded, words.split()):
            names.setdefault(word, number)
            for prefix in _prefixes(word):
                meant[prefix].add(number)
    sure = {prefix: next(iter(numbers)) for prefix, numbers in meant.items() if len(numbers) == 1}
    return sure | names | {folded(word): number for word, number in _MONTH_ALIASES.items()}


def _prefixes(word: str) -> Iterable[str]:
    return (word[:length] for length in range(3, len(word) + 1))
