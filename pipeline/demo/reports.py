"""Templated reports: weather, markets, league tables and listings; a series repeats its wording, not its figures.

In a frame, `{…}` is settled once for a series and `<…>` anew for each of its reports.
"""

import re
from datetime import datetime
from random import Random
from typing import Final

from pipeline.demo import names
from pipeline.demo.grammar import alternatives

REPORTS: Final[dict[str, tuple[str, str]]] = {
    "weather-bulletin": (
        "{Weather|Forecast|Outlook} for {home}: <date>, <temp> degrees",
        """\
{Forecasters|The duty meteorologist|Staff} at the {home} {station|weather desk|observatory} {issued|released} this \
bulletin for <date>.
{Residents|People} {across|in} {home} can expect {a mostly|a largely} <sky> {morning|start}, {turning|becoming} <sky> \
{by|towards} {midday|lunchtime}.
The {highest|top} temperature {inland|in the valleys} will {reach|be near} <temp> degrees, with a {low|minimum} of \
<low> {overnight|after dark}.
{Winds|Breezes} {off the coast|along the shore at {near}} will {blow|come} from the <wind> at a \
{moderate|steady} strength {all day|throughout}.
{Sailors|Fishing crews|Ferry masters} {should|are asked to} {check|follow} the {shipping|inshore} forecast before \
{leaving|clearing} {near} harbour.
{Gauges|Instruments} at {near} {recorded|measured} <num> millimetres of rain in the {last|past} day, \
{station|observer} records show.
The {river|stream} level at {near} stood at <num> centimetres {this morning|at dawn}, {well within|inside} the \
{usual|seasonal} range.
{Pollen|Dust} counts {remain|stay} {moderate|low} {in most districts|in the town}, {and|while} air quality is \
{rated|listed} as {fair|good}.
{Drivers|Motorists} on the {mountain|upper} road to {near} should {allow extra time|carry chains} in case of \
{fog|ice} {near|at} the pass.
{Farmers|Growers} {around|near} {home} are {advised|reminded} to {cover|protect} {young|tender} plants if \
{ground|late} frost is {announced|forecast}.
The sun {rises|comes up} at <clock> and {sets|goes down} at <clock>, {local|town hall} time, according to the \
{almanac|harbour office}.
{The next|A further|Another} bulletin {will be|is} {issued|published} {tomorrow|after the evening readings} by the \
{same|regional} {office|desk}.""",
    ),
    "market-close": (
        "{home} {shares|index|stocks}: closing {prices|figures} for <date>",
        """\
The {home} {General|Composite|Fifty} index {finished|closed} {trading|the session} on <date> at <num> points, a \
{move|change} of <pct>.
{Turnover|Volume} {on the main floor|on the exchange} {came to|reached} <num> million crowns, {the exchange|the \
clearing house} said.
{Shares|Stock} in {firm}, the {largest|heaviest} {member|company} of the index, {ended|closed} at <num> crowns \
{apiece|each}.
{firm} {and|together with} {other|several} {exporters|manufacturers} {again|once more} {led|headed} the {list|table} \
of most {traded|active} stocks.
{Dealers|Brokers} {described|called} the {mood|atmosphere} on the floor as {calm|orderly} and {said|added} that \
{few|no} large orders were seen {near|at} the close.
The crown {was|stood} at <rate> against the {northern|eastern} mark in {late|afternoon} {dealings|trade}, \
{clearing|exchange} figures show.
{Benchmark|Ten-year} {treasury|state} bonds {yielded|paid} <rate> percent, {compared with|against} <rate> percent \
{the day before|at the previous close}.
{Barley|Copper|Herring} for {spring|winter} delivery {was quoted|traded} at <num> crowns a tonne {in|at} {near}.
{Small|Smaller} {companies|firms} are {listed|traded} on the {second|junior} board, {whose|where} prices are \
{published|posted} {once a week|every Friday evening}.
{All|These} prices are {provided|supplied} by the {home} exchange {for information|without guarantee} and may be \
{delayed|revised} by up to {fifteen|twenty} minutes.
{The exchange|Trading} {reopens|resumes} at nine in the morning, and the {next|following} {summary|report} \
{appears|is published} {here|on this page} after the {closing|final} bell.""",
    ),
    "league-table": (
        "{home} {League|Division|Conference} {table|standings} after <date> {matches|round}",
        """\
{Standings|Positions} in the {home} {League|Division|Conference} after the {matches|games} {played|completed} on <date>.
{near} Rovers <beat> {firm} {Athletic|Works} <score> {before|in front of} {a full house|a good crowd}.
{home} United <beat> {other} Lions <score> {at|in} the {old|new} {riverside|quarry} ground.
{near} Rovers have <temp> points and a goal difference of <temp>, {ahead of|in front of} {home} United on <temp>.
{other} Lions {sit|stand} {third|fourth} with <temp> points and a {game|match} in hand.
{The top|The first} two {clubs|teams} {go up|are promoted} at the {end|close} of the season, while the {club|side} in \
{third|fourth} place {meets|plays} the {best|top} {runner-up|second} of the {southern|western} group.
{The bottom|The last} three {clubs|teams} {drop|go down} to the {regional|county} {league|division}, {unless|except \
where} a {licence|ground permit} is {withdrawn|refused} {before|by} the {summer|June} meeting.
{Scorers|Leading scorers} {are counted|count} from league {matches|games} {only|alone}; {cup|friendly} goals are \
{listed|kept} {separately|in another table}.
{Results|Scores} are {confirmed|checked} by the {league|match} {secretary|office} and {posted|printed} {here|on this \
page} {within an hour|soon} of the {last|final} whistle.
The {next|coming} {round|matchday} {kicks off|starts} at <clock>, with {tickets|seats} {on sale|available} at the \
{usual|club} {windows|kiosks}.""",
    ),
    "listing": (
        "{What's on|Out and about|The day ahead} in {home}: <date>",
        """\
{Our|The} {guide|list} to {what is on|events} in {home} {and|or} {near} on <date>, {compiled|gathered} by the \
{culture|events} desk.
The {old|municipal} {theatre|playhouse} {in|on} {near} Street {shows|presents} “The <title>” at <clock>, \
{with|including} {an interval|a short talk}.
{Seats|Tickets} {cost|are} <temp> crowns, {half|less} for {students|pupils} and {pensioners|the unemployed} {on \
presentation of|showing} a {valid|current} card.
The {town|city} cinema {screens|runs} “<title> and <title>” at <clock> in the {large|upper} hall, with \
{subtitles|headphones} for those who {need|ask for} them.
At the {library|reading room} {in|behind} {other} Square, <person> reads {from|parts of} a {new|recent} book at <clock>.
The {Saturday|farmers'|covered} market {beside|opposite} the {station|fire hall} {opens|is open} {from seven|at dawn} \
and {sells|offers} {bread|cheese}, {flowers|honey} and {second-hand|used} books {until|up to} noon.
{Visitors|Guests} {to|of} the {museum|gallery} {enter|are let in} {free of charge|without a ticket} {after|from} four \
in the afternoon, {except|but not} on {public|bank} holidays.
{Children|Families} can {join|attend} the {puppet|paper} workshop, {where|in which} {materials|paint and glue} are \
{provided|included} and {parents|adults} may {stay|watch} if they {wish|like}.
The {late|night} bus {leaves|departs} from {other} Square at <clock> and {calls|stops} at {every|each} {usual|marked} \
stop {on request|along the line}.
{Organisers|Clubs} who {want|wish} to {announce|list} an event {should|can} {write to|call} the desk {two|three} days \
{ahead|in advance}, {giving|stating} the {place|venue}, {time|hour} and {price|fee}.""",
    ),
}
_WORDS: Final[dict[str, tuple[str, ...]]] = {
    "sky": ("grey", "clear", "hazy", "wet", "bright", "misty", "showery", "overcast", "sunny", "drizzly"),
    "wind": ("north", "south", "east", "west", "north-east", "south-west", "south-east", "north-west"),
    "title": ("Cellar", "Orchard", "Ferryman", "Salt Road", "Winter Guest", "Glass Bird", "Quiet Tide"),
    "beat": ("beat", "drew with", "lost to", "edged past"),
}
_BRACES: Final = re.compile(r"\{([^{}]*)\}")
_ANGLES: Final = re.compile(r"<(\w+)>")


def report(name: str, *, series: Random, instance: Random, at: datetime) -> tuple[str, tuple[tuple[str, ...], ...]]:
    """Headline and paragraphs of one report; `series` must be seeded alike for all reports of a series."""
    head, body = REPORTS[name]
    fixed = {key: names.place(series) for key in ("home", "near", "other")} | {"firm": names.company(series)}

    def settle(frame: str) -> str:
        while "{" in frame:
            frame = _BRACES.sub(lambda m: fixed.get(m[1]) or series.choice(alternatives(m[1])), frame)
        return frame

    def fill(text: str) -> str:
        return _ANGLES.sub(lambda m: _figure(m[1], instance, at), text)

    frames = alternatives(body)
    kept = {0, 1, 2, *series.sample(range(3, len(frames)), k=min(len(frames) - 3, 6))}
    headline = fill(settle(head))
    sentences = [fill(settle(frames[index])) for index in sorted(kept)]
    sentences = [text[0].upper() + text[1:] for text in sentences]
    return headline, tuple(tuple(sentences[i : i + 2]) for i in range(0, len(sentences), 2))


def _figure(name: str, rng: Random, at: datetime) -> str:
    match name:
        case "date":
            return f"{at:%A}, {at:%B} {at.day}"
        case "person":
            return names.person(rng)
        case "clock":
            return f"{rng.randint(5, 22)}.{rng.randint(0, 59):02d}"
        case "score":
            return f"{rng.randint(0, 6)}–{rng.randint(0, 5)}"
        case "num" | "rate" | "low" | "temp" | "pct":
            return _quantity(name, rng)
    return rng.choice(_WORDS[name])


def _quantity(name: str, rng: Random) -> str:
    match name:
        case "num":
            return f"{int(10 ** rng.uniform(1.5, 4)):,}"
        case "pct":
            return f"{rng.uniform(0.1, 4):.1f} percent {rng.choice(('up', 'down'))}"
        case "rate":
            return f"{rng.uniform(0.8, 7.9):.2f}"
    return str(rng.randint(-4, 4) if name == "low" else rng.randint(5, 39))
