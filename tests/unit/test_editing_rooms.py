"""Pairs as editing rooms and boards make them, written by hand: what generators of fixtures do not think of."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pipeline.dedup.decide import deduplicate
from pipeline.dedup.texts import Text
from pipeline.models import Kind

DAY = datetime(2026, 5, 4, 6, tzinfo=UTC)

FERRY = """\
The ferry between Aldwick and the island of Torsay will stop running for eleven weeks from Monday while its engines \
are replaced, the operator Sound Line said on Thursday.
About 640 people live on Torsay, and some 85 of them cross to work or school each morning. A smaller boat with room \
for 38 passengers but no cars will make four crossings a day until the ship is back.
“We have put this off for three winters and cannot put it off again,” Sound Line's director, Marit Oldham, told \
reporters on the quay. The work at the yard in Brenham is to cost 4.7 million crowns.
Farmers on the island fear for their lambs, which go to market in June. The council has asked the navy whether a \
landing craft could carry lorries twice a week; an answer is expected by the middle of the month.
The ship, the Torsay Maid, was built in 1983 and failed its inspection in March when inspectors \
found cracks in two cylinder heads.
In 2019 a fire in the engine room left the island without a car ferry for nine days."""

CORRECTED = (
    FERRY.replace("eleven weeks", "twelve weeks").replace("4.7 million", "7.4 million").replace("640", "460")
    + "\nThis article was amended on 5 May: an earlier version gave a wrong price, duration and number of inhabitants."
)

LOCAL_LEAD = (
    """\
Pupils from Torsay will have to be on the quay at ten past six from next week if they want to hear the first bell at \
the Aldwick grammar school, and their parents are not amused.
“My daughter is nine,” said Ines Calder, who runs the shop in the harbour. “She will be on her feet for thirteen \
hours.” The school says that it is thinking about a room where the children can rest.
"""
    + FERRY
)

OTHER_REPORTER = """\
Torsay islanders face most of the summer without a car ferry. Sound Line is sending the Torsay Maid, 43 years old, \
to a Brenham shipyard next week for new engines.
Marit Oldham, who heads the company, said that the repairs could wait no longer. “We have put this off for three \
winters and cannot put it off again,” she told reporters.
In the pub above the harbour the mood was bleak on Thursday evening. Hotel owner Piers Amund has already lost a \
wedding party of ninety, and the brewery will not send its lorry over on a landing craft, he said.
Passengers on foot are to be taken across by a launch. A petition for a second ship had gathered two hundred names \
by nightfall, nearly one for every household, and its authors want to hand it to the transport minister when she \
visits Aldwick on Saturday."""

RELEASE = """\
Harrow & Finch today announced the opening of its fifth bakery in the Lower Vale region, creating 34 new \
jobs in the town of Ostley.
The new site, in the former post office at 12 Mill Lane, covers 900 square metres and will produce up to 6,000 \
loaves a day, using flour from three mills within 40 kilometres.
“Ostley has been asking us to come for years,” said Rosalind Finch, chief executive of Harrow & Finch. “We are proud \
to bring an old building back to life and to bake where people can watch.”
Founded in 1952, Harrow & Finch employs 410 people and had sales of 58 million crowns in 2025. The company plans two \
more bakeries by 2028.
The bakery opens its doors on Saturday, 9 May, at 7 a.m. with free rolls for the first 200 visitors."""

REWRITTEN = """\
Bakery chain Harrow & Finch has announced that it will open its fifth shop in the Lower Vale region, with 34 new \
jobs for the town of Ostley.
The site, in the former post office at 12 Mill Lane, covers 900 square metres. Up to 6,000 loaves a day will be made \
there, using flour from three mills within 40 kilometres.
“Ostley has been asking us to come for years,” chief executive Rosalind Finch said. “We are proud to bring an old \
building back to life and to bake where people can watch.”
Harrow & Finch, founded in 1952, employs 410 people and had sales of 58 million crowns last year. Two more bakeries \
are planned by 2028.
It opens its doors on Saturday at 7 a.m. with free rolls for the first 200 visitors."""

QUOTED = (
    "“We have put this off for three winters and cannot put it off again,” Sound Line's director, Marit Oldham, told "
    "reporters."
)
POST = f"> {QUOTED}\nThree winters! And whose fault was that, I wonder. They had the money in 2021."
OTHER_POST = (
    f"> {QUOTED}\nFair enough. Cracked cylinder heads are no joke, ask anybody who has been out there in a gale."
)

LIVE_HEAD = "Follow the vote count in the Lower Vale with our reporters. Newest entries on top; all times are local.\n"
LIVE = (
    "20:05 Polls have closed. Turnout at six was 61 per cent, two points more than four years ago, officials say.",
    "20:40 First boxes from Ostley: the Mill party is ahead with 412 votes, the Greens have 388, and all wait.",
    "21:15 In Brenham they had to send out for more pencils, our reporter writes, and the heating has failed.",
    "22:02 Aldwick is in. A landslide for Greta Holm, who wins the town with 7,214 votes against 3,950 for the mayor.",
    "22:48 Holm's people have begun to sing on the steps of the town hall, and the mayor has left by the back door.",
    "23:30 It is over: with all but two boxes counted nobody can catch up with Holm, and the mayor has rung her up.",
)
LIVE_EARLY = LIVE_HEAD + "\n".join(reversed(LIVE[:3]))
LIVE_LATE = LIVE_HEAD + "\n".join(reversed(LIVE[2:]))

_CLUBS = (
    "Aldwick Rovers",
    "Brenham Town",
    "Ostley United",
    "Torsay Athletic",
    "Vale Rangers",
    "Quayside",
    "Finch Park",
)

_RULES = """
The first two clubs go up at the end of the season, the third plays the winner of the southern group on neutral ground.
The last club goes down unless the county board has a licence to take away. Goals count before matches won, and where \
both are equal the clubs stand in the order of their names. Corrections are printed until noon of the following day."""


def _table(week: int, order: str) -> str:
    rows = [
        f"{place}. {_CLUBS[int(club)]} {20 + week} matches {61 - 7 * place + week} points "
        f"{40 - 5 * place + week}:{12 + 4 * place}"
        for place, club in enumerate(order, 1)
    ]
    return f"Lower Vale League, standings after matchday {20 + week}\n" + "\n".join(rows) + _RULES


TABLE, NEXT_TABLE = _table(1, "0123456"), _table(2, "1024365")

GERMAN_TITLE = f"Fähre nach Torsay fällt elf Wochen aus\nInselbewohner müssen auf das kleine Boot umsteigen\n{FERRY}"

COPIES = {
    "a corrected reprint": (FERRY, CORRECTED),
    "a wire story under a local lead": (FERRY, LOCAL_LEAD),
    "a press release rewritten": (RELEASE, REWRITTEN),
    "under a headline in another language": (FERRY, GERMAN_TITLE),
    "the corrected one under a local lead": (CORRECTED, LOCAL_LEAD),
}
OTHERS = {
    "one event, two reporters": (FERRY, OTHER_REPORTER),
    "a live page and what it became": (LIVE_EARLY, LIVE_LATE),
    "standings of two matchdays": (TABLE, NEXT_TABLE),
    "posts that cite one sentence": (POST, OTHER_POST),
    "a post that cites a sentence of the text": (FERRY, POST),
}


def stories(*texts: str) -> list[tuple[str, ...]]:
    return [
        one.members
        for one in deduplicate(
            [
                Text(
                    f"{number:02}", text, kind=Kind.POST if text.startswith(">") else Kind.ARTICLE,
                    published_at=DAY + timedelta(hours=number),
                )
                for number, text in enumerate(texts)
            ]
        ).clusters
    ]  # fmt: skip


@pytest.mark.parametrize("pair", COPIES.values(), ids=COPIES)
def test_copies_are_one_story(pair: tuple[str, str]) -> None:
    assert stories(*pair) == [("00", "01")]
    assert stories(*reversed(pair)) == [("00", "01")]


@pytest.mark.parametrize("pair", OTHERS.values(), ids=OTHERS)
def test_what_only_shares_something_is_not(pair: tuple[str, str]) -> None:
    assert stories(*pair) == [("00",), ("01",)]


def test_all_of_them_together() -> None:
    texts = (
        FERRY, CORRECTED, LOCAL_LEAD, GERMAN_TITLE, RELEASE, REWRITTEN, OTHER_REPORTER, LIVE_EARLY, LIVE_LATE,
        TABLE, NEXT_TABLE, POST, OTHER_POST,
    )  # fmt: skip
    wanted = [("00", "01", "02", "03"), ("04", "05"), *((f"{number:02}",) for number in range(6, 13))]
    assert stories(*texts) == wanted
