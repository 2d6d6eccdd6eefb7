"""Figures as values: "1.2 million", "1,200,000" and "$1.2M" are one, "35 %" and "35 per cent" too.

A figure is a number with its unit, brought to a base unit of its kind, so that 24 months are two
years. Names with digits ("B1200", "OW-1") are names, not figures. Knows nothing of gates.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Figure:
    """A number in a text: `value` in base units of its `unit`, which is "" where none is named.

    `unit` is "%", "points", a currency, a dimension ("mass", "days", "months", ...), "clock", or
    "" for a bare count; `number` is the value as written, before its unit; `start` and `end` say
    where it stands.
    """

    value: float
    unit: str
    number: float
    start: int
    end: int

    def equals(self, other: "Figure") -> bool:
        """The same value; where one names no unit ("juniors owe four"), the same number."""
        if self.unit == other.unit:
            return _close(self.value, other.value)
        return "" in (self.unit, other.unit) and _close(self.number, other.number)


def _close(left: float, right: float) -> bool:
    return abs(left - right) <= 1e-9 * max(abs(left), abs(right), 1)


_WORDS = {
    word: float(value)
    for value, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
        "fifteen sixteen seventeen eighteen nineteen twenty".split()
    )
}
_LOOSE = {"one", "half"}  # figures only before a unit, otherwise mostly a pronoun and a noun
_TENS = {
    word: 10.0 * value
    for value, word in enumerate("thirty forty fifty sixty seventy eighty ninety".split(), start=3)
}
_WORDS |= _TENS | {"dozen": 12.0, "half": 0.5, "twice": 2.0}
_WORDS |= {"hundred": 100.0, "thousand": 1000.0, "million": 1e6, "billion": 1e9}
_ORDINALS = {
    word: float(value)
    for value, word in enumerate(
        "third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split(), start=3
    )
}
_SCALES = {
    "hundred": 1e2,
    "thousand": 1e3,
    "k": 1e3,
    "million": 1e6,
    "m": 1e6,
    "mn": 1e6,
    "billion": 1e9,
    "bn": 1e9,
    "b": 1e9,
}
_CURRENCIES = {"$": "dollar", "€": "euro", "£": "pound", "¥": "yen", "usd": "dollar"}
_CURRENCIES |= {"eur": "euro", "gbp": "pound", "dollars": "dollar", "euros": "euro"}
_CURRENCIES |= {"dollar": "dollar", "euro": "euro", "pounds": "pound", "pound": "pound"}
# Spellings of units, with the dimension that each measures and its size in the base unit.
_UNITS: dict[str, tuple[str, float]] = {}
for _names, _dimension, _size in (
    ("second seconds sec", "seconds", 1),
    ("ms millisecond milliseconds", "seconds", 0.001),
    ("minute minutes min mins", "seconds", 60),
    ("hour hours hr hrs", "seconds", 3600),
    ("day days", "days", 1),
    ("night nights", "nights", 1),
    ("week weeks", "days", 7),
    ("month months", "months", 1),
    ("year years yr yrs", "months", 12),
    ("decade decades", "months", 120),
    ("mm millimetre millimetres millimeter millimeters", "length", 0.001),
    ("cm centimetre centimetres centimeter centimeters", "length", 0.01),
    ("metre metres meter meters", "length", 1),
    ("km kilometre kilometres kilometer kilometers", "length", 1000),
    ("mile miles", "length", 1609.344),
    ("mg milligram milligrams", "mass", 0.001),
    ("g gram grams", "mass", 1),
    ("kg kilogram kilograms kilo kilos", "mass", 1000),
    ("tonne tonnes", "mass", 1e6),
    ("ml millilitre millilitres", "volume", 0.001),
    ("litre litres liter liters", "volume", 1),
    ("w watt watts", "power", 1),
    ("kw kilowatt kilowatts", "power", 1000),
    ("mw megawatt megawatts", "power", 1e6),
    ("wh", "energy", 1),
    ("kwh", "energy", 1000),
    ("kb", "bytes", 1e3),
    ("mb megabyte megabytes", "bytes", 1e6),
    ("gb gigabyte gigabytes", "bytes", 1e9),
    ("tb terabyte terabytes", "bytes", 1e12),
    ("°c c celsius", "degrees", 1),
    ("hectare hectares ha", "hectares", 1),
    ("v volt volts", "volts", 1),
):
    for _name in _names.split():
        _UNITS[_name] = (_dimension, float(_size))

_SPELT = "|".join(sorted(_WORDS, key=len, reverse=True))
_NUMBER = re.compile(
    r"(?P<sign>[$€£¥]\s?|\b(?:USD|EUR|GBP)\s)?"
    r"(?:(?<![\w.,:])(?P<clock>(?:[01]?\d|2[0-4]):[0-5]\d(?![\d:])|\d{1,2}\.\d{2}(?=\s?[ap]\.?m\b))"
    r"|(?<![A-Za-z_\d])(?<![A-Za-z]-)"
    r"(?P<digits>\d{1,3}(?:[, \u202f]\d{3})+(?:\.\d+)?(?!\d)|\d+(?:\.\d+)?)"
    r"(?:(?P<ordinal>st|nd|rd|th)\b|(?P<suffix>[kKMB]|bn|mn)(?![\w])|(?![A-Za-z_]))"
    rf"|\b(?P<words>(?:{_SPELT})(?:[ -](?:and )?(?:{_SPELT}))*)\b"
    rf"|\b(?P<place>{'|'.join(_ORDINALS)})s?\b)",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"\s?(?P<percent>%|per ?cent(?:age)?\b(?P<points> points?)?)"
    r"|(?P<half>-and-a-half| and a half\b)"
    r"|[ -]?(?P<scale>hundred|thousand|million|billion)\b"
    r"|\s?(?P<meridiem>[ap])\.?m\b\.?"
    r"|[ -]?(?:an? )?(?P<unit>°C|[A-Za-z€£$]+)"
)


def figures(text: str) -> list[Figure]:
    """The figures of a text, in order; both ends of a range, each with the range's unit."""
    found = list(_found(text))
    # "8 to 10 weeks", "$120-$140k": the first takes unit and scale from the second.
    for place in range(len(found) - 2, -1, -1):
        first, second = found[place], found[place + 1]
        between = text[first.end : second.start]
        bare = first.scale == 1 and (not first.unit or first.unit == second.unit)
        dash = re.fullmatch(r"\s?[–—-]\s?|\sto\s", between)
        if bare and (dash or (re.fullmatch(r"\s(?:and|or)\s", between) and second.unit)):
            found[place] = replace(first, scale=second.scale, size=second.size, unit=second.unit)
    return [
        Figure(f.number * f.scale * f.size, f.unit, f.number * f.scale, f.start, f.end)
        for f in found
    ]


@dataclass(frozen=True, slots=True)
class _Written:
    """A number as written, the power of ten behind it, and its unit's size in the base unit."""

    number: float
    scale: float
    size: float
    unit: str
    start: int
    end: int


def missing(sentence: Sequence[Figure], evidence: Sequence[Figure]) -> tuple[Figure, ...]:
    """The figures of a sentence that the evidence does not hold as values."""
    return tuple(f for f in sentence if not any(f.equals(other) for other in evidence))


def _found(text: str) -> Iterator[_Written]:
    place = 0
    while match := _NUMBER.search(text, place):
        place = match.end()
        if match["clock"]:
            found = _clock(match, text)
        elif (match["words"] or "").lower() in _LOOSE and not _measured(text, place):
            continue
        else:
            found = _with_unit(match, text)
        place = found.end
        yield found


def _measured(text: str, place: int) -> bool:
    """Whether a unit follows."""
    after = _AFTER.match(text, place)
    return bool(after and (not after["unit"] or after["unit"].lower() in _UNITS | _CURRENCIES))


def _with_unit(match: re.Match[str], text: str) -> _Written:
    number, scale, size, end = _number(match), 1.0, 1.0, match.end()
    unit = _CURRENCIES.get((match["sign"] or "").strip().lower(), "")
    if match["suffix"]:
        scale = _SCALES[match["suffix"].lower()]
    while after := _AFTER.match(text, end):
        word = after["unit"] or ""
        if after["half"]:
            number, end = number + 0.5, after.end()
            continue
        if after["scale"] and not match["words"]:
            scale, end = scale * _SCALES[after["scale"].lower()], after.end()
            continue
        if after["percent"]:
            unit, end = "points" if after["points"] else "%", after.end()
        elif after["meridiem"] and match["digits"]:
            number, unit, end = 60 * _hour(number, after["meridiem"]), "clock", after.end()
        elif word and not unit and not match["ordinal"] and not match["place"]:
            if word.lower() in _CURRENCIES:
                unit, end = _CURRENCIES[word.lower()], after.end()
            elif word.lower() in _UNITS and (len(word) > 1 or word in {"g", "W", "V", "C"}):
                (unit, size), end = _UNITS[word.lower()], after.end()
        break
    return _Written(number, scale, size, unit, match.start(), end)


def _number(match: re.Match[str]) -> float:
    if match["digits"]:
        return float(re.sub(r"[, \u202f]", "", match["digits"]))
    if match["place"]:
        return _ORDINALS[match["place"].lower()]
    return _spelt(re.split(r"[ -](?:and )?", match["words"].lower()))


def _spelt(words: Sequence[str]) -> float:
    """Twenty-five is 25, two hundred and six is 206, half a figure of its own."""
    total = current = 0.0
    for word in words:
        if word in _SCALES or word == "dozen":
            size = _SCALES.get(word, 12.0)
            current = (current or 1.0) * size
            if size >= 1000:
                total, current = total + current, 0.0
        else:
            current += _WORDS[word]
    return total + current


def _clock(match: re.Match[str], text: str) -> _Written:
    hours, minutes = (int(part) for part in re.split("[:.]", match["clock"]))
    end = match.end()
    after = re.compile(r"\s?([ap])\.?m\b\.?", re.IGNORECASE).match(text, end)
    if after:
        hours, end = int(_hour(hours, after[1])), after.end()
    return _Written(60.0 * hours + minutes, 1.0, 1.0, "clock", match.start(), end)


def _hour(hour: float, half: str) -> float:
    return hour % 12 + (12 if half.lower() == "p" else 0)
