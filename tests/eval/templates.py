"""Ten families of reports that are written by filling a form: alike in most words, and never copies of each other."""

from __future__ import annotations

import random
import re

__all__ = ["FAMILIES", "write_report"]

_TOWNS = (
    "Ashford Brackley Corwen Dunmore Eastleigh Farnham Glossop Hexham Ilkley Jarrow Keswick Ludlow Malton Nairn Oakham "
    "Penrith Quorn Redcar Selby Thirsk Ulverston Ventnor Wells Yarm Arden Bicester Crewe Dawlish Epsom Frome"
).split()
_FIRMS = (
    "Alder Bromley Castell Dorran Elmet Fenwick Garron Holt Isher Jessop Kelmar Larch Mossley Norcott Orwell Pryor "
    "Quarrel Rowan Sefton Tarrant Umber Vesper Wyvern Yarrow"
).split()
_NAMES = (
    "Anna Brook Carl Dane Ella Finch Grace Hale Ivan Jute Kate Lomas Mark Nash Olga Penn Paul Quill Rosa Stone Sam "
    "Thorne Una Vale Will York"
).split()
_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
_MONTHS = "January March April June July August October November".split()
_SLOT = re.compile(r"\[([^\]]+)\]")
_NUMBERS = re.compile(r"(-?\d+)~(\d+)")
FAMILIES: dict[str, str] = {
    "weather": """
        Weather for [town] and the coast, [day] [date]. It will be [mild|cold|warm] with [sunny spells|rain at
        times|morning fog|scattered showers] and a maximum of [3~29] degrees. Winds from the [west|north|south-east] at
        [5~60] km/h, gusts of [30~99] km/h on exposed hills. Overnight the minimum will be near [-5~14] degrees.
        Tomorrow [similar|brighter|wetter], with a chance of rain of [5~95] per cent. Sunrise is at 0[5~8]:[10~59] and
        sunset at [16~21]:[10~59]. The next bulletin will be issued by the regional office in [town] at six in the
        evening.
    """,
    "market": """
        Shares closed [higher|lower|little changed] on [day] with the main index at [900~9999].[10~99], [up|down]
        [0~3].[0~9] per cent. Turnover was [100~900] million shares worth [1~9].[1~9] billion. [other] Holdings led the
        gainers with a rise of [1~12].[0~9] per cent to [10~900], while [other] Group lost [1~12].[0~9] per cent to
        [10~900]. Dealers said trading was [thin|brisk|cautious] ahead of [inflation|payroll|trade] figures due on
        [day]. The ten-year bond yielded [1~8].[0~9] per cent. Advances outnumbered declines by [100~700] to [100~700].
    """,
    "match": """
        [home] [0~5]-[0~5] [away]. [name] scored in the [2~44]th minute and [name] added another in the [46~90]th as
        [home] met [away] in front of [900~40000] spectators on [day]. Referee [name] showed [1~6] yellow cards.
        Possession was [35~65] per cent for the home side, with [2~20] shots, [1~9] of them on target, and [1~12]
        corners. [home] are now [1~20]th in the table with [3~70] points from [10~36] matches and play [town] next
        [day]. Man of the match: [name].
    """,
    "earnings": """
        [firm] Inc reported net profit of [1~900].[1~9] million for the quarter ended [date], or [1~300] cents per
        share, compared with [1~900].[1~9] million, or [1~300] cents, a year earlier. Revenue [rose|fell] [1~40].[0~9]
        per cent to [1~9].[10~99] billion. Analysts had expected [1~300] cents per share on revenue of [1~9].[10~99]
        billion. The company based in [town] said average shares outstanding were [10~900] million. Chief executive
        [name] said the company remained on track to meet its full-year guidance. Shares of [firm] were [up|down]
        [1~9].[0~9] per cent in early trading.
    """,
    "traffic": """
        Police report for [town], [date]. A [car|van|lorry|motorcycle] driven by a [18~88]-year-old [man|woman] from
        [town] collided with a [tree|parked car|bus|tractor] on the road to [town] at about [1~23]:[10~59]. [Nobody was
        hurt|Two people were slightly hurt|The driver was taken to hospital]. The damage is put at [1~60],000. The road
        was closed for [1~6] hours. Witnesses are asked to call the station on 555 [1000~9999], quoting the reference
        [10000~99999].
    """,
    "lottery": """
        The winning numbers in the draw of [day], [date] were [1~49], [1~49], [1~49], [1~49], [1~49], [1~49], bonus ball
        [1~49]. The jackpot of [1~20].[1~9] million was [won by one ticket|not won|shared by two tickets]. [1~40]
        tickets matched five numbers and the bonus ball for [10~99],[100~999] each, and [100~999] matched five numbers
        for [900~2500]. Tickets can be claimed at any branch for 180 days from the date of the draw. The next draw is on
        [day] with an estimated jackpot of [1~20].[1~9] million. Players must be over eighteen.
    """,
    "obituary": """
        [name], of [town], passed away peacefully at home on [date] surrounded by family. Born in [town], [she|he]
        worked for many years at [other] and [other] and was a member of the [choir|rowing club|garden society|chess
        circle] of [town]. Beloved partner of [name], parent of [name] and [name], and friend to many. A service will be
        held at the church of [St Mary|St John|All Saints|St Anne] in [town] on [day], followed by a gathering at the
        [Red Lion|Crown|Swan|village hall]. Flowers may be sent to the family, or donations made to the hospice of
        [town]. All are welcome to attend.
    """,
    "rates": """
        Reference rates set at the midday fixing on [day], [date]: dollar [0~9].[1000~9999] euro [0~9].[1000~9999] yen
        [0~9].[1000~9999] franc [0~9].[1000~9999]. The central bank [did not intervene|bought dollars|sold dollars] and
        left its overnight rate at [0~9].[10~99] per cent. Gold was quoted at [1000~3000].[10~99] an ounce and silver at
        [10~50].[10~99]. One-month deposits were offered at [0~9].[10~99] per cent and three-month deposits at
        [0~9].[10~99]. The fixing serves as a reference only and is not an offer to trade at the rates shown above.
    """,
    "events": """
        What is on in [town] this week. [day]: [concert|reading|market|film night|quiz] with [name] at the [library|town
        hall|old mill|Crown] in [town], [5~9] pm, entry [2~30]. [day]: [concert|reading|market|film night|quiz] with
        [name] at the [library|town hall|old mill|Crown] in [town], [5~9] pm, entry [2~30]. [day]:
        [concert|reading|market|film night|quiz] with [name] at the [library|town hall|old mill|Crown] in [town], [5~9]
        pm, entry [2~30]. [day]: [concert|reading|market|film night|quiz] with [name] at the [library|town hall|old
        mill|Crown] in [town], [5~9] pm, entry [2~30]. [day]: [concert|reading|market|film night|quiz] with [name] at
        the [library|town hall|old mill|Crown] in [town], [5~9] pm, entry [2~30]. To have your event listed here, write
        to the desk by [day] noon. Listings are free for clubs and charities; we cannot promise that every entry is
        printed, and times may change.
    """,
    "quake": """
        An earthquake of magnitude [2~6].[0~9] struck [3~90] km [north|south|east|west] of [town] at [0~23]:[10~59] on
        [day], the seismological service said. The depth of the quake was [2~60] km. There were no immediate reports of
        damage or casualties. In the past ten days there have been [1~9] earthquakes of magnitude [1~3].[0~9] or greater
        centred nearby. People who felt the quake can report it on the website of the service. This post was created by
        an algorithm and reviewed by an editor in [town].
    """,
}
"""By name, the form: `[1~9]` is a number, `[a|b]` a choice, `[town]` a word of that kind; home, away and own repeat."""


def write_report(family: str, dice: random.Random) -> str:
    """A new report of a family."""
    fixed = {"home": dice.choice(_TOWNS), "away": dice.choice(_TOWNS), "firm": dice.choice(_FIRMS)}
    return " ".join(_SLOT.sub(lambda slot: _filled(slot[1], dice, fixed), FAMILIES[family]).split())


def _filled(slot: str, dice: random.Random, fixed: dict[str, str]) -> str:
    if found := _NUMBERS.fullmatch(slot):
        return f"{dice.randint(int(found[1]), int(found[2]))}"
    if "|" in slot:
        return dice.choice(slot.split("|"))
    words = {
        "town": dice.choice(_TOWNS), "day": dice.choice(_DAYS), "other": dice.choice(_FIRMS),
        "date": f"{dice.randint(1, 28)} {dice.choice(_MONTHS)}",
        "name": f"{dice.choice(_NAMES[::2])} {dice.choice(_NAMES[1::2])}",
    }  # fmt: skip
    return fixed[slot] if slot in fixed else words[slot]
