"""Words that change what a sentence says: opposites, scopes, limits, units, inventions."""


def _pairs(text: str) -> tuple[tuple[str, str], ...]:
    halves = (line.split("/") for line in text.strip().split("; "))
    return tuple((left.strip(), right.strip()) for left, right in halves)


# Each other's opposite, in the same place of a sentence.
DIRECTIONS = _pairs(
    "more/less; more/fewer; higher/lower; above/below; before/after; over/under; "
    "increase/decrease; increased/decreased; increases/decreases; rose/fell; rise/fall; "
    "rises/falls; first/last; earliest/latest; oldest/newest; largest/smallest; "
    "highest/lowest; longest/shortest; biggest/smallest; maximum/minimum; at least/at most; "
    "allowed/forbidden; allow/forbid; allows/forbids; permitted/prohibited; "
    "compulsory/optional; required/optional; may/must; can/cannot; include/exclude; "
    "includes/excludes; included/excluded; opens/closes; open/closed; starts/ends; "
    "begins/ends; won/lost; wins/loses; accepts/rejects; accepted/rejected; "
    "accept/reject; free/paid; inside/outside; within/beyond; buy/sell; bought/sold; "
    "faster/slower; better/worse; best/worst; heavier/lighter; longer/shorter; "
    "earlier/later; ahead of/behind; north/south; east/west; northern/southern; "
    "eastern/western; same/different; always/never; both/neither; until/from; "
    "with/without; still/no longer; most/few; many/few; approve/refuse; approved/refused; "
    "doubled/halved; doubles/halves; pays/receives; pay/receive; paid/received; wet/dry; "
    "hot/cold; warm/cold; upper/lower; top/bottom; gained/lost; valid/invalid; full/empty; "
    "added/removed; adds/removes; add/remove; on time/late; safe/dangerous; "
    "succeeded/failed; passes/fails; pass/fail; kept/dropped; keep/drop; rising/falling; "
    "growing/shrinking; grew/shrank; improved/worsened; cheaper/dearer; cheapest/dearest; "
    "everyone/no one; anyone/no one; all/none of the; every/no; "
    "starting/ending; enter/leave; enters/leaves; tried/avoided; agreed/refused; "
    "supports/opposes; supported/opposed; reduces/raises; reduce/raise; "
    "reduced/raised; raised/lowered; up/down; hired/dismissed; lent/borrowed"
)
# Another group, level, time or basis.
SCOPES = _pairs(
    "furnished/unfurnished; men's/women's; adults/children; adult/child; summer/winter; "
    "spring/autumn; morning/evening; mornings/evenings; weekdays/weekends; "
    "weekday/weekend; full-time/part-time; domestic/foreign; public/private; "
    "residents/visitors; new/existing; senior/junior; seniors/juniors; urban/rural; "
    "gross/net; members/non-members; daily/weekly; monthly/annual; a day/a week; "
    "a month/a year; per day/per month; per week/per year; each day/each month; "
    "day/night; tenants/landlords; tenant/landlord; staff/customers; teachers/pupils; "
    "students/staff; employers/employees; patients/visitors; drivers/passengers; "
    "indoors/outdoors; indoor/outdoor; primary/secondary; first/second; second/third; "
    "third/fourth; ground floor/upper floor; online/in person; cash/card; "
    "international/national; large/small; larger/smaller; short/long; single/double; "
    "per person/per group; per room/per person; an hour/a day; owner/tenant; "
    "buyer/seller; guests/hosts; guest/host; boys/girls; women/men"
)
# Limits; without them a sentence claims more or other than its evidence.
QUALIFIERS = (
    "up to|at least|at most|no more than|not more than|no less than|a minimum of|a maximum of|"
    "only|about|around|roughly|nearly|almost|more than|less than|fewer than|over|under|usually|"
    "typically|mostly|mainly|generally|normally|often|some|most|part of|on average|as much as|"
    "partly|possibly|probably|expected to|planned to"
).split("|")
STRONGER = (
    ("may", "will"),
    ("may", "must"),
    ("can", "must"),
    ("might", "will"),
    ("could", "will"),
    ("should", "must"),
    ("some", "all"),
    ("Some", "All"),
    ("most", "all"),
    ("Most", "All"),
    ("usually", "always"),
    ("often", "always"),
    ("normally", "always"),
    ("typically", "always"),
    ("nearly", "exactly"),
    ("about", "exactly"),
    ("expected to", "certain to"),
    ("proposed", "approved"),
    ("planned", "completed"),
    ("recommended", "required"),
)
UNITS = {
    "%": (" euros", " percentage points"),
    "per cent": ("euros", "percentage points"),
    "percent": ("euros", "percentage points"),
    "€": ("$", "£"),
    "$": ("€", "£"),
    "£": ("€", "$"),
    "euros": ("dollars", "pounds", "cents"),
    "euro": ("dollar", "pound"),
    "pounds": ("euros", "dollars"),
    "dollars": ("euros", "pounds"),
    "kilometres": ("metres", "miles"),
    "km": ("m", "miles"),
    "metres": ("kilometres", "centimetres", "feet"),
    "centimetres": ("metres", "millimetres"),
    "cm": ("mm", "m"),
    "mm": ("cm",),
    "kilograms": ("grams", "tonnes"),
    "kg": ("g", "tonnes"),
    "grams": ("kilograms", "milligrams"),
    "tonnes": ("kilograms",),
    "litres": ("millilitres", "gallons"),
    "seconds": ("minutes", "hours"),
    "minutes": ("hours", "seconds"),
    "minute": ("hour",),
    "hours": ("days", "minutes"),
    "hour": ("day",),
    "days": ("weeks", "months", "hours"),
    "day": ("week",),
    "nights": ("weeks",),
    "weeks": ("days", "months"),
    "week": ("month",),
    "months": ("weeks", "years"),
    "month": ("week",),
    "years": ("months", "weeks"),
    "year": ("month",),
    "million": ("thousand", "billion"),
    "billion": ("million",),
    "thousand": ("million",),
    "MB": ("GB", "KB"),
    "GB": ("MB", "TB"),
    "kW": ("W", "MW"),
    "W": ("kW",),
    "°C": ("°F",),
    "a.m.": ("p.m.",),
    "p.m.": ("a.m.",),
    "hectares": ("square kilometres",),
}
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
# What generators like to add.
ADDED_CLAUSES = (
    ", which is free of charge",
    ", and can be extended on request",
    ", according to the ministry",
    " because of rising costs",
    ", and this has been so for decades",
    ", which was approved by the council",
    ", and it is reviewed every year",
    " to ensure the safety of everyone",
    ", mainly for environmental reasons",
    ", which is the highest in the region",
    ", and online booking is available",
    " with the help of volunteers",
    ", after a public consultation",
    ", as required by law",
    ", making it very popular with families",
    ", and a certificate is issued",
    ", which attracts many tourists",
    " thanks to a government grant",
    ", and refunds are available",
    ", unless the manager agrees otherwise",
    " in order to save energy",
    ", and similar rules apply elsewhere",
    ", which is more than twice the national average",
    " and is open to the public",
    ", although exceptions are common",
    ", and staff receive special training",
    " under the supervision of an expert",
    ", and the price includes breakfast",
    ", which has won several awards",
    ", so applications should be made early",
)
ADJECTIVES = (
    "annual|free|private|temporary|historic|mandatory|municipal|experimental|wooden|refundable|"
    "confidential|famous|expensive|electronic|voluntary|abandoned|underground|seasonal|certified|"
    "foreign|damaged|popular|secret|unpaid|digital|imported|modern|rural|licensed|nearby"
).split("|")
