"""Which units are cited beside the best one: a question may ask for two things in one breath
("fee and deadline for the course"), and a fact may stand in two places.

A small logistic model whose coefficients lie in `listing.json`; `pincite train lists` fits it. It
reads the form of the question, how a unit compares with the best, and whether one half of the
question (see `halves`) finds it where the other finds another. Knows nothing of how units are
weighed.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from chat.evidence import Scored, Weighed
from chat.listing import coefficients, in_same_list, log_odds, section_of
from chat.refusal import named

_NEXT = 2  # units after the best that are looked at, besides the best of each half

_FAR = 4  # rank beyond which another says no more

_ASKING = re.compile(r"\b(?:what|which|who|whom|whose|when|where|why|how)(?:'?s)?\b", re.I)
_JOINT = re.compile(r"[,;:?–&]|\b(?:and|or|plus)\b", re.I)
_PIECE = 2  # words


@dataclass(frozen=True, slots=True)
class BesideSignals:
    """What tells that a unit beside the best one answers, too.

    `odds` are its log odds to answer, `behind` how far they are below the best unit's, `rank` its
    place, 1 for the second and at most 4; `section` is 1 in the section of the best, `listed` for
    an item of its list, `introduces` for a line that ends in a colon. `tops` is 1 if it is the best
    for a half of the question, and then `half` the log odds with which it is, `away` what `behind`
    is, which counts less there, and `apart` 1 if the unit that is best for the whole is the other
    half's. The form of the question: `joined` is 1 with an "and",
    `asked` with a question mark within it, `broken` with a comma or semicolon, `told` with a colon;
    `asking` counts question words, `pieces` what stands between joints, `words` tens.
    """

    odds: float
    behind: float
    rank: float
    section: float
    listed: float
    introduces: float
    tops: float
    half: float
    away: float
    apart: float
    joined: float
    asked: float
    broken: float
    told: float
    asking: float
    pieces: float
    words: float


def beside(
    question: str, scored: Sequence[Scored], halves: Sequence[Weighed]
) -> list[tuple[Scored, float]]:
    """Units that may answer beside the best, each with how surely it does, in [0, 1].

    Args:
        scored: units, best first.
        halves: what was weighed for each half of the question, if it has any.
    """
    model = named("beside", BesideSignals, coefficients())
    found = beside_signals(question, scored, halves)
    return [(one, model.probability(signals)) for one, signals in found]


def beside_signals(
    question: str, scored: Sequence[Scored], halves: Sequence[Weighed]
) -> list[tuple[Scored, BesideSignals]]:
    """The candidates beside the first of the units that are given best first."""
    if not scored:
        return []
    best, *others = scored
    ranks = {one.unit.place: rank for rank, one in enumerate(others, start=1)}
    scores = {one.unit.place: one.unit.score for one in others}
    tops = [weighed.units[0] for weighed in halves if weighed.units]
    found = {one.unit.place: one for one in (*others[:_NEXT], *tops)}
    found.pop(best.unit.place, None)
    apart = any(top.unit.place == best.unit.place for top in tops)
    form = _form(question)
    rows = []
    for place, one in found.items():
        odds = log_odds(scores.get(place, 0.0))
        behind = log_odds(best.unit.score) - odds
        halved = [log_odds(top.unit.score) for top in tops if top.unit.place == place]
        signals = BesideSignals(
            odds,
            behind,
            float(min(ranks.get(place, _FAR), _FAR)),
            float(section_of(one) == section_of(best)),
            float(in_same_list(one, best)),
            float(one.unit.text.rstrip().endswith(":")),
            *((1.0, max(halved), behind, float(apart)) if halved else (0.0, 0.0, 0.0, 0.0)),
            *form,
        )
        rows.append((one, signals))
    return rows


def _form(question: str) -> tuple[float, ...]:
    """In the order of the signals."""
    body = question.rstrip(" ?!.")
    pieces = [piece for piece in _JOINT.split(body) if len(piece.split()) >= _PIECE]
    return (
        float(bool(re.search(r"\band\b|&", body, re.I))),
        float("?" in body),
        float(bool(re.search(r"[,;]", body))),
        float(":" in body),
        float(min(3, len(_ASKING.findall(body)))),
        float(min(4, len(pieces))),
        min(3.0, len(body.split()) / 10),
    )
