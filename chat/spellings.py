"""The figures and names in a text, normalised so that two spellings of one value are equal.

Knows nothing of answers. "3,000", "3000" and "3 thousand" are one figure, as are "twelve" and
"12", "08:30" and "8:30", "2.50" and "2.5".
"""

import re

from retrieval.bm25 import tokenize

_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_WORDS = {word: value for value, word in enumerate(_UNITS)} | {
    word: 10 * value for value, word in enumerate(_TENS, start=2)
}
_SCALES = {"hundred": 100, "thousand": 1_000, "k": 1_000, "million": 10**6, "billion": 10**9}
_TENS_ALONE = "|".join(_TENS)
_SMALL = "|".join(_UNITS[1:10])
_FIGURE = re.compile(
    rf"(?<![\w.])(?:(?P<digits>\d+(?:[.,:]\d+)*)"
    rf"|(?P<words>\b(?:(?:{_TENS_ALONE})-(?:{_SMALL})|{'|'.join(_WORDS)})\b))"
    rf"(?:[ -]?(?P<scale>hundred|thousand|million|billion)\b|(?P<k>k\b))?",
    re.IGNORECASE,
)
_NAME = re.compile(
    r"(?<![.!?:]\s)(?<![.!?:]\s[\"“'‘])(?<!^)(?<!^[\"“'‘])\b[A-Z][\w&-]*", re.MULTILINE
)
_PRONOUN = "I"


def figures(text: str) -> set[str]:
    """The figures of a text, the words for whole numbers among them.

    A figure is written without thousands separators and without zeros that say nothing; a time
    loses the zero before it and its full hour, a version stays as it is.
    """
    return {_normal(match) for match in _FIGURE.finditer(text)}


def written_figures(text: str) -> set[str]:
    """The figures of a text, without "one", which is rarely a number."""
    found = _FIGURE.finditer(text)
    return {_normal(match) for match in found if (match["words"] or "").lower() != "one"}


def names(text: str) -> set[str]:
    """The stems of capitalised words that do not begin a sentence, "I" excepted."""
    found = [word for word in _NAME.findall(text) if word != _PRONOUN]
    return stems(" ".join(found))


def stems(text: str) -> set[str]:
    """The stems of a text's words, without stop words and possessives."""
    return set(tokenize([re.sub(r"['’]s?\b", "", text)])[0])


def _normal(match: re.Match[str]) -> str:
    scale = _SCALES.get((match["scale"] or match["k"] or "").lower(), 1)
    if match["words"]:
        parts = match["words"].lower().split("-")
        return str(sum(_WORDS[part] for part in parts) * scale)
    digits = match["digits"]
    if ":" in digits:
        return re.sub(r":00$", "", digits.lstrip("0") or "0")
    digits = re.sub(r",(?=\d{3}(?!\d))", "", digits).replace(",", ".")
    if digits.count(".") > 1:
        return digits
    value = float(digits) * scale
    return f"{value:.6f}".rstrip("0").rstrip(".")
