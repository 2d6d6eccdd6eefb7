"""Documents that are hard to read and to search: real files of every format, made by the libraries
that people make them with. What they tell is made up."""

from pathlib import Path
from typing import Any

import docx
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    ListFlowable,
    ListItem,
    NextPageTemplate,
    PageBreak,
    PageTemplate,
    Paragraph,
    Preformatted,
    Spacer,
    Table,
    TableStyle,
)
from reportlab.platypus.tableofcontents import TableOfContents

STYLES = getSampleStyleSheet()
HEAD = "Skerry Harbour, Annual Report 2023"


def write_all(folder: Path) -> None:
    """Write every document into a folder."""
    write_harbour(folder / "harbour.pdf")
    write_cable_car(folder / "cable-car.pdf")
    write_bees(folder / "bees.docx")
    (folder / "kiln.html").write_text(KILN, encoding="utf-8")
    (folder / "observatory.md").write_text(OBSERVATORY, encoding="utf-8")
    (folder / "campsite.txt").write_text(CAMPSITE, encoding="utf-8")
    (folder / "ness.html").write_text(NESS, encoding="utf-8")
    (folder / "glen.md").write_text(GLEN, encoding="utf-8")


def paragraph(text: str, style: str = "BodyText") -> Paragraph:
    return Paragraph(text, STYLES[style])


def bullets(*items: Any, kind: str = "bullet") -> ListFlowable:
    made = [
        ListItem([paragraph(item)] if isinstance(item, str) else [paragraph(item[0]), item[1]])
        for item in items
    ]
    return ListFlowable(made, bulletType=kind, bulletFormat="%s." if kind == "1" else None)


def ruled(rows: list[list[str]]) -> Table:
    table = Table(rows, repeatRows=1)
    grid = ("GRID", (0, 0), (-1, -1), 0.5, colors.black)
    table.setStyle(TableStyle([grid, ("FONTNAME", (0, 0), (-1, 0), "Helvetica-Bold")]))
    return table


class _Report(BaseDocTemplate):  # type: ignore[misc]  # reportlab has no types
    """A report with a running head, page numbers, one and two columns, and a table of contents."""

    def __init__(self, path: Path, head: str, **options: Any) -> None:
        super().__init__(str(path), pagesize=A4, **options)
        self._head = head
        one = [Frame(50, 60, 495, 710)]
        two = [Frame(50, 60, 235, 710), Frame(310, 60, 235, 710)]
        self.addPageTemplates(
            [
                PageTemplate("one", one, onPage=self._furniture),
                PageTemplate("two", two, onPage=self._furniture),
            ]
        )

    def afterFlowable(self, flowable: Flowable) -> None:  # reportlab's name
        name = flowable.style.name if isinstance(flowable, Paragraph) else ""
        if name in ("Heading1", "Heading2"):
            self.notify("TOCEntry", (int(name[-1]) - 1, flowable.getPlainText(), self.page))

    def _furniture(self, canvas: Any, document: Any) -> None:
        canvas.saveState()
        canvas.setFont("Helvetica", 8)
        canvas.drawString(50, 805, self._head)
        canvas.drawRightString(545, 30, f"Page {document.page} of 9")
        canvas.restoreState()


VESSELS = (
    "Dinghy Punt Yawl Ketch Sloop Cutter Schooner Brig Trawler Seiner Tug Barge Lighter".split()
)
DUES = [
    [vessel, f"{4 + 3 * n}-{6 + 3 * n} m", f"{12 + 7 * n} EUR", f"{60 + 31 * n} EUR", berth]
    for n, vessel in enumerate(
        [f"{kind} {size}" for kind in VESSELS for size in ("I", "II", "III")]
    )
    for berth in [("north quay", "east quay", "fish dock", "inner basin")[n % 4]]
]


def write_harbour(path: Path) -> None:
    """Contents, two columns, words cut at line ends, a table over two pages, nested lists."""
    cargo = [
        "The harbour handled 4.2 million tonnes of cargo during the year, an increase of seven per "
        "cent over the year before. Container traffic grew fastest, while shipments of grain fell "
        "because of the drought in the hinterland.",
        "Timber was the second largest cargo. Most of it came down the river on barges from the "
        "saw mills of Upper Lorn, was stacked on the east quay and left for Ireland.",
        "Cruise ships called 31 times and brought 48,000 visitors. The largest of them, the "
        "Borealis, could only enter at spring tide, because the sill of the outer basin lies nine "
        "metres below the mean level of the sea.",
    ]
    works = [
        "Dredging of the northern channel was completed in October. A contractor from Rotterdam "
        "moved 380,000 cubic metres of silt, which were used to raise the embankment of the salt "
        "marsh behind the lighthouse.",
        "The old swing bridge was taken out of service in March after a fatigue crack was found in "
        "its pivot. Until the new lift bridge opens in 2025, lorries take the road over the dam.",
        "Three cranes were fitted with electric drives. Their consumption of diesel fell by 61 per "
        "cent, and the neighbours complained about noise only twice.",
    ]
    ferries = [
        "The ferry to Hallin Island carried 212,000 passengers and 54,000 cars. It was cancelled "
        "on nineteen days, mostly because of easterly gales in February.",
        "A night ferry was tried in July and August. It was given up, since on average only eleven "
        "passengers were on board.",
        "Dogs travel free of charge on every ferry, but have to wear a muzzle in the saloon.",
    ]
    people = [
        "The port authority employed 148 people at the end of the year, among them nine "
        "apprentices. Pilots are not employees; the fourteen of them form a guild of their own.",
        "One serious accident happened: a rigger broke his hip when a mooring line parted on the "
        "fish dock. Since then nobody may stand in the snap-back zone, which is painted yellow.",
    ]
    story: list[Flowable] = [paragraph(HEAD, "Title"), paragraph("Contents", "Heading2")]
    story += [TableOfContents(), NextPageTemplate("two"), PageBreak()]
    for title, texts in [("Cargo", cargo), ("Building works", works)]:
        story += [paragraph(title, "Heading1"), *map(paragraph, texts)]
    story += [paragraph("Ferries", "Heading1"), *map(paragraph, ferries)]
    story += [paragraph("People", "Heading1"), *map(paragraph, people)]
    story += [
        paragraph("Conduct on the quays", "Heading1"),
        paragraph("Everyone on the quays follows these rules:"),
        bullets(
            "Wear a helmet, also on the marked walkways next to the cranes.",
            (
                "Report every spill at once:",
                bullets(
                    "oil and fuel to the fire brigade on channel 9",
                    "fish offal to the duty officer on channel 12",
                ),
            ),
            "Never walk below a hanging load.",
            "Smoke only behind the customs shed.",
        ),
        paragraph("Mooring a vessel", "Heading2"),
        bullets(
            "Signal the pilot with two long blasts.",
            "Throw the heaving line to the linesman.",
            "Make fast the bow line before any other.",
            "Set the springs, and slacken them by a metre at spring tide.",
            kind="1",
        ),
        NextPageTemplate("one"),
        PageBreak(),
        paragraph("Harbour dues", "Heading1"),
        paragraph("The table gives the dues for every class of vessel and the berth it is given."),
        ruled([["Class", "Length", "Dues per day", "Dues per month", "Berth"], *DUES]),
        paragraph("Opening hours of the gates", "Heading1"),
        paragraph("The gates open as follows; the master of the gate may close them in fog."),
        Table(
            [
                ["Gate", "Weekdays", "Sundays"],
                ["North gate", "06:00-22:00", "closed"],
                ["South gate", "05:30-23:00", "08:00-16:00"],
                ["River gate", "07:00-19:00", "10:00-14:00"],
            ]
        ),
    ]
    _Report(path, HEAD).multiBuild(story)


def write_cable_car(path: Path) -> None:
    """A manual: numbered steps, code, a table without lines, a sentence over a page's end."""
    story: list[Flowable] = [paragraph("Operating the Rannoch Cable Car", "Title")]
    story += [
        paragraph("1. Before the first ride", "Heading1"),
        paragraph("The machinist on duty carries out these checks, in this order:"),
        bullets(
            "Measure the tension of the haul rope; it has to lie between 41 and 44 kilonewtons.",
            "Ride to pillar three in the service cabin and look at the rollers.",
            "Test the emergency brake with an empty cabin at walking pace.",
            "Sound the horn twice, so that people leave the platform.",
            kind="1",
        ),
        paragraph("1.1 Ice", "Heading2"),
        paragraph(
            "When ice thicker than four millimetres is found on the rope, the car rides empty at "
            "two metres a second until the scrapers have removed it. Salt must never be used."
        ),
        paragraph("2. Limits of operation", "Heading1"),
        paragraph("Whoever is in charge stops the ride when one of these values is exceeded."),
        Table(
            [
                ["Cause", "Reduce speed", "Stop"],
                ["Wind along the rope", "60 km/h", "80 km/h"],
                ["Wind across the rope", "45 km/h", "60 km/h"],
                ["Sway of the cabin", "10 degrees", "16 degrees"],
                ["Motor temperature", "85 C", "105 C"],
            ]
        ),
        paragraph("3. Passengers", "Heading1"),
        paragraph(
            "A cabin takes 24 passengers and one attendant. Prams are folded. Skis stand in the "
            "rack outside of the cabin, and bicycles are carried after four in the afternoon only."
        ),
        Spacer(1, 120),
        paragraph("3.1 Evacuation", "Heading2"),
        paragraph(
            "If the drive has failed for more than forty minutes, passengers are lowered to the "
            "ground. The attendant opens the hatch in the floor, fixes the rope brake to the red "
            "eye bolt and lowers the heaviest adult first, who then receives the others. Children "
            "under ten are lowered together with an adult in the double harness. Nobody may be "
            "lowered over the gorge between pillars five and six; there, the rescue cabin is sent."
        ),
        paragraph("4. Controller", "Heading1"),
        paragraph("The controller of the drive reads these settings when it is switched on."),
        Preformatted(
            "[drive]\ncruise_speed = 7.5\ncreep_speed = 0.3\nif overload:\n    sound_buzzer(3)\n",
            STYLES["Code"],
        ),
        paragraph("5. Upkeep", "Heading1"),
        paragraph(
            "The track rope is shifted by twelve metres every six years, so that no part of it "
            "lies on a saddle for ever. The haul rope is shortened when it has stretched by a "
            "metre; a splicer from Fort William does it, and it takes two days."
        ),
        paragraph(
            "Rollers are changed after 9,000 hours. The gear oil is drained each October and sent "
            "to a laboratory, which looks for bronze: more than 30 parts in a million tell that a "
            "bearing is wearing out."
        ),
    ]
    _Report(path, "Rannoch Cable Car: Manual, Edition 4").build(story)


def write_bees(path: Path) -> None:
    """A Word file: title, headings by style and by hand, nested lists, tables with merged cells."""
    document = docx.Document()
    document.sections[0].header.paragraphs[0].text = "Northern Beekeepers' Union"
    document.add_heading("Keeping Bees in the North", 0)
    document.add_paragraph(
        "This guide was written by the union's older members for its newer ones."
    )
    document.add_heading("The hive", 1)
    document.add_paragraph(
        "A hive stands on two blocks, half a metre above the snow, with its entrance to the "
        "south-east. In winter the entrance is narrowed to the width of a finger against mice."
    )
    document.add_paragraph("A keeper needs this equipment:")
    for text, level in [
        ("a smoker:", 1),
        ("dry pine needles burn for half an hour", 2),
        ("jute sacking burns longer, but must be free of oil", 2),
        ("a hive tool:", 1),
        ("the hooked one lifts frames", 2),
        ("the flat one parts boxes that are glued with propolis", 2),
        ("gloves of goat leather, which stings do not pass", 1),
    ]:
        document.add_paragraph(text, style="List Bullet" if level == 1 else "List Bullet 2")
    document.add_heading("Feeding in autumn", 1)
    document.add_paragraph("Syrup is given until the middle of September, and fondant after it.")
    _word_table(
        document,
        ["Colony", "August syrup", "September syrup", "Fondant"],
        [
            ["Nucleus", "4 litres", "3 litres", "2 kg"],
            ["Young queen", "9 litres", "6 litres", "4 kg"],
            ["Full colony", "14 litres", "8 litres", "5.5 kg"],
            ["Heather colony", "2 litres", "11 litres", "7 kg"],
        ],
    )
    document.add_heading("Illness", 1)
    document.add_heading("Varroa", 2)
    document.add_paragraph(
        "Mites are counted on a sticky board. Formic acid is used in August, when more than ten "
        "mites fall in a day; oxalic acid is trickled in December, while there is no brood."
    )
    document.add_heading("Foul brood", 2)
    document.add_paragraph(
        "Ropy larvae that smell of glue are a sign of American foul brood. It has to be reported "
        "to the county vet within a day, and the hive is burned in a pit."
    )
    document.add_heading("Honey", 1)
    bold = document.add_paragraph()
    bold.add_run("Extraction").bold = True
    document.add_paragraph(
        "Frames are taken when two thirds of the cells are capped. Honey with more than eighteen "
        "per cent of water ferments, which a refractometer tells."
    )
    bold = document.add_paragraph()
    bold.add_run("Storage").bold = True
    document.add_paragraph(
        "Buckets are kept below fourteen degrees, where honey sets with a fine grain. It is "
        "stirred once a day for a week, and then filled into jars."
    )
    document.add_paragraph("To requeen a colony:")
    for text in [
        "Find the old queen and pinch her.",
        "Wait for two hours, until the colony roars.",
        "Hang the cage with the new queen between two brood frames.",
        "Look after five days whether the candy has been eaten.",
    ]:
        document.add_paragraph(text, style="List Number")
    document.add_heading("Forage", 1)
    document.add_paragraph("What bees find from spring to autumn, and what the honey is like:")
    table = _word_table(
        document,
        ["Plant", "Month", "Colour of pollen", "Honey"],
        [
            ["Willow", "April", "yellow", "rarely harvested"],
            ["Dandelion", "May", "orange", "sets within days"],
            ["", "June", "deep orange", "strong in smell"],
            ["Raspberry", "June", "grey-white", "mild and light"],
            ["Fireweed", "July", "blue-green", "clear as water"],
            ["Heather", "August", "slate grey", "a jelly that must be pressed"],
        ],
    )
    table.cell(2, 0).merge(table.cell(3, 0))
    document.save(str(path))


def _word_table(document: Any, header: list[str], rows: list[list[str]]) -> Any:
    table = document.add_table(rows=0, cols=len(header))
    for texts in [header, *rows]:
        for cell, text in zip(table.add_row().cells, texts, strict=True):
            cell.text = text
    return table


GLAZES = [
    ("Celadon", "1,280", "reducing", "iron oxide 2 %", "pale green"),
    ("Tenmoku", "1,290", "reducing", "iron oxide 9 %", "black to rust"),
    ("Chun", "1,270", "reducing", "bone ash 3 %", "milky blue"),
    ("Shino", "1,250", "reducing", "soda ash 6 %", "white to orange"),
    ("Oribe", "1,240", "oxidising", "copper carbonate 5 %", "leaf green"),
    ("Copper red", "1,285", "reducing", "copper carbonate 0.5 %", "ox blood"),
    ("Barium matt", "1,220", "oxidising", "cobalt carbonate 1 %", "deep blue"),
    ("Tin white", "1,060", "oxidising", "tin oxide 8 %", "opaque white"),
    ("Lustre", "720", "reducing", "silver nitrate 3 %", "gold sheen"),
    ("Raku crackle", "980", "smoking", "tin oxide 4 %", "white, black cracks"),
]
KILN = f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Firing | Potters of Leith</title>
<style>nav {{ color: red }}</style><script>track("kiln guide glaze temperature");</script></head>
<body class="has-sidebar">
<div id="cookie-banner" role="dialog">We use cookies for glazes. <button>OK</button></div>
<header class="site-header"><nav><ul><li><a href="/">Home</a><li><a href="/shop">Shop</a></ul></nav>
</header>
<div class="sidebar"><h2>Popular</h2><ul><li><a href="/x">Best kilns of the year</a></ul></div>
<main><h1>Firing a Kiln</h1>
<ul><li><a href="#bisque">Bisque</a></li><li><a href="#glazes">Glazes</a></li></ul>
<p>A kiln is packed on Friday and fired on Saturday; whoever fires it stays in the workshop.
<h2 id="bisque">Bisque firing</h2>
<p>Raw pots may touch each other. The kiln rises by 60 degrees an hour until 600&nbsp;&deg;C, since
water that is bound in the clay leaves as steam and <em>bursts</em> thick walls; then it may rise by
150 degrees an hour to 1,000&nbsp;&deg;C<sup><a href="#n1">[1]</a></sup>.</p>
<p>Never fire:</p>
<ul><li>pots that feel cool to the cheek, which are still damp
<li>pots with closed hollows:
 <ul><li>handles that were thrown as tubes, unless a pin hole was made
 <li>lids of double wall</ul>
<li>plaster, even a crumb of it</ul>
<h2 id="cones">Cones and schedules</h2>
<table><caption>Pyrometric cones</caption>
<thead><tr><th rowspan="2">Cone</th><th colspan="2">Bends at (&deg;C)</th>
<th rowspan="2">Used for</th></tr><tr><th>slow</th><th>fast</th></tr></thead>
<tbody><tr><td>022</td><td>576</td><td>586</td><td rowspan="2">lustre and enamel</td></tr>
<tr><td>018</td><td>696</td><td>712</td></tr>
<tr><td>06</td><td>981</td><td>998</td><td>bisque ware</td></tr>
<tr><td>04</td><td>1,050</td><td>1,063</td><td>earthenware</td></tr>
<tr><td>6</td><td>1,201</td><td>1,222</td><td>mid-range stoneware</td></tr>
<tr><td>9</td><td>1,255</td><td>1,280</td><td rowspan="2">stoneware and porcelain</td></tr>
<tr><td>10</td><td>1,282</td><td>1,305</td></tr></tbody></table>
<h2 id="glazes">Glazes</h2>
<table><tr><th>Glaze<th>Degrees<th>Atmosphere<th>Colourant<th>Result
{"".join("<tr><td>" + "<td>".join(row) for row in GLAZES)}
</table>
<h2>Our kilns</h2>
<table><tr><th>Small kiln</th><td>45 litres, electric, 3.6 kW; booked by the hour</td></tr>
<tr><th>Large kiln</th><td>320 litres, propane, two burners; fired on Saturdays</td></tr>
<tr><th>Raku kiln</th><td>an oil drum lined with ceramic fibre, outdoors</td></tr></table>
<dl><dt>Saggar<dd>a box of fireclay that keeps flames off a pot
<dt>Grog<dd>fired clay that was ground and is mixed into raw clay against shrinking
<dt>Soak<dd>holding the highest temperature for a while, so that glazes heal</dl>
<p><strong>Ventilation</strong></p>
<p>Two windows stay open while glazes melt. The extractor over the kiln moves 900 cubic metres an
hour and is switched on at 200 degrees.</p>
<p><strong>Cooling</strong></p>
<p>The lid is opened by a crack below 200 degrees, and fully below 90; whoever opens it sooner hears
the glazes ping and owes the others a cake.</p>
<pre><code>ramp(60, until=600)
ramp(150, until=1000)
soak(minutes=20)</code></pre></main>
<footer>Potters of Leith, glazes and kilns since 1974</footer></body></html>
"""

OBJECTS = [
    ("M13", "Hercules", "globular cluster", "5.8", "July", "60 mm"),
    ("M27", "Vulpecula", "planetary nebula", "7.4", "August", "80 mm"),
    ("M31", "Andromeda", "galaxy", "3.4", "October", "naked eye"),
    ("M42", "Orion", "bright nebula", "4.0", "January", "50 mm"),
    ("M45", "Taurus", "open cluster", "1.6", "December", "naked eye"),
    ("M51", "Canes Venatici", "galaxy", "8.4", "May", "150 mm"),
    ("M57", "Lyra", "planetary nebula", "8.8", "August", "100 mm"),
    ("M81", "Ursa Major", "galaxy", "6.9", "April", "80 mm"),
    ("M92", "Hercules", "globular cluster", "6.4", "July", "60 mm"),
    ("M104", "Virgo", "galaxy", "8.0", "May", "120 mm"),
    ("NGC 869", "Perseus", "open cluster", "3.7", "November", "50 mm"),
    ("NGC 6960", "Cygnus", "supernova remnant", "7.0", "September", "200 mm"),
]
OBSERVATORY = f"""---
title: Visitors' Handbook of the Torran Observatory
tags: [stars, visitors, dome, telescope]
---

- [Visits](#visits)
- [The sky](#the-sky)
  - [Objects](#objects)

Visits
======

The dome opens on Thursdays from October to March, an hour after sunset. Groups of up to **twelve**
are welcome; larger ones are divided between the dome and the planetarium.

### Prices

| Visitor      | Dome  | Planetarium | Both   |
|--------------|-------|-------------|--------|
| Adult        | 9.00  | 6.50        | 13.00  |
| Child        | 4.50  | 3.00        | 6.00   |
| Student      | 6.00  | 4.00        | 8.50   |
| School class | 70.00 | 45.00       | 100.00 |

### What to bring

1. warm clothes, since the dome is as cold as the night
2. a torch:
   - only with a *red* light, because white light spoils everyone's sight for half an hour
   - or none at all, if you hold on to the rope along the path
3. patience:
   - clouds:
     - with clouds over more than half of the sky there is a talk instead
     - tickets are taken back until noon of the following day

The sky
-------

Light from the town is least after the lamps of the ferry terminal go out at 01:00. Fog comes up
from the loch when the wind turns to the west.

### Objects

| Object | Constellation | Kind | Magnitude | Best month | Needs |
| :-- | :-- | :-- | --: | :-- | --: |
{chr(10).join("| " + " | ".join(row) + " |" for row in OBJECTS)}

Instruments
-----------

The great refractor was built by Cooke of York in 1891; its lens is 254 millimetres wide and its
tube four metres long. It was a gift of a whisky distiller, Ewan Macrae.

The reflector has a mirror of half a metre. It was ground by students between 1978 and 1981, and
aluminised again in 2016.

<details>
<summary>Radio dish</summary>
The dish on the roof is three metres wide and listens to hydrogen at 1,420 megahertz.
</details>

### Driving the dome

```ini
[dome]
slew_rate = 2.5   ; degrees a second
park_azimuth = 118

[shutter]
close_above_wind = 52
```

To open the shutter by hand:

1. Pull out the locking pin on the south side.
2. Turn the crank sixty-four times.
   - Clockwise opens.
   - Two people take turns, because the crank is heavy.
3. Hook in the safety chain.

<!-- The old way with the winch was given up in 1990. -->

Care
----

* The lens is cleaned once in two years:
  * dust is blown away with a rubber bulb
  * grease is taken off with acetone on cotton wool
* The mirror is never touched.
* Desiccant is dried in the kitchen oven at 120 degrees when it has turned from blue to pink.
"""

CAMPSITE = """KIRKTON CAMPSITE
Notes for wardens, sixth edition

Contents
1. Pitches ............ 2
2. Fees ............... 3
3. When things go wrong 5

1. PITCHES

There are 86 pitches. Those on the upper field are drained and stay firm after
rain; those along the burn flood about twice a year, and nobody may sleep there
when the gauge at the footbridge shows more than 1.2 metres.

Caravans stand on gravel. The longest that can turn at the chapel is seven and a
half metres long.

Office: the green hut beside the gate
Office hours: 08:30 to 11:00 and 16:00 to 20:00
Warden's telephone: 01397 555 0164
Wifi password: heronrock

Page 2 of 7

2. FEES

Guests                    Low season   High season   Deposit
one hiker, small tent     9.00         12.50         none
two people, car           18.00        26.00         20.00
family, large tent        24.00        35.00         20.00
caravan with power        29.00        41.00         50.00
motor home                31.00        44.00         50.00

Reductions
----------
- Members of the cycling club pay two thirds, if they arrive
  by bicycle and show their card
- Children:
    * under four stay free
    * from four to twelve pay half
- Volunteers on the path team pay nothing in April

Page 3 of 7

Quiet and Fire
Guests have to be quiet from half past ten in the evening until seven, and generators are
not allowed at any time. Fires burn in the iron baskets only. Wood is sold at the office in
sacks of twelve kilograms; driftwood must not be burned, for its salt destroys the baskets.

3. WHEN THINGS GO WRONG

3.1 Power

Each row of pitches has a fuse of sixteen amperes in the grey box at its end. When
it trips, unplug heaters and kettles first, wait for a minute, and push the lever
up. When it trips again call Donald, the electrician, and not the grid company.

3.2 Water

The stopcock is under the slab with the blue cross behind the wash house. In frost:
1) close the stopcock
2) open every tap of the wash house
3) pump the pipes empty with the compressor from the
   tractor shed

3.3 Animals

Midges are worst in the hour before dusk. Ticks are taken out with the card that
hangs in the wash house, and the place is marked with a pen. A stag comes down to
the bins in November: do not feed it, bang on a pan.

3.4 Lost things

Things that were found are kept for three months in the loft. Keys go to the post
office of Spean Bridge after a week.
"""

# Two documents that answer nothing that is asked, but speak of the same things in other places.
BOATS = "Lugger Smack Wherry Gig Coble Cog Hulk Snow Pinnace Galley Tender Launch Skiff".split()
NESS = f"""<html><head><title>Port of Ness</title></head><body><article><h1>Port of Ness</h1>
<h2>Dues</h2><table><tr><th>Class<th>Length<th>Dues per day<th>Dues per month<th>Berth
{
    "".join(
        f"<tr><td>{boat} {size}<td>{3 + n}-{5 + n} m<td>{9 + 2 * n} EUR<td>{50 + 13 * n} EUR<td>"
        + ("west mole", "old quay", "slipway")[n % 3]
        for n, (boat, size) in enumerate((b, s) for b in BOATS for s in ("A", "B", "C"))
    )
}
</table>
<h2>Rules of the port</h2><p>On the quays of Ness:</p><ul><li>helmets are worn on the slipway only
<li>spills of paint are reported to the boatman<li>loads are lifted by the owner of the boat
<li>nobody smokes in the sail loft</ul>
<h2>Ferry</h2><p>The ferry to the skerries carries twenty passengers and no cars. It leaves the old
quay at nine, and returns at four; in a gale it waits. Sheep pay as much as children.</p>
<h2>Works</h2><p>The mole was repaired with 900 blocks of concrete after the storm of 2019. Dredging
is planned for the year after next, if the county pays for two thirds of it.</p>
<h2>Gates</h2><table><tr><th>Gate<th>Summer<th>Winter<tr><td>Mole gate<td>always open<td>08:00-17:00
<tr><td>Loft gate<td>09:00-18:00<td>closed<tr><td>Slip gate<td>05:00-21:00<td>07:00-15:00</table>
</article></body></html>
"""
GLEN = """# Glen Campsite

## Pitches

The glen has 40 pitches under birches. They are never flooded, but the lower ones lie in the shade
until noon. Caravans longer than six metres cannot pass the bridge.

## Fees

| Guests | Spring | Summer | Deposit |
| --- | --- | --- | --- |
| walker | 7.00 | 9.00 | none |
| couple | 15.00 | 19.00 | 10.00 |
| group of scouts | 60.00 | 80.00 | 100.00 |
| camper van | 22.00 | 28.00 | 40.00 |

Reductions:

- Anglers pay half in May.
- Teenagers pay three quarters:
  - with a school card
  - or in the company of a teacher

## House

Quiet begins at eleven. The fireplace is lit by the warden; logs are free. The code of the door is
changed on Mondays, and the network of the house has none.

## Trouble

1. Power: the fuses are in the cellar, and the key of the cellar hangs behind the clock.
2. Water: the pump is under the sink. In frost it runs all night, so that it does not freeze.
3. Animals: adders sleep on the stones by the burn. Hens belong to the neighbour.
4. Things left behind are sent on at the owner's cost, or given to the church after a month.
"""
