"""Which units are cited beside the best one: a question may ask for two things in one breath
("fee and deadline for the course"), and a fact may stand in two places.

A small logistic model whose coefficients lie in `listing.json`; `pincite train lists` fits it. It
reads the form of the question, and how a unit compares with the best. Knows nothing of how units
are weighed.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from chat.evidence import Scored
from chat.listing import coefficients, in_same_list, log_odds, section_of
from chat.refusal import named

MOST = 2  # units beside the best

_ASKING = re.compile(r"\b(?:what|which|who|whom|whose|when|where|why|how)(?:'?s)?\b", re.I)
_JOINT = re.compile(r"[,;:?–&]|\b(?:and|or|plus)\b", re.I)
_PIECE = 2  # words


@dataclass(frozen=True, slots=True)
class BesideSignals:
    """What tells that a unit beside the best one answers, too.

    `odds` are its log odds to answer, `behind` how far they are below the best unit's, `rank` its
    place, 1 for the second; `section` is 1 in the section of the best, `listed` for an item of its
    list, `introduces` for a line that ends in a colon. The form of the question: `joined` is 1 with
    an "and", `asked` with a question mark within it, `broken` with a comma or semicolon, `told`
    with a colon; `asking` counts question words, `pieces` what stands between joints, `words` tens.
    """

    odds: float
    behind: float
    rank: float
    section: float
    listed: float
    introduces: float
    joined: float
    asked: float
    broken: float
    told: float
    asking: float
    pieces: float
    words: float


def beside(question: str, scored: Sequence[Scored]) -> list[float]:
    """How surely each of the MOST units after the first answers beside it; in [0, 1].

    Args:
        scored: units, best first.
    """
    model = named("beside", BesideSignals, coefficients())
    return [model.probability(signals) for signals in beside_signals(question, scored)]


def beside_signals(question: str, scored: Sequence[Scored]) -> list[BesideSignals]:
    """Of the MOST units after the first of those that are given best first."""
    if not scored:
        return []
    best = scored[0]
    form = _form(question)
    return [
        BesideSignals(
            log_odds(one.unit.score),
            log_odds(best.unit.score) - log_odds(one.unit.score),
            float(rank),
            float(section_of(one) == section_of(best)),
            float(in_same_list(one, best)),
            float(one.unit.text.rstrip().endswith(":")),
            *form,
        )
        for rank, one in enumerate(scored[1 : 1 + MOST], start=1)
    ]


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
