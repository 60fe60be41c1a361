"""What each desk of the invented press writes about: lists of alternatives, separated by bars."""

from typing import Final

DESKS: Final[dict[str, dict[str, str]]] = {
    "politics": {
        "noun": "bill|charter|motion|levy|budget|coalition|amendment|mandate|register|petition|treaty|ballot"
        "|white paper|caucus|referendum|statute|cabinet plan|voting roll|border accord|ethics code|grant scheme"
        "|tax band|quota|decree|consultation|housing act|pension rule|veto|land reform|donation cap",
        "plural": "lawmakers|ballots|councillors|delegates|amendments|districts|voters|ministers|seats|pledges"
        "|envoys|backbenchers|subsidies|committees|petitions|wards|taxpayers|observers|signatures|townships",
        "issue": "transparency|turnout|funding|devolution|oversight|taxation|land use|reform|neutrality"
        "|representation|migration|secrecy|patronage|procurement|privacy|decorum",
        "verb": "approve|reject|delay|amend|table|endorse|draft|suspend|revive|challenge|pass|block|debate|oppose"
        "|redraft|ratify|scrap|soften|dispute|renew|question|adopt|review|shelve|champion",
        "adj": "bipartisan|draft|contested|rural|emergency|provincial|long-awaited|revised|interim|unpopular"
        "|sweeping|constitutional|two-chamber|symbolic|stalled|hasty|bitter|federal|parliamentary|watered-down",
        "role": "minister|deputy speaker|party whip|governor|senator|mayor|alderwoman|campaign manager|envoy"
        "|chief clerk|opposition leader|registrar|pollster|constitutional lawyer",
        "body": "Assembly|Senate Office|Electoral Board|People's Union|Reform League|Cabinet Bureau|Council of Wards"
        "|Liberty Front|Boundary Commission|Civic Alliance|Ombudsman Service|Upper House",
        "event": "sitting|roll call|rally|conclave|by-election|hearing|summit|debate|recess|cabinet retreat|town hall",
    },
    "economy": {
        "noun": "bond sale|merger|dividend|tariff|loan book|refinery|payroll|takeover|smelter|wage deal|forecast"
        "|credit line|warehouse|export licence|profit warning|pension fund|rate rise|shipyard|supply contract"
        "|price cap|order book|factory|insolvency|rebate|investment plan|stake|audit|currency peg|fish market"
        "|cement plant",
        "plural": "shareholders|exporters|lenders|invoices|jobs|factories|retailers|savers|contracts|analysts|orders"
        "|brokers|growers|mortgages|creditors|suppliers|tonnes of barley|vacancies|start-ups|workshops",
        "issue": "inflation|liquidity|hiring|demand|borrowing|output|competition|debt|productivity|rationing"
        "|consumption|insurance|bankruptcy|logistics|pricing|payroll",
        "verb": "raise|lower|acquire|audit|finance|expand|close|restructure|insure|double|trim|price|refinance|float"
        "|launch|downgrade|guarantee|absorb|renegotiate|outsource|value|merge|fund|list",
        "adj": "quarterly|heavily indebted|profitable|seasonally adjusted|idle|overseas|costly|family-owned|listed"
        "|unsecured|record|sluggish|state-backed|short-term|wholesale|ailing|lucrative|cautious|industrial|taxable",
        "role": "chief executive|treasurer|trade negotiator|central banker|union organiser|auditor|economist"
        "|fund manager|plant director|broker|administrator|chief buyer|foundry owner|actuary",
        "body": "Trade Chamber|Reserve Bank|Employers' Federation|Dockers' Union|Statistics Agency|Savings House"
        "|Grain Exchange|Competition Office|Development Fund|Guild of Millers|Credit Bureau|Labour Institute",
        "event": "shareholder meeting|auction|trade fair|earnings call|strike ballot|rate decision|site visit"
        "|roadshow|audit|investor day|wage round",
    },
    "science": {
        "noun": "telescope|enzyme|fossil|vaccine trial|seed bank|probe|reef survey|sediment core|algorithm|herbarium"
        "|comet|glacier|antibody|magnet|genome|observatory|catalyst|burrow|sensor array|eclipse model|moss"
        "|beetle colony|isotope|lung scan|soil map|battery cell|parasite|crater|tide gauge|nesting site",
        "plural": "researchers|samples|specimens|volunteers|readings|mice|citations|laboratories|larvae|satellites"
        "|proteins|field notes|orchids|skulls|measurements|telescopes|patients|microbes|salamanders|equations",
        "issue": "replication|biodiversity|peer review|radiation|immunity|erosion|funding|data quality|fermentation"
        "|gravity|hibernation|acidity|pollination|calibration|sleep|toxicity",
        "verb": "measure|discover|sequence|catalogue|model|observe|replicate|isolate|detect|photograph|test|publish"
        "|date|record|analyse|simulate|extract|compare|retract|monitor|calibrate|dissect|trace|map out|confirm",
        "adj": "peer-reviewed|deep-sea|carbon-dated|microscopic|unexplained|double-blind|alpine|experimental"
        "|nocturnal|frozen|preliminary|luminous|volcanic|randomised|ancient|radioactive|migratory|dormant|synthetic"
        "|faint",
        "role": "marine biologist|astronomer|doctoral student|geologist|lead author|lab technician|botanist"
        "|virologist|palaeontologist|statistician|field assistant|curator of fossils|neurologist|entomologist",
        "body": "Institute of Tides|Polar Station|Academy of Sciences|Botanic Trust|Geological Survey|Space Centre"
        "|Health Council|Museum of Minerals|Observatory Society|Research Hospital|Soil Laboratory|Faculty of Physics",
        "event": "expedition|field season|conference|trial|night of observation|workshop|dive|lecture|launch"
        "|excavation|census",
    },
    "sport": {
        "noun": "penalty|relay|title race|transfer|final set|grandstand|playoff|contract|sprint|goalkeeper spot"
        "|scrum|tie-break|captaincy|qualifier|training camp|home recordr|wild card|time trial|medal|coaching job"
        "|derby|ban|fixture|knee injury|corner kick|semi-final|regatta|lap record|trophy",
        "plural": "supporters|fixtures|points|tackles|rowers|substitutes|penalties|referees|goals|season tickets"
        "|heats|wingers|rebounds|sprinters|defenders|jumps|rounds|laps|stewards|juniors",
        "issue": "fitness|discipline|refereeing|selection|doping control|form|attendance|relegation|injury|stamina"
        "|defending|ticketing|promotion|tactics|recovery|sportsmanship",
        "verb": "score|defend|miss|sign|coach|clinch|postpone|outplay|save|concede|drop|convert|host|celebrate"
        "|equalise|appeal|captain|chase|dominate|snatch|overturn|bench|rescue",
        "adj": "unbeaten|late|second-half|indoor|bruising|top-flight|amateur|goalless|rain-soaked|record-breaking"
        "|veteran|last-gasp|bottom-placed|rearranged|aggregate|left-footed|opening|decisive|frantic|under-21",
        "role": "head coach|striker|club captain|referee|marathon runner|physiotherapist|goalkeeper|rowing cox"
        "|fly-half|team doctor|scout|kit manager|high jumper|league chairman",
        "body": "Rovers|Athletic|United|Rowing Club|Wanderers|Harriers|League Office|Ice Hawks|Cycling Federation"
        "|Rangers|Lions|Olympia",
        "event": "derby|cup tie|press call|warm-up|regatta|extra time|play-off|away trip|medal ceremony|friendly|heat",
    },
    "courts": {
        "noun": "verdict|appeal|indictment|plea|inquest|injunction|sentence|warrant|lawsuit|bail hearing|settlement"
        "|ledger|fraud case|testimony|custody order|confession|forged will|subpoena|retrial|burglary charge|ruling"
        "|cross-examination|smuggling ring|witness list|asset freeze|libel claim|extradition|search order|arson case"
        "|bribery probe",
        "plural": "jurors|witnesses|prosecutors|defendants|charges|exhibits|detectives|victims|affidavits|judges"
        "|bailiffs|documents|suspects|plaintiffs|phone records|lawyers|relatives|fingerprints|invoices|accomplices",
        "issue": "evidence|negligence|intent|fraud|disclosure|custody|perjury|sentencing|contempt|damages"
        "|embezzlement|jurisdiction|self-defence|bail|forgery|extortion",
        "verb": "convict|acquit|dismiss|adjourn|charge|question|accuse|overturn|quash|sentence|summon|uphold|arrest"
        "|sue|appeal|seal|investigate|prosecute|fine|cross-examine|deny|settle|halt",
        "adj": "sealed|sworn|unanimous|circumstantial|civil|criminal|suspended|high-profile|forensic|contested"
        "|anonymous|closed-door|binding|stolen|disputed|damning|handwritten|preliminary|aggravated|fraudulent",
        "role": "presiding judge|defence lawyer|lead detective|coroner|prosecutor|court clerk|key witness"
        "|forensic accountant|jury foreman|bailiff|former partner|magistrate|legal scholar|probation officer",
        "body": "High Court|Assize Court|Police Directorate|Prosecution Service|Bar Association|Court of Appeal"
        "|Fraud Squad|Prison Service|Coroner's Office|Tribunal|Legal Aid Society|Magistrates' Bench",
        "event": "hearing|trial|recess|sentencing|inquest|raid|retrial|identity parade|opening statement"
        "|site inspection",
    },
    "disaster": {
        "noun": "flood wall|landslide|evacuation|storm surge|wildfire|levee|rescue boat|aftershock|shelter|mudflow"
        "|ice jam|power cut|sinkhole|culvert|tornado|bridge collapse|drought order|heatwave|seawall|relief convoy"
        "|siren|dam gate|avalanche|hailstorm|field hospital|gas leak|burst main|rockfall|pump station|fire line",
        "plural": "residents|firefighters|homes|sandbags|helicopters|evacuees|livestock|roofs|volunteers|blankets"
        "|divers|households|trees|engineers|pumps|caravans|orchards|cellars|hectares|power lines",
        "issue": "flooding|shelter|drainage|drinking water|insurance|wind damage|rescue work|smoke|forecasting"
        "|food aid|rebuilding|looting|soil stability|first aid|visibility|preparedness",
        "verb": "evacuate|flood|rescue|destroy|damage|repair|reinforce|shelter|bury|isolate|warn|drain|airlift|clear"
        "|search|topple|inundate|restore|extinguish|divert|cordon off|ravage|uproot|inspect|swamp",
        "adj": "swollen|coastal|torrential|makeshift|stranded|waterlogged|low-lying|gale-force|collapsed|scorched"
        "|hillside|submerged|freak|toppled|charred|powerless|muddy|unstable|upstream|overnight",
        "role": "fire chief|rescue diver|meteorologist|village elder|hydrologist|civil defence officer|paramedic"
        "|dam engineer|relief coordinator|farmer|shelter manager|coastguard captain|seismologist|district nurse",
        "body": "Civil Defence|Fire Brigade|Weather Office|Red Lantern Society|Coastguard|Rivers Authority"
        "|Mountain Rescue|Relief Committee|Emergency Council|Water Board|Flood Agency|Ambulance Trust",
        "event": "storm|night shift|evacuation|rescue|downpour|briefing|blackout|thaw|airlift|inspection|high tide",
    },
    "transport": {
        "noun": "tunnel|tram line|ferry|timetable|toll road|runway|signal box|viaduct|bus fleet|harbour crane"
        "|ticket gate|freight yard|level crossing|cycle lane|drawbridge|night train|airship|depot|ring road"
        "|fare rise|control tower|slipway|canal lock|metro station|speed limit|cable car|pilot boat|parking zone"
        "|sleeper service|junction",
        "plural": "commuters|drivers|passengers|carriages|timetables|lorries|tickets|engineers|departures|barges"
        "|conductors|cyclists|flights|tracks|couriers|buses|lanes|platforms|cranes|ferries",
        "issue": "congestion|punctuality|safety|signalling|maintenance|fares|overtime|noise|accessibility|freight"
        "|parking|derailment|fuel supply|staffing|icing|automation",
        "verb": "reopen|close|derail|delay|electrify|cancel|widen|reroute|inspect|extend|resurface|operate|dock"
        "|upgrade|charter|tow|refit|dredge|subsidise|launch|overhaul|board|block|modernise|retire",
        "adj": "single-track|overcrowded|double-decked|driverless|inbound|rush-hour|inter-city|battery-powered"
        "|replacement|narrow-gauge|delayed|toll-free|elevated|cross-border|late-running|ageing|freight-only|unmanned"
        "|underground|express",
        "role": "train driver|harbour master|station manager|air traffic controller|ferry captain|union delegate"
        "|bus inspector|signal engineer|toll collector|crane operator|tram historian|fleet director|lock keeper"
        "|route planner",
        "body": "Port Authority|Tramways|State Railway|Airport Company|Roads Agency|Pilots' Guild|Metro Board"
        "|Ferry Lines|Drivers' Union|Canal Trust|Safety Inspectorate|Transit Council",
        "event": "rush hour|test run|walkout|safety drill|night closure|maiden voyage|public inquiry|morning peak"
        "|inspection|holiday getaway",
    },
    "culture": {
        "noun": "opera|fresco|novel|film reel|puppet theatre|retrospective|manuscript|festival|sculpture"
        "|concert hall|libretto|portrait|folk archive|ballet|tapestry|museum wing|poem cycle|string quartet"
        "|documentary|radio play|altar piece|print shop|dance school|photo exhibition|screenplay|choir|lost score"
        "|carnival|book prize|mural",
        "plural": "visitors|paintings|actors|musicians|curators|poems|tickets|dancers|novels|costumes|readers"
        "|violins|critics|collectors|puppets|manuscripts|premieres|sculptors|encores|librarians",
        "issue": "restoration|authorship|funding|censorship|acoustics|provenance|attendance|translation|heritage"
        "|copyright|improvisation|casting|nostalgia|craftsmanship|looted art|taste",
        "verb": "exhibit|restore|compose|rehearse|direct|translate|perform|auction|donate|unveil|publish|choreograph"
        "|stage|acquire|film|review|record|conduct|digitise|premiere|rediscover|adapt|curate|paint over",
        "adj": "baroque|unfinished|sold-out|avant-garde|hand-painted|travelling|open-air|forgotten|prize-winning"
        "|silent|gilded|bilingual|satirical|medieval|posthumous|three-act|touring|minimalist|rediscovered|candlelit",
        "role": "conductor|set designer|lead soprano|novelist|museum director|film editor|puppeteer|gallery owner"
        "|art historian|choreographer|cellist|archivist|playwright|festival founder",
        "body": "Opera House|National Gallery|Film Archive|Writers' Circle|Folk Museum|Philharmonic|Arts Council"
        "|Book Fair|Theatre Guild|Heritage Foundation|Dance Company|Public Library",
        "event": "premiere|private view|rehearsal|festival|auction|book launch|matinee|gala|recital|closing night"
        "|reading",
    },
}
