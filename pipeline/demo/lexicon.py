"""Words and sentence frames that all desks share.

Alternatives are separated by bars; frames stand one a line. `{one|two}` picks a word, `{name}` is a list of
alternatives, an inflection (`{verb+ed}`, `{verb+ing}`, `{verb+s}`) or something that the writer makes: names, numbers.
Frames keep fixed runs of words short: two stories built from the same frame must not share 5-shingles.
"""

from typing import Final

SHARED: Final[dict[str, str]] = {
    "adv": "quietly|formally|swiftly|narrowly|reluctantly|unanimously|provisionally|publicly|abruptly|partly"
    "|effectively|belatedly|hastily|again|finally|jointly|unexpectedly|repeatedly|initially|openly",
    "said": "said|told reporters|stated|noted|added|explained|argued|insisted|acknowledged|recalled|warned|predicted"
    "|wrote|conceded|stressed|maintained|remarked|announced|suggested|claimed",
    "unit": "days|weeks|months|hours|sessions|seasons|quarters|years",
    "time": "{early|late|on} {weekday}|on {weekday} {morning|evening|afternoon|night}"
    "|shortly {before|after} {noon|dawn|dusk}|over the weekend|{small} {unit} ago|within {small} {unit}"
    "|{since|in} {month}|by {month}|earlier this {week|month|year}",
    "np": "{snp}|{snp}|{pnp}|{adj} {issue}|{issue} {at|around|in} {place}",
    "snp": "the {adj} {noun}|a {adj} {noun}|the {place} {noun}|the {noun} {near|in|outside} {place}"
    "|the {issue} {noun}|{org}'s {noun}|a {noun} {worth|costing|valued at} {money}"
    "|the {noun} {backed by|linked to|named after} {who}|every {adj} {noun}|the {noun} and its {plural}"
    "|a {adj}, {adj} {noun}",
    "pnp": "{num} {plural}|{adj} {plural}|{plural} {from|around|near} {place}|{small} {adj} {plural}|most {plural}"
    "|{the|its|their} {plural} and {plural}|{plural} {without|with|seeking} {issue}|{pct} of {plural}",
    "org": "{body}|{body}|{company}",
    "who": "{person}|{person}|{org}|{org}|{role}s {from|in} {place}|{small} {role}s|{a|another|the} {role}",
    "vp": "{verb+ed} {np}|{adv} {verb+ed} {np}|{verb+ed} {np} {adjunct}|{verb+ed} and {verb+ed} {np}",
    "will": "will|would|could|should|may|might|must|cannot|soon will|can|need not",
    "adjunct": "{during|before|after} the {adj} {event}|{during|after} {a|the} {event} in {place}"
    "|despite {adj} {issue}|amid {issue} and {issue}|without {verb+ing} {pnp}|{at|for} {money}"
    "|{with|against} {num} {plural}|alongside {org}|under {a|the} {year} {noun}|{time}|in {place}|near {place} {time}"
    "|{instead of|by|while} {verb+ing} {snp}|with {person}",
    "cause": "{because|after|since|although|while|even though} {who} {vp}|{because of|given|despite|following} {np}"
    "|{as|once|until} {snp} {will} {verb} {pnp}",
    "saying": "{we|I|they} {will|cannot|must|should|never|simply|always} {verb} {np} {adjunct}"
    "|{no|any|every} {noun} {without|beyond|with} {issue} {will} {verb} {pnp}"
    "|{our|these|such} {plural} {verb+ed} {np}, {and|but|so} {we|people|nobody} {verb+ed} {np}"
    "|{nobody|everyone|somebody} in {place} {verb+ed} {np} {adjunct}"
    "|{small} {unit} of {issue} {taught|cost|gave|brought} us {np}|{np} {will} {matter|count|weigh} more than {np}"
    "|{ask|tell|remind} the {role}s of {place} {about|why|whether} {pnp} {verb+ed} {np}"
    "|{if|when} {who} {vp}, {we|you|they} {will} {verb} {snp}",
    "aside": "{role} {at|for|with} {org}|a {role} since {year}|{aged|now} {age}|who {verb+ed} {np} in {year}"
    "|{small} times {role}",
    "tail": "|, {cause}|, {adjunct}|, {verb+ing} {np}|, {according to|said} {person}|, {org} {said}| {adjunct}"
    "|, and {verb+ed} {np}",
}

LEADS: Final = """\
{body} {adv} {verb+ed} {snp} {time} after {person}, {aside}, {verb+ed} {np}{tail}.
{person}, {aside}, {vp} {time} {in|near} {place}, {verb+ing} {pnp} {adjunct}.
{pnp} {verb+ed} {np} {time} as {body} {verb+ed} {snp}{tail}.
{snp} {will} {verb} {np} {adjunct}, {body} {said} {time}{tail}.
{company} and {body} {verb+ed} {snp} {for|worth} {money} {time}, {verb+ing} {pnp}{tail}.
A {adj} {noun} {in|near} {place} {verb+ed} {pnp} {time}, {person} {said}, {cause}.
{small} {unit} after {who} {vp}, {body} {time} {verb+ed} {snp}{tail}.
{Plans|Hopes|Efforts|Attempts} to {verb} {snp} {failed|gathered pace|stalled|faltered} in {place} {time}, {cause}."""

FRAMES: Final = """\
{person} {said} {snp} {verb+ed} {np}{tail}.
{person} {said} {pnp} {will} {verb} {np} {adjunct}.
“{Saying},” {person} {said}{tail}.
“{Saying}. {Saying},” {said|according to|wrote} {person}, {aside}.
“{Saying},” {said} {person}. “{Saying}.”
Asked {about|whether} {np} {verb+ed} {np}, {person} {said}: “{Saying}.”
{org} {vp}{tail}.
{who} {vp}, {cause}.
{cause}, {who} {vp}{tail}.
{About|Some|Nearly|Fewer than|At least|Roughly} {num} {plural} {verb+ed} {np} {adjunct}{tail}.
{Figures|Papers|Records|Notes} {from|kept by|seen by} {org} {put|value|set} {snp} at {money}, {pct} {above|below} \
{month}{tail}.
In {year}, {who} {verb+ed} {np} {adjunct}, {verb+ing} {pnp}.
The {noun}, {adj} and {adj}, {verb+ed} {pnp} {adjunct}{tail}.
{place}, {home to|known for|twinned with} {num} {plural}, {verb+ed} {snp} in {year}{tail}.
{who} {will} {verb} {np} {time}, {cause}.
Neither {person} nor {person} {verb+ed} {np} {adjunct}.
Both {person} and {person} {verb+ed} {np}{tail}.
{Critics|Supporters|Rivals|Neighbours|Colleagues} of {who} {said} {snp} {will} {verb} {pnp}{tail}.
A {adj} {noun} {verb+ed} {pnp} {adjunct}, {while|and|but} {org} {verb+ed} {np}.
Under the {noun}, {pnp} {will} {verb} {np} {time}{tail}.
{The|That} {event} {drew|cost|involved|followed} {num} {plural}, {pct} of them {adj}, {org} {said}.
{person}, {aside}, {verb+ed} {np} and {will} {verb} {snp} {adjunct}.
{At|Outside|Inside} the {place} {event}, {pnp} {verb+ed} {np}{tail}.
{On|By|Before} {weekday}, {who} {vp}, {but|yet|and} {pnp} {verb+ed} {snp}.
{Repairs|Talks|Costs|Delays|Preparations} {over|around|behind} {snp} {reached|passed} {money} {adjunct}{tail}.
{Separately|Meanwhile|Elsewhere|Later|Earlier}, {who} {vp} {adjunct}{tail}.
{person} {denied|doubted|confirmed|repeated} that {who} {vp}.
{np} {verb+ed} {np} {time}; {who} {vp}.
{It|That} {took|cost} {org} {small} {unit} to {verb} {snp}, {cause}.
{One|Another} {role}, {person}, {verb+ed} {snp} {adjunct} and {said} {pnp} {verb+ed} {np}.
{If|Should|Unless} {who} {verb} {snp}, {org} {will} {verb} {pnp} {time}.
{verb+ing} {np} {cost|saved|earned} {company} {money} in {year}, {said|wrote} {person}.
{From|Until} {month}, {pnp} {will} {verb} {snp} {adjunct}, {a|the} {role} at {org} {said}."""

HEADS: Final = """\
{body} {verb+s} {adj} {noun} as {plural} {verb} {issue}
{person} {verb+s} {noun} {in|near} {place}
{place} {noun} {verb+s} {num} {plural}
{body} to {verb} {adj} {noun} after {place} {event}
{adj} {noun} {verb+s} {plural} in {place}
{company} {verb+s} {noun} for {money}
{num} {plural} {verb} {noun} {before|after} {event}
{person}: {issue} '{will} {verb}' {adj} {plural}
{plural} {verb} {place} {noun} despite {issue}
No {noun} without {issue}, {verb+s} {body}
{event} in {place} {verb+s} {adj} {plural}
{body} and {company} {verb} {noun}"""

REMARKS: Final = """\
{Our|This paper's|My|Regular} readers {in|around|near} {place} {will} {verb} {np}, {and|but} {who} {verb+ed} \
{snp}{tail}.
{Add|To this add|Compare} the {adj} {noun} that {person} {verb+ed} {adjunct}: {saying}.
{In my view|To us|From here|On balance}, {snp} {will} {verb} {pnp} {adjunct}, {cause}.
{Remember|Consider|Note} {how|that} {who} {vp} in {year}{tail}.
{Locally|Here}, {num} {plural} {verb+ed} {np}, {cause}.
{What|Whatever} {org} {verb+ed} {time}, {saying}.
{Expect|Watch for|Do not rule out} {a|another} {adj} {noun} {adjunct}{tail}.
{This desk|Our correspondent|A reader} {in|from} {place} {verb+ed} {snp} {time}, {verb+ing} {pnp}."""

CHAT: Final = """\
{honestly|tbh|sorry but|look}, {saying}
my {cousin|uncle|boss|neighbour|old teacher} in {place} {verb+ed} {np} {adjunct} and {still|now|even} {verb+ed} {snp}
{anyone|does anyone|has anybody} here {remember|know about|have} {snp} {in|from} {place} {year}? {pnp} {verb+ed} {np}
{lol|ha}, {who} {vp}, {typical|classic|as usual|no surprise}
I {verb+ed} {np} {time}, {cost me|took|worth} {money}, {never|always|maybe} again
{people|folks} {keep|love} {verb+ing} {np} {but|yet} {pnp} {will} {verb} {snp}
not {sure|convinced} {np} {verb+ed} {np}, {cause}
{imo|imho|if you ask me} {org} {will} {verb} {snp} {adjunct}
{back in|around|since} {year} {who} {vp} and {nobody|everybody} {verb+ed} {pnp}
{thanks|cheers} for the {noun} {tip|photo|link}, {saying}
{worked|lived} {near|with} {place} {role}s for {small} {unit}: {saying}
{wait|hang on}, so {who} {vp}? {then|and} {what|who} {verb+ed} {np}
{source|numbers} for {pct} of {plural}? {org} {verb+ed} {np} {time}
{agree|disagree} {about|on} {snp}, {person} {will} {verb} {pnp} {adjunct}
{funny|odd|sad} how {plural} {verb} {np} {whenever|until|while} {who} {vp}
{update|edit}: {verb+ed} {snp} {time}, {num} {plural} {adjunct}
{bought|sold|saw|filmed} {a|the} {adj} {noun} {near|at|in} {place}, {plural} {verb+ed} {np}"""
