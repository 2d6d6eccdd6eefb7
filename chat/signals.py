"""What tells whether units of evidence support a sentence, each a number that can be read.

Figures are compared as values; names, negation, opposites, limits and scope by word; the rest by
the encoder's token vectors and by the judge's two verdicts. Knows nothing of drafts.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from chat.contrasts import DAYS, DIRECTIONS, MONTHS, SCOPES
from chat.figures import Figure, figures, missing
from chat.wording import stems
from retrieval.reranker import TokenMemory

_NAME = re.compile(r"(?<![.!?:;] )(?<!^)(?<!\[)\b[A-Z][\w’'+#-]*")
_NEGATION = re.compile(
    r"\b(?:not|never|none|nobody|nothing|nor|neither|without|cannot|hardly|no)\b|n['’]t\b"
)
_OPENER = re.compile(r"^(yes|no)\b[,:;. ]*", re.IGNORECASE)
# Limits that say the same; a sentence must not drop, add or exchange them.
_LIMITS = tuple(
    re.compile(rf"\b(?:{words})\b", re.IGNORECASE)
    for words in (
        r"up to|at most|no more than|not more than|may not exceed|maximum|max|not exceed|limit\w*|"
        r"as much as|within|no later than|capped|under|below|less than|fewer than|until|before",
        r"at least|no less than|not less than|no fewer than|minimum|min|or more|and more|from|over|"
        r"above|more than|beyond|exceed\w*|longer than|larger than|after",
        r"about|around|roughly|approximately|some|nearly|almost|estimate\w*|average|mean|median",
        r"only|solely|alone|exclusively|except|apart from|unless|other than|nowhere else|just|no other",
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
_LISTED = re.compile(r", (?:and |or )?|; | and | or ")
_CLAUSE = re.compile(r"[;:]|, (?:and|but|while|whereas|or|which|except) |, (?=[a-z]+ )|\. ")


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence with what it is judged against: its question and the units, each in context."""

    sentence: str
    question: str
    units: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SupportSignals:
    """What tells whether units support a sentence; more speaks for it unless said otherwise.

    `whole` and `word` are the judge's log odds that the units support the sentence, and that a
    word of it is unsupported (against). Then shares and counts: `covered` content words that stand
    in units or question, `told` those that stand in the units; `lowest` and `mean` best matches of
    content tokens; `cosine`; `figures` of the sentence; `fit` how well the clause in which a
    figure stands in the units fits the sentence, against the clauses of other figures. Against:
    `asked` figures that only the question has, `turned` figures in another order, `names` that
    stand nowhere, `opposites` of words of the units, `limits` dropped or added, `negation` in one
    but not the other, `opener` that does not fit the negation, `unknown` content words.
    """

    whole: float
    word: float
    covered: float
    told: float
    lowest: float
    mean: float
    cosine: float
    figures: float
    fit: float
    asked: float
    turned: float
    names: float
    opposites: float
    dropped: float
    added: float
    negation: float
    opener: float
    unknown: float
    length: float


def signals(said: Said, verdict: Sequence[float], memory: TokenMemory) -> SupportSignals:
    """Every signal of a sentence; `verdict` is the judge's."""
    told = " ".join(said.units)
    sentence, known = said.sentence, f"{told} {said.question}"
    body = _OPENER.sub("", sentence)
    words, in_units, in_known = stems(body), stems(told), stems(known)
    own, there = figures(body), figures(told)
    asked = missing(own, there)
    lowest, mean, cosine = _matches(said, memory)
    unknown = words - in_known
    return SupportSignals(
        whole=float(verdict[0]),
        word=float(verdict[1]),
        covered=len(words & in_known) / max(1, len(words)),
        told=len(words & in_units) / max(1, len(words)),
        lowest=lowest,
        mean=mean,
        cosine=cosine,
        figures=float(min(3, len(own))),
        fit=_fit(body, own, said, told, there),
        asked=float(len(asked)),
        turned=float(_turned(own, there)),
        names=float(len(unnamed(body, known))),
        opposites=float(min(3, _opposites(body, told))),
        dropped=float(sum(_held(p, told) and not _held(p, body) for p in _LIMITS)),
        added=float(sum(_held(p, body) and not _held(p, known) for p in _LIMITS)),
        negation=float(_negated(body) != _negated(told)),
        opener=_opener(sentence, body, told),
        unknown=float(min(6, len(unknown))),
        length=min(3.0, len(words) / 8),
    )


def unnamed(sentence: str, known: str) -> list[str]:
    """Names of a sentence, but for its first word, that stand nowhere in what is known."""
    words = {word.lower().strip("’'-") for word in re.findall(r"[\w’'+#-]+", known)}
    words |= {part for word in words for part in re.split(r"[-’']", word)}
    stems = {word[:5] for word in words}
    found = []
    for name in _NAME.findall(sentence):
        plain = re.sub(r"['’]?s$", "", name.lower()).strip("’'-")
        parts = re.split(r"[-’']", plain)
        if plain != "i" and not any(p in words or p[:5] in stems for p in (plain, *parts)):
            found.append(name)
    return found


def unsupported_figures(said: Said) -> tuple[Figure, ...]:
    """Figures that stand neither in the units nor in the question; and, of a sentence that has no
    other figure and denies nothing, those that stand in the question alone."""
    own = figures(said.sentence)
    asked = missing(own, figures(" ".join(said.units)))
    nowhere = tuple(
        figure
        for figure in missing(asked, figures(said.question))
        if not _counts(figure, said)
    )
    if nowhere or len(asked) < len(own) or _NEGATION.search(said.sentence.lower()):
        return nowhere
    return tuple(figure for figure in asked if not _counts(figure, said))


def _counts(figure: Figure, said: Said) -> bool:
    """Whether a figure in words says how many things the units list ("those two codes")."""
    written = said.sentence[figure.start : figure.end]
    if figure.unit or not written.isalpha() or not 2 <= figure.number <= 12:
        return False
    listed = [len(_LISTED.findall(clause)) + 1 for u in said.units for clause in _split(u)]
    return figure.number in {len(said.units), *listed}


def _split(text: str) -> list[str]:
    return [text, *re.split(r"[;:.]\s", text)]


def _matches(said: Said, memory: TokenMemory) -> tuple[float, float, float]:
    """Lowest and mean best match of the sentence's content tokens, and the cosine of the texts."""
    texts = [text for text in (*said.units, said.question) if text]
    own, *rows = memory.read([said.sentence, *texts])
    keep = [
        place
        for place, token in enumerate(own.tokens)
        if len(token) > 2 and token.lower() not in {"yes", "the", "and", "that", "for", "are", "was"}
    ]
    if not keep or not rows:
        return 0.0, 0.0, 0.0
    best = (own.vectors[keep].astype(np.float32) @ np.concatenate([r.vectors for r in rows]).T).max(
        axis=1
    )
    cosine = max(float(own.whole @ row.whole) for row in rows[: len(said.units)])
    return float(np.sort(best)[:2].mean()), float(best.mean()), cosine


def _fit(
    body: str, own: Sequence[Figure], said: Said, told: str, there: Sequence[Figure]
) -> float:
    """For each figure: does the sentence, with its question, share more words with the clause that
    the figure stands in than with that of another figure of its kind? The lowest, in [-1, 1]."""
    spoken = stems(f"{body} {said.question}")
    margins = [1.0]
    for figure in own:
        at = [f for f in there if figure.equals(f)]
        others = [
            f for f in there if f.unit == figure.unit and not any(f.equals(o) for o in own)
        ]
        if at and others:
            here = max(_shared(spoken, _clause(told, f)) for f in at)
            elsewhere = max(_shared(spoken, _clause(told, f)) for f in others)
            margins.append(here - elsewhere)
    return min(margins)


def _clause(text: str, figure: Figure) -> str:
    """The clause of a text that a figure stands in."""
    start, end = 0, len(text)
    for match in _CLAUSE.finditer(text):
        if match.end() <= figure.start:
            start = match.end()
        elif match.start() >= figure.end:
            end = match.start()
            break
    return text[start:end]


def _shared(spoken: frozenset[str], clause: str) -> float:
    words = {stem for stem in stems(clause) if not stem.isdigit()}
    return len(words & spoken) / len(words) if words else 0.0


def _turned(own: Sequence[Figure], there: Sequence[Figure]) -> int:
    """Neighbouring figures of one kind that stand the other way round in the units."""
    places = [next((n for n, f in enumerate(there) if figure.equals(f)), None) for figure in own]
    return sum(
        left is not None and right is not None and left > right and one.unit == other.unit
        for left, right, one, other in zip(places, places[1:], own, own[1:], strict=False)
    )


def _opposites(sentence: str, told: str) -> int:
    """Words of a sentence that its units do not have, while they have the opposite."""
    said, there = (" ".join(["", *re.findall(r"[\w’'-]+", t.lower()), ""]) for t in (sentence, told))
    return sum(
        f" {word} " in said
        and f" {word} " not in there
        and any(f" {other} " in there and f" {other} " not in said for other in others)
        for word, others in _OPPOSITES.items()
    )


def _held(pattern: re.Pattern[str], text: str) -> bool:
    return bool(pattern.search(text))


def _negated(text: str) -> bool:
    return bool(_NEGATION.search(text.lower()))


def _opener(sentence: str, body: str, told: str) -> float:
    """Of an answer that opens with yes or no: 1 for yes before a denial, -1 for no before none."""
    match = _OPENER.match(sentence)
    if not match:
        return 0.0
    denies = _negated(body) or bool(re.search(r"\bonly\b", body))
    if match[1].lower() == "yes":
        return 1.0 if _negated(body) or _negated(told) else 0.0
    return 0.0 if denies or _negated(told) else -1.0

