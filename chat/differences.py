"""How two texts differ in words that change a fact: denials, opposites, limits, single words
exchanged, put in or left out. Knows nothing of figures or vectors.
"""

import re
from functools import lru_cache
from itertools import pairwise

import Stemmer

from chat.contrasts import DAYS, DIRECTIONS, MONTHS, SCOPES
from chat.wording import stems

_NEGATION = re.compile(
    r"\b(?:not|never|none|nobody|nothing|nor|neither|without|cannot|hardly|no)\b|n['’]t\b"
)
_DENIAL = re.compile(
    r"\b(?:un(?:able|likely|changed)|forbidden|barred|banned|excluded|ruled out|prohibited|"
    r"refuse\w*|lacks?|fail\w*|stopped|ended|lost|only|except|apart from)\b"
)
_UPPER = re.compile(
    r"\b(?:up to|at most|no more than|not more than|maximum|not exceed|no later than|capped)\b",
    re.I,
)
_LOWER = re.compile(
    r"\b(?:at least|no less than|not less than|minimum|or more|no fewer than|no earlier than)\b",
    re.I,
)
_stemmer = Stemmer.Stemmer("english")
# Words that change a fact where they are left out or put in, as stems.
_WEIGHTY = frozenset(
    _stemmer.stemWords(
        "not no never only up most least more less fewer about may must can cannot without except "
        "unless if nearly almost usually some all before after over under until".split()
    )
)
OPENER = re.compile(r"^(yes|no)\b[,:;. ]*", re.IGNORECASE)
# Limits that say the same; a sentence must not drop, add or exchange them.
LIMITS = tuple(
    re.compile(rf"\b(?:{words})\b", re.IGNORECASE)
    for words in (
        r"up to|at most|no more than|not more than|may not exceed|maximum|max|not exceed|limit\w*|"
        r"as much as|within|no later than|capped|under|below|less than|fewer than|until|before",
        r"at least|no less than|not less than|no fewer than|minimum|min|or more|and more|from|over|"
        r"above|more than|beyond|exceed\w*|longer than|larger than|after",
        r"about|around|roughly|approximately|some|nearly|almost|estimate\w*|average|mean|median",
        r"only|solely|alone|exclusively|except|apart from|unless|other than|nowhere else|just|"
        r"no other",
        r"may|might|could|can|allow\w*|permitted|possible|optional",
        r"must|required?|requires|compulsory|obliged|has to|have to|had to|needs?|mandatory",
        r"all|every|each|always|any|whole|entire",
        r"usually|typically|mostly|mainly|generally|normally|often|most|majority|predominate\w*",
        r"expect\w*|forecast\w*|plan\w*|propos\w*|predict\w*|assum\w*|due|intend\w*",
    )
)
_OPPOSITES: dict[str, set[str]] = {}
for _left, _right in (*DIRECTIONS, *SCOPES):
    _OPPOSITES.setdefault(_left, set()).add(_right)
    _OPPOSITES.setdefault(_right, set()).add(_left)
for _names in (DAYS, MONTHS):
    for _name in _names:
        _OPPOSITES[_name.lower()] = {other.lower() for other in _names} - {_name.lower()}
CLAUSE = re.compile(r"[;:]|, (?:and|but|while|whereas|or|which|except) |, (?=[a-z]+ )|\. ")


def edits(body: str, told: str) -> tuple[float, float, float, float]:
    """The share of neighbours kept; and between words that are neighbours or next but one in the
    units, how many words were exchanged, put in, and, of those that limit or deny, left out."""
    own, there = _words(body), _words(told)
    places: dict[str, list[int]] = {}
    for place, word in enumerate(there):
        places.setdefault(word, []).append(place)

    def gaps(left: str, right: str) -> dict[int, int]:
        """Distances from one word to the other in the units, with where the first stands."""
        return {
            q - p: p for p in places.get(left, ()) for q in places.get(right, ()) if 0 < q - p < 5
        }

    pairs = [gaps(left, right) for left, right in pairwise(own)]
    kept = sum(1 in found for found in pairs) / max(1, len(pairs))
    deleted = sum(
        any(there[found[gap] + k] in _WEIGHTY for gap in found for k in range(1, gap))
        for found in pairs
        if found and 1 not in found
    )
    substituted = inserted = 0
    for left, word, right in zip(own, own[1:], own[2:], strict=False):
        if word in places and word not in _WEIGHTY:
            continue
        found = gaps(left, right)
        if 1 in found and 2 not in found:
            inserted += 1
        elif 2 in found and there[found[2] + 1] != word:
            substituted += 1
    return kept, min(3.0, substituted), min(3.0, inserted), min(3.0, deleted)


@lru_cache(maxsize=4096)
def _words(text: str) -> tuple[str, ...]:
    """Every word of a text but for articles, stemmed, a figure's signs apart."""
    words = re.findall(r"[a-z\d]+(?:['’.,-][a-z\d]+)*|[$€£%]", text.lower())
    return tuple(_stemmer.stemWords([word for word in words if word not in {"a", "an", "the"}]))


def closest(words: frozenset[str], told: str) -> tuple[str, float]:
    """The clause of a text that shares most words, and the share of its words that it shares."""
    best, most = told, 0.0
    for clause in CLAUSE.split(told):
        there = stems(clause)
        if there and (share := 2 * len(there & words) / (len(there) + len(words) or 1)) > most:
            best, most = clause, share
    return best, most


def denies(text: str) -> bool:
    """Whether a text negates, excludes or forbids."""
    return bool(_NEGATION.search(text.lower()) or _DENIAL.search(text.lower()))


def contradicted(body: str, told: str) -> bool:
    """Whether one has an upper limit where the other has a lower one."""
    upper, lower = ((bool(_UPPER.search(t)), bool(_LOWER.search(t))) for t in (body, told))
    return (upper == (True, False) and lower == (False, True)) or (
        upper == (False, True) and lower == (True, False)
    )


def opposites(sentence: str, told: str) -> int:
    """Words of a sentence that its units do not have, while they have the opposite."""
    said, there = (
        " ".join(["", *re.findall(r"[\w’'-]+", t.lower()), ""]) for t in (sentence, told)
    )
    return sum(
        f" {word} " in said
        and f" {word} " not in there
        and any(f" {other} " in there and f" {other} " not in said for other in others)
        for word, others in _OPPOSITES.items()
    )


def held(pattern: re.Pattern[str], text: str) -> bool:
    """Whether a text has one of a pattern's words."""
    return bool(pattern.search(text))


def negated(text: str) -> bool:
    """Whether a text has a word that negates."""
    return bool(_NEGATION.search(text.lower()))


def opener(sentence: str, body: str, told: str) -> float:
    """Of an answer that opens with yes or no: 1 for yes before a denial, -1 for no before none."""
    match = OPENER.match(sentence)
    if not match:
        return 0.0
    denies = negated(body) or bool(re.search(r"\bonly\b", body))
    if match[1].lower() == "yes":
        return 1.0 if negated(body) or negated(told) else 0.0
    return 0.0 if denies or negated(told) else -1.0
